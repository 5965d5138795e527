//! `[recording]` and `[retention]` as they are written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lengths and format of records.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Recording {
    /// Before the first pickup, milliseconds.
    #[schemars(range(min = 0, max = 10_000))]
    pub(crate) pre_ms: u32,
    /// After the last drop-out, milliseconds.
    #[schemars(range(min = 0, max = 60_000))]
    pub(crate) post_ms: u32,
    /// Longest record, milliseconds; at least pre_ms + post_ms.
    #[schemars(range(min = 20, max = 600_000))]
    pub(crate) max_ms: u32,
    /// The same element starts nothing for so long after its pickup, milliseconds.
    #[schemars(range(min = 0, max = 3_600_000))]
    pub(crate) reblock_ms: u32,
    /// Samples are handled in blocks of so many milliseconds.
    #[schemars(range(min = 1, max = 5))]
    pub(crate) block_ms: u32,
    /// Format of new records.
    pub(crate) format: Format,
}

impl Default for Recording {
    fn default() -> Self {
        Self {
            pre_ms: 500,
            post_ms: 2_000,
            max_ms: 10_000,
            reblock_ms: 0,
            block_ms: 2,
            format: Format::default(),
        }
    }
}

/// Format of new records.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Format {
    /// COMTRADE revision: 1991, 1999 or 2013.
    #[schemars(extend("enum" = [1991, 1999, 2013]))]
    pub(crate) revision: u32,
    /// One file or several.
    pub(crate) file: Container,
    /// Type of the samples; 32-bit types need revision 2013.
    pub(crate) data: DataType,
    /// Encoding of the texts.
    pub(crate) encoding: Encoding,
}

impl Default for Format {
    fn default() -> Self {
        Self {
            revision: 2013,
            file: Container::Cfgdat,
            data: DataType::Binary,
            encoding: Encoding::Utf8,
        }
    }
}

/// One file or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Container {
    /// `.cfg`, `.dat`, `.hdr`, `.inf`.
    Cfgdat,
    /// One `.cff`; needs revision 2013.
    Cff,
}

/// Type of the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DataType {
    /// Text.
    Ascii,
    /// 16-bit integers.
    Binary,
    /// 32-bit integers: counts as they came.
    Binary32,
    /// 32-bit floats.
    Float32,
}

/// Encoding of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Encoding {
    /// UTF-8.
    Utf8,
    /// Windows code page 1251.
    Cp1251,
}

/// How long records are kept. At most one of `max_gib` and `max_mib`; without both, 8 GiB.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retention {
    /// Most space that all records take, GiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(crate) max_gib: Option<u32>,
    /// Most space that all records take, MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub(crate) max_mib: Option<u32>,
    /// Most days that a record is kept; when absent, no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 36_500))]
    pub(crate) max_days: Option<u32>,
}
