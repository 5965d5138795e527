//! Serves a fake recorder over real TLS, for looking at the pages: `preview FOLDER PORT [STATE]`.
//!
//! The folder gets the certificates (`ca.crt`, `client-UTA.crt` …; the letters are the roles).
//! States: `good` (default), `fault`, `empty`. Values move a little, so that the live stream can be
//! seen.
#![allow(clippy::print_stdout, reason = "an example talks to a person")]
#![allow(clippy::unwrap_used, reason = "an example may fail loudly")]

#[allow(dead_code, unreachable_pub, missing_docs, reason = "the tests use more of it")]
#[path = "../tests/site/mod.rs"]
mod site;

use aura_model::{Code, HealthItem, HealthState, Live, Quality};
use aura_testkit::FakeDevice;
use aura_web::Config;
use site::Site;
use std::path::PathBuf;
use std::time::Duration;

const CLIENTS: [&str; 4] = ["UTA", "U", "A", "-"];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, port, state @ ..] = args.as_slice() else {
        return println!("preview FOLDER PORT [good|fault|empty]");
    };
    let folder = PathBuf::from(folder);
    if !folder.join("ca.crt").exists() {
        site::make_certificates(&folder, &CLIENTS);
    }
    let state = state.first().map_or("good", String::as_str);
    let device = if state == "empty" { FakeDevice::empty() } else { FakeDevice::new() };
    if state == "fault" {
        break_it(&device);
    }
    let listen = vec![([127, 0, 0, 1], port.parse().unwrap()).into()];
    let site = Site::start(&folder, device, Config { listen, ..Config::default() }, &CLIENTS);
    println!("{}", site.url("/"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for turn in 0_u32.. {
            tokio::time::sleep(Duration::from_millis(500)).await;
            move_on(&site.device, f64::from(turn));
        }
    });
}

/// A source that is lost, a clock that runs free, a channel that is not believed.
fn break_it(device: &FakeDevice) {
    let since = device.now();
    let item = |subject, code, args: &[(&str, &str)]| HealthItem {
        subject,
        state: HealthState::Fault,
        code,
        args: args.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        since,
    };
    device.set_health(|health| {
        health.state = HealthState::Fault;
        health.recording_possible = false;
        health.items.retain(|old| !matches!(old.subject, "source" | "clock"));
        health.items.insert(0, item("source", Code::SourceLost, &[("source", "adc1")]));
        health.items.insert(1, item("clock", Code::ClockFree, &[]));
    });
    let mut snapshot = device.snapshot().unwrap().as_ref().clone();
    snapshot.simulated = true;
    snapshot.analog[2].quality = Quality::INVALID;
    snapshot.analog[2].computed_valid = false;
    snapshot.discrete[0] ^= 0b10;
    snapshot.picked_up = vec![0, 1];
    device.set_snapshot(Some(snapshot));
}

/// Lets the values tremble and the clock run.
fn move_on(device: &FakeDevice, turn: f64) {
    let mut now = device.now();
    now.tai = now.tai.plus_ns(500_000_000);
    device.set_now(now);
    let Some(mut snapshot) = device.snapshot().map(|s| s.as_ref().clone()) else { return };
    snapshot.at.tai = snapshot.at.tai.plus_ns(500_000_000);
    snapshot.seq += 100;
    for (at, channel) in snapshot.analog.iter_mut().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "channels are few")]
        let factor = 1.0 + 0.002 * (turn * 0.7 + at as f64).sin();
        channel.rms *= factor;
        channel.instant = -channel.instant;
    }
    device.set_snapshot(Some(snapshot));
}
