//! The recorder as its faces see it: [`aura_model::Device`] over store, journal, pipeline and
//! trust.

use crate::bridge::Shared;
use crate::running::Running;
use crate::tickets::Tickets;
use crate::watch::SUBJECTS;
use crate::writer::{Findings, Order};
use aura_model::{
    Access, Actor, Clock, DeviceError, Event, FileKind, Health, HealthReport, HealthState,
    Identity, JournalEntry, JournalFilter, JournalLog, Lang, Live, ManualStart, RecordId,
    RecordInfo, Records, Refusal, Report, Snapshot, Stamp, Station,
};
use aura_record::Command;
use aura_store::{JournalReader, Store};
use aura_supervise::Board;
use aura_trust::Trust;
use rtrb::Producer;
use std::collections::VecDeque;
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

/// How long a manual start waits for its record's number.
const START_WAIT: Duration = Duration::from_secs(1);
/// Reports kept in memory; others are made again from their records.
const REPORTS_KEPT: usize = 16;

/// What is known of the recorder's own certificate.
#[derive(Clone, Debug)]
pub(crate) struct OwnCertificate {
    /// Common name.
    pub(crate) subject: String,
    /// End of validity, POSIX seconds.
    pub(crate) not_after_unix_s: i64,
    /// Whether it still is the one of a fresh install.
    pub(crate) factory: bool,
}

/// The recorder.
pub(crate) struct Unit {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) data_dir: PathBuf,
    pub(crate) store: Store,
    pub(crate) journal: JournalReader,
    pub(crate) trust: Arc<Trust>,
    pub(crate) certificate: OwnCertificate,
    pub(crate) tickets: Arc<Tickets>,
    pub(crate) findings: Arc<Mutex<Findings>>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) board: Mutex<Board>,
    pub(crate) disk_free: AtomicU64,
    started: Stamp,
    running: RwLock<Arc<Running>>,
    snapshot: RwLock<Option<Arc<Snapshot>>>,
    commands: Mutex<Option<Producer<Command>>>,
    orders: Mutex<Sender<Order>>,
    reports: Mutex<VecDeque<(RecordId, Arc<Report>)>>,
    /// Held while a report is made for a face.
    analysis: Mutex<()>,
}

