//! The store's own documents on disk, as JSON with a version: the only place that knows serde.
//!
//! A newer writer may add fields, which an older reader leaves alone; a field that is missing
//! takes its default. `head.json` is written when a record opens and holds what analysis and
//! recovery need; `record.json` is written when it closes and is all that the index reads.

use crate::{Container, DataType, Format, Revision, TextEncoding};
use aura_model::{
    AnalogChannel, Cause, CloseReason, DiscreteChannel, Phase, PickupInfo, Quality, Quantity, Rate,
    RecordHead, RecordState, Side, Stamp, Station, Sync, Tai, ThreePhaseGroup, TimeQuality,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Version of `head.json`.
const HEAD: &str = "aura/record-head/1";

/// Version of `record.json`.
const RECORD: &str = "aura/record/1";

/// What a record's `record.json` says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Closed {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) state: RecordState,
    pub(crate) start: Stamp,
    pub(crate) rows: u64,
    pub(crate) duration_ns: i64,
    pub(crate) channels: (usize, usize),
    pub(crate) pickups: Vec<PickupInfo>,
    pub(crate) reason: Option<CloseReason>,
    pub(crate) simulated: bool,
    pub(crate) quality: Quality,
    pub(crate) sha256: String,
    pub(crate) summary: [String; 2],
    pub(crate) utc_offset_s: i32,
}

/// Writes a record's head.
pub(crate) fn head_to_json(head: &RecordHead, format: Format) -> Vec<u8> {
    let station = &head.station;
    let file = HeadFile {
        schema: HEAD.to_owned(),
        station: StationFile {
            name: station.name.clone(),
            rec_dev_id: station.rec_dev_id.clone(),
            nominal_hz: station.nominal_hz,
            rate_mhz: station.rate.millihertz(),
            timezone: station.timezone.clone(),
            analog: station.analog.iter().map(AnalogFile::from).collect(),
            discrete: station.discrete.iter().map(DiscreteFile::from).collect(),
            groups: station.groups.iter().map(GroupFile::from).collect(),
        },
        pickup: (&head.pickup).into(),
        start: head.start.into(),
        config_hash: head.config_hash.clone(),
        simulated: head.simulated,
        utc_offset_s: head.utc_offset_s,
        format: FormatFile {
            revision: word_of(&REVISIONS, &format.revision),
            container: word_of(&CONTAINERS, &format.container),
            data: word_of(&DATA_TYPES, &format.data),
            encoding: word_of(&ENCODINGS, &format.encoding),
        },
    };
    to_json(&file)
}

/// Reads a record's head and the format that it is written in; the text says what is wrong.
pub(crate) fn head_from_json(bytes: &[u8]) -> Result<(RecordHead, Format), String> {
    let file: HeadFile = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if file.schema != HEAD {
        return Err(format!("schema {:?} where {HEAD:?} is known", file.schema));
    }
    let at = file.station;
    let analog: Vec<AnalogChannel> = at.analog.into_iter().map(Into::into).collect();
    if let Some(group) = at.groups.iter().find(|g| g.abc.iter().any(|n| *n >= analog.len())) {
        return Err(format!("group {:?} names a channel beyond the last", group.id));
    }
    let station = Station {
        name: at.name,
        rec_dev_id: at.rec_dev_id,
        nominal_hz: at.nominal_hz,
        rate: Rate::from_millihertz(at.rate_mhz)
            .ok_or_else(|| format!("rate {} mHz where at least 1000 is allowed", at.rate_mhz))?,
        timezone: at.timezone,
        discrete: at.discrete.into_iter().map(Into::into).collect(),
        groups: at.groups.into_iter().map(Into::into).collect(),
        analog,
    };
    // The type of the data decides how its bytes are read: a word that is not known ends the
    // reading.
    let unknown = |what: &str| format!("{what} is not known");
    let words = file.format;
    let format = Format {
        revision: value_of(&REVISIONS, &words.revision).ok_or(unknown(&words.revision))?,
        container: value_of(&CONTAINERS, &words.container).ok_or(unknown(&words.container))?,
        data: value_of(&DATA_TYPES, &words.data).ok_or(unknown(&words.data))?,
        encoding: value_of(&ENCODINGS, &words.encoding).ok_or(unknown(&words.encoding))?,
    };
    let head = RecordHead {
        station: Arc::new(station),
        pickup: file.pickup.into(),
        start: file.start.into(),
        config_hash: file.config_hash,
        simulated: file.simulated,
        utc_offset_s: file.utc_offset_s,
    };
    Ok((head, format))
}

