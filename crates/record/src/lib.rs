//! History, window and limits: the pure recording pipeline, the same live, in replay and in tests.
//!
//! It deliberately knows no file, no thread, no clock and no journal: blocks go in, [`Output`]s
//! come out, and the same samples give the same outputs bit for bit, however they are cut into
//! blocks. After [`Recorder::new`] nothing is allocated.
//!
//! **Where a block is.** [`Recorder::lease`] hands out a block that nobody else holds; a source
//! fills it; [`Recorder::step`] takes it back and keeps it in the history; an open record's rows
//! leave as [`Output::Slice`]s, which hold the block by its `Arc`. A block is used again once the
//! history does not need it and no slice holds it.
//!
//! **When a record begins and ends**, by the lengths of [`Limits`]:
//! - It begins with a pickup, `pre_ms` before the pickup's row, or where the history begins (start,
//!   gap). Of the record before it, it repeats at most `post_ms`: so a chattering element cannot
//!   multiply what is written.
//! - It ends `post_ms` after the last row on which an element that holds it was picked up (with
//!   `post_ms` 0: on the row that shows the drop-out). A further pickup extends it.
//! - It ends with [`CloseReason::MaxLength`](aura_model::CloseReason) at `max_ms`. Elements that
//!   are still picked up then are spent: they hold no further record until they have dropped out.
//!   Any pickup after the last row opens the next record at once, and with its pre-fault rows no
//!   row between is lost.
//! - It ends with [`CloseReason::SourceLost`](aura_model::CloseReason) before a gap.
//! - For `reblock_ms` after a pickup that started or extended a record, further pickups of the same
//!   element do neither; a manual start is never blocked.

mod filing;
mod history;
mod output;
mod plan;
mod recorder;
mod window;

pub use filing::{Filed, Filing, ManualReason, Setting};
pub use output::{Effect, Output, Outputs, Pickup, Start};
pub use plan::{Limits, Plan, PlanError};
pub use recorder::{Busy, Command, Recorder};
