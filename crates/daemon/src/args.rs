//! The command line of `aurad`.

use clap::Parser;
use std::path::PathBuf;

/// The recorder's service.
#[derive(Parser, Debug, Clone)]
#[command(name = "aurad", version = crate::VERSION, about, long_about = None)]
pub(crate) struct Args {
    /// Configuration document.
    #[arg(long, value_name = "FILE", default_value = "/etc/aura/recorder.toml")]
    pub(crate) config: PathBuf,

    /// Folder of records, journal and state.
    #[arg(long, value_name = "DIR", default_value = "/var/lib/aura")]
    pub(crate) data_dir: PathBuf,

    /// Folder of the trust list and of the recorder's own certificate and key.
    #[arg(long, value_name = "DIR", default_value = "/etc/aura/access")]
    pub(crate) access_dir: PathBuf,

    /// Local socket for auractl; its rights decide who may use it.
    #[arg(long, value_name = "PATH", default_value = "/run/aura/aurad.sock")]
    pub(crate) socket: PathBuf,

    /// Address and port of the HTTPS pages, in place of the configuration's.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Option<std::net::SocketAddr>,

    /// Check the configuration, print what is wrong with it, and exit (0 good, 6 not).
    #[arg(long)]
    pub(crate) check: bool,

    /// Write `{"https":"ADDR:PORT"}` into this file when the pages can be reached.
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,
}
