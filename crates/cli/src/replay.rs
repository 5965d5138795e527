//! `replay`: the live pipeline over a recording, as fast as it goes.
//!
//! It is the recorder's own code from source to store, on one thread and on the recording's own
//! time; it deliberately has no faces and no pace.

use crate::args::ReplayArgs;
use crate::error::Error;
use crate::files;
use crate::out::Out;
use crate::table::Table;
use aura_acquire::{Error as SourceError, SourceSpec, Start};
use aura_model::{
    Cause, Clock, Event, Fill, PickupInfo, RecordInfo, SampleBlock, Source, Stamp, Tai,
};
use aura_record::{Filed, Filing, ManualReason, Outputs, Plan, Recorder, Setting};
use aura_settings::{Checked, Document, Text};
use aura_store::{Journal, RecordWriter, Store, StoreOptions, longest_record_bytes};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

mod report;

/// Program and version, as records name them.
const SOFTWARE: &str = concat!("auractl ", env!("CARGO_PKG_VERSION"));

pub(crate) fn run(args: &ReplayArgs, out: &mut Out) -> Result<(), Error> {
    let checked = configuration(&args.config, &args.input, out)?;
    let opened = aura_acquire::open(checked.source()).map_err(|error| unreadable(&error))?;
    let (plan, mapping) =
        checked.plan(opened.description()).map_err(|problems| unfit(&problems, out))?;
    let source = opened
        .start(&mapping, plan.block_rows, Start::AsRecorded)
        .map_err(|error| unreadable(&error))?;
    let mut replay = Replay::new(&checked, plan, source, &args.out)?;
    replay.run()?;
    tell(&replay, &args.out, out)
}

/// The document with the recording in the place of its source.
fn configuration(config: &Path, input: &Path, out: &mut Out) -> Result<Checked, Error> {
    if !input.exists() {
        let error = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(Error::file(input, &error));
    }
    let text = files::read_text(config)?;
    let checked = Document::parse(&text, &config.display().to_string());
    let checked = checked.map_err(|problems| unfit(&problems, out))?;
    Ok(checked.with_recording(input.to_path_buf()))
}

fn unfit(problems: &[aura_settings::Problem], out: &Out) -> Error {
    problems.iter().for_each(|one| out.talk(&one.line_in(out.lang())));
    Error::Check(Text::new(
        "с этой конфигурацией запись не проиграть",
        "the recording cannot be replayed with this configuration",
    ))
}

fn unreadable(error: &SourceError) -> Error {
    Error::failed(error)
}

/// The recording's own time: that of the newest block.
#[derive(Debug, Default)]
struct RecordedClock(AtomicI64);

impl Clock for RecordedClock {
    fn now(&self) -> Stamp {
        Stamp { tai: Tai(self.0.load(Ordering::Relaxed)), ..Stamp::default() }
    }

    fn mono_ns(&self) -> u64 {
        u64::try_from(self.0.load(Ordering::Relaxed)).unwrap_or(0)
    }
}

/// What the filing asks for: no person starts anything here.
struct Site<'a>(&'a Checked);

impl Setting for Site<'_> {
    fn utc_offset_s(&self, at: Stamp) -> i32 {
        self.0.utc_offset_s(at.tai.unix_ns().div_euclid(1_000_000_000))
    }

    fn manual(&self, _ticket: u32) -> Option<ManualReason> {
        None
    }
}

/// Source, pipeline and disk of one run.
struct Replay<'a> {
    checked: &'a Checked,
    source: Box<dyn Source>,
    recorder: Recorder,
    outputs: Outputs,
    filing: Filing,
    store: Store,
    sink: RecordWriter,
    journal: Journal,
    clock: Arc<RecordedClock>,
    records: Vec<RecordInfo>,
}

impl<'a> Replay<'a> {
    fn new(
        checked: &'a Checked,
        plan: Plan,
        source: Box<dyn Source>,
        folder: &Path,
    ) -> Result<Self, Error> {
        let name = match checked.source() {
            SourceSpec::Replay(replay) => replay.path.display().to_string(),
            SourceSpec::Simulator(_) | SourceSpec::Stream(_) => String::new(),
        };
        let filing = Filing::new(&plan, checked.hash(), source.simulated(), &name);
        let longest = longest_record_bytes(&plan.station, checked.format(), plan.limits.max_ms);
        let options = StoreOptions {
            format: checked.format(),
            retention: checked.retention(),
            longest_bytes: longest,
            software: SOFTWARE.to_owned(),
        };
        let clock = Arc::new(RecordedClock::default());
        let failed = |error: aura_store::Error| Error::failed(&error);
        let (store, sink, found) =
            Store::open(&folder.join("records"), options, Arc::clone(&clock) as Arc<dyn Clock>)
                .map_err(failed)?;
        let (mut journal, events) = Journal::open(
            &folder.join("journal"),
            Arc::clone(&clock) as Arc<dyn Clock>,
            "0000",
            checked.language(),
        )
        .map_err(failed)?;
        found.iter().chain(&events).for_each(|event| {
            journal.append(event);
        });
        let recorder = Recorder::new(plan).map_err(|error| Error::failed(&error))?;
        let (outputs, records) = (recorder.outputs(), Vec::new());
        Ok(Self {
            checked,
            source,
            recorder,
            outputs,
            filing,
            store,
            sink,
            journal,
            clock,
            records,
        })
    }

