//! The board of self-diagnosis: one item a subject, an event only when something changes.

use aura_model::{Code, Event, HealthItem, HealthState, Stamp};

/// Findings by subject, in the order that was given at the start.
#[derive(Clone, Debug)]
pub struct Board {
    order: &'static [&'static str],
    items: Vec<HealthItem>,
}

impl Board {
    /// An empty board; reports list the subjects in this order, others after them.
    #[must_use]
    pub const fn new(order: &'static [&'static str]) -> Self {
        Self { order, items: Vec::new() }
    }

    /// Puts up what a probe found and gives the event when that is news: another state or another
    /// code. Arguments alone (a number of free bytes) are no news but are kept up to date. That a
    /// subject is good when it is first looked at is no news either.
    pub fn set(
        &mut self,
        subject: &'static str,
        state: HealthState,
        code: Code,
        args: Vec<(&'static str, String)>,
        at: Stamp,
    ) -> Option<Event> {
        let kept = args.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let news = match self.items.iter_mut().find(|item| item.subject == subject) {
            Some(item) if (item.state, item.code) == (state, code) => {
                item.args = kept;
                false
            }
            Some(item) => {
                *item = HealthItem { subject, state, code, args: kept, since: at };
                true
            }
            None => {
                self.items.push(HealthItem { subject, state, code, args: kept, since: at });
                let place = |name: &str| self.order.iter().position(|other| *other == name);
                self.items.sort_by_key(|item| place(item.subject).unwrap_or(usize::MAX));
                state > HealthState::Good
            }
        };
        news.then(|| Event { args, ..Event::new(at, code) })
    }

    /// Findings in their order.
    #[must_use]
    pub fn items(&self) -> &[HealthItem] {
        &self.items
    }

    /// The worst state; good when nothing was looked at.
    #[must_use]
    pub fn state(&self) -> HealthState {
        self.items.iter().map(|item| item.state).max().unwrap_or(HealthState::Good)
    }

    /// State of one subject; good when it was not looked at.
    #[must_use]
    pub fn state_of(&self, subject: &str) -> HealthState {
        let item = self.items.iter().find(|item| item.subject == subject);
        item.map_or(HealthState::Good, |item| item.state)
    }
}

/// A lower limit that a wavering value crosses once: raised below one value, cleared above another.
#[derive(Clone, Copy, Debug)]
pub struct Hysteresis {
    raise_below: u64,
    clear_from: u64,
    raised: bool,
}

impl Hysteresis {
    /// Raised below `raise_below`, cleared from `clear_from` on, which is at least that.
    #[must_use]
    pub const fn new(raise_below: u64, clear_from: u64) -> Self {
        let clear_from = if clear_from < raise_below { raise_below } else { clear_from };
        Self { raise_below, clear_from, raised: false }
    }

    /// Takes a value; whether the limit is raised now.
    pub const fn step(&mut self, value: u64) -> bool {
        self.raised = value < if self.raised { self.clear_from } else { self.raise_below };
        self.raised
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aura_model::Tai;

    #[test]
    fn only_changes_are_events() {
        let mut board = Board::new(&["source", "disk", "clock"]);
        let mut check = |s: i64, subject, state, code, free: &str, expect: Option<Code>| {
            let at = Stamp { tai: Tai(s), ..Stamp::default() };
            let event = board.set(subject, state, code, vec![("free_mib", free.to_owned())], at);
            assert_eq!(event.as_ref().map(|event| event.code), expect, "at {s}");
            assert!(event.is_none_or(|event| event.at == at && event.args[0].1 == free));
        };
        use HealthState::{Fault, Good, Warning};
        check(1, "disk", Good, Code::DiskGood, "900", None);
        check(2, "disk", Fault, Code::DiskLow, "10", Some(Code::DiskLow));
        check(3, "disk", Fault, Code::DiskLow, "9", None);
        check(4, "clock", Warning, Code::ClockFree, "", Some(Code::ClockFree));
        check(5, "source", Good, Code::SourceBack, "", None);
        check(6, "disk", Fault, Code::DiskError, "9", Some(Code::DiskError));
        assert_eq!(board.state(), Fault);
        let seen: Vec<_> = board.items().iter().map(|i| (i.subject, i.since.tai.0)).collect();
        assert_eq!(seen, [("source", 5), ("disk", 6), ("clock", 4)]);
        let at = Stamp::default();
        assert!(board.set("disk", Good, Code::DiskGood, Vec::new(), at).is_some());
        assert_eq!((board.state(), board.state_of("disk")), (Warning, Good));
    }

    #[test]
    fn a_wavering_value_crosses_once() {
        let mut low = Hysteresis::new(100, 120);
        let raised: Vec<bool> =
            [130, 110, 99, 101, 119, 120, 119, 100, 99].map(|v| low.step(v)).to_vec();
        assert_eq!(raised, [false, false, true, true, true, false, false, false, true]);
    }
}
