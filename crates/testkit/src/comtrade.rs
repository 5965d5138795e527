//! The few lines of COMTRADE (2013, BINARY) that the fake records need; the product's writer is
//! `aura-comtrade`.

use crate::wave::Script;
use aura_model::{Side, Stamp, Station};
use core::fmt::Write as _;

/// Text of a `.cfg`, CR LF.
pub(crate) fn cfg(
    station: &Station,
    rows: u64,
    start: Stamp,
    trigger: Stamp,
    offset: i32,
) -> String {
    let mut text = String::new();
    let (analog, discrete) = (station.analog.len(), station.discrete.len());
    let mut line = |args: core::fmt::Arguments<'_>| {
        write!(text, "{args}\r\n").expect("a String takes everything");
    };
    line(format_args!("{},{},2013", station.name, station.rec_dev_id));
    line(format_args!("{},{analog}A,{discrete}D", analog + discrete));
    for (n, c) in (1..).zip(&station.analog) {
        line(format_args!(
            "{n},{},{},{},{},{},{},{},{},{},{},{},{}",
            c.name,
            c.phase.code(),
            c.circuit,
            c.unit,
            c.a,
            c.b,
            c.skew_us,
            c.raw_min,
            c.raw_max,
            c.primary,
            c.secondary,
            if c.side == Side::Primary { 'P' } else { 'S' }
        ));
    }
    for (n, c) in (1..).zip(&station.discrete) {
        line(format_args!("{n},{},,{},{}", c.name, c.circuit, u8::from(c.normal)));
    }
    line(format_args!("{}\r\n1\r\n{},{rows}", station.nominal_hz, station.rate.hz()));
    for stamp in [start, trigger] {
        let c = stamp.tai.civil(offset);
        line(format_args!(
            "{:02}/{:02}/{:04},{:02}:{:02}:{:02}.{:09}",
            c.day, c.month, c.year, c.hour, c.minute, c.second, c.nanosecond
        ));
    }
    let hours = offset / 3_600;
    line(format_args!("BINARY\r\n1\r\n{hours:+},{hours:+}"));
    line(format_args!("{:X},0", start.quality.tmq_code()));
    text
}

/// Bytes of a BINARY `.dat`; `edges` are row, discrete channel and new state.
#[expect(clippy::cast_possible_truncation, reason = "the fake station's values fit 16 bits")]
pub(crate) fn dat(
    station: &Station,
    rows: u64,
    signals: &[Script],
    edges: &[(u64, usize, bool)],
) -> Vec<u8> {
    let mut bytes = Vec::new();
    for row in 0..rows {
        let t_s = row as f64 / station.rate.hz();
        bytes.extend((row as u32 + 1).to_le_bytes());
        bytes.extend(((station.rate.row_ns(row) / 1_000) as u32).to_le_bytes());
        for (signal, channel) in signals.iter().zip(&station.analog) {
            let raw = (signal.at(t_s) / channel.a).round() as i16;
            bytes.extend(raw.to_le_bytes());
        }
        let mut word = 0_u16;
        for (_, channel, state) in edges.iter().filter(|edge| edge.0 <= row) {
            word = word & !(1 << channel) | u16::from(*state) << channel;
        }
        bytes.extend(word.to_le_bytes());
    }
    bytes
}

/// The single-file form of the same.
pub(crate) fn cff(cfg: &str, hdr: &str, inf: &str, dat: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "--- file type: CFG ---\r\n{cfg}--- file type: INF ---\r\n{inf}\
         --- file type: HDR ---\r\n{hdr}\
         --- file type: DAT BINARY: {} ---\r\n",
        dat.len()
    )
    .into_bytes();
    bytes.extend(dat);
    bytes
}
