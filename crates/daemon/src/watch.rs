//! Self-diagnosis, ten times a second: clock, disk, source, journal, records, certificate,
//! overruns.
//!
//! The watch also carries the newest snapshot from the data plane to the faces, and tells the
//! service manager that we live, but only while both the data plane and the writer are seen to
//! move.

use crate::bridge::SnapshotPort;
use crate::notify::Notify;
use crate::unit::Unit;
use crate::writer::Order;
use aura_model::{Code, HealthState, Stamp, Sync};
use aura_supervise::{Hysteresis, StepWatch, disk_space};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The subjects in the order in which pages show them.
pub(crate) const SUBJECTS: &[&str] =
    &["source", "pipeline", "records", "journal", "disk", "clock", "certificate", "simulation"];

/// Time between two looks.
const PERIOD: Duration = Duration::from_millis(100);
/// Looks between two questions to the disk: five seconds.
const DISK_LOOKS: u64 = 50;
/// Below this a disk is short of room, and from that on it is well again, bytes.
const DISK_LOW: (u64, u64) = (512 << 20, 640 << 20);
/// An overrun is shown for so long after the last lost block, nanoseconds.
const OVERRUN_NS: u64 = 60_000_000_000;
/// A certificate that ends sooner is warned about, days.
const EXPIRY_DAYS: i64 = 30;

/// What the watch is told.
pub(crate) enum WatchOrder {
    /// Another pipeline.
    Attach(SnapshotPort),
    /// End.
    Stop,
}

/// The watch's own things.
pub(crate) struct Watch {
    unit: Arc<Unit>,
    notify: Notify,
    orders: Receiver<WatchOrder>,
    snapshots: Option<SnapshotPort>,
    steps: StepWatch,
    disk: Hysteresis,
    /// Overruns seen, and when the last came.
    overruns: (u64, u64),
    looks: u64,
    beats: (u64, u64),
    pinged_mono_ns: u64,
}

impl Watch {
    /// A watch over this unit.
    pub(crate) fn new(unit: Arc<Unit>, notify: Notify, orders: Receiver<WatchOrder>) -> Self {
        Self {
            unit,
            notify,
            orders,
            snapshots: None,
            steps: StepWatch::default(),
            disk: Hysteresis::new(DISK_LOW.0, DISK_LOW.1),
            overruns: (0, 0),
            looks: 0,
            beats: (0, 0),
            pinged_mono_ns: 0,
        }
    }

    /// Starts the thread; it ends after [`WatchOrder::Stop`].
    pub(crate) fn spawn(mut self) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("aura-watch".into()).spawn(move || {
            loop {
                match self.orders.recv_timeout(PERIOD) {
                    Ok(WatchOrder::Attach(port)) => self.snapshots = Some(port),
                    Ok(WatchOrder::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => self.look(),
                }
            }
        })
    }

    fn look(&mut self) {
        let now = self.unit.clock.now();
        if let Some(snapshot) = self.snapshots.as_mut().and_then(SnapshotPort::newest) {
            self.unit.set_snapshot(snapshot);
        }
        self.clock(now);
        self.findings(now);
        self.pipeline(now);
        if self.looks.is_multiple_of(DISK_LOOKS) {
            self.room(now);
            self.certificate(now);
        }
        self.looks += 1;
        self.ping();
    }

