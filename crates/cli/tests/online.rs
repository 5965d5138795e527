//! The built `auractl` before a recorder that answers from a table: requests, words, exit codes.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::mpsc::{Receiver, channel};

/// Path with query → status and body.
type Answers = Vec<(&'static str, u16, Vec<u8>)>;

/// A recorder that answers from a table; tells what it was asked.
struct Recorder {
    socket: PathBuf,
    asked: Receiver<(String, String)>,
}

impl Recorder {
    fn start(name: &str, answers: Answers) -> Self {
        let socket = std::env::temp_dir().join(format!("aura-{}-{name}.sock", std::process::id()));
        std::fs::remove_file(&socket).ok();
        let listener = UnixListener::bind(&socket).expect("a free name");
        let (tell, asked) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.expect("a client"));
                let (mut line, mut length) = (String::new(), 0);
                stream.read_line(&mut line).expect("a request");
                let request = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
                loop {
                    let mut header = String::new();
                    stream.read_line(&mut header).expect("a header");
                    let header = header.trim_end().to_ascii_lowercase();
                    if header.is_empty() {
                        break;
                    }
                    if let Some(value) = header.strip_prefix("content-length: ") {
                        length = value.parse().expect("a number");
                    }
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).expect("the body");
                let found = answers.iter().find(|(path, ..)| *path == request);
                let missing = json!({ "error": { "code": "not-found", "message":
                    { "ru": "нет такой записи", "en": "no such record" } } });
                let missing = missing.to_string().into_bytes();
                let (status, answer) =
                    found.map_or((404, &missing), |(_, status, answer)| (*status, answer));
                let head = format!(
                    "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    answer.len()
                );
                let stream = stream.get_mut();
                stream.write_all(head.as_bytes()).expect("the client reads");
                stream.write_all(answer).expect("the client reads");
                let body = String::from_utf8(body).expect("UTF-8");
                tell.send((request, body)).ok();
            }
        });
        Self { socket, asked }
    }

    fn auractl(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_auractl"))
            .arg("--socket")
            .arg(&self.socket)
            .args(args)
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES")
            .env("LANG", "ru_RU.UTF-8")
            .output()
            .expect("the built program")
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        std::fs::remove_file(&self.socket).ok();
    }
}

fn good(name: &str, data: Value) -> Vec<u8> {
    json!({ "schema": format!("aura/{name}/1"), "data": data }).to_string().into_bytes()
}

fn record() -> Value {
    json!({
        "id": 7, "name": "261122,021022123,0,PS,AURA", "state": "complete", "error": null,
        "start": "2026-11-22T02:10:21.623456789Z", "trigger": "2026-11-22T02:10:22.123456789Z",
        "duration_s": 1.5, "rows": 6000, "analog": 16, "discrete": 4, "simulated": true,
        "pickups": [{ "cause": "element", "element": "L1_3I0", "name": "3I0> Л-1",
            "at": "2026-11-22T02:10:22.123456789Z", "value": 212.75, "setting": 180.0,
            "unit": "A", "inputs": ["L1_3I0"] }],
        "reason": "complete", "bytes": 123_456, "sha256": "ab", "utc_offset_s": 18_000,
        "summary": { "ru": "3I0> Л-1, фаза A, 90 мс", "en": "3I0> Л-1, phase A, 90 ms" },
        "files": [{ "kind": "cfg", "name": "r.cfg", "bytes": 3456 },
                  { "kind": "dat", "name": "r.dat", "bytes": 120_000 }],
    })
}

