//! The writer: the one thread that owns the journal and the open record.
//!
//! It takes the data plane's notes and everybody's events, in that order, writes them, and tells
//! the faces. It may wait for the disk; the data plane never waits for it.

use crate::bridge::{Note, Shared};
use crate::losses::Losses;
use crate::running::Running;
use crate::tickets::Tickets;
use aura_model::{Clock, CloseReason, Code, Event, HealthState, RecordId, RecordSink, Stamp};
use aura_record::{Filed, Filing, ManualReason, Output, Setting};
use aura_store::{Journal, RecordWriter};
use rtrb::Consumer;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::broadcast;

/// How long the writer rests when there is nothing to do: a row reaches the file so much later at
/// most.
const REST: Duration = Duration::from_millis(5);
/// Longest time between two syncs of the journal.
const SYNC_NS: u64 = 250_000_000;
/// Time between two attempts at a journal whose disk failed.
const RETRY_NS: u64 = 10_000_000_000;
/// Notes taken before the events get their turn.
const NOTES_AT_ONCE: usize = 256;

/// What the writer is told by the control plane.
pub(crate) enum Order {
    /// Something for the journal and the faces.
    Event(Event),
    /// Another pipeline: its notes follow those of the one before.
    Attach(Box<Pipeline>),
    /// Finish the record, sync the journal, and end.
    Stop,
}

/// What the writer needs of one pipeline.
pub(crate) struct Pipeline {
    /// The data plane's notes.
    pub(crate) notes: Consumer<Note>,
    /// Names and numbers.
    pub(crate) running: Arc<Running>,
    /// Turns outputs into records.
    pub(crate) filing: Filing,
}

/// What the writer has found out that others want to know.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Number and hash of the newest durable journal line.
    pub(crate) journal_head: (u64, String),
    /// What the journal's disk said, and how many lines wait.
    pub(crate) journal_outage: Option<(usize, String)>,
    /// What the disk said of the last record that could not be written; cleared by the next good
    /// one.
    pub(crate) record_error: Option<String>,
    /// State of the source as the data plane tells it.
    pub(crate) source: Option<HealthState>,
    /// The source has ended.
    pub(crate) source_ended: bool,
}

/// The writer's own things.
pub(crate) struct Writer {
    pub(crate) sink: RecordWriter,
    pub(crate) journal: Journal,
    pub(crate) orders: Receiver<Order>,
    pub(crate) faces: broadcast::Sender<Arc<Event>>,
    pub(crate) analysis: Sender<RecordId>,
    pub(crate) tickets: Arc<Tickets>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) findings: Arc<Mutex<Findings>>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) losses: Losses,
    pub(crate) pipeline: Option<Pipeline>,
    pub(crate) synced_mono_ns: u64,
}

/// The filing's view of the pipeline in force.
struct View<'a> {
    running: &'a Running,
    tickets: &'a Tickets,
}

impl Setting for View<'_> {
    fn utc_offset_s(&self, at: Stamp) -> i32 {
        self.running.utc_offset_s(at)
    }

    fn manual(&self, ticket: u32) -> Option<ManualReason> {
        let ticket = self.tickets.get(ticket)?;
        Some(ManualReason { actor: ticket.actor, reason: ticket.reason })
    }
}

