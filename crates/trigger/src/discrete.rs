//! Discrete elements: changes of discrete channels.

use crate::{Change, Edge, Element, Error, Transition};
use aura_model::Station;

/// All discrete elements and the states that they saw last.
///
/// The states survive a gap: a relay that tripped while rows were missing is seen on the first row
/// after them. Before the first row of all nothing is known, so it changes nothing.
#[derive(Clone, Debug)]
pub(crate) struct Discretes {
    watches: Vec<Watch>,
    /// Words of the last row.
    words: Box<[u64]>,
    /// Bits that some element watches.
    mask: Box<[u64]>,
    known: bool,
    /// Elements that are not idle.
    busy: usize,
}

/// One discrete element.
#[derive(Clone, Copy, Debug)]
struct Watch {
    word: usize,
    bit: u32,
    edge: Edge,
    delay_rows: u64,
    state: State,
    element: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Timing { since: u64 },
    PickedUp,
}

impl Discretes {
    /// No elements yet.
    pub(crate) fn new(channels: usize) -> Self {
        let words = vec![0; channels.div_ceil(64)].into_boxed_slice();
        Self { watches: Vec::new(), mask: words.clone(), words, known: false, busy: 0 }
    }

    /// Adds an element.
    pub(crate) fn add(
        &mut self,
        number: u16,
        element: &Element,
        (channel, edge): (usize, Edge),
        station: &Station,
    ) -> Result<(), Error> {
        let count = station.discrete.len();
        if channel >= count {
            return Err(Error::Input { element: usize::from(number), input: channel, count });
        }
        let word = channel / 64;
        self.mask[word] |= 1 << (channel % 64);
        self.watches.push(Watch {
            word,
            bit: (channel % 64) as u32,
            edge,
            delay_rows: station.rate.rows_in_ms(element.delay_ms),
            state: State::Idle,
            element: number,
        });
        Ok(())
    }

    /// Looks at a row's words; nothing is done for a row in which no watched bit changes.
    #[inline]
    pub(crate) fn step(&mut self, words: &[u64], now: u64, changes: &mut Vec<Change>) {
        if self.watches.is_empty() {
            return;
        }
        let both = words.iter().zip(&self.words);
        let any = both.zip(&self.mask).fold(0, |any, ((new, old), mask)| any | (new ^ old) & mask);
        if any != 0 || self.busy != 0 || !self.known {
            self.look(words, now, changes);
        }
    }

    #[cold]
    fn look(&mut self, words: &[u64], now: u64, changes: &mut Vec<Change>) {
        if std::mem::replace(&mut self.known, true) {
            for watch in &mut self.watches {
                let (old, new) = (self.words[watch.word], words[watch.word]);
                changes.extend(watch.step(old >> watch.bit & 1, new >> watch.bit & 1, now));
            }
            self.busy = self.watches.iter().filter(|watch| watch.state != State::Idle).count();
        }
        self.words.copy_from_slice(words);
    }
}

impl Watch {
    /// Takes the bit before and now.
    fn step(&mut self, old: u64, new: u64, now: u64) -> Option<Change> {
        let wanted = match self.edge {
            Edge::Rise => new == 1,
            Edge::Fall => new == 0,
            Edge::Change => old != new,
        };
        let begins = old != new && wanted;
        // A rise or fall lasts with its state; a mere change is over on the next row.
        let lasts = if self.edge == Edge::Change { begins } else { wanted };
        let (state, transition) = match self.state {
            State::PickedUp if lasts => (State::PickedUp, None),
            State::PickedUp => (State::Idle, Some(Transition::Dropout)),
            _ if begins && self.delay_rows == 0 => (State::PickedUp, Some(Transition::Pickup)),
            _ if begins => (State::Timing { since: now }, None),
            State::Timing { .. } if !wanted && self.edge != Edge::Change => (State::Idle, None),
            State::Timing { since } if now - since >= self.delay_rows => {
                (State::PickedUp, Some(Transition::Pickup))
            }
            state => (state, None),
        };
        self.state = state;
        transition.map(|t| Change { element: self.element, transition: t, value: f64::NAN })
    }
}
