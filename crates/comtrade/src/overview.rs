//! Least and greatest value per pixel, for drawing long records; one pass over the data, and no
//! smoothing that could hide a spike.

use std::ops::Range;

use crate::Result;
use crate::binary;
use crate::cfg::DataType;
use crate::limits::PIXELS_MAX;
use crate::record::{BLOCK_ROWS, Data, Record};

/// Least and greatest scaled value within a pixel; both NaN when all values there are missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MinMax {
    /// Least.
    pub min: f64,
    /// Greatest.
    pub max: f64,
}

impl MinMax {
    const NONE: Self = Self { min: f64::INFINITY, max: f64::NEG_INFINITY };

    #[inline]
    fn add(&mut self, value: f64) {
        // Comparisons with NaN are false: a missing value changes nothing.
        if value < self.min {
            self.min = value;
        }
        if value > self.max {
            self.max = value;
        }
    }

    /// Applies a channel's scaling; a negative multiplier swaps the two.
    fn scaled(self, a: f64, b: f64) -> Self {
        if self.min > self.max {
            return Self { min: f64::NAN, max: f64::NAN };
        }
        let (one, other) = (self.min * a + b, self.max * a + b);
        Self { min: one.min(other), max: one.max(other) }
    }
}

impl Record {
    /// Least and greatest values of some channels over `pixels` equal parts of some rows: for
    /// each channel in the order asked for, as many pixels as there are (never more than rows).
    ///
    /// # Errors
    /// When a channel or the rows don't exist.
    pub fn overview(
        &self,
        channels: &[usize],
        rows: Range<usize>,
        pixels: usize,
    ) -> Result<Vec<Vec<MinMax>>> {
        self.check_rows(&rows)?;
        for channel in channels {
            self.check_channel("analog", *channel, self.cfg().analog.len())?;
        }
        let pixels = pixels.min(rows.len()).min(PIXELS_MAX);
        let mut out = match self.data() {
            Data::Binary(dat) if sweeps(&dat, channels) => {
                self.will_read(&rows);
                sweep(&dat, channels, &rows, pixels)
            }
            Data::Binary(dat) if dat.layout.data_type == DataType::Binary => {
                channels.iter().map(|channel| pick(&dat, *channel, &rows, pixels)).collect()
            }
            _ => {
                let mut out = vec![vec![MinMax::NONE; pixels]; channels.len()];
                for pixel in 0..pixels {
                    let part = pixel_rows(&rows, pixels, pixel);
                    self.any_pixel(channels, &part, pixel, &mut out)?;
                }
                out
            }
        };
        for (channel, out) in channels.iter().zip(&mut out) {
            let analog = &self.cfg().analog[*channel];
            for pixel in out {
                *pixel = pixel.scaled(analog.a, analog.b);
            }
        }
        Ok(out)
    }

    fn any_pixel(
        &self,
        channels: &[usize],
        part: &Range<usize>,
        pixel: usize,
        out: &mut [Vec<MinMax>],
    ) -> Result<()> {
        let count = self.cfg().analog.len();
        let mut analog = vec![0.0; count * part.len().min(BLOCK_ROWS)];
        for start in part.clone().step_by(BLOCK_ROWS) {
            let block = start..part.end.min(start + BLOCK_ROWS);
            let analog = &mut analog[..count * block.len()];
            self.stored_analog(block, analog)?;
            for row in analog.chunks_exact(count.max(1)) {
                for (channel, out) in channels.iter().zip(out.iter_mut()) {
                    out[pixel].add(row[*channel]);
                }
            }
        }
        Ok(())
    }
}

/// Rows of a pixel: equal parts to within one row, none empty.
fn pixel_rows(rows: &Range<usize>, pixels: usize, pixel: usize) -> Range<usize> {
    let bound = |n: usize| {
        let wide = rows.len() as u128 * n as u128 / pixels as u128;
        rows.start + usize::try_from(wide).expect("a bound lies within the rows")
    };
    bound(pixel)..bound(pixel + 1)
}

