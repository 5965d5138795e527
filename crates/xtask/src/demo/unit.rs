//! The running recorder: one `aurad` process, asked through `auractl`.

use crate::run;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A start takes this long at most, the debug build on a busy machine included.
const START: Duration = Duration::from_secs(60);
/// The simulator's script makes a fault at least this often; the record and the report follow.
const FAULT: Duration = Duration::from_secs(90);
/// A clean end: the open record is closed.
const END: Duration = Duration::from_secs(20);

pub(super) struct Unit {
    child: Child,
    dir: PathBuf,
    port: u16,
}

impl Unit {
    /// Starts `aurad` on the folder and waits until it answers.
    pub(super) fn start(dir: &Path, port: u16) -> Result<Self> {
        let log = std::fs::File::create(dir.join("aurad.log"))?;
        let mut aurad = Command::new(run::binary_dir().join("aurad"));
        aurad.arg("--config").arg(dir.join("recorder.toml"));
        aurad.arg("--data-dir").arg(dir.join("data"));
        aurad.arg("--access-dir").arg(dir.join("pki/access"));
        aurad.arg("--socket").arg(dir.join("aurad.sock"));
        let ready = dir.join("ready.json");
        if ready.exists() {
            std::fs::remove_file(&ready)?;
        }
        aurad.arg("--ready-file").arg(&ready);
        aurad.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = aurad.spawn().with_context(|| run::shown(&aurad))?;
        let mut unit = Self { child, dir: dir.to_owned(), port };
        unit.until(START, "open its pages", |_| ready.exists().then_some(()))?;
        Ok(unit)
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn url(&self) -> String {
        format!("https://127.0.0.1:{}/", self.port)
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.dir.join("aurad.sock")
    }

    pub(super) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// `auractl` that speaks to this recorder.
    pub(super) fn auractl(&self, args: &[&str]) -> Command {
        let mut auractl = Command::new(run::binary_dir().join("auractl"));
        auractl.arg("--socket").arg(self.socket()).args(args);
        auractl
    }

    /// The `data` of an answer of `auractl … --json`.
    pub(super) fn ask(&self, args: &[&str]) -> Result<Value> {
        let text = run::captured(self.auractl(args).arg("--json"))?;
        let mut answer: Value = serde_json::from_str(&text).context("auractl --json")?;
        Ok(answer["data"].take())
    }

    /// The first finished record that a starting element made and that has its report.
    pub(super) fn first_record(&mut self) -> Result<Value> {
        self.until(FAULT, "make a record of a fault", |unit| {
            let list = unit.ask(&["record", "list"]).ok()?;
            let records = list["items"].as_array().or_else(|| list.as_array())?;
            records.iter().find(|record| is_finished(record)).cloned()
        })
    }

    /// The report on a record, Russian text.
    pub(super) fn report(&self, id: u64) -> Result<String> {
        let record = self.ask(&["record", "show", &id.to_string()])?;
        let name = file_of(&record, "ru.txt").context("the record has no ru.txt")?;
        let path = find(&self.data().join("records"), name)
            .with_context(|| format!("{name} is not under the data folder"))?;
        std::fs::read_to_string(&path).with_context(|| path.display().to_string())
    }

    /// Folder of the record's files.
    pub(super) fn folder_of(&self, record: &Value) -> Result<PathBuf> {
        let name = file_of(record, "hdr").context("the record has no hdr")?;
        let path = find(&self.data().join("records"), name);
        let path = path.with_context(|| format!("{name} is not under the data folder"))?;
        Ok(path.parent().context("a file lies in a folder")?.to_owned())
    }

    /// Waits for the recorder's own end.
    pub(super) fn wait(&mut self) -> Result<()> {
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { bail!("aurad ended with {status}") }
    }

    /// SIGTERM, and a clean end in time.
    pub(super) fn stop(&mut self) -> Result<()> {
        // The shell's own `kill`: the program of that name is missing on small systems.
        run::visible(Command::new("sh").args(["-c", &format!("kill -TERM {}", self.pid())]))?;
        let from = Instant::now();
        loop {
            match self.child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("aurad ended with {status} after SIGTERM{}", self.log_end()),
                None if from.elapsed() > END => bail!("aurad does not end at SIGTERM"),
                None => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    /// SIGKILL, as a power cut is for a process.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks until there is an answer, the recorder ends, or the time is up.
    fn until<T>(
        &mut self,
        limit: Duration,
        what: &str,
        ask: impl Fn(&Self) -> Option<T>,
    ) -> Result<T> {
        let from = Instant::now();
        loop {
            if let Some(answer) = ask(self) {
                return Ok(answer);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("aurad ended with {status} before it could {what}{}", self.log_end());
            }
            if from.elapsed() > limit {
                bail!("aurad did not {what} in {} s{}", limit.as_secs(), self.log_end());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn log_end(&self) -> String {
        let text = std::fs::read_to_string(self.dir.join("aurad.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let from = lines.len().saturating_sub(20);
        format!("; its log ends:\n{}", lines[from..].join("\n"))
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        // After `stop` there is nothing left to kill; before it, an error is on its way out.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(super) fn record_id(record: &Value) -> Result<u64> {
    let id = &record["id"];
    let number = id.as_u64().or_else(|| id.as_str().and_then(|text| text.parse().ok()));
    number.with_context(|| format!("a record without a number: {record}"))
}

/// Name of the record's file of a kind.
pub(super) fn file_of<'r>(record: &'r Value, kind: &str) -> Option<&'r str> {
    let files = record["files"].as_array()?;
    files.iter().find(|file| file["kind"] == kind)?["name"].as_str()
}

fn is_finished(record: &Value) -> bool {
    let by_element = record["pickups"]
        .as_array()
        .is_some_and(|pickups| pickups.iter().any(|pickup| pickup["cause"] == "element"));
    record["state"] == "complete" && by_element && file_of(record, "ru.txt").is_some()
}

/// The file of this name somewhere under the folder.
pub(super) fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries: Vec<_> = folder.read_dir().ok()?.flatten().collect();
    let here = entries.iter().find(|entry| entry.file_name() == name);
    here.map(std::fs::DirEntry::path)
        .or_else(|| entries.iter().find_map(|entry| find(&entry.path(), name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_finished_record_of_a_fault_with_its_report_counts() {
        let record = |state: &str, cause: &str, kind: &str| {
            json!({ "id": 3, "state": state, "pickups": [{ "cause": cause }],
                    "files": [{ "kind": kind, "name": "x" }] })
        };
        assert!(is_finished(&record("complete", "element", "ru.txt")));
        assert!(!is_finished(&record("open", "element", "ru.txt")));
        assert!(!is_finished(&record("complete", "manual", "ru.txt")));
        assert!(!is_finished(&record("complete", "element", "cfg")));
        assert_eq!(record_id(&json!({ "id": 3 })).expect("a number"), 3);
        assert_eq!(record_id(&json!({ "id": "3" })).expect("a number"), 3);
        assert!(record_id(&json!({})).is_err());
    }
}
