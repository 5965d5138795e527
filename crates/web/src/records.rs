//! Pages about records and their reports.

use crate::catalogue::{Words, words};
use crate::chrome::Chrome;
use crate::context::{Cx, Input};
use crate::fault::Fault;
use crate::pages::{chrome, html};
use crate::{dto, figures};
use askama::Template;
use aura_model::{Cause, FileKind, Lang, PickupInfo, RecordInfo, RecordState};
use axum::response::Response;

/// Records of one page of the list.
const PAGE: usize = 50;

/// A record as a row of a list.
pub(crate) struct Row {
    pub(crate) id: u64,
    pub(crate) time: String,
    pub(crate) cause: String,
    /// How many starts more.
    pub(crate) more_causes: Option<String>,
    pub(crate) summary: String,
    pub(crate) duration: String,
    pub(crate) size: String,
    /// `open`, `complete`, `interrupted` or `unreadable`.
    pub(crate) state: &'static str,
    pub(crate) simulated: bool,
    pub(crate) has_report: bool,
}

impl Row {
    pub(crate) fn of(t: Words, record: &RecordInfo) -> Self {
        let first = record.pickups.first();
        Self {
            id: record.id.0,
            time: figures::stamp(t.lang(), record.trigger, record.utc_offset_s, 3),
            cause: first.map_or_else(|| figures::NOTHING.to_owned(), |pickup| cause(t, pickup)),
            more_causes: more_causes(t, record.pickups.len()),
            summary: record.summary[usize::from(t.lang() == Lang::En)].clone(),
            duration: figures::fixed(t.lang(), dto::seconds(record.duration_ns), 3),
            size: figures::bytes(t, record.bytes()),
            state: state_word(&record.state),
            simulated: record.simulated,
            has_report: has_report(record),
        }
    }
}

fn more_causes(t: Words, pickups: usize) -> Option<String> {
    (pickups > 1).then(|| t.n("more-causes", pickups as u64 - 1))
}

const fn state_word(state: &RecordState) -> &'static str {
    match state {
        RecordState::Open => "open",
        RecordState::Complete => "complete",
        RecordState::Interrupted => "interrupted",
        RecordState::Unreadable(_) => "unreadable",
    }
}

fn has_report(record: &RecordInfo) -> bool {
    record.files.iter().any(|f| matches!(f.kind, FileKind::ReportRu | FileKind::ReportEn))
}

/// What started a record, in words.
fn cause(t: Words, pickup: &PickupInfo) -> String {
    match pickup.cause {
        Cause::Element => pickup.name.clone(),
        Cause::Manual if pickup.name.is_empty() => t.s("cause-manual"),
        Cause::Manual => format!("{}: {}", t.s("cause-manual"), pickup.name),
        Cause::Network => format!("{}: {}", t.s("cause-network"), pickup.name),
    }
}

#[derive(Template)]
#[template(path = "records.html")]
struct RecordsPage {
    c: Chrome,
    rows: Vec<Row>,
    total: usize,
    total_text: String,
    from: usize,
    to: usize,
    newer: Option<usize>,
    older: Option<usize>,
    started: bool,
    storage: String,
}

/// Осциллограммы.
pub(crate) fn list(cx: &Cx, input: &Input) -> Result<Response, Fault> {
    let (t, device) = (words(cx.lang), cx.device());
    let offset = input.count("offset", 0, usize::MAX)?;
    let rows: Vec<Row> = device.records(offset, PAGE).iter().map(|r| Row::of(t, r)).collect();
    let (total, health) = (device.record_count(), device.health());
    let to = offset.saturating_add(rows.len());
    html(&RecordsPage {
        total,
        total_text: t.n("records-count", total as u64),
        from: if rows.is_empty() { 0 } else { offset + 1 },
        to,
        newer: (offset > 0).then(|| offset.saturating_sub(PAGE)),
        older: (to < total && !rows.is_empty()).then_some(to),
        rows,
        started: input.query.contains_key("started"),
        storage: figures::storage(t, &health),
        c: Chrome::new(cx, t.s("nav-records"), &health),
    })
}

#[derive(Template)]
#[template(path = "reports.html")]
struct ReportsPage {
    c: Chrome,
    rows: Vec<Row>,
    older: Option<usize>,
    newer: Option<usize>,
}

/// Отчёты: records that have one.
pub(crate) fn reports(cx: &Cx, input: &Input) -> Result<Response, Fault> {
    let (t, device) = (words(cx.lang), cx.device());
    let offset = input.count("offset", 0, usize::MAX)?;
    let records = device.records(offset, PAGE);
    let to = offset.saturating_add(records.len());
    html(&ReportsPage {
        rows: records.iter().filter(|r| has_report(r)).map(|r| Row::of(t, r)).collect(),
        older: (to < device.record_count() && !records.is_empty()).then_some(to),
        newer: (offset > 0).then(|| offset.saturating_sub(PAGE)),
        c: chrome(cx, "nav-reports"),
    })
}

