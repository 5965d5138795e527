//! The streaming writer of a `.dat`: rows are appended block by block and the file is whole up
//! to the last block at any moment. It writes no `.cfg`: that one goes last, with the counts.

use std::io::Write;

use crate::Result;
use crate::binary::{STAMP_MISSING, last_mask};
use crate::cfg::{Cfg, DataType, Revision, Sampling};
use crate::encode::{F32, I16, I32, MODERATE, plain_16, plain_32, row_of, scaled_16};
use crate::error::Error;
use crate::record::check_buffer;
use crate::timeline::{Timeline, round_even};

/// A stored analog value on its way into a file: `i32` counts, or `f64` where a source has
/// fractions.
pub trait Count: Copy + sealed::Sealed {
    /// The value; NaN when missing (`i32::MIN`, or NaN itself).
    fn value(self) -> f64;
    /// The value when nothing has to be asked about it.
    fn raw(self) -> f64;
    /// Whether this is the mark of a missing value.
    fn is_missing(self) -> bool;
    /// Whether values become whole numbers in ASCII too.
    const WHOLE: bool;
    /// The row itself, where it holds whole counts.
    fn counts(row: &[Self]) -> Option<&[i32]>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for i32 {}
    impl Sealed for f64 {}
}

impl Count for i32 {
    #[inline(always)]
    fn value(self) -> f64 {
        if self == Self::MIN { f64::NAN } else { f64::from(self) }
    }
    #[inline(always)]
    fn raw(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn is_missing(self) -> bool {
        self == Self::MIN
    }
    const WHOLE: bool = true;
    #[inline(always)]
    fn counts(row: &[Self]) -> Option<&[i32]> {
        Some(row)
    }
}

impl Count for f64 {
    #[inline(always)]
    fn value(self) -> f64 {
        self
    }
    #[inline(always)]
    fn raw(self) -> f64 {
        self
    }
    #[inline(always)]
    fn is_missing(self) -> bool {
        self.is_nan()
    }
    const WHOLE: bool = false;
    #[inline(always)]
    fn counts(_: &[Self]) -> Option<&[i32]> {
        None
    }
}

/// What stands in the time column.
#[derive(Clone, Copy, Debug, Default)]
pub enum Times<'a> {
    /// The instants of the rate table.
    #[default]
    Table,
    /// These counts of `Cfg::tick_ns`, one per row; NaN is a missing one.
    Column(&'a [f64]),
}

/// Rows to append, row-major as the recorder holds them.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, T> {
    /// Number of rows.
    pub rows: usize,
    /// Analog values, `analog_stride` elements per row, the channels first.
    pub analog: &'a [T],
    /// Elements per row, at least the number of analog channels.
    pub analog_stride: usize,
    /// Words per row as in `valid_stride`, bit = analog channel may be believed; `None`: all.
    pub valid: Option<&'a [u64]>,
    /// Words per row in `valid`.
    pub valid_stride: usize,
    /// Discrete words, bit = channel.
    pub discrete: &'a [u64],
    /// Words per row in `discrete`, at least as many as the channels need.
    pub discrete_stride: usize,
    /// Time column.
    pub times: Times<'a>,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows: the last `endsamp` of the `.cfg`.
    pub samples: u64,
    /// Bytes.
    pub bytes: u64,
    /// Per analog channel, values that the data type could not hold and that were cut to its
    /// limit.
    pub saturated: Vec<u64>,
}

/// Writes rows of a `.dat` by a configuration decided beforehand.
///
/// A stored value is `round(count · factor)`, halves to even; FLOAT32 keeps fractions. Beyond the
/// limits of the type it is cut to them and counted. The mark of a missing value is 0x8000,
/// 0x80000000, the least float, 99999, or nothing in ASCII of 1991; no value is ever written as
/// that mark (a real 99999 becomes `99999.0`).
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    shape: Shape,
    factors: Vec<f64>,
    timeline: Timeline,
    tick_ns: f64,
    buffer: Vec<u8>,
    totals: Totals,
}

#[derive(Clone, Copy, Debug)]
struct Shape {
    data_type: DataType,
    analog: usize,
    discrete: usize,
    row_bytes: usize,
    /// All factors are 1.
    identity: bool,
    /// All factors lie within [`MODERATE`].
    moderate: bool,
    /// ASCII mark of a missing value.
    missing: &'static [u8],
}

