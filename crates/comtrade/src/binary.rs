//! Rows of the three binary types: fixed size, little-endian, decoded where they lie; it knows
//! nothing of scaling but the two numbers of each channel.

use std::ops::Range;

use crate::cfg::{Cfg, DataType};
use crate::record::Value;

/// Sizes of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) data_type: DataType,
    pub(crate) analog: usize,
    pub(crate) discrete: usize,
    pub(crate) row_bytes: usize,
}

/// Sample number and time stamp stand before the channels.
const HEAD_BYTES: usize = 8;

/// Time stamp that means "not known".
pub(crate) const STAMP_MISSING: u32 = u32::MAX;

impl Layout {
    pub(crate) fn of(cfg: &Cfg) -> Self {
        Self {
            data_type: cfg.data_type,
            analog: cfg.analog.len(),
            discrete: cfg.discrete.len(),
            row_bytes: cfg.row_bytes(),
        }
    }
}

/// One stored analog value.
pub(crate) trait Cell<const N: usize> {
    /// The value, or NaN where the mark of a missing one stands.
    fn stored(bytes: [u8; N]) -> f64;
}

pub(crate) struct I16;
pub(crate) struct I32;
pub(crate) struct F32;

impl Cell<2> for I16 {
    #[inline(always)]
    fn stored(bytes: [u8; 2]) -> f64 {
        let value = i16::from_le_bytes(bytes);
        if value == i16::MIN { f64::NAN } else { f64::from(value) }
    }
}

impl Cell<4> for I32 {
    #[inline(always)]
    fn stored(bytes: [u8; 4]) -> f64 {
        let value = i32::from_le_bytes(bytes);
        if value == i32::MIN { f64::NAN } else { f64::from(value) }
    }
}

impl Cell<4> for F32 {
    #[inline(always)]
    fn stored(bytes: [u8; 4]) -> f64 {
        let value = f32::from_le_bytes(bytes);
        if value == f32::MIN { f64::NAN } else { f64::from(value) }
    }
}

/// Runs a generic function with the cell type of a layout.
macro_rules! with_cell {
    ($layout:expr, $function:ident($($argument:expr),*)) => {
        match $layout.data_type {
            // ASCII has no cells; its rows never come here.
            DataType::Binary | DataType::Ascii => $function::<2, I16, _>($($argument),*),
            DataType::Binary32 => $function::<4, I32, _>($($argument),*),
            DataType::Float32 => $function::<4, F32, _>($($argument),*),
        }
    };
}

/// The rows of a binary `.dat`.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) layout: Layout,
    pub(crate) bytes: &'a [u8],
}

impl<'a> Rows<'a> {
    pub(crate) fn count(&self) -> usize {
        self.bytes.len() / self.layout.row_bytes
    }