    /// Puts a finding on the board; a change goes to the journal.
    fn set(
        &self,
        subject: &'static str,
        state: HealthState,
        code: Code,
        args: Vec<(&'static str, String)>,
        at: Stamp,
    ) {
        let mut board = self.unit.board.lock().unwrap_or_else(PoisonError::into_inner);
        let event = board.set(subject, state, code, args, at);
        drop(board);
        // The writer itself tells of the source and of records, at the moment when it happens.
        if let Some(event) = event.filter(|_| !matches!(subject, "source" | "records")) {
            self.unit.order(Order::Event(event));
        }
    }

    fn clock(&mut self, now: Stamp) {
        let quality = now.quality;
        self.unit.shared.set_time_quality(quality);
        let error = vec![("error_us", (quality.error_ns / 1_000).to_string())];
        match quality.sync {
            Sync::Locked => self.set("clock", HealthState::Good, Code::ClockLocked, error, now),
            Sync::Holdover => self.set("clock", HealthState::Fault, Code::ClockLost, error, now),
            Sync::Free => {
                self.set("clock", HealthState::Warning, Code::ClockFree, Vec::new(), now);
            }
        }
        if let Some(step_ns) = self.steps.look(now.tai, self.unit.clock.mono_ns()) {
            let event = aura_model::Event::new(now, Code::ClockStep)
                .arg("step_ms", (step_ns / 1_000_000).to_string());
            self.unit.order(Order::Event(event));
        }
    }

    fn findings(&self, now: Stamp) {
        let findings = self.unit.findings.lock().unwrap_or_else(PoisonError::into_inner);
        let source = findings.source;
        let record_error = findings.record_error.clone();
        let outage = findings.journal_outage.clone();
        drop(findings);
        let running = self.unit.running();
        let name = || vec![("source", running.source_name.clone())];
        let arrives = self.unit.shared.blocks.load(Ordering::Relaxed) > 0;
        match source {
            Some(HealthState::Fault) => {
                self.set("source", HealthState::Fault, Code::SourceLost, name(), now);
            }
            None if !arrives => {
                self.set("source", HealthState::Warning, Code::SourceAwaited, name(), now);
            }
            _ => self.set("source", HealthState::Good, Code::SourceBack, name(), now),
        }
        match record_error {
            Some(error) => {
                let args = vec![("error", error)];
                self.set("records", HealthState::Fault, Code::DiskError, args, now);
            }
            None => {
                self.set("records", HealthState::Good, Code::RecordsWritten, Vec::new(), now);
            }
        }
        match outage {
            Some((lines, error)) => {
                let args = vec![("count", lines.to_string()), ("error", error)];
                self.set("journal", HealthState::Fault, Code::JournalFailed, args, now);
            }
            None => {
                self.set("journal", HealthState::Good, Code::JournalWritten, Vec::new(), now);
            }
        }
        if running.simulated {
            self.set("simulation", HealthState::Warning, Code::SimulatedSource, name(), now);
        } else {
            self.set("simulation", HealthState::Good, Code::MeasuredSource, name(), now);
        }
    }

    fn pipeline(&mut self, now: Stamp) {
        let overruns = self.unit.shared.overruns.load(Ordering::Relaxed);
        let mono = self.unit.clock.mono_ns();
        if overruns > self.overruns.0 {
            self.overruns = (overruns, mono);
        }
        if overruns > 0 && mono.saturating_sub(self.overruns.1) < OVERRUN_NS {
            let args = vec![("blocks", overruns.to_string())];
            self.set("pipeline", HealthState::Fault, Code::Overrun, args, now);
        } else {
            self.set("pipeline", HealthState::Good, Code::OverrunOver, Vec::new(), now);
        }
    }

    fn room(&mut self, now: Stamp) {
        match disk_space(&self.unit.data_dir) {
            Ok(space) => {
                self.unit.disk_free.store(space.free, Ordering::Relaxed);
                let args = vec![("free_mib", (space.free >> 20).to_string())];
                if self.disk.step(space.free) {
                    self.set("disk", HealthState::Fault, Code::DiskLow, args, now);
                } else {
                    self.set("disk", HealthState::Good, Code::DiskGood, args, now);
                }
            }
            Err(error) => {
                let args = vec![("error", error.to_string())];
                self.set("disk", HealthState::Fault, Code::DiskError, args, now);
            }
        }
    }

    fn certificate(&self, now: Stamp) {
        let own = &self.unit.certificate;
        let until =
            aura_model::Tai::from_unix_ns(own.not_after_unix_s.saturating_mul(1_000_000_000));
        let date = until.civil(0).to_string();
        let date = date.split_once('T').map_or("", |(date, _)| date).to_owned();
        let args = vec![("subject", own.subject.clone()), ("date", date)];
        let days = until.since_ns(now.tai) / 86_400_000_000_000;
        if own.factory {
            self.set("certificate", HealthState::Warning, Code::FactoryCertificate, args, now);
        } else if days < EXPIRY_DAYS {
            self.set("certificate", HealthState::Warning, Code::CertificateExpires, args, now);
        } else {
            self.set("certificate", HealthState::Good, Code::CertificateGood, args, now);
        }
    }

    /// Tells the service manager that we live, when both planes have moved since the last time.
    fn ping(&mut self) {
        let Some(period) = self.notify.watchdog_period() else { return };
        let mono = self.unit.clock.mono_ns();
        if u128::from(mono.saturating_sub(self.pinged_mono_ns)) < period.as_nanos() / 2 {
            return;
        }
        let shared = &self.unit.shared;
        let beats = (
            shared.plane_beats.load(Ordering::Relaxed),
            shared.writer_beats.load(Ordering::Relaxed),
        );
        if beats.0 != self.beats.0 && beats.1 != self.beats.1 {
            self.beats = beats;
            self.pinged_mono_ns = mono;
            self.notify.send("WATCHDOG=1");
        }
    }
}
