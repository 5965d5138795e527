//! The `.hdr` and `.inf` of a record.
//!
//! `.inf`: the public sections of IEEE C37.111 whole; then the headers of the Russian section
//! names (ГОСТ Р 58601-2019 Annex Д), whose entries stand in one table here and are provisional;
//! then our own facts in `[AURA …]` sections. No conformity with that Annex is claimed.

use crate::format::Closed;
use aura_comtrade::{Cfg, Sampling, Side};
use aura_model::{CloseReason, PickupInfo, RecordHead, RecordState, Station, Sync, Tai};
use std::fmt::Write as _;

/// What the texts are made of.
pub(crate) struct Facts<'a> {
    pub(crate) head: &'a RecordHead,
    pub(crate) closed: &'a Closed,
    pub(crate) cfg: &'a Cfg,
    /// Samples that the data type could not hold, by analog channel.
    pub(crate) saturated: &'a [u64],
    /// Name and SHA-256 of the files that were written before these.
    pub(crate) sums: &'a [(String, String)],
    /// Number and hash of a line of the journal.
    pub(crate) journal: Option<&'a (u64, String)>,
    /// Program and version.
    pub(crate) software: &'a str,
}

/// Entries of the Russian sections. Replace the names here when the standard's own are known.
mod russian {
    pub(super) const DESCRIPTION: [&str; 3] =
        ["Start_Condition", "Record_Duration_s", "Interrupted"];
    pub(super) const POWER_OBJECT: [&str; 1] = ["Name"];
    pub(super) const DEVICE: [&str; 2] = ["Name", "Software"];
    pub(super) const ANALOG: [&str; 2] = ["Channel_ID", "Equipment"];
    pub(super) const STATUS: [&str; 2] = ["Channel_ID", "Equipment"];
}

/// A text of sections and entries.
struct Sections(String);

impl Sections {
    fn section(&mut self, name: &str) {
        if !self.0.is_empty() {
            self.0.push_str("\r\n");
        }
        self.line(&format!("[{name}]"));
    }

    fn entry(&mut self, key: &str, value: &str) {
        self.line(&format!("{key}={value}"));
    }

    /// A line; line ends and control characters of names become blanks.
    fn line(&mut self, text: &str) {
        self.0.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
        self.0.push_str("\r\n");
    }
}

/// The `.inf`.
pub(crate) fn inf(facts: &Facts<'_>) -> String {
    let mut out = Sections(String::with_capacity(4_096));
    public_record(&mut out, facts);
    public_file(&mut out, facts.cfg);
    public_channels(&mut out, facts.cfg);
    russian_sections(&mut out, facts);
    own_sections(&mut out, facts);
    out.0
}

fn public_record(out: &mut Sections, facts: &Facts<'_>) {
    out.section("Public Record_Information");
    out.entry("Source", facts.software);
    out.entry("Record_Information", "");
    out.entry("Location", "");
    for key in ["max_current", "min_current", "max_voltage", "min_voltage"] {
        out.entry(key, "");
    }
    let station = &facts.head.station;
    let noted: Vec<(usize, &PickupInfo)> = (facts.closed.pickups.iter())
        .filter_map(|pickup| Some((channel_of(station, pickup)?, pickup)))
        .collect();
    out.entry("EventNoteCount", &noted.len().to_string());
    for (n, (channel, pickup)) in noted.iter().enumerate() {
        out.section(&format!("Public Event_Information_#{}", n + 1));
        out.entry("Channel_number", &(channel + 1).to_string());
        for key in ["max_value", "min_value", "max_sample_number", "min_sample_number"] {
            out.entry(key, "");
        }
        let sample = sample_at(facts, pickup.at.tai);
        out.entry("Sample_number_Text_#1", &format!("{sample},{}", start_condition(pickup)));
    }
}

