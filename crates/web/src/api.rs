//! Endpoints of the JSON API.

use crate::context::{Cx, Input};
use crate::dto;
use crate::fault::Fault;
use aura_model::{JournalFilter, Severity};
use axum::response::Response;

/// Entries of one answer, unless fewer are asked for.
const LIMIT: usize = 50;
/// Entries of one answer at most.
const LIMIT_MAX: usize = 1_000;
/// Length of the reason of a manual start, characters.
const REASON_MAX: usize = 200;

pub(crate) fn status(cx: &Cx) -> Result<Response, Fault> {
    Ok(dto::answer("aura/status/1", &dto::status(cx)))
}

pub(crate) fn live(cx: &Cx) -> Result<Response, Fault> {
    let snapshot = cx.device().snapshot();
    let snapshot = snapshot.ok_or_else(|| Fault::Failed("no samples have arrived yet".into()))?;
    Ok(dto::answer("aura/live/1", &dto::live(cx.device(), &snapshot)))
}

pub(crate) fn records(cx: &Cx, input: &Input) -> Result<Response, Fault> {
    let offset = input.count("offset", 0, usize::MAX)?;
    let limit = input.count("limit", LIMIT, LIMIT_MAX)?;
    let items = cx.device().records(offset, limit).iter().map(dto::record).collect();
    Ok(dto::answer(
        "aura/records/1",
        &dto::RecordsPage { total: cx.device().record_count(), items },
    ))
}

pub(crate) fn record(cx: &Cx, input: &Input) -> Result<Response, Fault> {
    let record = cx.device().record(input.record_id()?).ok_or(Fault::NotFound)?;
    Ok(dto::answer("aura/record/1", &dto::record(&record)))
}

pub(crate) fn report(cx: &Cx, input: &Input) -> Result<Response, Fault> {
    Ok(dto::answer("aura/report/1", &dto::report(&*cx.device().report(input.record_id()?)?)))
}

pub(crate) fn start(cx: &Cx, input: &Input) -> Result<Response, Fault> {
    let started = cx.device().start_record(&cx.actor, &reason(input)?)?;
    Ok(dto::answer("aura/start/1", &dto::start(started)))
}

/// Reason of a manual start: one line, may be empty.
pub(crate) fn reason(input: &Input) -> Result<String, Fault> {
    let reason = input.fields.get("reason").map_or("", |reason| reason.trim());
    if reason.chars().count() > REASON_MAX || reason.chars().any(char::is_control) {
        let value = reason.chars().take(20).filter(|c| !c.is_control()).collect();
        return Err(Fault::Input { name: "reason", value, allowed: "1 line, 0…200" });
    }
    Ok(reason.to_owned())
}

pub(crate) fn journal(cx: &Cx, input: &Input) -> Result<Response, Fault> {
    let entries = cx.device().journal(&filter(input, LIMIT)?)?;
    let items = entries.iter().map(dto::entry).collect();
    Ok(dto::answer("aura/journal/1", &dto::JournalPage { items, head: dto::head(cx.device()) }))
}

/// Which entries the query wants.
pub(crate) fn filter(input: &Input, limit: usize) -> Result<JournalFilter, Fault> {
    let severity = match input.text("severity") {
        "" => None,
        word => Some(
            [Severity::Info, Severity::Warning, Severity::Fault]
                .into_iter()
                .find(|severity| dto::severity_word(*severity) == word)
                .ok_or_else(|| Fault::Input {
                    name: "severity",
                    value: word.into(),
                    allowed: "info, warning, fault",
                })?,
        ),
    };
    Ok(JournalFilter {
        before: input.number("before")?,
        after: input.number("after")?,
        limit: input.count("limit", limit, LIMIT_MAX)?,
        severity,
        text: input.text("text").to_owned(),
    })
}

pub(crate) fn me(cx: &Cx) -> Result<Response, Fault> {
    Ok(dto::answer("aura/me/1", &dto::me(cx)))
}
