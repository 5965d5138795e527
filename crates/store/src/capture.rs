//! Records loaded for analysis: the recorder's own, and any other COMTRADE record.

use crate::Error;
use crate::record::recover::read_head;
use aura_comtrade::{self as comtrade, Cfg, Record, Sampling};
use aura_model::{
    AnalogChannel, Capture, CaptureAnalog, CaptureDiscrete, DiscreteChannel, Phase, Quantity, Rate,
    RecordInfo, RecordState, Side, Stamp, Sync, Tai, ThreePhaseGroup, TimeQuality,
};
use core::ops::Range;
use std::path::Path;

/// Greatest departure of a time column's step from its mean at which rows still are a grid.
const GRID_TOLERANCE: f64 = 0.01;

/// Loads a record of the store.
pub(crate) fn own(dir: &Path, info: &RecordInfo) -> Result<Capture, Error> {
    let path = dir.join(format!("{}.cfg", info.name));
    let record = Record::open(&path).map_err(Error::comtrade(&path))?;
    let (head, _) = read_head(dir)?;
    let station = &head.station;
    let channels = (record.cfg().analog.len(), record.cfg().discrete.len());
    if channels != (station.analog.len(), station.discrete.len()) {
        let reason = "its head and its configuration name other channels".to_owned();
        return Err(Error::Unreadable { path, reason });
    }
    let rows = 0..record.rows();
    Ok(Capture {
        station: station.name.clone(),
        rec_dev_id: station.rec_dev_id.clone(),
        record: info.name.clone(),
        nominal_hz: station.nominal_hz,
        rate: station.rate,
        rows: rows.len(),
        start: head.start,
        utc_offset_s: head.utc_offset_s,
        pickups: info.pickups.clone(),
        trigger: info.trigger,
        analog: analog(&record, &rows, station.analog.clone()).map_err(Error::comtrade(&path))?,
        discrete: discrete(&record, &rows, station.discrete.clone())
            .map_err(Error::comtrade(&path))?,
        groups: station.groups.clone(),
        simulated: info.simulated,
        interrupted: info.state == RecordState::Interrupted,
    })
}

/// Loads any COMTRADE record. Three-phase sets are guessed from phases, units and circuits unless
/// given.
///
/// Of a record with several sampling rates only the rows at the rate of the trigger are taken:
/// nothing is interpolated. Stamps without an offset (before 2013) are taken as UTC.
///
/// # Errors
/// When it cannot be read or its rows are on no uniform grid.
pub fn capture_of(path: &Path, groups: Option<Vec<ThreePhaseGroup>>) -> Result<Capture, Error> {
    let record = Record::open(path).map_err(Error::comtrade(path))?;
    let cfg = record.cfg();
    let unreadable =
        |reason: &str| Error::Unreadable { path: path.to_owned(), reason: reason.into() };
    let utc_offset_s = cfg.time_code.map_or(0, |minutes| i32::from(minutes) * 60);
    let quality = quality_of(cfg);
    let instant = |stamp: &comtrade::Stamp| {
        let utc = stamp.unix_ns()?.saturating_sub(i64::from(utc_offset_s) * 1_000_000_000);
        Some(Stamp { tai: Tai::from_unix_ns(utc), quality })
    };
    let first = instant(&cfg.start).or_else(|| instant(&cfg.trigger)).unwrap_or_default();
    let trigger = instant(&cfg.trigger).unwrap_or(first);
    let (rows, rate) =
        grid(&record, trigger.tai.since_ns(first.tai)).map_err(|reason| unreadable(&reason))?;
    let skipped_ns = match rows.start {
        0 => 0,
        row => record.time_ns(row).map_err(Error::comtrade(path))?,
    };
    let channels: Vec<AnalogChannel> = cfg.analog.iter().enumerate().map(analog_channel).collect();
    let groups = groups.unwrap_or_else(|| guess_groups(&channels));
    if groups.iter().any(|group| group.abc.iter().any(|n| *n >= channels.len())) {
        return Err(unreadable("a three-phase set names a channel beyond the last"));
    }
    let states = cfg.discrete.iter().enumerate().map(discrete_channel).collect();
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Capture {
        station: cfg.station.clone(),
        rec_dev_id: cfg.device.clone(),
        record: name,
        nominal_hz: if cfg.line_frequency_hz > 0.0 { cfg.line_frequency_hz } else { 50.0 },
        rate,
        rows: rows.len(),
        start: Stamp { tai: first.tai.plus_ns(skipped_ns), ..first },
        utc_offset_s,
        pickups: Vec::new(),
        trigger,
        analog: analog(&record, &rows, channels).map_err(Error::comtrade(path))?,
        discrete: discrete(&record, &rows, states).map_err(Error::comtrade(path))?,
        groups,
        simulated: false,
        interrupted: false,
    })
}