/// The analog channel that an element watches first.
fn channel_of(station: &Station, pickup: &PickupInfo) -> Option<usize> {
    let find = |id: &str| station.analog.iter().position(|channel| channel.id == *id);
    let group = |id: &str| station.groups.iter().find(|g| g.id == *id).map(|g| g.abc[0]);
    pickup.inputs.iter().find_map(|id| find(id).or_else(|| group(id)))
}

/// Number of the sample at an instant, 1 = first, within the record.
fn sample_at(facts: &Facts<'_>, at: Tai) -> u64 {
    let rate = facts.head.station.rate;
    let ns = u128::try_from(at.since_ns(facts.head.start.tai)).unwrap_or(0);
    // Rows are rounded down to the nanosecond, so that half a row is added before dividing.
    let row = (ns * u128::from(rate.millihertz()) + 500_000_000_000) / 1_000_000_000_000;
    u64::try_from(row).unwrap_or(u64::MAX).saturating_add(1).min(facts.closed.rows.max(1))
}

fn public_file(out: &mut Sections, cfg: &Cfg) {
    let (analog, discrete) = (cfg.analog.len(), cfg.discrete.len());
    out.section("Public File_Description");
    out.entry("Station_Name", &cfg.station);
    out.entry("Recording_Device_ID", &cfg.device);
    out.entry("Revision_Year", &cfg.revision.to_string());
    out.entry("Total_Channel_Count", &(analog + discrete).to_string());
    out.entry("Analog_Channel_Count", &analog.to_string());
    out.entry("Status_Channel_Count", &discrete.to_string());
    out.entry("Line_Frequency", &cfg.line_frequency_hz.to_string());
    let rates = match &cfg.sampling {
        Sampling::Table(rates) => rates.as_slice(),
        Sampling::TimeColumn { .. } => &[],
    };
    out.entry("Sample_Rate_Count", &rates.len().to_string());
    for (n, rate) in rates.iter().enumerate() {
        out.entry(&format!("Sample_Rate_#{}", n + 1), &rate.hz.to_string());
        out.entry(&format!("End_Sample_Rate_#{}", n + 1), &rate.end_sample.to_string());
    }
    out.entry("File_Start_Time", &stamp(&cfg.start));
    out.entry("Trigger_Time", &stamp(&cfg.trigger));
    out.entry("File_Type", cfg.data_type.word());
    out.entry("Time_Multiplier", &cfg.time_multiplier.to_string());
}

/// A stamp in the form of the `.cfg` of 1999.
fn stamp(at: &aura_comtrade::Stamp) -> String {
    let aura_comtrade::Stamp { year, month, day, hour, minute, second, nanosecond } = at;
    let us = nanosecond / 1_000;
    format!("{day:02}/{month:02}/{year:04},{hour:02}:{minute:02}:{second:02}.{us:06}")
}

fn public_channels(out: &mut Sections, cfg: &Cfg) {
    for (n, c) in cfg.analog.iter().enumerate() {
        out.section(&format!("Public Analog_Channel_#{}", n + 1));
        out.entry("Channel_ID", &c.id);
        out.entry("Phase_ID", &c.phase);
        out.entry("Monitored_Component", &c.component);
        out.entry("Channel_Units", &c.unit);
        out.entry("Channel_Multiplier", &c.a.to_string());
        out.entry("Channel_Offset", &c.b.to_string());
        out.entry("Channel_Skew", &c.skew_us.to_string());
        out.entry("Range_Minimum_Limit_Value", &c.min.to_string());
        out.entry("Range_Maximum_Limit_Value", &c.max.to_string());
        out.entry("Channel_Ratio_Primary", &c.primary.to_string());
        out.entry("Channel_Ratio_Secondary", &c.secondary.to_string());
        out.entry("Data_Primary_Secondary", if c.side == Side::Primary { "P" } else { "S" });
    }
    for (n, c) in cfg.discrete.iter().enumerate() {
        out.section(&format!("Public Status_Channel_#{}", n + 1));
        out.entry("Channel_ID", &c.id);
        out.entry("Phase_ID", &c.phase);
        out.entry("Monitored_Component", &c.component);
        out.entry("Normal_State", if c.normal { "1" } else { "0" });
    }
}

