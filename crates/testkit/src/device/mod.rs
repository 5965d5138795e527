//! A whole recorder for faces to look at: a believable small substation that a test changes as it
//! likes.

mod content;
mod record;

pub use record::FakeRecord;

use crate::station;
use aura_model::{
    Access, Actor, AnalogLive, Cause, Code, DeviceError, Event, FileKind, Health, HealthReport,
    Identity, JournalEntry, JournalFilter, JournalLog, Lang, Live, ManualStart, PickupInfo,
    RecordId, RecordInfo, Records, Refusal, Report, RoleSet, Snapshot, Stamp, Station,
};
use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A recorder in memory. Its station, records, journal and health are those of a working device;
/// change them with the `with_` calls before, and with the `set_` calls while a face serves it.
#[derive(Debug)]
pub struct FakeDevice {
    station: Arc<Station>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    now: Stamp,
    snapshot: Option<Arc<Snapshot>>,
    elements: Vec<String>,
    /// Oldest first.
    records: Vec<FakeRecord>,
    /// Oldest first.
    journal: Vec<JournalEntry>,
    /// Events noted since the start.
    noted: Vec<Event>,
    health: HealthReport,
    /// Whom each certificate (DER) names.
    trusted: Vec<(Vec<u8>, Identity)>,
    /// Whom any other certificate names.
    anybody: Option<Identity>,
}

impl Default for FakeDevice {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeDevice {
    /// A device in good health at 05:20:00 local time with three records: a fault (41), a manual
    /// start (42) and an interrupted one (43); it believes no certificate.
    #[must_use]
    pub fn new() -> Self {
        let station = Arc::new(station::station());
        let state = State {
            now: station::today(5, 20, 0, 0),
            snapshot: Some(Arc::new(content::snapshot(&station))),
            elements: content::element_names(),
            records: record::three(&station),
            journal: content::journal(),
            noted: Vec::new(),
            health: content::health(),
            trusted: Vec::new(),
            anybody: None,
        };
        Self { station, state: Mutex::new(state) }
    }

    /// The same without a record and a line of journal.
    #[must_use]
    pub fn empty() -> Self {
        let device = Self::new();
        let mut state = device.lock();
        state.records.clear();
        state.journal.clear();
        state.snapshot = None;
        drop(state);
        device
    }

    /// The same believing this certificate (DER) to be this identity's.
    #[must_use]
    pub fn with_certificate(self, leaf_der: impl Into<Vec<u8>>, identity: Identity) -> Self {
        self.lock().trusted.push((leaf_der.into(), identity));
        self
    }

    /// The same taking every certificate for one of a person with these roles.
    #[must_use]
    pub fn with_anybody(self, roles: RoleSet) -> Self {
        self.lock().anybody = Some(Self::identity("Иванов И. И.", roles));
        self
    }

    /// The same with one record more, made newest by its number.
    #[must_use]
    pub fn with_record(self, record: FakeRecord) -> Self {
        self.push_record(record);
        self
    }

    /// An identity with these roles, vouched for by the factory anchor.
    #[must_use]
    pub fn identity(common_name: &str, roles: RoleSet) -> Identity {
        Identity {
            common_name: common_name.into(),
            serial: "4F3A91C07B".into(),
            fingerprint: "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8".into(),
            roles,
            anchor: "factory".into(),
            not_after_unix_s: 1_858_377_600,
        }
    }

    /// What it believes from now on of a certificate; `None` withdraws the belief.
    pub fn set_certificate(&self, leaf_der: &[u8], identity: Option<Identity>) {
        let mut state = self.lock();
        state.trusted.retain(|(der, _)| der != leaf_der);
        if let Some(identity) = identity {
            state.trusted.push((leaf_der.to_vec(), identity));
        }
    }

    /// Sets the recorder's clock.
    pub fn set_now(&self, now: Stamp) {
        self.lock().now = now;
    }

    /// Sets the newest values; `None` as before the first block.
    pub fn set_snapshot(&self, snapshot: Option<Snapshot>) {
        self.lock().snapshot = snapshot.map(Arc::new);
    }

    /// Changes the newest values of one analog channel.
    pub fn set_analog(&self, channel: usize, live: AnalogLive) {
        let mut state = self.lock();
        let mut snapshot = state.snapshot.as_deref().cloned().unwrap_or_default();
        if let Some(at) = snapshot.analog.get_mut(channel) {
            *at = live;
        }
        state.snapshot = Some(Arc::new(snapshot));
    }

    /// Changes the health.
    pub fn set_health(&self, change: impl FnOnce(&mut HealthReport)) {
        change(&mut self.lock().health);
    }

    /// Adds a record.
    pub fn push_record(&self, record: FakeRecord) {
        self.lock().records.push(record);
    }

