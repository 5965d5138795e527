//! The document joined with what its source says of itself: station and plan of a pipeline.

use crate::checked::{Checked, any_error};
use crate::document as raw;
use crate::elements;
use crate::id::{Ids, transliterated};
use crate::path::Path;
use crate::problem::{Code, Problem, Problems, Text};
use crate::triggers::GROUP_ENDINGS;
use aura_acquire::{Description, Mapping, SourceAnalog, SourceSpec};
use aura_model::{AnalogChannel, DiscreteChannel, Phase, Quantity, Side, Station, ThreePhaseGroup};
use aura_record::{Limits, Plan};
use std::sync::Arc;

/// Rated frequency when neither document nor source states one, hertz.
const DEFAULT_HZ: f64 = 50.0;

impl Checked {
    /// Joins the document with a source's own facts. What the document states goes before what
    /// the source says; calibration and polarity are folded into `a` and `b`.
    ///
    /// # Errors
    /// What does not fit between the two: columns that the source does not have, channels and
    /// groups that an element refers to, units that nobody knows.
    pub fn plan(&self, source: &Description) -> Result<(Plan, Mapping), Vec<Problem>> {
        let located = self.located();
        let mut problems = Problems::new(&located);
        let joined = self.station(source, &mut problems);
        let elements = elements::build(self, &joined.0, &mut problems);
        let list = problems.into_sorted();
        if any_error(&list) {
            return Err(list);
        }
        let (station, mapping) = joined;
        let recording = &self.document.recording;
        let rows = source.rate.rows_in_ms(recording.block_ms).clamp(1, u64::from(u16::MAX));
        let plan = Plan {
            block_rows: u16::try_from(rows).expect("clamped on the line before"),
            station: Arc::new(station),
            elements,
            limits: Limits {
                pre_ms: recording.pre_ms,
                post_ms: recording.post_ms,
                max_ms: recording.max_ms,
                reblock_ms: recording.reblock_ms,
            },
        };
        Ok((plan, mapping))
    }

    fn station(&self, source: &Description, problems: &mut Problems<'_>) -> (Station, Mapping) {
        let mut ids = Ids::default();
        let inputs = &self.document.inputs;
        inputs.analog.iter().for_each(|one| ids.take(&one.id));
        inputs.discrete.iter().for_each(|one| ids.take(&one.id));
        self.document.group.iter().for_each(|one| ids.take(&one.id));
        let (analog, analog_columns) = self.analog(source, &mut ids, problems);
        let (discrete, discrete_columns) = self.discrete(source, &mut ids, problems);
        if analog.is_empty() && discrete.is_empty() {
            let message = Text::new("у источника нет каналов", "the source has no channels");
            problems.add(Code::Unfit, &Path::of(&["inputs"]), message);
        }
        let groups = self.groups(&analog, &mut ids, problems);
        let station = Station {
            name: self.document.station.name.clone(),
            rec_dev_id: self.document.station.rec_dev_id.clone(),
            nominal_hz: self.nominal_hz(source),
            rate: source.rate,
            analog,
            discrete,
            groups,
            timezone: self.document.station.timezone.clone(),
        };
        (station, Mapping { analog: analog_columns, discrete: discrete_columns })
    }

    fn nominal_hz(&self, source: &Description) -> f64 {
        let stated = source.nominal_hz.filter(|hz| (40.0..=70.0).contains(hz));
        self.document.station.nominal_hz.or(stated).unwrap_or(DEFAULT_HZ)
    }

    /// Name of a bay that the check has found.
    fn bay_name(&self, id: &str) -> String {
        let bay = self.document.inputs.bay.iter().find(|bay| bay.id == id);
        bay.map(|bay| bay.name.clone()).unwrap_or_default()
    }

    fn analog(
        &self,
        source: &Description,
        ids: &mut Ids,
        problems: &mut Problems<'_>,
    ) -> (Vec<AnalogChannel>, Vec<usize>) {
        let entries = &self.document.inputs.analog;
        let order = order(self.every_column, &self.analog_columns, source.analog.len());
        let mut channels = Vec::with_capacity(order.len());
        let mut columns = Vec::with_capacity(order.len());
        for (column, entry) in order {
            let path = entry.map(|entry| Path::of(&["inputs", "analog"]).entry(entry));
            let Some(facts) = source.analog.get(column) else {
                no_column(column, source.analog.len(), path, problems);
                continue;
            };
            let raw = entry.and_then(|entry| entries.get(entry));
            let channel = match raw {
                Some(raw) => self.amended(raw, facts),
                None => as_source(facts, ids.make(&facts.name, &format!("a{}", column + 1))),
            };
            if channel.unit.is_empty() && matches!(self.source, SourceSpec::Stream(_)) {
                let message = Text::new(
                    "единица неизвестна: источник её не называет, задайте uu",
                    "the unit is unknown: the source does not tell it, give uu",
                );
                problems.add(Code::UnitUnknown, &path.unwrap_or_default(), message);
            }
            channels.push(channel);
            columns.push(column);
        }
        (channels, columns)
    }

