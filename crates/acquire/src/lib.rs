//! Samples in: replay, simulator and the digitiser stream.
//!
//! [`open`] learns what a source is, [`Opened::start`] makes it fill blocks. A source deliberately
//! does not pace itself (but for the stream, which waits for its driver), does not resample, and
//! never invents a sample.

mod error;
#[doc(hidden)]
pub mod fuzzing;
mod gather;
mod open;
mod replay;
mod simulator;
mod spec;
pub mod stream;

pub use error::Error;
pub use open::{Opened, open};
pub use spec::{
    Description, Endpoint, Mapping, ReplaySpec, SimFault, SimulatorSpec, SourceAnalog,
    SourceDiscrete, SourceSpec, Start, StreamSpec,
};
