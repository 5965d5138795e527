//! Phasors, RMS, symmetrical components and frequency of sampled channels, exact to the row.
//!
//! It deliberately has no settings, no element logic, no history beyond the rows that its sums
//! need, and no clock: time comes with the block. After [`Analyser::new`] nothing is allocated.
//!
//! **Exact recursion.** All sums slide over the last `N` rows, `N` = the whole number nearest to
//! one period: `X += (x[n] − x[n−N])·W[n mod N]` with `W` rounded to at most 17 bits, so that every
//! product and every sum is a whole number below 2⁵³ and an `f64` holds it exactly. The running sum
//! equals the sum over the window for ever: nothing drifts, nothing is refreshed. Squares slide as
//! `x[n]² − x[n−N]²` in 64-bit whole numbers.
//!
//! **Rates that are no whole multiple of the rated frequency** (2000 Hz at 60 Hz) take the nearest
//! whole `N`: the bin lies at `rate/N` instead of `f₀`, still rejects a constant and the harmonics
//! of `rate/N` wholly, and the angle is turned back to `f₀` where it is read. A steady sine at `f₀`
//! then ripples by at most `0.55·d/N` of its magnitude, `d` ≤ ½ being the rows that the window is
//! off (0.55 % at 33⅓ rows a period).
//!
//! **Range.** Counts beyond ±(2²⁷ − 1) (less above 512 rows a period, see [`Analyser::count_max`])
//! saturate in the computed values; the samples themselves are not touched.

mod analyser;
mod frequency;
mod kernel;
mod window;

pub use analyser::{Analyser, Sequence};

/// Why a station cannot be analysed.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The rated frequency is not usable.
    #[error("rated frequency {0} Hz, allowed 10..=1000")]
    Nominal(f64),
    /// Too few or too many rows in a period.
    #[error("{rows} rows in a period, allowed 4..=100000")]
    Rows {
        /// Rate over rated frequency.
        rows: f64,
    },
    /// A group names a channel that is not there.
    #[error("group {group} names analog channel {channel}, there are {channels}")]
    Group {
        /// Index of the group.
        group: usize,
        /// Index that it names.
        channel: usize,
        /// Analog channels of the station.
        channels: usize,
    },
    /// A channel's conversion factors are not finite numbers.
    #[error("analog channel {channel} has a factor or offset that is not finite")]
    Scale {
        /// Index of the channel.
        channel: usize,
    },
}
