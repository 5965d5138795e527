//! The fake recorder's records: real COMTRADE bytes of closed-form signals, and reports that agree
//! with them.

use super::content::{VERSION, hex_digest};
use crate::comtrade;
use crate::station::{self, LINES, UTC_OFFSET_S};
use crate::wave::{Script, Wave};
use aura_model::{
    AnalogFacts, Cause, CloseReason, DiscreteChange, FileKind, Interval, PhasorFacts, PickupInfo,
    Quality, RecordFile, RecordId, RecordInfo, RecordState, Report, ReportPickup, Stamp, Station,
};
use std::sync::Arc;

/// One line of the report on the fault.
pub(super) const SUMMARY_RU: &str = "3I0> Л-201, фаза A, 105 мс, I max 4.4 кА";
const SUMMARY_EN: &str = "3I0> Л-201, phase A, 105 ms, I max 4.4 kA";

/// The full text of the report on record 41, as the analysis writes it.
const REPORT_RU: &str = include_str!("report.ru.txt");
const REPORT_EN: &str = include_str!("report.en.txt");

/// A record with its files and its report.
#[derive(Clone, Debug)]
pub struct FakeRecord {
    /// What the faces see.
    pub info: RecordInfo,
    /// Bytes of each file.
    pub files: Vec<(FileKind, Vec<u8>)>,
    /// Facts of the report.
    pub report: Option<Arc<Report>>,
}

/// What happens in a record.
struct Plot {
    id: RecordId,
    start: Stamp,
    rows: u64,
    /// Earth fault of phase A on the first line, seconds from the start.
    fault: Option<(f64, f64)>,
    pickup: PickupInfo,
    state: RecordState,
    summary: [&'static str; 2],
}

impl FakeRecord {
    /// A record that is being written: no files, no report.
    #[must_use]
    pub fn open(station: &Station, id: RecordId, pickup: PickupInfo) -> Self {
        let trigger = pickup.at;
        let start = Stamp { tai: trigger.tai.plus_ns(-300_000_000), ..trigger };
        Self {
            info: RecordInfo {
                id,
                name: name(start),
                state: RecordState::Open,
                start,
                trigger,
                duration_ns: 0,
                rows: 0,
                channels: (station.analog.len(), station.discrete.len()),
                pickups: vec![pickup],
                reason: None,
                simulated: false,
                quality: Quality::GOOD,
                files: Vec::new(),
                sha256: String::new(),
                summary: [String::new(), String::new()],
                utc_offset_s: UTC_OFFSET_S,
            },
            files: Vec::new(),
            report: None,
        }
    }

    /// Name and bytes of a file; the single-file form is made of the others.
    pub(super) fn file(&self, kind: FileKind) -> Option<(String, Vec<u8>)> {
        let name = format!("{}.{}", self.info.name, kind.ending());
        let stored = |kind| self.files.iter().find(|file| file.0 == kind).map(|file| &file.1);
        if let Some(bytes) = stored(kind) {
            return Some((name, bytes.clone()));
        }
        if kind != FileKind::Cff {
            return None;
        }
        let text = |kind| stored(kind).map(|bytes| String::from_utf8_lossy(bytes));
        let (cfg, hdr, inf) = (text(FileKind::Cfg)?, text(FileKind::Hdr)?, text(FileKind::Inf)?);
        Some((name, comtrade::cff(&cfg, &hdr, &inf, stored(FileKind::Dat)?)))
    }

