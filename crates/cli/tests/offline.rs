//! The built `auractl` without a recorder: command line, exit codes, kept texts, real recordings.
//!
//! `AURA_BLESS=1` writes the kept texts anew.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs in the repository's root, so that kept texts name no place of this machine.
fn auractl(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_auractl"))
        .args(args)
        .current_dir(repository())
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env_remove("AURA_SOCKET")
        .env("LANG", "C.UTF-8")
        .output()
        .expect("the built program")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn json(args: &[&str]) -> Value {
    let output = auractl(args);
    let said = text(&output.stdout);
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}{output:?}"))
}

/// The folder of real recordings; `None` with a line where it may be absent.
fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("AURA_TEST_DATA")
        .map_or_else(|| repository().join("../shared/data"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is not there", folder.display());
    eprintln!("SKIPPED: no folder of real recordings (AURA_TEST_DATA)");
    None
}

/// A folder of this test alone, empty.
fn fresh(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("offline-{name}"));
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

fn keep(name: &str, found: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("AURA_BLESS").is_some() {
        std::fs::write(&path, found).expect("the folder of kept texts");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, kept, "{name}; AURA_BLESS=1 writes it anew");
}

#[test]
fn exit_codes_tell_the_cause() {
    let check = |args: &[&str], code: i32| {
        let output = auractl(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
        let (data, talk) = (output.stdout.is_empty(), output.stderr.is_empty());
        assert!(code == 0 || !talk, "{args:?}: a failure says why");
        assert!(code == 0 || code == 6 || data, "{args:?}: {output:?}");
    };
    let (simulator, shape) = ("deploy/simulator.toml", "crates/settings/tests/golden/shape.toml");
    check(&["version"], 0);
    check(&["--help"], 0);
    check(&["--lang", "ru", "record", "get", "--help"], 0);
    check(&["completion", "bash"], 0);
    check(&["config", "schema"], 0);
    check(&["config", "check", simulator], 0);
    check(&[], 2);
    check(&["recrd"], 2);
    check(&["--lang", "ru", "recrd"], 2);
    check(&["record", "get"], 2);
    check(&["record", "get", "x"], 2);
    check(&["record", "list", "-n", "0"], 2);
    check(&["journal", "verify", ".", "--head", "12"], 2);
    check(&["comtrade", "merge", "one.cfg", "-o", "x"], 2);
    check(&["config", "check", "no-such.toml"], 3);
    check(&["comtrade", "info", "no-such.cfg"], 3);
    check(&["comtrade", "check", "no-such.cfg"], 3);
    check(&["journal", "verify", "no-such-folder"], 3);
    check(&["replay", "--config", simulator, "--input", "no.cfg", "--out", "target/x"], 3);
    check(&["--socket", "no-such.sock", "status"], 5);
    check(&["--socket", "no-such.sock", "record", "list", "--json"], 5);
    check(&["config", "check", simulator, shape], 6);
    check(&["config", "check", "--json", shape], 6);
}

#[test]
fn help_and_problems_are_kept() {
    let check = |name: &str, args: &[&str]| {
        let output = auractl(args);
        keep(name, &(text(&output.stdout) + &text(&output.stderr)));
    };
    check("help.en.txt", &["--help"]);
    check("help.ru.txt", &["--help", "--lang", "ru"]);
    check("record-get.ru.txt", &["record", "get", "--help", "--lang", "ru"]);
    check("comtrade-cut.en.txt", &["comtrade", "cut", "--help"]);
    check("pki-issue.ru.txt", &["pki", "issue", "--help", "--lang", "ru"]);
    check("refusal.ru.txt", &["--lang", "ru", "record", "get", "--format", "cf", "1"]);
    let shape = "crates/settings/tests/golden/shape.toml";
    check("config-check.ru.txt", &["config", "check", shape, "--lang", "ru"]);
    check("config-check.en.txt", &["config", "check", shape]);
    check("no-recorder.ru.txt", &["--socket", "no-such.sock", "status", "--lang", "ru"]);
}

#[test]
fn json_has_one_envelope() {
    let check = |args: &[&str], schema: &str| {
        let answer = json(args);
        assert_eq!(answer["schema"], schema, "{args:?}");
        assert!(!answer["data"].is_null(), "{args:?}");
    };
    check(&["version", "--json"], "auractl/version/1");
    check(&["config", "schema", "--json"], "auractl/config-schema/1");
    let answer = json(&["config", "check", "deploy/simulator.toml", "--json", "--lang", "ru"]);
    assert_eq!(answer["schema"], "auractl/config-check/1");
    assert_eq!(answer["data"][0]["valid"], true);
    assert_eq!(answer["data"][0]["hash"].as_str().expect("a hash").len(), 64);
    let answer = json(&["config", "check", "crates/settings/tests/golden/shape.toml", "--json"]);
    let first = &answer["data"][0]["problems"][0];
    assert_eq!((first["code"].as_str(), first["line"].as_u64()), (Some("E0202"), Some(2)));
    assert_eq!(first["message"]["ru"], "нет обязательного ключа \"name\"");
}

/// Values of a csv, row by row; the first line names the columns.
fn csv(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let output = auractl(&["comtrade", "csv", path.to_str().expect("UTF-8")]);
    assert!(output.status.success(), "{output:?}");
    let said = text(&output.stdout);
    let mut lines = said.lines().map(|line| line.split(',').map(str::to_owned).collect());
    (lines.next().expect("a header"), lines.collect())
}

#[test]
fn a_record_converted_and_back_has_the_same_values() {
    let Some(data) = data() else { return };
    let source = data.join("comtrade/relays/sel421_CG_line_fault_365km.cfg");
    let folder = fresh("convert");
    let (head, rows) = csv(&source);
    assert_eq!(head[..2], ["n", "t_s"]);
    let path = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    let shown = source.to_str().expect("UTF-8");
    for (target, form) in [
        ("a.cff", vec!["--revision", "2013", "--data", "FLOAT32"]),
        ("b.cfg", vec!["--revision", "2013", "--data", "BINARY32", "--encoding", "utf8"]),
        ("c", vec!["--revision", "1999", "--data", "ASCII"]),
    ] {
        let target = path(target);
        let mut args = vec!["comtrade", "convert", shown, "-o", &target];
        args.extend(&form);
        let output = auractl(&args);
        assert!(output.status.success(), "{output:?}");
        let again = auractl(&args);
        assert_eq!(again.status.code(), Some(7), "files that exist are not replaced: {again:?}");
        let (other_head, other_rows) = csv(Path::new(&target));
        assert_eq!(other_head, head);
        assert_eq!(other_rows.len(), rows.len());
        for (one, other) in rows.iter().zip(&other_rows) {
            for (one, other) in one.iter().zip(other) {
                let number = |cell: &str| cell.parse::<f64>().unwrap_or(f64::NAN);
                let (one, other) = (number(one), number(other));
                let same = (one.is_nan() && other.is_nan())
                    || (one - other).abs() <= 1e-6 * one.abs().max(1.0);
                assert!(same, "{target}: {one} {other}");
            }
        }
        let checked = auractl(&["comtrade", "check", &target]);
        assert!(checked.status.success(), "{checked:?}");
    }
    assert!(!folder.join("a.cff.part").exists());
}

#[test]
fn a_cut_holds_the_rows_between_its_ends() {
    let Some(data) = data() else { return };
    let source = data.join("comtrade/relays/sel421_CG_line_fault_365km.cfg");
    let folder = fresh("cut");
    let (shown, target) = (source.to_str().expect("UTF-8"), folder.join("part.cfg"));
    let target = target.to_str().expect("UTF-8");
    let (_, rows) = csv(&source);
    let output =
        auractl(&["comtrade", "cut", shown, "--from", "0.05", "--to", "0.1", "-o", target]);
    assert!(output.status.success(), "{output:?}");
    let (_, part) = csv(Path::new(target));
    let at = |row: &[String]| row[1].parse::<f64>().expect("seconds");
    let expect: Vec<&Vec<String>> =
        rows.iter().filter(|row| (0.05..0.1).contains(&at(row))).collect();
    assert!(!part.is_empty());
    assert_eq!(part.len(), expect.len());
    for (one, other) in part.iter().zip(expect) {
        assert_eq!(one[2..], other[2..], "the values are those of the whole record");
    }
    let output = auractl(&["comtrade", "cut", shown, "--from", "99", "-o", "target/no"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn every_real_recording_is_told_or_refused_with_words() {
    let Some(data) = data() else { return };
    let mut files = Vec::new();
    for folder in ["recorders", "relays", "small", "malformed"] {
        for entry in std::fs::read_dir(data.join("comtrade").join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|ending| ending == "cfg" || ending == "cff") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() > 20, "{}", files.len());
    let mut read = 0;
    for path in files {
        let output = auractl(&["comtrade", "info", "--json", path.to_str().expect("UTF-8")]);
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1 | 3)), "{}: {output:?}", path.display());
        if code == Some(0) {
            read += 1;
            let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            assert!(answer["data"][0]["rows"].is_u64(), "{}", path.display());
        } else {
            assert!(!output.stderr.is_empty(), "{}", path.display());
        }
    }
    assert!(read > 20, "{read}");
}

#[test]
fn a_kit_issues_a_person_whom_its_recorder_believes() {
    let folder = fresh("pki");
    let path = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    let (kit, access) = (path("kit"), path("kit/access"));
    let make = ["pki", "kit", "--out", &kit, "--password", "p", "--host", "localhost"];
    let mut small = make.to_vec();
    small.extend(["--tokens", "1"]);
    let output = auractl(&small);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(auractl(&small).status.code(), Some(7), "keys are never replaced");
    let (ca, out) = (path("kit/issuers/factory-ca.crt"), path("ivanov"));
    let issue = ["pki", "issue", "--ca", &ca, "--out", &out, "--name", "Иванов"];
    let mut issue = issue.to_vec();
    issue.extend(["--role", "User", "--role", "technician", "--password", "p"]);
    let output = auractl(&issue);
    assert!(output.status.success(), "{output:?}");
    let certificate = path("ivanov.crt");
    let answer = json(&["pki", "show", &certificate, "--access-dir", &access, "--json"]);
    assert_eq!(answer["data"]["name"], "Иванов");
    assert_eq!(answer["data"]["roles"], serde_json::json!(["AURA User", "AURA Technician"]));
    assert_eq!(answer["data"]["anchor"], "factory-ca");
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path("ivanov.key")).expect("a key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let server = path("kit/access/recorder.crt");
    let output = auractl(&["pki", "show", &server, "--access-dir", &access]);
    assert_eq!(output.status.code(), Some(6), "a recorder is no person: {output:?}");
}

#[test]
fn a_replayed_recording_becomes_records_reports_and_a_journal() {
    let Some(data) = data() else { return };
    let source = data.join("comtrade/relays/sel421_CG_line_fault_365km.cfg");
    let folder = fresh("replay");
    let out = folder.join("out");
    let (input, shown) = (source.to_str().expect("UTF-8"), out.to_str().expect("UTF-8"));
    let config = "deploy/replay-any.toml";
    let args = ["replay", "--config", config, "--input", input, "--out", shown, "--json"];
    let answer = json(&args);
    assert_eq!(answer["schema"], "auractl/replay/1");
    let records = answer["data"].as_array().expect("a list");
    assert!(!records.is_empty());
    for record in records {
        assert_eq!(record["cause"], "element");
        assert!(record["at"].is_string() && record["element"].is_string(), "{record}");
        let path = record["path"].as_str().expect("a path");
        let checked = auractl(&["comtrade", "check", path]);
        assert!(checked.status.success(), "{checked:?}");
        for kind in ["ru.txt", "en.txt", "json"] {
            let files = record["files"].as_array().expect("files");
            let file = files.iter().find(|file| file["kind"] == kind);
            let path = file.and_then(|file| file["path"].as_str()).expect("a report");
            assert!(std::fs::metadata(path).expect("a file").len() > 100, "{path}");
        }
        assert_ne!(record["summary"]["ru"], "");
    }
    let journal = out.join("journal");
    let answer = json(&["journal", "verify", journal.to_str().expect("UTF-8"), "--json"]);
    assert_eq!(answer["data"]["valid"], true);
    // The same samples give the same records.
    let other = folder.join("other");
    let mut args = args;
    args[6] = other.to_str().expect("UTF-8");
    let answer = json(&args);
    let again = answer["data"].as_array().expect("a list");
    for (one, other) in records.iter().zip(again) {
        for key in ["name", "at", "value", "rows", "pickups"] {
            assert_eq!(one[key], other[key], "{key}");
        }
    }
    assert_eq!(records.len(), again.len());
}

#[test]
fn a_changed_journal_is_found() {
    let Some(data) = data() else { return };
    let source = data.join("comtrade/relays/sel421_CG_line_fault_365km.cfg");
    let folder = fresh("journal");
    let out = folder.to_str().expect("UTF-8");
    let input = source.to_str().expect("UTF-8");
    let config = "deploy/replay-any.toml";
    auractl(&["replay", "--config", config, "--input", input, "--out", out]);
    let journal = folder.join("journal");
    let shown = journal.to_str().expect("UTF-8").to_owned();
    let head = json(&["journal", "verify", &shown, "--json"]);
    let hash = head["data"]["hash"].as_str().expect("a hash").to_owned();
    let noted = format!("{}:{hash}", head["data"]["last_seq"]);
    let answer = json(&["journal", "verify", &shown, "--head", &noted, "--json"]);
    assert_eq!(answer["data"]["witness"], "found");
    let file = std::fs::read_dir(&journal).expect("the journal").next().expect("a file");
    let path = file.expect("an entry").path();
    let mut bytes = std::fs::read(&path).expect("a journal's file");
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).expect("writable");
    let output = auractl(&["journal", "verify", &shown]);
    assert_eq!(output.status.code(), Some(6), "{output:?}");
}
