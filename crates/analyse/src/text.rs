//! The report as text for a reader with a monospace font, and as one line.

use crate::phrases::{self as say, Phrase};
use aura_model::{
    AnalogFacts, Cause, Interval, Lang, PhasorFacts, PickupInfo, Report, Stamp, Sync, Tai,
};
use core::fmt::{Display, Write as _};

/// Width of the names at the left.
const LABEL: usize = 28;
/// Shown where there is no value.
const NONE: &str = "—";

/// The report as text; lines end with a line feed.
#[must_use]
pub fn text(report: &Report, lang: Lang) -> String {
    let mut page = Page { text: String::new(), lang };
    page.title(say::TITLE, '=');
    page.row(say::STATION, &report.station);
    page.row(say::DEVICE, &report.rec_dev_id);
    page.row(say::RECORD, &report.record);
    page.row(say::SOFTWARE, &report.software);
    for (is, note) in [(report.simulated, say::SIMULATED), (report.interrupted, say::INTERRUPTED)] {
        if is {
            page.line(note.get(lang));
        }
    }
    start(&mut page, report);
    disturbance(&mut page, report);
    analog(&mut page, report);
    discrete(&mut page, report);
    page.text
}

struct Page {
    text: String,
    lang: Lang,
}

impl Page {
    fn line(&mut self, line: impl Display) {
        let from = self.text.len();
        write!(self.text, "{line}").expect("a String takes everything");
        let end = from + self.text[from..].trim_end().len();
        self.text.truncate(end);
        self.text.push('\n');
    }

    fn title(&mut self, title: Phrase, under: char) {
        let title = title.get(self.lang);
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.line(title);
        self.line(under.to_string().repeat(title.chars().count()));
    }

    fn row(&mut self, name: Phrase, value: impl Display) {
        let name = name.get(self.lang);
        debug_assert!(name.chars().count() < LABEL, "{name:?} leaves no room before its value");
        self.line(format_args!("{name:LABEL$}{value}"));
    }
}

fn start(page: &mut Page, report: &Report) {
    let lang = page.lang;
    page.title(say::START, '-');
    let zone = zone(report.utc_offset_s);
    page.row(say::START_TIME, format_args!("{} {zone}", time(report.start.tai, report)));
    let first = report.pickups.first().map(|first| &first.pickup);
    let cause =
        first.map_or_else(|| say::NO_CONDITION.get(lang).to_owned(), |p| condition(p, lang));
    page.row(say::CONDITION, cause);
    if let Some(pickup) = first {
        for (name, value) in [(say::VALUE, pickup.value), (say::SETTING, pickup.setting)] {
            if !value.is_nan() {
                page.row(name, format_args!("{} {}", number(value), pickup.unit));
            }
        }
    }
    page.row(say::CLOCK, clock(report.start, lang));
    page.row(say::RECORD_START, time(report.record_start.tai, report));
    let seconds = say::SECONDS.get(lang);
    page.row(say::DURATION, format_args!("{:.3} {seconds}", report.duration_ns as f64 / 1e9));
    page.row(say::RATE, format_args!("{} {}", report.rate_hz, say::HERTZ.get(lang)));
    if report.pickups.len() < 2 {
        return;
    }
    page.title(say::PICKUPS, '-');
    let head = [say::FROM_START, say::CONDITION, say::VALUE, say::SETTING].map(|p| p.get(lang));
    page.line(format_args!("{:>14}  {:36}{:>12}{:>14}", head[0], head[1], head[2], head[3]));
    for pickup in &report.pickups {
        let (p, after_ms) = (&pickup.pickup, pickup.after_ns as f64 / 1e6);
        let values = [p.value, p.setting].map(number);
        page.line(format_args!(
            "{after_ms:>14.3}  {:36}{:>12}{:>14} {}",
            condition(p, lang),
            values[0],
            values[1],
            p.unit
        ));
    }
}

fn disturbance(page: &mut Page, report: &Report) {
    let lang = page.lang;
    page.title(say::DISTURBANCE, '-');
    match report.disturbance {
        None if report.analog.is_empty() => page.line(NONE),
        None => page.line(say::NO_DISTURBANCE.get(lang)),
        Some(interval) => {
            page.row(say::BEGIN, time(interval.from, report));
            match interval.to {
                Some(to) => page.row(say::END, time(to, report)),
                None => page.row(say::END, say::BEYOND.get(lang)),
            }
            if let Some(lasted) = lasted(interval, report, lang) {
                page.row(say::DURATION, lasted);
            }
            let mut circuits = by_circuit(report).into_iter();
            if let Some((circuit, phases)) = circuits.next() {
                page.row(say::PHASES, with_circuit(circuit, &phases, lang));
            }
            for (circuit, phases) in circuits {
                page.line(format_args!("{:LABEL$}{}", "", with_circuit(circuit, &phases, lang)));
            }
        }
    }
    if let Some(hz) = report.frequency_hz {
        page.row(say::FREQUENCY, format_args!("{hz:.3} {}", say::HERTZ.get(lang)));
    }
}

