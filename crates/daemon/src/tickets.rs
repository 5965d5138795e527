//! Manual starts under way: who asked and why, and which record came of it.

use aura_model::{Actor, RecordId};
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Starts that may be under way at once; the oldest is forgotten beyond that.
const KEPT: usize = 64;

/// One manual start.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    /// Who asked.
    pub(crate) actor: Actor,
    /// Why, in the person's words.
    pub(crate) reason: String,
    record: Option<RecordId>,
}

/// The manual starts under way.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    open: Mutex<(u32, BTreeMap<u32, Ticket>)>,
    changed: Condvar,
}

impl Tickets {
    /// A new ticket's number.
    pub(crate) fn draw(&self, actor: Actor, reason: String) -> u32 {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.0 = open.0.wrapping_add(1);
        let number = open.0;
        open.1.insert(number, Ticket { actor, reason, record: None });
        while open.1.len() > KEPT {
            open.1.pop_first();
        }
        number
    }

    /// Who asked and why.
    pub(crate) fn get(&self, number: u32) -> Option<Ticket> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).1.get(&number).cloned()
    }

    /// Says which record the start opened or extended.
    pub(crate) fn resolve(&self, number: u32, record: RecordId) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ticket) = open.1.get_mut(&number) {
            ticket.record = Some(record);
            self.changed.notify_all();
        }
    }

    /// Waits for the record of a start.
    pub(crate) fn wait(&self, number: u32, longest: Duration) -> Option<RecordId> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let (open, _) = self
            .changed
            .wait_timeout_while(open, longest, |open| {
                open.1.get(&number).is_some_and(|ticket| ticket.record.is_none())
            })
            .unwrap_or_else(PoisonError::into_inner);
        open.1.get(&number).and_then(|ticket| ticket.record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiter_gets_the_record_and_an_unknown_ticket_does_not_wait() {
        let tickets = Tickets::default();
        let number = tickets.draw(Actor::Recorder, "test".into());
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| tickets.wait(number, Duration::from_secs(60)));
            tickets.resolve(number, RecordId(7));
            assert_eq!(waiter.join().unwrap(), Some(RecordId(7)));
        });
        assert_eq!(tickets.wait(number + 1, Duration::from_secs(60)), None);
        for _ in 0..KEPT {
            tickets.draw(Actor::Recorder, String::new());
        }
        assert!(tickets.get(number).is_none());
    }
}
