//! From the pipeline's outputs to records and events: the control plane's half, the same live and
//! in replay.
//!
//! It gives every output its words, drives a [`RecordSink`], and refuses to let a hole pass unseen:
//! rows that do not follow the ones before them close the record. It deliberately has no disk,
//! thread or journal of its own.

use crate::{Effect, Output, Pickup, Plan, Start};
use aura_model::{
    Actor, Cause, CloseReason, Code, Event, PickupInfo, RecordHead, RecordId, RecordInfo,
    RecordSink, RecordTail, SampleBlock, SinkError, Stamp, Station, Tai,
};
use aura_trigger::{Element, Input, Kind, Measure};
use std::ops::Range;
use std::sync::Arc;

/// What is known of a manual start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManualReason {
    /// Who asked.
    pub actor: Actor,
    /// Why, in the person's words.
    pub reason: String,
}

/// What the filing needs to know beyond the outputs.
pub trait Setting {
    /// Offset of the station's local time from UTC, seconds east.
    fn utc_offset_s(&self, at: Stamp) -> i32;

    /// Who asked for a manual start, and why; `None` when that is not known (any more).
    fn manual(&self, ticket: u32) -> Option<ManualReason>;
}

/// What an output came to.
#[derive(Debug)]
pub enum Filed {
    /// Something for the journal.
    Event(Event),
    /// A record was opened or extended by a manual start.
    Manual {
        /// Number of the start.
        ticket: u32,
        /// The record.
        record: RecordId,
    },
    /// A record is whole and visible.
    Record(Box<RecordInfo>),
    /// The disk refused a record; an event about it was given out before.
    Failed(SinkError),
}

/// Gives the outputs of one pipeline to a sink.
pub struct Filing {
    station: Arc<Station>,
    elements: Vec<Element>,
    config_hash: String,
    simulated: bool,
    source: String,
    open: Option<OpenRecord>,
}

/// The record under way.
struct OpenRecord {
    id: RecordId,
    pickups: Vec<PickupInfo>,
    /// Instant at which the next row must begin; `None` before the first.
    next: Option<Tai>,
}

impl Filing {
    /// For a pipeline of this plan; `source` is the source's name for people.
    #[must_use]
    pub fn new(plan: &Plan, config_hash: &str, simulated: bool, source: &str) -> Self {
        Self {
            station: Arc::clone(&plan.station),
            elements: plan.elements.clone(),
            config_hash: config_hash.to_owned(),
            simulated,
            source: source.to_owned(),
            open: None,
        }
    }

    /// The record under way.
    #[must_use]
    pub fn open(&self) -> Option<RecordId> {
        self.open.as_ref().map(|open| open.id)
    }

    /// Takes one output; `tell` hears what came of it, in order.
    pub fn take(
        &mut self,
        output: Output,
        setting: &dyn Setting,
        sink: &mut dyn RecordSink,
        tell: &mut dyn FnMut(Filed),
    ) {
        match output {
            Output::Pickup(pickup) => self.pickup(pickup, setting, tell),
            Output::Dropout { element, at } => {
                let event = Event::new(at, Code::DroppedOut).arg("element", self.name(element));
                tell(Filed::Event(event));
            }
            Output::WindowOpened { pickup, start } => {
                self.close(CloseReason::SourceLost, start, sink, tell);
                self.begin(pickup, start, setting, sink, tell);
            }
            Output::Slice { block, rows } => self.append(&block, rows, sink, tell),
            Output::WindowClosed { reason } => {
                let at = self.open.as_ref().and_then(|open| open.next).unwrap_or_default();
                self.close(reason, Stamp { tai: at, ..Stamp::default() }, sink, tell);
            }
            // Where time went back nothing is missing: it is the clock that jumped.
            Output::Gap { at, jump_ns: jump_ns @ ..0, .. } => {
                let step_ms = (jump_ns / 1_000_000).to_string();
                tell(Filed::Event(Event::new(at, Code::ClockStep).arg("step_ms", step_ms)));
            }
            Output::Gap { at, lost_rows, .. } => {
                tell(Filed::Event(
                    Event::new(at, Code::SamplesLost)
                        .arg("source", &*self.source)
                        .arg("rows", lost_rows.to_string()),
                ));
            }
            Output::Unsaid { count } => {
                let event = Event::new(Stamp::default(), Code::PickupsUnsaid);
                tell(Filed::Event(event.arg("count", count.to_string())));
            }
        }
    }

