//! Long campaigns that no pull request waits for: half of the time fuzz targets, half of it a kill
//! loop.

use crate::{demo, run};
use anyhow::{Context, Result, bail};
use std::time::Duration;

/// Runs for the seconds given, 600 without an argument.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let seconds: u64 = match args {
        [] => 600,
        [text] => text.parse().with_context(|| format!("seconds, not {text:?}"))?,
        _ => bail!("soak takes the number of seconds"),
    };
    fuzz(seconds / 2)?;
    demo::kill_loop(Duration::from_secs(seconds / 2))
}

/// Every fuzz target for its share of the time.
fn fuzz(seconds: u64) -> Result<()> {
    let folder = run::root().join("tests/fuzz");
    if !run::on_path("cargo-fuzz") {
        println!(
            "soak: no fuzzing: cargo-fuzz is not installed (`cargo install --locked cargo-fuzz`)"
        );
        return Ok(());
    }
    let list = run::captured(run::cargo().args(["fuzz", "list", "--fuzz-dir"]).arg(&folder))?;
    let targets: Vec<&str> = list.lines().collect();
    let each = seconds / targets.len().max(1) as u64;
    for target in &targets {
        println!("soak: {target} for {each} s");
        let mut cargo = run::cargo();
        // The sanitiser's flags are unstable ones; the toolchain stays the pinned one.
        cargo.env("RUSTC_BOOTSTRAP", "1").args(["fuzz", "run", target, "--fuzz-dir"]).arg(&folder);
        run::visible(cargo.args(["--", &format!("-max_total_time={each}")]))?;
    }
    println!("soak: {} targets, nothing found", targets.len());
    Ok(())
}
