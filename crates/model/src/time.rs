//! Time inside the recorder: TAI nanoseconds with a quality. UTC and local time appear only at the
//! rim.

use core::fmt;

/// International Atomic Time, nanoseconds since 1970-01-01 00:00:00 TAI.
///
/// A difference of two values is a true duration, leap seconds included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Tai(pub i64);

/// TAI − UTC, seconds, from the UTC instant (seconds since 1970, as POSIX counts) on. IERS Bulletin
/// C.
const TAI_MINUS_UTC: [(i64, i64); 28] = [
    (63_072_000, 10),
    (78_796_800, 11),
    (94_694_400, 12),
    (126_230_400, 13),
    (157_766_400, 14),
    (189_302_400, 15),
    (220_924_800, 16),
    (252_460_800, 17),
    (283_996_800, 18),
    (315_532_800, 19),
    (362_793_600, 20),
    (394_329_600, 21),
    (425_865_600, 22),
    (489_024_000, 23),
    (567_993_600, 24),
    (631_152_000, 25),
    (662_688_000, 26),
    (709_948_800, 27),
    (741_484_800, 28),
    (773_020_800, 29),
    (820_454_400, 30),
    (867_715_200, 31),
    (915_148_800, 32),
    (1_136_073_600, 33),
    (1_230_768_000, 34),
    (1_341_100_800, 35),
    (1_435_708_800, 36),
    (1_483_228_800, 37),
];

/// Nanoseconds of one second.
const NS: i64 = 1_000_000_000;

impl Tai {
    /// From POSIX time, nanoseconds since 1970-01-01 00:00:00 UTC without leap seconds.
    #[must_use]
    pub fn from_unix_ns(unix_ns: i64) -> Self {
        let s = unix_ns.div_euclid(NS);
        let ahead = TAI_MINUS_UTC.iter().rev().find(|(from, _)| s >= *from).map_or(10, |(_, d)| *d);
        Self(unix_ns.saturating_add(ahead * NS))
    }

    /// POSIX time in nanoseconds; within a leap second the last second of the day is repeated.
    #[must_use]
    pub fn unix_ns(self) -> i64 {
        for (from, ahead) in TAI_MINUS_UTC.iter().rev() {
            // The inserted second itself still counts with the offset before it.
            if self.0 >= (from + ahead) * NS {
                return self.0 - ahead * NS;
            }
            if self.0 >= (from + ahead - 1) * NS && *ahead > 10 {
                return self.0 - ahead * NS;
            }
        }
        self.0.saturating_sub(10 * NS)
    }

    /// Later by so many nanoseconds (earlier if negative); stops at the ends of the range.
    #[must_use]
    pub const fn plus_ns(self, ns: i64) -> Self {
        Self(self.0.saturating_add(ns))
    }

    /// Nanoseconds from `earlier` to this instant.
    #[must_use]
    pub const fn since_ns(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Calendar fields at an offset east of UTC, seconds (0 gives UTC).
    #[must_use]
    pub fn civil(self, utc_offset_s: i32) -> Civil {
        Civil::from_unix_ns(self.unix_ns().saturating_add(i64::from(utc_offset_s) * NS))
    }
}

/// A calendar reading, proleptic Gregorian, without a zone of its own.
///
/// `Display` gives ISO 8601 with microseconds: `2026-11-22T02:10:22.123456`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Civil {
    /// Year, 1677..=2262 for times that fit nanoseconds in 64 bits.
    pub year: i32,
    /// Month, 1..=12.
    pub month: u8,
    /// Day of month, 1..=31.
    pub day: u8,
    /// Hour, 0..=23.
    pub hour: u8,
    /// Minute, 0..=59.
    pub minute: u8,
    /// Second, 0..=59.
    pub second: u8,
    /// Nanosecond of the second, 0..=999_999_999.
    pub nanosecond: u32,
}