    /// Ends the record under way when no more outputs will come, as after a stop.
    pub fn end(
        &mut self,
        reason: CloseReason,
        at: Stamp,
        sink: &mut dyn RecordSink,
        tell: &mut dyn FnMut(Filed),
    ) {
        self.close(reason, at, sink, tell);
    }

    fn pickup(&mut self, pickup: Pickup, setting: &dyn Setting, tell: &mut dyn FnMut(Filed)) {
        let info = self.info(&pickup, setting);
        let event = match pickup.start {
            // A state has neither value nor setting.
            Start::Element(_) if info.setting.is_nan() => {
                Event::new(pickup.at, Code::ElementStarted).arg("element", &*info.name)
            }
            Start::Element(_) => Event::new(pickup.at, Code::PickedUp)
                .arg("element", &*info.name)
                .arg("value", shown(info.value))
                .arg("setting", shown(info.setting))
                .arg("unit", &*info.unit),
            Start::Manual { ticket } => {
                let actor = setting.manual(ticket).map_or(Actor::Recorder, |manual| manual.actor);
                Event::new(pickup.at, Code::ManualStart).arg("reason", &*info.name).by(actor)
            }
        };
        tell(Filed::Event(event));
        if let (Effect::Extends, Some(open)) = (pickup.effect, &mut self.open) {
            open.pickups.push(info);
            if let Start::Manual { ticket } = pickup.start {
                tell(Filed::Manual { ticket, record: open.id });
            }
        }
    }

    fn begin(
        &mut self,
        pickup: Pickup,
        start: Stamp,
        setting: &dyn Setting,
        sink: &mut dyn RecordSink,
        tell: &mut dyn FnMut(Filed),
    ) {
        let info = self.info(&pickup, setting);
        let head = RecordHead {
            station: Arc::clone(&self.station),
            pickup: info.clone(),
            start,
            config_hash: self.config_hash.clone(),
            simulated: self.simulated,
            utc_offset_s: setting.utc_offset_s(start),
        };
        match sink.open(head) {
            Ok(id) => {
                let event = Event::new(pickup.at, Code::RecordOpened)
                    .arg("record", id.to_string())
                    .arg("cause", &*info.name);
                self.open = Some(OpenRecord { id, pickups: vec![info], next: None });
                tell(Filed::Event(event));
                if let Start::Manual { ticket } = pickup.start {
                    tell(Filed::Manual { ticket, record: id });
                }
            }
            Err(error) => failed(None, start, error, tell),
        }
    }

    fn append(
        &mut self,
        block: &SampleBlock,
        rows: Range<u16>,
        sink: &mut dyn RecordSink,
        tell: &mut dyn FnMut(Filed),
    ) {
        let Some(open) = &mut self.open else { return };
        let rows = usize::from(rows.start)..usize::from(rows.end);
        let first = block.row_tai(rows.start);
        let row_ns = block.layout().rate.row_ns(1);
        // Block starts are rounded to nanoseconds, so the expected instant may be one off, never
        // half a row.
        if open.next.is_some_and(|next| first.since_ns(next).abs() > row_ns / 2) {
            let at = Stamp { tai: first, quality: block.t0.quality };
            self.close(CloseReason::SourceLost, at, sink, tell);
            return;
        }
        open.next = Some(block.row_tai(rows.end));
        if let Err(error) = sink.append(block, rows) {
            let id = open.id;
            self.open = None;
            failed(Some(id), block.t0, error, tell);
        }
    }

    fn close(
        &mut self,
        reason: CloseReason,
        at: Stamp,
        sink: &mut dyn RecordSink,
        tell: &mut dyn FnMut(Filed),
    ) {
        let Some(open) = self.open.take() else { return };
        match sink.close(RecordTail { reason, pickups: open.pickups }) {
            Ok(info) => {
                #[expect(clippy::cast_precision_loss, reason = "a duration for people")]
                let seconds = info.duration_ns as f64 / 1e9;
                tell(Filed::Event(
                    Event::new(at, Code::RecordSaved)
                        .arg("record", info.id.to_string())
                        .arg("name", &*info.name)
                        .arg("duration_s", format!("{seconds:.3}"))
                        .arg("sha256", &*info.sha256),
                ));
                tell(Filed::Record(Box::new(info)));
            }
            Err(error) => failed(Some(open.id), at, error, tell),
        }
    }

    fn name(&self, element: u16) -> String {
        self.elements.get(usize::from(element)).map_or_else(String::new, |e| e.name.clone())
    }

