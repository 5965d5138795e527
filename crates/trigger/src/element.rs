//! What a starting element watches, in checked form. Values are in the channel's engineering unit.

/// One starting element (пусковой орган).
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// Identifier, unique, ASCII.
    pub id: String,
    /// Name for people: `3I0> Л-201`.
    pub name: String,
    /// What it watches.
    pub kind: Kind,
    /// How long the condition must last before pickup, milliseconds, 0..=60 000.
    pub delay_ms: u32,
}

/// The condition of an element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A quantity above or below a setting.
    Level {
        /// Which quantity.
        measure: Measure,
        /// Of what.
        input: Input,
        /// Above or below.
        direction: Direction,
        /// Setting, engineering unit (hertz for frequency), > 0.
        setting: f64,
        /// Drop-out at `setting * (1 ∓ hysteresis_pct / 100)`, percent, 0..=50.
        hysteresis_pct: f64,
    },
    /// The superimposed component: |x(t) − x(t − n·T)| of the samples above a setting (ΔI, ΔU).
    Step {
        /// Analog channel.
        channel: usize,
        /// Setting, engineering unit, peak, > 0.
        setting: f64,
        /// Periods back, 1..=4.
        periods: u8,
    },
    /// A change of a discrete channel.
    Discrete {
        /// Discrete channel.
        channel: usize,
        /// Which change; a rise or fall stays picked up while the new state lasts.
        edge: Edge,
    },
}

/// Which quantity of a channel or group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Absolute value of each sample.
    Instant,
    /// True RMS over one period.
    Rms,
    /// RMS magnitude of the fundamental.
    Fundamental,
    /// Positive sequence magnitude; groups only.
    Positive,
    /// Negative sequence magnitude; groups only.
    Negative,
    /// Zero sequence magnitude (not tripled); groups only.
    Zero,
    /// Frequency; groups only.
    Frequency,
}

/// Where a quantity comes from: an index into the station's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// Analog channel.
    Channel(usize),
    /// Three-phase group.
    Group(usize),
}

/// Side of the setting on which an element picks up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Above.
    Over,
    /// Below.
    Under,
}

/// Change of a discrete channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edge {
    /// 0 → 1.
    Rise,
    /// 1 → 0.
    Fall,
    /// Either.
    Change,
}
