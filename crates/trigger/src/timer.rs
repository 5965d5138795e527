//! Delay and holding of one condition, in rows.

use crate::Transition;

/// What a row says about a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The setting is passed.
    Beyond,
    /// Between the setting and the drop-out value.
    Between,
    /// The drop-out value is passed.
    Back,
}

/// State of an element with a condition that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timer {
    state: State,
    delay_rows: u64,
    /// Rows for which the condition may pause.
    hold_rows: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    /// The condition began at `since` and was last met at `last`.
    Timing {
        since: u64,
        last: u64,
    },
    /// Picked up; last not back at `last`.
    PickedUp {
        last: u64,
    },
}

impl Timer {
    /// An idle timer.
    pub(crate) const fn new(delay_rows: u64, hold_rows: u64) -> Self {
        Self { state: State::Idle, delay_rows, hold_rows }
    }

    /// Whether only [`Seen::Beyond`] can change anything.
    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// Takes what row number `now` shows.
    pub(crate) fn step(&mut self, seen: Seen, now: u64) -> Option<Transition> {
        match (self.state, seen) {
            (State::Idle, Seen::Beyond) if self.delay_rows == 0 => self.pick_up(now),
            (State::Idle, Seen::Beyond) => {
                self.state = State::Timing { since: now, last: now };
                None
            }
            (State::Idle, _) => None,
            (State::Timing { since, .. }, Seen::Beyond) => {
                self.state = State::Timing { since, last: now };
                if now - since >= self.delay_rows { self.pick_up(now) } else { None }
            }
            (State::Timing { last, .. }, _) => {
                if now - last > self.hold_rows {
                    self.state = State::Idle;
                }
                None
            }
            (State::PickedUp { last }, Seen::Back) => {
                if now - last > self.hold_rows {
                    self.clear()
                } else {
                    None
                }
            }
            (State::PickedUp { .. }, _) => {
                self.state = State::PickedUp { last: now };
                None
            }
        }
    }

    /// Nothing can be seen any more.
    pub(crate) fn clear(&mut self) -> Option<Transition> {
        let was = std::mem::replace(&mut self.state, State::Idle);
        matches!(was, State::PickedUp { .. }).then_some(Transition::Dropout)
    }

    fn pick_up(&mut self, now: u64) -> Option<Transition> {
        self.state = State::PickedUp { last: now };
        Some(Transition::Pickup)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter a row: `^` beyond, `-` between, `.` back; the answer has `P` and `D` on the rows
    /// of a change.
    fn check(delay: u64, hold: u64, rows: &str, expect: &str) {
        let mut timer = Timer::new(delay, hold);
        let seen = |letter| match letter {
            '^' => Seen::Beyond,
            '-' => Seen::Between,
            _ => Seen::Back,
        };
        let got: String = rows
            .chars()
            .zip(100..)
            .map(|(letter, now)| match timer.step(seen(letter), now) {
                Some(Transition::Pickup) => 'P',
                Some(Transition::Dropout) => 'D',
                None => ' ',
            })
            .collect();
        assert_eq!(got.trim_end(), expect, "delay {delay}, hold {hold}, {rows}");
    }

    #[test]
    fn delay_and_hysteresis() {
        check(0, 0, "..^^--.", "  P   D");
        check(0, 0, ".-.^.^", "   PDP");
        check(3, 0, ".^^^^-.", "    P D");
        check(3, 0, ".^^-^^^^.", "       PD");
        check(3, 0, ".^^.^^^.", "");
    }

    #[test]
    fn alternating_quantities_may_pause() {
        check(0, 2, "^..^...^", "P     DP");
        check(4, 2, "^..^..^.....", "      P  D");
        check(4, 2, "^...........", "");
        check(4, 2, "^...^..^..^", "          P");
    }
}
