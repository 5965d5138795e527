//! The data plane: one thread that takes blocks from the source, steps the pipeline, and hands
//! over.
//!
//! After its first block it does not allocate, lock, log, await or touch a disk; what it has to say
//! goes through the bridge. A panic here aborts the process: a recorder that goes on with a broken
//! pipeline would be blind without saying so, and the service manager starts it anew.

use crate::bridge::{Note, PlaneEnd};
use aura_model::{Clock, Fill, SampleBlock, Source, Tai};
use aura_record::{Output, Outputs, Recorder};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

/// Silence of the source, after which it counts as lost.
const SILENCE_NS: u64 = 1_000_000_000;
/// Time between two snapshots for the faces.
const SNAPSHOT_NS: i64 = 100_000_000;
/// A jump of a paced source's time that is not waited for, nanoseconds.
const JUMP_NS: i64 = 100_000_000;
/// Wait before a failed source is asked again, or before a block is hoped for when all are in use.
const RETRY: Duration = Duration::from_millis(5);
/// SCHED_FIFO priority, below the kernel's own threads of that class (50).
const PRIORITY: i32 = 40;

/// Everything that the data plane owns.
pub(crate) struct Plane {
    source: Box<dyn Source>,
    recorder: Recorder,
    outputs: Outputs,
    end: PlaneEnd,
    clock: Arc<dyn Clock>,
    pace: Option<Pace>,
    /// A leased block that the source has not filled yet.
    held: Option<Arc<SampleBlock>>,
    last_rows_mono_ns: u64,
    source_lost: bool,
    lost_rows: u64,
    snapshot_due: Tai,
}

/// Makes a computed or recorded source pass no faster than the time it tells of.
#[derive(Default)]
pub(crate) struct Pace {
    /// An instant of the source and the monotonic one that it was met at, nanoseconds.
    base: Option<(Tai, u64)>,
    /// Where the next block should begin.
    next: Tai,
}

impl Pace {
    /// Waits until the block's end has come; a gap in the source's times starts the reckoning anew.
    fn wait(&mut self, block: &SampleBlock, clock: &dyn Clock) {
        let now = clock.mono_ns();
        let due = self.due(block.t0.tai, block.row_tai(block.rows()), now);
        if due > now {
            sleep(Duration::from_nanos(due - now));
        }
    }

    /// Monotonic instant at which a block of these ends is to be met, nanoseconds.
    fn due(&mut self, t0: Tai, end: Tai, now: u64) -> u64 {
        let whole = t0.since_ns(self.next).abs() < JUMP_NS;
        let base = self.base.filter(|_| whole).unwrap_or((t0, now));
        (self.base, self.next) = (Some(base), end);
        base.1.saturating_add_signed(end.since_ns(base.0))
    }
}

impl Plane {
    /// Ready to run; `pace` for sources that are not bound to real time themselves.
    pub(crate) fn new(
        source: Box<dyn Source>,
        recorder: Recorder,
        end: PlaneEnd,
        clock: Arc<dyn Clock>,
        paced: bool,
    ) -> Self {
        let now = clock.mono_ns();
        Self {
            outputs: recorder.outputs(),
            source,
            recorder,
            end,
            clock,
            pace: paced.then(Pace::default),
            held: None,
            last_rows_mono_ns: now,
            source_lost: false,
            lost_rows: 0,
            snapshot_due: Tai(i64::MIN),
        }
    }

