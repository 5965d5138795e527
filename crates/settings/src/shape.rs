//! Does the text have the document's shape: keys, types, words and ranges, against the schema.
//!
//! serde would stop at its first error; this walk tells all of them, each at its place. What the
//! parts mean together is not looked at here.

use crate::path::{Path, shown};
use crate::problem::{Code, Problems, Text};
use crate::schema::{resolve, schema};
use serde_json::Value;
use toml::de::{DeTable, DeValue};

/// Checks a whole document.
pub(crate) fn check(root: &DeTable<'_>, problems: &mut Problems<'_>) {
    table(root, schema(), &Path::default(), problems);
}

fn value(found: &DeValue<'_>, node: &Value, path: &Path, problems: &mut Problems<'_>) {
    let node = resolve(schema(), node);
    if let Some(words) = words(node) {
        return word(found, &words, path, problems);
    }
    let branches = node.get("oneOf").and_then(Value::as_array);
    match (found, type_of(node)) {
        (DeValue::Table(found), "object") => match branches {
            Some(branches) => tagged(found, branches, path, problems),
            None => table(found, node, path, problems),
        },
        (DeValue::Array(list), "array") => {
            count(list.len(), node, path, problems);
            let each = &node["items"];
            for (entry, found) in list.iter().enumerate() {
                value(found.get_ref(), each, &path.entry(entry), problems);
            }
        }
        (DeValue::String(text), "string") => string(text, node, path, problems),
        (DeValue::Boolean(_), "boolean") => {}
        (DeValue::Integer(number), "integer" | "number") => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix());
            // Settings are far below 2^53; a longer number is out of every range here anyway.
            #[expect(clippy::cast_precision_loss, reason = "only compared with ranges")]
            let parsed = parsed.map_or(f64::INFINITY, |number| number as f64);
            range(parsed, node, path, problems);
        }
        (DeValue::Float(number), "number") => {
            range(number.as_str().parse().unwrap_or(f64::NAN), node, path, problems);
        }
        (_, expected) => wrong_type(found, expected, path, problems),
    }
}

/// What kind of value a node of the schema wants.
fn type_of(node: &Value) -> &str {
    let own = node.get("type").and_then(Value::as_str);
    own.unwrap_or(if node.get("oneOf").is_some() { "object" } else { "" })
}

/// The allowed words or numbers of a node, when it is a plain choice.
fn words(node: &Value) -> Option<Vec<String>> {
    let list = match node.get("enum").and_then(Value::as_array) {
        Some(list) => list.clone(),
        None => {
            let branches = node.get("oneOf")?.as_array()?;
            branches.iter().map(|one| one.get("const").cloned()).collect::<Option<Vec<_>>>()?
        }
    };
    Some(list.iter().map(|word| word.as_str().map_or(word.to_string(), str::to_owned)).collect())
}

fn word(found: &DeValue<'_>, words: &[String], path: &Path, problems: &mut Problems<'_>) {
    let text = match found {
        DeValue::String(text) => text.as_ref(),
        DeValue::Integer(number) => number.as_str(),
        _ => return wrong_type(found, "string", path, problems),
    };
    if words.iter().any(|word| word == text) {
        return;
    }
    let list: Vec<&str> =
        words.iter().map(|word| if word.is_empty() { "\"\"" } else { word.as_str() }).collect();
    let message = Text::new(
        format!("значение \"{}\" не подходит{}", shown(text), guess(text, words).ru),
        format!("value \"{}\" does not fit{}", shown(text), guess(text, words).en),
    );
    let list = list.join(" ");
    problems.add_allowed(Code::NotAllowed, path, message, Text::new(list.clone(), list));
}

/// A table that is one of several kinds, told apart by `kind`.
fn tagged(found: &DeTable<'_>, branches: &[Value], path: &Path, problems: &mut Problems<'_>) {
    let kind_of =
        |branch: &Value| branch["properties"]["kind"]["const"].as_str().map(str::to_owned);
    let kinds: Vec<String> = branches.iter().filter_map(kind_of).collect();
    let Some(kind) = found.get("kind") else {
        let list = kinds.join(" ");
        let message = Text::new("нет ключа \"kind\"", "key \"kind\" is missing");
        let allowed = Text::new(list.clone(), list);
        return problems.add_allowed(Code::MissingKey, path, message, allowed);
    };
    let chosen =
        branches.iter().find(|branch| kind_of(branch).as_deref() == kind.get_ref().as_str());
    match chosen {
        Some(branch) => table(found, branch, path, problems),
        None => word(kind.get_ref(), &kinds, &path.key("kind"), problems),
    }
}

