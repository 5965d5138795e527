//! History, window and limits: the pure recording pipeline.

mod plan;

pub use plan::{Limits, Plan};