fn analog(page: &mut Page, report: &Report) {
    if report.analog.is_empty() {
        return;
    }
    let lang = page.lang;
    page.title(say::ANALOG, '-');
    let reference = if report.angle_reference.is_empty() {
        say::NO_REFERENCE.get(lang)
    } else {
        &report.angle_reference
    };
    page.line(format_args!("{} {reference}", say::ANALOG_NOTE.get(lang)));
    page.line(say::ANALOG_NOTE_2.get(lang));
    page.line(say::ANALOG_NOTE_3.get(lang));
    page.line("");
    let names = report.analog.iter().map(|a| a.name.chars().count());
    let name = names.max().unwrap_or(0).max(say::CHANNEL.get(lang).chars().count()) + 1;
    let units = report.analog.iter().map(|a| a.unit.chars().count());
    let unit = units.max().unwrap_or(0).max(4);
    let head = [
        say::CHANNEL,
        say::UNIT,
        say::BEFORE,
        say::DURING,
        say::AFTER,
        say::RMS_MIN,
        say::RMS_MAX,
        say::PEAK,
    ]
    .map(|phrase| phrase.get(lang));
    page.line(format_args!(
        "  {:name$} {:unit$} {:>9}        {:>9}        {:>9}        {:>9} {:>9} {:>9}",
        head[0], head[1], head[2], head[3], head[4], head[5], head[6], head[7]
    ));
    for facts in &report.analog {
        let [before, during, after] = [facts.before, facts.during, facts.after].map(phasor);
        let [min, max, peak] = [facts.rms_min, facts.rms_max, facts.peak].map(number);
        page.line(format_args!(
            "{} {:name$} {:unit$} {before} {during} {after} {min:>9} {max:>9} {peak:>9}",
            if facts.disturbed { '*' } else { ' ' },
            facts.name,
            facts.unit
        ));
    }
}

fn discrete(page: &mut Page, report: &Report) {
    let lang = page.lang;
    page.title(say::DISCRETE, '-');
    if report.discrete.is_empty() {
        page.line(say::NO_CHANGES.get(lang));
        return;
    }
    let head = [say::TIME, say::FROM_START, say::STATE, say::CHANNEL].map(|p| p.get(lang));
    page.line(format_args!("{:24}{:>14}  {:16}{}", head[0], head[1], head[2], head[3]));
    for change in &report.discrete {
        let after_ms = change.at.since_ns(report.start.tai) as f64 / 1e6;
        let mut state = String::from(if change.state { "0 -> 1" } else { "1 -> 0" });
        if change.state == change.normal {
            state = format!("{state} ({})", say::NORMAL.get(lang));
        }
        let at = time(change.at, report);
        page.line(format_args!("{at:24}{after_ms:>14.3}  {state:16}{}", change.name));
    }
}

/// One line: the condition, the phases, how long, and the greatest current.
#[must_use]
pub fn summary(report: &Report, lang: Lang) -> String {
    let first = report.pickups.first().map(|first| condition(&first.pickup, lang));
    let mut parts = vec![first.unwrap_or_else(|| say::NO_CONDITION.get(lang).to_owned())];
    let Some(interval) = report.disturbance else { return parts.remove(0) };
    let greatest = greatest_current(report);
    let mut circuits = by_circuit(report);
    if let Some((channel, _)) = greatest {
        // Other bays see the sag of the same voltage: the fault is where the current is.
        circuits.retain(|(circuit, _)| *circuit == channel.circuit);
    }
    let alone = circuits.len() == 1;
    for (circuit, mut phases) in circuits {
        if phases.len() > 1 {
            phases.retain(|phase| *phase != "N");
        }
        let named = parts[0].contains(circuit);
        parts.push(if alone && named {
            phases_in_words(&phases, lang)
        } else {
            with_circuit(circuit, &phases, lang)
        });
    }
    parts.extend(lasted(interval, report, lang));
    if let Some((_, ampere)) = greatest {
        parts.push(if ampere >= 1_000.0 {
            format!("I max {:.1} {}", ampere / 1_000.0, say::KILOAMPERE.get(lang))
        } else {
            // Secondary currents are a few amperes: 0.4 A is not 0 A.
            let decimals = usize::from(ampere < 100.0);
            format!("I max {ampere:.decimals$} {}", say::AMPERE.get(lang))
        });
    }
    parts.join(", ")
}

