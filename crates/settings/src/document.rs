//! The document as it is written: every key of `recorder.toml`, its unit, range and default.
//!
//! These types only name what may stand in the text; the JSON Schema and the check of the text's
//! shape are made from them. What the parts mean together is checked in `check`.

mod inputs;
mod recording;
mod trigger;

pub(crate) use inputs::*;
pub(crate) use recording::*;
pub(crate) use trigger::*;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Configuration of the recorder: one TOML document.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Version of this form.
    #[schemars(range(min = 1, max = 1))]
    pub(crate) schema: u32,
    /// The substation and this recorder.
    pub(crate) station: Station,
    /// Sources, bays and channels.
    pub(crate) inputs: Inputs,
    /// Three-phase sets, besides those that channels A, B, C of one bay make by themselves.
    #[serde(default)]
    pub(crate) group: Vec<Group>,
    /// Starting elements (пусковые органы).
    #[serde(default)]
    pub(crate) trigger: Vec<Trigger>,
    /// Lengths and format of records.
    #[serde(default)]
    pub(crate) recording: Recording,
    /// How long records are kept; the oldest gives way.
    #[serde(default)]
    pub(crate) retention: Retention,
    /// The web pages.
    #[serde(default)]
    pub(crate) web: Web,
}

/// The substation and this recorder.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Station {
    /// Name of the substation (COMTRADE station_name).
    #[schemars(length(min = 1, max = 64))]
    pub(crate) name: String,
    /// Identification of the recorder (COMTRADE rec_dev_id).
    #[schemars(length(min = 1, max = 64))]
    pub(crate) rec_dev_id: String,
    /// Rated frequency, hertz; when absent, what the source states, else 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 40.0, max = 70.0))]
    pub(crate) nominal_hz: Option<f64>,
    /// Time zone of the site, IANA name; it shapes texts only, the recorder counts UTC.
    #[serde(default = "utc")]
    pub(crate) timezone: String,
    /// First language of reports and pages.
    #[serde(default)]
    pub(crate) language: Language,
}

fn utc() -> String {
    "UTC".into()
}

/// A language of the faces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    /// Russian.
    #[default]
    Ru,
    /// English.
    En,
}

/// Three channels that make a three-phase set.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    /// Identifier, unique among channels and groups.
    pub(crate) id: String,
    /// Name for people; when absent, the identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub(crate) name: Option<String>,
    /// Currents or voltages.
    pub(crate) quantity: Quantity,
    /// Channel of phase A.
    pub(crate) a: String,
    /// Channel of phase B.
    pub(crate) b: String,
    /// Channel of phase C.
    pub(crate) c: String,
}

/// The web pages.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Web {
    /// Address and port; HTTPS only.
    #[schemars(length(min = 1, max = 64))]
    pub(crate) listen: String,
    /// Names and addresses under which browsers reach the recorder.
    #[schemars(length(max = 32))]
    pub(crate) names: Vec<String>,
    /// Languages that the pages offer, the first one first.
    #[schemars(length(min = 1, max = 2))]
    pub(crate) languages: Vec<Language>,
    /// Live values per second.
    #[schemars(range(min = 0.2, max = 10.0))]
    pub(crate) live_hz: f64,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen: "0.0.0.0:443".into(),
            names: Vec::new(),
            languages: vec![Language::Ru, Language::En],
            live_hz: 2.0,
        }
    }
}