    /// A pickup in words.
    fn info(&self, pickup: &Pickup, setting: &dyn Setting) -> PickupInfo {
        let blank = PickupInfo {
            cause: Cause::Manual,
            element: String::new(),
            name: String::new(),
            at: pickup.at,
            value: pickup.value,
            setting: f64::NAN,
            unit: String::new(),
            inputs: Vec::new(),
        };
        match pickup.start {
            Start::Manual { ticket } => {
                let name = setting.manual(ticket).map_or_else(String::new, |manual| manual.reason);
                PickupInfo { name, ..blank }
            }
            Start::Element(index) => {
                let Some(element) = self.elements.get(usize::from(index)) else { return blank };
                let (threshold, unit, inputs) = self.watched(element);
                PickupInfo {
                    cause: Cause::Element,
                    element: element.id.clone(),
                    name: element.name.clone(),
                    setting: threshold,
                    unit,
                    inputs,
                    ..blank
                }
            }
        }
    }

    /// Setting, unit and inputs of an element.
    fn watched(&self, element: &Element) -> (f64, String, Vec<String>) {
        let analog = |channel: usize| {
            let channel = &self.station.analog[channel];
            (channel.unit.clone(), vec![channel.id.clone()])
        };
        match element.kind {
            Kind::Level { measure, input, setting, .. } => {
                let (unit, inputs) = match input {
                    Input::Channel(channel) => analog(channel),
                    Input::Group(group) => {
                        let group = &self.station.groups[group];
                        let inputs =
                            group.abc.iter().map(|c| self.station.analog[*c].id.clone()).collect();
                        (self.station.analog[group.abc[0]].unit.clone(), inputs)
                    }
                };
                let unit = if measure == Measure::Frequency { "Hz".to_owned() } else { unit };
                (setting, unit, inputs)
            }
            Kind::Step { channel, setting, .. } => {
                let (unit, inputs) = analog(channel);
                (setting, unit, inputs)
            }
            Kind::Discrete { channel, .. } => {
                (f64::NAN, String::new(), vec![self.station.discrete[channel].id.clone()])
            }
        }
    }
}

fn failed(id: Option<RecordId>, at: Stamp, error: SinkError, tell: &mut dyn FnMut(Filed)) {
    tell(Filed::Event(
        Event::new(at, Code::RecordFailed)
            .arg("record", id.map_or_else(|| "—".to_owned(), |id| id.to_string()))
            .arg("error", error.to_string()),
    ));
    tell(Filed::Failed(error));
}

