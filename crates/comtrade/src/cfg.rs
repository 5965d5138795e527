//! The configuration (`.cfg`) as types; reading and writing it stand in `cfg_read` and
//! `cfg_write`. It holds nothing about the data file but its announced type and length.

use std::fmt;

use crate::error::Findings;
use crate::stamp::Stamp;
use crate::text::Encoding;

/// Revision of the standard whose rules a file follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Revision {
    /// IEEE C37.111-1991.
    R1991,
    /// IEEE C37.111-1999, also IEC 60255-24:2001.
    R1999,
    /// IEEE C37.111-2013, IEC 60255-24:2013.
    #[default]
    R2013,
}

impl Revision {
    /// The year as the first line of a `.cfg` holds it.
    #[must_use]
    pub fn year(self) -> u16 {
        match self {
            Self::R1991 => 1991,
            Self::R1999 => 1999,
            Self::R2013 => 2013,
        }
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.year().fmt(f)
    }
}

impl std::str::FromStr for Revision {
    type Err = crate::Error;

    fn from_str(year: &str) -> crate::Result<Self> {
        match year.trim() {
            "1991" => Ok(Self::R1991),
            "1999" | "2001" => Ok(Self::R1999),
            "2013" => Ok(Self::R2013),
            _ => Err(Findings::new("option").refuse(0, "revision", year, "1991, 1999, 2013")),
        }
    }
}

/// How the samples of a `.dat` are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataType {
    /// Text, one row a line.
    Ascii,
    /// 16-bit two's complement.
    #[default]
    Binary,
    /// 32-bit two's complement (2013).
    Binary32,
    /// IEEE 754 single precision (2013).
    Float32,
}

impl DataType {
    /// All types.
    pub const ALL: [Self; 4] = [Self::Ascii, Self::Binary, Self::Binary32, Self::Float32];

    /// The word that a `.cfg` and a `.cff` use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ascii => "ASCII",
            Self::Binary => "BINARY",
            Self::Binary32 => "BINARY32",
            Self::Float32 => "FLOAT32",
        }
    }

    /// Bytes of one stored analog value; 0 for ASCII, where it varies.
    #[must_use]
    pub fn cell_bytes(self) -> usize {
        match self {
            Self::Ascii => 0,
            Self::Binary => 2,
            Self::Binary32 | Self::Float32 => 4,
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl std::str::FromStr for DataType {
    type Err = crate::Error;

    fn from_str(word: &str) -> crate::Result<Self> {
        let found = Self::ALL.into_iter().find(|t| t.word().eq_ignore_ascii_case(word.trim()));
        found.ok_or_else(|| {
            let allowed = "ASCII, BINARY, BINARY32, FLOAT32";
            Findings::new("option").refuse(0, "data type", word, allowed)
        })
    }
}

/// Whether scaled values are primary or secondary ones (field PS).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Side {
    /// Values of the power system.
    #[default]
    Primary,
    /// Values at the terminals of the recorder.
    Secondary,
}

/// An analog channel: value = `a` · stored + `b`.
#[derive(Clone, Debug, PartialEq)]
pub struct Analog {
    /// Index as written, normally 1, 2, 3 …
    pub index: u32,
    /// Channel identifier.
    pub id: String,
    /// Phase.
    pub phase: String,
    /// Circuit component being monitored (ccbm).
    pub component: String,
    /// Unit of the scaled value.
    pub unit: String,
    /// Multiplier, unit per stored count.
    pub a: f64,
    /// Offset, in the unit.
    pub b: f64,
    /// Time from the start of the sample period to this channel's sample, microseconds.
    pub skew_us: f64,
    /// Least stored value.
    pub min: f64,
    /// Greatest stored value.
    pub max: f64,
    /// Primary side of the transformer ratio; 1 in 1991 files, which do not state it.
    pub primary: f64,
    /// Secondary side of the transformer ratio.
    pub secondary: f64,
    /// Side that the scaled values belong to; primary in 1991 files, where the ratio is 1:1.
    pub side: Side,
}

impl Default for Analog {
    fn default() -> Self {
        Self {
            index: 1,
            id: String::new(),
            phase: String::new(),
            component: String::new(),
            unit: String::new(),
            a: 1.0,
            b: 0.0,
            skew_us: 0.0,
            min: -32_767.0,
            max: 32_767.0,
            primary: 1.0,
            secondary: 1.0,
            side: Side::Primary,
        }
    }
}

/// A discrete (status) channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discrete {
    /// Index as written, normally 1, 2, 3 …
    pub index: u32,
    /// Channel identifier.
    pub id: String,
    /// Phase.
    pub phase: String,
    /// Circuit component being monitored (ccbm).
    pub component: String,
    /// State in normal operation (y).
    pub normal: bool,
}

/// A segment of the rate table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Sampling rate, hertz, above 0.
    pub hz: f64,
    /// Number of the last sample of this segment, counted from 1.
    pub end_sample: u64,
}

/// When samples were taken.
#[derive(Clone, Debug, PartialEq)]
pub enum Sampling {
    /// At these rates: sample 1 is at the start stamp. Never empty.
    Table(Vec<Rate>),
    /// At the instants of the time column (nrates 0).
    TimeColumn {
        /// Number of samples announced.
        end_sample: u64,
    },
}

