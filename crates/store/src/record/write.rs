//! The sink of open records: rows go to the disk as they come and are durable 100 ms later.

use super::finish::{self, Finish, Hashing};
use super::{HEAD, OPEN_CFG, OPEN_DAT, describe, name};
use crate::storage::{replace_file, write_file};
use crate::store::{Entry, NEXT_ID, Shared};
use crate::{Error, Format, format};
use aura_comtrade::{Rows, Times, Writer};
use aura_model::{
    Quality, RecordHead, RecordId, RecordInfo, RecordSink, RecordState, RecordTail, SampleBlock,
    SinkError,
};
use core::ops::Range;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Samples that a power failure may cost, milliseconds.
const SYNC_MS: u32 = 100;

/// The only writer of records; there is one for each open store.
pub struct RecordWriter {
    shared: Arc<Shared>,
    open: Option<Open>,
    journal: Option<(u64, String)>,
}

/// A record being written.
struct Open {
    id: RecordId,
    head: RecordHead,
    format: Format,
    dir: PathBuf,
    dat: Writer<Hashing>,
    quality: Quality,
    rows: u64,
    unsynced: u64,
    sync_rows: u64,
}

impl RecordWriter {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared, open: None, journal: None }
    }

    /// The journal's newest durable line, which the next record to close names in its `.inf`.
    pub fn set_journal_head(&mut self, head: (u64, String)) {
        self.journal = Some(head);
    }

    /// The record that is open.
    #[must_use]
    pub fn open_record(&self) -> Option<RecordId> {
        self.open.as_ref().map(|open| open.id)
    }

    /// Makes the folder with all that recovery needs, and the empty data file.
    fn begin(&self, id: RecordId, head: RecordHead) -> Result<Open, Error> {
        let Shared { disk, dir: records, .. } = &*self.shared;
        let options = self.shared.options();
        let format = options.format;
        let dir = records.join(name::part_name(id));
        disk.create_dir(&dir).map_err(Error::io("make folder", &dir))?;
        write_file(&**disk, &dir.join(HEAD), &format::head_to_json(&head, format))?;
        let (cfg, factors) = describe::describe(&head, format, 0);
        write_file(&**disk, &dir.join(OPEN_CFG), &cfg.write())?;
        let path = dir.join(OPEN_DAT);
        let out = Hashing::create(&**disk, &path)?;
        // Reserved space is no promise that the record needs: without it rows are written as well.
        drop(out.file().reserve(options.longest_bytes));
        disk.sync_dir(&dir).map_err(Error::io("sync", &dir))?;
        disk.sync_dir(records).map_err(Error::io("sync", records))?;
        let dat = Writer::new(out, &cfg, &factors).map_err(Error::comtrade(&path))?;
        let sync_rows = head.station.rate.rows_in_ms(SYNC_MS);
        let quality = Quality::GOOD;
        Ok(Open { id, head, format, dir, dat, quality, rows: 0, unsynced: 0, sync_rows })
    }

    /// Makes the record whole.
    fn end(&self, mut open: Open, tail: RecordTail) -> Result<RecordInfo, Error> {
        // A source may say of single samples that they come from a test set.
        open.head.simulated |= open.quality.contains(Quality::TEST);
        let Shared { disk, dir: records, .. } = &*self.shared;
        let options = self.shared.options();
        let path = open.dir.join(OPEN_DAT);
        let (out, totals) = open.dat.finish().map_err(Error::comtrade(&path))?;
        let dat_sum = out.finish().map_err(Error::io("sync", &path))?;
        // Gives back what was reserved and not used.
        disk.cut(&path, totals.bytes).map_err(Error::io("cut", &path))?;
        let finish = Finish {
            disk: &**disk,
            records,
            id: open.id,
            head: &open.head,
            format: open.format,
            rows: open.rows,
            dat_sum,
            saturated: &totals.saturated,
            pickups: tail.pickups,
            reason: Some(tail.reason),
            state: RecordState::Complete,
            quality: open.quality,
            journal: self.journal.as_ref(),
            software: &options.software,
        };
        let (closed, dir) = finish.run()?;
        let info = finish::info(&closed, &dir);
        let mut index = self.shared.index();
        index.records.insert(open.id, Entry::new(info.clone(), dir));
        let next = format!("{}\n", index.next);
        drop(index);
        replace_file(&**disk, &records.join(NEXT_ID), next.as_bytes())?;
        Ok(info)
    }
}

