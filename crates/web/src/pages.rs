//! Pages about the recorder itself: state, values, journal, manual start, access.

use crate::access::TABLE;
use crate::api;
use crate::catalogue::{Words, words};
use crate::chrome::Chrome;
use crate::context::{Cx, Input};
use crate::fault::{Fault, role_names};
use crate::records::Row;
use crate::{dto, figures};
use askama::Template;
use aura_model::{
    Actor, AnalogChannel, AnalogLive, HealthItem, HealthState, JournalFilter, Lang, Phase, Stamp,
    Station, Tai, Validity,
};
use axum::response::{Html, IntoResponse, Redirect, Response};

/// Records on the page of state.
const LAST_RECORDS: usize = 5;
/// Lines of one page of the journal.
const JOURNAL_LINES: usize = 100;

/// A filled template as an answer.
pub(crate) fn html(page: &impl Template) -> Result<Response, Fault> {
    let text = page.render().map_err(|error| Fault::Failed(error.to_string()))?;
    Ok(Html(text).into_response())
}

/// The frame of a page with a title from the catalogue.
pub(crate) fn chrome(cx: &Cx, title: &str) -> Chrome {
    Chrome::new(cx, words(cx.lang).s(title), &cx.device().health())
}

/// A finding of self-diagnosis as people read it.
struct Finding {
    state: &'static str,
    subject: String,
    cause: String,
    effect: Option<String>,
    action: Option<String>,
    since: String,
}

impl Finding {
    fn of(t: Words, item: &HealthItem, utc_offset_s: i32) -> Self {
        let number = item.code.number();
        let bad = item.state != HealthState::Good;
        let subject = t.find(&format!("subject-{}", item.subject));
        Self {
            state: dto::state_word(item.state),
            subject: subject.unwrap_or_else(|| item.subject.to_owned()),
            cause: item.code.text(t.lang(), &item.args),
            effect: bad.then(|| t.find(&format!("effect-{number}"))).flatten(),
            action: bad.then(|| t.find(&format!("action-{number}"))).flatten(),
            since: figures::stamp(t.lang(), item.since, utc_offset_s, 0),
        }
    }
}

/// An analog channel as people read it.
pub(crate) struct Reading {
    id: String,
    name: String,
    phase: &'static str,
    phase_class: &'static str,
    unit: String,
    instant: String,
    rms: String,
    magnitude: String,
    angle: String,
    /// `good`, `questionable` or `invalid`.
    validity: &'static str,
}

impl Reading {
    fn of(lang: Lang, channel: &AnalogChannel, now: Option<&AnalogLive>) -> Self {
        let figure = |take: fn(&AnalogLive) -> f64| {
            now.map_or_else(|| figures::NOTHING.into(), |now| figures::value(lang, take(now)))
        };
        let computed = |take: fn(&AnalogLive) -> f64| match now {
            Some(now) if now.computed_valid => figures::value(lang, take(now)),
            _ => figures::NOTHING.to_owned(),
        };
        let angle = now.filter(|now| now.computed_valid).map_or(f64::NAN, |n| n.phasor.angle_deg());
        let validity = now.map_or(Validity::Invalid, |now| now.quality.validity());
        Self {
            id: channel.id.clone(),
            name: channel.name.clone(),
            phase: channel.phase.code(),
            phase_class: phase_class(channel.phase),
            unit: channel.unit.clone(),
            instant: figure(|now| now.instant),
            rms: computed(|now| now.rms),
            magnitude: computed(|now| now.phasor.magnitude()),
            angle: figures::fixed(lang, angle, 1),
            validity: dto::validity_word(validity),
        }
    }
}

const fn phase_class(phase: Phase) -> &'static str {
    match phase {
        Phase::A => "phase-a",
        Phase::B => "phase-b",
        Phase::C => "phase-c",
        Phase::N => "phase-n",
        Phase::Ab | Phase::Bc | Phase::Ca | Phase::None => "phase-none",
    }
}

/// Channels of one circuit.
struct Circuit<T> {
    name: String,
    channels: Vec<T>,
}

