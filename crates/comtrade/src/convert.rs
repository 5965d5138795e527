//! Records into other forms: revision, data type, encoding, a part of the time, several records
//! side by side. It writes a `.dat` and gives the `.cfg`; `.hdr` and `.inf` are the caller's.

use std::io::Write;
use std::ops::Range;

use crate::Result;
use crate::cfg::{Cfg, DataType, Rate, Revision, Sampling, TimeBase};
use crate::error::Error;
use crate::record::{BLOCK_ROWS, Record};
use crate::stamp::Stamp;
use crate::text::Encoding;
use crate::timeline::round_ns;
use crate::writer::{Rows, Times, Totals, Writer};

/// Form of a record to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Revision.
    pub revision: Revision,
    /// Data type.
    pub data_type: DataType,
    /// Encoding of the `.cfg`.
    pub encoding: Encoding,
}

impl Form {
    /// The form that a record has.
    #[must_use]
    pub fn of(cfg: &Cfg) -> Self {
        Self { revision: cfg.revision, data_type: cfg.data_type, encoding: cfg.encoding }
    }
}

/// Writes the whole record in another form.
///
/// Stored values and `a`, `b` stay as they are wherever the type can hold them; a channel that
/// does not fit (fractions or great values into BINARY or BINARY32) gets an `a` for which its
/// greatest value is the limit of the type. FLOAT32 holds counts up to 2^24 exactly.
///
/// # Errors
/// When the record cannot be read or the output fails.
pub fn convert(record: &Record, form: Form, dat: &mut dyn Write) -> Result<(Cfg, Totals)> {
    write_rows(&[record], 0..record.rows(), form, dat)
}

/// Writes some rows of a record; the start stamp moves with the first row.
///
/// # Errors
/// When the rows don't exist, the record cannot be read or the output fails.
pub fn cut(
    record: &Record,
    rows: Range<usize>,
    form: Form,
    dat: &mut dyn Write,
) -> Result<(Cfg, Totals)> {
    record.check_rows(&rows)?;
    write_rows(&[record], rows, form, dat)
}

/// Rows of a record from one instant up to, not including, another; nanoseconds as in
/// [`Record::time_ns`]. May be empty.
#[must_use]
pub fn rows_between(record: &Record, from_ns: i64, to_ns: i64) -> Range<usize> {
    let from = record.row_at(from_ns);
    from..record.row_at(to_ns).max(from)
}

/// Lays the channels of records side by side; station and stamps are those of the first.
///
/// # Errors
/// When there are none, or start stamps, instants or numbers of rows differ; or as [`convert`].
pub fn merge(records: &[&Record], form: Form, dat: &mut dyn Write) -> Result<(Cfg, Totals)> {
    let differ = |what: &str, one: &dyn std::fmt::Debug, other: &dyn std::fmt::Debug| {
        Error::Merge { reason: format!("{what} {one:?} and {other:?}") }
    };
    let Some(first) = records.first() else {
        return Err(Error::Merge { reason: "no records given".to_owned() });
    };
    let rows = first.rows();
    for other in &records[1..] {
        let (one, two) = (first.cfg(), other.cfg());
        if one.start != two.start {
            return Err(Error::Merge { reason: format!("starts {} and {}", one.start, two.start) });
        }
        if rows != other.rows() {
            return Err(differ("rows", &rows, &other.rows()));
        }
        if one.sampling != two.sampling {
            return Err(differ("rates", &one.sampling, &two.sampling));
        }
        let by_column = matches!(one.sampling, Sampling::TimeColumn { .. });
        for row in (0..rows).filter(|_| by_column) {
            if first.column_ns(row) != other.column_ns(row) {
                return Err(differ("time columns in row", &row, &row));
            }
        }
    }
    write_rows(records, 0..rows, form, dat)
}

fn write_rows(
    records: &[&Record],
    rows: Range<usize>,
    form: Form,
    dat: &mut dyn Write,
) -> Result<(Cfg, Totals)> {
    let mut cfg = target(records, form);
    let factors = fit(records, &rows, &mut cfg)?;
    let column = Column::of(records[0], &rows, &cfg);
    move_start(records[0], &rows, &column, &mut cfg);
    let mut writer = Writer::new(dat, &cfg, &factors)?;
    let mut block = Block::default();
    for start in rows.clone().step_by(BLOCK_ROWS) {
        let part = start..rows.end.min(start + BLOCK_ROWS);
        block.fill(records, &part, &cfg)?;
        let stamps = column.as_ref().map(|column| column.stamps(records[0], &part));
        writer.append(&Rows {
            rows: part.len(),
            analog: &block.analog,
            analog_stride: cfg.analog.len(),
            valid: None,
            valid_stride: 0,
            discrete: &block.discrete,
            discrete_stride: cfg.discrete_words(),
            times: stamps.as_deref().map_or(Times::Table, Times::Column),
        })?;
    }
    let (_, totals) = writer.finish()?;
    Ok((cfg, totals))
}

