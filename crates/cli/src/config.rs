//! `config`: the document is checked as the recorder checks it.

use crate::args::ConfigCommand;
use crate::error::Error;
use crate::files;
use crate::out::Out;
use aura_settings::{Document, Level, Problem, Text};
use serde_json::{Value, json};
use std::path::PathBuf;

pub(crate) fn run(command: &ConfigCommand, out: &mut Out) -> Result<(), Error> {
    match command {
        ConfigCommand::Check { files } => check(files, out),
        ConfigCommand::Schema => {
            let schema = aura_settings::schema();
            if out.json() {
                return out.data("config-schema", schema.clone());
            }
            out.line(&format!("{schema:#}"))
        }
    }
}

fn check(paths: &[PathBuf], out: &mut Out) -> Result<(), Error> {
    let mut results = Vec::new();
    let mut errors = 0;
    for path in paths {
        let text = files::read_text(path)?;
        let shown = path.display().to_string();
        let (hash, problems) = verdict(&text, &shown);
        let wrong = problems.iter().filter(|one| one.level() == Level::Error).count();
        errors += wrong;
        if out.json() {
            let list: Vec<Value> = problems.iter().map(problem).collect();
            let valid = hash.is_some();
            results.push(json!({ "file": shown, "valid": valid, "hash": hash, "problems": list }));
        } else {
            for one in &problems {
                explain(one, &text, out)?;
            }
            if wrong == 0 {
                let fine = out.say("пригодно", "can be used");
                out.line(&format!("{shown}: {fine}"))?;
            }
        }
    }
    if out.json() {
        out.data("config-check", json!(results))?;
    }
    match errors {
        0 => Ok(()),
        count => Err(Error::Check(Text::new(
            format!("ошибок: {count}"),
            format!("{count} {}", if count == 1 { "error" } else { "errors" }),
        ))),
    }
}

/// Hash of a good document, and everything that is to be said of any. What only the source can
/// tell is checked where the source can be opened here.
fn verdict(text: &str, name: &str) -> (Option<String>, Vec<Problem>) {
    let checked = match Document::parse(text, name) {
        Ok(checked) => checked,
        Err(problems) => return (None, problems),
    };
    let opened = match checked.source() {
        aura_acquire::SourceSpec::Stream(_) => None,
        spec => aura_acquire::open(spec).ok(),
    };
    let joined = opened.map(|opened| checked.plan(opened.description()));
    match joined {
        Some(Err(problems)) => (None, [checked.notes(), &problems].concat()),
        Some(Ok(_)) | None => (Some(checked.hash().to_owned()), checked.notes().to_vec()),
    }
}

fn problem(one: &Problem) -> Value {
    let both = |text: &Text| json!({ "ru": text.ru, "en": text.en });
    json!({
        "code": one.code.number(),
        "level": one.level().code(),
        "place": one.place,
        "line": one.line,
        "column": one.column,
        "value": one.value,
        "allowed": one.allowed.as_ref().map(both),
        "message": both(&one.message),
    })
}

/// The problem, the line it stands in, and a caret below.
fn explain(one: &Problem, text: &str, out: &mut Out) -> Result<(), Error> {
    let lang = out.lang();
    out.line(&one.line_in(lang))?;
    let row = usize::try_from(one.line).unwrap_or(0).saturating_sub(1);
    let Some(line) = text.lines().nth(row).filter(|_| one.level() != Level::Hint) else {
        return Ok(());
    };
    let column = usize::try_from(one.column).unwrap_or(1).saturating_sub(1);
    // A window around the place: lines of channels are long.
    let from = column.saturating_sub(WINDOW / 2);
    let shown: String = line.chars().skip(from).take(WINDOW).map(plain).collect();
    let number = one.line.to_string();
    let (before, dots) = (column - from, if from > 0 { "…" } else { "" });
    out.line(&format!("  {number} | {dots}{}", shown.trim_end()))?;
    let pad = " ".repeat(before + dots.chars().count());
    out.line(&format!("  {} | {pad}^", " ".repeat(number.len())))
}

/// Characters of a line that are shown.
const WINDOW: usize = 78;

fn plain(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}
