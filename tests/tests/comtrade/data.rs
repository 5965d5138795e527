//! Where test data and the Python peer are; a missing folder is a skip outside CI.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package lies in the repository")
}

/// The folder of real recordings, or `None` with a line that says so.
pub(crate) fn recordings() -> Option<PathBuf> {
    let named = std::env::var_os("AURA_TEST_DATA").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| repository().join("../shared/data"));
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "in CI {} must exist", folder.display());
    println!("SKIPPED: no test data in {}", folder.display());
    None
}

/// Every record under a folder: its `.cfg` or `.cff`, sorted.
pub(crate) fn records(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().expect("a folder of test data").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "cfg" || e == "cff") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The Python of the tests' own environment, made when absent; `None` with a line that says why
/// it could not be had (no network), which in CI is a failure.
pub(crate) fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match PYTHON.get_or_init(make_environment) {
        Ok(python) => Some(python),
        Err(reason) => {
            assert!(std::env::var_os("CI").is_none(), "in CI the peer must be there: {reason}");
            println!("SKIPPED: the Python peer cannot be had: {reason}");
            None
        }
    }
}

fn make_environment() -> Result<PathBuf, String> {
    let folder = repository().join("tests/.venv");
    let requirements = repository().join("tests/python/requirements.txt");
    let python = folder.join("bin/python");
    // Tests run as processes of their own: one makes the environment, the others wait for it.
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let lock = File::create(folder.join("lock")).map_err(|e| e.to_string())?;
    lock.lock().map_err(|e| e.to_string())?;
    let wanted = std::fs::read_to_string(&requirements).map_err(|e| e.to_string())?;
    let stamp = folder.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    run(Command::new(&python).args(["-m", "pip", "install", "-q", "-r"]).arg(&requirements))?;
    std::fs::write(stamp, wanted).map_err(|e| e.to_string())?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// What the peer read of one record.
pub(crate) struct Dump {
    pub(crate) error: Option<String>,
    pub(crate) samples: usize,
    pub(crate) analog: usize,
    pub(crate) status: usize,
    pub(crate) ids: Vec<String>,
    values: Vec<f64>,
    bits: Vec<u8>,
}

impl Dump {
    pub(crate) fn time(&self) -> &[f64] {
        &self.values[..self.samples]
    }

    pub(crate) fn analog(&self, channel: usize) -> &[f64] {
        &self.values[(channel + 1) * self.samples..][..self.samples]
    }

    pub(crate) fn status(&self, channel: usize) -> &[u8] {
        &self.bits[channel * self.samples..][..self.samples]
    }
}

/// Lets the peer read records; one answer each, in order.
pub(crate) fn dump(python: &Path, paths: &[PathBuf]) -> Vec<Dump> {
    let folder = Scratch::new("dump");
    let script = repository().join("tests/python/dump_comtrade.py");
    let output = Command::new(python)
        .arg(script)
        .arg(&folder.0)
        .args(paths)
        .output()
        .expect("the environment has a Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let dumps: Vec<Dump> =
        text.lines().enumerate().map(|(k, line)| one(&folder.0, k, line)).collect();
    assert_eq!(dumps.len(), paths.len());
    dumps
}

fn one(folder: &Path, k: usize, line: &str) -> Dump {
    let json: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
    let number =
        |key: &str| json[key].as_u64().map_or(0, |n| usize::try_from(n).expect("counts are small"));
    let read = |extension: &str| {
        let mut bytes = Vec::new();
        if let Ok(mut file) = File::open(folder.join(format!("{k}.{extension}"))) {
            file.read_to_end(&mut bytes).expect("the peer's output");
        }
        bytes
    };
    Dump {
        error: json["error"].as_str().map(str::to_owned),
        samples: number("samples"),
        analog: number("analog"),
        status: number("status"),
        ids: json["ids"]
            .as_array()
            .map(|ids| ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect())
            .unwrap_or_default(),
        values: read("bin").as_chunks().0.iter().map(|c| f64::from_le_bytes(*c)).collect(),
        bits: read("bits"),
    }
}

/// A folder of its own for one test, removed at the end.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("aura-comtrade-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
        Self(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder left behind in the temporary place harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
