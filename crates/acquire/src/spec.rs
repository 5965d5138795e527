//! Which source, in checked form, and what a source says of itself.

use aura_model::{Phase, Quantity, Rate, Side, Stamp};
use std::net::SocketAddr;
use std::path::PathBuf;

/// A source to open.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceSpec {
    /// A COMTRADE record played as if it happened.
    Replay(ReplaySpec),
    /// A computed three-phase system.
    Simulator(SimulatorSpec),
    /// A digitiser board's driver over the documented stream.
    Stream(StreamSpec),
}

/// Replay of a COMTRADE record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplaySpec {
    /// `.cfg` or `.cff` file.
    pub path: PathBuf,
    /// Start anew after the end; the times go on.
    pub repeat: bool,
}

/// A computed system: per bay Ia Ib Ic 3I0 Ua Ub Uc 3U0 and two discretes (relay trip, breaker
/// open).
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatorSpec {
    /// Rate of the grid.
    pub rate: Rate,
    /// System frequency, hertz, 40..=70.
    pub frequency_hz: f64,
    /// Bays (присоединения), 1..=32.
    pub bays: u16,
    /// Phase-to-earth voltage, RMS, kV primary.
    pub voltage_kv: f64,
    /// Load current, RMS, A primary.
    pub load_a: f64,
    /// White noise, RMS, percent of the rated value, 0..=10.
    pub noise_pct: f64,
    /// Third harmonic of the currents, percent of the load, 0..=100.
    pub harmonic3_pct: f64,
    /// Scripted faults, repeated every `period_ms`.
    pub faults: Vec<SimFault>,
    /// Length of the script, milliseconds; 0 = no repetition.
    pub period_ms: u32,
    /// Seed of the noise.
    pub seed: u64,
}

/// A fault of the simulator's script.
#[derive(Clone, Debug, PartialEq)]
pub struct SimFault {
    /// Start within the script, milliseconds.
    pub at_ms: u32,
    /// Length, milliseconds.
    pub for_ms: u32,
    /// Bay, from 0.
    pub bay: u16,
    /// Faulted phases of A, B, C.
    pub phases: [bool; 3],
    /// Earth fault.
    pub earth: bool,
    /// Fault current, RMS, A primary.
    pub current_a: f64,
    /// Remaining voltage of the faulted phases, percent of rated, 0..=100.
    pub voltage_pct: f64,
    /// Time constant of the decaying DC component, milliseconds; 0 = none.
    pub dc_ms: f64,
}

/// The documented digitiser stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSpec {
    /// Where the recorder listens for the driver.
    pub listen: Endpoint,
    /// Rate that the driver must announce.
    pub rate: Rate,
    /// Analog columns that the driver must announce.
    pub analog: u16,
    /// Discrete columns that the driver must announce.
    pub discrete: u16,
}

/// A local address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Unix socket.
    Unix(PathBuf),
    /// TCP.
    Tcp(SocketAddr),
}

/// What a source says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Rate of its grid.
    pub rate: Rate,
    /// System frequency that it states, hertz.
    pub nominal_hz: Option<f64>,
    /// Analog columns.
    pub analog: Vec<SourceAnalog>,
    /// Discrete columns.
    pub discrete: Vec<SourceDiscrete>,
}

/// One analog column; value = `a * raw + b` in `unit`.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceAnalog {
    /// Name that the source gives; empty when none.
    pub name: String,
    /// Phase.
    pub phase: Phase,
    /// Circuit; empty when none.
    pub circuit: String,
    /// Kind.
    pub quantity: Quantity,
    /// Unit; empty when the source does not know it.
    pub unit: String,
    /// Multiplier.
    pub a: f64,
    /// Offset.
    pub b: f64,
    /// Least raw count.
    pub raw_min: i32,
    /// Greatest raw count.
    pub raw_max: i32,
    /// Rated primary.
    pub primary: f64,
    /// Rated secondary.
    pub secondary: f64,
    /// Side of the value.
    pub side: Side,
    /// Skew, microseconds.
    pub skew_us: f64,
}

/// One discrete column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceDiscrete {
    /// Name that the source gives; empty when none.
    pub name: String,
    /// Phase.
    pub phase: Phase,
    /// Circuit.
    pub circuit: String,
    /// Normal state.
    pub normal: bool,
}

/// Which of the source's columns become the station's channels, in the station's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Source column of each analog channel.
    pub analog: Vec<usize>,
    /// Source column of each discrete channel, and whether it is inverted.
    pub discrete: Vec<(usize, bool)>,
}

/// Time of the first sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Start {
    /// As the recording says (replay); 1970 for a simulator.
    AsRecorded,
    /// At this instant.
    At(Stamp),
}