    /// Rows of a range, which the caller has checked.
    fn iter(&self, rows: &Range<usize>) -> std::slice::ChunksExact<'a, u8> {
        let size = self.layout.row_bytes;
        self.bytes[rows.start * size..rows.end * size].chunks_exact(size)
    }

    /// The analog cells of each row.
    pub(crate) fn cells(&self, rows: &Range<usize>) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let len = self.layout.analog * self.layout.data_type.cell_bytes();
        self.iter(rows).map(move |row| &row[HEAD_BYTES..HEAD_BYTES + len])
    }

    /// The status words of each row.
    pub(crate) fn status(&self, rows: &Range<usize>) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let at = HEAD_BYTES + self.layout.analog * self.layout.data_type.cell_bytes();
        self.iter(rows).map(move |row| &row[at..])
    }

    /// Sample number and time stamp of a row.
    pub(crate) fn head(&self, row: usize) -> (u32, u32) {
        let at = row * self.layout.row_bytes;
        let word = |at: usize| {
            let bytes = self.bytes[at..at + 4].try_into().expect("four bytes were sliced");
            u32::from_le_bytes(bytes)
        };
        (word(at), word(at + 4))
    }

    /// One channel, scaled by `(a, b)`.
    pub(crate) fn channel<T: Value>(
        &self,
        channel: usize,
        rows: &Range<usize>,
        scale: (f64, f64),
        out: &mut [T],
    ) {
        with_cell!(self.layout, channel_of(self, channel, rows, scale, out));
    }

    /// All channels, row-major.
    pub(crate) fn rows<T: Value>(&self, rows: &Range<usize>, scale: &Scale, out: &mut [T]) {
        with_cell!(self.layout, rows_of(self, rows, scale, out));
    }

    /// All channels, each channel's values together.
    pub(crate) fn columns<T: Value>(&self, rows: &Range<usize>, scale: &Scale, out: &mut [T]) {
        with_cell!(self.layout, columns_of(self, rows, scale, out));
    }

    /// Discrete channels of each row as words of 64, bit = channel.
    pub(crate) fn discrete(&self, rows: &Range<usize>, out: &mut [u64]) {
        let words = self.layout.discrete.div_ceil(64);
        let last = last_mask(self.layout.discrete);
        for (status, out) in self.status(rows).zip(out.chunks_exact_mut(words)) {
            for (bytes, word) in status.chunks(8).zip(out.iter_mut()) {
                let mut whole = [0; 8];
                whole[..bytes.len()].copy_from_slice(bytes);
                *word = u64::from_le_bytes(whole);
            }
            if let Some(word) = out.last_mut() {
                *word &= last;
            }
        }
    }
}

/// Bits of the last discrete word that belong to channels.
pub(crate) fn last_mask(discrete: usize) -> u64 {
    match discrete % 64 {
        0 => u64::MAX,
        bits => (1 << bits) - 1,
    }
}

/// Multipliers and offsets of all channels.
#[derive(Debug)]
pub(crate) struct Scale {
    pub(crate) a: Vec<f64>,
    pub(crate) b: Vec<f64>,
}

fn channel_of<const N: usize, C: Cell<N>, T: Value>(
    dat: &Rows<'_>,
    channel: usize,
    rows: &Range<usize>,
    (a, b): (f64, f64),
    out: &mut [T],
) {
    let at = HEAD_BYTES + channel * N;
    for (row, out) in dat.iter(rows).zip(out) {
        let cell = row[at..at + N].try_into().expect("the layout holds the cell");
        *out = T::from_f64(C::stored(cell) * a + b);
    }
}

fn rows_of<const N: usize, C: Cell<N>, T: Value>(
    dat: &Rows<'_>,
    rows: &Range<usize>,
    scale: &Scale,
    out: &mut [T],
) {
    let count = dat.layout.analog;
    let (a, b) = (&scale.a[..count], &scale.b[..count]);
    for (cells, out) in dat.cells(rows).zip(out.chunks_exact_mut(count.max(1))) {
        let (cells, _) = cells.as_chunks::<N>();
        for (((out, cell), a), b) in out.iter_mut().zip(cells).zip(a).zip(b) {
            *out = T::from_f64(C::stored(*cell) * a + b);
        }
    }
}

/// Rows taken together: the cache lines that neighbouring channels share stay in the first-level
/// cache while each picks its cells, and what is written per channel is not too short.
const TILE_ROWS: usize = 256;

fn columns_of<const N: usize, C: Cell<N>, T: Value>(
    dat: &Rows<'_>,
    rows: &Range<usize>,
    scale: &Scale,
    out: &mut [T],
) {
    let (count, size) = (rows.len(), dat.layout.row_bytes);
    if count == 0 {
        return;
    }
    let bytes = &dat.bytes[rows.start * size..rows.end * size];
    for (tile_at, tile) in bytes.chunks(TILE_ROWS * size).enumerate() {
        let first = tile_at * TILE_ROWS;
        for (channel, out) in out.chunks_exact_mut(count).enumerate() {
            let (a, b) = (scale.a[channel], scale.b[channel]);
            let at = HEAD_BYTES + channel * N;
            for (row, out) in tile.chunks_exact(size).zip(&mut out[first..]) {
                let cell = row[at..at + N].try_into().expect("the layout holds the cell");
                *out = T::from_f64(C::stored(cell) * a + b);
            }
        }
    }
}