/// Puts channels together by circuit; circuits stand as they first appear.
fn by_circuit<T>(channels: impl Iterator<Item = (String, T)>) -> Vec<Circuit<T>> {
    let mut circuits: Vec<Circuit<T>> = Vec::new();
    for (name, channel) in channels {
        match circuits.iter_mut().find(|circuit| circuit.name == name) {
            Some(circuit) => circuit.channels.push(channel),
            None => circuits.push(Circuit { name, channels: vec![channel] }),
        }
    }
    circuits
}

fn readings(cx: &Cx, station: &Station) -> Vec<Circuit<Reading>> {
    let snapshot = cx.device().snapshot();
    by_circuit(station.analog.iter().enumerate().map(|(at, channel)| {
        let now = snapshot.as_ref().and_then(|snapshot| snapshot.analog.get(at));
        (channel.circuit.clone(), Reading::of(cx.lang, channel, now))
    }))
}

/// Frequency and sequence components of a three-phase group.
struct GroupRow {
    id: String,
    name: String,
    unit: String,
    frequency: String,
    positive: String,
    negative: String,
    zero: String,
}

fn groups(cx: &Cx, station: &Station) -> Vec<GroupRow> {
    let snapshot = cx.device().snapshot();
    let rows = station.groups.iter().enumerate().map(|(at, group)| {
        let now = snapshot.as_ref().and_then(|snapshot| snapshot.groups.get(at));
        let figure = |value: Option<f64>| figures::value(cx.lang, value.unwrap_or(f64::NAN));
        let frequency = now.and_then(|now| now.frequency_hz).unwrap_or(f64::NAN);
        GroupRow {
            id: group.id.clone(),
            name: group.name.clone(),
            unit: station.analog.get(group.abc[0]).map_or_else(String::new, |c| c.unit.clone()),
            frequency: figures::fixed(cx.lang, frequency, 3),
            positive: figure(now.map(|now| now.positive.magnitude())),
            negative: figure(now.map(|now| now.negative.magnitude())),
            zero: figure(now.map(|now| now.zero.magnitude())),
        }
    });
    rows.collect()
}

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage {
    c: Chrome,
    recording_possible: bool,
    findings: Vec<Finding>,
    started: String,
    storage: String,
    used_permille: u64,
    blocks: u64,
    overruns: u64,
    record_count: usize,
    records: Vec<Row>,
    circuits: Vec<Circuit<Reading>>,
    groups: Vec<GroupRow>,
    picked_up: Vec<String>,
}

/// Состояние.
pub(crate) fn status(cx: &Cx) -> Result<Response, Fault> {
    let (t, device) = (words(cx.lang), cx.device());
    let (health, station) = (device.health(), device.station());
    let offset = device.utc_offset_s(device.now());
    let whole = health.disk_used.saturating_add(health.disk_free).max(1);
    let picked_up = device.snapshot().map(|snapshot| dto::picked_up(device, &snapshot));
    html(&StatusPage {
        recording_possible: health.recording_possible,
        findings: health.items.iter().map(|item| Finding::of(t, item, offset)).collect(),
        started: figures::stamp(cx.lang, health.started, offset, 0),
        storage: figures::storage(t, &health),
        used_permille: health.disk_used.saturating_mul(1000) / whole,
        blocks: health.blocks,
        overruns: health.overruns,
        record_count: device.record_count(),
        records: device.records(0, LAST_RECORDS).iter().map(|r| Row::of(t, r)).collect(),
        circuits: readings(cx, &station),
        groups: groups(cx, &station),
        picked_up: picked_up.unwrap_or_default(),
        c: Chrome::new(cx, t.s("nav-status"), &health),
    })
}

#[derive(Template)]
#[template(path = "analog.html")]
struct AnalogPage {
    c: Chrome,
    circuits: Vec<Circuit<Reading>>,
    groups: Vec<GroupRow>,
    at: String,
}

/// Аналоговые.
pub(crate) fn analog(cx: &Cx) -> Result<Response, Fault> {
    let station = cx.device().station();
    html(&AnalogPage {
        c: chrome(cx, "nav-analog"),
        circuits: readings(cx, &station),
        groups: groups(cx, &station),
        at: snapshot_time(cx),
    })
}