/// A pickup as a row.
struct PickupRow {
    time: String,
    after: String,
    name: String,
    value: String,
    setting: String,
    unit: String,
    inputs: String,
}

/// A file of a record as a row.
struct FileRow {
    kind: &'static str,
    name: String,
    size: String,
}

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage {
    c: Chrome,
    row: Row,
    facts: Vec<(String, String)>,
    error: Option<String>,
    pickups: Vec<PickupRow>,
    files: Vec<FileRow>,
    sha256: String,
    report: Option<String>,
    started: bool,
}

/// One record.
pub(crate) fn record(cx: &Cx, input: &Input) -> Result<Response, Fault> {
    let t = words(cx.lang);
    let record = cx.device().record(input.record_id()?).ok_or(Fault::NotFound)?;
    let mut c = chrome(cx, "record-title");
    c.title = t.a("record-number", "id", record.id.to_string());
    html(&RecordPage {
        c,
        row: Row::of(t, &record),
        facts: facts(t, &record),
        error: match &record.state {
            RecordState::Unreadable(why) => Some(why.clone()),
            _ => None,
        },
        pickups: pickups(t, &record),
        files: files(t, &record),
        sha256: record.sha256.clone(),
        report: cx.device().report_text(record.id, cx.lang).ok(),
        started: input.query.contains_key("started"),
    })
}

/// What is known of a record, as pairs.
fn facts(t: Words, record: &RecordInfo) -> Vec<(String, String)> {
    let lang = t.lang();
    let offset = record.utc_offset_s;
    let zone = figures::zone(offset);
    let with_zone = |stamp| format!("{} {zone}", figures::stamp(lang, stamp, offset, 6));
    let (analog, discrete) = record.channels;
    let channels = t.args(
        "record-channels-value",
        &[("analog", &analog.to_string()), ("discrete", &discrete.to_string())],
    );
    let mut facts = vec![
        (t.s("record-name"), record.name.clone()),
        (t.s("record-trigger"), with_zone(record.trigger)),
        (t.s("record-start"), with_zone(record.start)),
        (t.s("record-time-error"), figures::error_bound(t, record.trigger.quality.error_ns)),
        (
            t.s("record-duration"),
            format!(
                "{} {}",
                figures::fixed(lang, dto::seconds(record.duration_ns), 3),
                t.s("unit-s")
            ),
        ),
        (t.s("record-rows"), record.rows.to_string()),
        (t.s("record-channels"), channels),
        (t.s("record-size"), figures::bytes(t, record.bytes())),
    ];
    if let Some(reason) = record.reason {
        facts.push((t.s("record-ended"), t.s(&format!("reason-{}", dto::reason_word(reason)))));
    }
    facts
}

fn pickups(t: Words, record: &RecordInfo) -> Vec<PickupRow> {
    let first = record.pickups.first().map_or(record.trigger, |pickup| pickup.at);
    let row = |pickup: &PickupInfo| {
        let after_ms = dto::seconds(pickup.at.tai.since_ns(first.tai)) * 1e3;
        PickupRow {
            time: figures::clock(t.lang(), pickup.at, record.utc_offset_s, 6),
            after: figures::fixed(t.lang(), after_ms, 2),
            name: cause(t, pickup),
            value: figures::value(t.lang(), pickup.value),
            setting: figures::value(t.lang(), pickup.setting),
            unit: pickup.unit.clone(),
            inputs: pickup.inputs.join(", "),
        }
    };
    record.pickups.iter().map(row).collect()
}

fn files(t: Words, record: &RecordInfo) -> Vec<FileRow> {
    let row = |file: &aura_model::RecordFile| FileRow {
        kind: file.kind.ending(),
        name: file.name.clone(),
        size: figures::bytes(t, file.bytes),
    };
    record.files.iter().map(row).collect()
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    c: Chrome,
    row: Row,
    text: String,
    kind: &'static str,
}

/// Text of a record's report.
pub(crate) fn report(cx: &Cx, input: &Input) -> Result<Response, Fault> {
    let t = words(cx.lang);
    let id = input.record_id()?;
    let record = cx.device().record(id).ok_or(Fault::NotFound)?;
    let mut c = chrome(cx, "report-title");
    c.title = t.a("report-number", "id", id.to_string());
    let kind = if cx.lang == Lang::Ru { FileKind::ReportRu } else { FileKind::ReportEn };
    let text = cx.device().report_text(id, cx.lang)?;
    html(&ReportPage { c, row: Row::of(t, &record), text, kind: kind.ending() })
}
