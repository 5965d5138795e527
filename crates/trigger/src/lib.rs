//! Starting elements and their logic.

mod element;

pub use element::{Direction, Edge, Element, Input, Kind, Measure};