    /// Starts the thread. It ends when `stop` is set, with its window closed.
    pub(crate) fn spawn(self) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("aura-plane".into()).spawn(move || {
            // Refused to an ordinary user: the jitter is then that of any other thread.
            let _ = crate::sys::schedule_fifo(PRIORITY);
            let run = std::panic::AssertUnwindSafe(move || self.run());
            if std::panic::catch_unwind(run).is_err() {
                std::process::abort();
            }
        })
    }

    fn run(mut self) {
        while !self.end.shared.stop.load(Ordering::Relaxed) {
            while let Some(command) = self.end.command() {
                // A recorder that is busy with commands has a start under way already.
                let _ = self.recorder.command(command);
            }
            self.end.shared.plane_beats.fetch_add(1, Ordering::Relaxed);
            if !self.turn() {
                self.end.tell(Note::SourceEnded);
                break;
            }
        }
        self.recorder.finish(&mut self.outputs);
        self.forward();
    }

    /// Takes one block through; false when the source has ended.
    fn turn(&mut self) -> bool {
        let Some(mut block) = self.held.take().or_else(|| self.recorder.lease()) else {
            self.end.shared.overruns.fetch_add(1, Ordering::Relaxed);
            sleep(RETRY);
            return true;
        };
        let filling = Arc::get_mut(&mut block).expect("a leased block has one owner");
        match self.source.fill(filling) {
            Ok(Fill::Rows) => {
                filling.t0.quality = self.end.shared.time_quality();
                self.step(block);
            }
            Ok(Fill::Nothing) => {
                self.held = Some(block);
                self.silence();
            }
            Ok(Fill::End) => return false,
            Err(_) => {
                self.held = Some(block);
                self.silence();
                sleep(RETRY);
            }
        }
        true
    }

    fn step(&mut self, block: Arc<SampleBlock>) {
        if let Some(pace) = &mut self.pace {
            pace.wait(&block, &*self.clock);
        }
        self.last_rows_mono_ns = self.clock.mono_ns();
        if std::mem::take(&mut self.source_lost) {
            self.end.tell(Note::SourceBack);
        }
        let t0 = block.t0.tai;
        self.recorder.step(block, &mut self.outputs);
        let lost = self.source.lost_rows();
        let untold = untold(lost.saturating_sub(self.lost_rows), &self.outputs);
        self.lost_rows = lost;
        if untold > 0 {
            self.end.tell(Note::RowsLost(untold));
        }
        self.forward();
        self.end.shared.blocks.fetch_add(1, Ordering::Relaxed);
        if t0 >= self.snapshot_due {
            self.snapshot_due = t0.plus_ns(SNAPSHOT_NS);
            let recorder = &self.recorder;
            let simulated = self.source.simulated();
            self.end.publish(|snapshot| {
                recorder.snapshot_into(snapshot);
                snapshot.simulated = simulated;
            });
        }
    }

    fn silence(&mut self) {
        let silent = self.clock.mono_ns().saturating_sub(self.last_rows_mono_ns);
        if silent > SILENCE_NS && !self.source_lost {
            self.source_lost = true;
            self.recorder.source_lost(&mut self.outputs);
            self.forward();
            self.end.tell(Note::SourceLost);
        }
    }

    fn forward(&mut self) {
        for output in self.outputs.drain() {
            self.end.tell(Note::Output(output));
        }
    }
}

/// What of the rows that the source counted as lost the pipeline's gaps do not tell of.
fn untold(lost: u64, outputs: &Outputs) -> u64 {
    let told = outputs.as_slice().iter().map(|output| match output {
        Output::Gap { lost_rows, .. } => *lost_rows,
        _ => 0,
    });
    lost.saturating_sub(told.sum())
}

#[expect(clippy::disallowed_methods, reason = "the data plane is where live sources are paced")]
fn sleep(time: Duration) {
    std::thread::sleep(time);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paced_source_keeps_its_time_and_a_jump_begins_anew() {
        const MS: i64 = 1_000_000;
        let mut pace = Pace::default();
        let mut check = |t0_ms: i64, now_ms: u64, expect_ms: u64| {
            let (t0, end) = (Tai(t0_ms * MS), Tai((t0_ms + 5) * MS));
            assert_eq!(pace.due(t0, end, now_ms * 1_000_000), expect_ms * 1_000_000, "{t0_ms}");
        };
        check(70_000, 1_000, 1_005);
        // Late by 2 ms: the next is due when it would have been.
        check(70_005, 1_007, 1_010);
        check(70_010, 1_010, 1_015);
        // An hour forward and back is not waited for.
        check(3_670_015, 1_016, 1_021);
        check(70_020, 1_021, 1_026);
        check(70_025, 1_026, 1_031);
    }
}