/// Instant of the newest values.
fn snapshot_time(cx: &Cx) -> String {
    let device = cx.device();
    device.snapshot().map_or_else(
        || figures::NOTHING.to_owned(),
        |snapshot| figures::clock(cx.lang, snapshot.at, device.utc_offset_s(snapshot.at), 3),
    )
}

/// A discrete channel as people read it.
struct Signal {
    id: String,
    name: String,
    on: bool,
    normal: bool,
    known: bool,
}

#[derive(Template)]
#[template(path = "discrete.html")]
struct DiscretePage {
    c: Chrome,
    circuits: Vec<Circuit<Signal>>,
    at: String,
}

/// Дискретные.
pub(crate) fn discrete(cx: &Cx) -> Result<Response, Fault> {
    let (station, snapshot) = (cx.device().station(), cx.device().snapshot());
    let signals = station.discrete.iter().enumerate().map(|(at, channel)| {
        let on = snapshot.as_ref().is_some_and(|snapshot| snapshot.discrete_state(at));
        let known = snapshot.is_some();
        let (id, name) = (channel.id.clone(), channel.name.clone());
        (channel.circuit.clone(), Signal { id, name, on, normal: channel.normal, known })
    });
    let circuits = by_circuit(signals);
    html(&DiscretePage { c: chrome(cx, "nav-discrete"), circuits, at: snapshot_time(cx) })
}

/// A line of the journal as people read it.
struct Line {
    seq: u64,
    time: String,
    severity: &'static str,
    code: String,
    text: String,
    /// The actor as the journal has it.
    actor: String,
    /// Name of the actor.
    who: String,
    /// Address of the actor; empty when he has none.
    from: String,
}

/// Name and address of an actor, out of the words of the journal.
fn who(t: Words, actor: &str) -> (String, String) {
    if actor == Actor::Recorder.to_string() {
        return (t.s("the-recorder"), String::new());
    }
    // From the right: only the name is free text, and it may pretend to go on.
    let Some((name, rest)) = actor.strip_prefix("CN=").and_then(|a| a.rsplit_once(" serial="))
    else {
        return (actor.to_owned(), String::new());
    };
    let from = rest.split_once(" from=").map_or("", |(_, from)| from);
    (name.to_owned(), from.to_owned())
}

#[derive(Template)]
#[template(path = "journal.html")]
struct JournalPage {
    c: Chrome,
    lines: Vec<Line>,
    severity: &'static str,
    text: String,
    older: Option<String>,
    newer: bool,
    head: u64,
}

/// Журнал регистратора.
pub(crate) fn journal(cx: &Cx, input: &Input) -> Result<Response, Fault> {
    let filter = api::filter(input, JOURNAL_LINES)?;
    let entries = cx.device().journal(&filter)?;
    let lines: Vec<Line> = entries
        .iter()
        .map(|entry| (entry, who(words(cx.lang), &entry.actor)))
        .map(|(entry, (who, from))| Line {
            who,
            from,
            seq: entry.seq,
            time: local(cx, entry.at, 3),
            severity: dto::severity_word(entry.severity),
            code: entry.number.clone(),
            text: entry.text_in(cx.lang),
            actor: entry.actor.clone(),
        })
        .collect();
    let full = lines.len() == filter.limit;
    let older = lines
        .last()
        .filter(|last| full && last.seq > 1)
        .map(|last| format!("/journal?before={}{}", last.seq, filter_query(&filter)));
    html(&JournalPage {
        c: chrome(cx, "nav-journal"),
        lines,
        severity: filter.severity.map_or("", dto::severity_word),
        older,
        newer: filter.before.is_some(),
        head: cx.device().journal_head().0,
        text: filter.text,
    })
}

/// Local time of an instant.
fn local(cx: &Cx, at: Stamp, decimals: usize) -> String {
    figures::stamp(cx.lang, at, cx.device().utc_offset_s(at), decimals)
}

/// Severity and text of a filter as the end of a query.
fn filter_query(filter: &JournalFilter) -> String {
    let severity = filter.severity.map(|s| format!("&severity={}", dto::severity_word(s)));
    let text = (!filter.text.is_empty()).then(|| format!("&text={}", percent(&filter.text)));
    severity.unwrap_or_default() + &text.unwrap_or_default()
}

