//! Quality of a value, with the bits of IEC 61850-7-3 (Quality) as IEC 61850-9-2 puts them on the
//! wire.

use core::ops::{BitOr, BitOrAssign};

/// Quality bits of a channel, OR-ed over the samples that they cover.
///
/// Bit 0 is the least significant: bits 0–1 validity, 2 overflow, 3 outOfRange, 4 badReference, 5
/// oscillatory, 6 failure, 7 oldData, 8 inconsistent, 9 inaccurate, 10 substituted, 11 test, 12
/// operatorBlocked, 13 derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Quality(pub u16);

/// The validity field of [`Quality`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Validity {
    /// May be used without reserve.
    Good,
    /// May be used with care.
    Questionable,
    /// Must not be used.
    Invalid,
}

impl Quality {
    /// Good, measured, nothing to remark.
    pub const GOOD: Self = Self(0);
    /// Must not be used.
    pub const INVALID: Self = Self(0b01);
    /// May be used with care.
    pub const QUESTIONABLE: Self = Self(0b11);
    /// The value left the converter's range.
    pub const OVERFLOW: Self = Self(1 << 2);
    /// The source failed or was lost.
    pub const FAILURE: Self = Self(1 << 6);
    /// The value was not refreshed in time.
    pub const OLD_DATA: Self = Self(1 << 7);
    /// Made by a simulator or a test set, not by the process.
    pub const TEST: Self = Self(1 << 11);
    /// Computed, not measured.
    pub const DERIVED: Self = Self(1 << 13);

    /// The validity field; the reserved code 2 reads as invalid.
    #[must_use]
    pub const fn validity(self) -> Validity {
        match self.0 & 0b11 {
            0b00 => Validity::Good,
            0b11 => Validity::Questionable,
            _ => Validity::Invalid,
        }
    }

    /// Whether all bits of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Quality {
    type Output = Self;

    /// The worse of both validities, and every detail of either.
    fn bitor(self, other: Self) -> Self {
        let details = (self.0 | other.0) & !0b11;
        let validity = match (self.validity(), other.validity()) {
            (Validity::Invalid, _) | (_, Validity::Invalid) => 0b01,
            (Validity::Questionable, _) | (_, Validity::Questionable) => 0b11,
            _ => 0b00,
        };
        Self(details | validity)
    }
}

impl BitOrAssign for Quality {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_validity_wins_and_details_add() {
        let q = Quality::QUESTIONABLE | Quality::INVALID | Quality::TEST;
        assert_eq!(q.validity(), Validity::Invalid);
        assert!(q.contains(Quality::TEST));
        assert_eq!((Quality::QUESTIONABLE | Quality::GOOD).validity(), Validity::Questionable);
        assert_eq!(Quality(0b10).validity(), Validity::Invalid);
    }
}
