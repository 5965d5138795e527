//! Rows of an ASCII `.dat`: an index of lines made at first need, fields parsed where they lie.
//!
//! Tolerated, since real files have it: blanks around fields, blank lines, `+` signs, real
//! numbers, a last row without line end, 0x1A padding, rows with too few fields (what is not
//! there is missing). A field that is no number reads as missing.

use std::ops::Range;

use crate::binary::Scale;
use crate::record::Value;

/// Integer literal that means "missing" since 1999; `99999.0` is a value.
const MISSING: i64 = 99_999;

/// Where rows begin, and how many were found.
#[derive(Debug)]
pub(crate) struct Index {
    starts: Vec<usize>,
    /// Rows in the file beyond those that are kept.
    pub(crate) beyond: usize,
    /// First bytes after the last row that are neither line ends nor 0x1A, if any.
    pub(crate) rubbish: bool,
}

impl Index {
    /// Finds the lines that hold something; keeps at most `limit` of them.
    pub(crate) fn build(bytes: &[u8], limit: usize) -> Self {
        let text_end = memchr::memchr(0x1A, bytes).unwrap_or(bytes.len());
        let (text, rest) = bytes.split_at(text_end);
        // Eight bytes is less than any row of interest; a longer file means longer rows.
        let mut starts = Vec::with_capacity(limit.min(text.len() / 8 + 1));
        let (mut at, mut beyond) = (0, 0);
        for end in memchr::memchr_iter(b'\n', text).chain(std::iter::once(text.len())) {
            if text[at..end].iter().any(|b| !b.is_ascii_whitespace() && *b != 0) {
                if starts.len() < limit { starts.push(at) } else { beyond += 1 }
            }
            at = end + 1;
            if at > text.len() {
                break;
            }
        }
        let rubbish = rest.iter().any(|b| !matches!(b, 0x1A | 0 | b'\r' | b'\n' | b' '));
        Self { starts, beyond, rubbish }
    }

    pub(crate) fn count(&self) -> usize {
        self.starts.len()
    }
}

/// The rows of an ASCII `.dat`.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) index: &'a Index,
    pub(crate) analog: usize,
    pub(crate) discrete: usize,
    /// Whether the literal 99999 means "missing": since 1999.
    pub(crate) marks_missing: bool,
}

impl<'a> Rows<'a> {
    fn cursors(self, rows: &Range<usize>) -> impl Iterator<Item = Cursor<'a>> + use<'a> {
        let marks_missing = self.marks_missing;
        self.index.starts[rows.clone()]
            .iter()
            .map(move |&start| Cursor { bytes: &self.bytes[start..], marks_missing })
    }

    /// Sample number and time stamp of a row.
    pub(crate) fn head(self, row: usize) -> (Option<f64>, Option<f64>) {
        let Some(mut cursor) = self.cursors(&(row..row + 1)).next() else { return (None, None) };
        cursor.marks_missing = false;
        let some = |n: f64| (!n.is_nan()).then_some(n);
        (some(cursor.number()), some(cursor.number()))
    }

    pub(crate) fn channel<T: Value>(
        self,
        channel: usize,
        rows: &Range<usize>,
        (a, b): (f64, f64),
        out: &mut [T],
    ) {
        for (mut cursor, out) in self.cursors(rows).zip(out) {
            cursor.skip(2 + channel);
            *out = T::from_f64(cursor.number() * a + b);
        }
    }

    pub(crate) fn rows<T: Value>(self, rows: &Range<usize>, scale: &Scale, out: &mut [T]) {
        let out = out.chunks_exact_mut(self.analog.max(1));
        for (mut cursor, out) in self.cursors(rows).zip(out) {
            cursor.skip(2);
            for ((out, a), b) in out.iter_mut().zip(&scale.a).zip(&scale.b) {
                *out = T::from_f64(cursor.number() * a + b);
            }
        }
    }

