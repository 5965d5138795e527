//! All records of a folder: the index in memory, access to files, retention.
//!
//! The index is a cache: it is made anew from the folders at each start. Order and retention go by
//! the number of a record, never by the clock alone.

use crate::capture;
use crate::format::{self, Closed};
use crate::record::{self, CLOSED, RecordWriter, finish, name, recover};
use crate::storage::{Disk, Storage, replace_file};
use crate::{Error, Format, Retention};
use aura_model::{
    Capture, Clock, Code, Event, FileKind, Quality, RecordId, RecordInfo, RecordState, Stamp,
    Station, Sync,
};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// Holds the number of the next record.
pub(crate) const NEXT_ID: &str = "next-id";

/// Ending of a folder that is being removed.
const GONE: &str = ".gone";

/// How records are written and kept.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Format of new records.
    pub format: Format,
    /// How long they are kept.
    pub retention: Retention,
    /// Room that is always kept for one longest record, bytes: see [`longest_record_bytes`].
    pub longest_bytes: u64,
    /// Program and version, as records name them.
    pub software: String,
}

/// Bytes of a record of so many milliseconds, as it is streamed.
#[must_use]
pub fn longest_record_bytes(station: &Station, format: Format, ms: u32) -> u64 {
    let cell = record::describe::streamed(format.data).cell_bytes();
    let row = 8 + station.analog.len() * cell + station.discrete.len().div_ceil(16) * 2;
    station.rate.rows_in_ms(ms).saturating_mul(row as u64)
}

/// The records of a folder. Clones share one index.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

/// What store and writer share.
pub(crate) struct Shared {
    pub(crate) dir: PathBuf,
    pub(crate) disk: Arc<dyn Storage>,
    pub(crate) clock: Arc<dyn Clock>,
    options: RwLock<Arc<StoreOptions>>,
    index: Mutex<Index>,
}

/// Records by number.
#[derive(Default)]
pub(crate) struct Index {
    pub(crate) records: BTreeMap<RecordId, Entry>,
    /// Number of the next record.
    pub(crate) next: u64,
}

/// A record in the index.
pub(crate) struct Entry {
    info: RecordInfo,
    dir: PathBuf,
}

impl Entry {
    pub(crate) const fn new(info: RecordInfo, dir: PathBuf) -> Self {
        Self { info, dir }
    }
}

impl Shared {
    /// The index; a panic while it was held left it as whole as any other moment does.
    pub(crate) fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How records are written and kept now.
    pub(crate) fn options(&self) -> Arc<StoreOptions> {
        Arc::clone(&self.options.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the next number.
    pub(crate) fn take_id(&self) -> RecordId {
        let mut index = self.index();
        let id = RecordId(index.next);
        index.next += 1;
        id
    }

    /// Says why a record cannot be read until the next start recovers it.
    pub(crate) fn mark_unreadable(&self, id: RecordId, reason: &str) {
        if let Some(entry) = self.index().records.get_mut(&id) {
            entry.info.state = RecordState::Unreadable(reason.to_owned());
        }
    }
}

impl Store {
    /// Opens the records of a folder (made when absent) and makes whole what was cut off. The one
    /// writer comes with it; the events say what was found.
    ///
    /// # Errors
    /// When the folder cannot be read or written. A record that cannot be read is no error: it is
    /// listed so.
    pub fn open(
        dir: &Path,
        options: StoreOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, RecordWriter, Vec<Event>), Error> {
        Self::open_on(Arc::new(Disk), dir, options, clock)
    }

    /// The same on another disk.
    pub(crate) fn open_on(
        disk: Arc<dyn Storage>,
        dir: &Path,
        options: StoreOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, RecordWriter, Vec<Event>), Error> {
        fs::create_dir_all(dir).map_err(Error::io("make folder", dir))?;
        let (mut index, mut events) = (Index::default(), Vec::new());
        let counter = fs::read_to_string(dir.join(NEXT_ID)).unwrap_or_default();
        index.next = counter.trim().parse().unwrap_or(1).max(1);
        for entry in fs::read_dir(dir).map_err(Error::io("list", dir))? {
            let path = entry.map_err(Error::io("list", dir))?.path();
            let Some(folder) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if folder.ends_with(GONE) {
                disk.remove_dir(&path).map_err(Error::io("remove", &path))?;
                continue;
            }
            let Some((id, open)) = name::parse_folder(folder) else { continue };
            index.next = index.next.max(id.0.saturating_add(1));
            let found = if open {
                recover::recover(&*disk, dir, id, &options.software)
            } else {
                read_closed(&path).map(|closed| (closed, path.clone()))
            };
            let (entry, event) = found_entry(id, open, path, found);
            events.extend(event.map(|event| Event { at: clock.now(), ..event }));
            index.records.insert(id, entry);
        }
        let index = Mutex::new(index);
        let options = RwLock::new(Arc::new(options));
        let shared = Arc::new(Shared { dir: dir.to_owned(), disk, clock, options, index });
        Ok((Self { shared: Arc::clone(&shared) }, RecordWriter::new(shared), events))
    }

    /// Another format or retention from the next record on.
    pub fn set_options(&self, format: Format, retention: Retention, longest_bytes: u64) {
        let software = self.shared.options().software.clone();
        let options = StoreOptions { format, retention, longest_bytes, software };
        *self.shared.options.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(options);
    }

    /// Records, newest first, from the offset on.
    #[must_use]
    pub fn list(&self, offset: usize, limit: usize) -> Vec<RecordInfo> {
        let index = self.shared.index();
        let newest_first = index.records.values().rev().skip(offset).take(limit);
        newest_first.map(|entry| entry.info.clone()).collect()
    }

    /// Number of records.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shared.index().records.len()
    }

    /// Bytes of all records.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.shared.index().records.values().map(|entry| entry.info.bytes()).sum()
    }

