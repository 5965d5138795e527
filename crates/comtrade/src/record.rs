//! A whole record, opened lazily: the header is read, the data is mapped and decoded only where
//! it is asked for. It does not interpret what channels mean.

use std::ops::Range;
use std::sync::OnceLock;

use crate::binary::{Layout, STAMP_MISSING, Scale};
use crate::cfg::{Cfg, DataType, Revision, Sampling};
use crate::error::{Error, Finding};
use crate::files::Bytes;
use crate::text::Text;
use crate::timeline::{Timeline, round_ns};
use crate::{Inf, Result, ascii, binary};

/// Instant of a sample whose time column says "missing", where no rate table helps.
pub const MISSING_TIME_NS: i64 = i64::MIN;

/// A float that decoded values are delivered in: `f32` or `f64`.
pub trait Value: Copy + Default + sealed::Sealed {
    /// Nearest value of this type.
    fn from_f64(value: f64) -> Self;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

impl Value for f32 {
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)]
    fn from_f64(value: f64) -> Self {
        value as f32
    }
}

impl Value for f64 {
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }
}

/// A record: `.cfg` + `.dat` (+ `.hdr`, `.inf`), or one `.cff`.
///
/// Channels and rows are counted from 0. A missing value is NaN everywhere.
#[derive(Debug)]
pub struct Record {
    pub(crate) cfg: Cfg,
    pub(crate) findings: Vec<Finding>,
    pub(crate) cfg_name: String,
    pub(crate) dat_name: String,
    pub(crate) dat: Bytes,
    /// What a `.cff` says about the length of its data section.
    pub(crate) announced_bytes: Option<u64>,
    pub(crate) hdr: Option<Text>,
    pub(crate) inf: Option<Inf>,
    index: OnceLock<ascii::Index>,
    timeline: Option<Timeline>,
    scale: Scale,
    /// Leaves stored values as they are; made once, so that reading blocks allocates nothing.
    as_stored: Scale,
}

impl Record {
    pub(crate) fn new(cfg: Cfg, findings: Vec<Finding>, dat: Bytes) -> Self {
        let timeline = match &cfg.sampling {
            Sampling::Table(rates) => Some(Timeline::new(rates)),
            Sampling::TimeColumn { .. } => None,
        };
        let scale = Scale {
            a: cfg.analog.iter().map(|c| c.a).collect(),
            b: cfg.analog.iter().map(|c| c.b).collect(),
        };
        let count = cfg.analog.len();
        let as_stored = Scale { a: vec![AS_STORED.0; count], b: vec![AS_STORED.1; count] };
        Self {
            cfg,
            findings,
            cfg_name: "cfg".to_owned(),
            dat_name: "dat".to_owned(),
            dat,
            announced_bytes: None,
            hdr: None,
            inf: None,
            index: OnceLock::new(),
            timeline,
            scale,
            as_stored,
        }
    }

    /// The configuration.
    #[must_use]
    pub fn cfg(&self) -> &Cfg {
        &self.cfg
    }

    /// What was tolerated in the header; what the data shows is told by [`crate::check`].
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The `.hdr`, if there is one.
    #[must_use]
    pub fn hdr(&self) -> Option<&Text> {
        self.hdr.as_ref()
    }

    /// The `.inf`, if there is one.
    #[must_use]
    pub fn inf(&self) -> Option<&Inf> {
        self.inf.as_ref()
    }

    /// Rows that can be read: those announced, as far as they are really there. A record that
    /// announces none (its recorder was cut off) has all that are there. Indexes an ASCII file.
    #[must_use]
    pub fn rows(&self) -> usize {
        match usize::try_from(self.cfg.sampling.end_sample()) {
            Ok(0) => self.rows_present(),
            announced => self.rows_present().min(announced.unwrap_or(usize::MAX)),
        }
    }

    /// Whole rows that the data file holds, announced or not; one beyond the announced is met.
    #[must_use]
    pub fn rows_present(&self) -> usize {
        match self.data() {
            Data::Binary(rows) => rows.count(),
            Data::Ascii(rows) => rows.index.count() + rows.index.beyond,
        }
    }

