//! The report of closed-form records: its facts, its texts (golden files; `AURA_BLESS=1` writes
//! them anew), and records that hold almost nothing.
#![expect(clippy::unwrap_used, reason = "tests, all of it")]

use aura_analyse::{analyse, json, summary, text};
use aura_model::{
    Capture, CaptureAnalog, CaptureDiscrete, Cause, Lang, PickupInfo, Stamp, Sync, Tai, TimeQuality,
};
use aura_testkit::station;
use std::path::Path;

const FROM_S: f64 = 0.180;
const TO_S: f64 = 0.285;

/// Two lines of which the first has a fault of phase A to earth, and dies.
fn capture(fault: bool, rows: usize) -> Capture {
    let station = station::station();
    let fault = fault.then_some((FROM_S, TO_S));
    let mut signals = station::line_signals(50.0, fault);
    signals.extend(station::line_signals(50.0, None));
    let hz = station.rate.hz();
    let value = |signal: &aura_testkit::wave::Script, row: usize| signal.at(row as f64 / hz);
    let analog = station.analog.iter().zip(&signals).map(|(channel, signal)| CaptureAnalog {
        channel: channel.clone(),
        values: (0..rows).map(|row| value(signal, row)).collect(),
    });
    let edges: [&[usize]; 4] = [&[820, 1_260], &[1_140], &[], &[]];
    let discrete = station.discrete.iter().zip(edges).map(|(channel, edges)| CaptureDiscrete {
        channel: channel.clone(),
        initial: false,
        changes: if fault.is_some() { edges.to_vec() } else { Vec::new() },
    });
    let start = station::today(4, 52, 7, 118_000_000);
    let at = Stamp { tai: start.tai.plus_ns(183_250_000), ..start };
    let pickup = |name: &str, ns: i64, values: (f64, f64)| PickupInfo {
        cause: Cause::Element,
        element: "e".into(),
        name: name.into(),
        at: Stamp { tai: at.tai.plus_ns(ns), ..at },
        value: values.0,
        setting: values.1,
        unit: if values.0.is_nan() { "" } else { "A" }.into(),
        inputs: vec!["l201_3i0".into()],
    };
    let nan = f64::NAN;
    Capture {
        station: station.name.clone(),
        rec_dev_id: station.rec_dev_id.clone(),
        record: "261122,045207118,+3,Zarechnaya,AURA-1,AURA".into(),
        nominal_hz: 50.0,
        rate: station.rate,
        rows,
        start,
        utc_offset_s: station::UTC_OFFSET_S,
        pickups: vec![
            pickup("3I0> Л-201", 0, (1_312.4, 300.0)),
            pickup("Срабатывание РЗ Л-201", 21_750_000, (nan, nan)),
        ],
        trigger: at,
        analog: analog.collect(),
        discrete: discrete.collect(),
        groups: station.groups.clone(),
        simulated: false,
        interrupted: false,
    }
}

fn golden(name: &str, got: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("AURA_BLESS").is_some() {
        std::fs::write(&path, got).unwrap();
    }
    let want = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(got == want, "{} differs; it is now:\n{got}", path.display());
}

#[test]
fn the_facts_are_those_of_the_closed_form() {
    let report = analyse(&capture(true, 4_800));
    let near = |got: f64, want: f64, tolerance: f64, what: &str| {
        assert!((got - want).abs() <= tolerance, "{what}: {got} instead of {want}");
    };
    let interval = report.disturbance.unwrap();
    let after_s = |tai: Tai| tai.since_ns(report.record_start.tai) as f64 / 1e9;
    near(after_s(interval.from), FROM_S, 0.001, "begin");
    near(after_s(interval.to.unwrap()), TO_S, 0.005, "end");
    near(report.frequency_hz.unwrap(), 50.0, 0.001, "frequency");
    assert_eq!(report.angle_reference, "UA Л-201");
    let of = |name: &str| report.analog.iter().find(|a| a.name == name).unwrap();
    let ia = of("IA Л-201");
    near(ia.before.magnitude, 240.0, 0.1, "IA before");
    near(ia.before.angle_deg, -18.0, 0.1, "angle of IA before");
    // The decaying component leaks into the window: e^-1.4 of it at most is left.
    near(ia.during.magnitude, 4_200.0, 120.0, "IA during");
    near(ia.during.angle_deg, -75.0, 2.0, "angle of IA during");
    near(ia.after.magnitude, 0.0, 0.1, "IA after");
    near(ia.rms_min, 0.0, 0.1, "least RMS of IA");
    let ua = of("UA Л-201");
    near(ua.before.angle_deg, 0.0, 1e-9, "the reference");
    near(ua.during.magnitude, 21.0, 0.1, "UA during");
    near(ua.after.magnitude, 63.5, 0.1, "UA after");
    near(ua.peak, 63.5 * core::f64::consts::SQRT_2, 0.1, "peak of UA");
    near(of("3U0 Л-201").during.magnitude, 42.6, 0.3, "3U0 during");
    near(of("UB Л-201").before.angle_deg, -120.0, 0.1, "angle of UB");
    near(of("UC Л-201").before.angle_deg, 120.0, 0.1, "angle of UC");
    let phases: Vec<(&str, &str)> =
        report.phases.iter().map(|(circuit, phase)| (circuit.as_str(), phase.as_str())).collect();
    assert_eq!(phases, [("Л-201", "A"), ("Л-201", "N")]);
    let disturbed: Vec<&str> =
        report.analog.iter().filter(|a| a.disturbed).map(|a| a.name.as_str()).collect();
    assert_eq!(disturbed[..2], ["IA Л-201", "3I0 Л-201"]);
    assert!(disturbed.iter().all(|name| name.ends_with("Л-201")), "{disturbed:?}");
    let edges: Vec<(f64, bool)> =
        report.discrete.iter().map(|change| (after_s(change.at), change.state)).collect();
    assert_eq!(edges, [(0.205, true), (0.285, true), (0.315, false)]);
    assert_eq!(report.pickups[1].after_ns, 21_750_000);
}

