//! Bays, channels and groups: identifiers, columns and references.

use crate::check::field_text;
use crate::document::Document;
use crate::id;
use crate::path::{Path, shown};
use crate::problem::{Code, Problems, Text};
use crate::shape::guess;
use crate::source;
use std::collections::HashMap;

/// Column of each entry, from 0.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub(crate) analog: Vec<usize>,
    pub(crate) discrete: Vec<usize>,
}

/// Checks bays, channels and groups.
pub(crate) fn check(document: &Document, problems: &mut Problems<'_>) -> Columns {
    let inputs = Path::of(&["inputs"]);
    let bays: Vec<String> = document.inputs.bay.iter().map(|bay| bay.id.clone()).collect();
    let mut seen = Seen::default();
    for (entry, bay) in document.inputs.bay.iter().enumerate() {
        let path = inputs.key("bay").entry(entry);
        seen.unique(&bay.id, &path.key("id"), problems);
        field_text(&bay.name, &path.key("name"), problems);
    }
    let mut seen = Seen::default();
    let mut columns = Columns::default();
    let mut taken = Seen::default();
    for (entry, channel) in document.inputs.analog.iter().enumerate() {
        let path = inputs.key("analog").entry(entry);
        seen.unique(&channel.id, &path.key("id"), problems);
        for (key, text) in [("ch_id", &channel.ch_id), ("uu", &channel.uu)] {
            field_text(text.as_deref().unwrap_or(""), &path.key(key), problems);
        }
        if let Some(bay) = &channel.bay {
            reference(bay, &bays, "присоединения", "bay", &path.key("bay"), problems);
        }
        if channel.a == Some(0.0) {
            let message = Text::new("множитель не может быть 0", "the multiplier cannot be 0");
            problems.add(Code::BadRatio, &path.key("a"), message);
        }
        let path = path.key("source");
        columns.analog.push(column(document, &channel.source, false, &path, problems));
        taken.once(&channel.source, &path, problems);
    }
    for (entry, channel) in document.inputs.discrete.iter().enumerate() {
        let path = inputs.key("discrete").entry(entry);
        seen.unique(&channel.id, &path.key("id"), problems);
        field_text(channel.ch_id.as_deref().unwrap_or(""), &path.key("ch_id"), problems);
        if let Some(bay) = &channel.bay {
            reference(bay, &bays, "присоединения", "bay", &path.key("bay"), problems);
        }
        let path = path.key("source");
        columns.discrete.push(column(document, &channel.source, true, &path, problems));
        taken.once(&channel.source, &path, problems);
    }
    groups(document, &mut seen, problems);
    let listed = !source::every_column(document);
    if listed && document.inputs.analog.is_empty() && document.inputs.discrete.is_empty() {
        let message = Text::new(
            "нет ни одного канала: перечислите их или задайте источнику channels = \"all\"",
            "there is no channel: list them or give the source channels = \"all\"",
        );
        problems.add(Code::Unfit, &inputs, message);
    }
    columns
}

fn groups(document: &Document, seen: &mut Seen, problems: &mut Problems<'_>) {
    let channels: Vec<String> = document.inputs.analog.iter().map(|one| one.id.clone()).collect();
    for (entry, group) in document.group.iter().enumerate() {
        let path = Path::of(&["group"]).entry(entry);
        seen.unique(&group.id, &path.key("id"), problems);
        for (key, channel) in [("a", &group.a), ("b", &group.b), ("c", &group.c)] {
            // Channels that only the source names are looked up when the source is known.
            if !source::every_column(document) {
                let path = path.key(key);
                reference(
                    channel,
                    &channels,
                    "аналогового канала",
                    "analog channel",
                    &path,
                    problems,
                );
            }
        }
        if group.a == group.b || group.b == group.c || group.a == group.c {
            let message = Text::new("канал назван дважды", "a channel is named twice");
            problems.add(Code::Duplicate, &path.key("b"), message);
        }
    }
}

/// Tells of a name that refers to nothing.
pub(crate) fn reference(
    name: &str,
    known: &[String],
    what_ru: &str,
    what_en: &str,
    path: &Path,
    problems: &mut Problems<'_>,
) {
    if known.iter().any(|one| one == name) {
        return;
    }
    let near = guess(name, known);
    let message = Text::new(
        format!("нет {what_ru} \"{}\"{}", shown(name), near.ru),
        format!("there is no {what_en} \"{}\"{}", shown(name), near.en),
    );
    problems.add(Code::NoSuchId, path, message);
}

/// Tells of a text that is no identifier.
pub(crate) fn bad_id(id: &str, path: &Path, problems: &mut Problems<'_>) {
    let message = Text::new(
        format!("\"{}\" — не идентификатор", shown(id)),
        format!("\"{}\" is not an identifier", shown(id)),
    );
    problems.add_allowed(Code::BadId, path, message, Text::new(id::ALLOWED, id::ALLOWED));
}

/// Identifiers that were met, with the place of the first one.
#[derive(Debug, Default)]
pub(crate) struct Seen(HashMap<String, String>);

impl Seen {
    /// Checks form and uniqueness of an identifier.
    pub(crate) fn unique(&mut self, id: &str, path: &Path, problems: &mut Problems<'_>) {
        if !id::fits(id) {
            return bad_id(id, path, problems);
        }
        self.once(id, path, problems);
    }

    fn once(&mut self, name: &str, path: &Path, problems: &mut Problems<'_>) {
        if let Some(first) = self.0.get(name) {
            let message = Text::new(
                format!("\"{}\" уже есть: {first}", shown(name)),
                format!("\"{}\" is already taken by {first}", shown(name)),
            );
            problems.add(Code::Duplicate, path, message);
            return;
        }
        self.0.insert(name.to_owned(), path.to_string());
    }
}

/// Column, from 0, that `adc1:3` or `adc1:d17` names; 0 when a problem was told.
fn column(
    document: &Document,
    text: &str,
    discrete: bool,
    path: &Path,
    problems: &mut Problems<'_>,
) -> usize {
    let Some((source, number)) = text.rsplit_once(':') else {
        return bad_column(text, discrete, path, problems);
    };
    let sources: Vec<String> =
        document.inputs.source.iter().map(|one| one.id().to_owned()).collect();
    if !sources.iter().any(|one| one == source) {
        reference(source, &sources, "источника", "source", path, problems);
        return 0;
    }
    let digits = if discrete { number.strip_prefix('d') } else { Some(number) };
    let plain = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let parsed = plain.and_then(|digits| digits.parse::<usize>().ok());
    let Some(column) = parsed.and_then(|number| number.checked_sub(1)) else {
        return bad_column(text, discrete, path, problems);
    };
    let known = source::facts(document).map(|facts| match discrete {
        true => facts.discrete,
        false => facts.analog,
    });
    if let Some(columns) = known.filter(|columns| column >= *columns) {
        let message = Text::new(
            format!("колонки {} у источника нет, их {columns}", column + 1),
            format!("the source has no column {}, it has {columns}", column + 1),
        );
        problems.add(Code::BadColumn, path, message);
        return 0;
    }
    column
}

fn bad_column(text: &str, discrete: bool, path: &Path, problems: &mut Problems<'_>) -> usize {
    let allowed = if discrete { "adc1:d17" } else { "adc1:3" };
    let message = Text::new(
        format!("\"{}\" — не колонка источника", shown(text)),
        format!("\"{}\" is not a column of a source", shown(text)),
    );
    problems.add_allowed(Code::BadColumn, path, message, Text::new(allowed, allowed));
    0
}