    /// One channel's scaled values (a · stored + b), all rows.
    ///
    /// # Errors
    /// When there is no such channel.
    pub fn analog(&self, channel: usize) -> Result<Vec<f64>> {
        let mut out = vec![0.0; self.rows()];
        self.analog_into(channel, 0..out.len(), &mut out)?;
        Ok(out)
    }

    /// One channel's scaled values of some rows; no other channel is decoded.
    ///
    /// # Errors
    /// When the channel or rows don't exist or the buffer doesn't hold exactly the rows.
    pub fn analog_into<T: Value>(
        &self,
        channel: usize,
        rows: Range<usize>,
        out: &mut [T],
    ) -> Result<()> {
        self.check_channel("analog", channel, self.cfg.analog.len())?;
        self.channel(channel, &rows, (self.scale.a[channel], self.scale.b[channel]), out)
    }

    /// One channel's stored values of some rows, as they are in the file.
    ///
    /// # Errors
    /// As [`Record::analog_into`].
    pub fn stored_into<T: Value>(
        &self,
        channel: usize,
        rows: Range<usize>,
        out: &mut [T],
    ) -> Result<()> {
        self.check_channel("analog", channel, self.cfg.analog.len())?;
        self.channel(channel, &rows, AS_STORED, out)
    }

    fn channel<T: Value>(
        &self,
        channel: usize,
        rows: &Range<usize>,
        scale: (f64, f64),
        out: &mut [T],
    ) -> Result<()> {
        self.check_rows(rows)?;
        check_buffer(rows.len(), out.len())?;
        match self.data() {
            Data::Binary(dat) => dat.channel(channel, rows, scale, out),
            Data::Ascii(dat) => dat.channel(channel, rows, scale, out),
        }
        Ok(())
    }

    /// One discrete channel's states, all rows.
    ///
    /// # Errors
    /// When there is no such channel.
    pub fn discrete(&self, channel: usize) -> Result<Vec<bool>> {
        self.check_channel("discrete", channel, self.cfg.discrete.len())?;
        let words = self.cfg.discrete_words();
        let rows = self.rows();
        let mut states = Vec::with_capacity(rows);
        let mut block = vec![0; words * BLOCK_ROWS.min(rows)];
        for start in (0..rows).step_by(BLOCK_ROWS) {
            let range = start..rows.min(start + BLOCK_ROWS);
            let block = &mut block[..words * range.len()];
            self.discrete_words(range, block)?;
            let column = block.iter().skip(channel / 64).step_by(words);
            states.extend(column.map(|word| word >> (channel % 64) & 1 == 1));
        }
        Ok(states)
    }

    /// All discrete channels of some rows: `cfg().discrete_words()` words per row, bit = channel.
    ///
    /// # Errors
    /// When the rows don't exist or the buffer doesn't hold exactly them.
    pub fn discrete_words(&self, rows: Range<usize>, out: &mut [u64]) -> Result<()> {
        self.check_rows(&rows)?;
        check_buffer(rows.len() * self.cfg.discrete_words(), out.len())?;
        if out.is_empty() {
            return Ok(());
        }
        match self.data() {
            Data::Binary(dat) => dat.discrete(&rows, out),
            Data::Ascii(dat) => dat.discrete(&rows, out),
        }
        Ok(())
    }

    /// All analog channels of some rows, scaled, row-major: the buffer is the caller's, so a
    /// record is read block by block into the same memory.
    ///
    /// # Errors
    /// When the rows don't exist or the buffer doesn't hold exactly them.
    pub fn analog_rows<T: Value>(&self, rows: Range<usize>, out: &mut [T]) -> Result<()> {
        self.scaled_rows(&rows, &self.scale, out)
    }

    fn scaled_rows<T: Value>(
        &self,
        rows: &Range<usize>,
        scale: &Scale,
        out: &mut [T],
    ) -> Result<()> {
        self.check_rows(rows)?;
        check_buffer(rows.len() * self.cfg.analog.len(), out.len())?;
        match self.data() {
            Data::Binary(dat) => {
                self.will_read(rows);
                dat.rows(rows, scale, out);
            }
            Data::Ascii(dat) => dat.rows(rows, scale, out),
        }
        Ok(())
    }

