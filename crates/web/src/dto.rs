//! The JSON of the API, version 1. Keys are never renamed; new ones may come. Times are RFC 3339 in
//! UTC with nanoseconds, a value that is not a number is `null`.

mod record;

pub(crate) use record::{RecordsPage, reason_word, record, report, seconds};

use crate::access::TABLE;
use crate::catalogue::words;
use crate::context::Cx;
use crate::fault::Fault;
use aura_model::{
    Device, HealthState, JournalEntry, Lang, Role, RoleSet, Severity, Snapshot, Sync, Tai, Validity,
};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;

const JSON: &str = "application/json";

/// A text in both languages.
#[derive(Serialize)]
pub(crate) struct Both {
    ru: String,
    en: String,
}

impl Both {
    fn of(text: impl Fn(Lang) -> String) -> Self {
        Self { ru: text(Lang::Ru), en: text(Lang::En) }
    }
}

#[derive(Serialize)]
struct Envelope<'d, T> {
    schema: &'static str,
    data: &'d T,
}

/// A value as an answer, in the envelope that names its schema.
pub(crate) fn answer<T: Serialize>(schema: &'static str, data: &T) -> Response {
    ([(header::CONTENT_TYPE, JSON)], text(&Envelope { schema, data })).into_response()
}

/// JSON of a value.
pub(crate) fn text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("no map here has keys other than texts")
}

/// RFC 3339 in UTC with nanoseconds.
pub(crate) fn utc(at: Tai) -> String {
    let civil = at.civil(0);
    // `Civil` shows microseconds; the last three digits are put behind them.
    format!("{civil}{:03}Z", civil.nanosecond % 1_000)
}

#[derive(Serialize)]
struct ErrorBody {
    error: ErrorDto,
}

#[derive(Serialize)]
struct ErrorDto {
    code: &'static str,
    message: Both,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    needed: Vec<&'static str>,
}

/// Why a request is not answered.
pub(crate) fn error(fault: &Fault) -> Response {
    let needed = if let Fault::NoRole(roles) = fault { names(*roles) } else { Vec::new() };
    let message = Both::of(|lang| fault.message(lang));
    let body = ErrorBody { error: ErrorDto { code: fault.code(), message, needed } };
    (fault.status(), [(header::CONTENT_TYPE, JSON)], text(&body)).into_response()
}

fn names(roles: RoleSet) -> Vec<&'static str> {
    roles.iter().map(Role::name_en).collect()
}

#[derive(Serialize)]
pub(crate) struct StatusDto {
    station: String,
    rec_dev_id: String,
    version: String,
    started: String,
    time: TimeDto,
    health: HealthDto,
    records: RecordsDto,
    disk: DiskDto,
    pipeline: PipelineDto,
    journal: HeadDto,
    me: ShortMeDto,
}

#[derive(Serialize)]
struct TimeDto {
    utc: String,
    utc_offset_s: i32,
    sync: &'static str,
    error_ns: Option<u32>,
}

#[derive(Serialize)]
struct HealthDto {
    state: &'static str,
    recording_possible: bool,
    items: Vec<ItemDto>,
}

#[derive(Serialize)]
struct ItemDto {
    subject: &'static str,
    state: &'static str,
    code: &'static str,
    text: Both,
    since: String,
}

#[derive(Serialize)]
struct RecordsDto {
    count: usize,
    bytes: u64,
}

#[derive(Serialize)]
struct DiskDto {
    free_bytes: u64,
    used_bytes: u64,
}

#[derive(Serialize)]
struct PipelineDto {
    blocks: u64,
    overruns: u64,
    simulated: bool,
}

#[derive(Serialize)]
pub(crate) struct HeadDto {
    seq: u64,
    hash: String,
}

#[derive(Serialize)]
struct ShortMeDto {
    name: String,
    roles: Vec<&'static str>,
}