/// A value for people: four significant digits, a dash where there is none.
fn shown(value: f64) -> String {
    if !value.is_finite() {
        return "—".to_owned();
    }
    let digits = if value == 0.0 { 0.0 } else { value.abs().log10().floor() };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=6 by clamp")]
    let places = (3.0 - digits).clamp(0.0, 6.0) as usize;
    format!("{value:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Command, Limits, Recorder};
    use aura_model::{Fill, Layout, Source};
    use aura_testkit::wave::{Script, Wave};
    use aura_testkit::{MemorySink, WaveSource};
    use aura_trigger::{Direction, Edge};

    struct At7;

    impl Setting for At7 {
        fn utc_offset_s(&self, _: Stamp) -> i32 {
            7
        }

        fn manual(&self, ticket: u32) -> Option<ManualReason> {
            (ticket == 5).then(|| ManualReason {
                actor: Actor::Local { user: "eng".into() },
                reason: "проверка".into(),
            })
        }
    }

    fn plan() -> Plan {
        let mut station = aura_testkit::station::station();
        station.analog.truncate(1);
        station.discrete.truncate(1);
        station.groups.clear();
        let over = Kind::Level {
            measure: Measure::Instant,
            input: Input::Channel(0),
            direction: Direction::Over,
            setting: 1_000.0 * station.analog[0].a,
            hysteresis_pct: 5.0,
        };
        let element =
            |id: &str, kind| Element { id: id.into(), name: format!("{id}>"), kind, delay_ms: 0 };
        let trip = Kind::Discrete { channel: 0, edge: Edge::Rise };
        Plan {
            station: Arc::new(station),
            block_rows: 8,
            elements: vec![element("I", over), element("trip", trip)],
            limits: Limits { pre_ms: 20, post_ms: 50, max_ms: 1_000, reblock_ms: 0 },
        }
    }

    /// Runs a second of signal through pipeline and filing; an impulse at 0.5 s starts a record.
    fn run(sink: &mut MemorySink, manual: bool, lose_block: Option<u64>) -> Vec<Filed> {
        let plan = plan();
        let rate = plan.station.rate;
        let layout = Layout { rate, analog: 1, discrete: 1, rows: plan.block_rows };
        let pulse =
            Script::new(Wave::dc(0.0)).then(0.5, Wave::dc(2_000.0)).then(0.51, Wave::dc(0.0));
        let rows = rate.rows_in_ms(1_000);
        let mut source = WaveSource::new(layout, Stamp::default(), rows, vec![(pulse, 1.0)]);
        let mut filing = Filing::new(&plan, "c0ffee", true, "wave");
        let mut recorder = Recorder::new(plan).unwrap();
        let mut outputs = recorder.outputs();
        if manual {
            recorder.command(Command::ManualStart { ticket: 5 }).unwrap();
        }
        let mut filed = Vec::new();
        let mut slices = 0;
        loop {
            let mut block = recorder.lease().unwrap();
            let done = source.fill(Arc::get_mut(&mut block).unwrap()).unwrap() == Fill::End;
            if done {
                recorder.finish(&mut outputs);
            } else {
                recorder.step(block, &mut outputs);
            }
            for output in outputs.drain() {
                slices += u64::from(matches!(output, Output::Slice { .. }));
                if matches!(output, Output::Slice { .. }) && lose_block == Some(slices) {
                    continue;
                }
                filing.take(output, &At7, sink, &mut |what| filed.push(what));
            }
            if done {
                return filed;
            }
        }
    }

    fn codes(filed: &[Filed]) -> Vec<&'static str> {
        filed
            .iter()
            .filter_map(|what| match what {
                Filed::Event(event) => Some(event.code.number()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_pickup_becomes_a_record_in_words() {
        let mut sink = MemorySink::default();
        let filed = run(&mut sink, false, None);
        assert_eq!(codes(&filed), ["R101", "R110", "R102", "R111"]);
        let record = &sink.records[0];
        assert_eq!((record.head.utc_offset_s, record.head.simulated), (7, true));
        assert_eq!(record.head.pickup.name, "I>");
        assert_eq!(record.head.pickup.inputs, [plan().station.analog[0].id.clone()]);
        assert_eq!(record.tail.as_ref().unwrap().pickups.len(), 1);
        assert!(filed.iter().any(|what| matches!(what, Filed::Record(_))));
    }

    #[test]
    fn a_manual_start_carries_its_actor_and_finds_its_record() {
        let filed = run(&mut MemorySink::default(), true, None);
        let Some(Filed::Event(event)) = filed.first() else { panic!("an event first") };
        assert_eq!(event.code, Code::ManualStart);
        assert_eq!(event.actor, Actor::Local { user: "eng".into() });
        assert!(event.text(aura_model::Lang::Ru).contains("проверка"));
        assert!(filed.iter().any(|what| matches!(what, Filed::Manual { ticket: 5, .. })));
    }

    #[test]
    fn a_hole_closes_the_record_and_a_full_disk_is_told_once() {
        let mut sink = MemorySink::default();
        run(&mut sink, false, Some(4));
        let tail = sink.records[0].tail.as_ref().unwrap();
        assert_eq!(tail.reason, CloseReason::SourceLost);

        let mut full = MemorySink { full: true, ..MemorySink::default() };
        let filed = run(&mut full, false, None);
        assert_eq!(codes(&filed), ["R101", "R112", "R102"]);
        assert_eq!(filed.iter().filter(|what| matches!(what, Filed::Failed(_))).count(), 1);
    }

    #[test]
    fn a_gap_tells_lost_samples_or_a_jump_of_the_clock() {
        let mut filing = Filing::new(&plan(), "c0ffee", true, "wave");
        let mut check = |jump_ns, lost_rows, expect: (Code, &str)| {
            let gap = Output::Gap { at: Stamp::default(), jump_ns, lost_rows };
            let mut told = Vec::new();
            filing.take(gap, &At7, &mut MemorySink::default(), &mut |filed| told.push(filed));
            let [Filed::Event(event)] = &told[..] else { panic!("{told:?}") };
            let (_, value) = event.args.last().unwrap();
            assert_eq!((event.code, value.as_str()), expect);
        };
        check(5_000_000, 20, (Code::SamplesLost, "20"));
        check(-250_000_000, 0, (Code::ClockStep, "-250"));
    }

    #[test]
    fn values_are_shown_with_four_digits() {
        let check = |value, text| assert_eq!(shown(value), text);
        check(f64::NAN, "—");
        check(0.0, "0.000");
        check(0.012_345, "0.01235");
        check(1_234.56, "1235");
        check(-43.215, "-43.22");
    }
}
