//! The command line. The texts here are the English help; `russian` holds the same in Russian.

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Fault recorder AURA-07: ask a running recorder, and work on records without one.
#[derive(Debug, Parser)]
#[command(name = "auractl", disable_help_subcommand = true, arg_required_else_help = true)]
pub(crate) struct Args {
    /// Print JSON for programs.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Language of the talk; otherwise that of the locale.
    #[arg(long, global = true, value_enum, value_name = "LANG")]
    pub(crate) lang: Option<Language>,
    /// Socket of the recorder.
    #[arg(
        long,
        global = true,
        env = "AURA_SOCKET",
        value_name = "PATH",
        hide_env_values = true,
        default_value = "/run/aura/aurad.sock"
    )]
    pub(crate) socket: PathBuf,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Language of the talk.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Language {
    Ru,
    En,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// State of the recorder on one screen.
    Status {
        /// Show it anew every second until interrupted.
        #[arg(long, short)]
        watch: bool,
    },
    /// Records: list, show, fetch, start one.
    #[command(subcommand)]
    Record(RecordCommand),
    /// Analog channels.
    #[command(subcommand)]
    Analog(ListCommand),
    /// Discrete channels.
    #[command(subcommand)]
    Discrete(ListCommand),
    /// The recorder's journal.
    Log(LogArgs),
    /// COMTRADE records of any vendor; needs no recorder.
    #[command(subcommand)]
    Comtrade(ComtradeCommand),
    /// Run the recorder's pipeline over a recording: records, reports and journal as they would
    /// have been made; needs no recorder.
    Replay(ReplayArgs),
    /// The configuration document; needs no recorder.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// A journal's files; needs no recorder.
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Certificates; needs no recorder.
    #[command(subcommand)]
    Pki(PkiCommand),
    /// Version of this tool.
    Version,
    /// Completion script for a shell.
    Completion {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ListCommand {
    /// All channels with their values of now.
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecordCommand {
    /// The records, newest first.
    List {
        /// How many at most.
        #[arg(long, short = 'n', default_value_t = 20, value_parser = page())]
        limit: u32,
        /// Skip so many of the newest.
        #[arg(long, default_value_t = 0)]
        offset: u32,
    },
    /// One record: what started it, what is in it.
    Show {
        /// Number of the record.
        id: u64,
    },
    /// Fetch a record's files.
    Get {
        /// Number of the record.
        id: u64,
        /// What to fetch.
        #[arg(long, short, value_enum, default_value_t = GetFormat::Zip)]
        format: GetFormat,
        /// File to write, or folder for `cfgdat`; `-` is stdout. Otherwise the record's own name.
        #[arg(long, short)]
        output: Option<PathBuf>,
        /// Replace files that exist.
        #[arg(long)]
        force: bool,
    },
    /// Start a record now.
    Trigger {
        /// Why; it is written in the record and the journal.
        #[arg(long, short, default_value = "")]
        reason: String,
    },
}

/// How many lines or records at once.
fn page() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=1_000)
}

/// Days of validity that a certificate may have.
fn days() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=36_500)
}

/// What to fetch of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GetFormat {
    /// All files in one archive.
    Zip,
    /// One `.cff` file.
    Cff,
    /// `.cfg`, `.dat`, `.hdr` and `.inf`.
    Cfgdat,
    /// The report, Russian text.
    Ru,
    /// The report, English text.
    En,
    /// The report, JSON.
    Json,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LogArgs {
    /// Follow: print new lines as they come.
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Least severity.
    #[arg(long, short, value_enum, value_name = "LEVEL")]
    pub(crate) priority: Option<Severity>,
    /// Only lines with this text.
    #[arg(long, short, value_name = "TEXT")]
    pub(crate) grep: Option<String>,
    /// How many of the newest lines.
    #[arg(long, short = 'n', default_value_t = 50, value_parser = page())]
    pub(crate) lines: u32,
}

