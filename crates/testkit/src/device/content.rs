//! What the fake recorder shows: values, journal, health.

use crate::station::{self, LINES, LOAD_A, VOLTAGE_KV};
use aura_model::{
    Actor, AnalogLive, Code, Event, GroupLive, HealthItem, HealthReport, HealthState, JournalEntry,
    Lang, Phasor, Quality, Quantity, Role, RoleSet, Snapshot, Stamp, Station,
};
use sha2::{Digest, Sha256};

/// Version that the fake recorder states.
pub(super) const VERSION: &str = "0.1.0";
/// When the fake recorder was started.
fn started() -> Stamp {
    station::today(2, 4, 11, 208_000_000)
}

/// SHA-256, hexadecimal.
pub(super) fn hex_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Names of the starting elements.
pub(super) fn element_names() -> Vec<String> {
    let mut names = Vec::new();
    for line in LINES {
        names.extend(["I> ", "3I0> ", "U< "].map(|element| format!("{element}{line}")));
    }
    names.push(format!("Срабатывание РЗ {}", LINES[0]));
    names
}

/// Load on both lines, all phases healthy.
pub(super) fn snapshot(station: &Station) -> Snapshot {
    let analog = station.analog.iter().enumerate().map(|(n, channel)| {
        let (rms, shift) = match channel.quantity {
            Quantity::Current => (LOAD_A, -18.0),
            Quantity::Voltage | Quantity::Other => (VOLTAGE_KV, 0.0),
        };
        let (rms, turn) = match n % 4 {
            0 => (rms, 0.0),
            1 => (rms, -120.0),
            2 => (rms, 120.0),
            // What is left of an unbalance: a third of a percent.
            _ => (rms / 300.0, 77.0),
        };
        let (sin, cos) = f64::to_radians(turn + shift).sin_cos();
        AnalogLive {
            instant: core::f64::consts::SQRT_2 * rms * cos,
            rms,
            phasor: Phasor { re: rms * cos, im: rms * sin },
            quality: Quality::GOOD,
            computed_valid: true,
        }
    });
    let groups = station.groups.iter().map(|group| {
        let (rms, angle) =
            if group.quantity == Quantity::Current { (LOAD_A, -18_f64) } else { (VOLTAGE_KV, 0.0) };
        let (sin, cos) = angle.to_radians().sin_cos();
        GroupLive {
            positive: Phasor { re: rms * cos, im: rms * sin },
            negative: Phasor { re: 0.004 * rms, im: 0.002 * rms },
            zero: Phasor { re: rms / 900.0, im: 0.0 },
            frequency_hz: Some(49.987),
        }
    });
    Snapshot {
        at: station::today(5, 19, 59, 998_750_000),
        seq: 2_937_187,
        analog: analog.collect(),
        discrete: vec![0],
        groups: groups.collect(),
        picked_up: Vec::new(),
        simulated: false,
    }
}

/// The journal of one night.
pub(super) fn journal() -> Vec<JournalEntry> {
    let person = Actor::Person {
        identity: Box::new(super::FakeDevice::identity(
            "Иванов И. И.",
            RoleSet::of(&[Role::User, Role::Technician]),
        )),
        from: "10.20.1.14:51822".into(),
    };
    let at = |h, m, s, ms: u32| station::today(h, m, s, ms * 1_000_000);
    let event = |when, code| Event::new(when, code);
    let [first, second] = [
        "261122,045207118,+3,Zarechnaya,AURA-1,AURA",
        "261122,050141502,+3,Zarechnaya,AURA-1,AURA",
    ];
    let events = [
        event(started(), Code::Started).arg("version", VERSION).arg("config", "3f9a12c4"),
        event(at(2, 4, 11, 310), Code::ListenerOpened)
            .arg("service", "HTTPS")
            .arg("address", "10.20.1.7:443"),
        event(at(2, 4, 11, 502), Code::ClockFree),
        event(at(2, 5, 2, 0), Code::ClockLocked).arg("error_us", "0.4"),
        event(at(3, 40, 7, 61), Code::LoginRefused)
            .arg("from", "10.20.1.99:40211")
            .arg("reason", "expired"),
        event(at(4, 52, 7, 301), Code::PickedUp)
            .arg("element", "3I0> Л-201")
            .arg("value", "1312")
            .arg("unit", "A")
            .arg("setting", "300"),
        event(at(4, 52, 7, 301), Code::RecordOpened).arg("record", "41").arg("cause", "3I0> Л-201"),
        event(at(4, 52, 7, 420), Code::DroppedOut).arg("element", "3I0> Л-201"),
        event(at(4, 52, 9, 12), Code::RecordSaved)
            .arg("record", "41")
            .arg("name", first)
            .arg("duration_s", "1.200")
            .arg("sha256", hex_digest(first.as_bytes())),
        event(at(4, 52, 9, 160), Code::ReportMade)
            .arg("record", "41")
            .arg("summary", super::record::SUMMARY_RU),
        event(at(5, 1, 38, 117), Code::LoggedIn)
            .arg("roles", "Пользователь, Наладчик")
            .by(person.clone()),
        event(at(5, 1, 41, 702), Code::ManualStart).arg("reason", "проверка тракта").by(person),
        event(at(5, 1, 43, 0), Code::RecordSaved)
            .arg("record", "42")
            .arg("name", second)
            .arg("duration_s", "0.800")
            .arg("sha256", hex_digest(second.as_bytes())),
        event(at(5, 11, 30, 900), Code::RecordRecovered).arg("record", "43").arg("rows", "1640"),
    ];
    (1..).zip(&events).map(|(seq, event)| entry(seq, event)).collect()
}

/// One line of journal.
pub(super) fn entry(seq: u64, event: &Event) -> JournalEntry {
    let mono = event.at.tai.since_ns(started().tai);
    JournalEntry {
        seq,
        boot: "7c1e".into(),
        mono_ns: u64::try_from(mono).unwrap_or(0),
        at: event.at,
        severity: event.code.severity(),
        number: event.code.number().into(),
        actor: event.actor.to_string(),
        args: event.args.iter().map(|(name, value)| ((*name).into(), value.clone())).collect(),
        text: event.text(Lang::Ru),
    }
}

/// The line as text.
pub(super) fn journal_line(entry: &JournalEntry) -> String {
    format!(
        "{}Z {} {} {} {} {}\n",
        entry.at.tai.civil(0),
        entry.seq,
        entry.severity.word(),
        entry.number,
        entry.actor,
        entry.text
    )
}

/// All is well.
pub(super) fn health() -> HealthReport {
    let item = |subject, code, args: &[(&str, &str)]| HealthItem {
        subject,
        state: HealthState::Good,
        code,
        args: args.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        since: started(),
    };
    HealthReport {
        state: HealthState::Good,
        recording_possible: true,
        items: vec![
            item("source", Code::SourceBack, &[("source", "АЦП-1")]),
            item("disk", Code::DiskGood, &[("free_mib", "48211")]),
            item("clock", Code::ClockLocked, &[("error_us", "0.4")]),
        ],
        version: VERSION.into(),
        started: started(),
        disk_free: 48_211 << 20,
        disk_used: 611 << 20,
        blocks: 2_937_188,
        overruns: 0,
    }
}
