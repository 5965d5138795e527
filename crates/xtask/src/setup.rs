//! What the tests need and a fresh machine lacks: system packages, test runners, Python and npm
//! peers.
//!
//! Only what is missing is installed. What may not be installed here is said in one line and is a
//! failure in the CI alone; the tests that need it then say themselves that they were skipped.

use crate::run;
use anyhow::{Result, bail};
use std::path::Path;
use std::process::Command;

/// Installs what is missing.
pub(crate) fn prepare(ci: bool) -> Result<()> {
    let missing = [system(), runner(), python(), npm()].into_iter().flatten().collect::<Vec<_>>();
    for line in &missing {
        println!("set-up: {line}");
    }
    if ci && !missing.is_empty() {
        bail!("the CI needs everything: {}", missing.join("; "));
    }
    Ok(())
}

/// A program or file whose absence means that a Debian package is wanted.
const SYSTEM: &[(&str, &str)] = &[
    ("chromium", "chromium"),
    ("curl", "curl"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("openssl", "openssl"),
    ("python3", "python3-venv"),
    ("unzip", "unzip"),
];

fn system() -> Option<String> {
    let wanted: Vec<&str> = SYSTEM
        .iter()
        .filter(|(program, _)| !run::on_path(program))
        .map(|(_, package)| *package)
        .chain((run::on_path("python3") && !python_has_venv()).then_some("python3-venv"))
        .collect();
    if wanted.is_empty() {
        return None;
    }
    if !is_root() || !run::on_path("apt-get") {
        return Some(format!("may not install {}; do it by hand", wanted.join(" ")));
    }
    println!("set-up: apt-get install {}", wanted.join(" "));
    let apt = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-q", "-y"]).args(args);
        run::captured(&mut command)
    };
    let install: Vec<&str> =
        ["install", "--no-install-recommends"].into_iter().chain(wanted.iter().copied()).collect();
    match apt(&["update"]).and_then(|_| apt(&install)) {
        Ok(_) => None,
        Err(error) => Some(format!("{error:#}")),
    }
}

fn is_root() -> bool {
    run::captured(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn python_has_venv() -> bool {
    run::captured(Command::new("python3").args(["-c", "import venv, ensurepip"])).is_ok()
}

fn runner() -> Option<String> {
    if run::on_path("cargo-nextest") {
        return None;
    }
    println!("set-up: cargo install --locked cargo-nextest");
    let mut cargo = run::cargo();
    // Its own folder of artefacts: our target folder holds one profile of ours.
    cargo.args(["install", "--locked", "cargo-nextest"]).env_remove("CARGO_TARGET_DIR");
    run::visible(&mut cargo).err().map(|error| format!("{error:#}"))
}

/// `tests/.venv` with what `tests/python/requirements.txt` names; made anew when that list changes.
fn python() -> Option<String> {
    let root = run::root();
    let list = root.join("tests/python/requirements.txt");
    let venv = root.join("tests/.venv");
    if !list.is_file() || up_to_date(&list, &venv.join("installed.txt")) {
        return None;
    }
    println!("set-up: Python peers in tests/.venv");
    let made = run::captured(Command::new("python3").args(["-m", "venv"]).arg(&venv))
        .and_then(|_| {
            let mut pip = Command::new(venv.join("bin/pip"));
            run::captured(pip.args(["install", "--quiet", "-r"]).arg(&list))
        })
        .and_then(|_| Ok(std::fs::copy(&list, venv.join("installed.txt"))?));
    made.err().map(|error| format!("{error:#}"))
}

/// `tests/browser/node_modules` as the lock file says.
fn npm() -> Option<String> {
    let folder = run::root().join("tests/browser");
    let (list, mark) =
        (folder.join("package-lock.json"), folder.join("node_modules/installed.json"));
    if !list.is_file() || up_to_date(&list, &mark) {
        return None;
    }
    println!("set-up: npm ci in tests/browser");
    let made = run::captured(
        Command::new("npm").args(["ci", "--no-fund", "--no-audit"]).current_dir(&folder),
    )
    .and_then(|_| Ok(std::fs::copy(&list, &mark)?));
    made.err().map(|error| format!("{error:#}"))
}

/// Whether the mark that a set-up left is a copy of the list as it is now.
fn up_to_date(list: &Path, mark: &Path) -> bool {
    match (std::fs::read(list), std::fs::read(mark)) {
        (Ok(list), Ok(mark)) => list == mark,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_up_is_repeated_when_its_list_changes() {
        let dir = std::env::temp_dir().join(format!("xtask-setup-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a temporary folder");
        let (list, mark) = (dir.join("list"), dir.join("mark"));
        std::fs::write(&list, "a==1").expect("written");
        assert!(!up_to_date(&list, &mark));
        std::fs::copy(&list, &mark).expect("copied");
        assert!(up_to_date(&list, &mark));
        std::fs::write(&list, "a==2").expect("written");
        assert!(!up_to_date(&list, &mark));
        std::fs::remove_dir_all(&dir).expect("removed");
    }
}
