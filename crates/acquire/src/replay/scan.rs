//! What must be known of a recording before it can be played: its one rate, and how its values
//! become counts.

use aura_comtrade::{DataType, Record, Sampling};
use aura_model::Rate;

/// Greatest count of a scaled channel: 26 bits with the sign.
const SCALED_MAX: i32 = (1 << 25) - 1;

/// How the values of each channel become counts.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    /// Stored value of one count, and the range of counts.
    pub(super) channels: Vec<(f64, i32)>,
}

impl Scan {
    /// Reads types of whole numbers not at all, and the others once.
    pub(super) fn of(record: &Record) -> Result<Self, aura_comtrade::Error> {
        let count = record.cfg().analog.len();
        let same = |range| Ok(Self { channels: vec![(1.0, range); count] });
        match record.cfg().data_type {
            DataType::Binary => return same(i32::from(i16::MAX)),
            DataType::Binary32 => return same(i32::MAX),
            DataType::Ascii | DataType::Float32 => {}
        }
        // Greatest finite value, and whether all are whole.
        let mut seen = vec![(0.0_f64, true); count];
        let rows = super::CHUNK_ROWS;
        let mut values = vec![0.0_f64; rows * count];
        for from in (0..record.rows()).step_by(rows) {
            let range = from..record.rows().min(from + rows);
            let values = &mut values[..range.len() * count];
            record.stored_analog(range, values)?;
            for row in values.chunks_exact(count.max(1)) {
                for (value, (greatest, whole)) in row.iter().zip(&mut seen) {
                    if value.is_finite() {
                        *greatest = greatest.max(value.abs());
                        *whole &= value.fract() == 0.0;
                    }
                }
            }
        }
        let channels = seen.into_iter().map(|(greatest, whole)| match (greatest, whole) {
            (0.0, _) => (1.0, i32::from(i16::MAX)),
            (..=32_767.0, true) => (1.0, i32::from(i16::MAX)),
            (..=2_147_483_647.0, true) => (1.0, i32::MAX),
            _ => (greatest / f64::from(SCALED_MAX), SCALED_MAX),
        });
        Ok(Self { channels: channels.collect() })
    }

    /// Counts per stored value.
    pub(super) fn counts(&self) -> Box<[f64]> {
        self.channels.iter().map(|(value, _)| 1.0 / value).collect()
    }
}

/// The one rate of a recording, or why there is none.
pub(super) fn rate(record: &Record) -> Result<Rate, String> {
    let hz = match &record.cfg().sampling {
        Sampling::Table(rates) => {
            let mut end = 0;
            let mut one: Option<f64> = None;
            for rate in rates {
                let empty = rate.end_sample <= end && rates.len() > 1;
                end = end.max(rate.end_sample);
                if empty {
                    continue;
                }
                match one {
                    Some(hz) if (hz - rate.hz).abs() > 1e-6 * hz => {
                        return Err(format!(
                            "rates of {hz} and {} Hz: allowed is one rate",
                            rate.hz
                        ));
                    }
                    _ => one = Some(rate.hz),
                }
            }
            one.unwrap_or(0.0)
        }
        Sampling::TimeColumn { .. } => rate_of_column(record)?,
    };
    Rate::from_hz(hz).ok_or_else(|| format!("rate of {hz} Hz: allowed is 1 Hz to 4.29 MHz"))
}

/// The rate that the time column keeps, if it keeps one: each row within a quarter of a period or
/// one count of the column from its place.
fn rate_of_column(record: &Record) -> Result<f64, String> {
    let last = record.rows() - 1;
    let at = |row| record.time_ns(row).map_err(|error| error.to_string());
    let missing =
        || "no rate table, and a time is missing: allowed is a whole time column".to_owned();
    let (first_ns, last_ns) = (at(0)?, at(last)?);
    if first_ns == aura_comtrade::MISSING_TIME_NS || last_ns == aura_comtrade::MISSING_TIME_NS {
        return Err(missing());
    }
    if last == 0 || last_ns <= first_ns {
        return Err("no rate table, and times do not grow: allowed is a growing time column".into());
    }
    let period_ns = (last_ns - first_ns) as f64 / last as f64;
    let tolerance_ns = (period_ns / 4.0).max(record.cfg().tick_ns());
    for row in 0..=last {
        let ns = at(row)?;
        if ns == aura_comtrade::MISSING_TIME_NS {
            return Err(missing());
        }
        let place_ns = row as f64 * period_ns;
        if ((ns - first_ns) as f64 - place_ns).abs() > tolerance_ns {
            let off_ns = (ns - first_ns) as f64 - place_ns;
            return Err(format!(
                "no rate table, and row {} lies {off_ns:.0} ns from its place: \
                 allowed is {tolerance_ns:.0} ns",
                row + 1
            ));
        }
    }
    Ok(1e9 / period_ns)
}
