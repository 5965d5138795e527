//! Starting elements: what can be said of them before the source is known.

use crate::channels::Seen;
use crate::document::{
    DiscreteTrigger, Document, LevelTrigger, Measure, Quantity, StepTrigger, Trigger,
};
use crate::path::{Path, shown};
use crate::problem::{Code, Problems, Text};
use crate::shape::guess;
use crate::source;

/// Every input of a kind.
pub(crate) const EACH: &str = "*";

/// Endings of the groups that channels A, B, C of one bay make by themselves.
pub(crate) const GROUP_ENDINGS: [&str; 2] = ["_I", "_U"];

/// A setting as it is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Setting {
    /// In the channel's unit.
    Value(f64),
    /// Primary value.
    Primary(f64),
    /// Percent of the greatest value that the channel can show.
    RangePct(f64),
}

/// The one setting of an element, when exactly one is given.
pub(crate) fn setting(
    value: Option<f64>,
    primary: Option<f64>,
    range_pct: Option<f64>,
) -> Option<Setting> {
    match (value, primary, range_pct) {
        (Some(value), None, None) => Some(Setting::Value(value)),
        (None, Some(value), None) => Some(Setting::Primary(value)),
        (None, None, Some(value)) => Some(Setting::RangePct(value)),
        _ => None,
    }
}

impl Measure {
    /// The word of the document.
    const fn word(self) -> &'static str {
        match self {
            Self::Instant => "instant",
            Self::Rms => "rms",
            Self::Fundamental => "fundamental",
            Self::Seq1 => "seq1",
            Self::Seq2 => "seq2",
            Self::Seq0 => "seq0",
            Self::Frequency => "frequency",
        }
    }

    /// Whether a measure belongs to a three-phase group, not to a channel.
    pub(crate) const fn of_group(self) -> bool {
        matches!(self, Self::Seq1 | Self::Seq2 | Self::Seq0 | Self::Frequency)
    }
}

impl Trigger {
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Over(one) | Self::Under(one) => &one.id,
            Self::Step(one) => &one.id,
            Self::Discrete(one) => &one.id,
        }
    }
}

/// Checks the starting elements.
pub(crate) fn check(document: &Document, problems: &mut Problems<'_>) {
    let known = Known::of(document);
    let mut seen = Seen::default();
    for (entry, trigger) in document.trigger.iter().enumerate() {
        let path = Path::of(&["trigger"]).entry(entry);
        seen.unique(trigger.id(), &path.key("id"), problems);
        match trigger {
            Trigger::Over(one) | Trigger::Under(one) => level(one, &known, &path, problems),
            Trigger::Step(one) => step(one, &known, &path, problems),
            Trigger::Discrete(one) => discrete(one, &known, &path, problems),
        }
    }
    if document.trigger.is_empty() {
        let message = Text::new(
            "нет ни одного пускового органа: записи будут только по ручному пуску",
            "there is no starting element: only manual starts will make records",
        );
        problems.add(Code::NoTrigger, &Path::default(), message);
    }
}

fn level(one: &LevelTrigger, known: &Known, path: &Path, problems: &mut Problems<'_>) {
    quantity_only_for_each(&one.input, one.quantity, path, problems);
    let input = path.key("input");
    if one.measure.of_group() {
        known.group(&one.input, one.measure, &input, problems);
    } else {
        known.analog(&one.input, &input, problems);
    }
    let given = setting(one.value, one.primary_value, one.range_pct);
    if given.is_none() {
        one_setting(path, problems);
    } else if one.measure == Measure::Frequency && !matches!(given, Some(Setting::Value(_))) {
        let message = Text::new("частота задаётся ключом value, в герцах", "frequency takes value");
        problems.add(Code::MeasureUnfit, &path.key("measure"), message);
    }
}

fn step(one: &StepTrigger, known: &Known, path: &Path, problems: &mut Problems<'_>) {
    quantity_only_for_each(&one.input, one.quantity, path, problems);
    known.analog(&one.input, &path.key("input"), problems);
    if setting(one.value, one.primary_value, one.range_pct).is_none() {
        one_setting(path, problems);
    }
}