/// Bytes gathered before they are handed to the output.
const CHUNK_BYTES: usize = 64 << 10;

/// Longest field of an ASCII row with its comma, generously: a 64-bit float in shortest form.
const FIELD_BYTES_MAX: usize = 26;

impl<W: Write> Writer<W> {
    /// Begins a `.dat`; `factors` are per analog channel, empty for all 1. Allocates all that
    /// appending needs.
    ///
    /// # Errors
    /// When the number of factors is neither 0 nor that of the channels.
    pub fn new(out: W, cfg: &Cfg, factors: &[f64]) -> Result<Self> {
        let analog = cfg.analog.len();
        let factors = if factors.is_empty() { vec![1.0; analog] } else { factors.to_vec() };
        check_buffer(analog, factors.len())?;
        let shape = Shape {
            data_type: cfg.data_type,
            analog,
            discrete: cfg.discrete.len(),
            row_bytes: cfg.row_bytes(),
            moderate: factors.iter().all(|k| MODERATE.contains(k)),
            identity: factors.iter().all(|k| k.to_bits() == 1f64.to_bits()),
            missing: if cfg.revision == Revision::R1991 { b"" } else { b"99999" },
        };
        let rates = match &cfg.sampling {
            Sampling::Table(rates) => rates.as_slice(),
            Sampling::TimeColumn { .. } => &[],
        };
        let longest = shape.row_bytes.max((analog + 2) * FIELD_BYTES_MAX + shape.discrete * 2 + 2);
        Ok(Self {
            out,
            shape,
            factors,
            timeline: Timeline::new(rates),
            tick_ns: cfg.tick_ns(),
            buffer: Vec::with_capacity(CHUNK_BYTES + longest),
            totals: Totals { saturated: vec![0; analog], ..Totals::default() },
        })
    }

    /// Appends rows and hands all of them to the output.
    ///
    /// # Errors
    /// When a slice is too short for the rows, or the output fails.
    pub fn append<T: Count>(&mut self, rows: &Rows<'_, T>) -> Result<()> {
        self.check(rows)?;
        for row in 0..rows.rows {
            let analog = &rows.analog[row * rows.analog_stride..][..self.shape.analog];
            let words = self.shape.discrete.div_ceil(64);
            let discrete = &rows.discrete[row * rows.discrete_stride..][..words];
            let valid = rows
                .valid
                .map(|v| &v[row * rows.valid_stride..][..self.shape.analog.div_ceil(64)])
                .filter(|valid| !all_valid(valid, self.shape.analog));
            let stamp = match rows.times {
                Times::Table => self.table_stamp(),
                Times::Column(stamps) => stamps[row],
            };
            self.totals.samples += 1;
            match self.shape.data_type {
                DataType::Ascii => self.ascii_row(analog, valid, discrete, stamp),
                _ => self.binary_row(analog, valid, discrete, stamp),
            }
            if self.buffer.len() >= CHUNK_BYTES {
                self.flush_buffer()?;
            }
        }
        self.flush_buffer()
    }

    /// Ends the file and gives the output back with the counts that the `.cfg` needs.
    ///
    /// # Errors
    /// When the output fails.
    pub fn finish(mut self) -> Result<(W, Totals)> {
        self.out.flush().map_err(|e| Error::io(".dat", "write", e))?;
        Ok((self.out, self.totals))
    }

    /// What was written so far.
    #[must_use]
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The output, for example to sync it.
    pub fn output(&mut self) -> &mut W {
        &mut self.out
    }

    fn check<T>(&self, rows: &Rows<'_, T>) -> Result<()> {
        let words = |bits: usize| bits.div_ceil(64);
        let enough = |channels: usize, stride: usize, got: usize| {
            let need = rows.rows.saturating_sub(1) * stride + channels;
            let short = rows.rows > 0 && (channels > stride || got < need);
            if short { Err(Error::Buffer { need: need.max(channels), got }) } else { Ok(()) }
        };
        enough(self.shape.analog, rows.analog_stride, rows.analog.len())?;
        enough(words(self.shape.discrete), rows.discrete_stride, rows.discrete.len())?;
        if let Some(valid) = rows.valid {
            enough(words(self.shape.analog), rows.valid_stride, valid.len())?;
        }
        match rows.times {
            Times::Column(stamps) => check_buffer(rows.rows, stamps.len()),
            Times::Table => Ok(()),
        }
    }

