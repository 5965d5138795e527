//! The recorder: one step from a block of rows to what has to be done.

use crate::history::History;
use crate::window::{Lengths, Taken, Window};
use crate::{Effect, Output, Outputs, Pickup, Plan, PlanError, Start};
use aura_model::{
    AnalogLive, CloseReason, GroupLive, Layout, SampleBlock, Snapshot, Stamp, Station, Tai,
};
use aura_signal::{Analyser, Sequence};
use aura_trigger::{Bank, Change, Transition};
use std::sync::Arc;

/// Commands that wait for the next block.
const COMMANDS_MAX: usize = 16;

/// Pickups and drop-outs of one block that are told one by one.
const TALK_MAX: usize = 16_384;

/// What may be asked of a running recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Start or extend a record with the next row.
    ManualStart {
        /// Number by which the asker knows the answer, [`Start::Manual`].
        ticket: u32,
    },
}

/// Too many commands wait already; the next block makes room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{COMMANDS_MAX} commands wait already")]
pub struct Busy;

/// The recording pipeline.
#[derive(Debug)]
pub struct Recorder {
    station: Arc<Station>,
    layout: Layout,
    signal: Analyser,
    bank: Bank,
    window: Window,
    history: History,
    commands: Vec<Command>,
    /// Rows taken.
    rows: u64,
    /// First row after the last gap.
    whole_since: u64,
    /// Number of the next block that is leased.
    seq: u64,
    overruns: u64,
    newest: Option<Newest>,
}

/// What is kept of the newest block.
#[derive(Clone, Copy, Debug)]
struct Newest {
    seq: u64,
    /// Its last row.
    at: Stamp,
    /// Where the next block should begin.
    next: Tai,
}

impl Recorder {
    /// A recorder for a plan; all memory is taken and touched here.
    ///
    /// # Errors
    /// When a length is out of range, or the station or an element cannot be worked with.
    pub fn new(plan: Plan) -> Result<Self, PlanError> {
        plan.check()?;
        let Plan { station, block_rows, elements, limits } = plan;
        let signal = Analyser::new(&station, Bank::past_rows(&elements, &station))?;
        let bank = Bank::new(&elements, &station, &signal)?;
        let lengths = Lengths::new(limits, station.rate);
        let layout = Layout {
            rate: station.rate,
            analog: station.analog.len(),
            discrete: station.discrete.len(),
            rows: block_rows,
        };
        Ok(Self {
            history: History::new(layout, lengths.pre.max(1)),
            window: Window::new(lengths, elements.len()),
            station,
            layout,
            signal,
            bank,
            commands: Vec::with_capacity(COMMANDS_MAX),
            rows: 0,
            whole_since: 0,
            seq: 0,
            overruns: 0,
            newest: None,
        })
    }

    /// Shape of the blocks.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Room for the outputs of any one step.
    #[must_use]
    pub fn outputs(&self) -> Outputs {
        let rows = usize::from(self.layout.rows);
        // An element changes at most once a row; commands come with the first; a gap may drop all
        // out.
        let talk = (self.bank.picked_up().len() * (rows + 1)).min(TALK_MAX) + COMMANDS_MAX + 1;
        // The history once; then each further window takes at least a row and repeats at most
        // `post` rows.
        let windows = self.history.blocks() + 5 * rows + 4;
        Outputs::with_room(talk, windows)
    }

    /// A cleared block with the next number, for a source to fill and for [`Recorder::step`] to
    /// take, or for [`Recorder::put_back`]. `None` when every block is held by a slice: that is
    /// counted as an overrun.
    #[must_use]
    pub fn lease(&mut self) -> Option<Arc<SampleBlock>> {
        let Some(block) = self.history.take(self.seq) else {
            self.overruns += 1;
            return None;
        };
        self.seq += 1;
        Some(block)
    }

    /// Takes a leased block back unused.
    pub fn put_back(&mut self, block: Arc<SampleBlock>) {
        self.history.put_back(block);
    }

