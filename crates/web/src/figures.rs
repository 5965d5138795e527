//! How numbers, times and sizes look to people: decimal comma in Russian, engineering precision,
//! station's local time with its zone stated beside. `static/live.js` shows values by the same
//! rule.

use crate::catalogue::Words;
use aura_model::{HealthReport, Lang, Stamp};

/// What stands where there is no value.
pub(crate) const NOTHING: &str = "—";

/// Keeps a number and its unit on one line.
const NBSP: char = '\u{a0}';

/// A number with this many decimals.
pub(crate) fn fixed(lang: Lang, value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let text = format!("{value:.decimals$}");
    // Minus zero is a rounding's leftover.
    let text = match text.strip_prefix('-') {
        Some(positive) if positive.chars().all(|c| matches!(c, '0' | '.')) => positive.to_owned(),
        Some(positive) => format!("−{positive}"),
        None => text,
    };
    if lang == Lang::Ru { text.replace('.', ",") } else { text }
}

/// A measured value: four digits that count, never more than three decimals.
pub(crate) fn value(lang: Lang, value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 1_000.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 10.0 => 2,
        _ => 3,
    };
    fixed(lang, value, decimals)
}

/// A size.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(crate) fn bytes(t: Words, bytes: u64) -> String {
    let (unit, scale) = match bytes {
        0..1_024 => return format!("{bytes}{NBSP}{}", t.s("unit-b")),
        1_024..1_048_576 => ("unit-kib", 1_024.0),
        1_048_576..1_073_741_824 => ("unit-mib", 1_048_576.0),
        _ => ("unit-gib", 1_073_741_824.0),
    };
    let scaled = bytes as f64 / scale;
    let decimals = usize::from(scaled < 100.0);
    format!("{}{NBSP}{}", fixed(t.lang(), scaled, decimals), t.s(unit))
}

/// What records take and what is left.
pub(crate) fn storage(t: Words, health: &HealthReport) -> String {
    let (used, free) = (bytes(t, health.disk_used), bytes(t, health.disk_free));
    t.args("storage-value", &[("used", &used), ("free", &free)])
}

/// Date of an instant in local time.
pub(crate) fn date(lang: Lang, at: Stamp, utc_offset_s: i32) -> String {
    let c = at.tai.civil(utc_offset_s);
    match lang {
        Lang::Ru => format!("{:02}.{:02}.{:04}", c.day, c.month, c.year),
        Lang::En => format!("{:04}-{:02}-{:02}", c.year, c.month, c.day),
    }
}

/// Time of day of an instant in local time, with 0, 3 or 6 decimals.
pub(crate) fn clock(lang: Lang, at: Stamp, utc_offset_s: i32, decimals: usize) -> String {
    let c = at.tai.civil(utc_offset_s);
    let point = if lang == Lang::Ru { ',' } else { '.' };
    let whole = format!("{:02}:{:02}:{:02}", c.hour, c.minute, c.second);
    if decimals == 0 {
        return whole;
    }
    format!("{whole}{point}{}", &format!("{:09}", c.nanosecond)[..decimals])
}

/// Date and time of day in local time.
pub(crate) fn stamp(lang: Lang, at: Stamp, utc_offset_s: i32, decimals: usize) -> String {
    format!("{} {}", date(lang, at, utc_offset_s), clock(lang, at, utc_offset_s, decimals))
}

/// Name of an offset from UTC.
pub(crate) fn zone(utc_offset_s: i32) -> String {
    if utc_offset_s == 0 {
        return "UTC".to_owned();
    }
    let sign = if utc_offset_s < 0 { '−' } else { '+' };
    let minutes = utc_offset_s.unsigned_abs() / 60;
    match (minutes / 60, minutes % 60) {
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, rest) => format!("UTC{sign}{hours}:{rest:02}"),
    }
}

/// Bound of the clock's error.
pub(crate) fn error_bound(t: Words, error_ns: u32) -> String {
    let error = f64::from(error_ns);
    let (unit, scaled) = match error_ns {
        u32::MAX => return t.s("unknown"),
        0..1_000 => ("unit-ns", error),
        1_000..1_000_000 => ("unit-us", error / 1e3),
        1_000_000..1_000_000_000 => ("unit-ms", error / 1e6),
        _ => ("unit-s", error / 1e9),
    };
    let decimals = usize::from(scaled < 10.0 && scaled.fract() != 0.0);
    format!("±{}{NBSP}{}", fixed(t.lang(), scaled, decimals), t.s(unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::words;
    use aura_model::Tai;

    #[test]
    fn values_have_engineering_precision() {
        let check = |v: f64, ru: &str, en: &str| {
            assert_eq!((value(Lang::Ru, v).as_str(), value(Lang::En, v).as_str()), (ru, en), "{v}");
        };
        check(4210.4, "4210", "4210");
        check(-412.04, "−412,0", "−412.0");
        check(63.507, "63,51", "63.51");
        check(0.0004, "0,000", "0.000");
        check(-0.0001, "0,000", "0.000");
        check(f64::NAN, "—", "—");
    }

    #[test]
    fn sizes_and_errors_take_their_unit() {
        let (ru, en) = (words(Lang::Ru), words(Lang::En));
        assert_eq!(bytes(ru, 700), "700\u{a0}Б");
        assert_eq!(bytes(ru, 1_234_567), "1,2\u{a0}МиБ");
        assert_eq!(bytes(en, 734_003_200), "700\u{a0}MiB");
        assert_eq!(bytes(en, 107_374_182_400), "100\u{a0}GiB");
        assert_eq!(error_bound(en, 800), "±800\u{a0}ns");
        assert_eq!(error_bound(ru, 1_500), "±1,5\u{a0}мкс");
        assert_eq!(error_bound(ru, u32::MAX), "неизвестна");
    }

    #[test]
    fn times_are_local_and_zones_named() {
        let at = Stamp { tai: Tai::from_unix_ns(1_795_313_422_123_456_789), ..Stamp::default() };
        assert_eq!(stamp(Lang::Ru, at, 18_000, 3), "22.11.2026 07:10:22,123");
        assert_eq!(stamp(Lang::En, at, 0, 6), "2026-11-22 02:10:22.123456");
        assert_eq!(zone(18_000), "UTC+5");
        assert_eq!(zone(-12_600), "UTC−3:30");
        assert_eq!(zone(0), "UTC");
    }
}
