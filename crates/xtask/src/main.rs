//! The project's own commands: demo, test, ci, tidy, deny, soak.
//!
//! Everything that a developer or the CI does with this repository is a subcommand here, so that
//! the two cannot differ. It is no part of the product: it depends on no crate of the house and
//! speaks to the built programs as any tool would.
#![expect(clippy::print_stdout, reason = "a command line tool speaks on stdout")]
#![expect(clippy::disallowed_methods, reason = "steps are timed and programs waited for")]

mod demo;
mod deny;
mod run;
mod setup;
mod soak;
mod steps;
mod tidy;

use anyhow::{Result, bail};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  demo [--dir DIR] [--seconds N] [--check]   the recorder with a simulated substation
  test [--keep-going]                        sets up what the tests need and runs everything
  ci                                         the same; what cannot be set up is a failure
  tidy                                       the laws of docs/ARCHITECTURE.md and the sizes of style
  wrap                                       brings comments within the limit of columns
  deny                                       licences, bans and duplicates by deny.toml
  soak [SECONDS]                             fuzz targets, then kills in the middle of records
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Result<()> {
    let Some((command, rest)) = args.split_first() else {
        print!("{HELP}");
        bail!("which command?");
    };
    match command.as_str() {
        "demo" => demo::run(&demo::Options::parse(rest)?),
        "test" => steps::test(steps::Options::parse(rest)?),
        "ci" => {
            if rest.is_empty() {
                steps::test(steps::Options { keep_going: false, ci: true })
            } else {
                bail!("ci takes no arguments")
            }
        }
        "tidy" => tidy::run(),
        "wrap" => tidy::wrap::run(&run::root()),
        "deny" => deny::run(),
        "soak" => soak::run(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("unknown command {other:?}; `cargo xtask help` lists them"),
    }
}
