//! The real service over its local socket, asked by curl: a stranger to our code.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test of a real process, which lives in real time"
)]

use aura_trust::pki::{Options, factory_kit};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for anything here; the waits are on states, so a good run is far quicker.
const LONGEST: Duration = Duration::from_secs(60);

/// The service's local door, asked by curl.
#[derive(Clone)]
struct Api {
    socket: PathBuf,
}

impl Api {
    fn curl(&self, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new("curl")
            .args(["-sS", "--fail-with-body", "--max-time", "20", "--unix-socket"])
            .arg(&self.socket)
            .args(arguments)
            .output()
            .expect("curl is installed");
        output.stdout
    }

    fn get(&self, path: &str) -> serde_json::Value {
        let text = self.curl(&[&format!("http://localhost/api/v1/{path}")]);
        let answer: serde_json::Value = serde_json::from_slice(&text)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&text)));
        answer["data"].clone()
    }

    /// The oldest record that is in this state.
    fn record(&self, state: &str) -> Option<serde_json::Value> {
        let records = self.get("records?limit=100");
        let items = records["items"].as_array().unwrap().clone();
        items.into_iter().rev().find(|record| record["state"] == *state)
    }

    /// Codes of the journal's lines, newest first.
    fn codes(&self) -> Vec<String> {
        let journal = self.get("journal?limit=500");
        let items = journal["items"].as_array().unwrap();
        items.iter().map(|line| line["code"].as_str().unwrap().to_owned()).collect()
    }
}

/// A folder of its own and, while it runs, the service in it.
struct Bench {
    dir: PathBuf,
    child: Option<Child>,
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

impl Bench {
    /// A fresh folder with certificates and the simulator's configuration, its script made quick.
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("aurad-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(dir.join("access")).unwrap();
        let now = i64::try_from(
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(),
        )
        .unwrap();
        let options = Options { tokens: 0, password: "test".into(), ..Options::default() };
        for file in factory_kit(&options, now).unwrap() {
            let path = dir.join("kit").join(&file.name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &file.bytes).unwrap();
        }
        copy_tree(&dir.join("kit/access"), &dir.join("access"));
        let bench = Self { dir, child: None };
        bench.configure(|text| text);
        bench
    }

    /// Writes the configuration: the shipped example with a quick script, changed further.
    fn configure(&self, change: impl Fn(String) -> String) {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/simulator.toml");
        let text = fs::read_to_string(example).unwrap();
        let quick = text
            .replace("period_ms = 60000", "period_ms = 6000")
            .replace("at_ms = 8000", "at_ms = 1500")
            .replace("at_ms = 28000", "at_ms = 3000")
            .replace("at_ms = 48000", "at_ms = 4500");
        assert_ne!(quick, text, "the example's script is where this test knows it");
        fs::write(self.config(), change(quick)).unwrap();
    }

    fn config(&self) -> PathBuf {
        self.dir.join("recorder.toml")
    }

    fn socket(&self) -> PathBuf {
        self.dir.join("aurad.sock")
    }

