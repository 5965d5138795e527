//! Lost rows, told at most once in ten seconds with their sum: a source that loses some in every
//! block must not push the past out of the journal.

use aura_model::Stamp;

/// Least time between two lines about lost rows.
const PERIOD_NS: u64 = 10_000_000_000;

/// Rows lost since the last line about them.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    /// When the first of them was lost, and how many there are.
    untold: Option<(Stamp, u64)>,
    told_mono_ns: Option<u64>,
}

impl Losses {
    /// More rows are lost.
    pub(crate) fn add(&mut self, at: Stamp, rows: u64) {
        let (since, before) = self.untold.unwrap_or((at, 0));
        self.untold = Some((since, before.saturating_add(rows)));
    }

    /// What is to be told now: since when, and how many.
    pub(crate) fn due(&mut self, mono_ns: u64) -> Option<(Stamp, u64)> {
        if self.told_mono_ns.is_some_and(|told| mono_ns.saturating_sub(told) < PERIOD_NS) {
            return None;
        }
        let untold = self.untold.take()?;
        self.told_mono_ns = Some(mono_ns);
        Some(untold)
    }

    /// What was not told yet, when there will be no later time for it.
    pub(crate) fn rest(&mut self) -> Option<(Stamp, u64)> {
        self.untold.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aura_model::Tai;

    #[test]
    fn the_first_loss_is_told_at_once_and_the_others_are_summed() {
        let at = |s: i64| Stamp { tai: Tai(s), ..Stamp::default() };
        let mut losses = Losses::default();
        assert_eq!(losses.due(0), None);
        losses.add(at(1), 5);
        assert_eq!(losses.due(1), Some((at(1), 5)));
        losses.add(at(2), 7);
        losses.add(at(3), 1);
        assert_eq!(losses.due(PERIOD_NS), None);
        assert_eq!(losses.due(PERIOD_NS + 1), Some((at(2), 8)));
        assert_eq!(losses.due(10 * PERIOD_NS), None);
        losses.add(at(4), u64::MAX);
        losses.add(at(5), 1);
        assert_eq!(losses.rest(), Some((at(4), u64::MAX)));
        assert_eq!(losses.rest(), None);
    }
}