fn russian_sections(out: &mut Sections, facts: &Facts<'_>) {
    let (closed, station) = (facts.closed, &facts.head.station);
    let mut section = |name: String, keys: &[&str], values: &[&str]| {
        out.section(&format!("Russian_Comtrade_Edition {name}"));
        for (key, value) in keys.iter().zip(values) {
            out.entry(key, value);
        }
    };
    let start = start_condition(&facts.head.pickup);
    let duration = seconds(closed.duration_ns);
    let interrupted = if closed.state == RecordState::Interrupted { "1" } else { "0" };
    section("Description".into(), &russian::DESCRIPTION, &[&start, &duration, interrupted]);
    section("Power_Object_#1".into(), &russian::POWER_OBJECT, &[&station.name]);
    let device = [station.rec_dev_id.as_str(), facts.software];
    section("Recording_Device_#1_#1".into(), &russian::DEVICE, &device);
    for (n, c) in station.analog.iter().enumerate() {
        let name = format!("Equipment_Analog_Channel_#1_#1_#{}", n + 1);
        section(name, &russian::ANALOG, &[&c.name, &c.circuit]);
    }
    for (n, c) in station.discrete.iter().enumerate() {
        let name = format!("Status_Channel_#1_#1_#{}", n + 1);
        section(name, &russian::STATUS, &[&c.name, &c.circuit]);
    }
}

fn own_sections(out: &mut Sections, facts: &Facts<'_>) {
    let (head, closed) = (facts.head, facts.closed);
    out.section("AURA Record");
    out.entry("Format", "1");
    out.entry("Russian_Entries", "provisional");
    out.entry("Event_ID", &closed.id.to_string());
    out.entry("Simulated", if head.simulated { "1" } else { "0" });
    out.entry("Interrupted", if closed.state == RecordState::Interrupted { "1" } else { "0" });
    out.entry("Close_Reason", closed.reason.map_or("", reason_en));
    out.entry("Encoding", &format!("{:?}", facts.cfg.encoding));
    out.entry("Configuration_SHA256", &head.config_hash);
    out.section("AURA Time");
    out.entry("Start_TAI_ns", &head.start.tai.0.to_string());
    out.entry("Trigger_TAI_ns", &head.pickup.at.tai.0.to_string());
    out.entry("UTC_Offset_s", &head.utc_offset_s.to_string());
    out.entry("Zone", &head.station.timezone);
    out.entry("Clock", clock_en(head.start.quality.sync));
    let error = head.start.quality.error_ns;
    out.entry("Error_ns", &if error == u32::MAX { String::new() } else { error.to_string() });
    for (n, pickup) in closed.pickups.iter().enumerate() {
        out.section(&format!("AURA Start_#{}", n + 1));
        out.entry("Element", &pickup.element);
        out.entry("Name", &pickup.name);
        out.entry("Sample_Number", &sample_at(facts, pickup.at.tai).to_string());
        out.entry("TAI_ns", &pickup.at.tai.0.to_string());
        out.entry("Value", &number(pickup.value));
        out.entry("Setting", &number(pickup.setting));
        out.entry("Unit", &pickup.unit);
    }
    out.section("AURA Integrity");
    for (name, sum) in facts.sums {
        out.entry(&format!("SHA256 {name}"), sum);
    }
    if let Some((seq, hash)) = facts.journal {
        out.entry("Journal_Head", &format!("{seq}:{hash}"));
    }
    out.section("AURA Saturation");
    for (n, count) in facts.saturated.iter().enumerate().filter(|(_, count)| **count > 0) {
        out.entry(&format!("Analog_#{}", n + 1), &count.to_string());
    }
}