    fn run(&mut self) -> Result<(), Error> {
        loop {
            // Every slice is given to the disk before the next block, so there is always a block.
            let Some(mut block) = self.recorder.lease() else {
                let text = Text::new("нет свободного блока", "no block is free");
                return Err(Error::Failed(text));
            };
            let filling = Arc::get_mut(&mut block).expect("a leased block has one owner");
            match self.source.fill(filling).map_err(|error| Error::failed(&error))? {
                Fill::Rows => {
                    self.clock.0.store(end_of(&block).0, Ordering::Relaxed);
                    self.recorder.step(block, &mut self.outputs);
                    self.file()?;
                }
                Fill::Nothing => self.recorder.put_back(block),
                Fill::End => break,
            }
        }
        self.recorder.finish(&mut self.outputs);
        self.file()?;
        self.journal.sync().map_err(|error| Error::failed(&error))
    }

    /// Gives the outputs of a step to the disk, and records that are whole to the analysis.
    fn file(&mut self) -> Result<(), Error> {
        let (site, mut filed) = (Site(self.checked), Vec::new());
        for output in self.outputs.drain() {
            self.filing.take(output, &site, &mut self.sink, &mut |what| filed.push(what));
        }
        for what in filed {
            match what {
                Filed::Event(event) => {
                    self.append(event);
                }
                Filed::Manual { .. } => {}
                Filed::Record(info) => {
                    let (info, event) = report::make(&self.store, *info, self.checked.language());
                    self.append(event);
                    self.records.push(info);
                }
                Filed::Failed(error) => return Err(Error::failed(&error)),
            }
        }
        Ok(())
    }

    fn append(&mut self, mut event: Event) {
        if event.at == Stamp::default() {
            event.at = self.clock.now();
        }
        self.journal.append(&event);
    }
}

fn end_of(block: &SampleBlock) -> Tai {
    block.row_tai(block.rows())
}

fn tell(replay: &Replay<'_>, folder: &Path, out: &mut Out) -> Result<(), Error> {
    if out.json() {
        let list: Result<Vec<Value>, Error> =
            replay.records.iter().map(|info| facts(replay, info)).collect();
        return out.data("replay", json!(list?));
    }
    let head = match out.say("ru", "en") {
        "ru" => [">№", "пуск", ">длит., с", "орган", ">значение", ">уставка", "ед.", "итог"],
        _ => [">no.", "trigger", ">length, s", "element", ">value", ">setting", "unit", "summary"],
    };
    let mut table = Table::new(&head);
    for info in &replay.records {
        let first = info.pickups.first();
        let number = |value: Option<f64>| match value.filter(|value| value.is_finite()) {
            Some(value) => format!("{value:.3}"),
            None => "—".to_owned(),
        };
        let summary = &info.summary[usize::from(out.lang() == aura_model::Lang::En)];
        table.row([
            info.id.to_string(),
            utc(info.trigger),
            format!("{:.3}", seconds(info)),
            first.map(|one| one.name.clone()).unwrap_or_default(),
            number(first.map(|one| one.value)),
            number(first.map(|one| one.setting)),
            first.map(|one| one.unit.clone()).unwrap_or_default(),
            summary.clone(),
        ]);
    }
    if replay.records.is_empty() {
        out.talk(out.say("ни один пусковой орган не сработал", "no starting element picked up"));
        return Ok(());
    }
    out.table(&table)?;
    let place = out.say("записи и отчёты", "records and reports");
    let journal = out.say("журнал", "journal");
    let folder = folder.display();
    out.talk(&format!("{place}: {folder}/records, {journal}: {folder}/journal"));
    Ok(())
}

fn seconds(info: &RecordInfo) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "shown in seconds")]
    let ns = info.duration_ns as f64;
    ns / 1e9
}

/// RFC 3339 in UTC with nanoseconds.
fn utc(at: Stamp) -> String {
    let civil = at.tai.civil(0);
    // `Civil` shows microseconds; the last three digits are put behind them.
    format!("{civil}{:03}Z", civil.nanosecond % 1_000)
}

fn facts(replay: &Replay<'_>, info: &RecordInfo) -> Result<Value, Error> {
    let folder = replay.store.dir_of(info.id).map_err(|error| Error::failed(&error))?;
    let files: Vec<Value> = info
        .files
        .iter()
        .map(|file| {
            let path = folder.join(&file.name).display().to_string();
            json!({ "kind": file.kind.ending(), "path": path, "bytes": file.bytes })
        })
        .collect();
    let main = info.files.iter().find(|file| matches!(file.kind.ending(), "cfg" | "cff"));
    let path = main.map(|file| folder.join(&file.name).display().to_string());
    let pickups: Vec<Value> = info.pickups.iter().map(pickup).collect();
    let first = info.pickups.first().map(pickup).unwrap_or_default();
    Ok(json!({
        "id": info.id.0,
        "name": info.name,
        "path": path,
        "cause": first["cause"],
        "element": first["element"],
        "at": first["at"],
        "value": first["value"],
        "setting": first["setting"],
        "unit": first["unit"],
        "start": utc(info.start),
        "duration_s": seconds(info),
        "rows": info.rows,
        "pickups": pickups,
        "sha256": info.sha256,
        "summary": { "ru": info.summary[0], "en": info.summary[1] },
        "files": files,
    }))
}

fn pickup(one: &PickupInfo) -> Value {
    let cause = match one.cause {
        Cause::Element => "element",
        Cause::Manual => "manual",
        Cause::Network => "network",
    };
    json!({
        "cause": cause, "element": one.element, "name": one.name, "at": utc(one.at),
        "value": one.value, "setting": one.setting, "unit": one.unit, "inputs": one.inputs,
    })
}