/// Values of all analog channels.
fn analog(
    record: &Record,
    rows: &Range<usize>,
    channels: Vec<AnalogChannel>,
) -> comtrade::Result<Vec<CaptureAnalog>> {
    let mut columns = vec![0.0; channels.len() * rows.len()];
    record.analog_columns(rows.clone(), &mut columns)?;
    let values = |at: usize| columns[at * rows.len()..(at + 1) * rows.len()].to_vec();
    let loaded = channels.into_iter().enumerate();
    Ok(loaded.map(|(at, channel)| CaptureAnalog { channel, values: values(at) }).collect())
}

/// Changes of all discrete channels.
fn discrete(
    record: &Record,
    rows: &Range<usize>,
    channels: Vec<DiscreteChannel>,
) -> comtrade::Result<Vec<CaptureDiscrete>> {
    let words = record.cfg().discrete_words();
    let mut states = vec![0; words * rows.len()];
    record.discrete_words(rows.clone(), &mut states)?;
    let bit = |row: &[u64], channel: usize| row[channel / 64] >> (channel % 64) & 1 == 1;
    let mut loaded: Vec<CaptureDiscrete> = (channels.into_iter().enumerate())
        .map(|(at, channel)| CaptureDiscrete {
            channel,
            initial: states.get(..words).is_some_and(|row| bit(row, at)),
            changes: Vec::new(),
        })
        .collect();
    if words == 0 {
        return Ok(loaded);
    }
    let pairs = states.chunks_exact(words).zip(states.chunks_exact(words).skip(1));
    for (row, (before, after)) in pairs.enumerate().filter(|(_, (before, after))| before != after) {
        for (at, channel) in loaded.iter_mut().enumerate() {
            if bit(before, at) != bit(after, at) {
                channel.changes.push(row + 1);
            }
        }
    }
    Ok(loaded)
}

/// Rows on one uniform grid around the trigger, and its rate; the text says why there is none.
fn grid(record: &Record, trigger_ns: i64) -> Result<(Range<usize>, Rate), String> {
    let rows = record.rows();
    if let Sampling::Table(rates) = &record.cfg().sampling {
        let trigger = record.row_at(trigger_ns).min(rows.saturating_sub(1));
        let mut from = 0;
        for segment in rates {
            let to = usize::try_from(segment.end_sample).unwrap_or(usize::MAX).min(rows);
            let last = rates.len() == 1;
            if last || (from..to).contains(&trigger) {
                let rate = Rate::from_hz(segment.hz);
                let rate = rate.ok_or(format!("rate {} Hz is not supported", segment.hz))?;
                return Ok((from..if last { rows } else { to }, rate));
            }
            from = from.max(to);
        }
        return Err("its rate table holds no row".to_owned());
    }
    let mut times = vec![0; rows];
    record.times_ns(0..rows, &mut times).map_err(|error| error.to_string())?;
    let steps = || times.windows(2).map(|pair| ns_f64(pair[1].saturating_sub(pair[0])));
    let mean = steps().sum::<f64>() / ns_f64(i64::try_from(rows.max(2) - 1).unwrap_or(1));
    let even = mean > 0.0 && steps().all(|step| (step / mean - 1.0).abs() <= GRID_TOLERANCE);
    match Rate::from_hz(1e9 / mean) {
        Some(rate) if even => Ok((0..rows, rate)),
        _ => Err("the steps of its time column are not even".to_owned()),
    }
}

/// Nanoseconds as a float; record times are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "a record of 104 days would be needed")]
const fn ns_f64(ns: i64) -> f64 {
    ns as f64
}

/// What a configuration says of its clock.
fn quality_of(cfg: &Cfg) -> TimeQuality {
    if cfg.revision != comtrade::Revision::R2013 {
        return TimeQuality::default();
    }
    match cfg.time_quality {
        0 => TimeQuality { sync: Sync::Locked, error_ns: 0 },
        code @ 1..=0xB => {
            let error_ns = 10_u64.pow(u32::from(code) - 1);
            let error_ns = u32::try_from(error_ns).unwrap_or(u32::MAX);
            TimeQuality { sync: Sync::Holdover, error_ns }
        }
        _ => TimeQuality::default(),
    }
}