    fn table_stamp(&self) -> f64 {
        let row = usize::try_from(self.totals.samples).unwrap_or(usize::MAX - 1);
        #[allow(clippy::cast_precision_loss)]
        let ns = self.timeline.ns(row) as f64;
        round_even(ns / self.tick_ns)
    }

    fn flush_buffer(&mut self) -> Result<()> {
        self.out.write_all(&self.buffer).map_err(|e| Error::io(".dat", "write", e))?;
        self.totals.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    fn binary_row<T: Count>(
        &mut self,
        analog: &[T],
        valid: Option<&[u64]>,
        discrete: &[u64],
        stamp: f64,
    ) {
        let at = self.buffer.len();
        self.buffer.resize(at + self.shape.row_bytes, 0);
        let row = &mut self.buffer[at..];
        let sample = u32::try_from(self.totals.samples).unwrap_or(u32::MAX);
        row[..4].copy_from_slice(&sample.to_le_bytes());
        row[4..8].copy_from_slice(&stamp_word(stamp).to_le_bytes());
        let (cells, status) =
            row[8..].split_at_mut(analog.len() * self.shape.data_type.cell_bytes());
        let saturated = &mut self.totals.saturated;
        let factors = &self.factors[..];
        let counts = T::counts(analog);
        let plain = counts.filter(|_| self.shape.identity);
        let moderate = counts.filter(|_| self.shape.moderate);
        match (self.shape.data_type, plain, moderate) {
            (DataType::Binary32, Some(counts), _) => plain_32(counts, valid, cells),
            (DataType::Binary32, None, _) => {
                row_of::<4, I32, T>(analog, factors, valid, cells, saturated)
            }
            (DataType::Float32, ..) => {
                row_of::<4, F32, T>(analog, factors, valid, cells, saturated)
            }
            (_, Some(counts), _) if plain_16(counts, valid, cells) => {}
            (_, None, Some(counts)) if scaled_16(counts, factors, valid, cells) => {}
            _ => row_of::<2, I16, T>(analog, factors, valid, cells, saturated),
        }
        let (words, rest) = status.as_chunks_mut::<8>();
        for (word, bytes) in discrete.iter().zip(&mut *words) {
            *bytes = word.to_le_bytes();
        }
        if let Some(last) = discrete.last() {
            let word = (last & last_mask(self.shape.discrete)).to_le_bytes();
            match words.last_mut() {
                Some(bytes) if rest.is_empty() => *bytes = word,
                _ => rest.copy_from_slice(&word[..rest.len()]),
            }
        }
    }

    fn ascii_row<T: Count>(
        &mut self,
        analog: &[T],
        valid: Option<&[u64]>,
        discrete: &[u64],
        stamp: f64,
    ) {
        let out = &mut self.buffer;
        out.extend_from_slice(itoa::Buffer::new().format(self.totals.samples).as_bytes());
        out.push(b',');
        if stamp.is_finite() {
            decimal(stamp, out);
        }
        for (channel, (value, factor)) in analog.iter().zip(&self.factors).enumerate() {
            out.push(b',');
            if value.is_missing()
                || valid.is_some_and(|v| v[channel / 64] >> (channel % 64) & 1 == 0)
            {
                out.extend_from_slice(self.shape.missing);
                continue;
            }
            if self.shape.identity
                && let Some(&[count]) = T::counts(std::slice::from_ref(value))
            {
                push_count(count, out);
                if count == 99_999 && !self.shape.missing.is_empty() {
                    out.extend_from_slice(b".0");
                }
                continue;
            }
            let exact = value.raw() * factor;
            let stored = if T::WHOLE { round_even(exact) } else { exact };
            // The mark of a missing value must not come from a real one.
            if stored == 99_999.0 && !self.shape.missing.is_empty() {
                out.extend_from_slice(b"99999.0");
            } else {
                decimal(stored, out);
            }
        }
        let mut left = self.shape.discrete;
        for byte in discrete.iter().flat_map(|word| word.to_le_bytes()) {
            let fields = &BIT_FIELDS[usize::from(byte)];
            match left {
                8.. => out.extend_from_slice(fields),
                _ => out.extend_from_slice(&fields[..left * 2]),
            }
            left = left.saturating_sub(8);
        }
        out.extend_from_slice(b"\r\n");
    }
}

fn all_valid(valid: &[u64], channels: usize) -> bool {
    let Some((last, whole)) = valid.split_last() else { return true };
    whole.iter().all(|word| *word == u64::MAX) && last & last_mask(channels) == last_mask(channels)
}

/// A stamp as the binary types hold it; what they cannot hold is "not known".
fn stamp_word(stamp: f64) -> u32 {
    let rounded = round_even(stamp);
    if !(0.0..f64::from(STAMP_MISSING)).contains(&rounded) {
        return STAMP_MISSING;
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let word = rounded as u32;
    word
}

/// A count as text. Pieces of fixed size are laid into the buffer, where a copy of unknown length
/// would cost more than the digits.
fn push_count(count: i32, out: &mut Vec<u8>) {
    let mut rest = count.unsigned_abs() as usize;
    let sign = usize::from(count < 0);
    let length = sign + rest.checked_ilog10().map_or(1, |log| log as usize + 1);
    let mut text = [b'-'; 16];
    let mut at = length;
    while rest >= 10 {
        text[at - 2..at].copy_from_slice(&PAIRS[rest % 100]);
        rest /= 100;
        at -= 2;
    }
    if at > sign {
        text[sign] = PAIRS[rest][1];
    }
    out.extend_from_slice(&text);
    out.truncate(out.len() - text.len() + length);
}

/// The numbers 00..=99 as text.
const PAIRS: [[u8; 2]; 100] = {
    let mut table = [[b'0'; 2]; 100];
    let mut n = 0;
    while n < 100 {
        table[n] = [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
        n += 1;
    }
    table
};

/// A number as text: whole ones without a point, others in the shortest form that reads back.
fn decimal(value: f64, out: &mut Vec<u8>) {
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    let (whole, back) = (value as i64, value as i64 as f64);
    if back == value && value.abs() < 1e15 {
        out.extend_from_slice(itoa::Buffer::new().format(whole).as_bytes());
    } else {
        out.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
    }
}

/// `,b` eight times for each byte.
const BIT_FIELDS: [[u8; 16]; 256] = {
    let mut table = [[b','; 16]; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            table[byte][bit * 2 + 1] = if byte >> bit & 1 == 1 { b'1' } else { b'0' };
            bit += 1;
        }
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn cfg(data_type: DataType, revision: Revision) -> Cfg {
        let analog = vec![crate::Analog::default(); 3];
        let discrete = vec![crate::Discrete::default(); 18];
        let sampling = Sampling::uniform(1000.0, 1);
        Cfg { revision, data_type, analog, discrete, sampling, ..Cfg::default() }
    }

    /// The one row that these counts become, and what was cut.
    fn row<T: Count>(
        cfg: &Cfg,
        factors: &[f64],
        analog: [T; 3],
        valid: u64,
    ) -> (Vec<u8>, Vec<u64>) {
        let mut writer = Writer::new(Vec::new(), cfg, factors).unwrap();
        writer
            .append(&Rows {
                rows: 1,
                analog: &analog,
                analog_stride: 3,
                valid: Some(&[valid]),
                valid_stride: 1,
                discrete: &[u64::MAX - 1],
                discrete_stride: 1,
                times: Times::Table,
            })
            .unwrap();
        let (bytes, totals) = writer.finish().unwrap();
        (bytes, totals.saturated)
    }

    fn check_16<T: Count>(factor: f64, analog: [T; 3], expect: [i16; 3], saturated: [u64; 3]) {
        let cfg = cfg(DataType::Binary, Revision::R1999);
        let (bytes, cut) = row(&cfg, &[factor; 3], analog, 0b111);
        let cells = bytes[8..14].as_chunks().0.iter().map(|c| i16::from_le_bytes(*c));
        assert_eq!(cells.collect::<Vec<_>>(), expect, "factor {factor}");
        assert_eq!(cut, saturated, "factor {factor}");
        // Bits beyond the last channel stay zero.
        assert_eq!(bytes[14..], [0xFE, 0xFF, 0b11, 0]);
    }

    #[test]
    fn counts_into_16_bits() {
        let min = i32::MIN;
        check_16(1.0, [1, -32_767, 32_767], [1, -32_767, 32_767], [0; 3]);
        check_16(1.0, [min, -32_768, i32::MAX], [i16::MIN, -32_767, 32_767], [0, 1, 1]);
        check_16(0.5, [3, -5, 65_534], [2, -2, 32_767], [0; 3]);
        check_16(0.5, [min, 65_537, -70_000], [i16::MIN, 32_767, -32_767], [0, 1, 1]);
        check_16(1e-6, [min, 2_000_000, -1], [i16::MIN, 2, 0], [0; 3]);
        check_16(70_000.0, [0, 1, -1], [0, 32_767, -32_767], [0, 1, 1]);
        check_16(1.0, [f64::NAN, 2.5, -1e300], [i16::MIN, 2, -32_767], [0, 0, 1]);
    }

    #[test]
    fn moderate_factors_round_like_all_others() {
        let cfg = cfg(DataType::Binary, Revision::R1999);
        for n in -70_000..70_000 {
            let counts = [n, n * 7, n * 29];
            let fast = row(&cfg, &[0.46; 3], counts, 0b111);
            let general = row(&cfg, &[0.46; 3], counts.map(f64::from), 0b111);
            assert_eq!(fast, general, "{counts:?}");
        }
    }

    fn check_ascii<T: Count>(revision: Revision, factors: &[f64], analog: [T; 3], expect: &str) {
        let (bytes, _) = row(&cfg(DataType::Ascii, revision), factors, analog, 0b101);
        let text = String::from_utf8(bytes).unwrap();
        let bits = ",0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1\r\n";
        assert_eq!(text, format!("1,0,{expect}{bits}"));
    }

    #[test]
    fn counts_into_text() {
        use Revision::{R1991, R1999};
        check_ascii(R1999, &[], [0, 5, -10], "0,99999,-10");
        check_ascii(R1999, &[], [99_999, 5, i32::MAX], "99999.0,99999,2147483647");
        check_ascii(R1991, &[], [99_999, 5, -2_147_483_647], "99999,,-2147483647");
        check_ascii(R1999, &[0.5; 3], [3, 5, i32::MIN], "2,99999,99999");
        check_ascii(R1999, &[], [0.1, 5.0, 1e300], "0.1,99999,1e+300");
    }

    #[test]
    fn every_length_of_count_is_text() {
        for power in 0..=9 {
            for count in [10i32.pow(power), 10i32.pow(power) - 1, -(10i32.pow(power)), 7] {
                let mut out = Vec::new();
                push_count(count, &mut out);
                assert_eq!(String::from_utf8(out).unwrap(), count.to_string());
            }
        }
    }

    #[test]
    fn invalid_values_become_the_mark_of_their_type() {
        for (data_type, mark) in [
            (DataType::Binary32, i32::MIN.to_le_bytes()),
            (DataType::Float32, f32::MIN.to_le_bytes()),
        ] {
            let (bytes, _) = row(&cfg(data_type, Revision::R2013), &[], [1, 2, 3], 0b101);
            assert_eq!(bytes[12..16], mark, "{data_type}");
            assert_ne!(bytes[16..20], mark, "{data_type}");
        }
    }

    #[test]
    fn appending_does_not_grow_the_buffer() {
        for data_type in DataType::ALL {
            let cfg = cfg(data_type, Revision::R2013);
            let mut writer = Writer::new(std::io::sink(), &cfg, &[]).unwrap();
            let before = writer.buffer.capacity();
            let rows = Rows {
                rows: 10_000,
                analog: &vec![i32::MIN + 1; 30_000],
                analog_stride: 3,
                valid: None,
                valid_stride: 0,
                discrete: &[1; 10_000],
                discrete_stride: 1,
                times: Times::Table,
            };
            writer.append(&rows).unwrap();
            assert_eq!(writer.buffer.capacity(), before, "{data_type}");
        }
    }
}