    /// All analog channels of some rows, scaled; each channel's values lie together.
    ///
    /// # Errors
    /// When the rows don't exist or the buffer doesn't hold exactly them.
    pub fn analog_columns<T: Value>(&self, rows: Range<usize>, out: &mut [T]) -> Result<()> {
        self.check_rows(&rows)?;
        check_buffer(rows.len() * self.cfg.analog.len(), out.len())?;
        match self.data() {
            Data::Binary(dat) => {
                self.will_read(&rows);
                dat.columns(&rows, &self.scale, out);
            }
            Data::Ascii(dat) => dat.columns(&rows, &self.scale, out),
        }
        Ok(())
    }

    /// All analog channels of some rows as stored, row-major.
    ///
    /// # Errors
    /// When the rows don't exist or the buffer doesn't hold exactly them.
    pub fn stored_analog<T: Value>(&self, rows: Range<usize>, out: &mut [T]) -> Result<()> {
        self.scaled_rows(&rows, &self.as_stored, out)
    }

    /// Stored analog values and discrete words of some rows, both row-major, in one pass.
    ///
    /// # Errors
    /// When the rows don't exist or a buffer doesn't hold exactly them.
    pub fn stored_rows(
        &self,
        rows: Range<usize>,
        analog: &mut [f64],
        discrete: &mut [u64],
    ) -> Result<()> {
        self.both(rows, &self.as_stored, analog, discrete)
    }

    /// Scaled analog values and discrete words of some rows, both row-major, in one pass.
    ///
    /// # Errors
    /// As [`Record::stored_rows`].
    pub fn scaled_and_discrete<T: Value>(
        &self,
        rows: Range<usize>,
        analog: &mut [T],
        discrete: &mut [u64],
    ) -> Result<()> {
        self.both(rows, &self.scale, analog, discrete)
    }

    fn both<T: Value>(
        &self,
        rows: Range<usize>,
        scale: &Scale,
        analog: &mut [T],
        discrete: &mut [u64],
    ) -> Result<()> {
        self.check_rows(&rows)?;
        check_buffer(rows.len() * self.cfg.analog.len(), analog.len())?;
        check_buffer(rows.len() * self.cfg.discrete_words(), discrete.len())?;
        match self.data() {
            Data::Ascii(dat) => dat.both(&rows, scale, analog, discrete),
            Data::Binary(dat) => {
                self.will_read(&rows);
                dat.rows(&rows, scale, analog);
                if !discrete.is_empty() {
                    dat.discrete(&rows, discrete);
                }
            }
        }
        Ok(())
    }

    /// Stored values of some rows as whole counts, row-major with `stride` elements per row (the
    /// rest of a row is left alone); a missing value is `i32::MIN`. For replay.
    ///
    /// # Errors
    /// As [`Record::stored_rows`]; and when a stored value is not a whole number of 32 bits.
    pub fn counts(&self, rows: Range<usize>, stride: usize, out: &mut [i32]) -> Result<()> {
        let count = self.cfg.analog.len();
        check_buffer(rows.len() * stride.max(count), out.len())?;
        let mut values = vec![0f64; count];
        for (row, out) in rows.zip(out.chunks_exact_mut(stride.max(1))) {
            self.scaled_rows(&(row..row + 1), &self.as_stored, &mut values)?;
            for (channel, (value, out)) in values.iter().zip(out).enumerate() {
                *out = match value {
                    v if v.is_nan() => i32::MIN,
                    v => whole(*v).ok_or(Error::NotCount { channel, row, value: *v })?,
                };
            }
        }
        Ok(())
    }

    /// Instant of a row, nanoseconds from the start stamp (sample 1 where a rate table exists);
    /// by the time column when there is no rate table, [`MISSING_TIME_NS`] where that is missing.
    /// A channel's own instant is later by its `skew_us`.
    ///
    /// # Errors
    /// When there is no such row.
    pub fn time_ns(&self, row: usize) -> Result<i64> {
        self.check_rows(&(row..row.saturating_add(1)))?;
        Ok(match &self.timeline {
            Some(timeline) => timeline.ns(row),
            None => self.column_ns(row).unwrap_or(MISSING_TIME_NS),
        })
    }

