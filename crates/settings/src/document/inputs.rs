//! `[inputs]`: sources, bays and channels as they are written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sources, bays and channels.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Inputs {
    /// Where samples come from; exactly one for now.
    #[schemars(length(min = 1, max = 16))]
    pub(crate) source: Vec<Source>,
    /// Bays (присоединения).
    #[serde(default)]
    #[schemars(length(max = 256))]
    pub(crate) bay: Vec<Bay>,
    /// Analog channels; with `channels = "all"` at the source they amend its columns.
    #[serde(default)]
    #[schemars(length(max = 1024))]
    pub(crate) analog: Vec<Analog>,
    /// Discrete channels; with `channels = "all"` at the source they amend its columns.
    #[serde(default)]
    #[schemars(length(max = 4096))]
    pub(crate) discrete: Vec<Discrete>,
}

/// Which of a source's columns are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Channels {
    /// Those that `inputs.analog` and `inputs.discrete` name.
    #[default]
    Listed,
    /// Every column, named as the source names it.
    All,
}

/// Where samples come from.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Source {
    /// A COMTRADE record played as if it happened.
    Replay {
        /// Identifier: `id:3` is its third analog column, `id:d17` its 17th discrete one.
        id: String,
        /// Which columns are recorded.
        #[serde(default)]
        channels: Channels,
        /// `.cfg` or `.cff` file, absolute or from the folder of this document.
        #[schemars(length(min = 1, max = 4096))]
        path: String,
        /// Start anew after the end.
        #[serde(default)]
        repeat: bool,
    },
    /// A computed three-phase system; per bay Ia Ib Ic 3I0 Ua Ub Uc 3U0 and two discretes.
    Simulator {
        /// Identifier: `id:3` is its third analog column, `id:d17` its 17th discrete one.
        id: String,
        /// Which columns are recorded.
        #[serde(default)]
        channels: Channels,
        /// Sampling rate, hertz.
        #[schemars(range(min = 200.0, max = 200_000.0))]
        rate_hz: f64,
        /// Frequency of the system, hertz; when absent, the rated one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 40.0, max = 70.0))]
        frequency_hz: Option<f64>,
        /// Bays.
        #[schemars(range(min = 1, max = 32))]
        bays: u16,
        /// Phase-to-earth voltage, RMS, kV primary.
        #[schemars(range(min = 0.1, max = 1500.0))]
        voltage_kv: f64,
        /// Load current, RMS, A primary.
        #[schemars(range(min = 0.0, max = 100_000.0))]
        load_a: f64,
        /// White noise, RMS, percent of the rated value.
        #[serde(default)]
        #[schemars(range(min = 0.0, max = 10.0))]
        noise_pct: f64,
        /// Third harmonic of the currents, percent of the load.
        #[serde(default)]
        #[schemars(range(min = 0.0, max = 100.0))]
        harmonic3_pct: f64,
        /// Length of the script of faults, milliseconds, after which it repeats; 0 = no repetition.
        #[serde(default)]
        #[schemars(range(min = 0, max = 86_400_000))]
        period_ms: u32,
        /// Seed of the noise.
        #[serde(default)]
        #[schemars(range(min = 0, max = 9_007_199_254_740_991_u64))]
        seed: u64,
        /// Scripted faults.
        #[serde(default)]
        #[schemars(length(max = 256))]
        fault: Vec<SimFault>,
    },
    /// A digitiser board's driver over the documented stream.
    Stream {
        /// Identifier: `id:3` is its third analog column, `id:d17` its 17th discrete one.
        id: String,
        /// Which columns are recorded.
        #[serde(default)]
        channels: Channels,
        /// Where the recorder listens: `unix:/run/aura/adc1.sock` or `tcp:127.0.0.1:7010`.
        #[schemars(length(min = 1, max = 256))]
        listen: String,
        /// Sampling rate that the driver must announce, hertz.
        #[schemars(range(min = 200.0, max = 200_000.0))]
        rate_hz: f64,
        /// Analog columns that the driver must announce.
        #[schemars(range(min = 0, max = 1024))]
        analog: u16,
        /// Discrete columns that the driver must announce.
        #[schemars(range(min = 0, max = 4096))]
        discrete: u16,
    },
}