    /// Changes a record; nothing happens when there is none of this number.
    pub fn set_record(&self, id: RecordId, change: impl FnOnce(&mut FakeRecord)) {
        if let Some(record) = self.lock().records.iter_mut().find(|record| record.info.id == id) {
            change(record);
        }
    }

    /// Events that were noted, in order.
    #[must_use]
    pub fn noted(&self) -> Vec<Event> {
        self.lock().noted.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_one<T>(&self, id: RecordId, take: impl FnOnce(&FakeRecord) -> T) -> Option<T> {
        self.lock().records.iter().find(|record| record.info.id == id).map(take)
    }
}

fn no_record(id: RecordId) -> DeviceError {
    DeviceError::NotFound(format!("record {id}"))
}

impl Live for FakeDevice {
    fn now(&self) -> Stamp {
        self.lock().now
    }

    fn utc_offset_s(&self, _at: Stamp) -> i32 {
        station::UTC_OFFSET_S
    }

    fn station(&self) -> Arc<Station> {
        Arc::clone(&self.station)
    }

    fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.lock().snapshot.clone()
    }

    fn element_names(&self) -> Vec<String> {
        self.lock().elements.clone()
    }
}

impl Records for FakeDevice {
    fn records(&self, offset: usize, limit: usize) -> Vec<RecordInfo> {
        let state = self.lock();
        state.records.iter().rev().skip(offset).take(limit).map(|r| r.info.clone()).collect()
    }

    fn record_count(&self) -> usize {
        self.lock().records.len()
    }

    fn record(&self, id: RecordId) -> Option<RecordInfo> {
        self.with_one(id, |record| record.info.clone())
    }

    fn record_file(
        &self,
        id: RecordId,
        kind: FileKind,
    ) -> Result<(String, u64, Box<dyn Read + Send>), DeviceError> {
        let (name, bytes) = self
            .with_one(id, |record| record.file(kind))
            .ok_or_else(|| no_record(id))?
            .ok_or_else(|| {
                DeviceError::NotFound(format!("file {} of record {id}", kind.ending()))
            })?;
        Ok((name, bytes.len() as u64, Box::new(Cursor::new(bytes))))
    }

    fn report(&self, id: RecordId) -> Result<Arc<Report>, DeviceError> {
        let report = self.with_one(id, |record| record.report.clone());
        report
            .ok_or_else(|| no_record(id))?
            .ok_or_else(|| DeviceError::NotFound(format!("report on record {id}")))
    }

    fn report_text(&self, id: RecordId, lang: Lang) -> Result<String, DeviceError> {
        let kind = if lang == Lang::Ru { FileKind::ReportRu } else { FileKind::ReportEn };
        let (_, mut file) = self.record_file(id, kind).map(|(_, n, file)| (n, file))?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(|error| DeviceError::Failed(error.to_string()))?;
        Ok(text)
    }

    /// Opens a record that stays open; refused as long as there are no samples (no snapshot).
    fn start_record(&self, actor: &Actor, reason: &str) -> Result<ManualStart, DeviceError> {
        let at = self.now();
        if self.snapshot().is_none() {
            return Err(DeviceError::Conflict("no samples arrive".into()));
        }
        let id = RecordId(self.lock().records.last().map_or(1, |last| last.info.id.0 + 1));
        let event = Event::new(at, Code::ManualStart).arg("reason", reason).by(actor.clone());
        self.note(event);
        let pickup = PickupInfo {
            cause: Cause::Manual,
            element: String::new(),
            name: reason.to_owned(),
            at,
            value: f64::NAN,
            setting: f64::NAN,
            unit: String::new(),
            inputs: Vec::new(),
        };
        self.push_record(FakeRecord::open(&self.station, id, pickup));
        Ok(ManualStart { at, record: Some(id) })
    }
}

impl JournalLog for FakeDevice {
    fn journal(&self, filter: &JournalFilter) -> Result<Vec<JournalEntry>, DeviceError> {
        let needle = filter.text.to_lowercase();
        let wanted = |entry: &&JournalEntry| {
            filter.before.is_none_or(|before| entry.seq < before)
                && filter.after.is_none_or(|after| entry.seq > after)
                && filter.severity.is_none_or(|least| entry.severity >= least)
                && [&entry.text, &entry.number, &entry.actor]
                    .iter()
                    .any(|field| field.to_lowercase().contains(&needle))
        };
        let state = self.lock();
        Ok(state.journal.iter().rev().filter(wanted).take(filter.limit).cloned().collect())
    }

    fn journal_head(&self) -> (u64, String) {
        let seq = self.lock().journal.last().map_or(0, |entry| entry.seq);
        (seq, content::hex_digest(&seq.to_be_bytes()))
    }

