//! Starting other programs: where the repository is, which tools are here, and commands that say
//! what failed.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the manifest lies in crates/xtask")
        .to_owned()
}

/// The cargo that runs us, or the one on PATH.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Folder of built programs of the one profile that we use.
pub(crate) fn binary_dir() -> PathBuf {
    target_dir().join("debug")
}

/// Cargo's target folder.
pub(crate) fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// Whether a program of this name can be started.
pub(crate) fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// Runs the command with our stdout and stderr; an exit code other than 0 is an error.
pub(crate) fn visible(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    if status.success() { Ok(()) } else { bail!("`{shown}` ended with {status}") }
}

/// Runs the command and takes its stdout; its stderr becomes part of the error.
pub(crate) fn captured(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        let talk = String::from_utf8_lossy(&output.stderr);
        bail!("`{shown}` ended with {}: {}", output.status, talk.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` does not speak UTF-8"))
}

/// The command as a person would type it, without its folder and environment.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_command_names_itself_and_its_reason() {
        let error = captured(Command::new("sh").args(["-c", "echo no such thing >&2; exit 3"]))
            .expect_err("it ends with 3");
        let text = format!("{error:#}");
        assert!(text.contains("sh -c") && text.contains("no such thing"), "{text}");
        assert!(captured(&mut Command::new("no-such-program-here")).is_err());
    }

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("Cargo.toml").is_file());
        assert!(on_path("sh") && !on_path("no-such-program-here"));
    }
}