/// The configuration of the new record, before its values are looked at.
fn target(records: &[&Record], form: Form) -> Cfg {
    let mut cfg = records[0].cfg().clone();
    for other in &records[1..] {
        cfg.analog.extend(other.cfg().analog.iter().cloned());
        cfg.discrete.extend(other.cfg().discrete.iter().cloned());
    }
    let number = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
    if records.len() > 1 {
        cfg.analog.iter_mut().enumerate().for_each(|(at, c)| c.index = number(at));
        cfg.discrete.iter_mut().enumerate().for_each(|(at, c)| c.index = number(at));
    }
    (cfg.revision, cfg.data_type, cfg.encoding) = (form.revision, form.data_type, form.encoding);
    if cfg.revision < Revision::R2013 {
        cfg.time_base = TimeBase::Micro;
    }
    if cfg.revision == Revision::R1991 {
        cfg.time_multiplier = 1.0;
    }
    cfg
}

/// Factors that make every channel fit the data type; scales `a` and the limits to match.
fn fit(records: &[&Record], rows: &Range<usize>, cfg: &mut Cfg) -> Result<Vec<f64>> {
    let limit = match cfg.data_type {
        DataType::Binary => 32_767.0,
        DataType::Binary32 => 2_147_483_647.0,
        DataType::Ascii | DataType::Float32 => return Ok(Vec::new()),
    };
    let mut factors = Vec::with_capacity(cfg.analog.len());
    for record in records {
        factors.extend(Extent::of(record, rows)?.iter().map(|extent| extent.factor(limit)));
    }
    for (channel, factor) in cfg.analog.iter_mut().zip(&factors) {
        if *factor == 1.0 {
            (channel.min, channel.max) = (channel.min.max(-limit - 1.0), channel.max.min(limit));
        } else {
            channel.a /= factor;
            (channel.min, channel.max) = (-limit, limit);
        }
    }
    Ok(factors)
}

/// What the stored values of a channel need.
#[derive(Clone, Copy)]
struct Extent {
    greatest: f64,
    whole: bool,
}

impl Extent {
    fn of(record: &Record, rows: &Range<usize>) -> Result<Vec<Self>> {
        let count = record.cfg().analog.len();
        let mut extents = vec![Self { greatest: 0.0, whole: true }; count];
        let mut block = vec![0f64; count * BLOCK_ROWS.min(rows.len())];
        for start in rows.clone().step_by(BLOCK_ROWS) {
            let part = start..rows.end.min(start + BLOCK_ROWS);
            let block = &mut block[..count * part.len()];
            record.stored_analog(part, block)?;
            for row in block.chunks_exact(count.max(1)) {
                for (value, extent) in row.iter().zip(&mut extents).filter(|(v, _)| !v.is_nan()) {
                    extent.greatest = extent.greatest.max(value.abs());
                    extent.whole &= value.fract() == 0.0;
                }
            }
        }
        Ok(extents)
    }

    fn factor(self, limit: f64) -> f64 {
        if self.whole && self.greatest <= limit { 1.0 } else { limit / self.greatest }
    }
}

/// The time column of a record without a rate table, carried over.
struct Column {
    /// Stamp that becomes the new zero, in the old unit.
    zero: f64,
    /// Old unit in new units.
    factor: f64,
}

impl Column {
    fn of(record: &Record, rows: &Range<usize>, cfg: &Cfg) -> Option<Self> {
        if !matches!(cfg.sampling, Sampling::TimeColumn { .. }) {
            return None;
        }
        let stamp = |row| (row < record.rows()).then(|| record.head(row).1).flatten();
        let zero = match (stamp(rows.start), stamp(0)) {
            (Some(first), Some(zero)) => first - zero,
            _ => 0.0,
        };
        Some(Self { zero, factor: record.cfg().tick_ns() / cfg.tick_ns() })
    }

    fn stamps(&self, record: &Record, rows: &Range<usize>) -> Vec<f64> {
        let stamp = |row| record.head(row).1.unwrap_or(f64::NAN);
        rows.clone().map(|row| (stamp(row) - self.zero) * self.factor).collect()
    }
}