    pub(crate) fn columns<T: Value>(self, rows: &Range<usize>, scale: &Scale, out: &mut [T]) {
        let count = rows.len();
        for (row, mut cursor) in self.cursors(rows).enumerate() {
            cursor.skip(2);
            for (channel, (a, b)) in scale.a.iter().zip(&scale.b).enumerate() {
                out[channel * count + row] = T::from_f64(cursor.number() * a + b);
            }
        }
    }

    pub(crate) fn discrete(self, rows: &Range<usize>, out: &mut [u64]) {
        let out = out.chunks_exact_mut(self.discrete.div_ceil(64).max(1));
        for (mut cursor, out) in self.cursors(rows).zip(out) {
            cursor.skip(2 + self.analog);
            cursor.bits(self.discrete, out);
        }
    }

    /// Analog values and discrete words of each row in one pass over the text.
    pub(crate) fn both<T: Value>(
        self,
        rows: &Range<usize>,
        scale: &Scale,
        analog: &mut [T],
        discrete: &mut [u64],
    ) {
        let words = self.discrete.div_ceil(64);
        for (row, mut cursor) in self.cursors(rows).enumerate() {
            cursor.skip(2);
            let analog = &mut analog[row * self.analog..][..self.analog];
            for ((out, a), b) in analog.iter_mut().zip(&scale.a).zip(&scale.b) {
                *out = T::from_f64(cursor.number() * a + b);
            }
            cursor.bits(self.discrete, &mut discrete[row * words..][..words]);
        }
    }
}

/// A place within a row; the row ends at a line feed, 0x1A or the end of the bytes.
struct Cursor<'a> {
    bytes: &'a [u8],
    marks_missing: bool,
}