/// Writes what a closed record is.
pub(crate) fn closed_to_json(closed: &Closed) -> Vec<u8> {
    let interrupted = closed.state == RecordState::Interrupted;
    let file = ClosedFile {
        schema: RECORD.to_owned(),
        id: closed.id,
        name: closed.name.clone(),
        interrupted,
        start: closed.start.into(),
        rows: closed.rows,
        duration_ns: closed.duration_ns,
        analog: closed.channels.0,
        discrete: closed.channels.1,
        pickups: closed.pickups.iter().map(Into::into).collect(),
        reason: closed.reason.map(|reason| word_of(&REASONS, &reason)),
        simulated: closed.simulated,
        quality: closed.quality.0,
        sha256: closed.sha256.clone(),
        summary_ru: closed.summary[0].clone(),
        summary_en: closed.summary[1].clone(),
        utc_offset_s: closed.utc_offset_s,
    };
    to_json(&file)
}

/// Reads what a closed record is; the text says what is wrong.
pub(crate) fn closed_from_json(bytes: &[u8]) -> Result<Closed, String> {
    let file: ClosedFile = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if file.schema != RECORD {
        return Err(format!("schema {:?} where {RECORD:?} is known", file.schema));
    }
    Ok(Closed {
        id: file.id,
        name: file.name,
        state: if file.interrupted { RecordState::Interrupted } else { RecordState::Complete },
        start: file.start.into(),
        rows: file.rows,
        duration_ns: file.duration_ns,
        channels: (file.analog, file.discrete),
        pickups: file.pickups.into_iter().map(Into::into).collect(),
        reason: file.reason.and_then(|word| value_of(&REASONS, &word)),
        simulated: file.simulated,
        quality: Quality(file.quality),
        sha256: file.sha256,
        summary: [file.summary_ru, file.summary_en],
        utc_offset_s: file.utc_offset_s,
    })
}

fn to_json(file: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(file).expect("all keys are texts");
    bytes.push(b'\n');
    bytes
}

#[derive(Serialize, Deserialize)]
struct HeadFile {
    schema: String,
    station: StationFile,
    pickup: PickupFile,
    start: StampFile,
    #[serde(default)]
    config_hash: String,
    #[serde(default)]
    simulated: bool,
    #[serde(default)]
    utc_offset_s: i32,
    format: FormatFile,
}

#[derive(Serialize, Deserialize)]
struct FormatFile {
    revision: String,
    container: String,
    data: String,
    encoding: String,
}

#[derive(Serialize, Deserialize)]
struct StationFile {
    name: String,
    rec_dev_id: String,
    nominal_hz: f64,
    rate_mhz: u32,
    #[serde(default)]
    timezone: String,
    analog: Vec<AnalogFile>,
    discrete: Vec<DiscreteFile>,
    #[serde(default)]
    groups: Vec<GroupFile>,
}

#[derive(Serialize, Deserialize)]
struct ClosedFile {
    schema: String,
    id: u64,
    name: String,
    #[serde(default)]
    interrupted: bool,
    start: StampFile,
    rows: u64,
    duration_ns: i64,
    analog: usize,
    discrete: usize,
    pickups: Vec<PickupFile>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    simulated: bool,
    #[serde(default)]
    quality: u16,
    sha256: String,
    #[serde(default)]
    summary_ru: String,
    #[serde(default)]
    summary_en: String,
    #[serde(default)]
    utc_offset_s: i32,
}