fn discrete(one: &DiscreteTrigger, known: &Known, path: &Path, problems: &mut Problems<'_>) {
    known.discrete(&one.input, &path.key("input"), problems);
}

fn one_setting(path: &Path, problems: &mut Problems<'_>) {
    let message = Text::new("нужна ровно одна уставка", "exactly one setting is needed");
    let allowed = "value primary_value range_pct";
    problems.add_allowed(Code::SettingCount, path, message, Text::new(allowed, allowed));
}

fn quantity_only_for_each(
    input: &str,
    quantity: Option<Quantity>,
    path: &Path,
    problems: &mut Problems<'_>,
) {
    if quantity.is_some() && input != EACH {
        let message = Text::new(
            "quantity отбирает входы только при input = \"*\"",
            "quantity picks inputs only with input = \"*\"",
        );
        problems.add(Code::MeasureUnfit, &path.key("quantity"), message);
    }
}

/// Names that a starting element may refer to.
pub(crate) struct Known {
    pub(crate) analog: Vec<String>,
    pub(crate) discrete: Vec<String>,
    pub(crate) groups: Vec<String>,
    /// Whether these are all: a source with `channels = "all"` has more.
    pub(crate) closed: bool,
}

impl Known {
    fn of(document: &Document) -> Self {
        let inputs = &document.inputs;
        let mut groups: Vec<String> = document.group.iter().map(|one| one.id.clone()).collect();
        for bay in &inputs.bay {
            groups.extend(GROUP_ENDINGS.map(|ending| format!("{}{ending}", bay.id)));
        }
        Self {
            analog: inputs.analog.iter().map(|one| one.id.clone()).collect(),
            discrete: inputs.discrete.iter().map(|one| one.id.clone()).collect(),
            groups,
            closed: !source::every_column(document),
        }
    }

    pub(crate) fn analog(&self, input: &str, path: &Path, problems: &mut Problems<'_>) {
        if self.groups.iter().any(|one| one == input) && !self.has(&self.analog, input) {
            let message = Text::new(
                format!("\"{input}\" — трёхфазная группа, а величина берётся от канала"),
                format!("\"{input}\" is a three-phase group, the quantity is a channel's"),
            );
            let allowed = "measure = seq1 seq2 seq0 frequency";
            let allowed = Text::new(allowed, allowed);
            return problems.add_allowed(Code::MeasureUnfit, path, message, allowed);
        }
        self.exists(&self.analog, input, ("аналогового канала", "analog channel"), path, problems);
    }

    pub(crate) fn discrete(&self, input: &str, path: &Path, problems: &mut Problems<'_>) {
        let what = ("дискретного канала", "discrete channel");
        self.exists(&self.discrete, input, what, path, problems);
    }

    pub(crate) fn group(
        &self,
        input: &str,
        measure: Measure,
        path: &Path,
        problems: &mut Problems<'_>,
    ) {
        if self.analog.iter().any(|one| one == input) {
            let message = Text::new(
                format!("\"{input}\" — канал, а величина {} берётся от группы", measure.word()),
                format!("\"{input}\" is a channel, {} is a group's quantity", measure.word()),
            );
            let allowed = self.groups.join(" ");
            let allowed = Text::new(allowed.clone(), allowed);
            return problems.add_allowed(Code::MeasureUnfit, path, message, allowed);
        }
        self.exists(
            &self.groups,
            input,
            ("трёхфазной группы", "three-phase group"),
            path,
            problems,
        );
    }

    fn has(&self, list: &[String], input: &str) -> bool {
        input == EACH || list.iter().any(|one| one == input)
    }

    fn exists(
        &self,
        list: &[String],
        input: &str,
        what: (&str, &str),
        path: &Path,
        problems: &mut Problems<'_>,
    ) {
        if self.closed && !self.has(list, input) {
            let near = guess(input, list);
            let message = Text::new(
                format!("нет {} \"{}\"{}", what.0, shown(input), near.ru),
                format!("there is no {} \"{}\"{}", what.1, shown(input), near.en),
            );
            problems.add(Code::NoSuchId, path, message);
        }
    }
}
