//! What a recorder answers, laid out for people.

use crate::error::Error;
use crate::out::Out;
use crate::table::Table;
use aura_model::Lang;
use serde_json::Value;

/// A text that the recorder gives in both languages.
fn both(value: &Value, lang: Lang) -> &str {
    value[lang.code()].as_str().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// An instant to the millisecond; `—` when there is none.
pub(super) fn time(value: &Value) -> String {
    let Some(stamp) = value.as_str() else { return "—".to_owned() };
    match stamp.split_once('.') {
        Some((second, fraction)) => {
            let millis: String = fraction.chars().take(3).collect();
            format!("{}.{millis}Z", second.replacen('T', " ", 1))
        }
        None => stamp.to_owned(),
    }
}

/// A number with some decimals; `—` for what cannot be told.
pub(super) fn number(value: &Value, decimals: usize) -> String {
    value.as_f64().map_or_else(|| "—".to_owned(), |number| format!("{number:.decimals$}"))
}

/// Bytes with a binary unit.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} B"),
        _ => format!("{value:.1} {}", UNITS[unit]),
    }
}

/// State of the recorder, with its newest record.
pub(super) fn status(data: &Value, last: &Value, out: &mut Out) -> Result<(), Error> {
    let lang = out.lang();
    let mut table = Table::new(&["", ""]);
    let mut fact = |ru: &str, en: &str, value: String| {
        let name = if lang == Lang::Ru { ru } else { en };
        table.row([name.to_owned(), value]);
    };
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let health = &data["health"];
    fact(
        "Регистратор",
        "Recorder",
        format!("{}, {}", text(&data["rec_dev_id"]), text(&data["station"])),
    );
    let state = state_word(health["state"].as_str(), lang);
    fact("Состояние", "State", state.to_owned());
    if health["recording_possible"] == false {
        let no = if lang == Lang::Ru { "НЕВОЗМОЖНА" } else { "NOT POSSIBLE" };
        fact("Запись", "Recording", no.to_owned());
    }
    let clock = &data["time"];
    let error = clock["error_ns"].as_f64().map(|ns| format!(", ±{:.3} ms", ns / 1e6));
    let sync =
        format!("{}  {}{}", time(&clock["utc"]), text(&clock["sync"]), error.unwrap_or_default());
    fact("Время", "Time", sync);
    let records = &data["records"];
    fact(
        "Записи",
        "Records",
        format!("{}, {}", count(&records["count"]), size(count(&records["bytes"]))),
    );
    if let Some(id) = last["id"].as_u64() {
        let line = format!("{id}  {}  {}", time(&last["trigger"]), cause(last));
        fact("Последняя", "Newest", line);
    }
    fact("Свободно", "Free space", size(count(&data["disk"]["free_bytes"])));
    let pipeline = &data["pipeline"];
    let mut blocks = format!("{} / {}", count(&pipeline["blocks"]), count(&pipeline["overruns"]));
    if pipeline["simulated"] == true {
        blocks.push_str(if lang == Lang::Ru { "  ИМИТАЦИЯ" } else { "  SIMULATED" });
    }
    fact("Блоки/потери", "Blocks/overruns", blocks);
    fact("Версия", "Version", format!("{}, {}", text(&data["version"]), time(&data["started"])));
    out.table(&table)?;
    let mut items = Table::new(&["", "", ""]);
    for item in health["items"].as_array().into_iter().flatten() {
        if item["state"] != "good" {
            let word = state_word(item["state"].as_str(), lang).to_owned();
            items.row([word, text(&item["subject"]), both(&item["text"], lang).to_owned()]);
        }
    }
    if items.is_empty() {
        return Ok(());
    }
    out.line("")?;
    out.table(&items)
}

fn state_word(state: Option<&str>, lang: Lang) -> &'static str {
    match (state, lang) {
        (Some("good"), Lang::Ru) => "исправен",
        (Some("good"), Lang::En) => "good",
        (Some("warning"), Lang::Ru) => "предупреждение",
        (Some("warning"), Lang::En) => "warning",
        (Some("fault"), Lang::Ru) => "неисправность",
        (Some("fault"), Lang::En) => "fault",
        (_, Lang::Ru) => "неизвестно",
        (_, Lang::En) => "unknown",
    }
}

/// What started a record.
fn cause(record: &Value) -> String {
    let pickup = &record["pickups"][0];
    let name = text(&pickup["name"]);
    if name.is_empty() { text(&pickup["cause"]) } else { name }
}