    fn start(&mut self) {
        let ready = self.dir.join("ready");
        let _ = fs::remove_file(&ready);
        let log = fs::File::create(self.dir.join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_aurad"))
            .args(["--config".as_ref(), self.config().as_os_str()])
            .args(["--data-dir".as_ref(), self.dir.join("data").as_os_str()])
            .args(["--access-dir".as_ref(), self.dir.join("access").as_os_str()])
            .args(["--socket".as_ref(), self.socket().as_os_str()])
            .args(["--ready-file".as_ref(), ready.as_os_str()])
            .args(["--listen", "127.0.0.1:0"])
            .stderr(log)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        self.until("the pages", || ready.exists().then_some(()));
    }

    /// Waits until something is there.
    fn until<T>(&mut self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            let ended = self.child.as_mut().and_then(|child| child.try_wait().unwrap());
            let log = fs::read_to_string(self.dir.join("log")).unwrap_or_default();
            assert!(ended.is_none(), "the service has ended: {ended:?}\n{log}");
            assert!(started.elapsed() < LONGEST, "no {what} within {LONGEST:?}\n{log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn api(&self) -> Api {
        Api { socket: self.socket() }
    }

    /// Waits for the oldest record that is in this state.
    fn record(&mut self, state: &str) -> serde_json::Value {
        let api = self.api();
        self.until(&format!("record {state}"), || api.record(state))
    }

    fn signal(&self, name: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    fn verify_journal(&self) {
        aura_store::verify(&self.dir.join("data/journal"), None).expect("the chain is whole");
    }
}

fn copy_tree(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy_tree(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn a_fault_becomes_a_record_with_a_report() {
    let mut bench = Bench::new("fault");
    bench.start();
    let record = bench.record("complete");
    let id = record["id"].as_u64().unwrap();
    assert_eq!(record["simulated"], true);
    assert!(record["pickups"].as_array().is_some_and(|pickups| !pickups.is_empty()));

    let at = |kind: &str| format!("http://localhost/api/v1/records/{id}/file/{kind}");
    let folder = bench.dir.join("fetched");
    fs::create_dir_all(&folder).unwrap();
    for kind in ["cfg", "dat"] {
        fs::write(folder.join(format!("r.{kind}")), bench.api().curl(&[&at(kind)])).unwrap();
    }
    let comtrade = aura_comtrade::Record::open(folder.join("r.cfg")).unwrap();
    assert_eq!(comtrade.rows() as u64, record["rows"].as_u64().unwrap());
    assert_eq!(comtrade.cfg().analog.len() as u64, record["analog"].as_u64().unwrap());

    let api = bench.api();
    let report = bench.until("report", || {
        let text = String::from_utf8(api.curl(&[&at("ru.txt")])).unwrap();
        text.contains("ПС 110 кВ Учебная").then_some(text)
    });
    assert!(report.lines().count() > 10, "{report}");
    bench.signal("-TERM");
    let status = bench.child.take().unwrap().wait().unwrap();
    assert!(status.success(), "{status}");
    bench.verify_journal();
}

#[test]
fn a_manual_start_gives_its_record_and_the_end_closes_it() {
    let mut bench = Bench::new("manual");
    bench.configure(|text| text.replace("at_ms = 1500", "at_ms = 5900"));
    bench.start();
    let api = bench.api();
    bench.until("samples", || {
        (api.get("status")["pipeline"]["blocks"].as_u64()? > 50).then_some(())
    });
    let answer = bench.api().curl(&[
        "-H",
        "Content-Type: application/json",
        "-d",
        r#"{"reason":"проверка"}"#,
        "http://localhost/api/v1/records/start",
    ]);
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    let id = answer["data"]["record"].as_u64().unwrap_or_else(|| panic!("{answer}"));
    // The record is open now; the end of the service must close it, not cut it.
    bench.signal("-TERM");
    assert!(bench.child.take().unwrap().wait().unwrap().success());
    bench.start();
    let record = bench.api().get(&format!("records/{id}"));
    assert_eq!(record["state"], "complete", "{record}");
    assert_eq!(record["pickups"][0]["cause"], "manual");
    assert_eq!(record["pickups"][0]["name"], "проверка");
    let codes = bench.api().codes();
    assert!(codes.iter().any(|code| code == "S002"), "{codes:?}");
    bench.verify_journal();
}

#[test]
fn a_killed_service_leaves_a_readable_record() {
    let mut bench = Bench::new("kill");
    bench.start();
    bench.record("open");
    bench.signal("-KILL");
    let _ = bench.child.take().unwrap().wait();
    bench.start();
    let record = bench.record("interrupted");
    assert!(record["rows"].as_u64().unwrap() > 0, "{record}");
    assert!(bench.api().codes().iter().any(|code| code == "R113"));
    bench.verify_journal();
}

#[test]
fn a_bad_configuration_is_refused_and_a_good_one_applied() {
    let mut bench = Bench::new("reload");
    bench.start();
    let before = bench.api().get("status");
    bench.configure(|text| text.replace("rate_hz = 4000.0", "rate_hz = -4000.0"));
    bench.signal("-HUP");
    let api = bench.api();
    bench.until("refusal", || api.codes().contains(&"S011".to_owned()).then_some(()));
    assert_eq!(api.get("status")["station"], before["station"]);
    bench.configure(|text| text.replace("Учебная", "Другая"));
    bench.signal("-HUP");
    bench.until("application", || api.codes().contains(&"S010".to_owned()).then_some(()));
    bench.until("new name", || (api.get("status")["station"] == "ПС 110 кВ Другая").then_some(()));
    // Samples flow through the new pipeline.
    bench.until("values", || (api.get("live")["seq"].as_u64()? > 10).then_some(()));
}

#[test]
fn the_check_says_what_is_wrong() {
    let bench = Bench::new("check");
    let check = || {
        Command::new(env!("CARGO_BIN_EXE_aurad"))
            .args(["--check", "--config"])
            .arg(bench.config())
            .output()
            .unwrap()
    };
    assert_eq!(check().status.code(), Some(0));
    bench.configure(|text| text.replace("rate_hz = 4000.0", "rate_hz = -1.0"));
    let output = check();
    assert_eq!(output.status.code(), Some(6));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("rate_hz") && said.contains("recorder.toml:"), "{said}");
}

#[test]
fn strangers_are_in_the_journal_once_and_do_not_disturb() {
    let mut bench = Bench::new("strangers");
    bench.start();
    let ready: serde_json::Value =
        serde_json::from_slice(&fs::read(bench.dir.join("ready")).unwrap()).unwrap();
    let address = ready["https"].as_str().unwrap().to_owned();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-subj", "/CN=Mallory | INFO A201", "-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-addext", "extendedKeyUsage=clientAuth", "-keyout", "m.key", "-out", "m.crt"])
        .current_dir(&bench.dir)
        .output()
        .expect("openssl is there");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let url = format!("https://{address}/");
    let ask = |certificate: &[&str]| {
        let curl = Command::new("curl")
            .args(["-sSk", "--max-time", "20", &url])
            .args(certificate)
            .current_dir(&bench.dir)
            .output()
            .expect("curl is installed");
        assert!(!curl.status.success() && curl.stdout.is_empty());
    };
    for _ in 0..5 {
        ask(&[]);
        ask(&["--cert", "m.crt", "--key", "m.key"]);
    }
    let api = bench.api();
    let refused = || -> Vec<String> {
        let journal = api.get("journal?limit=500");
        let lines = journal["items"].as_array().unwrap();
        let lines = lines.iter().filter(|line| line["code"] == "A202");
        lines.map(|line| line["text"]["en"].as_str().unwrap().to_owned()).collect()
    };
    let lines = bench.until("refusals", || Some(refused()).filter(|lines| lines.len() >= 2));
    assert_eq!(lines.len(), 2, "one line of each kind: {lines:?}");
    assert!(lines.iter().all(|line| line.contains("127.0.0.1:")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("no-certificate")), "{lines:?}");
    assert!(
        lines
            .iter()
            .any(|l| l.contains("unknown-issuer") && l.contains("CN=Mallory \u{fffd} INFO")),
        "{lines:?}"
    );
    assert_eq!(api.get("status")["pipeline"]["overruns"], 0);
    bench.signal("-TERM");
    assert!(bench.child.take().unwrap().wait().unwrap().success());
    bench.verify_journal();
}
