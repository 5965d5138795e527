//! Samples in: replay, simulator and the digitiser stream.

mod spec;

pub use spec::{
    Description, Endpoint, Mapping, ReplaySpec, SimFault, SimulatorSpec, SourceAnalog,
    SourceDiscrete, SourceSpec, Start, StreamSpec,
};