/// Moves the start stamp to the first row, and the rate table with it.
fn move_start(record: &Record, rows: &Range<usize>, column: &Option<Column>, cfg: &mut Cfg) {
    let moved_ns = match column {
        Some(column) => round_ns(column.zero * record.cfg().tick_ns()),
        None => record.time_ns(rows.start).unwrap_or(0),
    };
    if rows.start > 0
        && let Some(start) = cfg.start.unix_ns().and_then(|ns| ns.checked_add(moved_ns))
    {
        cfg.start = Stamp::from_unix_ns(start);
    }
    let count = rows.len() as u64;
    match &mut cfg.sampling {
        Sampling::TimeColumn { end_sample } => *end_sample = count,
        Sampling::Table(rates) if rows.start > 0 => *rates = moved_rates(rates, rows),
        sampling @ Sampling::Table(_) => sampling.set_end_sample(count),
    }
}

fn moved_rates(rates: &[Rate], rows: &Range<usize>) -> Vec<Rate> {
    let (start, count) = (rows.start as u64, rows.len() as u64);
    let mut moved = Vec::new();
    for rate in rates {
        let end_sample = rate.end_sample.saturating_sub(start).min(count);
        if end_sample > moved.last().map_or(0, |r: &Rate| r.end_sample) {
            moved.push(Rate { hz: rate.hz, end_sample });
        }
    }
    match (moved.last_mut(), rates.last()) {
        // Rows beyond the table go on at its last rate.
        (Some(last), _) => last.end_sample = count,
        (None, Some(last)) => moved.push(Rate { hz: last.hz, end_sample: count }),
        (None, None) => {}
    }
    moved
}

/// Rows of several records side by side.
#[derive(Default)]
struct Block {
    analog: Vec<f64>,
    discrete: Vec<u64>,
    own_analog: Vec<f64>,
    own_discrete: Vec<u64>,
}

impl Block {
    fn fill(&mut self, records: &[&Record], rows: &Range<usize>, cfg: &Cfg) -> Result<()> {
        let (analog, words) = (cfg.analog.len(), cfg.discrete_words());
        self.analog.resize(analog * rows.len(), 0.0);
        self.discrete.clear();
        self.discrete.resize(words * rows.len(), 0);
        let (mut first_analog, mut first_bit) = (0, 0);
        for record in records {
            let (own, own_words) = (record.cfg().analog.len(), record.cfg().discrete_words());
            self.own_analog.resize(own * rows.len(), 0.0);
            self.own_discrete.resize(own_words * rows.len(), 0);
            record.stored_rows(rows.clone(), &mut self.own_analog, &mut self.own_discrete)?;
            for row in 0..rows.len() {
                self.analog[row * analog + first_analog..][..own]
                    .copy_from_slice(&self.own_analog[row * own..][..own]);
                let bits = &self.own_discrete[row * own_words..][..own_words];
                put_bits(bits, first_bit, &mut self.discrete[row * words..][..words]);
            }
            first_analog += own;
            first_bit += record.cfg().discrete.len();
        }
        Ok(())
    }
}

/// Lays words of bits into others from a bit on; bits beyond the target are not channels.
fn put_bits(bits: &[u64], first_bit: usize, out: &mut [u64]) {
    let (first_word, shift) = (first_bit / 64, first_bit % 64);
    for (at, word) in bits.iter().enumerate() {
        if let Some(out) = out.get_mut(first_word + at) {
            *out |= word << shift;
        }
        if shift > 0
            && let Some(out) = out.get_mut(first_word + at + 1)
        {
            *out |= word >> (64 - shift);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_laid_side_by_side() {
        let mut out = [0b11, 0];
        put_bits(&[u64::MAX >> 1], 2, &mut out);
        assert_eq!(out, [u64::MAX, 0b1]);
    }

    #[test]
    fn a_rate_table_moves_with_the_cut() {
        let table = [(1000.0, 10), (50.0, 12), (1000.0, 30)];
        let rates: Vec<Rate> = table.map(|(hz, end_sample)| Rate { hz, end_sample }).into();
        let check = |rows: Range<usize>, expect: &[(f64, u64)]| {
            let moved: Vec<_> =
                moved_rates(&rates, &rows).iter().map(|r| (r.hz, r.end_sample)).collect();
            assert_eq!(moved, expect, "{rows:?}");
        };
        check(5..30, &[(1000.0, 5), (50.0, 7), (1000.0, 25)]);
        check(11..12, &[(50.0, 1)]);
        check(12..20, &[(1000.0, 8)]);
        check(30..33, &[(1000.0, 3)]);
    }
}
