//! A recording's channels in the recorder's words.

use super::scan::Scan;
use crate::{Description, SourceAnalog, SourceDiscrete};
use aura_comtrade::{Cfg, Revision};
use aura_model::{Phase, Quantity, Rate, Side, Stamp, Sync, Tai, TimeQuality};

/// What the recording gives.
pub(super) fn describe(cfg: &Cfg, rate: Rate, scan: &Scan) -> Description {
    let analog = cfg.analog.iter().zip(&scan.channels).map(|(channel, (value, range))| {
        let some = |ratio: f64| if ratio > 0.0 { ratio } else { 1.0 };
        SourceAnalog {
            name: channel.id.clone(),
            phase: phase(&channel.phase),
            circuit: channel.component.clone(),
            quantity: quantity(&channel.unit),
            unit: channel.unit.clone(),
            a: channel.a * value,
            b: channel.b,
            raw_min: -range,
            raw_max: *range,
            primary: some(channel.primary),
            secondary: some(channel.secondary),
            side: match channel.side {
                aura_comtrade::Side::Primary => Side::Primary,
                aura_comtrade::Side::Secondary => Side::Secondary,
            },
            skew_us: channel.skew_us,
        }
    });
    let discrete = cfg.discrete.iter().map(|channel| SourceDiscrete {
        name: channel.id.clone(),
        phase: phase(&channel.phase),
        circuit: channel.component.clone(),
        normal: channel.normal,
    });
    let nominal_hz = Some(cfg.line_frequency_hz).filter(|hz| *hz > 0.0);
    Description { rate, nominal_hz, analog: analog.collect(), discrete: discrete.collect() }
}

/// Instant of the first row, or why there is none.
pub(super) fn start(cfg: &Cfg) -> Result<Stamp, String> {
    let local_ns = cfg
        .start
        .unix_ns()
        .ok_or_else(|| format!("start {}: allowed is a date, or a given start", cfg.start))?;
    let east_ns = i64::from(cfg.time_code.unwrap_or(0)) * 60_000_000_000;
    let quality = if cfg.revision == Revision::R2013 {
        time_quality(cfg.time_quality)
    } else {
        // Earlier revisions say nothing of the clock.
        TimeQuality::default()
    };
    Ok(Stamp { tai: Tai::from_unix_ns(local_ns.saturating_sub(east_ns)), quality })
}

/// The greatest error that a `tmq_code` allows.
fn time_quality(code: u8) -> TimeQuality {
    match code {
        0 => TimeQuality { sync: Sync::Locked, error_ns: 1_000 },
        1..=0xA => TimeQuality { sync: Sync::Holdover, error_ns: 10_u32.pow(u32::from(code) - 1) },
        0xB => TimeQuality { sync: Sync::Holdover, error_ns: u32::MAX - 1 },
        _ => TimeQuality::default(),
    }
}

/// Letters of a field in Latin, upper case; Cyrillic letters that look like them become them.
fn latin(text: &str) -> String {
    let letter = |c: char| match c {
        'А' => 'A',
        'В' => 'B',
        'С' => 'C',
        'К' => 'K',
        'М' => 'M',
        other => other,
    };
    text.trim().to_uppercase().chars().map(letter).collect()
}

/// Kind by the unit. A volt in Russian is «В», which looks like the B that `latin` makes of it.
fn quantity(unit: &str) -> Quantity {
    match latin(unit).trim_end_matches('.') {
        "A" | "KA" | "MA" | "AMP" | "AMPS" => Quantity::Current,
        "V" | "KV" | "MV" | "VOLT" | "VOLTS" | "B" | "KB" | "MB" => Quantity::Voltage,
        _ => Quantity::Other,
    }
}

/// Phase by the field, in the spellings of recorders.
fn phase(text: &str) -> Phase {
    match latin(text).as_str() {
        "A" | "L1" | "R" | "1" => Phase::A,
        "B" | "L2" | "S" | "2" => Phase::B,
        "C" | "L3" | "T" | "3" => Phase::C,
        "N" | "0" | "E" | "G" | "3I0" | "3U0" | "I0" | "U0" => Phase::N,
        "AB" | "A-B" | "L12" | "L1-L2" | "RS" | "12" => Phase::Ab,
        "BC" | "B-C" | "L23" | "L2-L3" | "ST" | "23" => Phase::Bc,
        "CA" | "C-A" | "AC" | "L31" | "L3-L1" | "TR" | "31" => Phase::Ca,
        _ => Phase::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_phases_of_real_files() {
        let check = |unit: &str, expect| assert_eq!(quantity(unit), expect, "{unit:?}");
        for unit in ["A", "А", "kA", "кА", "KA", " A ", "Amps", "мА"] {
            check(unit, Quantity::Current);
        }
        for unit in ["V", "В", "kV", "кВ", "KV", "Volts"] {
            check(unit, Quantity::Voltage);
        }
        for unit in ["", "Hz", "Гц", "°C", "W", "none"] {
            check(unit, Quantity::Other);
        }
        let check = |text: &str, expect| assert_eq!(phase(text), expect, "{text:?}");
        check("A", Phase::A);
        check("в", Phase::B);
        check("С", Phase::C);
        check("L3", Phase::C);
        check("АВ", Phase::Ab);
        check("n", Phase::N);
        check("", Phase::None);
    }

    #[test]
    fn the_code_of_time_quality_comes_back() {
        for code in [0, 4, 5, 9, 0xA, 0xB, 0xF] {
            assert_eq!(time_quality(code).tmq_code(), code, "{code:X}");
        }
    }
}
