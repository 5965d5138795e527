//! Starting elements of a plan: inputs found in the station, settings in the channel's unit.

use crate::checked::Checked;
use crate::document::{
    self as raw, DiscreteTrigger, LevelTrigger, Measure as RawMeasure, StepTrigger, Trigger,
};
use crate::path::Path;
use crate::plan::quantity;
use crate::problem::{Code, Problems, Text};
use crate::triggers::{EACH, Known, Setting, setting};
use aura_model::{AnalogChannel, Quantity, Station};
use aura_trigger::{Direction, Edge, Element, Input, Kind, Measure};

/// Most elements of a plan; indices of elements are 16-bit.
const MOST_ELEMENTS: usize = 4096;

/// The elements of a station, in the document's order; `*` makes one for each input.
pub(crate) fn build(
    checked: &Checked,
    station: &Station,
    problems: &mut Problems<'_>,
) -> Vec<Element> {
    let known = Known {
        analog: station.analog.iter().map(|one| one.id.clone()).collect(),
        discrete: station.discrete.iter().map(|one| one.id.clone()).collect(),
        groups: station.groups.iter().map(|one| one.id.clone()).collect(),
        closed: true,
    };
    let mut builder = Builder { station, known, elements: Vec::new() };
    for (entry, trigger) in checked.document.trigger.iter().enumerate() {
        let path = Path::of(&["trigger"]).entry(entry);
        match trigger {
            Trigger::Over(one) => builder.level(one, Direction::Over, &path, problems),
            Trigger::Under(one) => builder.level(one, Direction::Under, &path, problems),
            Trigger::Step(one) => builder.step(one, &path, problems),
            Trigger::Discrete(one) => builder.discrete(one, &path, problems),
        }
    }
    if builder.elements.len() > MOST_ELEMENTS {
        let message = Text::new(
            format!("пусковых органов {}", builder.elements.len()),
            format!("{} starting elements", builder.elements.len()),
        );
        let allowed = Text::new(format!("0..{MOST_ELEMENTS}"), format!("0..{MOST_ELEMENTS}"));
        problems.add_allowed(Code::TooMany, &Path::of(&["trigger"]), message, allowed);
    }
    builder.elements
}

struct Builder<'a> {
    station: &'a Station,
    known: Known,
    elements: Vec<Element>,
}