/// A table of records.
pub(super) fn records(data: &Value, out: &mut Out) -> Result<(), Error> {
    let head = match out.lang() {
        Lang::Ru => [">№", "пуск", ">длит., с", "состояние", ">размер", "причина", "итог"],
        Lang::En => [">no.", "trigger", ">length, s", "state", ">size", "cause", "summary"],
    };
    let mut table = Table::new(&head);
    let items = data["items"].as_array().map_or(&[][..], Vec::as_slice);
    for one in items {
        table.row([
            one["id"].to_string(),
            time(&one["trigger"]),
            number(&one["duration_s"], 3),
            text(&one["state"]),
            size(one["bytes"].as_u64().unwrap_or(0)),
            cause(one),
            both(&one["summary"], out.lang()).to_owned(),
        ]);
    }
    out.table(&table)?;
    let total = data["total"].as_u64().unwrap_or(0);
    if total > items.len() as u64 {
        let of = out.say("показано", "shown");
        out.talk(&format!("{of} {}/{total} (-n, --offset)", items.len()));
    }
    Ok(())
}

/// One record.
pub(super) fn record(data: &Value, out: &mut Out) -> Result<(), Error> {
    let lang = out.lang();
    let mut table = Table::new(&["", ""]);
    let mut fact = |ru: &str, en: &str, value: String| {
        let name = if lang == Lang::Ru { ru } else { en };
        table.row([name.to_owned(), value]);
    };
    fact("Запись", "Record", format!("{}  {}", data["id"], text(&data["name"])));
    let mut state = text(&data["state"]);
    for detail in ["reason", "error"] {
        if let Some(detail) = data[detail].as_str() {
            state = format!("{state}, {detail}");
        }
    }
    if data["simulated"] == true {
        state.push_str(if lang == Lang::Ru { ", ИМИТАЦИЯ" } else { ", SIMULATED" });
    }
    fact("Состояние", "State", state);
    fact("Начало", "Start", time(&data["start"]));
    fact("Пуск", "Trigger", time(&data["trigger"]));
    let length = format!("{} s, {} rows", number(&data["duration_s"], 3), data["rows"]);
    fact("Длительность", "Length", length);
    fact("Каналы", "Channels", format!("{} + {}", data["analog"], data["discrete"]));
    fact("SHA-256", "SHA-256", text(&data["sha256"]));
    let summary = both(&data["summary"], lang);
    if !summary.is_empty() {
        fact("Итог", "Summary", summary.to_owned());
    }
    out.table(&table)?;
    let head = match lang {
        Lang::Ru => ["пуск", "орган", ">значение", ">уставка", "ед."],
        Lang::En => ["pickup", "element", ">value", ">setting", "unit"],
    };
    let mut pickups = Table::new(&head);
    for one in data["pickups"].as_array().into_iter().flatten() {
        let name = cause(&serde_json::json!({ "pickups": [one] }));
        let (value, setting) = (number(&one["value"], 3), number(&one["setting"], 3));
        pickups.row([time(&one["at"]), name, value, setting, text(&one["unit"])]);
    }
    if !pickups.is_empty() {
        out.line("")?;
        out.table(&pickups)?;
    }
    let mut files = Table::new(&["", ">"]);
    for one in data["files"].as_array().into_iter().flatten() {
        files.row([text(&one["name"]), size(one["bytes"].as_u64().unwrap_or(0))]);
    }
    if !files.is_empty() {
        out.line("")?;
        out.table(&files)?;
    }
    Ok(())
}

/// One line of the journal.
pub(super) fn log_line(item: &Value, out: &mut Out) -> Result<(), Error> {
    let lang = out.lang();
    let severity = text(&item["severity"]);
    let colour = match (out.paints(), severity.as_str()) {
        (true, "fault") => "\x1b[31m",
        (true, "warning") => "\x1b[33m",
        _ => "",
    };
    let end = if colour.is_empty() { "" } else { "\x1b[0m" };
    let line = format!(
        "{} {:>6} {colour}{severity:<7}{end} {} {}",
        time(&item["at"]),
        item["seq"].as_u64().unwrap_or(0),
        text(&item["code"]),
        both(&item["text"], lang).replace(char::is_control, " "),
    );
    let actor = text(&item["actor"]);
    match actor.as_str() {
        "" | "recorder" => out.line(&line),
        _ => out.line(&format!("{line} [{}]", actor.replace(char::is_control, " "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn instants_and_sizes_for_people() {
        assert_eq!(time(&json!("2026-11-22T02:10:22.123456789Z")), "2026-11-22 02:10:22.123Z");
        assert_eq!(time(&Value::Null), "—");
        for (bytes, expect) in
            [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (3 << 30, "3.0 GiB")]
        {
            assert_eq!(size(bytes), expect);
        }
        assert_eq!(number(&json!(1.23456), 3), "1.235");
        assert_eq!(number(&Value::Null, 3), "—");
    }
}
