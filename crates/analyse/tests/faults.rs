//! The analysis against line faults of which the truth is known, made by a simulation foreign to
//! the product.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests, all of it")]

use aura_analyse::analyse;
use aura_comtrade::{Record, Sampling};
use aura_model::{
    AnalogChannel, Capture, CaptureAnalog, Phase, Quantity, Rate, Side, Stamp, Tai, TimeQuality,
};
use std::path::{Path, PathBuf};

fn data() -> Option<PathBuf> {
    let dir = std::env::var_os("AURA_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let dir = dir.join("faults");
    if dir.is_dir() {
        return Some(dir);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is needed in CI", dir.display());
    println!("SKIPPED: {} is not there", dir.display());
    None
}

fn capture(path: &Path) -> Capture {
    let record = Record::open(path).unwrap();
    let cfg = record.cfg();
    let Sampling::Table(rates) = &cfg.sampling else { panic!("a rate is stated") };
    let analog = cfg.analog.iter().enumerate().map(|(n, channel)| CaptureAnalog {
        channel: AnalogChannel {
            id: channel.id.clone(),
            name: channel.id.clone(),
            phase: match channel.phase.as_str() {
                "A" => Phase::A,
                "B" => Phase::B,
                "C" => Phase::C,
                _ => Phase::None,
            },
            circuit: channel.component.clone(),
            quantity: match channel.unit.as_str() {
                "A" => Quantity::Current,
                _ => Quantity::Voltage,
            },
            unit: channel.unit.clone(),
            a: channel.a,
            b: channel.b,
            raw_min: -32_767,
            raw_max: 32_767,
            primary: channel.primary,
            secondary: channel.secondary,
            side: Side::Primary,
            skew_us: channel.skew_us,
        },
        values: record.analog(n).unwrap(),
    });
    let stamp = |tai| Stamp { tai, quality: TimeQuality::default() };
    let start = Tai::from_unix_ns(cfg.start.unix_ns().unwrap());
    Capture {
        station: cfg.station.clone(),
        rec_dev_id: cfg.device.clone(),
        record: "fault".into(),
        nominal_hz: cfg.line_frequency_hz,
        rate: Rate::from_hz(rates[0].hz).unwrap(),
        rows: record.rows(),
        start: stamp(start),
        utc_offset_s: 0,
        pickups: Vec::new(),
        trigger: stamp(start.plus_ns(cfg.trigger_offset_ns().unwrap())),
        analog: analog.collect(),
        discrete: Vec::new(),
        groups: Vec::new(),
        simulated: false,
        interrupted: false,
    }
}

#[test]
fn phases_begin_and_end_are_those_of_the_truth() {
    let Some(data) = data() else { return };
    let truth = std::fs::read(data.join("truth.json")).unwrap();
    let truth: serde_json::Value = serde_json::from_slice(&truth).unwrap();
    let mut wrong = Vec::new();
    for (name, truth) in truth.as_object().unwrap() {
        for end in ["A", "B"] {
            let extension = if name.starts_with("f6") { "cff" } else { "cfg" };
            let file = data.join(format!("{name}_{end}.{extension}"));
            let capture = capture(&file);
            let report = analyse(&capture);
            let fault = truth["fault"].as_str().unwrap();
            let faulted: Vec<String> =
                fault.chars().filter(|c| *c != 'G').map(String::from).collect();
            let mut found: Vec<String> =
                report.phases.iter().map(|(_, phase)| phase.clone()).collect();
            found.sort();
            found.dedup();
            let interval = report.disturbance.unwrap();
            let after = |tai: Tai| tai.since_ns(report.record_start.tai) as f64 / 1e9;
            let begin = after(interval.from) - truth["inception_s"].as_f64().unwrap();
            let clear = interval.to.map(|to| after(to) - truth["clearing_s"].as_f64().unwrap());
            println!("{name}_{end}: {found:?} begin {begin:+.4} end {clear:+.4?} s");
            let ends = clear.is_some_and(|late| late.abs() < 1.5 / capture.nominal_hz);
            let hz = report.frequency_hz.unwrap();
            if found != faulted
                || begin.abs() > 0.010
                || !ends
                || (hz - capture.nominal_hz).abs() > 0.02
            {
                wrong.push(format!("{name}_{end}: {hz} {:#?}", report.analog));
            }
            // The fault currents are those of the network's calculation.
            let want = &truth["fault_current_A_rms"][end];
            for (n, phase) in ["A", "B", "C"].iter().enumerate() {
                let of_phase = capture.analog.iter().position(|channel| {
                    channel.channel.quantity == Quantity::Current
                        && channel.channel.phase.code() == *phase
                });
                let got = report.analog[of_phase.unwrap()].during.magnitude;
                let want = want[n].as_f64().unwrap();
                if (got - want).abs() > 0.05 * want + 10.0 {
                    wrong.push(format!("{name}_{end} I{phase}: {got} instead of {want}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