fn analog_channel((at, c): (usize, &comtrade::Analog)) -> AnalogChannel {
    let quantity = quantity_of(&c.unit, &c.id);
    #[expect(clippy::cast_possible_truncation, reason = "a float becomes the nearest limit")]
    let (raw_min, raw_max) = (c.min as i32, c.max as i32);
    AnalogChannel {
        id: format!("a{}", at + 1),
        name: c.id.clone(),
        phase: phase_of(&c.phase, &c.id),
        circuit: c.component.clone(),
        quantity,
        unit: c.unit.clone(),
        a: c.a,
        b: c.b,
        raw_min,
        raw_max,
        primary: if c.primary > 0.0 { c.primary } else { 1.0 },
        secondary: if c.secondary > 0.0 { c.secondary } else { 1.0 },
        side: match c.side {
            comtrade::Side::Primary => Side::Primary,
            comtrade::Side::Secondary => Side::Secondary,
        },
        skew_us: c.skew_us,
    }
}

fn discrete_channel((at, c): (usize, &comtrade::Discrete)) -> DiscreteChannel {
    DiscreteChannel {
        id: format!("d{}", at + 1),
        name: c.id.clone(),
        phase: phase_of(&c.phase, ""),
        circuit: c.component.clone(),
        normal: c.normal,
    }
}

/// Current or voltage by the unit, Latin or Cyrillic; by the first letter of the name when there
/// is no unit.
fn quantity_of(unit: &str, name: &str) -> Quantity {
    let unit = unit.trim().trim_start_matches(['k', 'K', 'm', 'M', 'к', 'К', 'м', 'М']);
    match (unit, name.trim().chars().next()) {
        ("A" | "a" | "А" | "а", _) => Quantity::Current,
        ("V" | "v" | "В" | "в", _) => Quantity::Voltage,
        ("", Some('I' | 'i')) => Quantity::Current,
        ("", Some('U' | 'u' | 'V' | 'v')) => Quantity::Voltage,
        _ => Quantity::Other,
    }
}

/// Phase by its field, else by the name: `IA`, `Ua Л-201`, `Л-201 I_B`.
fn phase_of(field: &str, name: &str) -> Phase {
    if let Some(phase) = phase_word(field) {
        return phase;
    }
    let words = name.split(|c: char| c.is_whitespace() || "_-.:,()".contains(c));
    words
        .filter_map(|word| phase_word(word.strip_prefix(['I', 'i', 'U', 'u', 'V', 'v'])?))
        .next()
        .or_else(|| {
            let last = name.rsplit(|c: char| c.is_whitespace() || "_-.:,()".contains(c)).next()?;
            phase_word(last)
        })
        .unwrap_or(Phase::None)
}

/// A phase in the letters that recorders use, Latin and Cyrillic look-alikes.
fn phase_word(word: &str) -> Option<Phase> {
    let latin: String = (word.trim().chars())
        .map(|c| match c {
            'А' | 'а' => 'A',
            'В' | 'в' => 'B',
            'С' | 'с' => 'C',
            _ => c.to_ascii_uppercase(),
        })
        .collect();
    Some(match latin.as_str() {
        "A" | "L1" | "PHA" => Phase::A,
        "B" | "L2" | "PHB" => Phase::B,
        "C" | "L3" | "PHC" => Phase::C,
        "N" | "0" | "G" | "E" | "3I0" | "3U0" => Phase::N,
        "AB" | "L12" | "L1-L2" => Phase::Ab,
        "BC" | "L23" | "L2-L3" => Phase::Bc,
        "CA" | "L31" | "L3-L1" => Phase::Ca,
        _ => return None,
    })
}

/// Sets of A, B, C with the same quantity, unit and circuit: the first A with the first B and C,
/// and so on.
fn guess_groups(channels: &[AnalogChannel]) -> Vec<ThreePhaseGroup> {
    let mut groups = Vec::new();
    let mut taken = vec![false; channels.len()];
    for (a, first) in channels.iter().enumerate() {
        if first.phase != Phase::A || first.quantity == Quantity::Other {
            continue;
        }
        let mate = |phase: Phase, taken: &[bool]| {
            channels.iter().enumerate().position(|(at, c)| {
                let same = (c.quantity, &c.unit, &c.circuit);
                !taken[at]
                    && c.phase == phase
                    && same == (first.quantity, &first.unit, &first.circuit)
            })
        };
        let (Some(b), Some(c)) = (mate(Phase::B, &taken), mate(Phase::C, &taken)) else { continue };
        taken[b] = true;
        taken[c] = true;
        let kind = if first.quantity == Quantity::Current { 'I' } else { 'U' };
        let name = match first.circuit.as_str() {
            "" => format!("{kind} {}", groups.len() + 1),
            circuit => format!("{kind} {circuit}"),
        };
        let id = format!("g{}", groups.len() + 1);
        groups.push(ThreePhaseGroup { id, name, quantity: first.quantity, abc: [a, b, c] });
    }
    groups
}
