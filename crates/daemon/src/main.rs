//! `aurad`, the recorder's service: it assembles the planes and the faces, and ends them in order.
//!
//! Threads: `aura-plane` (samples, the pipeline; never waits for anything but its source),
//! `aura-writer` (journal and open record), `aura-watch` (self-diagnosis), `aura-analyst` (reports,
//! retention), `aura-face` (pages and API).

mod analyst;
mod args;
mod bridge;
mod early;
mod faces;
mod losses;
mod notify;
mod plane;
mod running;
mod service;
mod sys;
mod tickets;
mod unit;
mod watch;
mod writer;

use args::Args;
use clap::Parser;
use service::Service;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Version of the software.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Name and version of the software, as records and reports carry it.
pub(crate) const SOFTWARE: &str = concat!("AURA-07 aurad ", env!("CARGO_PKG_VERSION"));

/// Exit code for a document that did not pass its check.
const CHECK_FAILED: u8 = 6;

fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(EnvFilter::from_default_env().add_directive(tracing::Level::INFO.into()))
        .init();
    if args.check {
        return check(&args);
    }
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Says what is wrong with the configuration.
fn check(args: &Args) -> ExitCode {
    match service::configuration(&args.config) {
        Ok(checked) => {
            checked.notes().iter().for_each(|note| tracing::warn!("{note}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::from(CHECK_FAILED)
        }
    }
}

/// Runs until a signal ends it.
fn run(args: Args) -> Result<(), service::Error> {
    let mut service = Service::start(args)?;
    let signals = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let reason = signals.block_on(async {
        let mut hangup = signal(SignalKind::hangup())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        loop {
            tokio::select! {
                _ = hangup.recv() => service.reload(),
                _ = terminate.recv() => return Ok::<_, std::io::Error>("SIGTERM"),
                _ = interrupt.recv() => return Ok("SIGINT"),
            }
        }
    })?;
    service.stop(reason);
    Ok(())
}
