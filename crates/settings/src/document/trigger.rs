//! `[[trigger]]`: starting elements as they are written.

use super::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A starting element (пусковой орган).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Trigger {
    /// A quantity above its setting.
    Over(LevelTrigger),
    /// A quantity below its setting.
    Under(LevelTrigger),
    /// The samples leave those of some periods before (ΔI, ΔU).
    Step(StepTrigger),
    /// A change of a discrete channel.
    Discrete(DiscreteTrigger),
}

/// A quantity against a setting. Exactly one of `value`, `primary_value`, `range_pct`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LevelTrigger {
    /// Identifier, unique among starting elements.
    pub(crate) id: String,
    /// Name for people.
    #[schemars(length(min = 1, max = 64))]
    pub(crate) name: String,
    /// Channel or group; `*` = each channel of the quantity, or each group.
    pub(crate) input: String,
    /// Only inputs of this quantity, for `*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quantity: Option<Quantity>,
    /// Which quantity is compared.
    #[serde(default)]
    pub(crate) measure: Measure,
    /// Setting, unit of the channel (hertz for frequency).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1e-9, max = 1e9))]
    pub(crate) value: Option<f64>,
    /// Setting, primary value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1e-9, max = 1e9))]
    pub(crate) primary_value: Option<f64>,
    /// Setting, percent of the greatest value that the channel can show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.01, max = 100.0))]
    pub(crate) range_pct: Option<f64>,
    /// Drop-out this much inside the setting, percent.
    #[serde(default = "five")]
    #[schemars(range(min = 0.0, max = 50.0))]
    pub(crate) hysteresis_pct: f64,
    /// How long the condition must last, milliseconds.
    #[serde(default)]
    #[schemars(range(min = 0, max = 60_000))]
    pub(crate) delay_ms: u32,
}

fn five() -> f64 {
    5.0
}

/// Superimposed component against a setting. One of `value`, `primary_value`, `range_pct`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepTrigger {
    /// Identifier, unique among starting elements.
    pub(crate) id: String,
    /// Name for people.
    #[schemars(length(min = 1, max = 64))]
    pub(crate) name: String,
    /// Channel; `*` = each channel of the quantity.
    pub(crate) input: String,
    /// Only inputs of this quantity, for `*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quantity: Option<Quantity>,
    /// Setting, unit of the channel, peak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1e-9, max = 1e9))]
    pub(crate) value: Option<f64>,
    /// Setting, primary value, peak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1e-9, max = 1e9))]
    pub(crate) primary_value: Option<f64>,
    /// Setting, percent of the greatest value that the channel can show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.01, max = 100.0))]
    pub(crate) range_pct: Option<f64>,
    /// Periods back.
    #[serde(default = "one_period")]
    #[schemars(range(min = 1, max = 4))]
    pub(crate) periods: u8,
    /// How long the condition must last, milliseconds.
    #[serde(default)]
    #[schemars(range(min = 0, max = 60_000))]
    pub(crate) delay_ms: u32,
}

fn one_period() -> u8 {
    1
}

/// A change of a discrete channel.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DiscreteTrigger {
    /// Identifier, unique among starting elements.
    pub(crate) id: String,
    /// Name for people.
    #[schemars(length(min = 1, max = 64))]
    pub(crate) name: String,
    /// Discrete channel; `*` = each.
    pub(crate) input: String,
    /// Which change.
    #[serde(default)]
    pub(crate) edge: Edge,
    /// How long the new state must last, milliseconds.
    #[serde(default)]
    #[schemars(range(min = 0, max = 60_000))]
    pub(crate) delay_ms: u32,
}

/// Which quantity is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Measure {
    /// Absolute value of each sample.
    Instant,
    /// True RMS over one period.
    #[default]
    Rms,
    /// RMS of the fundamental.
    Fundamental,
    /// Positive sequence of a group.
    Seq1,
    /// Negative sequence of a group.
    Seq2,
    /// Zero sequence of a group, not tripled.
    Seq0,
    /// Frequency of a group.
    Frequency,
}

/// Which change of a discrete channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Edge {
    /// 0 → 1; picked up while 1 lasts.
    Rise,
    /// 1 → 0; picked up while 0 lasts.
    Fall,
    /// Either.
    #[default]
    Change,
}
