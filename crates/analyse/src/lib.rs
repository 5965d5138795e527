//! What happened: the analysis of one record and its report.
//!
//! [`analyse`] makes facts of samples; [`text`], [`summary`] and [`json`] show the facts, and
//! [`Papers`] are all of these. It states what the samples show, which phases left their state
//! before the event and when, and deliberately names no kind of fault and no place of it. What
//! cannot be computed is NaN, and is shown as a dash.

#![forbid(unsafe_code)]

mod disturbance;
mod examine;
mod json;
mod papers;
mod phrases;
mod text;
mod window;

pub use examine::analyse;
pub use json::json;
pub use papers::Papers;
pub use text::{summary, text};
