//! The one configuration document, `recorder.toml`: its form, its check, and the plan that is
//! built from it.
//!
//! It reads and judges text. It deliberately opens no file and no source, keeps no history of
//! versions and applies nothing: that is for those who own the disk and the pipeline.

mod channels;
mod check;
mod checked;
mod document;
mod elements;
#[doc(hidden)]
pub mod fuzzing;
mod id;
mod path;
mod plan;
mod problem;
mod schema;
mod shape;
mod source;
mod triggers;

pub use checked::{Checked, WebSettings};
pub use document::Document;
pub use problem::{Code, Level, Problem, Text};
pub use schema::schema;
