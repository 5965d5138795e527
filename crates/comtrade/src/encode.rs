//! One row of a binary type: counts or values into stored cells, on vectors where all is well and
//! with care where a value is missing or too great. It knows neither files nor time.

use crate::timeline::MAGIC;
use crate::writer::Count;

/// How a binary type stores a value.
pub(crate) trait Cell<const N: usize> {
    /// Greatest magnitude that is a value.
    const LIMIT: f64;
    /// Mark of a missing value.
    const MISSING: [u8; N];
    /// Stores a value within the limit, in the low bits.
    fn store(value: f64) -> u32;
}

pub(crate) struct I16;
pub(crate) struct I32;
pub(crate) struct F32;

#[allow(clippy::cast_possible_truncation)]
#[inline(always)]
fn low_bits(value: f64) -> u32 {
    (value + MAGIC).to_bits() as u32
}

impl Cell<2> for I16 {
    const LIMIT: f64 = 32_767.0;
    const MISSING: [u8; 2] = i16::MIN.to_le_bytes();
    #[inline(always)]
    fn store(value: f64) -> u32 {
        low_bits(value)
    }
}

impl Cell<4> for I32 {
    const LIMIT: f64 = 2_147_483_647.0;
    const MISSING: [u8; 4] = i32::MIN.to_le_bytes();
    #[inline(always)]
    fn store(value: f64) -> u32 {
        low_bits(value)
    }
}

impl Cell<4> for F32 {
    // The float next to the least one, which marks a missing value.
    const LIMIT: f64 = 3.402_823_263_561_192_6e38;
    const MISSING: [u8; 4] = f32::MIN.to_le_bytes();
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)]
    fn store(value: f64) -> u32 {
        (value as f32).to_bits()
    }
}

/// Counts as they are into 32 bits: the mark of a missing one is the same on both sides.
pub(crate) fn plain_32(counts: &[i32], valid: Option<&[u64]>, cells: &mut [u8]) {
    let (cells, _) = cells.as_chunks_mut::<4>();
    for (count, cell) in counts.iter().zip(&mut *cells) {
        *cell = count.to_le_bytes();
    }
    mark_invalid(valid, I32::MISSING, cells);
}

/// Counts as they are into 16 bits; false, with nothing settled, when some do not fit.
pub(crate) fn plain_16(counts: &[i32], valid: Option<&[u64]>, cells: &mut [u8]) -> bool {
    let (cells, _) = cells.as_chunks_mut::<2>();
    let mut beyond = 0;
    for (count, cell) in counts.iter().zip(&mut *cells) {
        // Not zero where the count is outside -32767..=32767, by unsigned wrap-around.
        beyond |= u32::from(count.wrapping_add(32_767).cast_unsigned() > 65_534);
        let [a, b, ..] = count.to_le_bytes();
        *cell = [a, b];
    }
    if beyond == 0 {
        mark_invalid(valid, I16::MISSING, cells);
    }
    beyond == 0
}

/// Factors of counts that bring each count of 32 bits into 32 bits again, and the mark of a
/// missing one outside 16: so whatever is wrong with a count shows in the product.
pub(crate) const MODERATE: std::ops::RangeInclusive<f64> = 1.0 / 32_768.0..=1.0;

/// Counts times moderate factors into 16 bits; false, with nothing settled, when some do not fit.
pub(crate) fn scaled_16(
    counts: &[i32],
    factors: &[f64],
    valid: Option<&[u64]>,
    cells: &mut [u8],
) -> bool {
    let (cells, _) = cells.as_chunks_mut::<2>();
    let (whole_counts, rest_counts) = counts.as_chunks::<LANES>();
    let (whole_factors, rest_factors) = factors.as_chunks::<LANES>();
    let (whole_cells, rest_cells) = cells.as_chunks_mut::<LANES>();
    let mut beyond = 0;
    for ((counts, factors), cells) in whole_counts.iter().zip(whole_factors).zip(whole_cells) {
        beyond |= scale_lanes(counts, factors, cells);
    }
    beyond |= scale_lanes(rest_counts, rest_factors, rest_cells);
    if beyond == 0 {
        mark_invalid(valid, I16::MISSING, cells);
    }
    beyond == 0
}

