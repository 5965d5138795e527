//! A record as comma-separated text for spreadsheets and scripts; no units, no metadata.

use std::io::{self, Write};

use crate::Result;
use crate::error::Error;
use crate::record::{BLOCK_ROWS, MISSING_TIME_NS, Record};

/// Writes `n,t_s,<ch_id>…`: sample number from 1, seconds from the first sample, scaled analog
/// values in shortest exact form, discretes as 0 and 1; a missing value is empty. Lines end with
/// LF, text is UTF-8, names with commas or quotes are quoted.
///
/// # Errors
/// When the record cannot be read or the output fails.
pub fn write_csv(record: &Record, out: &mut dyn Write) -> Result<()> {
    let io = |e: io::Error| Error::io("csv", "write", e);
    let cfg = record.cfg();
    let names = cfg.analog.iter().map(|c| &c.id).chain(cfg.discrete.iter().map(|c| &c.id));
    let header: String = names.map(|name| format!(",{}", quoted(name))).collect();
    out.write_all(format!("n,t_s{header}\n").as_bytes()).map_err(io)?;
    let (analog, words, rows) = (cfg.analog.len(), cfg.discrete_words(), record.rows());
    let mut values = vec![0.0; analog * BLOCK_ROWS.min(rows)];
    let mut states = vec![0; words * BLOCK_ROWS.min(rows)];
    let zero_ns = if rows == 0 { 0 } else { record.time_ns(0)? };
    let mut text = Vec::new();
    for start in (0..rows).step_by(BLOCK_ROWS) {
        let part = start..rows.min(start + BLOCK_ROWS);
        let values = &mut values[..analog * part.len()];
        let states = &mut states[..words * part.len()];
        record.scaled_and_discrete(part.clone(), values, states)?;
        for (at, row) in part.enumerate() {
            push_time(row, record.time_ns(row)?, zero_ns, &mut text);
            for value in &values[at * analog..][..analog] {
                text.push(b',');
                push_value(*value, &mut text);
            }
            let states = &states[at * words..][..words];
            for channel in 0..cfg.discrete.len() {
                let state = states[channel / 64] >> (channel % 64) & 1;
                text.extend_from_slice(if state == 1 { b",1" } else { b",0" });
            }
            text.push(b'\n');
        }
        out.write_all(&text).map_err(io)?;
        text.clear();
    }
    Ok(())
}

fn push_time(row: usize, ns: i64, zero_ns: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(row + 1).as_bytes());
    out.push(b',');
    if ns == MISSING_TIME_NS || zero_ns == MISSING_TIME_NS {
        return;
    }
    let since = i128::from(ns) - i128::from(zero_ns);
    if since < 0 {
        out.push(b'-');
    }
    let since = since.unsigned_abs();
    let text = format!("{}.{:09}", since / 1_000_000_000, since % 1_000_000_000);
    out.extend_from_slice(text.trim_end_matches('0').trim_end_matches('.').as_bytes());
}

fn push_value(value: f64, out: &mut Vec<u8>) {
    if value.is_finite() {
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(value);
        out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
    }
}

fn quoted(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}
