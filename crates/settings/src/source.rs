//! The source of samples: from the document to the specification that opens it.

use crate::document::{self as raw, Channels, Document, FaultPhases, Source};
use crate::id;
use crate::path::{Path, shown};
use crate::problem::{Code, Problems, Text};
use aura_acquire::{Endpoint, ReplaySpec, SimFault, SimulatorSpec, SourceSpec, StreamSpec};
use aura_model::Rate;
use std::path::{Path as FsPath, PathBuf};

/// Columns of the simulator: per bay Ia Ib Ic 3I0 Ua Ub Uc 3U0, and two discretes.
const SIMULATOR_ANALOG: usize = 8;
const SIMULATOR_DISCRETE: usize = 2;

/// What the document alone tells of its source.
pub(crate) struct Facts {
    pub(crate) rate_hz: f64,
    pub(crate) analog: usize,
    pub(crate) discrete: usize,
}

/// Rate and columns, unless only the recording knows them.
pub(crate) fn facts(document: &Document) -> Option<Facts> {
    match document.inputs.source.first()? {
        Source::Replay { .. } => None,
        Source::Simulator { rate_hz, bays, .. } => Some(Facts {
            rate_hz: *rate_hz,
            analog: usize::from(*bays) * SIMULATOR_ANALOG,
            discrete: usize::from(*bays) * SIMULATOR_DISCRETE,
        }),
        Source::Stream { rate_hz, analog, discrete, .. } => Some(Facts {
            rate_hz: *rate_hz,
            analog: usize::from(*analog),
            discrete: usize::from(*discrete),
        }),
    }
}

impl Source {
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Replay { id, .. } | Self::Simulator { id, .. } | Self::Stream { id, .. } => id,
        }
    }

    fn channels(&self) -> Channels {
        match self {
            Self::Replay { channels, .. }
            | Self::Simulator { channels, .. }
            | Self::Stream { channels, .. } => *channels,
        }
    }
}

/// Whether every column of the source is recorded.
pub(crate) fn every_column(document: &Document) -> bool {
    document.inputs.source.first().is_some_and(|source| source.channels() == Channels::All)
}

/// The one source of the document.
pub(crate) fn check(
    document: &Document,
    file: &str,
    problems: &mut Problems<'_>,
) -> Option<SourceSpec> {
    let path = Path::of(&["inputs", "source"]);
    let sources = &document.inputs.source;
    for (entry, source) in sources.iter().enumerate() {
        let path = path.entry(entry).key("id");
        if !id::fits(source.id()) {
            crate::channels::bad_id(source.id(), &path, problems);
        }
    }
    if sources.len() > 1 {
        let message = Text::new(
            "выравнивание нескольких источников ещё не построено: нужен ровно один",
            "alignment of several sources is not built yet: exactly one is needed",
        );
        problems.add(Code::OneSource, &path.entry(1), message);
        return None;
    }
    let path = path.entry(0);
    match sources.first()? {
        Source::Replay { path, repeat, .. } => {
            let folder = FsPath::new(file).parent().map(FsPath::to_path_buf).unwrap_or_default();
            Some(SourceSpec::Replay(ReplaySpec { path: folder.join(path), repeat: *repeat }))
        }
        source @ Source::Simulator { .. } => simulator(document, source, &path, problems),
        source @ Source::Stream { .. } => stream(source, &path, problems),
    }
}

fn simulator(
    document: &Document,
    source: &Source,
    path: &Path,
    problems: &mut Problems<'_>,
) -> Option<SourceSpec> {
    let Source::Simulator {
        rate_hz,
        frequency_hz,
        bays,
        voltage_kv,
        load_a,
        noise_pct,
        harmonic3_pct,
        period_ms,
        seed,
        fault,
        ..
    } = source
    else {
        return None;
    };
    for (entry, one) in fault.iter().enumerate() {
        let path = path.key("fault").entry(entry);
        if one.bay > *bays {
            let message = Text::new(
                format!("присоединения {} у имитатора нет", one.bay),
                format!("the simulator has no bay {}", one.bay),
            );
            let allowed = format!("1..{bays}");
            problems.add_allowed(
                Code::OutOfRange,
                &path.key("bay"),
                message,
                Text::new(allowed.clone(), allowed),
            );
        }
        if *period_ms > 0 && one.at_ms + one.for_ms > *period_ms {
            let message = Text::new(
                format!("повреждение кончается позже сценария (period_ms = {period_ms})"),
                format!("the fault ends after the script does (period_ms = {period_ms})"),
            );
            problems.add(Code::Lengths, &path.key("for_ms"), message);
        }
    }
    Some(SourceSpec::Simulator(SimulatorSpec {
        rate: Rate::from_hz(*rate_hz)?,
        frequency_hz: frequency_hz.or(document.station.nominal_hz).unwrap_or(50.0),
        bays: *bays,
        voltage_kv: *voltage_kv,
        load_a: *load_a,
        noise_pct: *noise_pct,
        harmonic3_pct: *harmonic3_pct,
        faults: fault.iter().map(sim_fault).collect(),
        period_ms: *period_ms,
        seed: *seed,
    }))
}

fn sim_fault(raw: &raw::SimFault) -> SimFault {
    let phases = match raw.phases {
        FaultPhases::A => [true, false, false],
        FaultPhases::B => [false, true, false],
        FaultPhases::C => [false, false, true],
        FaultPhases::Ab => [true, true, false],
        FaultPhases::Bc => [false, true, true],
        FaultPhases::Ca => [true, false, true],
        FaultPhases::Abc => [true, true, true],
    };
    SimFault {
        at_ms: raw.at_ms,
        for_ms: raw.for_ms,
        bay: raw.bay.saturating_sub(1),
        phases,
        earth: raw.earth,
        current_a: raw.current_a,
        voltage_pct: raw.voltage_pct,
        dc_ms: raw.dc_ms,
    }
}

fn stream(source: &Source, path: &Path, problems: &mut Problems<'_>) -> Option<SourceSpec> {
    let Source::Stream { listen, rate_hz, analog, discrete, .. } = source else { return None };
    let endpoint = match listen.split_once(':') {
        Some(("unix", path)) if path.starts_with('/') => Some(Endpoint::Unix(PathBuf::from(path))),
        Some(("tcp", address)) => address.parse().ok().map(Endpoint::Tcp),
        _ => None,
    };
    if endpoint.is_none() {
        let allowed = "unix:/run/aura/adc1.sock tcp:127.0.0.1:7010";
        problems.add_allowed(
            Code::BadAddress,
            &path.key("listen"),
            Text::new(
                format!("\"{}\" — не местный адрес", shown(listen)),
                format!("\"{}\" is not a local address", shown(listen)),
            ),
            Text::new(allowed, allowed),
        );
    }
    if *analog == 0 && *discrete == 0 {
        let message = Text::new("у источника нет ни одной колонки", "the source has no column");
        problems.add(Code::Unfit, &path.key("analog"), message);
    }
    Some(SourceSpec::Stream(StreamSpec {
        listen: endpoint?,
        rate: Rate::from_hz(*rate_hz)?,
        analog: *analog,
        discrete: *discrete,
    }))
}
