//! What passes between the data plane and the control plane: three wait-free rings, each with one
//! end on either side. Nothing here blocks, allocates or locks on the data plane's side; a full
//! ring is counted.

use aura_model::Snapshot;
use aura_record::{Command, Output};
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Something that the data plane tells.
#[derive(Debug)]
pub(crate) enum Note {
    /// Of the pipeline: pickups, windows, slices of samples.
    Output(Output),
    /// The source has given nothing for too long.
    SourceLost,
    /// The source gives samples again.
    SourceBack,
    /// Rows that the source knows to be lost, since the last such note.
    RowsLost(u64),
    /// The source has ended and will give no more.
    SourceEnded,
}

/// Notes that may wait: a minute of an open record in blocks of 2 ms, and room for pickups.
const NOTES: usize = 1 << 15;
/// Commands that may wait; a person presses a button.
const COMMANDS: usize = 16;
/// Snapshots that go round.
const SNAPSHOTS: usize = 4;

/// Counters that both planes see.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Blocks taken in.
    pub(crate) blocks: AtomicU64,
    /// Blocks or notes lost for want of room.
    pub(crate) overruns: AtomicU64,
    /// Turns of the data plane, with samples or without: it lives.
    pub(crate) plane_beats: AtomicU64,
    /// Turns of the writer: it lives.
    pub(crate) writer_beats: AtomicU64,
    /// The data plane should close its window and return.
    pub(crate) stop: AtomicBool,
    /// Error bound of the clock in its upper half, state of synchronisation in its lowest bits.
    clock_quality: AtomicU64,
}

impl Shared {
    /// Tells the data plane how far the clock may be trusted.
    pub(crate) fn set_time_quality(&self, quality: aura_model::TimeQuality) {
        let sync = match quality.sync {
            aura_model::Sync::Locked => 2,
            aura_model::Sync::Holdover => 1,
            aura_model::Sync::Free => 0,
        };
        self.clock_quality.store(u64::from(quality.error_ns) << 32 | sync, Ordering::Relaxed);
    }

    /// How far the clock may be trusted, as last told.
    pub(crate) fn time_quality(&self) -> aura_model::TimeQuality {
        let packed = self.clock_quality.load(Ordering::Relaxed);
        let sync = match packed & 0b11 {
            2 => aura_model::Sync::Locked,
            1 => aura_model::Sync::Holdover,
            _ => aura_model::Sync::Free,
        };
        let error_ns = u32::try_from(packed >> 32).expect("the upper half of 64 bits is 32 bits");
        aura_model::TimeQuality { sync, error_ns }
    }
}

/// The data plane's ends.
pub(crate) struct PlaneEnd {
    notes: Producer<Note>,
    commands: Consumer<Command>,
    empty_snapshots: Consumer<Box<Snapshot>>,
    full_snapshots: Producer<Box<Snapshot>>,
    /// Counters.
    pub(crate) shared: Arc<Shared>,
}

/// The control plane's ends, each for another owner.
pub(crate) struct ControlEnd {
    /// For the writer.
    pub(crate) notes: Consumer<Note>,
    /// For whoever may command the pipeline.
    pub(crate) commands: Producer<Command>,
    /// For the watch.
    pub(crate) snapshots: SnapshotPort,
}

/// Takes snapshots out and sends their boxes back.
pub(crate) struct SnapshotPort {
    full: Consumer<Box<Snapshot>>,
    empty: Producer<Box<Snapshot>>,
}

/// Makes both ends; `blank` has the shape that every snapshot of this pipeline has.
pub(crate) fn bridge(blank: &Snapshot, shared: Arc<Shared>) -> (PlaneEnd, ControlEnd) {
    let (notes_in, notes_out) = RingBuffer::new(NOTES);
    let (commands_in, commands_out) = RingBuffer::new(COMMANDS);
    let (full_in, full_out) = RingBuffer::new(SNAPSHOTS);
    let (mut empty_in, empty_out) = RingBuffer::new(SNAPSHOTS);
    for _ in 0..SNAPSHOTS {
        empty_in.push(Box::new(blank.clone())).expect("the ring has room for all of them");
    }
    let plane = PlaneEnd {
        notes: notes_in,
        commands: commands_out,
        empty_snapshots: empty_out,
        full_snapshots: full_in,
        shared,
    };
    let snapshots = SnapshotPort { full: full_out, empty: empty_in };
    (plane, ControlEnd { notes: notes_out, commands: commands_in, snapshots })
}

impl PlaneEnd {
    /// Tells the writer; a note for which there is no room is counted as an overrun.
    pub(crate) fn tell(&mut self, note: Note) {
        if self.notes.push(note).is_err() {
            self.shared.overruns.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The next command, if one waits.
    pub(crate) fn command(&mut self) -> Option<Command> {
        self.commands.pop().ok()
    }

    /// Publishes values of now when a box is free; a slow reader only makes the picture older.
    pub(crate) fn publish(&mut self, fill: impl FnOnce(&mut Snapshot)) {
        if let Ok(mut snapshot) = self.empty_snapshots.pop() {
            fill(&mut snapshot);
            self.full_snapshots.push(snapshot).expect("as many places as boxes");
        }
    }
}

impl SnapshotPort {
    /// The newest snapshot since the last call.
    pub(crate) fn newest(&mut self) -> Option<Arc<Snapshot>> {
        let mut newest: Option<Arc<Snapshot>> = None;
        while let Ok(snapshot) = self.full.pop() {
            newest = Some(Arc::new(Snapshot::clone(&snapshot)));
            self.empty.push(snapshot).expect("as many places as boxes");
        }
        newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aura_model::{Sync, TimeQuality};

    #[test]
    fn snapshots_go_round_and_a_slow_reader_blocks_nobody() {
        let (mut plane, mut control) = bridge(&Snapshot::default(), Arc::default());
        for seq in 0..10 {
            plane.publish(|snapshot| snapshot.seq = seq);
        }
        assert_eq!(control.snapshots.newest().unwrap().seq, 3);
        assert!(control.snapshots.newest().is_none());
        plane.publish(|snapshot| snapshot.seq = 11);
        assert_eq!(control.snapshots.newest().unwrap().seq, 11);
    }

    #[test]
    fn a_full_ring_is_counted() {
        let shared = Arc::new(Shared::default());
        let (mut plane, _control) = bridge(&Snapshot::default(), Arc::clone(&shared));
        for _ in 0..NOTES + 3 {
            plane.tell(Note::SourceBack);
        }
        assert_eq!(shared.overruns.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn time_quality_survives_the_packing() {
        let shared = Shared::default();
        assert_eq!(shared.time_quality(), TimeQuality { sync: Sync::Free, error_ns: 0 });
        let quality = TimeQuality { sync: Sync::Locked, error_ns: u32::MAX };
        shared.set_time_quality(quality);
        assert_eq!(shared.time_quality(), quality);
    }
}