impl Cursor<'_> {
    /// Moves behind the next commas, or to the end of the row.
    fn skip(&mut self, fields: usize) {
        let mut left = fields;
        if left == 0 {
            return;
        }
        for at in memchr::memchr3_iter(b',', b'\n', 0x1A, self.bytes) {
            if self.bytes[at] != b',' {
                self.bytes = &self.bytes[at..];
                return;
            }
            left -= 1;
            if left == 0 {
                self.bytes = &self.bytes[at + 1..];
                return;
            }
        }
        self.bytes = &[];
    }

    /// The next field as a number: NaN when blank, missing or no number.
    #[inline]
    fn number(&mut self) -> f64 {
        let bytes = self.bytes;
        let mut at = 0;
        while bytes.get(at) == Some(&b' ') {
            at += 1;
        }
        let negative = bytes.get(at) == Some(&b'-');
        at += usize::from(negative || bytes.get(at) == Some(&b'+'));
        let digits_at = at;
        let mut number: i64 = 0;
        while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
            number = number.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
            at += 1;
        }
        let digits = at - digits_at;
        match bytes.get(at) {
            // Fifteen digits are exact in 64-bit floats.
            Some(b',' | b'\n' | b'\r') if (1..=15).contains(&digits) => {
                self.bytes = &bytes[at + usize::from(bytes[at] == b',')..];
                if number == MISSING && self.marks_missing && !negative {
                    return f64::NAN;
                }
                #[allow(clippy::cast_precision_loss)]
                let value = number as f64;
                if negative { -value } else { value }
            }
            _ => self.number_slowly(),
        }
    }

    #[cold]
    fn number_slowly(&mut self) -> f64 {
        let len = self.bytes.iter().position(|b| matches!(b, b',' | b'\n' | 0x1A));
        let field = &self.bytes[..len.unwrap_or(self.bytes.len())];
        self.bytes = &self.bytes[field.len()..];
        if self.bytes.first() == Some(&b',') {
            self.bytes = &self.bytes[1..];
        }
        let field = field.trim_ascii();
        if field == b"99999" && self.marks_missing {
            return f64::NAN;
        }
        let number = std::str::from_utf8(field).ok().and_then(|text| text.parse::<f64>().ok());
        number.filter(|n| n.is_finite()).unwrap_or(f64::NAN)
    }

    /// The next fields as bits; what is not a number, or not there, is 0.
    fn bits(&mut self, count: usize, out: &mut [u64]) {
        for (at, word) in out.iter_mut().enumerate() {
            let bits = (count - at * 64).min(64);
            let mut value = 0;
            let mut bit = 0;
            while bit < bits {
                if bits - bit >= 4
                    && let Some(four) = self.four_bits()
                {
                    value |= four << bit;
                    bit += 4;
                } else {
                    value |= u64::from(self.bit()) << bit;
                    bit += 1;
                }
            }
            *word = value;
        }
    }

    /// Four fields at once when the text is `b,b,b,b,`: nearly always.
    #[inline]
    fn four_bits(&mut self) -> Option<u64> {
        let (text, rest) = self.bytes.split_first_chunk::<8>()?;
        let text = u64::from_le_bytes(*text);
        const PATTERN: u64 = u64::from_le_bytes(*b"0,0,0,0,");
        let flags = text ^ PATTERN;
        if flags & !0x0001_0001_0001_0001 != 0 {
            return None;
        }
        self.bytes = rest;
        // Gathers the bits 0, 16, 32, 48 into the top nibble of the product.
        Some((flags.wrapping_mul(0x1000_2000_4000_8000)) >> 60)
    }

    #[inline]
    fn bit(&mut self) -> bool {
        match self.bytes {
            [digit @ (b'0' | b'1'), b',', rest @ ..] => {
                self.bytes = rest;
                *digit == b'1'
            }
            _ => {
                let number = self.number();
                number != 0.0 && !number.is_nan()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, analog: &[f64], discrete: u64) {
        let index = Index::build(text.as_bytes(), 10);
        let (count, bytes) = (analog.len(), text.as_bytes());
        let rows = Rows { bytes, index: &index, analog: count, discrete: 6, marks_missing: true };
        let scale = Scale { a: vec![1.0; count], b: vec![0.0; count] };
        let (mut values, mut words) = (vec![0.0; count], [0]);
        rows.both(&(0..1), &scale, &mut values, &mut words);
        assert_eq!(format!("{values:?}"), format!("{analog:?}"), "{text:?}");
        assert_eq!(words[0], discrete, "{text:?}");
        let mut alone = [0.0];
        for (channel, value) in analog.iter().enumerate() {
            rows.channel(channel, &(0..1), (1.0, 0.0), &mut alone);
            assert_eq!(format!("{:?}", alone[0]), format!("{value:?}"), "{text:?}");
        }
    }

    #[test]
    fn rows_of_every_shape() {
        check("1,0,-5,7,1,0,1,1,0,1\r\n", &[-5.0, 7.0], 0b10_1101);
        check("1,0,-5,7,1,0,1,1,0,1", &[-5.0, 7.0], 0b10_1101);
        check("\r\n\n  1, 0 , -5 ,+007, 1 ,0,1,1,0,0\x1a\x1a", &[-5.0, 7.0], 0b1101);
        check("1,0,60.,1.5e3,0,1,0,0,0,0\n", &[60.0, 1500.0], 0b10);
        check("1,0,,99999,0,1,0,0,0,0\n", &[f64::NAN, f64::NAN], 0b10);
        check("1,0,99999.0,-99999,0,1,0,0,0,0\n", &[99_999.0, -99_999.0], 0b10);
        check("1,0,3\n2,0,4,4,1,1,1,1,1,1\n", &[3.0, f64::NAN], 0);
        check("1,0,x,inf,0,0,0,0,0,1\n", &[f64::NAN, f64::NAN], 0b10_0000);
        check("1,0,12345678901234567890,1,0,0,0,0,0,7\n", &[12_345_678_901_234_567_890.0, 1.0], 32);
    }

    #[test]
    fn the_index_is_bounded_and_counts_the_rest() {
        let index = Index::build(b"1,0\n\n2,0\n3,0\n4,0", 2);
        assert_eq!((index.count(), index.beyond, index.rubbish), (2, 2, false));
        assert!(Index::build(b"1,0\n\x1arubbish", 9).rubbish);
    }
}
