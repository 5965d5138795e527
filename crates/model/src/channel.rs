//! What is recorded: the station's channels, with the names of IEC 60255-24 where it has one.

use crate::Rate;

/// Phase of a channel (`ph`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Phase A (L1, yellow).
    A,
    /// Phase B (L2, green).
    B,
    /// Phase C (L3, red).
    C,
    /// Residual: 3I0, 3U0, neutral.
    N,
    /// Between A and B.
    Ab,
    /// Between B and C.
    Bc,
    /// Between C and A.
    Ca,
    /// No phase.
    None,
}

impl Phase {
    /// Text of the `ph` field; empty when there is no phase.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::N => "N",
            Self::Ab => "AB",
            Self::Bc => "BC",
            Self::Ca => "CA",
            Self::None => "",
        }
    }
}

/// Physical kind of an analog channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// Current.
    Current,
    /// Voltage.
    Voltage,
    /// Anything else: battery, transducer, HF receiver.
    Other,
}

/// Whether `a * raw + b` gives primary or secondary values (`PS`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Primary values.
    Primary,
    /// Secondary values.
    Secondary,
}

/// One analog channel. Engineering value = `a * raw + b` in `unit` on `side`.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalogChannel {
    /// Identifier in the configuration, unique, ASCII.
    pub id: String,
    /// Channel name for people (`ch_id`), any text.
    pub name: String,
    /// Phase (`ph`).
    pub phase: Phase,
    /// Circuit (присоединение, `ccbm`); empty when none.
    pub circuit: String,
    /// Physical kind.
    pub quantity: Quantity,
    /// Unit of the engineering value (`uu`): `A`, `kV`.
    pub unit: String,
    /// Multiplier, unit per count; calibration gain and polarity are already in it.
    pub a: f64,
    /// Offset, unit.
    pub b: f64,
    /// Least raw count that the source can give.
    pub raw_min: i32,
    /// Greatest raw count that the source can give.
    pub raw_max: i32,
    /// Rated primary of the instrument transformer (`primary`), > 0.
    pub primary: f64,
    /// Rated secondary of the instrument transformer (`secondary`), > 0.
    pub secondary: f64,
    /// Side of the engineering value.
    pub side: Side,
    /// Time skew within a row, microseconds (`skew`).
    pub skew_us: f64,
}

impl AnalogChannel {
    /// Engineering value of a raw count.
    #[must_use]
    pub fn value(&self, raw: f64) -> f64 {
        self.a * raw + self.b
    }

    /// Factor from the engineering value to the primary value.
    #[must_use]
    pub fn to_primary(&self) -> f64 {
        match self.side {
            Side::Primary => 1.0,
            Side::Secondary => self.primary / self.secondary,
        }
    }
}

/// One discrete channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscreteChannel {
    /// Identifier in the configuration, unique, ASCII.
    pub id: String,
    /// Channel name for people (`ch_id`).
    pub name: String,
    /// Phase, mostly none.
    pub phase: Phase,
    /// Circuit (`ccbm`); empty when none.
    pub circuit: String,
    /// State in normal service (`y`).
    pub normal: bool,
}

/// Three analog channels of one circuit that make a three-phase set; indices into
/// [`Station::analog`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreePhaseGroup {
    /// Identifier in the configuration.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Currents or voltages.
    pub quantity: Quantity,
    /// Channels of phases A, B, C.
    pub abc: [usize; 3],
}

/// The recorder's object: what it is called and what it records.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Name of the substation (`station_name`).
    pub name: String,
    /// Recorder's identification (`rec_dev_id`).
    pub rec_dev_id: String,
    /// Rated system frequency (`lf`), hertz: 50 or 60.
    pub nominal_hz: f64,
    /// Rate of the grid.
    pub rate: Rate,
    /// Analog channels, in the order of the block's columns.
    pub analog: Vec<AnalogChannel>,
    /// Discrete channels, in the order of the block's bits.
    pub discrete: Vec<DiscreteChannel>,
    /// Three-phase sets.
    pub groups: Vec<ThreePhaseGroup>,
    /// IANA name of the station's time zone, for the rim.
    pub timezone: String,
}
