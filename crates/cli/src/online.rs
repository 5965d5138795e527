//! Commands that ask a running recorder.

use crate::args::{GetFormat, LogArgs, RecordCommand, Severity};
use crate::client::{Client, encoded};
use crate::error::Error;
use crate::files;
use crate::out::Out;
use crate::table::Table;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

mod show;

/// What is asked.
#[derive(Debug)]
pub(crate) enum Ask<'a> {
    Status { watch: bool },
    Record(&'a RecordCommand),
    Analog,
    Discrete,
    Log(&'a LogArgs),
}

/// How often a watched screen or a followed journal is asked for.
const PERIOD: Duration = Duration::from_secs(1);

/// Runs an online command on a runtime of its own.
pub(crate) fn run(socket: &Path, ask: &Ask<'_>, out: &mut Out) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::failed(&error))?;
    let client = Client::new(socket);
    runtime.block_on(async {
        match ask {
            Ask::Status { watch } => status(&client, *watch, out).await,
            Ask::Record(command) => record(&client, command, out).await,
            Ask::Analog => analog(&client, out).await,
            Ask::Discrete => discrete(&client, out).await,
            Ask::Log(args) => log(&client, args, out).await,
        }
    })
}

async fn status(client: &Client<'_>, watch: bool, out: &mut Out) -> Result<(), Error> {
    loop {
        let data = client.get("/api/v1/status").await?;
        if out.json() {
            out.data("status", data)?;
        } else {
            let last = client.get("/api/v1/records?limit=1").await?;
            if watch && out.paints() {
                out.bytes(b"\x1b[H\x1b[2J")?;
            }
            show::status(&data, &last["items"][0], out)?;
        }
        out.flush()?;
        if !watch {
            return Ok(());
        }
        tokio::time::sleep(PERIOD).await;
    }
}

async fn record(client: &Client<'_>, command: &RecordCommand, out: &mut Out) -> Result<(), Error> {
    match command {
        RecordCommand::List { limit, offset } => {
            let path = format!("/api/v1/records?offset={offset}&limit={limit}");
            let data = client.get(&path).await?;
            if out.json() { out.data("record-list", data) } else { show::records(&data, out) }
        }
        RecordCommand::Show { id } => {
            let data = client.get(&format!("/api/v1/records/{id}")).await?;
            if out.json() { out.data("record", data) } else { show::record(&data, out) }
        }
        RecordCommand::Get { id, format, output, force } => {
            get(client, *id, *format, output.as_deref(), *force, out).await
        }
        RecordCommand::Trigger { reason } => {
            let body = json!({ "reason": reason });
            let data = client.post("/api/v1/records/start", &body).await?;
            if out.json() {
                return out.data("record-trigger", data);
            }
            let at = show::time(&data["at"]);
            match data["record"].as_u64() {
                Some(id) => {
                    let started = out.say("запись", "record");
                    out.line(&format!("{started} {id}  {at}"))
                }
                None => {
                    let joined = out.say("пуск принят", "start taken");
                    out.line(&format!("{joined}  {at}"))
                }
            }
        }
    }
}

/// Fetches what is asked of a record into files that did not exist.
async fn get(
    client: &Client<'_>,
    id: u64,
    format: GetFormat,
    output: Option<&Path>,
    force: bool,
    out: &mut Out,
) -> Result<(), Error> {
    let record = client.get(&format!("/api/v1/records/{id}")).await?;
    let name = record["name"].as_str().unwrap_or_default();
    // The name comes from the recorder; it must not lead out of this folder.
    let base = match name.is_empty() || name.contains(['/', '\0']) || name.starts_with('.') {
        true => format!("record-{id}"),
        false => name.to_owned(),
    };
    let (kind, ending) = match format {
        GetFormat::Zip => ("zip", "zip"),
        GetFormat::Cff => ("cff", "cff"),
        GetFormat::Ru => ("ru.txt", "ru.txt"),
        GetFormat::En => ("en.txt", "en.txt"),
        GetFormat::Json => ("json", "json"),
        GetFormat::Cfgdat => {
            let folder = output.unwrap_or_else(|| Path::new("."));
            return get_parts(client, id, &record, &folder.join(&base), force, out).await;
        }
    };
    let url = format!("/api/v1/records/{id}/file/{kind}");
    if output == Some(Path::new("-")) {
        client.copy(&url, out.writer()).await?;
        return Ok(());
    }
    let own = PathBuf::from(format!("{base}.{ending}"));
    let path = output.map_or(own, Path::to_path_buf);
    let bytes = fetch(client, &url, &path, force).await?;
    written(&[(path, bytes)], out)
}

async fn get_parts(
    client: &Client<'_>,
    id: u64,
    record: &Value,
    stem: &Path,
    force: bool,
    out: &mut Out,
) -> Result<(), Error> {
    let files = record["files"].as_array().map_or(&[][..], Vec::as_slice);
    let has = |kind: &str| files.iter().any(|file| file["kind"] == kind);
    let kinds: Vec<&str> = ["cfg", "dat", "hdr", "inf"].into_iter().filter(|k| has(k)).collect();
    if !kinds.contains(&"cfg") {
        return Err(Error::NotFound(aura_settings::Text::new(
            format!("запись {id} хранится одним файлом: --format cff"),
            format!("record {id} is kept as one file: --format cff"),
        )));
    }
    let paths: Vec<PathBuf> = kinds.iter().map(|kind| files::with_ending(stem, kind)).collect();
    if !force {
        files::refuse_existing(&paths)?;
    }
    let mut done = Vec::new();
    for (kind, path) in kinds.iter().zip(paths) {
        let url = format!("/api/v1/records/{id}/file/{kind}");
        let bytes = fetch(client, &url, &path, force).await?;
        done.push((path, bytes));
    }
    written(&done, out)
}

async fn fetch(client: &Client<'_>, url: &str, path: &Path, force: bool) -> Result<u64, Error> {
    let mut file = files::create(path, force)?;
    let bytes = client.copy(url, &mut file).await;
    match bytes {
        Ok(bytes) => file.flush().map(|()| bytes).map_err(|error| Error::file(path, &error)),
        Err(error) => {
            // Half a file would be taken for a whole one.
            files::remove(path);
            Err(error)
        }
    }
}

/// Says which files were written.
fn written(done: &[(PathBuf, u64)], out: &mut Out) -> Result<(), Error> {
    if out.json() {
        let list: Vec<Value> = done
            .iter()
            .map(|(path, bytes)| json!({ "path": path.display().to_string(), "bytes": bytes }))
            .collect();
        return out.data("record-get", json!({ "files": list }));
    }
    for (path, bytes) in done {
        out.line(&format!("{}  {}", path.display(), show::size(*bytes)))?;
    }
    Ok(())
}

async fn analog(client: &Client<'_>, out: &mut Out) -> Result<(), Error> {
    let data = client.get("/api/v1/live").await?;
    if out.json() {
        return out.data("analog-list", data["analog"].clone());
    }
    let head = match out.say("ru", "en") {
        "ru" => ["id", "канал", "присоед.", "фаза", ">действ.", ">модуль", ">угол°", "ед.", "кач."],
        _ => ["id", "channel", "circuit", "phase", ">rms", ">fund.", ">angle°", "unit", "quality"],
    };
    let mut table = Table::new(&head);
    for one in data["analog"].as_array().into_iter().flatten() {
        let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
        table.row([
            text("id"),
            text("name"),
            text("circuit"),
            text("phase"),
            show::number(&one["rms"], 3),
            show::number(&one["magnitude"], 3),
            show::number(&one["angle_deg"], 1),
            text("unit"),
            text("validity"),
        ]);
    }
    out.table(&table)
}

async fn discrete(client: &Client<'_>, out: &mut Out) -> Result<(), Error> {
    let data = client.get("/api/v1/live").await?;
    if out.json() {
        return out.data("discrete-list", data["discrete"].clone());
    }
    let head = match out.say("ru", "en") {
        "ru" => ["id", "канал", "присоед.", ">сост.", ""],
        _ => ["id", "channel", "circuit", ">state", ""],
    };
    let unusual = out.say("не норма", "not normal").to_owned();
    let mut table = Table::new(&head);
    for one in data["discrete"].as_array().into_iter().flatten() {
        let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
        let bit = |key: &str| one[key].as_bool().or(one[key].as_u64().map(|bit| bit != 0));
        let state = bit("state").map_or("—", |state| if state { "1" } else { "0" });
        let odd = bit("state") != bit("normal");
        let remark = if odd { unusual.clone() } else { String::new() };
        table.row([text("id"), text("name"), text("circuit"), state.to_owned(), remark]);
    }
    out.table(&table)
}

async fn log(client: &Client<'_>, args: &LogArgs, out: &mut Out) -> Result<(), Error> {
    let mut filter = String::new();
    if let Some(severity) = args.priority {
        filter.push_str(match severity {
            Severity::Info => "&severity=info",
            Severity::Warning => "&severity=warning",
            Severity::Fault => "&severity=fault",
        });
    }
    if let Some(text) = &args.grep {
        filter.push_str(&format!("&text={}", encoded(text)));
    }
    let first = format!("/api/v1/journal?limit={}{filter}", args.lines);
    let mut data = client.get(&first).await?;
    if out.json() && !args.follow {
        return out.data("log", data);
    }
    let mut newest = 0;
    loop {
        let mut items = data["items"].as_array().cloned().unwrap_or_default();
        items.sort_by_key(|item| item["seq"].as_u64());
        for item in items {
            newest = newest.max(item["seq"].as_u64().unwrap_or(0));
            if out.json() { out.data("log-line", item)? } else { show::log_line(&item, out)? }
        }
        out.flush()?;
        if !args.follow {
            return Ok(());
        }
        if newest == 0 {
            // Nothing has matched yet: what comes after the newest line of all is new.
            newest = data["head"]["seq"].as_u64().unwrap_or(0);
        }
        tokio::time::sleep(PERIOD).await;
        let next = format!("/api/v1/journal?after={newest}&limit=1000{filter}");
        data = client.get(&next).await?;
    }
}