#[derive(Serialize, Deserialize)]
struct AnalogFile {
    id: String,
    name: String,
    phase: String,
    circuit: String,
    quantity: String,
    unit: String,
    a: f64,
    b: f64,
    raw_min: i32,
    raw_max: i32,
    primary: f64,
    secondary: f64,
    side: String,
    #[serde(default)]
    skew_us: f64,
}

#[derive(Serialize, Deserialize)]
struct DiscreteFile {
    id: String,
    name: String,
    phase: String,
    circuit: String,
    normal: bool,
}

#[derive(Serialize, Deserialize)]
struct GroupFile {
    id: String,
    name: String,
    quantity: String,
    abc: [usize; 3],
}

#[derive(Serialize, Deserialize)]
struct PickupFile {
    cause: String,
    #[serde(default)]
    element: String,
    name: String,
    at: StampFile,
    /// JSON has no NaN: absent where there is no value.
    value: Option<f64>,
    setting: Option<f64>,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    inputs: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct StampFile {
    tai_ns: i64,
    sync: String,
    error_ns: u32,
}

/// Words of a closed set.
type Words<T, const N: usize> = [(T, &'static str); N];

const REVISIONS: Words<Revision, 3> =
    [(Revision::R1991, "1991"), (Revision::R1999, "1999"), (Revision::R2013, "2013")];
const CONTAINERS: Words<Container, 2> = [(Container::CfgDat, "cfg-dat"), (Container::Cff, "cff")];
const DATA_TYPES: Words<DataType, 4> = [
    (DataType::Ascii, "ascii"),
    (DataType::Binary, "binary"),
    (DataType::Binary32, "binary32"),
    (DataType::Float32, "float32"),
];
const ENCODINGS: Words<TextEncoding, 2> =
    [(TextEncoding::Utf8, "utf-8"), (TextEncoding::Cp1251, "cp1251")];
const CAUSES: Words<Cause, 3> =
    [(Cause::Element, "element"), (Cause::Manual, "manual"), (Cause::Network, "network")];
const REASONS: Words<CloseReason, 4> = [
    (CloseReason::Complete, "complete"),
    (CloseReason::MaxLength, "max-length"),
    (CloseReason::SourceLost, "source-lost"),
    (CloseReason::Shutdown, "shutdown"),
];
const SYNCS: Words<Sync, 3> =
    [(Sync::Free, "free"), (Sync::Holdover, "holdover"), (Sync::Locked, "locked")];
const QUANTITIES: Words<Quantity, 3> =
    [(Quantity::Other, "other"), (Quantity::Current, "current"), (Quantity::Voltage, "voltage")];
const SIDES: Words<Side, 2> = [(Side::Primary, "primary"), (Side::Secondary, "secondary")];
const PHASES: Words<Phase, 8> = [
    (Phase::None, ""),
    (Phase::A, "A"),
    (Phase::B, "B"),
    (Phase::C, "C"),
    (Phase::N, "N"),
    (Phase::Ab, "AB"),
    (Phase::Bc, "BC"),
    (Phase::Ca, "CA"),
];

fn word_of<T: PartialEq, const N: usize>(words: &Words<T, N>, value: &T) -> String {
    words.iter().find(|(other, _)| other == value).map_or("", |(_, word)| *word).to_owned()
}

fn value_of<T: Copy, const N: usize>(words: &Words<T, N>, word: &str) -> Option<T> {
    words.iter().find(|(_, other)| *other == word).map(|(value, _)| *value)
}

impl From<Stamp> for StampFile {
    fn from(stamp: Stamp) -> Self {
        let TimeQuality { sync, error_ns } = stamp.quality;
        Self { tai_ns: stamp.tai.0, sync: word_of(&SYNCS, &sync), error_ns }
    }
}

impl From<StampFile> for Stamp {
    fn from(file: StampFile) -> Self {
        let sync = value_of(&SYNCS, &file.sync).unwrap_or_default();
        Self { tai: Tai(file.tai_ns), quality: TimeQuality { sync, error_ns: file.error_ns } }
    }
}

impl From<&PickupInfo> for PickupFile {
    fn from(pickup: &PickupInfo) -> Self {
        let number = |value: f64| value.is_finite().then_some(value);
        Self {
            cause: word_of(&CAUSES, &pickup.cause),
            element: pickup.element.clone(),
            name: pickup.name.clone(),
            at: pickup.at.into(),
            value: number(pickup.value),
            setting: number(pickup.setting),
            unit: pickup.unit.clone(),
            inputs: pickup.inputs.clone(),
        }
    }
}

impl From<PickupFile> for PickupInfo {
    fn from(file: PickupFile) -> Self {
        Self {
            cause: value_of(&CAUSES, &file.cause).unwrap_or(Cause::Element),
            element: file.element,
            name: file.name,
            at: file.at.into(),
            value: file.value.unwrap_or(f64::NAN),
            setting: file.setting.unwrap_or(f64::NAN),
            unit: file.unit,
            inputs: file.inputs,
        }
    }
}

impl From<&AnalogChannel> for AnalogFile {
    fn from(channel: &AnalogChannel) -> Self {
        let AnalogChannel { a, b, raw_min, raw_max, primary, secondary, skew_us, .. } = *channel;
        Self {
            id: channel.id.clone(),
            name: channel.name.clone(),
            phase: word_of(&PHASES, &channel.phase),
            circuit: channel.circuit.clone(),
            quantity: word_of(&QUANTITIES, &channel.quantity),
            unit: channel.unit.clone(),
            a,
            b,
            raw_min,
            raw_max,
            primary,
            secondary,
            side: word_of(&SIDES, &channel.side),
            skew_us,
        }
    }
}

impl From<AnalogFile> for AnalogChannel {
    fn from(file: AnalogFile) -> Self {
        Self {
            phase: value_of(&PHASES, &file.phase).unwrap_or(Phase::None),
            quantity: value_of(&QUANTITIES, &file.quantity).unwrap_or(Quantity::Other),
            side: value_of(&SIDES, &file.side).unwrap_or(Side::Primary),
            id: file.id,
            name: file.name,
            circuit: file.circuit,
            unit: file.unit,
            a: file.a,
            b: file.b,
            raw_min: file.raw_min,
            raw_max: file.raw_max,
            primary: file.primary,
            secondary: file.secondary,
            skew_us: file.skew_us,
        }
    }
}

impl From<&DiscreteChannel> for DiscreteFile {
    fn from(channel: &DiscreteChannel) -> Self {
        Self {
            id: channel.id.clone(),
            name: channel.name.clone(),
            phase: word_of(&PHASES, &channel.phase),
            circuit: channel.circuit.clone(),
            normal: channel.normal,
        }
    }
}

impl From<DiscreteFile> for DiscreteChannel {
    fn from(file: DiscreteFile) -> Self {
        Self {
            phase: value_of(&PHASES, &file.phase).unwrap_or(Phase::None),
            id: file.id,
            name: file.name,
            circuit: file.circuit,
            normal: file.normal,
        }
    }
}

impl From<&ThreePhaseGroup> for GroupFile {
    fn from(group: &ThreePhaseGroup) -> Self {
        Self {
            id: group.id.clone(),
            name: group.name.clone(),
            quantity: word_of(&QUANTITIES, &group.quantity),
            abc: group.abc,
        }
    }
}

impl From<GroupFile> for ThreePhaseGroup {
    fn from(file: GroupFile) -> Self {
        Self {
            quantity: value_of(&QUANTITIES, &file.quantity).unwrap_or(Quantity::Other),
            id: file.id,
            name: file.name,
            abc: file.abc,
        }
    }
}
