//! The window that becomes a record: when it opens, what holds it, when it closes. Rows are numbers
//! here.

use crate::Limits;
use aura_model::{CloseReason, Rate};

/// Lengths in rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lengths {
    pub(crate) pre: u64,
    pub(crate) post: u64,
    max: u64,
    reblock: u64,
}

impl Lengths {
    /// Lengths at a rate.
    pub(crate) fn new(limits: Limits, rate: Rate) -> Self {
        Self {
            pre: rate.rows_in_ms(limits.pre_ms),
            post: rate.rows_in_ms(limits.post_ms),
            max: rate.rows_in_ms(limits.max_ms).max(1),
            reblock: rate.rows_in_ms(limits.reblock_ms),
        }
    }
}

/// What each element is to the recording.
#[derive(Clone, Copy, Debug, Default)]
struct Party {
    /// Picked up, and holds the window open while it is.
    holds: bool,
    /// Row of its last pickup that counted.
    counted: Option<u64>,
}

/// The window.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    lengths: Lengths,
    parties: Box<[Party]>,
    /// Elements that hold it open.
    holders: usize,
    open: Option<Open>,
    /// Row after the last one of the record before.
    last_end: u64,
}

/// An open window.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// Its first row.
    start: u64,
    /// Last row on which something held it or asked for it.
    last: u64,
    /// Its first row that was not given out yet.
    unsent: u64,
}

/// What a pickup did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// A window opened; it wants rows from this one on.
    Opened { start: u64 },
    /// The open window goes on.
    Extended,
    /// Nothing.
    Blocked,
}

impl Window {
    /// A closed window.
    pub(crate) fn new(lengths: Lengths, elements: usize) -> Self {
        let parties = vec![Party::default(); elements].into_boxed_slice();
        Self { lengths, parties, holders: 0, open: None, last_end: 0 }
    }

    /// An element picked up on row `now`; `oldest` is the first row that can be had.
    pub(crate) fn pick_up(&mut self, element: u16, now: u64, oldest: u64) -> Taken {
        let party = &mut self.parties[usize::from(element)];
        if party.counted.is_some_and(|counted| now - counted < self.lengths.reblock) {
            return Taken::Blocked;
        }
        party.counted = Some(now);
        if !std::mem::replace(&mut party.holds, true) {
            self.holders += 1;
        }
        self.ask(now, oldest)
    }

    /// An element dropped out.
    pub(crate) fn drop_out(&mut self, element: u16) {
        if std::mem::take(&mut self.parties[usize::from(element)].holds) {
            self.holders -= 1;
        }
    }

    /// Somebody wants a record that holds row `now`.
    pub(crate) fn ask(&mut self, now: u64, oldest: u64) -> Taken {
        if let Some(open) = &mut self.open {
            open.last = now;
            return Taken::Extended;
        }
        let repeats_from = self.last_end.saturating_sub(self.lengths.post);
        let start = now.saturating_sub(self.lengths.pre).max(oldest).max(repeats_from).min(now);
        self.open = Some(Open { start, last: now, unsent: start });
        Taken::Opened { start }
    }

    /// Row `now` is past; says why the window closes with it.
    #[inline]
    pub(crate) fn pass(&mut self, now: u64) -> Option<CloseReason> {
        let open = self.open.as_mut()?;
        if self.holders > 0 {
            open.last = now;
        }
        if self.holders == 0 && now >= open.last + self.lengths.post {
            Some(CloseReason::Complete)
        } else if now + 1 - open.start >= self.lengths.max {
            Some(CloseReason::MaxLength)
        } else {
            None
        }
    }

    /// Rows `from..end` that the open window wants and that were not given out yet.
    pub(crate) fn send(&mut self, end: u64) -> Option<std::ops::Range<u64>> {
        let open = self.open.as_mut()?;
        let rows = open.unsent..end;
        open.unsent = end;
        (!rows.is_empty()).then_some(rows)
    }

    /// Closes the window before row `end`; elements that are picked up are spent. Says whether one
    /// was open.
    pub(crate) fn close(&mut self, end: u64) -> bool {
        let was = self.open.take().is_some();
        if was {
            self.last_end = end;
            self.holders = 0;
            for party in &mut self.parties {
                party.holds = false;
            }
        }
        was
    }
}
