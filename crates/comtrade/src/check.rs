//! What is odd or wrong in a record, by the standard and by its own words; nothing is repaired.

use crate::Result;
use crate::cfg::{DataType, Revision, Sampling};
use crate::error::{Finding, Findings, Level};
use crate::record::{BLOCK_ROWS, Data, Record};

/// Checks the whole record, header and every row. The findings of the header come first.
///
/// # Errors
/// When the record cannot be read.
pub fn check(record: &Record) -> Result<Vec<Finding>> {
    let mut cfg = Findings::new(&record.cfg_name);
    stamps(record, &mut cfg);
    let mut dat = Findings::new(&record.dat_name);
    size(record, &mut dat);
    numbering(record, &mut dat);
    time_column(record, &mut dat);
    values(record, &mut dat)?;
    let mut all = record.findings().to_vec();
    all.extend(cfg.into_vec());
    all.extend(dat.into_vec());
    Ok(all)
}

fn stamps(record: &Record, findings: &mut Findings) {
    let cfg = record.cfg();
    if cfg.analog.is_empty() && cfg.discrete.is_empty() {
        findings.add(Level::Error, 2, "channel counts", "0", "at least one channel");
    }
    if cfg.data_type > DataType::Binary && cfg.revision < Revision::R2013 {
        let allowed = "ASCII, BINARY before 2013";
        findings.add(Level::Warning, 0, "ft", cfg.data_type.word(), allowed);
    }
    let Some(offset) = cfg.trigger_offset_ns() else { return };
    let last = record.rows().checked_sub(1).and_then(|row| record.time_ns(row).ok()).unwrap_or(0);
    if offset < 0 || offset > last {
        let value = cfg.trigger.to_string();
        let allowed = "an instant within the record";
        findings.add(Level::Note, 0, "trigger stamp", &value, allowed);
    }
}

fn size(record: &Record, findings: &mut Findings) {
    let (announced, present) = (record.cfg().sampling.end_sample(), record.rows_present() as u64);
    let expect = format!("{announced}, as the .cfg announces");
    let level = match present {
        n if n < announced => Some(Level::Error),
        n if n > announced => Some(Level::Warning),
        _ => None,
    };
    if let Some(level) = level {
        findings.add(level, 0, "rows", &present.to_string(), &expect);
    }
    if let Some(bytes) = record.announced_bytes
        && bytes > record.dat.as_slice().len() as u64
    {
        let have = format!("{} bytes", record.dat.as_slice().len());
        findings.add(Level::Error, 0, "size", &have, &format!("{bytes} as announced"));
    }
    match record.data() {
        Data::Binary(rows) => {
            let rest = rows.bytes.len() % rows.layout.row_bytes;
            if rest > 0 {
                let allowed = format!("whole rows of {} bytes", rows.layout.row_bytes);
                findings.warn(0, "size", &format!("{rest} bytes beyond"), &allowed);
            }
        }
        Data::Ascii(rows) if rows.index.rubbish => {
            findings.warn(0, "end of file", "bytes after 0x1A", "nothing; they are not read");
        }
        Data::Ascii(_) => {}
    }
}

fn numbering(record: &Record, findings: &mut Findings) {
    let first = if record.rows() == 0 { return } else { record.head(0).0 };
    let Some(first) = first else {
        findings.warn(1, "n", "missing", "the sample number 1");
        return;
    };
    if first != 1.0 {
        findings.add(Level::Note, 1, "n", &first.to_string(), "1; rows are counted from 1");
    }
    let mut expect = first;
    for row in 0..record.rows() {
        let number = record.head(row).0;
        if number != Some(expect) {
            let shown = number.map_or("missing".to_owned(), |n| n.to_string());
            let allowed = format!("{expect}; rows are counted, numbers are not used");
            findings.warn(row as u64 + 1, "n", &shown, &allowed);
            return;
        }
        expect += 1.0;
    }
}

fn time_column(record: &Record, findings: &mut Findings) {
    if matches!(record.cfg().sampling, Sampling::Table(_)) {
        return;
    }
    let mut last = i64::MIN;
    for row in 0..record.rows() {
        match record.column_ns(row) {
            Some(ns) if ns > last || row == 0 => last = ns,
            Some(ns) => {
                let allowed = format!("above {last} ns: the time column is the only clock");
                findings.add(Level::Error, row as u64 + 1, "time", &format!("{ns} ns"), &allowed);
                return;
            }
            None => {
                let allowed = "a stamp in every row when there are no rates";
                findings.add(Level::Error, row as u64 + 1, "time", "missing", allowed);
                return;
            }
        }
    }
}

/// What a channel's values showed.
#[derive(Clone, Copy, Default)]
struct Tally {
    missing: usize,
    outside: usize,
    /// First row, from 1, of each.
    first_missing: u64,
    first_outside: u64,
}

fn values(record: &Record, findings: &mut Findings) -> Result<()> {
    let (count, rows) = (record.cfg().analog.len(), record.rows());
    let mut tallies = vec![Tally::default(); count];
    let mut block = vec![0.0; count * BLOCK_ROWS.min(rows)];
    for start in (0..rows).step_by(BLOCK_ROWS) {
        let part = start..rows.min(start + BLOCK_ROWS);
        let block = &mut block[..count * part.len()];
        record.stored_analog(part.clone(), block)?;
        for (row, values) in part.zip(block.chunks_exact(count.max(1))) {
            for ((value, tally), channel) in
                values.iter().zip(&mut tallies).zip(&record.cfg().analog)
            {
                tally.add(*value, channel.min, channel.max, row as u64 + 1);
            }
        }
    }
    for (n, (tally, channel)) in tallies.iter().zip(&record.cfg().analog).enumerate() {
        let field = format!("analog {}", n + 1);
        if tally.missing > 0 {
            let value = format!("{} missing values", tally.missing);
            findings.add(Level::Note, tally.first_missing, &field, &value, "a value in each row");
        }
        if tally.outside > 0 {
            let value = format!("{} values beyond", tally.outside);
            let allowed = format!("{}..={}", channel.min, channel.max);
            findings.add(Level::Note, tally.first_outside, &field, &value, &allowed);
        }
    }
    Ok(())
}

impl Tally {
    fn add(&mut self, value: f64, min: f64, max: f64, row: u64) {
        let first = |count: usize, first: &mut u64| {
            if count == 0 {
                *first = row;
            }
        };
        if value.is_nan() {
            first(self.missing, &mut self.first_missing);
            self.missing += 1;
        } else if !(min..=max).contains(&value) {
            first(self.outside, &mut self.first_outside);
            self.outside += 1;
        }
    }
}