/// The parts that the assembly has made before there can be a unit.
pub(crate) struct Parts {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) data_dir: PathBuf,
    pub(crate) store: Store,
    pub(crate) journal: JournalReader,
    pub(crate) trust: Arc<Trust>,
    pub(crate) certificate: OwnCertificate,
    pub(crate) running: Arc<Running>,
    pub(crate) orders: Sender<Order>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Unit {
    /// A unit without a pipeline yet.
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            started: parts.clock.now(),
            clock: parts.clock,
            data_dir: parts.data_dir,
            store: parts.store,
            journal: parts.journal,
            trust: parts.trust,
            certificate: parts.certificate,
            tickets: Arc::default(),
            findings: Arc::default(),
            shared: Arc::default(),
            board: Mutex::new(Board::new(SUBJECTS)),
            disk_free: AtomicU64::new(0),
            running: RwLock::new(parts.running),
            snapshot: RwLock::new(None),
            commands: Mutex::new(None),
            orders: Mutex::new(parts.orders),
            reports: Mutex::default(),
            analysis: Mutex::default(),
        }
    }

    /// The configuration in force.
    pub(crate) fn running(&self) -> Arc<Running> {
        Arc::clone(&self.running.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Another pipeline has taken over; the values of the one before are of other channels.
    pub(crate) fn attach(&self, running: Arc<Running>, commands: Producer<Command>) {
        *self.running.write().unwrap_or_else(PoisonError::into_inner) = running;
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = None;
        *lock(&self.commands) = Some(commands);
        let mut findings = lock(&self.findings);
        findings.source = None;
        findings.source_ended = false;
    }

    /// Newer values.
    pub(crate) fn set_snapshot(&self, snapshot: Arc<Snapshot>) {
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Some(snapshot);
    }

    /// Tells the writer.
    pub(crate) fn order(&self, order: Order) {
        // The writer ends only after everybody else; what comes later has no reader any more.
        let _ = lock(&self.orders).send(order);
    }

    fn kept_report(&self, id: RecordId) -> Option<Arc<Report>> {
        let reports = lock(&self.reports);
        reports.iter().find(|(kept, _)| *kept == id).map(|(_, report)| Arc::clone(report))
    }

    /// Keeps a report that was just made.
    pub(crate) fn keep_report(&self, id: RecordId, report: Arc<Report>) {
        let mut reports = lock(&self.reports);
        reports.retain(|(kept, _)| *kept != id);
        reports.push_back((id, report));
        if reports.len() > REPORTS_KEPT {
            reports.pop_front();
        }
    }
}

fn failed(error: &aura_store::Error) -> DeviceError {
    match error {
        aura_store::Error::NoRecord(_) | aura_store::Error::NoFile { .. } => {
            DeviceError::NotFound(error.to_string())
        }
        _ => DeviceError::Failed(error.with_causes()),
    }
}

impl Live for Unit {
    fn now(&self) -> Stamp {
        self.clock.now()
    }

    fn utc_offset_s(&self, at: Stamp) -> i32 {
        self.running().utc_offset_s(at)
    }

    fn station(&self) -> Arc<Station> {
        Arc::clone(&self.running().station)
    }

    fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn element_names(&self) -> Vec<String> {
        self.running().elements.clone()
    }
}

impl Records for Unit {
    fn records(&self, offset: usize, limit: usize) -> Vec<RecordInfo> {
        self.store.list(offset, limit)
    }

    fn record_count(&self) -> usize {
        self.store.count()
    }

    fn record(&self, id: RecordId) -> Option<RecordInfo> {
        self.store.get(id)
    }

    fn record_file(
        &self,
        id: RecordId,
        kind: FileKind,
    ) -> Result<(String, u64, Box<dyn Read + Send>), DeviceError> {
        self.store.file(id, kind).map_err(|error| failed(&error))
    }

    fn report(&self, id: RecordId) -> Result<Arc<Report>, DeviceError> {
        if let Some(report) = self.kept_report(id) {
            return Ok(report);
        }
        // A record is loaded whole: one at a time, however many ask.
        let _turn = lock(&self.analysis);
        if let Some(report) = self.kept_report(id) {
            return Ok(report);
        }
        let capture = self.store.capture(id).map_err(|error| failed(&error))?;
        let mut report = aura_analyse::analyse(&capture);
        report.software = crate::SOFTWARE.to_owned();
        report.reason = self.store.get(id).and_then(|info| info.reason);
        let report = Arc::new(report);
        self.keep_report(id, Arc::clone(&report));
        Ok(report)
    }

    fn report_text(&self, id: RecordId, lang: Lang) -> Result<String, DeviceError> {
        let kind = match lang {
            Lang::Ru => FileKind::ReportRu,
            Lang::En => FileKind::ReportEn,
        };
        let mut text = String::new();
        if let Ok((_, _, mut file)) = self.store.file(id, kind)
            && file.read_to_string(&mut text).is_ok()
        {
            return Ok(text);
        }
        // A report that was not stored or cannot be read is made again from the record.
        Ok(aura_analyse::text(&*self.report(id)?, lang))
    }

    fn start_record(&self, actor: &Actor, reason: &str) -> Result<ManualStart, DeviceError> {
        if lock(&self.board).state_of("source") == HealthState::Fault {
            return Err(DeviceError::Conflict("no samples arrive".to_owned()));
        }
        let ticket = self.tickets.draw(actor.clone(), reason.to_owned());
        let taken = lock(&self.commands)
            .as_mut()
            .is_some_and(|commands| commands.push(Command::ManualStart { ticket }).is_ok());
        if !taken {
            return Err(DeviceError::Conflict("too many starts wait already".to_owned()));
        }
        let at = self.clock.now();
        Ok(ManualStart { at, record: self.tickets.wait(ticket, START_WAIT) })
    }
}

impl JournalLog for Unit {
    fn journal(&self, filter: &JournalFilter) -> Result<Vec<JournalEntry>, DeviceError> {
        self.journal.page(filter).map_err(|error| failed(&error))
    }

    fn journal_head(&self) -> (u64, String) {
        lock(&self.findings).journal_head.clone()
    }

    fn journal_text(&self) -> Result<(u64, Box<dyn Read + Send>), DeviceError> {
        self.journal.text().map_err(|error| failed(&error))
    }

    fn note(&self, event: Event) {
        self.order(Order::Event(event));
    }
}

impl Health for Unit {
    fn health(&self) -> HealthReport {
        let board = lock(&self.board);
        let sound = |subject| board.state_of(subject) < HealthState::Fault;
        HealthReport {
            state: board.state(),
            recording_possible: ["source", "pipeline", "records", "disk"].into_iter().all(sound)
                && self.shared.blocks.load(Ordering::Relaxed) > 0,
            items: board.items().to_vec(),
            version: crate::VERSION.to_owned(),
            started: self.started,
            disk_free: self.disk_free.load(Ordering::Relaxed),
            disk_used: self.store.bytes(),
            blocks: self.shared.blocks.load(Ordering::Relaxed),
            overruns: self.shared.overruns.load(Ordering::Relaxed),
        }
    }
}

impl Access for Unit {
    fn identify(&self, leaf_der: &[u8], chain_der: &[&[u8]]) -> Result<Identity, Refusal> {
        self.trust.identify(leaf_der, chain_der)
    }
}
