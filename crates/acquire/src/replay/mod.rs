//! A COMTRADE record played as if it happened: any revision and data type at one constant rate.
//!
//! It deliberately does not resample: a record of several rates is refused. Whole stored numbers
//! are raw counts as they are; others are scaled so that each channel's greatest value has 26 bits.

mod describe;
mod scan;

use crate::gather::Gather;
use crate::{Description, Error, ReplaySpec, Start};
use aura_comtrade::Record;
use aura_model::{Fill, Layout, Quality, SampleBlock, Source, SourceError, Stamp};
use scan::Scan;

/// Rows decoded at once.
const CHUNK_ROWS: usize = 64;
/// Adding this to a value below 2^31 leaves the value, rounded, in the low bits of the mantissa.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// An opened recording.
#[derive(Debug)]
pub(crate) struct Recording {
    record: Record,
    spec: ReplaySpec,
    scan: Scan,
    description: Description,
}

impl Recording {
    pub(crate) fn open(spec: &ReplaySpec) -> Result<Self, Error> {
        let refuse = |why: String| Error::Recording { path: spec.path.clone(), why };
        let record = Record::open(&spec.path).map_err(|error| refuse(error.to_string()))?;
        if record.rows() == 0 {
            return Err(refuse("no rows: allowed is a record of at least one".into()));
        }
        let rate = scan::rate(&record).map_err(refuse)?;
        let scan = Scan::of(&record).map_err(|error| refuse(error.to_string()))?;
        let description = describe::describe(record.cfg(), rate, &scan);
        Ok(Self { record, spec: spec.clone(), scan, description })
    }

    pub(crate) const fn description(&self) -> &Description {
        &self.description
    }
}

/// The replay as a source.
pub(crate) struct Replay {
    layout: Layout,
    gather: Gather,
    record: Record,
    repeat: bool,
    start: Stamp,
    seq: u64,
    /// Rows given since the start.
    given: u64,
    /// Rows of the record, and the next one.
    rows: usize,
    next: usize,
    /// Counts per stored value of each column.
    counts: Box<[f64]>,
    stored: Box<[f64]>,
    stored_words: Box<[u64]>,
    columns: Box<[i32]>,
    valid: Box<[u64]>,
    quality: Box<[Quality]>,
}

impl Replay {
    pub(crate) fn new(
        recording: Recording,
        gather: Gather,
        layout: Layout,
        start: Start,
    ) -> Result<Self, Error> {
        let Recording { record, spec, scan, .. } = recording;
        let start = match start {
            Start::At(stamp) => stamp,
            Start::AsRecorded => describe::start(record.cfg())
                .map_err(|why| Error::Recording { path: spec.path, why })?,
        };
        let (analog, words) = (record.cfg().analog.len(), record.cfg().discrete_words());
        Ok(Self {
            layout,
            gather,
            rows: record.rows(),
            record,
            repeat: spec.repeat,
            start,
            seq: 0,
            given: 0,
            next: 0,
            counts: scan.counts(),
            stored: vec![0.0; CHUNK_ROWS * analog].into_boxed_slice(),
            stored_words: vec![0; CHUNK_ROWS * words].into_boxed_slice(),
            columns: vec![0; analog].into_boxed_slice(),
            valid: vec![0; analog.div_ceil(64)].into_boxed_slice(),
            quality: vec![Quality::GOOD; analog].into_boxed_slice(),
        })
    }

    /// Rows of the record from the next one on into the block from `at` on; how many.
    fn chunk(&mut self, block: &mut SampleBlock, at: usize) -> Result<usize, SourceError> {
        let room = usize::from(self.layout.rows) - at;
        let rows = (self.rows - self.next).min(room).min(CHUNK_ROWS);
        let (analog, words) = (self.columns.len(), self.record.cfg().discrete_words());
        self.record
            .stored_rows(
                self.next..self.next + rows,
                &mut self.stored[..rows * analog],
                &mut self.stored_words[..rows * words],
            )
            .map_err(|_| SourceError::Recording("rows that were there are gone"))?;
        for row in 0..rows {
            let stored = &self.stored[row * analog..(row + 1) * analog];
            let to = (&mut *self.columns, &mut *self.valid, &mut *self.quality);
            take_row(stored, &self.counts, to);
            self.gather.values(&self.columns, block.analog_row_mut(at + row));
            self.gather.valid(&self.valid, block.valid_row_mut(at + row));
            let bits = &self.stored_words[row * words..(row + 1) * words];
            self.gather.discrete(bits, block.discrete_row_mut(at + row));
        }
        self.next += rows;
        Ok(rows)
    }
}

/// Counts of one row; what is missing is 0 and not valid.
#[expect(clippy::cast_possible_truncation, reason = "the low 32 bits hold the rounded value")]
fn take_row(stored: &[f64], counts: &[f64], to: (&mut [i32], &mut [u64], &mut [Quality])) {
    let (columns, valid, quality) = to;
    valid.fill(0);
    for (n, (column, (value, counts))) in
        columns.iter_mut().zip(stored.iter().zip(counts)).enumerate()
    {
        let count = value * counts;
        if count.abs() <= f64::from(i32::MAX) {
            *column = (count + ROUND).to_bits() as i32;
            valid[n / 64] |= 1 << (n % 64);
        } else {
            *column = 0;
            quality[n] = Quality::INVALID;
        }
    }
}

impl Source for Replay {
    fn layout(&self) -> Layout {
        self.layout
    }

    fn fill(&mut self, block: &mut SampleBlock) -> Result<Fill, SourceError> {
        let tai = self.start.tai.plus_ns(self.layout.rate.row_ns(self.given));
        block.clear(self.seq, Stamp { tai, ..self.start });
        block.set_rows(self.layout.rows);
        self.quality.fill(Quality::GOOD);
        let mut rows = 0;
        while rows < usize::from(self.layout.rows) {
            if self.next == self.rows {
                if !self.repeat {
                    break;
                }
                self.next = 0;
            }
            rows += self.chunk(block, rows)?;
        }
        let filled = u16::try_from(rows).unwrap_or(self.layout.rows);
        block.set_rows(filled);
        if filled == 0 {
            return Ok(Fill::End);
        }
        self.gather.values(&self.quality, block.quality_mut());
        self.given += u64::from(filled);
        self.seq += 1;
        Ok(Fill::Rows)
    }

    fn simulated(&self) -> bool {
        true
    }
}