impl Civil {
    /// Fields of a POSIX time in nanoseconds (days_from_civil of H. Hinnant, inverted).
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "each value is reduced below its type's range by the division before it"
    )]
    pub fn from_unix_ns(unix_ns: i64) -> Self {
        let (s, ns) = (unix_ns.div_euclid(NS), unix_ns.rem_euclid(NS));
        let (days, in_day) = (s.div_euclid(86_400), s.rem_euclid(86_400));
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        Self {
            year: (yoe + era * 400 + i64::from(month <= 2)) as i32,
            month: month as u8,
            day: (doy - (153 * mp + 2) / 5 + 1) as u8,
            hour: (in_day / 3_600) as u8,
            minute: (in_day / 60 % 60) as u8,
            second: (in_day % 60) as u8,
            nanosecond: ns as u32,
        }
    }

    /// POSIX nanoseconds of these fields read as UTC; fields out of range carry over.
    #[must_use]
    pub fn unix_ns(self) -> i64 {
        let y = i64::from(self.year) - i64::from(self.month <= 2);
        let era = y.div_euclid(400);
        let yoe = y.rem_euclid(400);
        let m = i64::from(self.month);
        let doy = (153 * (if m > 2 { m - 3 } else { m + 9 }) + 2) / 5 + i64::from(self.day) - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        let days = era * 146_097 + doe - 719_468;
        let in_day =
            i64::from(self.hour) * 3_600 + i64::from(self.minute) * 60 + i64::from(self.second);
        (days * 86_400 + in_day).saturating_mul(NS).saturating_add(i64::from(self.nanosecond))
    }
}

impl fmt::Display for Civil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}",
            self.year,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
            self.nanosecond / 1_000
        )
    }
}

/// How the recorder's clock stands to UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Sync {
    /// Follows a source that is believed.
    Locked,
    /// Ran free since it last followed one; the error grows.
    Holdover,
    /// Never followed one since start.
    #[default]
    Free,
}

/// What is known of a time stamp's error. It travels with every block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeQuality {
    /// State of the clock.
    pub sync: Sync,
    /// Estimated bound of the error, nanoseconds; `u32::MAX` means unknown or more than 4.29 s.
    pub error_ns: u32,
}

impl Default for TimeQuality {
    fn default() -> Self {
        Self { sync: Sync::Free, error_ns: u32::MAX }
    }
}

impl TimeQuality {
    /// `tmq_code` of IEC 60255-24:2013 (and C37.118): 0 locked, 4 within 1 µs … B within 10 s, F
    /// not believed.
    #[must_use]
    pub const fn tmq_code(self) -> u8 {
        match (self.sync, self.error_ns) {
            (Sync::Free, _) => 0xF,
            (Sync::Locked, 0..=1_000) => 0x0,
            (_, 0..=1) => 0x1,
            (_, 2..=10) => 0x2,
            (_, 11..=100) => 0x3,
            (_, 101..=1_000) => 0x4,
            (_, 1_001..=10_000) => 0x5,
            (_, 10_001..=100_000) => 0x6,
            (_, 100_001..=1_000_000) => 0x7,
            (_, 1_000_001..=10_000_000) => 0x8,
            (_, 10_000_001..=100_000_000) => 0x9,
            (_, 100_000_001..=1_000_000_000) => 0xA,
            (_, 1_000_000_001..=4_294_967_294) => 0xB,
            (_, u32::MAX) => 0xF,
        }
    }
}

/// An instant with what is known of its error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Stamp {
    /// The instant.
    pub tai: Tai,
    /// Its trust.
    pub quality: TimeQuality,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utc_and_tai_agree_with_iers() {
        let check = |unix_s: i64, tai_s: i64| {
            assert_eq!(Tai::from_unix_ns(unix_s * NS), Tai(tai_s * NS), "from {unix_s}");
            assert_eq!(Tai(tai_s * NS).unix_ns(), unix_s * NS, "to {unix_s}");
        };
        check(0, 10);
        check(1_483_228_799, 1_483_228_799 + 36);
        check(1_483_228_800, 1_483_228_800 + 37);
        check(1_795_313_422, 1_795_313_422 + 37);
        // 2016-12-31 23:59:60 is the only TAI second that shares its POSIX second with another.
        assert_eq!(Tai((1_483_228_800 + 36) * NS).unix_ns(), 1_483_228_799 * NS);
    }

    #[test]
    fn civil_round_trip() {
        for (text, unix_s) in [
            ("1970-01-01T00:00:00.000000", 0),
            ("2000-02-29T12:34:56.000000", 951_827_696),
            ("1969-12-31T23:59:59.000000", -1),
            ("2038-01-19T03:14:08.000000", 2_147_483_648),
        ] {
            let civil = Civil::from_unix_ns(unix_s * NS);
            assert_eq!(civil.to_string(), text);
            assert_eq!(civil.unix_ns(), unix_s * NS);
        }
    }

    #[test]
    fn tmq_code_names_the_decade() {
        let q = |sync, error_ns| TimeQuality { sync, error_ns }.tmq_code();
        assert_eq!(q(Sync::Locked, 500), 0x0);
        assert_eq!(q(Sync::Locked, 1_500), 0x5);
        assert_eq!(q(Sync::Holdover, 900_000), 0x7);
        assert_eq!(q(Sync::Free, 1), 0xF);
    }
}