    /// Takes a filled block: all its rows go through analysis, elements and window, one after the
    /// other.
    ///
    /// # Panics
    /// If the block was not leased here (its shape differs), or the outputs of the step before were
    /// not taken.
    pub fn step(&mut self, block: Arc<SampleBlock>, outputs: &mut Outputs) {
        assert!(*block.layout() == self.layout, "the block was not leased here");
        outputs.begin();
        if block.rows() == 0 {
            self.history.put_back(block);
            return;
        }
        self.meet(&block, outputs);
        let first = self.rows;
        let last = block.rows() - 1;
        self.newest =
            Some(Newest { seq: block.seq, at: stamp(&block, last), next: block.row_tai(last + 1) });
        self.history.push(Arc::clone(&block), first);
        for row in 0..block.rows() {
            self.step_row(&block, row, outputs);
        }
        self.send(self.rows, outputs);
        outputs.end();
    }

    /// Asks for something; it is taken with the first row of the next block.
    ///
    /// # Errors
    /// When too many commands wait already.
    pub fn command(&mut self, command: Command) -> Result<(), Busy> {
        if self.commands.len() == COMMANDS_MAX {
            return Err(Busy);
        }
        self.commands.push(command);
        Ok(())
    }

    /// No samples come any more: an open record ends with the rows that it has.
    pub fn source_lost(&mut self, outputs: &mut Outputs) {
        outputs.begin();
        self.close(self.rows, CloseReason::SourceLost, outputs);
    }

    /// The recorder stops: an open record ends with the rows that it has.
    pub fn finish(&mut self, outputs: &mut Outputs) {
        outputs.begin();
        self.close(self.rows, CloseReason::Shutdown, outputs);
    }

    /// What is measured now.
    #[must_use]
    pub fn measurands(&self) -> &Analyser {
        &self.signal
    }

    /// Whether each element is picked up, in the order of the plan.
    #[must_use]
    pub fn picked_up(&self) -> &[bool] {
        self.bank.picked_up()
    }

    /// Times that no block could be leased.
    #[must_use]
    pub fn overruns(&self) -> u64 {
        self.overruns
    }