/// From this share of all channels on, whole rows are swept instead of picked from.
const SWEEP_SHARE: usize = 8;

fn sweeps(dat: &binary::Rows<'_>, channels: &[usize]) -> bool {
    dat.layout.data_type == DataType::Binary && channels.len() * SWEEP_SHARE >= dat.layout.analog
}

/// One channel: only its cells are touched.
fn pick(dat: &binary::Rows<'_>, channel: usize, rows: &Range<usize>, pixels: usize) -> Vec<MinMax> {
    let one = |pixel| {
        let (mut min, mut max) = (i16::MAX, i16::MIN);
        for cells in dat.cells(&pixel_rows(rows, pixels, pixel)) {
            let value = i16::from_le_bytes([cells[channel * 2], cells[channel * 2 + 1]]);
            min = min.min(value.wrapping_sub(1));
            max = max.max(value);
        }
        unkey(min, max)
    };
    (0..pixels).map(one).collect()
}

/// Least (as key) and greatest value of every channel, row after row as they lie. The key is the
/// value minus one, wrapping: it moves the mark of a missing value, the least of 16 bits, to the
/// top, where it never is the least; as greatest the mark loses by itself. So the loop has no
/// branch and runs on vectors. Results stay pixel by pixel until all are there: written channel
/// by channel at once, they would fall on the same cache lines.
fn sweep(
    dat: &binary::Rows<'_>,
    channels: &[usize],
    rows: &Range<usize>,
    pixels: usize,
) -> Vec<Vec<MinMax>> {
    let count = dat.layout.analog;
    let (mut mins, mut maxs) = (vec![i16::MAX; count * pixels], vec![i16::MIN; count * pixels]);
    let parts = mins.chunks_exact_mut(count.max(1)).zip(maxs.chunks_exact_mut(count.max(1)));
    for (pixel, (min, max)) in parts.enumerate() {
        let mut cells = dat.cells(&pixel_rows(rows, pixels, pixel));
        while let Some(one) = cells.next() {
            match (cells.next(), cells.next(), cells.next()) {
                (Some(two), Some(three), Some(four)) => widen([one, two, three, four], min, max),
                // Taken again, a row changes nothing.
                (two, three, _) => {
                    widen([one, two.unwrap_or(one), three.unwrap_or(one), one], min, max)
                }
            }
        }
    }
    let mut out: Vec<Vec<MinMax>> = channels.iter().map(|_| Vec::with_capacity(pixels)).collect();
    for first in (0..pixels).step_by(TURN_PIXELS) {
        for (channel, out) in channels.iter().zip(&mut out) {
            let cells = (first..pixels.min(first + TURN_PIXELS)).map(|p| p * count + channel);
            out.extend(cells.map(|at| unkey(mins[at], maxs[at])));
        }
    }
    out
}

/// Pixels turned from rows into columns together: they fit the first-level cache.
const TURN_PIXELS: usize = 32;

/// Four rows at once, so that the results are loaded and stored once for them.
fn widen(rows: [&[u8]; 4], min: &mut [i16], max: &mut [i16]) {
    let count = min.len().min(max.len());
    let [a, b, c, d] = rows.map(|row| &row.as_chunks::<2>().0[..count]);
    let (min, max) = (&mut min[..count], &mut max[..count]);
    for at in 0..count {
        let [a, b, c, d] = [a[at], b[at], c[at], d[at]].map(i16::from_le_bytes);
        let key = |value: i16| value.wrapping_sub(1);
        min[at] = min[at].min(key(a).min(key(b)).min(key(c).min(key(d))));
        max[at] = max[at].max(a.max(b).max(c.max(d)));
    }
}

fn unkey(min_key: i16, max: i16) -> MinMax {
    if max == i16::MIN {
        return MinMax::NONE;
    }
    MinMax { min: f64::from(min_key.wrapping_add(1)), max: f64::from(max) }
}
