//! `auractl`: the engineer's tool; client of a running recorder, and tools that need none.
//!
//! Online commands speak the recorder's JSON API over its local socket and decide nothing
//! themselves. Data goes to stdout, talk to stderr, the exit code tells the outcome.

mod args;
mod client;
mod comtrade;
mod config;
mod error;
mod files;
mod journal;
mod language;
mod online;
mod out;
mod pki;
mod replay;
mod russian;
mod table;

use args::{Args, Command};
use clap::{CommandFactory as _, FromArgMatches as _};
use error::Error;
use out::Out;
use std::process::ExitCode;

fn main() -> ExitCode {
    let lang = language::of_process();
    let matches = match russian::command(Args::command(), lang).try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return russian::refuse(&error, lang),
    };
    let args = match Args::from_arg_matches(&matches) {
        Ok(args) => args,
        Err(error) => return russian::refuse(&error, lang),
    };
    let mut out = Out::new(args.json, lang);
    match run(&args, &mut out).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        // A reader like `head` has seen enough.
        Err(Error::ReaderGone) => ExitCode::SUCCESS,
        Err(error) => {
            out.flush().ok();
            out.talk(&error.text(lang));
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(args: &Args, out: &mut Out) -> Result<(), Error> {
    let online = |ask: online::Ask<'_>, out: &mut Out| online::run(&args.socket, &ask, out);
    match &args.command {
        Command::Status { watch } => online(online::Ask::Status { watch: *watch }, out),
        Command::Record(command) => online(online::Ask::Record(command), out),
        Command::Analog(_) => online(online::Ask::Analog, out),
        Command::Discrete(_) => online(online::Ask::Discrete, out),
        Command::Log(log) => online(online::Ask::Log(log), out),
        Command::Comtrade(command) => comtrade::run(command, out),
        Command::Replay(args) => replay::run(args, out),
        Command::Config(command) => config::run(command, out),
        Command::Journal(command) => journal::run(command, out),
        Command::Pki(command) => pki::run(command, out),
        Command::Version => version(out),
        Command::Completion { shell } => completion(*shell, out),
    }
}

fn version(out: &mut Out) -> Result<(), Error> {
    let version = env!("CARGO_PKG_VERSION");
    if out.json() {
        return out.data("version", serde_json::json!({ "version": version }));
    }
    out.line(&format!("auractl {version}"))
}

fn completion(shell: clap_complete::Shell, out: &mut Out) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "auractl", &mut script);
    out.bytes(&script)
}