impl Builder<'_> {
    fn level(
        &mut self,
        one: &LevelTrigger,
        direction: Direction,
        path: &Path,
        problems: &mut Problems<'_>,
    ) {
        let Some(given) = setting(one.value, one.primary_value, one.range_pct) else { return };
        for (input, suffix) in self.level_inputs(one, path, problems) {
            let channel = match input {
                Input::Channel(channel) => &self.station.analog[channel],
                Input::Group(group) => &self.station.analog[self.station.groups[group].abc[0]],
            };
            let effective = !matches!(one.measure, RawMeasure::Instant);
            let Some(setting) = in_unit(given, channel, effective) else {
                self.no_range(&one.input, path, problems);
                continue;
            };
            let (measure, hysteresis_pct) = (measure(one.measure), one.hysteresis_pct);
            let kind = Kind::Level { measure, input, direction, setting, hysteresis_pct };
            self.push(&one.id, &one.name, suffix, kind, one.delay_ms);
        }
    }

    /// What an element watches, and for `*` what tells its elements apart.
    fn level_inputs(
        &self,
        one: &LevelTrigger,
        path: &Path,
        problems: &mut Problems<'_>,
    ) -> Vec<(Input, Option<Suffix>)> {
        if !one.measure.of_group() {
            let list = self.channels(&one.input, one.quantity, path, problems);
            return list.into_iter().map(|(at, suffix)| (Input::Channel(at), suffix)).collect();
        }
        let groups = &self.station.groups;
        if one.input == EACH {
            // Frequency is a matter of voltages unless the document says otherwise.
            let only = one.quantity.map(quantity);
            let only = only.or((one.measure == RawMeasure::Frequency).then_some(Quantity::Voltage));
            let fits = groups
                .iter()
                .enumerate()
                .filter(|(_, group)| only.is_none_or(|quantity| group.quantity == quantity));
            let named = |group: &aura_model::ThreePhaseGroup| Suffix {
                id: group.id.clone(),
                name: group.name.clone(),
            };
            return fits.map(|(at, group)| (Input::Group(at), Some(named(group)))).collect();
        }
        let found = groups.iter().position(|group| group.id == one.input);
        if found.is_none() {
            self.known.group(&one.input, one.measure, &path.key("input"), problems);
        }
        found.map(|at| (Input::Group(at), None)).into_iter().collect()
    }

    fn step(&mut self, one: &StepTrigger, path: &Path, problems: &mut Problems<'_>) {
        let Some(given) = setting(one.value, one.primary_value, one.range_pct) else { return };
        for (channel, suffix) in self.channels(&one.input, one.quantity, path, problems) {
            let Some(setting) = in_unit(given, &self.station.analog[channel], false) else {
                self.no_range(&one.input, path, problems);
                continue;
            };
            let kind = Kind::Step { channel, setting, periods: one.periods };
            self.push(&one.id, &one.name, suffix, kind, one.delay_ms);
        }
    }

    /// Analog channels that an element watches.
    fn channels(
        &self,
        input: &str,
        only: Option<raw::Quantity>,
        path: &Path,
        problems: &mut Problems<'_>,
    ) -> Vec<(usize, Option<Suffix>)> {
        let analog = &self.station.analog;
        if input == EACH {
            let fits = |channel: &AnalogChannel| match only {
                Some(only) => channel.quantity == quantity(only),
                None => channel.quantity != Quantity::Other,
            };
            let named = |channel: &AnalogChannel| Suffix {
                id: channel.id.clone(),
                name: channel.name.clone(),
            };
            let list = analog.iter().enumerate().filter(|(_, channel)| fits(channel));
            return list.map(|(at, channel)| (at, Some(named(channel)))).collect();
        }
        let found = analog.iter().position(|channel| channel.id == input);
        if found.is_none() {
            self.known.analog(input, &path.key("input"), problems);
        }
        found.map(|at| (at, None)).into_iter().collect()
    }

    fn discrete(&mut self, one: &DiscreteTrigger, path: &Path, problems: &mut Problems<'_>) {
        let each = one.input == EACH;
        let mut found = false;
        let edge = match one.edge {
            raw::Edge::Rise => Edge::Rise,
            raw::Edge::Fall => Edge::Fall,
            raw::Edge::Change => Edge::Change,
        };
        for (channel, facts) in self.station.discrete.iter().enumerate() {
            if !each && facts.id != one.input {
                continue;
            }
            found = true;
            let suffix = each.then(|| Suffix { id: facts.id.clone(), name: facts.name.clone() });
            let kind = Kind::Discrete { channel, edge };
            self.push(&one.id, &one.name, suffix, kind, one.delay_ms);
        }
        if !each && !found {
            self.known.discrete(&one.input, &path.key("input"), problems);
        }
    }

    fn push(&mut self, id: &str, name: &str, suffix: Option<Suffix>, kind: Kind, delay_ms: u32) {
        let (id, name) = match suffix {
            Some(suffix) => (format!("{id}.{}", suffix.id), format!("{name} {}", suffix.name)),
            None => (id.to_owned(), name.to_owned()),
        };
        self.elements.push(Element { id, name, kind, delay_ms });
    }

    /// A named channel that can show nothing is an error; among all channels it is passed over.
    fn no_range(&self, input: &str, path: &Path, problems: &mut Problems<'_>) {
        if input != EACH {
            let message = Text::new(
                format!("канал \"{input}\" не может показать такую уставку"),
                format!("channel \"{input}\" cannot show such a setting"),
            );
            problems.add(Code::Unfit, path, message);
        }
    }
}

/// What tells the elements of one `*` apart.
struct Suffix {
    id: String,
    name: String,
}

/// A setting in the channel's unit; `None` for a channel that always shows the same.
fn in_unit(given: Setting, channel: &AnalogChannel, effective: bool) -> Option<f64> {
    let ends = [channel.raw_min, channel.raw_max].map(|raw| channel.value(f64::from(raw)).abs());
    let greatest = ends[0].max(ends[1]);
    if !(channel.a.is_finite() && channel.b.is_finite()) || channel.a == 0.0 || greatest == 0.0 {
        return None;
    }
    let shown = if effective { greatest / std::f64::consts::SQRT_2 } else { greatest };
    let value = match given {
        Setting::Value(value) => value,
        Setting::Primary(value) => value / channel.to_primary(),
        Setting::RangePct(pct) => shown * pct / 100.0,
    };
    (value.is_finite() && value > 0.0).then_some(value)
}

const fn measure(raw: RawMeasure) -> Measure {
    match raw {
        RawMeasure::Instant => Measure::Instant,
        RawMeasure::Rms => Measure::Rms,
        RawMeasure::Fundamental => Measure::Fundamental,
        RawMeasure::Seq1 => Measure::Positive,
        RawMeasure::Seq2 => Measure::Negative,
        RawMeasure::Seq0 => Measure::Zero,
        RawMeasure::Frequency => Measure::Frequency,
    }
}