fn status() -> Value {
    json!({
        "station": "ПС Учебная", "rec_dev_id": "АУРА-07 №0001", "version": "0.1.0",
        "started": "2026-11-22T02:00:00.000000000Z",
        "time": { "utc": "2026-11-22T02:10:25.000000000Z", "utc_offset_s": 18_000,
            "sync": "locked", "error_ns": 120_000 },
        "health": { "state": "warning", "recording_possible": true, "items": [
            { "subject": "certificate", "state": "warning", "code": "x",
              "text": { "ru": "заводской сертификат", "en": "factory certificate" },
              "since": null }] },
        "records": { "count": 1, "bytes": 123_456 },
        "disk": { "free_bytes": 5_368_709_120_u64, "used_bytes": 1 },
        "pipeline": { "blocks": 100, "overruns": 0, "simulated": true },
        "journal": { "seq": 12, "hash": "ff" }, "me": { "name": "root", "roles": [] },
    })
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

#[test]
fn status_and_records_are_laid_out() {
    let list = json!({ "total": 1, "items": [record()] });
    let recorder = Recorder::start(
        "lists",
        vec![
            ("GET /api/v1/status", 200, good("status", status())),
            ("GET /api/v1/records?limit=1", 200, good("records", list.clone())),
            ("GET /api/v1/records?offset=0&limit=20", 200, good("records", list)),
            ("GET /api/v1/records/7", 200, good("record", record())),
        ],
    );
    let said = text(&recorder.auractl(&["status"]));
    for words in ["АУРА-07 №0001, ПС Учебная", "предупреждение", "ИМИТАЦИЯ", "5.0 GiB", "±0.120 ms"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    let said = text(&recorder.auractl(&["record", "list"]));
    assert_eq!(
        said,
        "№  пуск                      длит., с  состояние     размер  причина   итог\n\
         7  2026-11-22 02:10:22.123Z     1.500  complete   120.6 KiB  3I0> Л-1  \
         3I0> Л-1, фаза A, 90 мс\n"
    );
    let said = text(&recorder.auractl(&["record", "show", "7"]));
    assert!(said.contains("3I0> Л-1   212.750  180.000  A"), "{said}");
    let output = recorder.auractl(&["record", "show", "7", "--json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer, json!({ "schema": "auractl/record/1", "data": record() }));
}

#[test]
fn refusals_become_exit_codes() {
    let refusal = |code: &str, needed: Value| {
        let message = json!({ "ru": "нельзя", "en": "not allowed" });
        let error = json!({ "code": code, "message": message, "needed": needed });
        json!({ "error": error }).to_string().into_bytes()
    };
    let recorder = Recorder::start(
        "refusals",
        vec![
            ("POST /api/v1/records/start", 403, refusal("no-role", json!(["AURA User"]))),
            ("GET /api/v1/records/5", 409, refusal("conflict", json!([]))),
            ("GET /api/v1/records/6", 503, refusal("failed", json!([]))),
        ],
    );
    let check = |args: &[&str], code: i32, words: &str| {
        let output = recorder.auractl(args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(said.contains(words), "{args:?}: {said}");
        assert!(output.stdout.is_empty());
    };
    check(&["record", "show", "404"], 3, "нет такой записи");
    check(&["record", "show", "404", "--lang", "en"], 3, "no such record");
    check(&["record", "trigger"], 4, "нельзя (AURA User)");
    check(&["record", "show", "5"], 7, "нельзя");
    check(&["record", "show", "6"], 1, "нельзя");
}

#[test]
fn a_start_carries_its_reason() {
    let answer = json!({ "at": "2026-11-22T02:10:22.123456789Z", "record": 8 });
    let start = ("POST /api/v1/records/start", 200, good("start", answer));
    let recorder = Recorder::start("start", vec![start]);
    let output = recorder.auractl(&["record", "trigger", "--reason", "проверка"]);
    assert_eq!(text(&output), "запись 8  2026-11-22 02:10:22.123Z\n");
    let (request, body) = recorder.asked.recv().expect("it was asked");
    assert_eq!(request, "POST /api/v1/records/start");
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(body, json!({ "reason": "проверка" }));
}

#[test]
fn files_arrive_whole_or_not_at_all() {
    let zip: Vec<u8> = (0..=255_u8).cycle().take(300_000).collect();
    let recorder = Recorder::start(
        "files",
        vec![
            ("GET /api/v1/records/7", 200, good("record", record())),
            ("GET /api/v1/records/7/file/zip", 200, zip.clone()),
            ("GET /api/v1/records/7/file/cfg", 200, b"cfg".to_vec()),
            ("GET /api/v1/records/7/file/dat", 200, b"dat".to_vec()),
        ],
    );
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("online-files");
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    let target = path("x.zip");
    let output = recorder.auractl(&["record", "get", "7", "-o", &target]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(std::fs::read(&target).expect("the archive"), zip);
    let output = recorder.auractl(&["record", "get", "7", "-o", &target]);
    assert_eq!(output.status.code(), Some(7), "a file is not replaced unasked");
    let output = recorder.auractl(&["record", "get", "7", "-o", "-"]);
    assert_eq!(output.stdout, zip);
    let output = recorder.auractl(&["record", "get", "7", "-f", "cff", "-o", &path("x.cff")]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(!folder.join("x.cff").exists(), "nothing half is left");
    let here = path("");
    let output = recorder.auractl(&["record", "get", "7", "-f", "cfgdat", "-o", &here]);
    assert!(output.status.success(), "{output:?}");
    let name = "261122,021022123,0,PS,AURA";
    assert_eq!(std::fs::read(folder.join(format!("{name}.dat"))).expect("there"), b"dat");
}

#[test]
fn the_journal_is_filtered_and_printed_oldest_first() {
    let line = |seq: u64, severity: &str, text: &str| {
        json!({ "seq": seq, "boot": "ab12", "at": "2026-11-22T02:10:22.123456789Z", "mono_ns": 1,
            "severity": severity, "code": "AR-101", "actor": "recorder",
            "text": { "ru": text, "en": "x" }, "args": {} })
    };
    let items = json!([line(12, "fault", "второе"), line(11, "info", "пер\u{1b}[2Jвое")]);
    let answer = good("journal", json!({ "items": items, "head": { "seq": 12, "hash": "f" } }));
    let request = "GET /api/v1/journal?limit=5&severity=warning&text=3I0%3E%20%D0%9B";
    let recorder = Recorder::start("log", vec![(request, 200, answer)]);
    let output = recorder.auractl(&["log", "-n", "5", "-p", "warning", "-g", "3I0> Л"]);
    assert_eq!(
        text(&output),
        "2026-11-22 02:10:22.123Z     11 info    AR-101 пер [2Jвое\n\
         2026-11-22 02:10:22.123Z     12 fault   AR-101 второе\n",
        "{output:?}"
    );
}