    /// One record.
    #[must_use]
    pub fn get(&self, id: RecordId) -> Option<RecordInfo> {
        self.shared.index().records.get(&id).map(|entry| entry.info.clone())
    }

    /// Folder of a record.
    ///
    /// # Errors
    /// When there is no such record.
    pub fn dir_of(&self, id: RecordId) -> Result<PathBuf, Error> {
        let index = self.shared.index();
        index.records.get(&id).map(|entry| entry.dir.clone()).ok_or(Error::NoRecord(id))
    }

    /// Opens one of a record's files: name, length, content. A `.cff` is made on the way when it
    /// is not stored.
    ///
    /// # Errors
    /// When record or file is not there or cannot be opened.
    pub fn file(
        &self,
        id: RecordId,
        kind: FileKind,
    ) -> Result<(String, u64, Box<dyn Read + Send>), Error> {
        let (dir, info) = (self.dir_of(id)?, self.get(id).ok_or(Error::NoRecord(id))?);
        if let Some(file) = info.files.iter().find(|file| file.kind == kind) {
            let path = dir.join(&file.name);
            let opened = File::open(&path).map_err(Error::io("open", &path))?;
            let bytes = opened.metadata().map_err(Error::io("look at", &path))?.len();
            return Ok((file.name.clone(), bytes, Box::new(opened.take(bytes))));
        }
        let has = |kind: FileKind| info.files.iter().any(|file| file.kind == kind);
        if kind == FileKind::Cff && has(FileKind::Cfg) && has(FileKind::Dat) {
            return single_file(&dir, &info.name);
        }
        Err(Error::NoFile { id, kind })
    }

    /// A record loaded for analysis.
    ///
    /// # Errors
    /// When there is no such record or it cannot be read.
    pub fn capture(&self, id: RecordId) -> Result<Capture, Error> {
        let (dir, info) = (self.dir_of(id)?, self.get(id).ok_or(Error::NoRecord(id))?);
        capture::own(&dir, &info)
    }

    /// Puts files of the analysis beside a record, and its summary (Russian, English) into the
    /// index.
    ///
    /// # Errors
    /// When there is no such record or the disk refuses; the record itself is not touched by that.
    pub fn attach_report(
        &self,
        id: RecordId,
        files: &[(FileKind, &[u8])],
        summary: [String; 2],
    ) -> Result<(), Error> {
        let dir = self.dir_of(id)?;
        let mut closed = read_closed(&dir)?;
        let disk = &*self.shared.disk;
        for (kind, bytes) in files {
            let side = [FileKind::ReportRu, FileKind::ReportEn, FileKind::ReportJson];
            if !side.contains(kind) {
                return Err(Error::NoFile { id, kind: *kind });
            }
            let path = dir.join(format!("{}.{}", closed.name, kind.ending()));
            replace_file(disk, &path, bytes)?;
        }
        closed.summary = summary;
        replace_file(disk, &dir.join(CLOSED), &format::closed_to_json(&closed))?;
        let info = finish::info(&closed, &dir);
        if let Some(entry) = self.shared.index().records.get_mut(&id) {
            entry.info = info;
        }
        Ok(())
    }

    /// Lets the oldest records give way until quota, reserve and age are kept; the events say
    /// which. The owner calls it after each record and each minute, never while a record opens.
    ///
    /// The newest record and an open one stay. Age counts only while the clock is believed, for
    /// records whose own clock was, and one record a call: a clock that lies cannot empty the
    /// store.
    pub fn make_room(&self, disk_free: Option<u64>) -> Vec<Event> {
        let (mut events, mut freed) = (Vec::new(), 0);
        let mut by_age = true;
        loop {
            let now = self.shared.clock.now();
            let free = disk_free.map(|bytes| bytes.saturating_add(freed));
            let Some((id, bytes, for_age)) = self.oldest_to_go(now, free, by_age) else {
                return events;
            };
            by_age &= !for_age;
            match self.remove(id) {
                Ok(()) => {
                    freed += bytes;
                    let event = Event::new(now, Code::RecordEvicted);
                    events.push(event.arg("record", id.to_string()));
                }
                Err(error) => {
                    let event = Event::new(now, Code::DiskError);
                    events.push(event.arg("error", error.with_causes()));
                    return events;
                }
            }
        }
    }

