//! The sample block: one to five milliseconds of rows, allocated at start and reused for ever.

use crate::{Quality, Stamp, Tai};

/// Sampling rate in millihertz, 1 Hz ..= 4.29 MHz.
///
/// Whole millihertz keep real rates such as 30 707.24 Hz exact, so that a row's time needs no
/// floating point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u32);

impl Rate {
    /// From millihertz; `None` below 1 Hz.
    #[must_use]
    pub const fn from_millihertz(mhz: u32) -> Option<Self> {
        if mhz < 1_000 { None } else { Some(Self(mhz)) }
    }

    /// From hertz, rounded to a millihertz; `None` when not finite or outside 1 Hz ..= 4.29 MHz.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked on the line before"
    )]
    pub fn from_hz(hz: f64) -> Option<Self> {
        let mhz = (hz * 1_000.0).round();
        if !(1_000.0..=f64::from(u32::MAX)).contains(&mhz) {
            return None;
        }
        Some(Self(mhz as u32))
    }

    /// Hertz.
    #[must_use]
    pub fn hz(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }

    /// Millihertz.
    #[must_use]
    pub const fn millihertz(self) -> u32 {
        self.0
    }

    /// Nanoseconds from row 0 to row `row`, rounded down.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "292 years of nanoseconds fit; a row count beyond that saturates"
    )]
    pub const fn row_ns(self, row: u64) -> i64 {
        let ns = row as u128 * 1_000_000_000_000 / self.0 as u128;
        if ns > i64::MAX as u128 { i64::MAX } else { ns as i64 }
    }

    /// Rows in so many milliseconds, rounded up.
    #[must_use]
    pub const fn rows_in_ms(self, ms: u32) -> u64 {
        (ms as u64 * self.0 as u64).div_ceil(1_000_000)
    }
}

/// The shape that every block of one pipeline has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Rate of the grid.
    pub rate: Rate,
    /// Analog channels.
    pub analog: usize,
    /// Discrete channels.
    pub discrete: usize,
    /// Rows that a block can hold, 1..=65 535.
    pub rows: u16,
}

impl Layout {
    /// Samples from one row to the next: analog channels rounded up to 64 bytes.
    #[must_use]
    pub const fn stride(&self) -> usize {
        self.analog.div_ceil(16) * 16
    }

    /// 64-bit words of one row of discrete channels.
    #[must_use]
    pub const fn discrete_words(&self) -> usize {
        self.discrete.div_ceil(64)
    }

    /// 64-bit words of one row of validity bits.
    #[must_use]
    pub const fn valid_words(&self) -> usize {
        self.analog.div_ceil(64)
    }
}

/// Rows of samples on the recorder's grid. The filler owns it; behind an `Arc` it is only read.
///
/// Analog samples are raw counts, row-major (`[row][channel]`, rows padded to [`Layout::stride`]):
/// they go to disk as they came, engineering values are `AnalogChannel::a * raw + b`. Discrete
/// channels are row-major words, bit `c % 64` of word `c / 64`, as COMTRADE status words are.
/// `valid` has the same form with a bit for each analog channel.
#[derive(Clone, Debug)]
pub struct SampleBlock {
    /// Number of the block, +1 each; a jump is a loss and is recorded as one.
    pub seq: u64,
    /// Instant of row 0.
    pub t0: Stamp,
    layout: Layout,
    rows: u16,
    analog: Box<[i32]>,
    discrete: Box<[u64]>,
    valid: Box<[u64]>,
    quality: Box<[Quality]>,
}

