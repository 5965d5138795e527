//! Kill loop: the recorder is killed in the middle of records, again and again, and must come back
//! whole.

use super::{Demo, Options, unit::Unit};
use crate::run;
use anyhow::{Context, Result, ensure};
use std::time::{Duration, Instant};

/// Longest life of one round after its start was ready.
const LIFE_MS: u64 = 3_000;
/// Steps of lives that meet the record at other places each round; prime to `LIFE_MS`.
const STEP_MS: u64 = 379;

/// Kills `aurad` with SIGKILL for so long; each time it starts again, its journal verifies, its
/// records are complete or marked as interrupted, and none that was complete is gone.
pub(crate) fn kill_loop(length: Duration) -> Result<()> {
    let mut demo = Demo::start(&Options::own("soak"))?;
    let from = Instant::now();
    let mut rounds = 0;
    let mut known = Vec::new();
    while from.elapsed() < length {
        let reason = format!("round {rounds}");
        run::captured(&mut demo.unit.auractl(&["record", "trigger", "--reason", &reason]))?;
        std::thread::sleep(Duration::from_millis(rounds * STEP_MS % LIFE_MS));
        demo.unit.kill()?;
        demo.unit = Unit::start(&demo.dir, demo.unit.port())?;
        known = whole(&demo, &known).with_context(|| format!("round {rounds}"))?;
        rounds += 1;
    }
    println!("soak: {rounds} kills, {} records, journal whole", known.len());
    demo.stop()
}

/// Numbers of the complete records, after all that must hold was checked.
fn whole(demo: &Demo, known: &[u64]) -> Result<Vec<u64>> {
    let journal = demo.unit.data().join("journal");
    run::captured(demo.unit.auractl(&["journal", "verify"]).arg(journal))?;
    let list = demo.unit.ask(&["record", "list"])?;
    let records = list["items"].as_array().or_else(|| list.as_array()).context("no list")?;
    let mut complete = Vec::new();
    for record in records {
        let state = record["state"].as_str().unwrap_or_default();
        ensure!(matches!(state, "complete" | "interrupted" | "open"), "a record is {record}");
        if state == "complete" {
            complete.push(super::unit::record_id(record)?);
        }
    }
    let lost = known.iter().find(|id| !complete.contains(id));
    ensure!(lost.is_none(), "record {} was complete and is gone", lost.unwrap_or(&0));
    Ok(complete)
}
