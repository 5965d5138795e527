//! Calendar stamps of a `.cfg` as the file states them; no time zone is applied here.

use std::fmt;

/// Date and time of day with nanoseconds, exactly as written: it may be no date at all (month 44
/// is met in real files), which [`Stamp::unix_ns`] tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Year, full (1991 files have two digits: 70..=99 are read as 19xx, others as 20xx).
    pub year: u16,
    /// Month, 1..=12 when valid.
    pub month: u8,
    /// Day of month, 1..=31 when valid.
    pub day: u8,
    /// Hour, 0..=23 when valid.
    pub hour: u8,
    /// Minute, 0..=59 when valid.
    pub minute: u8,
    /// Second, 0..=60 when valid: 60 is a leap second.
    pub second: u8,
    /// Nanoseconds of the second, 0..=999 999 999.
    pub nanosecond: u32,
}

const NS_PER_S: i64 = 1_000_000_000;
const S_PER_DAY: i64 = 86_400;

impl Stamp {
    /// Nanoseconds since 1970-01-01 in the file's own time (its `time_code` says which), or
    /// `None` when this is not a date of the calendar within the years that 64 bits hold.
    #[must_use]
    pub fn unix_ns(&self) -> Option<i64> {
        let valid = (1..=12).contains(&self.month)
            && (1..=days_in_month(self.year, self.month)).contains(&self.day)
            && self.hour <= 23
            && self.minute <= 59
            && self.second <= 60;
        if !valid {
            return None;
        }
        let days = days_from_epoch(self.year.into(), self.month.into(), self.day.into());
        let clock = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60;
        let seconds = days * S_PER_DAY + clock + i64::from(self.second);
        seconds.checked_mul(NS_PER_S)?.checked_add(self.nanosecond.into())
    }

    /// The stamp of a count of nanoseconds since 1970-01-01; years before 0 become year 0.
    #[must_use]
    pub fn from_unix_ns(ns: i64) -> Self {
        let (seconds, nanosecond) = (ns.div_euclid(NS_PER_S), ns.rem_euclid(NS_PER_S));
        let (days, clock) = (seconds.div_euclid(S_PER_DAY), seconds.rem_euclid(S_PER_DAY));
        let (year, month, day) = date_from_epoch(days);
        let small = |v: i64| u8::try_from(v).unwrap_or(0);
        Self {
            year: u16::try_from(year).unwrap_or(0),
            month: small(month),
            day: small(day),
            hour: small(clock / 3600),
            minute: small(clock / 60 % 60),
            second: small(clock % 60),
            nanosecond: u32::try_from(nanosecond).unwrap_or(0),
        }
    }
}

/// ISO form, for people: `2024-06-06 12:00:00.000000000`.
impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second, nanosecond } = self;
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{nanosecond:09}")
    }
}

fn days_in_month(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a proleptic Gregorian date (H. Hinnant, "chrono-compatible low-level
/// date algorithms": years begin in March, so the leap day is the last).
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let year_of_era = y.rem_euclid(400);
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Inverse of [`days_from_epoch`].
fn date_from_epoch(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year, month, doy - (153 * mp + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stamp: (u16, u8, u8, u8, u8, u8, u32), unix_ns: Option<i64>) {
        let (year, month, day, hour, minute, second, nanosecond) = stamp;
        let stamp = Stamp { year, month, day, hour, minute, second, nanosecond };
        assert_eq!(stamp.unix_ns(), unix_ns, "{stamp}");
        if let Some(ns) = unix_ns
            && second < 60
        {
            assert_eq!(Stamp::from_unix_ns(ns), stamp);
        }
    }

    #[test]
    fn stamps_count_from_1970() {
        check((1970, 1, 1, 0, 0, 0, 0), Some(0));
        check((1969, 12, 31, 23, 59, 59, 999_999_999), Some(-1));
        check((2024, 2, 29, 12, 0, 0, 1), Some(1_709_208_000_000_000_001));
        check((2016, 12, 31, 23, 59, 60, 0), Some(1_483_228_800_000_000_000));
        check((2023, 2, 29, 0, 0, 0, 0), None);
        check((2025, 44, 9, 0, 0, 0, 0), None);
        check((0, 0, 0, 0, 0, 0, 0), None);
        check((9999, 1, 1, 0, 0, 0, 0), None);
    }
}