impl SampleBlock {
    /// An empty block of this shape, its memory touched so that the data plane meets no page fault
    /// in it.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        let rows = usize::from(layout.rows);
        // A value other than zero makes the kernel hand out the pages now.
        let mut block = Self {
            seq: 0,
            t0: Stamp::default(),
            layout,
            rows: 0,
            analog: vec![1; rows * layout.stride()].into_boxed_slice(),
            discrete: vec![1; rows * layout.discrete_words()].into_boxed_slice(),
            valid: vec![1; rows * layout.valid_words()].into_boxed_slice(),
            quality: vec![Quality::INVALID; layout.analog].into_boxed_slice(),
        };
        block.clear(0, Stamp::default());
        block
    }

    /// Ready for filling: no rows, all samples zero and not valid, quality good.
    pub fn clear(&mut self, seq: u64, t0: Stamp) {
        self.seq = seq;
        self.t0 = t0;
        self.rows = 0;
        self.analog.fill(0);
        self.discrete.fill(0);
        self.valid.fill(0);
        self.quality.fill(Quality::GOOD);
    }

    /// The shape.
    #[must_use]
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Rows filled.
    #[must_use]
    pub fn rows(&self) -> usize {
        usize::from(self.rows)
    }

    /// Declares how many rows are filled.
    ///
    /// # Panics
    /// If more than the layout's rows: the filler then wrote past its own block.
    pub fn set_rows(&mut self, rows: u16) {
        assert!(rows <= self.layout.rows, "{rows} rows in a block of {}", self.layout.rows);
        self.rows = rows;
    }

    /// Instant of a row.
    #[must_use]
    pub fn row_tai(&self, row: usize) -> Tai {
        self.t0.tai.plus_ns(self.layout.rate.row_ns(row as u64))
    }

    /// Analog channels of a row (without the padding).
    #[must_use]
    pub fn analog_row(&self, row: usize) -> &[i32] {
        let at = row * self.layout.stride();
        &self.analog[at..at + self.layout.analog]
    }

    /// Analog channels of a row, to fill.
    pub fn analog_row_mut(&mut self, row: usize) -> &mut [i32] {
        let at = row * self.layout.stride();
        &mut self.analog[at..at + self.layout.analog]
    }

    /// All analog rows with their padding, `stride` apart.
    #[must_use]
    pub fn analog(&self) -> &[i32] {
        &self.analog[..self.rows() * self.layout.stride()]
    }

    /// Words of the discrete channels of a row.
    #[must_use]
    pub fn discrete_row(&self, row: usize) -> &[u64] {
        let n = self.layout.discrete_words();
        &self.discrete[row * n..(row + 1) * n]
    }

    /// Words of the discrete channels of a row, to fill.
    pub fn discrete_row_mut(&mut self, row: usize) -> &mut [u64] {
        let n = self.layout.discrete_words();
        &mut self.discrete[row * n..(row + 1) * n]
    }

    /// All discrete words.
    #[must_use]
    pub fn discrete(&self) -> &[u64] {
        &self.discrete[..self.rows() * self.layout.discrete_words()]
    }

    /// Validity words of a row: bit set = the analog sample may be believed.
    #[must_use]
    pub fn valid_row(&self, row: usize) -> &[u64] {
        let n = self.layout.valid_words();
        &self.valid[row * n..(row + 1) * n]
    }

    /// Validity words of a row, to fill.
    pub fn valid_row_mut(&mut self, row: usize) -> &mut [u64] {
        let n = self.layout.valid_words();
        &mut self.valid[row * n..(row + 1) * n]
    }

    /// All validity words.
    #[must_use]
    pub fn valid(&self) -> &[u64] {
        &self.valid[..self.rows() * self.layout.valid_words()]
    }

    /// Marks every analog sample of a row as believed.
    pub fn set_row_valid(&mut self, row: usize) {
        let mut left = self.layout.analog;
        for word in self.valid_row_mut(row) {
            *word = if left >= 64 { u64::MAX } else { (1 << left) - 1 };
            left = left.saturating_sub(64);
        }
    }

    /// Quality of each analog channel over the block.
    #[must_use]
    pub fn quality(&self) -> &[Quality] {
        &self.quality
    }

    /// Quality of each analog channel over the block, to fill.
    pub fn quality_mut(&mut self) -> &mut [Quality] {
        &mut self.quality
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_times_are_exact_over_a_year() {
        let rate = Rate::from_hz(14_400.0).unwrap();
        assert_eq!(rate.row_ns(14_400 * 31_536_000), 31_536_000 * 1_000_000_000);
        assert_eq!(Rate::from_hz(30_707.24).unwrap().millihertz(), 30_707_240);
        assert_eq!(rate.rows_in_ms(1), 15);
        assert!(Rate::from_hz(f64::NAN).is_none() && Rate::from_hz(0.5).is_none());
    }

    #[test]
    fn padding_and_bits() {
        let layout =
            Layout { rate: Rate::from_hz(4_000.0).unwrap(), analog: 65, discrete: 3, rows: 2 };
        assert_eq!((layout.stride(), layout.discrete_words(), layout.valid_words()), (80, 1, 2));
        let mut block = SampleBlock::new(layout);
        block.set_rows(2);
        block.set_row_valid(1);
        assert_eq!(block.valid_row(0), [0, 0]);
        assert_eq!(block.valid_row(1), [u64::MAX, 1]);
        assert_eq!(block.analog_row(1).len(), 65);
        assert_eq!(block.row_tai(1).since_ns(block.t0.tai), 250_000);
    }
}