impl RecordSink for RecordWriter {
    fn open(&mut self, head: RecordHead) -> Result<RecordId, SinkError> {
        if self.open.is_some() {
            return Err(SinkError::Order("a record is open already"));
        }
        let id = self.shared.take_id();
        let open = self.begin(id, head).map_err(|error| {
            // Nothing is in it yet; what cannot be removed either is listed at the next start.
            let dir = self.shared.dir.join(name::part_name(id));
            drop(self.shared.disk.remove_dir(&dir));
            sink_error(error)
        })?;
        let info = open_info(&open);
        self.shared.index().records.insert(id, Entry::new(info, open.dir.clone()));
        self.open = Some(open);
        Ok(id)
    }

    fn append(&mut self, block: &SampleBlock, rows: Range<usize>) -> Result<(), SinkError> {
        let open = self.open.as_mut().ok_or(SinkError::Order("no record is open"))?;
        let layout = *block.layout();
        let station = &open.head.station;
        if (layout.analog, layout.discrete) != (station.analog.len(), station.discrete.len()) {
            return Err(SinkError::Order("the block has other channels than the record"));
        }
        if rows.start > rows.end || rows.end > block.rows() {
            return Err(SinkError::Order("the block has fewer rows"));
        }
        let answer = open.append(block, rows);
        if let Err(error) = answer {
            // A file whose write or sync failed is never continued; what is on the disk is found
            // at the start.
            self.give_up(&error);
            return Err(error);
        }
        Ok(())
    }

    fn close(&mut self, tail: RecordTail) -> Result<RecordInfo, SinkError> {
        let open = self.open.take().ok_or(SinkError::Order("no record is open"))?;
        let id = open.id;
        self.end(open, tail).map_err(|error| {
            self.shared.mark_unreadable(id, &error.with_causes());
            sink_error(error)
        })
    }
}

impl RecordWriter {
    fn give_up(&mut self, error: &SinkError) {
        if let Some(open) = self.open.take() {
            self.shared.mark_unreadable(open.id, &error.to_string());
        }
    }
}

impl Open {
    fn append(&mut self, block: &SampleBlock, rows: Range<usize>) -> Result<(), SinkError> {
        let layout = block.layout();
        let (stride, words, valid) =
            (layout.stride(), layout.discrete_words(), layout.valid_words());
        let wanted = Rows {
            rows: rows.len(),
            analog: &block.analog()[rows.start * stride..],
            analog_stride: stride,
            valid: Some(&block.valid()[rows.start * valid..]),
            valid_stride: valid,
            discrete: &block.discrete()[rows.start * words..],
            discrete_stride: words,
            times: Times::Table,
        };
        self.dat.append(&wanted).map_err(|error| SinkError::Io {
            doing: "append to the record",
            error: io::Error::other(error),
        })?;
        for quality in block.quality() {
            self.quality |= *quality;
        }
        self.rows += rows.len() as u64;
        self.unsynced += rows.len() as u64;
        if self.unsynced >= self.sync_rows {
            let synced = self.dat.output().file().sync_data();
            synced.map_err(|error| SinkError::Io { doing: "sync the record", error })?;
            self.unsynced = 0;
        }
        Ok(())
    }
}

/// What is known of a record while it is open.
fn open_info(open: &Open) -> RecordInfo {
    let (head, station) = (&open.head, &open.head.station);
    RecordInfo {
        id: open.id,
        name: name::base_name(head),
        state: RecordState::Open,
        start: head.start,
        trigger: head.pickup.at,
        duration_ns: 0,
        rows: 0,
        channels: (station.analog.len(), station.discrete.len()),
        pickups: vec![head.pickup.clone()],
        reason: None,
        simulated: head.simulated,
        quality: Quality::GOOD,
        files: Vec::new(),
        sha256: String::new(),
        summary: [String::new(), String::new()],
        utc_offset_s: head.utc_offset_s,
    }
}

/// An error of the store in the words of the seam.
fn sink_error(error: Error) -> SinkError {
    match error {
        Error::Io { doing, source, .. } => SinkError::Io { doing, error: source },
        other => SinkError::Io { doing: "write the record", error: io::Error::other(other) },
    }
}
