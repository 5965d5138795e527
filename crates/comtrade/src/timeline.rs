//! Instants of samples by the rate table, relative to the first sample; it knows no calendar.

use crate::cfg::Rate;

/// The rate table with the instant at which each segment begins.
#[derive(Debug)]
pub(crate) struct Timeline {
    segments: Vec<Segment>,
}

#[derive(Clone, Copy, Debug)]
struct Segment {
    /// Number of the sample before the segment's first one; 1 in the first segment.
    from_sample: u64,
    /// Its instant, nanoseconds.
    from_ns: f64,
    end_sample: u64,
    step_ns: f64,
}

impl Timeline {
    /// Each sample follows its predecessor by the period of its own segment, as the rate belongs
    /// to the samples up to `end_sample`. Segments that repeat an `end_sample` are empty.
    pub(crate) fn new(rates: &[Rate]) -> Self {
        let (mut from_sample, mut from_ns) = (1, 0.0);
        let mut segments = Vec::with_capacity(rates.len());
        for rate in rates {
            let step_ns = 1e9 / rate.hz;
            let end_sample = rate.end_sample.max(from_sample);
            segments.push(Segment { from_sample, from_ns, end_sample, step_ns });
            from_ns += exact(end_sample - from_sample) * 1e9 / rate.hz;
            from_sample = end_sample;
        }
        Self { segments }
    }

    /// Nanoseconds from the first sample to a row counted from 0; the last rate goes on for ever.
    pub(crate) fn ns(&self, row: usize) -> i64 {
        let sample = u64::try_from(row).unwrap_or(u64::MAX - 1) + 1;
        let at = self.segments.partition_point(|s| s.end_sample < sample);
        let Some(segment) = self.segments.get(at).or(self.segments.last()) else { return 0 };
        let since = exact(sample - segment.from_sample);
        round_ns(segment.from_ns + since * segment.step_ns)
    }

    /// Row, counted from 0, of the first sample at or after this instant.
    pub(crate) fn row_at(&self, ns: i64, rows: usize) -> usize {
        let (mut low, mut high) = (0, rows);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.ns(middle) < ns { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// Counts of samples are far below 2^53.
#[allow(clippy::cast_precision_loss)]
fn exact(count: u64) -> f64 {
    count as f64
}

/// Nearest nanosecond; beyond the range of 64 bits it saturates.
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn round_ns(ns: f64) -> i64 {
    round_even(ns) as i64
}

/// Added to a float of magnitude below 2^51 it leaves the nearest whole number, halves to even,
/// in the low bits: rounding without a call, and on vectors, on every processor.
pub(crate) const MAGIC: f64 = 6_755_399_441_055_744.0;

/// Nearest whole number, halves to even.
pub(crate) fn round_even(value: f64) -> f64 {
    if value.abs() < 2e15 { (value + MAGIC) - MAGIC } else { value.round_ties_even() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rates: &[(f64, u64)], row: usize, ns: i64) {
        let rates: Vec<Rate> =
            rates.iter().map(|&(hz, end_sample)| Rate { hz, end_sample }).collect();
        assert_eq!(Timeline::new(&rates).ns(row), ns, "{rates:?} row {row}");
    }

    #[test]
    fn samples_follow_the_rate_of_their_segment() {
        check(&[(1000.0, 10)], 0, 0);
        check(&[(1000.0, 10)], 9, 9_000_000);
        check(&[(1000.0, 10)], 20, 20_000_000);
        check(&[(1000.0, 10), (100.0, 12)], 9, 9_000_000);
        check(&[(1000.0, 10), (100.0, 12)], 10, 19_000_000);
        check(&[(1000.0, 10), (100.0, 12), (1000.0, 20)], 12, 30_000_000);
        check(&[(1000.0, 10), (50.0, 10), (1000.0, 20)], 10, 10_000_000);
        check(&[(3.0, 4)], 1, 333_333_333);
        check(&[], 3, 0);
    }

    #[test]
    fn an_instant_finds_its_row() {
        let line = Timeline::new(&[Rate { hz: 1000.0, end_sample: 10 }]);
        for (ns, row) in [(-5, 0), (0, 0), (1, 1), (1_000_000, 1), (9_000_001, 10)] {
            assert_eq!(line.row_at(ns, 10), row, "{ns}");
        }
    }
}