/// State of the recorder, as this actor may see it.
pub(crate) fn status(cx: &Cx) -> StatusDto {
    let device = cx.device();
    let (station, health, now) = (device.station(), device.health(), device.now());
    let items = health.items.iter().map(|item| ItemDto {
        subject: item.subject,
        state: state_word(item.state),
        code: item.code.number(),
        text: Both::of(|lang| item.code.text(lang, &item.args)),
        since: utc(item.since.tai),
    });
    StatusDto {
        station: station.name.clone(),
        rec_dev_id: station.rec_dev_id.clone(),
        version: health.version.clone(),
        started: utc(health.started.tai),
        time: TimeDto {
            utc: utc(now.tai),
            utc_offset_s: device.utc_offset_s(now),
            sync: sync_word(now.quality.sync),
            error_ns: (now.quality.error_ns != u32::MAX).then_some(now.quality.error_ns),
        },
        health: HealthDto {
            state: state_word(health.state),
            recording_possible: health.recording_possible,
            items: items.collect(),
        },
        records: RecordsDto { count: device.record_count(), bytes: health.disk_used },
        disk: DiskDto { free_bytes: health.disk_free, used_bytes: health.disk_used },
        pipeline: PipelineDto {
            blocks: health.blocks,
            overruns: health.overruns,
            simulated: device.snapshot().is_some_and(|snapshot| snapshot.simulated),
        },
        journal: head(device),
        me: ShortMeDto { name: actor_name(&cx.actor), roles: names(cx.actor.roles()) },
    }
}

/// Newest line of the journal.
pub(crate) fn head(device: &dyn Device) -> HeadDto {
    let (seq, hash) = device.journal_head();
    HeadDto { seq, hash }
}

/// Name by which an actor is called.
pub(crate) fn actor_name(actor: &aura_model::Actor) -> String {
    match actor {
        aura_model::Actor::Person { identity, .. } => identity.common_name.clone(),
        aura_model::Actor::Local { user } => user.clone(),
        aura_model::Actor::Recorder => String::new(),
    }
}

/// Word of a state.
pub(crate) const fn state_word(state: HealthState) -> &'static str {
    match state {
        HealthState::Good => "good",
        HealthState::Warning => "warning",
        HealthState::Fault => "fault",
    }
}

/// Word of the clock's state.
pub(crate) const fn sync_word(sync: Sync) -> &'static str {
    match sync {
        Sync::Locked => "locked",
        Sync::Holdover => "holdover",
        Sync::Free => "free",
    }
}

/// Word of a validity.
pub(crate) const fn validity_word(validity: Validity) -> &'static str {
    match validity {
        Validity::Good => "good",
        Validity::Questionable => "questionable",
        Validity::Invalid => "invalid",
    }
}

/// Word of a severity in the API.
pub(crate) const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Fault => "fault",
    }
}

#[derive(Serialize)]
pub(crate) struct LiveDto {
    at: String,
    seq: u64,
    simulated: bool,
    analog: Vec<AnalogDto>,
    discrete: Vec<DiscreteDto>,
    groups: Vec<GroupDto>,
    picked_up: Vec<String>,
}

#[derive(Serialize)]
struct AnalogDto {
    id: String,
    name: String,
    phase: &'static str,
    circuit: String,
    unit: String,
    instant: f64,
    rms: f64,
    magnitude: f64,
    angle_deg: f64,
    validity: &'static str,
    computed_valid: bool,
}

#[derive(Serialize)]
struct DiscreteDto {
    id: String,
    name: String,
    circuit: String,
    state: bool,
    normal: bool,
}

#[derive(Serialize)]
struct GroupDto {
    id: String,
    name: String,
    positive: f64,
    negative: f64,
    zero: f64,
    frequency_hz: Option<f64>,
}

/// Values of now.
pub(crate) fn live(device: &dyn Device, snapshot: &Snapshot) -> LiveDto {
    let station = device.station();
    let analog = station.analog.iter().zip(&snapshot.analog).map(|(channel, now)| AnalogDto {
        id: channel.id.clone(),
        name: channel.name.clone(),
        phase: channel.phase.code(),
        circuit: channel.circuit.clone(),
        unit: channel.unit.clone(),
        instant: now.instant,
        rms: now.rms,
        magnitude: now.phasor.magnitude(),
        angle_deg: now.phasor.angle_deg(),
        validity: validity_word(now.quality.validity()),
        computed_valid: now.computed_valid,
    });
    let discrete = station.discrete.iter().enumerate().map(|(at, channel)| DiscreteDto {
        id: channel.id.clone(),
        name: channel.name.clone(),
        circuit: channel.circuit.clone(),
        state: snapshot.discrete_state(at),
        normal: channel.normal,
    });
    let groups = station.groups.iter().zip(&snapshot.groups).map(|(group, now)| GroupDto {
        id: group.id.clone(),
        name: group.name.clone(),
        positive: now.positive.magnitude(),
        negative: now.negative.magnitude(),
        zero: now.zero.magnitude(),
        frequency_hz: now.frequency_hz,
    });
    LiveDto {
        at: utc(snapshot.at.tai),
        seq: snapshot.seq,
        simulated: snapshot.simulated,
        analog: analog.collect(),
        discrete: discrete.collect(),
        groups: groups.collect(),
        picked_up: picked_up(device, snapshot),
    }
}