/// At most `LANES` counts; not zero when one does not fit. Inlined for whole lanes, whose number
/// the compiler then knows.
#[inline(always)]
fn scale_lanes(counts: &[i32], factors: &[f64], cells: &mut [[u8; 2]]) -> u32 {
    let mut lanes = [0; LANES];
    for ((count, factor), lane) in counts.iter().zip(factors).zip(&mut lanes) {
        *lane = low_bits(f64::from(*count) * factor);
    }
    let mut beyond = 0;
    for (lane, cell) in lanes.iter().zip(cells) {
        beyond |= u32::from(lane.wrapping_add(32_767) > 65_534);
        let [a, b, ..] = lane.to_le_bytes();
        *cell = [a, b];
    }
    beyond
}

/// Encodes a row: first as if all were well, which has no branches; if some value was missing or
/// too great, once more with care.
pub(crate) fn row_of<const N: usize, C: Cell<N>, T: Count>(
    analog: &[T],
    factors: &[f64],
    valid: Option<&[u64]>,
    cells: &mut [u8],
    saturated: &mut [u64],
) {
    let (cells, _) = cells.as_chunks_mut::<N>();
    if !scaled_row::<N, C, T>(analog, factors, cells) {
        careful_row::<N, C, T>(analog, factors, cells, valid, saturated);
    }
    mark_invalid(valid, C::MISSING, cells);
}

fn mark_invalid<const N: usize>(valid: Option<&[u64]>, mark: [u8; N], cells: &mut [[u8; N]]) {
    let Some(valid) = valid else { return };
    for (channel, cell) in cells.iter_mut().enumerate() {
        if valid[channel / 64] >> (channel % 64) & 1 == 0 {
            *cell = mark;
        }
    }
}

#[inline(always)]
fn limited(value: f64, limit: f64) -> f64 {
    // In this order a NaN becomes the lower limit, and so differs from what it was.
    let value = if value > -limit { value } else { -limit };
    if value < limit { value } else { limit }
}

/// Values taken together: a first loop in 32-bit lanes, a second one that narrows them.
const LANES: usize = 32;

fn scaled_row<const N: usize, C: Cell<N>, T: Count>(
    analog: &[T],
    factors: &[f64],
    cells: &mut [[u8; N]],
) -> bool {
    let mut differs = 0;
    let mut missing = 0;
    let parts = analog.chunks(LANES).zip(factors.chunks(LANES)).zip(cells.chunks_mut(LANES));
    for ((analog, factors), cells) in parts {
        let mut lanes = [0; LANES];
        for ((value, factor), lane) in analog.iter().zip(factors).zip(&mut lanes) {
            let stored = value.raw() * factor;
            let cut = limited(stored, C::LIMIT);
            differs |= cut.to_bits() ^ stored.to_bits();
            *lane = C::store(cut);
        }
        for value in analog {
            missing |= u32::from(value.is_missing());
        }
        for (lane, cell) in lanes.iter().zip(cells) {
            cell.copy_from_slice(&lane.to_le_bytes()[..N]);
        }
    }
    differs == 0 && missing == 0
}

#[cold]
fn careful_row<const N: usize, C: Cell<N>, T: Count>(
    analog: &[T],
    factors: &[f64],
    cells: &mut [[u8; N]],
    valid: Option<&[u64]>,
    saturated: &mut [u64],
) {
    let cells = cells.iter_mut().zip(saturated).enumerate();
    for ((value, factor), (channel, (cell, saturated))) in analog.iter().zip(factors).zip(cells) {
        let stored = value.value() * factor;
        let cut = limited(stored, C::LIMIT);
        let believed = valid.is_none_or(|v| v[channel / 64] >> (channel % 64) & 1 == 1);
        if stored.is_nan() {
            *cell = C::MISSING;
        } else {
            cell.copy_from_slice(&C::store(cut).to_le_bytes()[..N]);
            // What rounds to the limit is not cut: 32767.4 is stored as it should be.
            *saturated += u64::from(believed && (stored - cut).abs() > 0.5);
        }
    }
}
