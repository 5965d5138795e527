//! May the unit be believed: its clock, its disk, and the board where findings stand.
//!
//! It deliberately has no thread, repeats nothing by itself and raises no signal: the daemon asks
//! the probes, puts the answers on the [`Board`], and carries the events that come of it away.

mod board;
mod clock;
mod disk;
mod sys;

pub use board::{Board, Hysteresis};
pub use clock::{StepWatch, SystemClock, boot_id};
pub use disk::{DiskSpace, disk_space};
