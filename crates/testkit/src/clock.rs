//! A clock that stands still until it is told to go on.

use aura_model::{Clock, Stamp};
use std::sync::{Mutex, PoisonError};

/// A clock for tests.
#[derive(Debug, Default)]
pub struct ManualClock {
    now: Mutex<(Stamp, u64)>,
}

impl ManualClock {
    /// A clock that shows this; its monotonic reading begins at 0.
    #[must_use]
    pub const fn new(now: Stamp) -> Self {
        Self { now: Mutex::new((now, 0)) }
    }

    /// Lets so many nanoseconds pass on both readings.
    pub fn advance_ns(&self, ns: u64) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.0.tai = now.0.tai.plus_ns(i64::try_from(ns).unwrap_or(i64::MAX));
        now.1 += ns;
    }

    /// Steps the time of day alone, as a wrong time source would.
    pub fn step(&self, to: Stamp) {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).0 = to;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Stamp {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn mono_ns(&self) -> u64 {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aura_model::Tai;

    #[test]
    fn a_step_does_not_move_the_monotonic_reading() {
        let clock = ManualClock::new(Stamp { tai: Tai(100), ..Stamp::default() });
        clock.advance_ns(20);
        assert_eq!((clock.now().tai, clock.mono_ns()), (Tai(120), 20));
        clock.step(Stamp { tai: Tai(7), ..Stamp::default() });
        assert_eq!((clock.now().tai, clock.mono_ns()), (Tai(7), 20));
    }
}