/// Names of the starting elements that are picked up now.
pub(crate) fn picked_up(device: &dyn Device, snapshot: &Snapshot) -> Vec<String> {
    let names = device.element_names();
    let name = |index: &u16| names.get(usize::from(*index)).cloned();
    snapshot.picked_up.iter().filter_map(name).collect()
}

#[derive(Serialize)]
pub(crate) struct StartDto {
    at: String,
    record: Option<u64>,
}

/// Answer to a manual start.
pub(crate) fn start(start: aura_model::ManualStart) -> StartDto {
    StartDto { at: utc(start.at.tai), record: start.record.map(|id| id.0) }
}

#[derive(Serialize)]
pub(crate) struct JournalPage {
    pub(crate) items: Vec<EntryDto>,
    pub(crate) head: HeadDto,
}

#[derive(Serialize)]
pub(crate) struct EntryDto {
    seq: u64,
    boot: String,
    at: String,
    mono_ns: u64,
    severity: &'static str,
    code: String,
    actor: String,
    text: Both,
    args: BTreeMap<String, String>,
}

/// A line of the journal.
pub(crate) fn entry(entry: &JournalEntry) -> EntryDto {
    EntryDto {
        seq: entry.seq,
        boot: entry.boot.clone(),
        at: utc(entry.at.tai),
        mono_ns: entry.mono_ns,
        severity: severity_word(entry.severity),
        code: entry.number.clone(),
        actor: entry.actor.clone(),
        text: Both::of(|lang| entry.text_in(lang)),
        args: entry.args.iter().cloned().collect(),
    }
}

#[derive(Serialize)]
pub(crate) struct MeDto {
    name: String,
    serial: Option<String>,
    fingerprint: Option<String>,
    roles: Vec<&'static str>,
    anchor: Option<String>,
    not_after: Option<String>,
    token: String,
    functions: Vec<FunctionDto>,
}

#[derive(Serialize)]
struct FunctionDto {
    method: String,
    path: &'static str,
    title: Both,
    open: bool,
    needed: Vec<&'static str>,
}

/// Who asks and what is open to him.
pub(crate) fn me(cx: &Cx) -> MeDto {
    let identity = match &cx.actor {
        aura_model::Actor::Person { identity, .. } => Some(identity),
        _ => None,
    };
    let roles = cx.actor.roles();
    let functions = TABLE.iter().filter_map(|rule| {
        let title = function_title(rule)?;
        Some(FunctionDto {
            method: format!("{:?}", rule.method).to_uppercase(),
            path: rule.path,
            title: Both::of(|lang| words(lang).s(title)),
            open: rule.who.allows(roles),
            needed: names(rule.who.needed()),
        })
    });
    MeDto {
        name: actor_name(&cx.actor),
        serial: identity.map(|identity| identity.serial.clone()),
        fingerprint: identity.map(|identity| identity.fingerprint.clone()),
        roles: names(roles),
        anchor: identity.map(|identity| identity.anchor.clone()),
        not_after: identity.map(|identity| {
            utc(Tai::from_unix_ns(identity.not_after_unix_s.saturating_mul(1_000_000_000)))
        }),
        token: cx.app.tokens.token(&cx.actor),
        functions: functions.collect(),
    }
}

/// Title of a function that people know by a name: pages of the navigation, and actions.
pub(crate) fn function_title(rule: &crate::access::Rule) -> Option<&'static str> {
    match rule.endpoint {
        crate::access::Endpoint::Start => Some("start"),
        _ => rule.entry.map(|entry| entry.title),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_nine_decimals() {
        let check = |unix_ns: i64, expect: &str| {
            assert_eq!(utc(Tai::from_unix_ns(unix_ns)), expect);
        };
        check(1_795_313_422_123_456_789, "2026-11-22T02:10:22.123456789Z");
        check(0, "1970-01-01T00:00:00.000000000Z");
    }

    #[test]
    fn not_a_number_is_null() {
        assert_eq!(text(&[1.5, f64::NAN, f64::INFINITY]), "[1.5,null,null]");
    }
}