    fn of(station: &Station, plot: Plot) -> Self {
        let mut record = Self::open(station, plot.id, plot.pickup.clone());
        let info = &mut record.info;
        info.start = plot.start;
        info.name = name(plot.start);
        info.state = plot.state.clone();
        info.rows = plot.rows;
        info.duration_ns = station.rate.row_ns(plot.rows - 1);
        info.reason = (plot.state == RecordState::Complete).then_some(CloseReason::Complete);
        info.summary = plot.summary.map(String::from);
        let mut signals = station::line_signals(station.nominal_hz, plot.fault);
        signals.extend(station::line_signals(station.nominal_hz, None));
        let edges = edges(station, plot.fault);
        let cfg = comtrade::cfg(station, plot.rows, plot.start, plot.pickup.at, UTC_OFFSET_S);
        let dat = comtrade::dat(station, plot.rows, &signals, &edges);
        let report = report(station, info, &signals, &edges, plot.fault);
        let inf = format!("[Public Record_Information]\r\nSource=AURA-07, {VERSION}\r\n");
        let text = |title: &str, summary: &str| format!("{title} {}\n\n{summary}\n", info.name);
        record.files = vec![
            (FileKind::Cfg, cfg.into_bytes()),
            (FileKind::Dat, dat),
            (FileKind::Hdr, text("Осциллограмма", plot.summary[0]).into_bytes()),
            (FileKind::Inf, inf.into_bytes()),
            (FileKind::ReportRu, text("Отчёт по осциллограмме", plot.summary[0]).into_bytes()),
            (FileKind::ReportEn, text("Report on record", plot.summary[1]).into_bytes()),
        ];
        if plot.id == RecordId(41) {
            record.files[4].1 = REPORT_RU.as_bytes().to_vec();
            record.files[5].1 = REPORT_EN.as_bytes().to_vec();
        }
        let sizes = record.files.iter().map(|(kind, bytes)| RecordFile {
            kind: *kind,
            name: format!("{}.{}", info.name, kind.ending()),
            bytes: bytes.len() as u64,
        });
        info.files = sizes.collect();
        let comtrade: Vec<u8> = record.files[..4].iter().flat_map(|f| &f.1).copied().collect();
        info.sha256 = hex_digest(&comtrade);
        record.report = Some(Arc::new(report));
        record
    }
}

/// Base name after IEEE C37.232: date, time, time code, station, device, company.
fn name(start: Stamp) -> String {
    let c = start.tai.civil(UTC_OFFSET_S);
    format!(
        "{:02}{:02}{:02},{:02}{:02}{:02}{:03},+3,Zarechnaya,AURA-1,AURA",
        c.year % 100,
        c.month,
        c.day,
        c.hour,
        c.minute,
        c.second,
        c.nanosecond / 1_000_000
    )
}

/// Relay 25 ms after the inception, breaker at the clearing; both reset after a while.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within a record")]
fn edges(station: &Station, fault: Option<(f64, f64)>) -> Vec<(u64, usize, bool)> {
    let row = |t_s: f64| (t_s * station.rate.hz()).round() as u64;
    fault.map_or_else(Vec::new, |(from, to)| {
        vec![(row(from + 0.025), 0, true), (row(to), 1, true), (row(to + 0.030), 0, false)]
    })
}

/// The three records that the fake recorder has at first, oldest first.
pub(super) fn three(station: &Station) -> Vec<FakeRecord> {
    let element = |at, value| PickupInfo {
        cause: Cause::Element,
        element: "l201_3i0_over".into(),
        name: format!("3I0> {}", LINES[0]),
        at,
        value,
        setting: 300.0,
        unit: "A".into(),
        inputs: vec!["l201_3i0".into()],
    };
    let manual = |at| PickupInfo {
        cause: Cause::Manual,
        element: String::new(),
        name: "проверка тракта".into(),
        at,
        value: f64::NAN,
        setting: f64::NAN,
        unit: String::new(),
        inputs: Vec::new(),
    };
    let plots = [
        Plot {
            id: RecordId(41),
            start: station::today(4, 52, 7, 118_000_000),
            rows: 4_800,
            fault: Some((0.180, 0.285)),
            pickup: element(station::today(4, 52, 7, 301_250_000), 1_312.4),
            state: RecordState::Complete,
            summary: [SUMMARY_RU, SUMMARY_EN],
        },
        Plot {
            id: RecordId(42),
            start: station::today(5, 1, 41, 502_000_000),
            rows: 3_200,
            fault: None,
            pickup: manual(station::today(5, 1, 41, 702_000_000)),
            state: RecordState::Complete,
            summary: ["Ручной пуск: проверка тракта", "Manual start: проверка тракта"],
        },
        Plot {
            id: RecordId(43),
            start: station::today(5, 9, 2, 640_000_000),
            rows: 1_640,
            fault: Some((0.180, 0.285)),
            pickup: element(station::today(5, 9, 2, 823_250_000), 1_312.4),
            state: RecordState::Interrupted,
            summary: [SUMMARY_RU, SUMMARY_EN],
        },
    ];
    plots.into_iter().map(|plot| FakeRecord::of(station, plot)).collect()
}

fn report(
    station: &Station,
    info: &RecordInfo,
    signals: &[Script],
    edges: &[(u64, usize, bool)],
    fault: Option<(f64, f64)>,
) -> Report {
    let at = |t_s: f64| info.start.tai.plus_ns(station.rate.row_ns(0) + ns(t_s));
    let (from, to) = fault.unwrap_or((0.18, 0.18));
    let reference = signals[4].wave(0.0).phasor(station.nominal_hz).angle_deg();
    let phasor = |wave: &Wave| {
        let phasor = wave.phasor(station.nominal_hz);
        PhasorFacts { magnitude: phasor.magnitude(), angle_deg: phasor.angle_deg() - reference }
    };
    let analog = station.analog.iter().zip(signals).map(|(channel, signal)| {
        let parts = [0.0, from, to].map(|t_s| phasor(signal.wave(t_s)));
        let rms = parts.map(|part| part.magnitude);
        let samples = (0..info.rows).map(|row| signal.at(row as f64 / station.rate.hz()).abs());
        AnalogFacts {
            id: channel.id.clone(),
            name: channel.name.clone(),
            circuit: channel.circuit.clone(),
            unit: channel.unit.clone(),
            before: parts[0],
            during: parts[1],
            after: parts[2],
            rms_max: rms.into_iter().fold(0.0, f64::max),
            rms_min: rms.into_iter().fold(f64::INFINITY, f64::min),
            peak: samples.fold(0.0, f64::max),
            disturbed: (rms[1] - rms[0]).abs() > 0.1 * rms[0].max(1e-3),
        }
    });
    let discrete = edges.iter().map(|(row, channel, state)| {
        let channel = &station.discrete[*channel];
        DiscreteChange {
            id: channel.id.clone(),
            name: channel.name.clone(),
            circuit: channel.circuit.clone(),
            at: info.start.tai.plus_ns(station.rate.row_ns(*row)),
            state: *state,
            normal: channel.normal,
        }
    });
    let pickup = info.pickups[0].clone();
    Report {
        software: format!("AURA-07 {VERSION}"),
        station: station.name.clone(),
        rec_dev_id: station.rec_dev_id.clone(),
        record: info.name.clone(),
        record_start: info.start,
        duration_ns: info.duration_ns,
        rate_hz: station.rate.hz(),
        start: info.trigger,
        utc_offset_s: UTC_OFFSET_S,
        pickups: vec![ReportPickup { pickup, after_ns: 0 }],
        phases: fault.map_or_else(Vec::new, |_| vec![(LINES[0].into(), "A".into())]),
        disturbance: fault.map(|_| Interval { from: at(from), to: Some(at(to)) }),
        angle_reference: station.analog[4].name.clone(),
        analog: analog.collect(),
        discrete: discrete.collect(),
        frequency_hz: Some(station.nominal_hz),
        reason: info.reason,
        simulated: false,
        interrupted: info.state == RecordState::Interrupted,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "seconds within a record")]
fn ns(t_s: f64) -> i64 {
    (t_s * 1e9).round() as i64
}
