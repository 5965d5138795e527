//! The assembly: what is opened in which order, how another configuration is applied, and how all
//! ends.

use crate::args::Args;
use crate::bridge::bridge;
use crate::early::Early;
use crate::losses::Losses;
use crate::notify::Notify;
use crate::plane::Plane;
use crate::running::Running;
use crate::unit::{OwnCertificate, Parts, Unit};
use crate::watch::{Watch, WatchOrder};
use crate::writer::{Order, Pipeline, Writer};
use crate::{analyst, faces};
use aura_acquire::{SourceSpec, Start};
use aura_model::{Clock, Code, Event, JournalFilter, RecordId, Stamp, Sync};
use aura_record::{Filing, Recorder};
use aura_settings::{Checked, Document, Problem};
use aura_store::{Journal, JournalReader, RecordWriter, Store, StoreOptions, longest_record_bytes};
use aura_supervise::{SystemClock, boot_id};
use aura_trust::{Credentials, Policy, Trust, TrustList, Verdict};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::broadcast;

/// Events that a slow face may lag behind before it loses some.
const EVENTS_KEPT: usize = 1_024;

/// Newest journal lines among which a believed time is looked for at the start.
const FLOOR_LINES: usize = 1_000;

/// Why the service cannot start or a configuration cannot be applied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The configuration has errors.
    #[error("the configuration has errors:\n{}", list(.0))]
    Settings(Vec<Problem>),
    /// The source cannot be opened.
    #[error("the source cannot be opened: {0}")]
    Source(#[from] aura_acquire::Error),
    /// The pipeline cannot be built.
    #[error("the pipeline cannot be built: {0}")]
    Pipeline(#[from] aura_record::PlanError),
    /// Records or journal cannot be opened.
    #[error("records or journal cannot be opened: {}", .0.with_causes())]
    Store(#[from] aura_store::Error),
    /// Certificates cannot be used.
    #[error("the recorder's certificate or trust list cannot be used: {0}")]
    Trust(#[from] aura_trust::Error),
    /// The operating system refused a thread or a runtime.
    #[error("the operating system refuses: {0}")]
    Os(#[from] std::io::Error),
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(|p| p.line_in(aura_model::Lang::En)).collect();
    lines.join("\n")
}

/// Reads and checks the configuration.
pub(crate) fn configuration(path: &Path) -> Result<Checked, Error> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|source| Error::Read { path: name.clone(), source })?;
    Document::parse(&text, &name).map_err(Error::Settings)
}

/// A pipeline that is ready to run.
struct Built {
    running: Arc<Running>,
    source: Box<dyn aura_model::Source>,
    recorder: Recorder,
    filing: Filing,
    paced: bool,
    longest_bytes: u64,
}

/// Opens the source and builds the pipeline that a configuration asks for.
fn build(checked: Checked, now: Stamp) -> Result<Built, Error> {
    let opened = aura_acquire::open(checked.source())?;
    let (plan, mapping) = checked.plan(opened.description()).map_err(Error::Settings)?;
    let source = opened.start(&mapping, plan.block_rows, Start::At(now))?;
    let source_name = source_name(checked.source());
    let longest_bytes = longest_record_bytes(&plan.station, checked.format(), plan.limits.max_ms);
    let filing = Filing::new(&plan, checked.hash(), source.simulated(), &source_name);
    let running = Running {
        station: Arc::clone(&plan.station),
        elements: plan.elements.iter().map(|element| element.name.clone()).collect(),
        simulated: source.simulated(),
        source_name,
        checked,
    };
    let paced = !matches!(running.checked.source(), SourceSpec::Stream(_));
    let recorder = Recorder::new(plan)?;
    Ok(Built { running: Arc::new(running), source, recorder, filing, paced, longest_bytes })
}

fn source_name(spec: &SourceSpec) -> String {
    match spec {
        SourceSpec::Replay(replay) => {
            let file = replay.path.file_name().unwrap_or_default();
            format!("replay {}", file.to_string_lossy())
        }
        SourceSpec::Simulator(_) => "simulator".to_owned(),
        SourceSpec::Stream(_) => "stream".to_owned(),
    }
}

/// The service, running.
pub(crate) struct Service {
    args: Args,
    unit: Arc<Unit>,
    plane: Option<JoinHandle<()>>,
    writer: JoinHandle<()>,
    watch: JoinHandle<()>,
    analyst: JoinHandle<()>,
    watch_orders: Sender<WatchOrder>,
    faces: faces::Faces,
    notify: Arc<Notify>,
}

impl Service {
    /// Opens everything and starts all threads.
    pub(crate) fn start(args: Args) -> Result<Self, Error> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let built = build(configuration(&args.config)?, clock.now())?;
        let lang = built.running.checked.language();
        let (mut journal, mut found) =
            Journal::open(&args.data_dir.join("journal"), Arc::clone(&clock), &boot_id(), lang)?;
        let options = StoreOptions {
            format: built.running.checked.format(),
            retention: built.running.checked.retention(),
            longest_bytes: built.longest_bytes,
            software: crate::SOFTWARE.to_owned(),
        };
        let (store, sink, events) =
            Store::open(&args.data_dir.join("records"), options, Arc::clone(&clock))?;
        found.extend(events);

        let (orders, orders_out) = channel();
        let (trust, certificate, tls) = trust(&args.access_dir, &clock, &orders, &mut found)?;
        trust.raise_floor(floor_unix_s(&journal.reader()));
        found.insert(0, started(&clock, &built.running));
        found.iter().for_each(|event| {
            journal.append(event);
        });
        let unit = Arc::new(Unit::new(Parts {
            clock,
            data_dir: args.data_dir.clone(),
            store,
            journal: journal.reader(),
            trust,
            certificate,
            running: Arc::clone(&built.running),
            orders,
        }));
        lock_memory(&unit);
        let (events, _) = broadcast::channel(EVENTS_KEPT);
        let (analysis, closed) = channel();
        let writer = writer(&unit, sink, journal, orders_out, events.clone(), analysis).spawn()?;
        let analyst = analyst::spawn(Arc::clone(&unit), closed)?;
        let notify = Arc::new(Notify::from_env());
        let (watch_orders, watch_orders_out) = channel();
        let watch = Watch::new(Arc::clone(&unit), Notify::from_env(), watch_orders_out).spawn()?;
        let faces = faces::Faces::start(&args, &unit, tls, &events)?;
        let mut service =
            Self { args, unit, plane: None, writer, watch, analyst, watch_orders, faces, notify };
        service.attach(built)?;
        service.notify.send("READY=1");
        Ok(service)
    }

    /// Gives the planes a new pipeline.
    fn attach(&mut self, built: Built) -> Result<(), Error> {
        let shared = &self.unit.shared;
        shared.stop.store(false, Ordering::Relaxed);
        let (plane_end, control) = bridge(&built.recorder.snapshot(), Arc::clone(shared));
        self.unit.attach(Arc::clone(&built.running), control.commands);
        let pipeline =
            Pipeline { notes: control.notes, running: built.running, filing: built.filing };
        self.unit.order(Order::Attach(Box::new(pipeline)));
        // The watch lives as long as the service does.
        let _ = self.watch_orders.send(WatchOrder::Attach(control.snapshots));
        let clock = Arc::clone(&self.unit.clock);
        let plane = Plane::new(built.source, built.recorder, plane_end, clock, built.paced);
        self.plane = Some(plane.spawn()?);
        Ok(())
    }

    /// Applies the configuration file anew; the one in force stays when it is not good.
    pub(crate) fn reload(&mut self) {
        let now = self.unit.clock.now();
        let applied = configuration(&self.args.config).and_then(|checked| {
            // A source may own a socket that the next one wants, so the old one ends first; the
            // document was checked before, and what can still fail leads back to the old document.
            let before = self.unit.running().checked.clone();
            self.halt();
            let hash = checked.hash().to_owned();
            let built = build(checked, now);
            let back = built.is_err();
            let built = match built {
                Ok(built) => built,
                Err(error) => {
                    self.unit.order(Order::Event(rejected(now, &error)));
                    build(before, now)?
                }
            };
            self.unit.store.set_options(
                built.running.checked.format(),
                built.running.checked.retention(),
                built.longest_bytes,
            );
            self.attach(built)?;
            Ok((!back).then_some(hash))
        });
        let event = match applied {
            Ok(Some(hash)) => Event::new(now, Code::ConfigApplied).arg("config", hash),
            Ok(None) => return,
            Err(error) => rejected(now, &error),
        };
        self.unit.order(Order::Event(event));
    }

    /// Stops the data plane; its window is closed.
    fn halt(&mut self) {
        self.unit.shared.stop.store(true, Ordering::Relaxed);
        if let Some(plane) = self.plane.take() {
            // A panic in the data plane has ended the process before.
            let _ = plane.join();
        }
    }

    /// Ends everything in order: samples, record, reports, pages, journal.
    pub(crate) fn stop(mut self, reason: &str) {
        self.notify.send("STOPPING=1");
        self.halt();
        self.faces.stop();
        let event = Event::new(self.unit.clock.now(), Code::Stopped).arg("reason", reason);
        self.unit.order(Order::Event(event));
        let _ = self.watch_orders.send(WatchOrder::Stop);
        self.unit.order(Order::Stop);
        for thread in [self.writer, self.watch, self.analyst] {
            let _ = thread.join();
        }
    }
}

fn rejected(now: Stamp, error: &Error) -> Event {
    Event::new(now, Code::ConfigRejected).arg("error", error.to_string())
}

fn started(clock: &Arc<dyn Clock>, running: &Running) -> Event {
    Event::new(clock.now(), Code::Started)
        .arg("version", crate::VERSION)
        .arg("config", running.checked.hash())
}

fn writer(
    unit: &Arc<Unit>,
    sink: RecordWriter,
    journal: Journal,
    orders: Receiver<Order>,
    faces: broadcast::Sender<Arc<Event>>,
    analysis: Sender<RecordId>,
) -> Writer {
    Writer {
        sink,
        journal,
        orders,
        faces,
        analysis,
        tickets: Arc::clone(&unit.tickets),
        clock: Arc::clone(&unit.clock),
        findings: Arc::clone(&unit.findings),
        shared: Arc::clone(&unit.shared),
        losses: Losses::default(),
        pipeline: None,
        synced_mono_ns: 0,
    }
}

/// Loads whom the recorder believes and what it shows of itself.
fn trust(
    folder: &Path,
    clock: &Arc<dyn Clock>,
    orders: &Sender<Order>,
    found: &mut Vec<Event>,
) -> Result<(Arc<Trust>, OwnCertificate, Arc<rustls::ServerConfig>), Error> {
    let (list, findings) = TrustList::load(folder)?;
    found.extend(findings.into_iter().map(|finding| {
        Event::new(clock.now(), Code::TrustListFinding)
            .arg("file", finding.path.display().to_string())
            .arg("error", finding.text)
    }));
    let own = Credentials::load(folder)?;
    let (subject, not_after_unix_s) = own.subject()?;
    let certificate = OwnCertificate { subject, not_after_unix_s, factory: own.is_factory() };
    let policy = Policy { list, ..Policy::default() };
    // Refusals are told by the pages, which know the address.
    let early = Mutex::new((Early::default(), orders.clone()));
    let at = Arc::clone(clock);
    let trust = Arc::new(Trust::new(policy, Arc::clone(clock), move |judged| {
        let Ok(Verdict { identity, .. }) = judged else { return };
        let mut early = early.lock().unwrap_or_else(PoisonError::into_inner);
        if early.0.is_news(&identity.fingerprint, at.mono_ns()) {
            let event =
                Event::new(at.now(), Code::LoggedInEarly).arg("name", &*identity.common_name);
            let _ = early.1.send(Order::Event(event));
        }
    }));
    let tls = Arc::new(aura_trust::server_config(own, &trust)?);
    Ok((trust, certificate, tls))
}

/// The time of the newest journal line that was written by a believed clock, POSIX seconds: it has
/// certainly been reached.
fn floor_unix_s(journal: &JournalReader) -> i64 {
    let newest = JournalFilter { limit: FLOOR_LINES, ..JournalFilter::default() };
    let entries = journal.page(&newest).unwrap_or_default();
    let believed = entries.iter().find(|entry| entry.at.quality.sync == Sync::Locked);
    believed.map_or(0, |entry| entry.at.tai.unix_ns().div_euclid(1_000_000_000))
}

/// Locks memory where that has no limit; says nothing where an ordinary user may not.
fn lock_memory(unit: &Unit) {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        if crate::sys::lockable_bytes().is_none() && crate::sys::lock_memory().is_err() {
            tracing::debug!(dir = %unit.data_dir.display(), "Memory is not locked.");
        }
    });
}