impl Writer {
    /// Starts the thread; it ends after [`Order::Stop`].
    pub(crate) fn spawn(self) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("aura-writer".into()).spawn(move || self.run())
    }

    fn run(mut self) {
        loop {
            self.shared.writer_beats.fetch_add(1, Ordering::Relaxed);
            let busy = self.take_notes();
            let rest = if busy { Duration::ZERO } else { REST };
            match self.orders.recv_timeout(rest) {
                Ok(Order::Event(event)) => self.journal(event),
                Ok(Order::Attach(pipeline)) => {
                    self.drain();
                    self.pipeline = Some(*pipeline);
                }
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.keep_journal();
        }
        self.drain();
        let rest = self.losses.rest();
        self.tell_losses(rest);
        while let Ok(Order::Event(event)) = self.orders.try_recv() {
            self.journal(event);
        }
        // A journal that cannot be written now has said so before; there is nobody left to tell.
        let _ = self.journal.sync();
        self.publish_head();
    }

    /// Takes what the data plane has said; true when there may be more.
    fn take_notes(&mut self) -> bool {
        for _ in 0..NOTES_AT_ONCE {
            let Some(pipeline) = &mut self.pipeline else { return false };
            match pipeline.notes.pop() {
                Ok(note) => self.take(note),
                Err(_) => return false,
            }
        }
        true
    }

    /// Takes all that the pipeline before a change or the end has left, and closes its record.
    fn drain(&mut self) {
        while self.take_notes() {}
        let now = self.clock.now();
        self.with_filing(|filing, _, sink, tell| {
            filing.end(CloseReason::Shutdown, now, sink, tell);
        });
    }

    fn take(&mut self, note: Note) {
        match note {
            Note::Output(output) => self.file(output),
            Note::SourceLost => self.source(HealthState::Fault, Code::SourceLost),
            Note::SourceBack => self.source(HealthState::Good, Code::SourceBack),
            Note::SourceEnded => {
                let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
                findings.source_ended = true;
                drop(findings);
                self.source(HealthState::Fault, Code::SourceLost);
            }
            Note::RowsLost(rows) => self.losses.add(self.clock.now(), rows),
        }
    }

    fn tell_losses(&mut self, lost: Option<(Stamp, u64)>) {
        let Some((at, rows)) = lost else { return };
        let event = Event::new(at, Code::SamplesLost)
            .arg("source", self.source_name())
            .arg("rows", rows.to_string());
        self.journal(event);
    }

    fn source_name(&self) -> String {
        self.pipeline.as_ref().map_or_else(String::new, |p| p.running.source_name.clone())
    }

    fn source(&mut self, state: HealthState, code: Code) {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner).source = Some(state);
        let event = Event::new(self.clock.now(), code).arg("source", self.source_name());
        self.journal(event);
    }

    fn file(&mut self, output: Output) {
        self.with_filing(|filing, view, sink, tell| filing.take(output, view, sink, tell));
    }

    /// Lets the filing work, then acts on what came of it.
    fn with_filing(
        &mut self,
        work: impl FnOnce(&mut Filing, &View<'_>, &mut dyn RecordSink, &mut dyn FnMut(Filed)),
    ) {
        let Some(pipeline) = &mut self.pipeline else { return };
        let mut filed = Vec::new();
        let view = View { running: &pipeline.running, tickets: &self.tickets };
        let filing = &mut pipeline.filing;
        self.sink.set_journal_head(self.journal.head());
        work(filing, &view, &mut self.sink, &mut |what| filed.push(what));
        for what in filed {
            match what {
                Filed::Event(event) => match lost_rows(&event) {
                    Some(rows) => self.losses.add(event.at, rows),
                    None => self.journal_durably(event),
                },
                Filed::Manual { ticket, record } => self.tickets.resolve(ticket, record),
                Filed::Record(info) => {
                    self.set_record_error(None);
                    // The analyst ends after the writer; a record without a report is a record
                    // still.
                    let _ = self.analysis.send(info.id);
                }
                Filed::Failed(error) => self.set_record_error(Some(error.to_string())),
            }
        }
    }

    fn set_record_error(&self, error: Option<String>) {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner).record_error = error;
    }

    /// Writes an event; that a record was opened or saved is acknowledged by a durable line.
    fn journal_durably(&mut self, event: Event) {
        let weighty = matches!(event.code, Code::RecordOpened | Code::RecordSaved);
        self.journal(event);
        if weighty && self.journal.sync().is_ok() {
            self.publish_head();
        }
    }

    fn journal(&mut self, mut event: Event) {
        if event.at == Stamp::default() {
            event.at = self.clock.now();
        }
        self.journal.append(&event);
        // No face may be listening.
        let _ = self.faces.send(Arc::new(event));
    }

    /// Syncs the journal when it is time, or tries it anew after a failure.
    fn keep_journal(&mut self) {
        let now = self.clock.mono_ns();
        let due = self.losses.due(now);
        self.tell_losses(due);
        let failed = self.journal.outage().is_some();
        let period = if failed { RETRY_NS } else { SYNC_NS };
        if now.saturating_sub(self.synced_mono_ns) < period {
            return;
        }
        self.synced_mono_ns = now;
        // The outage that a failure leaves behind is what the watch reports.
        let _ = if failed { self.journal.retry() } else { self.journal.sync() };
        self.publish_head();
    }

    fn publish_head(&self) {
        let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        findings.journal_head = self.journal.head();
        findings.journal_outage =
            self.journal.outage().map(|(lines, reason)| (lines, reason.to_owned()));
    }
}

/// The rows that an event says are lost.
fn lost_rows(event: &Event) -> Option<u64> {
    let rows = event.args.iter().find(|(name, _)| *name == "rows")?;
    if event.code == Code::SamplesLost { rows.1.parse().ok() } else { None }
}