/// A text in a query.
pub(crate) fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut coded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            coded.push(char::from(byte));
        } else {
            coded.push_str(&format!("%{byte:02X}"));
        }
        coded
    })
}

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    c: Chrome,
}

/// Пуск, the form.
pub(crate) fn start_form(cx: &Cx) -> Result<Response, Fault> {
    html(&StartPage { c: chrome(cx, "start") })
}

/// Пуск: leads to the record, or to the list as long as its number is not known.
pub(crate) fn start(cx: &Cx, input: &Input) -> Result<Response, Fault> {
    let started = cx.device().start_record(&cx.actor, &api::reason(input)?)?;
    let to = started
        .record
        .map_or_else(|| "/records?started=1".to_owned(), |id| format!("/records/{id}?started=1"));
    Ok(Redirect::to(&to).into_response())
}

/// A function and whether it is open.
struct Function {
    title: String,
    open: bool,
    needed: String,
}

#[derive(Template)]
#[template(path = "me.html")]
struct MePage {
    c: Chrome,
    rows: Vec<(String, String, bool)>,
    functions: Vec<Function>,
}

/// Мой доступ.
pub(crate) fn me(cx: &Cx) -> Result<Response, Fault> {
    let t = words(cx.lang);
    let functions = TABLE.iter().filter_map(|rule| {
        Some(Function {
            title: t.s(dto::function_title(rule)?),
            open: rule.who.allows(cx.actor.roles()),
            needed: role_names(t, rule.who.needed()),
        })
    });
    let mut rows = vec![(t.s("me-name"), dto::actor_name(&cx.actor), false)];
    if let Actor::Person { identity, from } = &cx.actor {
        let end = Tai::from_unix_ns(identity.not_after_unix_s.saturating_mul(1_000_000_000));
        let end = local(cx, Stamp { tai: end, ..Stamp::default() }, 0);
        rows.push((t.s("me-anchor"), identity.anchor.clone(), false));
        rows.push((t.s("me-not-after"), end, false));
        rows.push((t.s("me-serial"), identity.serial.clone(), true));
        rows.push((t.s("me-fingerprint"), identity.fingerprint.clone(), true));
        rows.push((t.s("me-from"), from.clone(), true));
    }
    html(&MePage { c: chrome(cx, "nav-me"), rows, functions: functions.collect() })
}

#[derive(Template)]
#[template(path = "fault.html")]
struct FaultPage {
    c: Chrome,
    messages: [(&'static str, String); 2],
    status: u16,
    missing_role: bool,
}

/// Why a page is not shown; the reader's language first, the other one below.
pub(crate) fn fault(cx: &Cx, fault: &Fault) -> Response {
    let other = if cx.lang == Lang::Ru { Lang::En } else { Lang::Ru };
    let page = FaultPage {
        c: chrome(cx, "fault-title"),
        messages: [cx.lang, other].map(|lang| (lang.code(), fault.message(lang))),
        status: fault.status().as_u16(),
        missing_role: matches!(fault, Fault::NoRole(_)),
    };
    html(&page).unwrap_or_else(|_| fault.status().into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actors_are_called_by_name() {
        let check = |actor: &str, name: &str, from: &str| {
            assert_eq!(who(words(Lang::En), actor), (name.to_owned(), from.to_owned()), "{actor}");
        };
        check("recorder", "recorder", "");
        check("local:root", "local:root", "");
        check("CN=Иванов serial=4F sha256=5e from=10.0.0.1:5", "Иванов", "10.0.0.1:5");
        check("CN=half", "CN=half", "");
        let forged = "CN=A serial=1 sha256=0 from=10.9.9.9:1 serial=4F sha256=5e from=10.0.0.1:5";
        check(forged, "A serial=1 sha256=0 from=10.9.9.9:1", "10.0.0.1:5");
    }

    #[test]
    fn queries_are_coded() {
        assert_eq!(percent("I> &a=б"), "I%3E%20%26a%3D%D0%B1");
    }
}