    fn journal_text(&self) -> Result<(u64, Box<dyn Read + Send>), DeviceError> {
        let text: String = self.lock().journal.iter().map(content::journal_line).collect();
        Ok((text.len() as u64, Box::new(Cursor::new(text.into_bytes()))))
    }

    fn note(&self, event: Event) {
        let mut state = self.lock();
        let seq = state.journal.last().map_or(1, |entry| entry.seq + 1);
        state.journal.push(content::entry(seq, &event));
        state.noted.push(event);
    }
}

impl Health for FakeDevice {
    fn health(&self) -> HealthReport {
        self.lock().health.clone()
    }
}

impl Access for FakeDevice {
    fn identify(&self, leaf_der: &[u8], _chain_der: &[&[u8]]) -> Result<Identity, Refusal> {
        let state = self.lock();
        let named = state.trusted.iter().find(|(der, _)| der == leaf_der).map(|(_, who)| who);
        named.or(state.anybody.as_ref()).cloned().ok_or_else(|| Refusal {
            reason: "unknown-issuer",
            detail: format!("certificate of {} bytes", leaf_der.len()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aura_model::{Device, RecordState, Role, Severity};

    #[test]
    fn it_is_a_device_with_whole_records() {
        let device: Arc<dyn Device> = Arc::new(FakeDevice::new());
        assert_eq!(device.record_count(), 3);
        let newest = device.records(0, 10);
        assert_eq!(newest.iter().map(|r| r.id.0).collect::<Vec<_>>(), [43, 42, 41]);
        assert_eq!(newest[0].state, RecordState::Interrupted);
        for info in newest {
            for file in &info.files {
                let (name, size, mut read) = device.record_file(info.id, file.kind).unwrap();
                let mut bytes = Vec::new();
                read.read_to_end(&mut bytes).unwrap();
                assert_eq!((&name, size), (&file.name, file.bytes));
                assert_eq!(bytes.len() as u64, size);
            }
            assert!(device.record_file(info.id, FileKind::Cff).is_ok());
            assert!(device.report_text(info.id, Lang::Ru).unwrap().contains(&info.name));
            assert_eq!(device.report(info.id).unwrap().record, info.name);
        }
        let missing = device.record_file(RecordId(7), FileKind::Cfg).map(|_| ());
        assert_eq!(missing, Err(DeviceError::NotFound("record 7".into())));
    }

    #[test]
    fn a_manual_start_opens_a_record_and_is_in_the_journal() {
        let device = FakeDevice::new();
        let actor = Actor::Local { user: "root".into() };
        let start = device.start_record(&actor, "проверка").unwrap();
        let record = device.record(start.record.unwrap()).unwrap();
        assert_eq!((record.id, record.state), (RecordId(44), RecordState::Open));
        let filter = JournalFilter { limit: 1, ..JournalFilter::default() };
        let newest = &device.journal(&filter).unwrap()[0];
        assert_eq!((newest.number.as_str(), newest.actor.as_str()), ("R103", "local:root"));
        assert_eq!(newest.text, "Ручной пуск: проверка");
        device.set_snapshot(None);
        assert!(matches!(device.start_record(&actor, "x"), Err(DeviceError::Conflict(_))));
    }

    #[test]
    fn the_journal_filters() {
        let device = FakeDevice::new();
        let count = |filter: JournalFilter| device.journal(&filter).unwrap().len();
        let all = count(JournalFilter { limit: 1_000, ..JournalFilter::default() });
        assert!(all >= 12, "{all}");
        let some =
            |text: &str| JournalFilter { limit: 99, text: text.into(), ..JournalFilter::default() };
        assert_eq!(count(some("РУЧНОЙ ПУСК")), 1);
        let grave = JournalFilter {
            limit: 99,
            severity: Some(Severity::Warning),
            ..JournalFilter::default()
        };
        let severe = device.journal(&grave).unwrap();
        assert!(!severe.is_empty() && severe.iter().all(|e| e.severity >= Severity::Warning));
        let page = JournalFilter { limit: 99, before: Some(5), ..JournalFilter::default() };
        assert_eq!(count(page), 4);
    }

    #[test]
    fn belief_is_given_and_withdrawn() {
        let identity = FakeDevice::identity("Петров", RoleSet::of(&[Role::User]));
        let device = FakeDevice::new().with_certificate(*b"der", identity.clone());
        assert_eq!(device.identify(b"der", &[]), Ok(identity));
        assert_eq!(device.identify(b"other", &[]).unwrap_err().reason, "unknown-issuer");
        device.set_certificate(b"der", None);
        assert!(device.identify(b"der", &[]).is_err());
    }
}