fn table(found: &DeTable<'_>, node: &Value, path: &Path, problems: &mut Problems<'_>) {
    let Some(known) = node.get("properties").and_then(Value::as_object) else { return };
    for (key, inner) in found {
        let key = key.get_ref().as_ref();
        match known.get(key) {
            // The tag was looked at when the kind was chosen.
            Some(node) if node.get("const").is_some() => {}
            Some(node) => value(inner.get_ref(), node, &path.key(key), problems),
            None => {
                let names: Vec<String> = known.keys().cloned().collect();
                let near = guess(key, &names);
                let message = Text::new(
                    format!("неизвестный ключ{}", near.ru),
                    format!("unknown key{}", near.en),
                );
                let list = names.join(" ");
                let allowed = Text::new(list.clone(), list);
                problems.add_allowed(Code::UnknownKey, &path.key(key), message, allowed);
            }
        }
    }
    let required = node.get("required").and_then(Value::as_array);
    for key in required.into_iter().flatten().filter_map(Value::as_str) {
        if !found.contains_key(key) {
            let message = Text::new(
                format!("нет обязательного ключа \"{key}\""),
                format!("required key \"{key}\" is missing"),
            );
            problems.add(Code::MissingKey, path, message);
        }
    }
}

fn string(text: &str, node: &Value, path: &Path, problems: &mut Problems<'_>) {
    count(text.chars().count(), node, path, problems);
    if text.chars().any(char::is_control) {
        let message = Text::new(
            "управляющие символы в тексте недопустимы",
            "control characters are not allowed in a text",
        );
        problems.add(Code::BadText, path, message);
    }
}

fn count(length: usize, node: &Value, path: &Path, problems: &mut Problems<'_>) {
    let limit = |name: &str| {
        node.get(name).and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok())
    };
    let (what_ru, what_en, min, max) = match type_of(node) {
        "array" => ("записей", "entries", limit("minItems"), limit("maxItems")),
        _ => ("символов", "characters", limit("minLength"), limit("maxLength")),
    };
    // Names without a limit of their own still fit a COMTRADE field.
    let (min, max) = (min.unwrap_or(0), max.unwrap_or(MOST_CHARS));
    if !(min..=max).contains(&length) {
        let message = Text::new(format!("{what_ru}: {length}"), format!("{length} {what_en}"));
        let allowed = format!("{min}..{max}");
        problems.add_allowed(Code::WrongLength, path, message, Text::new(allowed.clone(), allowed));
    }
}

/// Most characters of a text, or entries of a list, whose schema states no other limit.
const MOST_CHARS: usize = 4096;

fn range(number: f64, node: &Value, path: &Path, problems: &mut Problems<'_>) {
    let limit = |name: &str| node.get(name).and_then(Value::as_f64);
    let (min, max) = (limit("minimum").unwrap_or(f64::MIN), limit("maximum").unwrap_or(f64::MAX));
    if (min..=max).contains(&number) {
        return;
    }
    let message =
        Text::new(format!("{number} вне допустимых пределов"), format!("{number} is out of range"));
    let allowed = format!("{min}..{max}");
    problems.add_allowed(Code::OutOfRange, path, message, Text::new(allowed.clone(), allowed));
}

fn wrong_type(found: &DeValue<'_>, expected: &str, path: &Path, problems: &mut Problems<'_>) {
    let (ru, en) = match found {
        DeValue::String(_) => ("строка", "a string"),
        DeValue::Integer(_) => ("целое число", "an integer"),
        DeValue::Float(_) => ("дробное число", "a float"),
        DeValue::Boolean(_) => ("логическое значение", "a boolean"),
        DeValue::Datetime(_) => ("дата", "a date"),
        DeValue::Array(_) => ("список", "a list"),
        DeValue::Table(_) => ("таблица", "a table"),
    };
    let (want_ru, want_en) = match expected {
        "string" => ("строка в кавычках", "a quoted string"),
        "integer" => ("целое число", "an integer"),
        "number" => ("число", "a number"),
        "boolean" => ("true или false", "true or false"),
        "array" => ("список [ … ]", "a list [ … ]"),
        _ => ("таблица { … }", "a table { … }"),
    };
    let message = Text::new(format!("здесь стоит {ru}"), format!("found {en}"));
    problems.add_allowed(Code::WrongType, path, message, Text::new(want_ru, want_en));
}

/// `: may be you meant …`, when some known name is near.
pub(crate) fn guess(text: &str, known: &[String]) -> Text {
    if text.chars().count() > MOST_GUESSED {
        return Text::new("", "");
    }
    let near = known
        .iter()
        .filter(|name| !name.is_empty())
        .map(|name| (strsim::damerau_levenshtein(text, name), name))
        .min()
        .filter(|(distance, name)| distance * 3 <= name.chars().count() + 1);
    match near {
        Some((_, name)) => Text::new(
            format!(" (возможно, имелось в виду \"{name}\"?)"),
            format!(" (did you mean \"{name}\"?)"),
        ),
        None => Text::new("", ""),
    }
}

/// Longer names are no typing errors of ours; the distance's cost grows with the square.
const MOST_GUESSED: usize = 64;