    /// The oldest record if it must go: number, size, whether for its age.
    fn oldest_to_go(
        &self,
        now: Stamp,
        disk_free: Option<u64>,
        by_age: bool,
    ) -> Option<(RecordId, u64, bool)> {
        let options = self.shared.options();
        let StoreOptions { retention, longest_bytes, .. } = &*options;
        let index = self.shared.index();
        let used: u64 = index.records.values().map(|entry| entry.info.bytes()).sum();
        let (id, oldest) = index.records.iter().next().filter(|_| index.records.len() > 1)?;
        if oldest.info.state == RecordState::Open {
            return None;
        }
        let bytes = oldest.info.bytes();
        if used.saturating_add(*longest_bytes) > retention.max_bytes
            || disk_free.is_some_and(|free| free < *longest_bytes)
        {
            return Some((*id, bytes, false));
        }
        let days = retention.max_days.filter(|_| by_age)?;
        let start = oldest.info.start;
        let believed = now.quality.sync == Sync::Locked && start.quality.sync != Sync::Free;
        let age_s = now.tai.since_ns(start.tai) / 1_000_000_000;
        (believed && age_s > i64::from(days) * 86_400).then_some((*id, bytes, true))
    }

    /// Removes a record so that an interruption leaves no half of it.
    fn remove(&self, id: RecordId) -> Result<(), Error> {
        let Shared { disk, dir: records, .. } = &*self.shared;
        let dir = self.dir_of(id)?;
        let gone = records.join(format!("{:08}{GONE}", id.0));
        disk.rename(&dir, &gone).map_err(Error::io("rename to", &gone))?;
        self.shared.index().records.remove(&id);
        disk.remove_dir(&gone).map_err(Error::io("remove", &gone))?;
        disk.sync_dir(records).map_err(Error::io("sync", records))
    }
}

/// What a closed record's folder says.
fn read_closed(dir: &Path) -> Result<Closed, Error> {
    let path = dir.join(CLOSED);
    let bytes = fs::read(&path).map_err(Error::io("read", &path))?;
    format::closed_from_json(&bytes).map_err(|reason| Error::Unreadable { path, reason })
}

/// The entry of a folder that was found at the start, and what is to be said of it.
fn found_entry(
    id: RecordId,
    open: bool,
    path: PathBuf,
    found: Result<(Closed, PathBuf), Error>,
) -> (Entry, Option<Event>) {
    let event = |code| Event::new(Stamp::default(), code).arg("record", id.to_string());
    match found {
        Ok((mut closed, dir)) => {
            closed.id = id.0;
            let recovered = event(Code::RecordRecovered).arg("rows", closed.rows.to_string());
            (Entry::new(finish::info(&closed, &dir), dir), open.then_some(recovered))
        }
        Err(error) => {
            let reason = error.with_causes();
            let told = event(Code::RecordUnreadable).arg("error", reason.clone());
            (Entry::new(unreadable(id, &path, reason), path), Some(told))
        }
    }
}

/// A record of which only the folder is known.
fn unreadable(id: RecordId, dir: &Path, reason: String) -> RecordInfo {
    let folder = dir.file_name().unwrap_or_default().to_string_lossy();
    let name = folder.split_once('-').map_or(&*folder, |(_, base)| base).to_owned();
    RecordInfo {
        id,
        files: finish::files(dir, &name),
        name,
        state: RecordState::Unreadable(reason),
        start: Stamp::default(),
        trigger: Stamp::default(),
        duration_ns: 0,
        rows: 0,
        channels: (0, 0),
        pickups: Vec::new(),
        reason: None,
        simulated: false,
        quality: Quality::INVALID,
        sha256: String::new(),
        summary: [String::new(), String::new()],
        utc_offset_s: 0,
    }
}

/// A `.cff` of the four files: its head from memory, its data from the disk.
fn single_file(dir: &Path, base: &str) -> Result<(String, u64, Box<dyn Read + Send>), Error> {
    let path = |ending: &str| dir.join(format!("{base}.{ending}"));
    let read = |ending: &str| fs::read(path(ending)).map_err(Error::io("read", &path(ending)));
    let (cfg_bytes, dat) = (read("cfg")?, path("dat"));
    let (cfg, _) = aura_comtrade::Cfg::parse(&cfg_bytes).map_err(Error::comtrade(&path("cfg")))?;
    let (hdr, inf) = (read("hdr")?, read("inf")?);
    let parts = finish::parts(&cfg, &cfg_bytes, &hdr, &inf, &dat)?;
    let head = parts.head();
    let total = head.len() as u64 + parts.dat_bytes;
    let data = File::open(&dat).map_err(Error::io("open", &dat))?.take(parts.dat_bytes);
    Ok((format!("{base}.cff"), total, Box::new(io::Cursor::new(head).chain(data))))
}