    /// Rows taken since the start.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// A snapshot with room for everything, and the values of now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot {
            analog: vec![AnalogLive::default(); self.layout.analog],
            discrete: vec![0; self.layout.discrete_words()],
            groups: vec![GroupLive::default(); self.station.groups.len()],
            picked_up: Vec::with_capacity(self.bank.picked_up().len()),
            ..Snapshot::default()
        };
        self.snapshot_into(&mut snapshot);
        snapshot
    }

    /// Copies the values at the end of the newest block; allocates nothing in a target that
    /// [`Recorder::snapshot`] made. `simulated` is not touched. Before the first block nothing is
    /// valid.
    pub fn snapshot_into(&self, target: &mut Snapshot) {
        target.analog.resize(self.layout.analog, AnalogLive::default());
        target.groups.resize(self.station.groups.len(), GroupLive::default());
        target.discrete.resize(self.layout.discrete_words(), 0);
        target.picked_up.clear();
        let picked_up = (0..).zip(self.bank.picked_up()).filter(|(_, on)| **on);
        target.picked_up.extend(picked_up.map(|(element, _)| element));
        let (Some(newest), Some(block)) = (self.newest, self.history.newest()) else { return };
        target.at = newest.at;
        target.seq = newest.seq;
        let at = newest.at.tai;
        let whole = self.signal.window_rows() as u64;
        for (c, live) in target.analog.iter_mut().enumerate() {
            *live = AnalogLive {
                instant: self.signal.instant(c),
                rms: self.signal.rms_squared(c).sqrt(),
                phasor: self.signal.phasor(c, at),
                quality: block.quality()[c],
                computed_valid: self.signal.clean_rows(c) >= whole,
            };
        }
        for (g, live) in target.groups.iter_mut().enumerate() {
            *live = GroupLive {
                positive: self.signal.sequence(g, Sequence::Positive, at),
                negative: self.signal.sequence(g, Sequence::Negative, at),
                zero: self.signal.sequence(g, Sequence::Zero, at),
                frequency_hz: self.signal.frequency_hz(g),
            };
        }
        target.discrete.copy_from_slice(block.discrete_row(block.rows() - 1));
    }

    /// Looks whether the block follows the one before; if not, the past is of no use any more.
    fn meet(&mut self, block: &SampleBlock, outputs: &mut Outputs) {
        let Some(newest) = self.newest else { return };
        let jump_ns = block.t0.tai.since_ns(newest.next);
        let row_ns = self.layout.rate.row_ns(1);
        if jump_ns.abs() <= row_ns / 2 {
            return;
        }
        self.close(self.rows, CloseReason::SourceLost, outputs);
        let lost_rows = u64::try_from(jump_ns).map_or(0, |ns| rows_in_ns(self.layout, ns));
        outputs.give(Output::Gap { at: block.t0, jump_ns, lost_rows });
        self.signal.reset();
        self.whole_since = self.rows;
        for change in self.bank.reset() {
            self.window.drop_out(change.element);
            outputs.say(Output::Dropout { element: change.element, at: block.t0 });
        }
    }

    #[inline]
    fn step_row(&mut self, block: &Arc<SampleBlock>, row: usize, outputs: &mut Outputs) {
        self.signal.step(block, row);
        if !self.commands.is_empty() {
            self.obey(block, row, outputs);
        }
        for &Change { element, transition, value } in self.bank.step(&self.signal, block, row) {
            match transition {
                Transition::Pickup => {
                    let oldest = oldest(&self.history, self.whole_since);
                    let taken = self.window.pick_up(element, self.rows, oldest);
                    let start = Start::Element(element);
                    tell(taken, start, stamp(block, row), value, &self.history, outputs);
                }
                Transition::Dropout => {
                    self.window.drop_out(element);
                    outputs.say(Output::Dropout { element, at: stamp(block, row) });
                }
            }
        }
        let closes = self.window.pass(self.rows);
        self.rows += 1;
        if let Some(reason) = closes {
            self.close(self.rows, reason, outputs);
        }
    }

    /// Takes the commands that wait with this row.
    #[cold]
    fn obey(&mut self, block: &SampleBlock, row: usize, outputs: &mut Outputs) {
        let oldest = oldest(&self.history, self.whole_since);
        for Command::ManualStart { ticket } in self.commands.drain(..) {
            let taken = self.window.ask(self.rows, oldest);
            let start = Start::Manual { ticket };
            tell(taken, start, stamp(block, row), f64::NAN, &self.history, outputs);
        }
    }

    /// Gives out the open window's rows up to `end`.
    fn send(&mut self, end: u64, outputs: &mut Outputs) {
        let Some(rows) = self.window.send(end) else { return };
        for held in self.history.since(rows.start) {
            let offset = |row: u64| {
                let row = row.saturating_sub(held.first).min(held.block.rows() as u64);
                u16::try_from(row).expect("a block has at most 65535 rows")
            };
            let (from, to) = (offset(rows.start), offset(rows.end));
            outputs.give(Output::Slice { block: Arc::clone(&held.block), rows: from..to });
        }
    }

    fn close(&mut self, end: u64, reason: CloseReason, outputs: &mut Outputs) {
        self.send(end, outputs);
        if self.window.close(end) {
            outputs.give(Output::WindowClosed { reason });
        }
    }
}

/// Says what a pickup did.
fn tell(
    taken: Taken,
    start: Start,
    at: Stamp,
    value: f64,
    history: &History,
    outputs: &mut Outputs,
) {
    let effect = match taken {
        Taken::Opened { .. } => Effect::Starts,
        Taken::Extended => Effect::Extends,
        Taken::Blocked => Effect::Blocked,
    };
    let pickup = Pickup { start, at, value, effect };
    outputs.say(Output::Pickup(pickup));
    if let Taken::Opened { start } = taken {
        let start = history.stamp(start).unwrap_or(at);
        outputs.give(Output::WindowOpened { pickup, start });
    }
}

/// First row that a record may begin with.
fn oldest(history: &History, whole_since: u64) -> u64 {
    history.oldest().unwrap_or(0).max(whole_since)
}

/// Instant of a row with its trust.
fn stamp(block: &SampleBlock, row: usize) -> Stamp {
    Stamp { tai: block.row_tai(row), quality: block.t0.quality }
}

/// Rows that fill a time, to the nearest.
fn rows_in_ns(layout: Layout, ns: u64) -> u64 {
    let rows = (u128::from(ns) * u128::from(layout.rate.millihertz()) + 500_000_000_000)
        / 1_000_000_000_000;
    u64::try_from(rows).unwrap_or(u64::MAX)
}