/// The `.hdr`: Russian text for people.
pub(crate) fn hdr(facts: &Facts<'_>) -> String {
    let (head, closed, cfg) = (facts.head, facts.closed, facts.cfg);
    let mut out = Sections(String::with_capacity(1_024));
    if head.simulated {
        out.line("ВНИМАНИЕ: РЕЖИМ СИМУЛЯЦИИ. Отсчёты вычислены или воспроизведены.");
    }
    if closed.state == RecordState::Interrupted {
        out.line("ВНИМАНИЕ: запись прервана и восстановлена, конец усечён.");
    }
    out.line(&format!("Объект: {}", head.station.name));
    out.line(&format!("Регистратор: {}", head.station.rec_dev_id));
    out.line(&format!("Осциллограмма: {} ({})", closed.id, closed.name));
    out.line(&format!("Начало записи: {} (UTC{})", stamp(&cfg.start), offset(head.utc_offset_s)));
    out.line(&format!("Длительность: {} с, отсчётов {}", seconds(closed.duration_ns), closed.rows));
    let clock = match head.start.quality.sync {
        Sync::Locked => "синхронизированы",
        Sync::Holdover => "удержание, источника времени нет",
        Sync::Free => "не синхронизированы",
    };
    let error = match head.start.quality.error_ns {
        u32::MAX => "погрешность неизвестна".to_owned(),
        ns => format!("погрешность не более {} мкс", ns.div_ceil(1_000)),
    };
    out.line(&format!("Часы: {clock}, {error}"));
    for (n, pickup) in closed.pickups.iter().enumerate() {
        let sample = sample_at(facts, pickup.at.tai);
        out.line(&format!("Пуск {}: {}, отсчёт {sample}", n + 1, start_condition(pickup)));
    }
    if let Some(reason) = closed.reason {
        out.line(&format!("Окончание: {}", reason_ru(reason)));
    }
    for (n, count) in facts.saturated.iter().enumerate().filter(|(_, count)| **count > 0) {
        let name = cfg.analog.get(n).map_or("", |channel| channel.id.as_str());
        out.line(&format!("Насыщение шкалы: канал {} {name}, отсчётов {count}", n + 1));
    }
    out.line(&format!("Записал: {}", facts.software));
    out.0
}

/// The start condition in words.
fn start_condition(pickup: &PickupInfo) -> String {
    if pickup.cause == aura_model::Cause::Manual {
        return match pickup.name.as_str() {
            "" => "Ручной пуск".to_owned(),
            reason => format!("Ручной пуск: {reason}"),
        };
    }
    let mut text = pickup.name.clone();
    for (word, value) in [("значение", pickup.value), ("уставка", pickup.setting)] {
        if value.is_finite() {
            write!(text, "; {word} {} {}", number(value), pickup.unit).expect("a String takes all");
        }
    }
    text
}

/// A value with six significant digits; empty when there is none.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    rounded.to_string()
}

fn seconds(ns: i64) -> String {
    format!("{}.{:03}", ns / 1_000_000_000, ns / 1_000_000 % 1_000)
}

fn offset(utc_offset_s: i32) -> String {
    let (sign, s) = (if utc_offset_s < 0 { '-' } else { '+' }, utc_offset_s.abs());
    format!("{sign}{:02}:{:02}", s / 3_600, s / 60 % 60)
}

const fn clock_en(sync: Sync) -> &'static str {
    match sync {
        Sync::Locked => "locked",
        Sync::Holdover => "holdover",
        Sync::Free => "free",
    }
}

const fn reason_en(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Complete => "complete",
        CloseReason::MaxLength => "max-length",
        CloseReason::SourceLost => "source-lost",
        CloseReason::Shutdown => "shutdown",
    }
}

const fn reason_ru(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Complete => "послеаварийное время истекло",
        CloseReason::MaxLength => "наибольшая длительность",
        CloseReason::SourceLost => "потеря отсчётов источника",
        CloseReason::Shutdown => "останов регистратора",
    }
}