    /// A channel that the document describes.
    fn amended(&self, raw: &raw::Analog, facts: &SourceAnalog) -> AnalogChannel {
        let plain = as_source(facts, raw.id.clone());
        let gain = if raw.reverse { -raw.gain } else { raw.gain };
        let name = raw.ch_id.clone().unwrap_or_else(|| match plain.name.is_empty() {
            true => raw.id.clone(),
            false => plain.name.clone(),
        });
        AnalogChannel {
            name,
            phase: raw.ph.map_or(plain.phase, phase),
            circuit: raw.bay.as_deref().map_or(plain.circuit.clone(), |bay| self.bay_name(bay)),
            quantity: raw.quantity.map_or(plain.quantity, quantity),
            unit: raw.uu.clone().unwrap_or_else(|| plain.unit.clone()),
            a: gain * raw.a.unwrap_or(plain.a),
            b: gain * raw.b.unwrap_or(plain.b) + raw.offset,
            primary: raw.primary.unwrap_or(plain.primary),
            secondary: raw.secondary.unwrap_or(plain.secondary),
            side: match raw.side {
                Some(raw::Side::Primary) => Side::Primary,
                Some(raw::Side::Secondary) => Side::Secondary,
                None => plain.side,
            },
            ..plain
        }
    }

    fn discrete(
        &self,
        source: &Description,
        ids: &mut Ids,
        problems: &mut Problems<'_>,
    ) -> (Vec<DiscreteChannel>, Vec<(usize, bool)>) {
        let entries = &self.document.inputs.discrete;
        let order = order(self.every_column, &self.discrete_columns, source.discrete.len());
        let mut channels = Vec::with_capacity(order.len());
        let mut columns = Vec::with_capacity(order.len());
        for (column, entry) in order {
            let path = entry.map(|entry| Path::of(&["inputs", "discrete"]).entry(entry));
            let Some(facts) = source.discrete.get(column) else {
                no_column(column, source.discrete.len(), path, problems);
                continue;
            };
            let raw = entry.and_then(|entry| entries.get(entry));
            let id = match raw {
                Some(raw) => raw.id.clone(),
                None => ids.make(&facts.name, &format!("d{}", column + 1)),
            };
            let invert = raw.is_some_and(|raw| raw.invert);
            let named = raw.and_then(|raw| raw.ch_id.clone());
            let own = Some(facts.name.clone()).filter(|name| !name.is_empty());
            let bay = raw.and_then(|raw| raw.bay.as_deref());
            channels.push(DiscreteChannel {
                name: named.or(own).unwrap_or_else(|| id.clone()),
                id,
                phase: facts.phase,
                circuit: bay.map_or_else(|| facts.circuit.clone(), |bay| self.bay_name(bay)),
                normal: raw.and_then(|raw| raw.normal).map_or(facts.normal ^ invert, |y| y == 1),
            });
            columns.push((column, invert));
        }
        (channels, columns)
    }

    /// The document's groups, then those that channels A, B, C of one circuit make by themselves.
    fn groups(
        &self,
        analog: &[AnalogChannel],
        ids: &mut Ids,
        problems: &mut Problems<'_>,
    ) -> Vec<ThreePhaseGroup> {
        let mut groups = Vec::new();
        for (entry, raw) in self.document.group.iter().enumerate() {
            let path = Path::of(&["group"]).entry(entry);
            let find = |id: &str| analog.iter().position(|channel| channel.id == id);
            let found = [("a", &raw.a), ("b", &raw.b), ("c", &raw.c)].map(|(key, id)| {
                let found = find(id);
                if found.is_none() {
                    let known: Vec<String> = analog.iter().map(|one| one.id.clone()).collect();
                    let (ru, en) = ("аналогового канала", "analog channel");
                    crate::channels::reference(id, &known, ru, en, &path.key(key), problems);
                }
                found
            });
            let [Some(a), Some(b), Some(c)] = found else { continue };
            if analog[a].unit != analog[b].unit || analog[a].unit != analog[c].unit {
                let message = Text::new(
                    "у каналов группы разные единицы",
                    "the channels of the group have different units",
                );
                problems.add(Code::Unfit, &path, message);
            }
            groups.push(ThreePhaseGroup {
                id: raw.id.clone(),
                name: raw.name.clone().unwrap_or_else(|| raw.id.clone()),
                quantity: quantity(raw.quantity),
                abc: [a, b, c],
            });
        }
        self.own_groups(analog, ids, &mut groups);
        groups
    }

