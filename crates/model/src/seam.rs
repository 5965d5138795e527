//! The seams between hardware, pipeline and disk.

use crate::{Layout, RecordHead, RecordId, RecordInfo, RecordTail, SampleBlock, Stamp};
use core::fmt;
use core::ops::Range;

/// The recorder's clock. Only its owner asks the operating system.
pub trait Clock: Send + Sync {
    /// The time of now, with its trust.
    fn now(&self) -> Stamp;

    /// Nanoseconds since some fixed instant of this boot; never steps.
    fn mono_ns(&self) -> u64;
}

/// What a source did with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// It holds at least one row; `t0` is set.
    Rows,
    /// Nothing came within the source's own bounded wait; the block is empty.
    Nothing,
    /// There will never be more (a replay's end).
    End,
}

/// Why a source cannot go on. `Copy` and without text: it is made in the data plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceError {
    /// The peer broke the protocol; the connection is given up and opened again.
    Protocol(&'static str),
    /// The operating system refused; its error number.
    Os(i32),
    /// The recording cannot be read further.
    Recording(&'static str),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(what) => write!(f, "peer broke the protocol: {what}"),
            Self::Os(errno) => write!(f, "operating system error {errno}"),
            Self::Recording(what) => write!(f, "recording cannot be read further: {what}"),
        }
    }
}

impl core::error::Error for SourceError {}

/// Samples in: hardware, network, file or simulator.
///
/// The owner calls `fill` with a cleared block of the source's layout, again and again on one
/// thread. A source sets `t0`, rows, validity and quality; it never invents a sample: what it lost
/// is not valid, and a jump of `t0` says that whole rows are missing. After opening it does not
/// allocate.
pub trait Source: Send {
    /// Shape of the blocks it fills.
    fn layout(&self) -> Layout;

    /// Fills one block, waiting a bounded time.
    ///
    /// # Errors
    /// When the source cannot go on by itself; the owner may call again, and the source then tries
    /// anew.
    fn fill(&mut self, block: &mut SampleBlock) -> Result<Fill, SourceError>;

    /// Rows known to be lost since the source was opened.
    fn lost_rows(&self) -> u64 {
        0
    }

    /// Whether the samples are made, not measured: records and values are marked.
    fn simulated(&self) -> bool;
}

/// Why a record's bytes did not reach the disk.
#[derive(Debug)]
pub enum SinkError {
    /// The disk or file system refused.
    Io {
        /// What was being done.
        doing: &'static str,
        /// The operating system's answer.
        error: std::io::Error,
    },
    /// The calls came out of order: that is a fault of the caller.
    Order(&'static str),
}

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { doing, error } => write!(f, "{doing}: {error}"),
            Self::Order(what) => write!(f, "calls out of order: {what}"),
        }
    }
}

impl core::error::Error for SinkError {}

/// Where an open record's rows go. One record at a time; called on the writer's thread.
pub trait RecordSink {
    /// Opens a record; when it returns, the head is on the disk.
    ///
    /// # Errors
    /// When the disk refuses.
    fn open(&mut self, head: RecordHead) -> Result<RecordId, SinkError>;

    /// Appends rows of a block.
    ///
    /// # Errors
    /// When the disk refuses; what was appended before stays readable.
    fn append(&mut self, block: &SampleBlock, rows: Range<usize>) -> Result<(), SinkError>;

    /// Closes the record; when it returns, the record is whole and visible.
    ///
    /// # Errors
    /// When the disk refuses; the record then stays as recovery will find it.
    fn close(&mut self, tail: RecordTail) -> Result<RecordInfo, SinkError>;
}
