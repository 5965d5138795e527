//! Waveforms in closed form and doubles of every seam, for tests.
//!
//! Nothing here is part of the product: no crate depends on it but in its `dev-dependencies`. The
//! doubles keep what they were given, so that a test can look at it; they deliberately have no
//! clock, no disk and no thread of their own.

#![deny(unsafe_code)]

mod clock;
mod comtrade;
mod device;
mod sink;
mod source;
pub mod station;
pub mod stream;
mod sys;
pub mod wave;

pub use clock::ManualClock;
pub use device::{FakeDevice, FakeRecord};
pub use sink::{KeptRecord, MemorySink};
pub use source::WaveSource;
pub use sys::CountingAllocator;