    /// Runs of phases A, B, C of one circuit, quantity and unit, in the order of the channels.
    fn own_groups(
        &self,
        analog: &[AnalogChannel],
        ids: &mut Ids,
        groups: &mut Vec<ThreePhaseGroup>,
    ) {
        let taken: Vec<usize> = groups.iter().flat_map(|group| group.abc).collect();
        for a in 0..analog.len() {
            let first = &analog[a];
            if first.phase != Phase::A || first.quantity == Quantity::Other || taken.contains(&a) {
                continue;
            }
            let mut same = (a + 1..analog.len()).filter(|next| {
                let next = &analog[*next];
                next.circuit == first.circuit
                    && next.quantity == first.quantity
                    && next.unit == first.unit
                    && matches!(next.phase, Phase::A | Phase::B | Phase::C)
            });
            let (Some(b), Some(c)) = (same.next(), same.next()) else { continue };
            let whole = analog[b].phase == Phase::B && analog[c].phase == Phase::C;
            if !whole || taken.contains(&b) || taken.contains(&c) {
                continue;
            }
            let ending = GROUP_ENDINGS[usize::from(first.quantity == Quantity::Voltage)];
            let bay = self.document.inputs.bay.iter().find(|bay| bay.name == first.circuit);
            let base = bay.map_or_else(|| transliterated(&first.circuit), |bay| bay.id.clone());
            let symbol = ending.trim_start_matches('_');
            groups.push(ThreePhaseGroup {
                id: ids.make_exact(&format!("{base}{ending}")),
                name: format!("{symbol} {}", first.circuit).trim_end().to_owned(),
                quantity: first.quantity,
                abc: [a, b, c],
            });
        }
    }
}

/// Columns in the station's order, each with the entry of the document that describes it.
fn order(every: bool, listed: &[usize], columns: usize) -> Vec<(usize, Option<usize>)> {
    if !every {
        return listed.iter().enumerate().map(|(entry, column)| (*column, Some(entry))).collect();
    }
    let beyond = listed.iter().enumerate().filter(|(_, column)| **column >= columns);
    let own = (0..columns).map(|column| (column, listed.iter().position(|one| *one == column)));
    own.chain(beyond.map(|(entry, column)| (*column, Some(entry)))).collect()
}

fn no_column(column: usize, columns: usize, path: Option<Path>, problems: &mut Problems<'_>) {
    let message = Text::new(
        format!("колонки {} у источника нет, их {columns}", column + 1),
        format!("the source has no column {}, it has {columns}", column + 1),
    );
    problems.add(Code::BadColumn, &path.unwrap_or_default().key("source"), message);
}

/// A channel as its source names it. A ratio that the source does not know is 1:1.
fn as_source(facts: &SourceAnalog, id: String) -> AnalogChannel {
    let rated = |value: f64| if value.is_finite() && value > 0.0 { value } else { 1.0 };
    AnalogChannel {
        name: if facts.name.is_empty() { id.clone() } else { facts.name.clone() },
        id,
        phase: facts.phase,
        circuit: facts.circuit.clone(),
        quantity: facts.quantity,
        unit: facts.unit.clone(),
        a: facts.a,
        b: facts.b,
        raw_min: facts.raw_min,
        raw_max: facts.raw_max,
        primary: rated(facts.primary),
        secondary: rated(facts.secondary),
        side: facts.side,
        skew_us: facts.skew_us,
    }
}

const fn phase(raw: raw::Phase) -> Phase {
    match raw {
        raw::Phase::A => Phase::A,
        raw::Phase::B => Phase::B,
        raw::Phase::C => Phase::C,
        raw::Phase::N => Phase::N,
        raw::Phase::Ab => Phase::Ab,
        raw::Phase::Bc => Phase::Bc,
        raw::Phase::Ca => Phase::Ca,
        raw::Phase::None => Phase::None,
    }
}

pub(crate) const fn quantity(raw: raw::Quantity) -> Quantity {
    match raw {
        raw::Quantity::Current => Quantity::Current,
        raw::Quantity::Voltage => Quantity::Voltage,
        raw::Quantity::Other => Quantity::Other,
    }
}