/// A fault of the simulator's script.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SimFault {
    /// Start within the script, milliseconds.
    #[schemars(range(min = 0, max = 86_400_000))]
    pub(crate) at_ms: u32,
    /// Length, milliseconds.
    #[schemars(range(min = 1, max = 600_000))]
    pub(crate) for_ms: u32,
    /// Bay, from 1.
    #[schemars(range(min = 1, max = 32))]
    pub(crate) bay: u16,
    /// Faulted phases.
    pub(crate) phases: FaultPhases,
    /// Whether earth takes part.
    #[serde(default)]
    pub(crate) earth: bool,
    /// Fault current, RMS, A primary.
    #[schemars(range(min = 0.0, max = 1_000_000.0))]
    pub(crate) current_a: f64,
    /// Remaining voltage of the faulted phases, percent of the rated one.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub(crate) voltage_pct: f64,
    /// Time constant of the decaying DC component, milliseconds; 0 = none.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 10_000.0))]
    pub(crate) dc_ms: f64,
}

/// Faulted phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum FaultPhases {
    /// Phase A.
    A,
    /// Phase B.
    B,
    /// Phase C.
    C,
    /// Phases A and B.
    Ab,
    /// Phases B and C.
    Bc,
    /// Phases C and A.
    Ca,
    /// All three.
    Abc,
}

/// A bay (присоединение).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bay {
    /// Identifier, unique among bays.
    pub(crate) id: String,
    /// Name for people (COMTRADE ccbm).
    #[schemars(length(min = 1, max = 64))]
    pub(crate) name: String,
    /// Rated phase-to-phase voltage, kV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.1, max = 1500.0))]
    pub(crate) u_nom_kv: Option<f64>,
}

/// Phase (COMTRADE ph).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Phase {
    /// Phase A.
    A,
    /// Phase B.
    B,
    /// Phase C.
    C,
    /// Residual: 3I0, 3U0, neutral.
    N,
    /// Between A and B.
    #[serde(rename = "AB")]
    Ab,
    /// Between B and C.
    #[serde(rename = "BC")]
    Bc,
    /// Between C and A.
    #[serde(rename = "CA")]
    Ca,
    /// No phase.
    #[serde(rename = "")]
    None,
}

/// Physical kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Quantity {
    /// Current.
    Current,
    /// Voltage.
    Voltage,
    /// Anything else.
    Other,
}

/// Side of the instrument transformer on which values are stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    /// Primary values.
    Primary,
    /// Secondary values.
    Secondary,
}

/// An analog channel; value = ±gain · (a · raw + b) + offset. What is absent, the source tells.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Analog {
    /// Identifier, unique among channels and groups.
    pub(crate) id: String,
    /// Column of the source: `adc1:3`, from 1.
    pub(crate) source: String,
    /// Name for people (COMTRADE ch_id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub(crate) ch_id: Option<String>,
    /// Bay, its identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bay: Option<String>,
    /// Phase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ph: Option<Phase>,
    /// Physical kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quantity: Option<Quantity>,
    /// Unit of the value (COMTRADE uu): `A`, `kV`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    pub(crate) uu: Option<String>,
    /// Rated primary of the instrument transformer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1e-6, max = 1e9))]
    pub(crate) primary: Option<f64>,
    /// Rated secondary of the instrument transformer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1e-6, max = 1e9))]
    pub(crate) secondary: Option<f64>,
    /// Side of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) side: Option<Side>,
    /// Calibration: factor.
    #[serde(default = "one")]
    #[schemars(range(min = 1e-6, max = 1e6))]
    pub(crate) gain: f64,
    /// Calibration: offset, unit of the value.
    #[serde(default)]
    #[schemars(range(min = -1e9, max = 1e9))]
    pub(crate) offset: f64,
    /// Polarity is reversed.
    #[serde(default)]
    pub(crate) reverse: bool,
    /// Multiplier, unit per count, in place of the source's own; not 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1e9, max = 1e9))]
    pub(crate) a: Option<f64>,
    /// Offset, unit, in place of the source's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1e9, max = 1e9))]
    pub(crate) b: Option<f64>,
}

fn one() -> f64 {
    1.0
}

/// A discrete channel. What is absent is taken from the source.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Discrete {
    /// Identifier, unique among channels and groups.
    pub(crate) id: String,
    /// Column of the source: `adc1:d17`, from 1.
    pub(crate) source: String,
    /// Name for people (COMTRADE ch_id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub(crate) ch_id: Option<String>,
    /// Bay, its identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bay: Option<String>,
    /// The input is inverted before anything else sees it.
    #[serde(default)]
    pub(crate) invert: bool,
    /// State in normal service (COMTRADE y), 0 or 1, after inversion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1))]
    pub(crate) normal: Option<u8>,
}