/// The disturbed current with the greatest RMS, amperes.
fn greatest_current(report: &Report) -> Option<(&AnalogFacts, f64)> {
    let ampere = |facts: &AnalogFacts| match facts.unit.trim() {
        "A" | "А" => Some(facts.rms_max),
        "kA" | "кА" => Some(facts.rms_max * 1_000.0),
        _ => None,
    };
    let disturbed = report.analog.iter().filter(|facts| facts.disturbed);
    disturbed
        .filter_map(|facts| ampere(facts).map(|ampere| (facts, ampere)))
        .filter(|(_, ampere)| !ampere.is_nan())
        .max_by(|x, y| x.1.total_cmp(&y.1))
}

/// Why the record was started.
fn condition(pickup: &PickupInfo, lang: Lang) -> String {
    let start = match pickup.cause {
        Cause::Element => return pickup.name.clone(),
        Cause::Manual => say::MANUAL.get(lang),
        Cause::Network => say::NETWORK.get(lang),
    };
    if pickup.name.is_empty() { start.to_owned() } else { format!("{start}: {}", pickup.name) }
}

/// Circuits with their phases, in the report's order.
fn by_circuit(report: &Report) -> Vec<(&str, Vec<&str>)> {
    let mut circuits: Vec<(&str, Vec<&str>)> = Vec::new();
    for (circuit, phase) in report.phases.iter().filter(|(_, phase)| !phase.is_empty()) {
        match circuits.iter_mut().find(|(name, _)| name == circuit) {
            Some((_, phases)) => phases.push(phase),
            None => circuits.push((circuit, vec![phase])),
        }
    }
    circuits
}

fn phases_in_words(phases: &[&str], lang: Lang) -> String {
    let word = if phases.len() == 1 { say::PHASE } else { say::MANY_PHASES };
    format!("{} {}", word.get(lang), phases.join(", "))
}

fn with_circuit(circuit: &str, phases: &[&str], lang: Lang) -> String {
    let phases = phases_in_words(phases, lang);
    if circuit.is_empty() { phases } else { format!("{circuit}: {phases}") }
}

/// How long a disturbance lasted; of one that outlasts the record only the least is known. A change
/// from one healthy state to another lasts no time.
fn lasted(interval: Interval, report: &Report, lang: Lang) -> Option<String> {
    let record_end = report.record_start.tai.plus_ns(report.duration_ns);
    let ns = interval.to.unwrap_or(record_end).since_ns(interval.from);
    let ms = format!("{:.0} {}", ns as f64 / 1e6, say::MILLISECONDS.get(lang));
    match interval.to {
        Some(_) if ns < 1_000_000 => None,
        Some(_) => Some(ms),
        None => Some(format!("{} {ms}", say::AT_LEAST.get(lang))),
    }
}

/// `дд/мм/гггг,чч:мм:сс.ссс`, local time, cut to milliseconds.
fn time(at: Tai, report: &Report) -> String {
    let c = at.civil(report.utc_offset_s);
    format!(
        "{:02}/{:02}/{:04},{:02}:{:02}:{:02}.{:03}",
        c.day,
        c.month,
        c.year,
        c.hour,
        c.minute,
        c.second,
        c.nanosecond / 1_000_000
    )
}

/// `UTC+3` or `UTC-3:30`.
fn zone(offset_s: i32) -> String {
    let sign = if offset_s < 0 { '-' } else { '+' };
    let minutes = offset_s.unsigned_abs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

fn clock(at: Stamp, lang: Lang) -> String {
    let state = match at.quality.sync {
        Sync::Free => return say::FREE.get(lang).to_owned(),
        Sync::Locked => say::LOCKED,
        Sync::Holdover => say::HOLDOVER,
    };
    let error_us = f64::from(at.quality.error_ns) / 1e3;
    format!("{} {error_us} {}", state.get(lang), say::MICROSECONDS.get(lang))
}

/// Magnitude and angle in 16 columns.
fn phasor(phasor: PhasorFacts) -> String {
    let magnitude = number(phasor.magnitude);
    // The angle of nothing is noise.
    if magnitude == NONE || phasor.magnitude < 1e-9 {
        return format!("{magnitude:>9}{:7}", "");
    }
    // Zero without a sign.
    format!("{magnitude:>9} {:>5.0}°", phasor.angle_deg.round() + 0.0)
}

/// Four significant digits, of values below 1 three places; a dash for NaN.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        v if v.is_nan() => return NONE.to_owned(),
        1_000.0.. => 0,
        100.0.. => 1,
        10.0.. => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    // What is rounded to nothing has no sign.
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_zones() {
        let check = |value: f64, expect: &str| assert_eq!(number(value), expect);
        check(f64::NAN, "—");
        check(4_233.6, "4234");
        check(127.04, "127");
        check(63.512, "63.51");
        check(0.05, "0.05");
        check(-2.5, "-2.5");
        check(-0.5, "-0.5");
        check(-0.000_1, "0");
        check(-0.0, "0");
        check(300.0, "300");
        check(1e9, "1000000000");
        assert_eq!([0, 10_800, -12_600].map(zone), ["UTC", "UTC+3", "UTC-3:30"]);
    }
}
