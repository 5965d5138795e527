//! A record sink that keeps rows in memory and can be told to fail.

use aura_model::{
    Quality, RecordHead, RecordId, RecordInfo, RecordSink, RecordState, RecordTail, SampleBlock,
    SinkError, Stamp,
};
use core::ops::Range;

/// One record as the sink was given it.
#[derive(Clone, Debug)]
pub struct KeptRecord {
    /// What was told at the opening.
    pub head: RecordHead,
    /// Analog rows without padding.
    pub analog: Vec<Vec<i32>>,
    /// Discrete words of each row.
    pub discrete: Vec<Vec<u64>>,
    /// Validity words of each row.
    pub valid: Vec<Vec<u64>>,
    /// Instant of each row.
    pub times: Vec<Stamp>,
    /// Worst quality of any channel.
    pub quality: Quality,
    /// What was told at the close; `None` while the record is open.
    pub tail: Option<RecordTail>,
}

/// Keeps every record in memory.
#[derive(Debug, Default)]
pub struct MemorySink {
    /// Records in the order of their opening; the last may be open.
    pub records: Vec<KeptRecord>,
    /// When set, every call fails as a full disk does.
    pub full: bool,
}

impl MemorySink {
    fn ready(&self, doing: &'static str) -> Result<(), SinkError> {
        if self.full {
            return Err(SinkError::Io { doing, error: std::io::ErrorKind::StorageFull.into() });
        }
        Ok(())
    }

    fn opened(&mut self) -> Result<&mut KeptRecord, SinkError> {
        let open = self.records.last_mut().filter(|record| record.tail.is_none());
        open.ok_or(SinkError::Order("no record is open"))
    }
}

impl RecordSink for MemorySink {
    fn open(&mut self, head: RecordHead) -> Result<RecordId, SinkError> {
        self.ready("open")?;
        if self.opened().is_ok() {
            return Err(SinkError::Order("a record is open already"));
        }
        self.records.push(KeptRecord {
            head,
            analog: Vec::new(),
            discrete: Vec::new(),
            valid: Vec::new(),
            times: Vec::new(),
            quality: Quality::GOOD,
            tail: None,
        });
        Ok(RecordId(self.records.len() as u64))
    }

    fn append(&mut self, block: &SampleBlock, rows: Range<usize>) -> Result<(), SinkError> {
        self.ready("append")?;
        let record = self.opened()?;
        if rows.end > block.rows() {
            return Err(SinkError::Order("rows beyond the block's end"));
        }
        for row in rows {
            record.analog.push(block.analog_row(row).to_vec());
            record.discrete.push(block.discrete_row(row).to_vec());
            record.valid.push(block.valid_row(row).to_vec());
            record.times.push(Stamp { tai: block.row_tai(row), quality: block.t0.quality });
        }
        for quality in block.quality() {
            record.quality |= *quality;
        }
        Ok(())
    }

    fn close(&mut self, tail: RecordTail) -> Result<RecordInfo, SinkError> {
        self.ready("close")?;
        let record = self.opened()?;
        let (head, rows) = (record.head.clone(), record.analog.len());
        record.tail = Some(tail.clone());
        let quality = record.quality;
        let id = RecordId(self.records.len() as u64);
        let station = &head.station;
        Ok(RecordInfo {
            id,
            name: format!("memory-{id}"),
            state: RecordState::Complete,
            start: head.start,
            trigger: head.pickup.at,
            duration_ns: station.rate.row_ns(rows.saturating_sub(1) as u64),
            rows: rows as u64,
            channels: (station.analog.len(), station.discrete.len()),
            pickups: tail.pickups,
            reason: Some(tail.reason),
            simulated: head.simulated,
            quality,
            files: Vec::new(),
            sha256: String::new(),
            summary: [String::new(), String::new()],
            utc_offset_s: head.utc_offset_s,
        })
    }
}