#[test]
fn the_texts_are_as_agreed() {
    let report = analyse(&capture(true, 4_800));
    golden("fault.ru.txt", &text(&report, Lang::Ru));
    golden("fault.en.txt", &text(&report, Lang::En));
    golden("fault.json", &format!("{}\n", json(&report)));
    let ru = summary(&report, Lang::Ru);
    assert_eq!(ru, "3I0> Л-201, фаза A, 105 мс, I max 4.4 кА");
    assert_eq!(summary(&report, Lang::En), "3I0> Л-201, phase A, 105 ms, I max 4.4 kA");
}

#[test]
fn a_manual_start_of_a_quiet_line_says_so() {
    let mut capture = capture(false, 3_200);
    capture.simulated = true;
    capture.pickups.truncate(1);
    let pickup = &mut capture.pickups[0];
    (pickup.cause, pickup.name) = (Cause::Manual, "проверка тракта".into());
    (pickup.value, pickup.setting) = (f64::NAN, f64::NAN);
    let quality = TimeQuality { sync: Sync::Free, error_ns: u32::MAX };
    pickup.at.quality = quality;
    let report = analyse(&capture);
    assert_eq!((report.disturbance, report.phases.len()), (None, 0));
    assert!(report.analog.iter().all(|facts| !facts.disturbed));
    golden("manual.ru.txt", &text(&report, Lang::Ru));
    golden("manual.en.txt", &text(&report, Lang::En));
    assert_eq!(summary(&report, Lang::Ru), "Ручной пуск: проверка тракта");
}

#[test]
fn a_line_that_is_switched_off_lasts_no_time() {
    let mut capture = capture(false, 3_200);
    for channel in &mut capture.analog[..4] {
        channel.values[1_000..].fill(0.0);
    }
    let report = analyse(&capture);
    let interval = report.disturbance.unwrap();
    assert!(interval.to.unwrap().since_ns(interval.from) < 1_000_000);
    assert_eq!(summary(&report, Lang::Ru), "3I0> Л-201, фазы A, B, C, I max 240 А");
}

#[test]
fn a_fault_that_outlasts_the_record_has_no_end() {
    let report = analyse(&capture(true, 1_000));
    assert_eq!(report.disturbance.unwrap().to, None);
    let ia = &report.analog[0];
    assert!(ia.during.magnitude > 3_000.0 && ia.after.magnitude.is_nan(), "{ia:?}");
    let ru = summary(&report, Lang::Ru);
    assert!(ru.starts_with("3I0> Л-201, фаза A, не менее 70 мс, I max "), "{ru}");
}

/// Whatever the record holds, a report and its three forms come out.
#[test]
fn records_that_hold_almost_nothing() {
    let check = |change: fn(&mut Capture), rows: usize| {
        let mut capture = capture(true, rows);
        change(&mut capture);
        let report = analyse(&capture);
        for lang in [Lang::Ru, Lang::En] {
            assert!(text(&report, lang).contains("Л-201") || report.pickups.is_empty());
            assert!(!summary(&report, lang).is_empty());
        }
        let value: serde_json::Value = serde_json::from_str(&json(&report)).unwrap();
        assert_eq!(value["schema"], "aura/report/1");
        report
    };
    let report = check(|c| c.analog.clear(), 4_800);
    assert_eq!((report.disturbance, report.discrete.len()), (None, 3));
    let report = check(|c| c.discrete.clear(), 4_800);
    assert!(report.disturbance.is_some());
    let report = check(|c| c.analog.iter_mut().for_each(|a| a.values.fill(f64::NAN)), 4_800);
    assert_eq!((report.disturbance, report.frequency_hz), (None, None));
    assert!(report.analog.iter().all(|a| a.peak.is_nan() && a.rms_max.is_nan() && !a.disturbed));
    for rows in [0, 1, 3, 79, 80, 81, 160, 170] {
        let report = check(|_| (), rows);
        assert_eq!(report.disturbance, None, "{rows} rows");
    }
    let far = |c: &mut Capture| {
        c.trigger.tai = c.start.tai.plus_ns(86_400_000_000_000);
        c.pickups.clear();
    };
    assert!(check(far, 4_800).disturbance.is_some());
    let before = |c: &mut Capture| c.trigger.tai = c.start.tai.plus_ns(-5);
    check(before, 600);
    check(|c| c.analog.iter_mut().for_each(|a| a.values.fill(0.0)), 4_800);
    check(|c| c.nominal_hz = 60.0, 4_800);
    // A hole within the fault: what rests on it is not told, the rest is.
    let hole = |c: &mut Capture| c.analog[0].values[1_060] = f64::NAN;
    let report = check(hole, 4_800);
    assert!(report.analog[0].during.magnitude.is_nan() && report.analog[0].peak > 4_000.0);
}