impl Sampling {
    /// One rate over the whole record.
    #[must_use]
    pub fn uniform(hz: f64, end_sample: u64) -> Self {
        Self::Table(vec![Rate { hz, end_sample }])
    }

    /// Number of samples announced.
    #[must_use]
    pub fn end_sample(&self) -> u64 {
        match self {
            Self::Table(rates) => rates.iter().map(|r| r.end_sample).max().unwrap_or(0),
            Self::TimeColumn { end_sample } => *end_sample,
        }
    }

    /// Sets the number of samples: the last segment takes it, earlier ones are cut to it.
    pub fn set_end_sample(&mut self, samples: u64) {
        match self {
            Self::Table(rates) => {
                for rate in rates.iter_mut() {
                    rate.end_sample = rate.end_sample.min(samples);
                }
                if let Some(last) = rates.last_mut() {
                    last.end_sample = samples;
                }
            }
            Self::TimeColumn { end_sample } => *end_sample = samples,
        }
    }
}

/// Unit of the time column before the multiplier; follows from the digits of the stamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TimeBase {
    /// Stamps with up to six digits: microseconds.
    #[default]
    Micro,
    /// Stamps with nine digits: nanoseconds.
    Nano,
}

impl TimeBase {
    /// Nanoseconds in the unit.
    #[must_use]
    pub fn ns(self) -> f64 {
        match self {
            Self::Micro => 1e3,
            Self::Nano => 1.0,
        }
    }
}

/// Offset of a clock from UTC in minutes, east positive (2013: time_code, local_code); `None` is
/// the standard's `x`, not applicable.
pub type Offset = Option<i16>;

/// Leap second indicator of the record (2013: leapsec).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LeapSecond {
    /// 0: none in this record.
    #[default]
    None,
    /// 1: a leap second was added.
    Added,
    /// 2: a leap second was removed.
    Removed,
    /// 3: the clock cannot tell.
    Unknown,
}

/// A whole configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Cfg {
    /// Rules that the file follows.
    pub revision: Revision,
    /// Encoding in which the text was read and will be written.
    pub encoding: Encoding,
    /// Station name.
    pub station: String,
    /// Identification of the recording device.
    pub device: String,
    /// Analog channels in file order.
    pub analog: Vec<Analog>,
    /// Discrete channels in file order.
    pub discrete: Vec<Discrete>,
    /// Nominal frequency of the line, hertz; 0 when not stated.
    pub line_frequency_hz: f64,
    /// When samples were taken, and how many.
    pub sampling: Sampling,
    /// Stamp of the first sample.
    pub start: Stamp,
    /// Stamp of the trigger.
    pub trigger: Stamp,
    /// Unit of the time column.
    pub time_base: TimeBase,
    /// How samples are stored.
    pub data_type: DataType,
    /// Multiplier of the time column (timemult), above 0; 1 in 1991 files.
    pub time_multiplier: f64,
    /// Offset from UTC of the stamps in this file (2013).
    pub time_code: Offset,
    /// Offset from UTC of the place of recording (2013).
    pub local_code: Offset,
    /// Time quality indicator code (2013), 0..=15: 0 is locked, 15 is a failed clock.
    pub time_quality: u8,
    /// Leap second indicator (2013).
    pub leap_second: LeapSecond,
}

impl Default for Cfg {
    fn default() -> Self {
        Self {
            revision: Revision::R2013,
            encoding: Encoding::Utf8,
            station: String::new(),
            device: String::new(),
            analog: Vec::new(),
            discrete: Vec::new(),
            line_frequency_hz: 50.0,
            sampling: Sampling::TimeColumn { end_sample: 0 },
            start: Stamp::default(),
            trigger: Stamp::default(),
            time_base: TimeBase::Micro,
            data_type: DataType::Binary,
            time_multiplier: 1.0,
            time_code: Some(0),
            local_code: Some(0),
            time_quality: 0,
            leap_second: LeapSecond::None,
        }
    }
}

impl Cfg {
    /// Nanoseconds in one count of the time column.
    #[must_use]
    pub fn tick_ns(&self) -> f64 {
        self.time_base.ns() * self.time_multiplier
    }

    /// Words of 64 bits that hold the discrete channels of one row, bit = channel.
    #[must_use]
    pub fn discrete_words(&self) -> usize {
        self.discrete.len().div_ceil(64)
    }

    /// Bytes of one row of a binary `.dat`; 0 for ASCII.
    #[must_use]
    pub fn row_bytes(&self) -> usize {
        match self.data_type {
            DataType::Ascii => 0,
            t => 8 + self.analog.len() * t.cell_bytes() + self.discrete.len().div_ceil(16) * 2,
        }
    }

    /// Time from the first sample to the trigger, nanoseconds; `None` when a stamp is no date.
    #[must_use]
    pub fn trigger_offset_ns(&self) -> Option<i64> {
        self.trigger.unix_ns()?.checked_sub(self.start.unix_ns()?)
    }
}