/// Severity of a journal line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Severity {
    Info,
    Warning,
    Fault,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ComtradeCommand {
    /// What a record is: station, times, channels.
    Info {
        /// `.cfg`, `.dat` or `.cff` files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Check records against the standard and themselves; exit code 6 when one is not in order.
    Check {
        /// `.cfg`, `.dat` or `.cff` files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Warnings count, too.
        #[arg(long)]
        strict: bool,
    },
    /// Write a record in another form.
    Convert {
        /// `.cfg`, `.dat` or `.cff` file.
        file: PathBuf,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Write a part of a record.
    Cut {
        /// `.cfg`, `.dat` or `.cff` file.
        file: PathBuf,
        /// From so many seconds after the first sample.
        #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
        from: Option<f64>,
        /// Up to, not including, so many seconds after the first sample.
        #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
        to: Option<f64>,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Lay the channels of several records with the same samples side by side.
    Merge {
        /// `.cfg`, `.dat` or `.cff` files.
        #[arg(required = true, num_args = 2..)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Print a record as comma-separated values: n,t_s and a column for each channel.
    Csv {
        /// `.cfg`, `.dat` or `.cff` file.
        file: PathBuf,
        /// File to write; otherwise stdout.
        #[arg(long, short)]
        output: Option<PathBuf>,
        /// Replace a file that exists.
        #[arg(long)]
        force: bool,
    },
}

/// A recording through the pipeline.
#[derive(Debug, ClapArgs)]
pub(crate) struct ReplayArgs {
    /// The document, `recorder.toml`; its own source is not opened.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// COMTRADE recording, `.cfg` or `.cff`.
    #[arg(long, value_name = "FILE")]
    pub(crate) input: PathBuf,
    /// Folder for records, reports and journal; made when absent.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// Where and how a record is written.
#[derive(Debug, ClapArgs)]
pub(crate) struct TargetArgs {
    /// File to write: `NAME.cff` for one file, `NAME` or `NAME.cfg` for several.
    #[arg(long, short)]
    pub(crate) output: PathBuf,
    /// Revision: 1991, 1999 or 2013; otherwise that of the record.
    #[arg(long, value_name = "YEAR")]
    pub(crate) revision: Option<String>,
    /// Type of the samples: ASCII, BINARY, BINARY32 or FLOAT32; otherwise that of the record.
    #[arg(long, value_name = "TYPE")]
    pub(crate) data: Option<String>,
    /// Encoding of the texts: utf8, cp1251, cp866, latin1 or gbk; otherwise that of the record.
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
    /// Replace files that exist.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check a document and say all that is wrong; exit code 6 when it cannot be used.
    Check {
        /// The document, `recorder.toml`.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// The JSON Schema of the document, for editors.
    Schema,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Prove that no line was changed, removed or added; exit code 6 when one was.
    Verify {
        /// Folder of the journal.
        folder: PathBuf,
        /// A line that was noted elsewhere: its number and hash.
        #[arg(long, value_name = "SEQ:HASH")]
        head: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PkiCommand {
    /// Make the factory kit: the recorder's certificate, three authorities, tokens.
    Kit {
        /// Folder to write to.
        #[arg(long)]
        out: PathBuf,
        /// Folder for the recorder's own part; otherwise `access` in the other.
        #[arg(long, value_name = "DIR")]
        access_dir: Option<PathBuf>,
        /// Password of the PKCS#12 files.
        #[arg(long)]
        password: String,
        /// Number of the recorder; otherwise it is named as not set up.
        #[arg(long)]
        number: Option<String>,
        /// Name or address of the recorder; may be repeated.
        #[arg(long, value_name = "NAME")]
        host: Vec<String>,
        /// How many tokens.
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(0..=999))]
        tokens: u16,
        /// Issue the tokens through an intermediate authority.
        #[arg(long)]
        intermediate: bool,
        #[command(flatten)]
        form: P12Args,
    },
    /// Issue one certificate with its key and PKCS#12 file.
    Issue {
        /// Certificate of the authority; its key lies beside it as `.key`.
        #[arg(long, value_name = "FILE")]
        ca: PathBuf,
        /// Files to write, without ending: NAME.crt, NAME.key, NAME.p12.
        #[arg(long, value_name = "NAME")]
        out: PathBuf,
        /// Common name.
        #[arg(long)]
        name: String,
        /// A person's role; may be repeated.
        #[arg(long, value_enum, ignore_case = true, conflicts_with = "host")]
        role: Vec<RoleName>,
        /// Make it a recorder's certificate for this name or address; may be repeated.
        #[arg(long, value_name = "NAME")]
        host: Vec<String>,
        /// Days of validity.
        #[arg(long, default_value_t = 3653, value_parser = days())]
        days: u32,
        /// Password of the PKCS#12 file.
        #[arg(long)]
        password: String,
        #[command(flatten)]
        form: P12Args,
    },
    /// What a recorder would say of a certificate: subject, roles, validity.
    Show {
        /// Certificate, PEM; those above it may follow in the same file.
        file: PathBuf,
        /// Folder of the trust list that decides; otherwise only the certificate is shown.
        #[arg(long, value_name = "DIR")]
        access_dir: Option<PathBuf>,
    },
}

/// How keys and their files are made.
#[derive(Debug, ClapArgs)]
pub(crate) struct P12Args {
    /// PKCS#12 for Windows before 10 1709 and Server 2016.
    #[arg(long)]
    pub(crate) legacy: bool,
    /// Kind of the keys.
    #[arg(long, value_enum, default_value_t = KeyName::P256)]
    pub(crate) key: KeyName,
    /// Language in which roles are written in certificates.
    #[arg(long, value_enum, default_value_t = RoleLanguage::Ru)]
    pub(crate) role_lang: RoleLanguage,
}

/// Kind of a key.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum KeyName {
    P256,
    Rsa2048,
    Rsa3072,
}

/// Language of the roles in a certificate.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RoleLanguage {
    Ru,
    En,
}

/// A role of the recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleName {
    User,
    Technician,
    Administrator,
    Operator,
}