    /// Instants of some rows, as [`Record::time_ns`].
    ///
    /// # Errors
    /// When the rows don't exist or the buffer doesn't hold exactly them.
    pub fn times_ns(&self, rows: Range<usize>, out: &mut [i64]) -> Result<()> {
        check_buffer(rows.len(), out.len())?;
        for (row, out) in rows.zip(out) {
            *out = self.time_ns(row)?;
        }
        Ok(())
    }

    /// First row at or after an instant given as in [`Record::time_ns`]; `rows()` when none is.
    #[must_use]
    pub fn row_at(&self, ns: i64) -> usize {
        let rows = self.rows();
        match &self.timeline {
            Some(timeline) => timeline.row_at(ns, rows),
            None => (0..rows).find(|r| self.column_ns(*r).is_some_and(|t| t >= ns)).unwrap_or(rows),
        }
    }

    /// What the time column says of a row, nanoseconds; `None` when it says nothing.
    pub(crate) fn column_ns(&self, row: usize) -> Option<i64> {
        let (_, stamp) = self.head(row);
        Some(round_ns(stamp? * self.cfg.tick_ns()))
    }

    /// Sample number and time stamp as stored.
    pub(crate) fn head(&self, row: usize) -> (Option<f64>, Option<f64>) {
        match self.data() {
            Data::Ascii(dat) => dat.head(row),
            Data::Binary(dat) => {
                let (sample, stamp) = dat.head(row);
                (Some(sample.into()), (stamp != STAMP_MISSING).then_some(stamp.into()))
            }
        }
    }

    /// Announces that every byte of some rows of a binary file will be read.
    pub(crate) fn will_read(&self, rows: &Range<usize>) {
        let size = self.cfg.row_bytes();
        // For a few rows the request costs more than the pages.
        if rows.len().saturating_mul(size) >= 1 << 16 {
            self.dat.will_read(rows.start * size, rows.end * size);
        }
    }

    pub(crate) fn data(&self) -> Data<'_> {
        let bytes = self.dat.as_slice();
        if self.cfg.data_type != DataType::Ascii {
            return Data::Binary(binary::Rows { layout: Layout::of(&self.cfg), bytes });
        }
        let index = self.index.get_or_init(|| {
            let limit = match usize::try_from(self.cfg.sampling.end_sample()) {
                Ok(0) | Err(_) => usize::MAX,
                Ok(announced) => announced,
            };
            ascii::Index::build(bytes, limit)
        });
        Data::Ascii(ascii::Rows {
            bytes,
            index,
            analog: self.cfg.analog.len(),
            discrete: self.cfg.discrete.len(),
            marks_missing: self.cfg.revision > Revision::R1991,
        })
    }

    pub(crate) fn check_channel(
        &self,
        kind: &'static str,
        channel: usize,
        count: usize,
    ) -> Result<()> {
        if channel < count { Ok(()) } else { Err(Error::NoChannel { kind, channel, count }) }
    }

    pub(crate) fn check_rows(&self, rows: &Range<usize>) -> Result<()> {
        let count = self.rows();
        if rows.start <= rows.end && rows.end <= count {
            return Ok(());
        }
        Err(Error::NoRows { start: rows.start, end: rows.end, count })
    }
}

/// The data of a record, ready to decode.
pub(crate) enum Data<'a> {
    Binary(binary::Rows<'a>),
    Ascii(ascii::Rows<'a>),
}

/// Rows decoded at once where a result is built block by block.
pub(crate) const BLOCK_ROWS: usize = 1024;

/// Leaves every stored value as it is, even the sign of zero.
const AS_STORED: (f64, f64) = (1.0, -0.0);

pub(crate) fn check_buffer(need: usize, got: usize) -> Result<()> {
    if need == got { Ok(()) } else { Err(Error::Buffer { need, got }) }
}

/// The whole number of 32 bits that a float is.
fn whole(value: f64) -> Option<i32> {
    let fits = value.fract() == 0.0 && value > -2_147_483_649.0 && value < 2_147_483_648.0;
    #[allow(clippy::cast_possible_truncation)]
    fits.then_some(value as i32)
}
