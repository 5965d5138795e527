//! The system's clock with what the kernel knows of its error.
//!
//! TAI is made of the system's UTC by the table of leap seconds, not of the kernel's own TAI
//! offset, which is zero on most systems. Within an inserted leap second the kernel repeats a
//! second, and so does this clock; the monotonic clock does not.

use crate::sys;
use aura_model::{Clock, Stamp, Sync, Tai, TimeQuality};
use std::sync::atomic::{AtomicU64, Ordering};

/// How long what the kernel said of the clock's error is used, nanoseconds.
const QUALITY_NS: u64 = 1_000_000_000;

/// CLOCK_REALTIME and CLOCK_MONOTONIC of the operating system.
#[derive(Debug, Default)]
pub struct SystemClock {
    /// Packed [`Kept`] of the last question to the kernel; two threads may both ask, with equal
    /// answers.
    kept: AtomicU64,
    /// Monotonic time from which the kernel is asked again.
    ask_from: AtomicU64,
}

impl SystemClock {
    /// The clock; nothing is opened.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is known of the error now.
    fn quality(&self) -> TimeQuality {
        let mono_ns = self.mono_ns();
        let before = Kept::unpack(self.kept.load(Ordering::Relaxed));
        if mono_ns < self.ask_from.load(Ordering::Relaxed) {
            return before.quality;
        }
        let was_locked = before.was_locked;
        let quality = quality_of(sys::ntp_state(), was_locked);
        let kept = Kept { quality, was_locked: was_locked || quality.sync == Sync::Locked };
        self.kept.store(kept.pack(), Ordering::Relaxed);
        self.ask_from.store(mono_ns + QUALITY_NS, Ordering::Relaxed);
        quality
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Stamp {
        let quality = self.quality();
        Stamp { tai: Tai::from_unix_ns(sys::realtime_ns()), quality }
    }

    fn mono_ns(&self) -> u64 {
        sys::monotonic_ns()
    }
}

/// A quality in 64 bits, so that no reader of the clock waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept {
    quality: TimeQuality,
    was_locked: bool,
}

impl Kept {
    fn pack(self) -> u64 {
        let sync = match self.quality.sync {
            Sync::Free => 0,
            Sync::Holdover => 1,
            Sync::Locked => 2,
        };
        u64::from(self.quality.error_ns) | sync << 32 | u64::from(self.was_locked) << 34
    }

    fn unpack(bits: u64) -> Self {
        let sync = match bits >> 32 & 0b11 {
            0 => Sync::Free,
            1 => Sync::Holdover,
            _ => Sync::Locked,
        };
        let error_ns = u32::try_from(bits & 0xffff_ffff).expect("32 bits were kept");
        Self { quality: TimeQuality { sync, error_ns }, was_locked: bits >> 34 & 1 == 1 }
    }
}

/// What the kernel says of its clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NtpState {
    /// Whether a source disciplines it.
    pub(crate) synchronised: bool,
    /// Bound of its error, microseconds; the kernel lets it grow by 500 ppm between updates.
    pub(crate) max_error_us: i64,
}

/// Quality of a clock in this state; `None` when the kernel did not say.
fn quality_of(state: Option<NtpState>, was_locked: bool) -> TimeQuality {
    let Some(state) = state else { return TimeQuality::default() };
    let error_ns = u32::try_from(state.max_error_us.saturating_mul(1_000)).unwrap_or(u32::MAX);
    match (state.synchronised, was_locked) {
        (true, _) => TimeQuality { sync: Sync::Locked, error_ns },
        (false, true) => TimeQuality { sync: Sync::Holdover, error_ns },
        (false, false) => TimeQuality { sync: Sync::Free, error_ns: u32::MAX },
    }
}

/// Finds steps of the clock of the day against the monotonic clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct StepWatch {
    last: Option<(i64, u64)>,
}

/// Least step, nanoseconds; below it a clock that is being slewed would be called stepped.
const STEP_NS: i64 = 5_000_000;

impl StepWatch {
    /// Takes both clocks; the step in nanoseconds when there was one since the last look.
    ///
    /// A clock may be slewed by up to 0.1 % of the time between without being called stepped.
    pub fn look(&mut self, at: Tai, mono_ns: u64) -> Option<i64> {
        let (tai, mono) = self.last.replace((at.0, mono_ns))?;
        let passed = i64::try_from(mono_ns.saturating_sub(mono)).unwrap_or(i64::MAX);
        let step = at.0.saturating_sub(tai).saturating_sub(passed);
        (step.saturating_abs() > STEP_NS.saturating_add(passed / 1_000)).then_some(step)
    }
}

/// First four digits of the boot's identifier; `0000` where the system gives none.
#[must_use]
pub fn boot_id() -> String {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    match text.get(..4) {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_hexdigit()) => digits.to_owned(),
        _ => "0000".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_answer_becomes_a_quality() {
        let check = |synchronised, max_error_us, was_locked, sync, error_ns| {
            let state = Some(NtpState { synchronised, max_error_us });
            let quality = quality_of(state, was_locked);
            assert_eq!(quality, TimeQuality { sync, error_ns }, "{state:?} {was_locked}");
            for was_locked in [false, true] {
                let kept = Kept { quality, was_locked };
                assert_eq!(Kept::unpack(kept.pack()), kept);
            }
        };
        check(true, 750, false, Sync::Locked, 750_000);
        check(true, 16_000_000, true, Sync::Locked, u32::MAX);
        check(false, 2_000, true, Sync::Holdover, 2_000_000);
        check(false, 2_000, false, Sync::Free, u32::MAX);
        check(true, -1, false, Sync::Locked, u32::MAX);
        assert_eq!(quality_of(None, true), TimeQuality::default());
        assert_eq!(Kept::unpack(0).quality.sync, Sync::Free);
    }

    #[test]
    fn the_systems_clocks_go_on() {
        let clock = SystemClock::new();
        let (first, mono) = (clock.now(), clock.mono_ns());
        // 2026-01-01: the clock of a unit that builds this is later than that.
        assert!(first.tai > Tai::from_unix_ns(1_767_225_600_000_000_000), "{first:?}");
        assert!(clock.mono_ns() >= mono);
        assert_eq!(boot_id().len(), 4);
    }

    #[test]
    fn steps_are_found_and_slewing_is_not() {
        let mut watch = StepWatch::default();
        let mut look = |ms: i64, mono_ms: u64| watch.look(Tai(ms * 1_000_000), mono_ms * 1_000_000);
        assert_eq!(look(0, 1_000), None);
        assert_eq!(look(1_004, 2_000), None);
        assert_eq!(look(3_604_604, 3_602_000), None, "an hour at +0.1 %");
        assert_eq!(look(3_605_704, 3_603_000), Some(100_000_000));
        assert_eq!(look(3_605_604, 3_604_000), Some(-1_100_000_000));
    }
}
