//! Lines of the journal that somebody outside can cause at will: one at once, those alike within a
//! minute counted and told with the next. Otherwise a stranger could push the past out of the
//! journal.

use aura_model::Event;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Of alike events one line in such a time.
const PERIOD: Duration = Duration::from_secs(60);
/// Kinds in mind at most; those beyond share one line.
const KINDS_MAX: usize = 16;

/// What is alike: who (an address, a certificate) and what.
pub(crate) type Kind = (String, String);

/// Counts alike events.
#[derive(Default)]
pub(crate) struct Repeats(Mutex<HashMap<Kind, Told>>);

struct Told {
    /// When the next line may be written.
    next: Instant,
    /// The newest event since the last line, and how many there were.
    unsaid: Option<(Event, u64)>,
}

impl Repeats {
    /// The event to be written now, if any. The number of alike events is put behind its last
    /// argument.
    pub(crate) fn take(&self, kind: Kind, event: Event) -> Option<Event> {
        let now = Instant::now();
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kinds.contains_key(&kind) || kinds.len() < KINDS_MAX;
        let kind = if known { kind } else { Kind::default() };
        let told = kinds.entry(kind).or_insert(Told { next: now, unsaid: None });
        let before = told.unsaid.take().map_or(0, |(_, count)| count);
        let event = (event, before + 1);
        if now < told.next {
            told.unsaid = Some(event);
            return None;
        }
        told.next = now + PERIOD;
        Some(with_count(event))
    }

    /// Events that were held back and whose time has come, or all at the `end`; what has nothing
    /// more to say is forgotten.
    pub(crate) fn due(&self, end: bool) -> Vec<Event> {
        let now = Instant::now();
        let mut due = Vec::new();
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.retain(|_, told| {
            if now < told.next && !end {
                return true;
            }
            told.next = now + PERIOD;
            told.unsaid.take().map(|unsaid| due.push(unsaid)).is_some()
        });
        drop(kinds);
        due.into_iter().map(with_count).collect()
    }
}

/// The event, with ` ×n` when it stands for several.
fn with_count((mut event, count): (Event, u64)) -> Event {
    if let Some((_, value)) = event.args.last_mut().filter(|_| count > 1) {
        value.push_str(&format!(" ×{count}"));
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use aura_model::{Code, Stamp};

    fn kind(who: &str) -> Kind {
        (who.to_owned(), "expired".to_owned())
    }

    fn event(from: &str) -> Event {
        let event = Event::new(Stamp::default(), Code::LoginRefused).arg("from", from);
        event.arg("reason", "expired")
    }

    fn reason(event: &Event) -> (&str, &str) {
        (&event.args[0].1, &event.args[1].1)
    }

    #[tokio::test(start_paused = true)]
    async fn alike_events_of_a_minute_are_one_line_and_a_count() {
        let repeats = Repeats::default();
        let first = repeats.take(kind("a"), event("a:1")).unwrap();
        assert_eq!(reason(&first), ("a:1", "expired"));
        for port in 2..=5 {
            assert_eq!(repeats.take(kind("a"), event(&format!("a:{port}"))), None);
        }
        assert!(repeats.take(kind("b"), event("b:1")).is_some(), "another address");
        assert_eq!(repeats.due(false), []);
        tokio::time::advance(PERIOD).await;
        let due = repeats.due(false);
        assert_eq!(due.len(), 1);
        assert_eq!(reason(&due[0]), ("a:5", "expired ×4"));
        assert_eq!(repeats.take(kind("a"), event("a:6")), None, "the count was a line, too");
        tokio::time::advance(PERIOD).await;
        let next = repeats.take(kind("a"), event("a:7")).unwrap();
        assert_eq!(reason(&next), ("a:7", "expired ×2"));
        tokio::time::advance(PERIOD).await;
        assert_eq!(repeats.due(false), []);
        assert!(repeats.0.lock().unwrap().is_empty(), "nothing is kept for nothing");
    }

    #[tokio::test(start_paused = true)]
    async fn many_kinds_share_one_line() {
        let repeats = Repeats::default();
        let lines =
            |n: usize| (0..n).filter_map(|i| repeats.take(kind(&i.to_string()), event("x")));
        assert_eq!(lines(10_000).count(), KINDS_MAX + 1);
        let end = repeats.due(true);
        assert_eq!(end.len(), 1);
        assert_eq!(reason(&end[0]).1, format!("expired ×{}", 10_000 - KINDS_MAX - 1));
    }
}
