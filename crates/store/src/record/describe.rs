//! The `.cfg` of a record, from its head and the format of new records.

use crate::{DataType, Format, Revision, TextEncoding};
use aura_comtrade as comtrade;
use aura_model::{AnalogChannel, RecordHead, Side, Stamp, Sync, Tai};
use comtrade::{Analog, Cfg, Discrete, Encoding, LeapSecond, Sampling, TimeBase};

/// What stands after the station's name when the samples were made, not measured.
const SIMULATED: &str = " [SIMULATION]";

/// Greatest magnitude that a 16-bit sample holds.
const I16_LIMIT: f64 = 32_767.0;

/// The type of the data as it is streamed: text is made of 32-bit counts when the record closes.
pub(crate) const fn streamed(data: DataType) -> comtrade::DataType {
    match data {
        DataType::Binary => comtrade::DataType::Binary,
        DataType::Ascii | DataType::Binary32 => comtrade::DataType::Binary32,
        DataType::Float32 => comtrade::DataType::Float32,
    }
}

/// Encoding of texts.
pub(crate) const fn encoding(format: Format) -> Encoding {
    match format.encoding {
        TextEncoding::Utf8 => Encoding::Utf8,
        TextEncoding::Cp1251 => Encoding::Cp1251,
    }
}

/// Revision of a format.
pub(crate) const fn revision(format: Format) -> comtrade::Revision {
    match format.revision {
        Revision::R1991 => comtrade::Revision::R1991,
        Revision::R1999 => comtrade::Revision::R1999,
        Revision::R2013 => comtrade::Revision::R2013,
    }
}

/// The configuration of a record with so many rows (0 while it is open: then all rows present
/// count), and the factor of each channel from raw to stored counts.
pub(crate) fn describe(head: &RecordHead, format: Format, rows: u64) -> (Cfg, Vec<f64>) {
    let station = &head.station;
    let data_type = streamed(format.data);
    let factors: Vec<f64> = station.analog.iter().map(|c| factor(c, data_type)).collect();
    let number = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
    let analog = station.analog.iter().zip(&factors).enumerate();
    let discrete = station.discrete.iter().enumerate().map(|(at, channel)| Discrete {
        index: number(at),
        id: channel.name.clone(),
        phase: channel.phase.code().to_owned(),
        component: channel.circuit.clone(),
        normal: channel.normal,
    });
    let mark = if head.simulated { SIMULATED } else { "" };
    let offset = i16::try_from(head.utc_offset_s / 60).ok();
    let end = head.start.tai.plus_ns(station.rate.row_ns(rows));
    // Counts on their way to text have 32 bits, which only 2013 knows.
    let revision = match format.data {
        DataType::Ascii => comtrade::Revision::R2013,
        _ => revision(format),
    };
    let cfg = Cfg {
        revision,
        encoding: encoding(format),
        station: format!("{}{mark}", station.name),
        device: station.rec_dev_id.clone(),
        analog: analog.map(|(at, (c, k))| channel(number(at), c, *k)).collect(),
        discrete: discrete.collect(),
        line_frequency_hz: station.nominal_hz,
        sampling: Sampling::uniform(station.rate.hz(), rows),
        start: stamp(head.start.tai, head.utc_offset_s),
        trigger: stamp(head.pickup.at.tai, head.utc_offset_s),
        time_base: TimeBase::Micro,
        data_type,
        time_multiplier: 1.0,
        time_code: offset,
        local_code: offset,
        time_quality: head.start.quality.tmq_code(),
        leap_second: leap_second(head.start, end),
    };
    (cfg, factors)
}

/// An instant as the `.cfg` holds it: local time, whole microseconds, never later than the true
/// one.
fn stamp(at: Tai, utc_offset_s: i32) -> comtrade::Stamp {
    let local = at.unix_ns().saturating_add(i64::from(utc_offset_s) * 1_000_000_000);
    comtrade::Stamp::from_unix_ns(local - local.rem_euclid(1_000))
}

/// Whether a leap second lies within the record.
fn leap_second(start: Stamp, end: Tai) -> LeapSecond {
    if start.quality.sync == Sync::Free {
        return LeapSecond::Unknown;
    }
    let counted = end.unix_ns().saturating_sub(start.tai.unix_ns());
    match end.since_ns(start.tai).saturating_sub(counted) {
        0 => LeapSecond::None,
        1.. => LeapSecond::Added,
        _ => LeapSecond::Removed,
    }
}

/// Factor from raw to stored counts: 1 unless 16 bits cannot hold the channel's range.
fn factor(channel: &AnalogChannel, data_type: comtrade::DataType) -> f64 {
    let range = f64::from(channel.raw_min).abs().max(f64::from(channel.raw_max).abs());
    match data_type {
        comtrade::DataType::Binary if range > I16_LIMIT => I16_LIMIT / range,
        _ => 1.0,
    }
}

fn channel(index: u32, channel: &AnalogChannel, factor: f64) -> Analog {
    let stored = |raw: i32| (f64::from(raw) * factor).round();
    Analog {
        index,
        id: channel.name.clone(),
        phase: channel.phase.code().to_owned(),
        component: channel.circuit.clone(),
        unit: channel.unit.clone(),
        a: channel.a / factor,
        b: channel.b,
        skew_us: channel.skew_us,
        min: stored(channel.raw_min),
        max: stored(channel.raw_max),
        primary: channel.primary,
        secondary: channel.secondary,
        side: match channel.side {
            Side::Primary => comtrade::Side::Primary,
            Side::Secondary => comtrade::Side::Secondary,
        },
    }
}
