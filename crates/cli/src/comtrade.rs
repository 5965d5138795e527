//! `comtrade`: records of any vendor, with no recorder at hand.

use crate::args::{ComtradeCommand, TargetArgs};
use crate::error::Error;
use crate::files;
use crate::out::Out;
use crate::table::Table;
use aura_comtrade::{
    CffParts, Cfg, Encoding, Finding, Form, Level, Record, Sampling, Side, Totals, check, convert,
    cut, merge, rows_between, write_cff, write_csv,
};
use aura_model::Lang;
use aura_settings::Text;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

pub(crate) fn run(command: &ComtradeCommand, out: &mut Out) -> Result<(), Error> {
    match command {
        ComtradeCommand::Info { files } => info(files, out),
        ComtradeCommand::Check { files, strict } => check_all(files, *strict, out),
        ComtradeCommand::Convert { file, target } => {
            let record = Record::open(file)?;
            write(&[&record], target, |form, dat| convert(&record, form, dat), out)
        }
        ComtradeCommand::Cut { file, from, to, target } => {
            let record = Record::open(file)?;
            let rows = part(&record, *from, *to)?;
            write(&[&record], target, |form, dat| cut(&record, rows, form, dat), out)
        }
        ComtradeCommand::Merge { files, target } => {
            let records = files.iter().map(Record::open).collect::<Result<Vec<_>, _>>()?;
            let list: Vec<&Record> = records.iter().collect();
            write(&list, target, |form, dat| merge(&list, form, dat), out)
        }
        ComtradeCommand::Csv { file, output, force } => {
            let record = Record::open(file)?;
            match output {
                None => write_csv(&record, out.writer()).map_err(csv_error),
                Some(path) => {
                    let mut writer = BufWriter::new(files::create(path, *force)?);
                    write_csv(&record, &mut writer)?;
                    writer.flush().map_err(|error| Error::file(path, &error))
                }
            }
        }
    }
}

/// Somebody may close the pipe early.
fn csv_error(error: aura_comtrade::Error) -> Error {
    match &error {
        aura_comtrade::Error::Io { source, .. }
            if source.kind() == std::io::ErrorKind::BrokenPipe =>
        {
            Error::ReaderGone
        }
        _ => error.into(),
    }
}

/// Rows between two instants, seconds from the first sample.
fn part(
    record: &Record,
    from_s: Option<f64>,
    to_s: Option<f64>,
) -> Result<std::ops::Range<usize>, Error> {
    if record.rows() == 0 {
        let text = Text::new("в записи нет ни одного отсчёта", "the record has no sample");
        return Err(Error::Failed(text));
    }
    let zero = record.time_ns(0)?;
    #[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
    let at = |seconds: f64| zero.saturating_add((seconds * 1e9).round() as i64);
    let from = from_s.map_or(i64::MIN, at);
    let rows = rows_between(record, from, to_s.map_or(i64::MAX, at));
    if rows.is_empty() {
        let last = record.time_ns(record.rows() - 1)?.saturating_sub(zero);
        #[expect(clippy::cast_precision_loss, reason = "shown with microseconds")]
        let last = last as f64 / 1e9;
        return Err(Error::Usage(Text::new(
            format!("между --from и --to нет отсчётов; в записи 0..{last:.6} с"),
            format!("no sample lies between --from and --to; the record has 0..{last:.6} s"),
        )));
    }
    Ok(rows)
}

/// Files that a record in another form becomes.
struct Target {
    stem: PathBuf,
    cff: bool,
}

impl Target {
    fn of(output: &Path) -> Self {
        let ending = output.extension().map(|ending| ending.to_ascii_lowercase());
        let cff = ending.as_ref().is_some_and(|ending| ending == "cff");
        let known = cff || ending.is_some_and(|ending| ending == "cfg" || ending == "dat");
        let stem = if known { output.with_extension("") } else { output.to_path_buf() };
        Self { stem, cff }
    }

    fn path(&self, ending: &str) -> PathBuf {
        files::with_ending(&self.stem, ending)
    }
}

/// Writes what `make` makes; `.hdr` and `.inf` of the first record go along as they are.
fn write(
    records: &[&Record],
    args: &TargetArgs,
    make: impl FnOnce(Form, &mut BufWriter<File>) -> aura_comtrade::Result<(Cfg, Totals)>,
    out: &mut Out,
) -> Result<(), Error> {
    let target = Target::of(&args.output);
    let form = form(records[0].cfg(), args)?;
    if target.cff && form.revision != aura_comtrade::Revision::R2013 {
        return Err(Error::Usage(Text::new(
            format!("файл .cff есть только в редакции 2013, а не {}", form.revision),
            format!("a .cff file exists in revision 2013 only, not in {}", form.revision),
        )));
    }
    let hdr = records[0].hdr().map(|text| text.bytes().to_vec());
    let inf = records[0].inf().map(aura_comtrade::Inf::write);
    let endings: &[&str] = if target.cff { &["cff"] } else { &["cfg", "dat", "hdr", "inf"] };
    let paths: Vec<PathBuf> = endings.iter().map(|ending| target.path(ending)).collect();
    if !args.force {
        files::refuse_existing(&paths)?;
    }
    // The samples of a .cff come behind its configuration, which is known last.
    let dat_path = target.path(if target.cff { "cff.part" } else { "dat" });
    let mut dat = BufWriter::new(files::create(&dat_path, args.force)?);
    let made = make(form, &mut dat).map_err(Error::from).and_then(|made| {
        dat.flush().map_err(|error| Error::file(&dat_path, &error))?;
        Ok(made)
    });
    let (cfg, totals) = made.inspect_err(|_| files::remove(&dat_path))?;
    let text = cfg.write();
    let (hdr, inf) = (hdr.as_deref(), inf.as_deref());
    let written = if target.cff {
        let made = one_file(
            &target.path("cff"),
            &dat_path,
            &cfg,
            [&text, hdr.unwrap_or(b""), inf.unwrap_or(b"")],
            totals.bytes,
            args.force,
        );
        files::remove(&dat_path);
        made?;
        vec![target.path("cff")]
    } else {
        let mut written = vec![target.path("cfg"), dat_path];
        files::write(&written[0], &text, 0o644, args.force)?;
        for (ending, bytes) in [("hdr", hdr), ("inf", inf)] {
            if let Some(bytes) = bytes {
                files::write(&target.path(ending), bytes, 0o644, args.force)?;
                written.push(target.path(ending));
            }
        }
        written
    };
    tell(&written, &totals, out)
}

fn one_file(
    path: &Path,
    dat_path: &Path,
    cfg: &Cfg,
    [text, hdr, inf]: [&[u8]; 3],
    dat_bytes: u64,
    force: bool,
) -> Result<(), Error> {
    let mut dat = File::open(dat_path).map_err(|error| Error::file(dat_path, &error))?;
    let mut writer = BufWriter::new(files::create(path, force)?);
    let parts = CffParts { cfg: text, inf, hdr, data_type: cfg.data_type, dat_bytes };
    let done = write_cff(&mut writer, &parts, &mut dat).and_then(|()| writer.flush());
    done.map_err(|error| Error::file(path, &error))
}

fn form(cfg: &Cfg, args: &TargetArgs) -> Result<Form, Error> {
    fn parsed<T: std::str::FromStr<Err = aura_comtrade::Error>>(
        text: Option<&str>,
        own: T,
    ) -> Result<T, Error> {
        let parsed = text.map(str::parse).transpose();
        let said = |error: aura_comtrade::Error| {
            Error::Usage(Text::new(error.to_string(), error.to_string()))
        };
        Ok(parsed.map_err(said)?.unwrap_or(own))
    }
    let own = Form::of(cfg);
    let data_type = parsed(args.data.as_deref(), own.data_type)?;
    let revision = parsed(args.revision.as_deref(), own.revision)?;
    let encoding = parsed(args.encoding.as_deref(), own.encoding)?;
    let wide = data_type > aura_comtrade::DataType::Binary;
    if wide && revision != aura_comtrade::Revision::R2013 {
        return Err(Error::Usage(Text::new(
            format!("{} есть только в редакции 2013: --revision 2013", data_type.word()),
            format!("{} exists in revision 2013 only: --revision 2013", data_type.word()),
        )));
    }
    Ok(Form { revision, data_type, encoding })
}

fn tell(written: &[PathBuf], totals: &Totals, out: &mut Out) -> Result<(), Error> {
    let saturated: u64 = totals.saturated.iter().sum();
    if out.json() {
        let files: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
        let data = json!({ "files": files, "rows": totals.samples, "saturated": saturated });
        return out.data("comtrade-write", data);
    }
    for path in written {
        out.line(&path.display().to_string())?;
    }
    if saturated > 0 {
        let cut = out.say("значений не поместилось и обрезано", "values did not fit and were cut");
        out.talk(&format!("{cut}: {saturated}"));
    }
    Ok(())
}

fn check_all(paths: &[PathBuf], strict: bool, out: &mut Out) -> Result<(), Error> {
    let least = if strict { Level::Warning } else { Level::Error };
    let mut results = Vec::new();
    let mut bad = 0;
    for path in paths {
        // A path that is not there is the person's slip; what cannot be read is the file's fault.
        let findings = match Record::open(path).and_then(|record| check(&record)) {
            Ok(findings) => Ok(findings),
            Err(error) => match Error::from(error) {
                missing @ Error::NotFound(_) => return Err(missing),
                error => Err(error.text(out.lang())),
            },
        };
        let fails = match &findings {
            Ok(findings) => findings.iter().any(|finding| finding.level >= least),
            Err(_) => true,
        };
        bad += usize::from(fails);
        let shown = path.display().to_string();
        if out.json() {
            let error = findings.as_ref().err();
            let list: Vec<Value> =
                findings.as_ref().map_or(&[][..], Vec::as_slice).iter().map(finding).collect();
            results.push(json!({ "file": shown, "ok": !fails, "error": error, "findings": list }));
            continue;
        }
        match findings {
            Ok(findings) => {
                for one in &findings {
                    out.line(&format!("{shown}: {one}"))?;
                }
            }
            Err(error) => out.line(&format!("{shown}: {error}"))?,
        }
        let verdict = match fails {
            false => out.say("в порядке", "in order"),
            true => out.say("не в порядке", "not in order"),
        };
        out.line(&format!("{shown}: {verdict}"))?;
    }
    if out.json() {
        out.data("comtrade-check", json!(results))?;
    }
    if bad == 0 {
        return Ok(());
    }
    let of = paths.len();
    Err(Error::Check(Text::new(
        format!("не в порядке записей: {bad} из {of}"),
        format!("{bad} of {of} not in order"),
    )))
}

fn finding(one: &Finding) -> Value {
    json!({
        "level": one.level.to_string(),
        "file": one.place.file,
        "line": one.place.line,
        "field": one.place.field,
        "value": one.value,
        "allowed": one.allowed,
    })
}

fn info(paths: &[PathBuf], out: &mut Out) -> Result<(), Error> {
    let mut list = Vec::new();
    for (entry, path) in paths.iter().enumerate() {
        let record = Record::open(path)?;
        if out.json() {
            list.push(facts(path, &record)?);
            continue;
        }
        if entry > 0 {
            out.line("")?;
        }
        describe(path, &record, out)?;
    }
    if out.json() { out.data("comtrade-info", json!(list)) } else { Ok(()) }
}

/// Seconds from the first sample to the last.
fn length_s(record: &Record) -> Result<f64, Error> {
    let Some(last) = record.rows().checked_sub(1) else { return Ok(0.0) };
    let ns = record.time_ns(last)?.saturating_sub(record.time_ns(0)?);
    #[expect(clippy::cast_precision_loss, reason = "shown in seconds")]
    let ns = ns as f64;
    Ok(ns / 1e9)
}

fn rates(cfg: &Cfg) -> Vec<(f64, u64)> {
    match &cfg.sampling {
        Sampling::Table(rates) => rates.iter().map(|rate| (rate.hz, rate.end_sample)).collect(),
        Sampling::TimeColumn { .. } => Vec::new(),
    }
}

const fn encoding_word(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Utf8 => "utf8",
        Encoding::Cp1251 => "cp1251",
        Encoding::Cp866 => "cp866",
        Encoding::Latin1 => "latin1",
        Encoding::Gbk => "gbk",
    }
}

fn facts(path: &Path, record: &Record) -> Result<Value, Error> {
    let cfg = record.cfg();
    let analog: Vec<Value> = cfg
        .analog
        .iter()
        .map(|one| {
            json!({
                "n": one.index, "ch_id": one.id, "ph": one.phase, "ccbm": one.component,
                "uu": one.unit, "a": one.a, "b": one.b, "skew_us": one.skew_us,
                "min": one.min, "max": one.max, "primary": one.primary,
                "secondary": one.secondary, "ps": side(one.side),
            })
        })
        .collect();
    let discrete: Vec<Value> = cfg
        .discrete
        .iter()
        .map(|one| {
            json!({
                "n": one.index, "ch_id": one.id, "ph": one.phase, "ccbm": one.component,
                "y": u8::from(one.normal),
            })
        })
        .collect();
    let rates: Vec<Value> =
        rates(cfg).iter().map(|(hz, end)| json!({ "hz": hz, "end_sample": end })).collect();
    let findings: Vec<Value> = record.findings().iter().map(finding).collect();
    Ok(json!({
        "file": path.display().to_string(),
        "revision": cfg.revision.year(),
        "data_type": cfg.data_type.word(),
        "encoding": encoding_word(cfg.encoding),
        "station": cfg.station,
        "rec_dev_id": cfg.device,
        "line_frequency_hz": cfg.line_frequency_hz,
        "start": cfg.start.to_string(),
        "trigger": cfg.trigger.to_string(),
        "time_code_min": cfg.time_code,
        "local_code_min": cfg.local_code,
        "time_quality": cfg.time_quality,
        "rows": record.rows(),
        "duration_s": length_s(record)?,
        "rates": rates,
        "analog": analog,
        "discrete": discrete,
        "findings": findings,
    }))
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Primary => "P",
        Side::Secondary => "S",
    }
}

fn describe(path: &Path, record: &Record, out: &mut Out) -> Result<(), Error> {
    let (cfg, lang) = (record.cfg(), out.lang());
    let mut table = Table::new(&["", ""]);
    let mut fact = |ru: &str, en: &str, value: String| {
        let name = if lang == Lang::Ru { ru } else { en };
        table.row([name.to_owned(), value]);
    };
    fact("Файл", "File", path.display().to_string());
    let form =
        format!("{}, {}, {}", cfg.revision, cfg.data_type.word(), encoding_word(cfg.encoding));
    fact("Вид", "Form", form);
    fact("Объект", "Station", cfg.station.clone());
    fact("Прибор", "Device", cfg.device.clone());
    fact("Начало", "Start", cfg.start.to_string());
    fact("Пуск", "Trigger", cfg.trigger.to_string());
    let rates = match rates(cfg).as_slice() {
        [] => lang_of(lang, "по столбцу времени", "by the time column").to_owned(),
        list => {
            let shown: Vec<String> = list.iter().map(|(hz, _)| format!("{hz} Hz")).collect();
            shown.join(", ")
        }
    };
    let rows = lang_of(lang, "отсчётов", "samples");
    let length = format!("{:.6} s, {} {rows}, {rates}", length_s(record)?, record.rows());
    fact("Длительность", "Length", length);
    fact("Частота сети", "Line frequency", format!("{} Hz", cfg.line_frequency_hz));
    fact("Каналы", "Channels", format!("{} + {}", cfg.analog.len(), cfg.discrete.len()));
    out.table(&table)?;
    channels(cfg, out)?;
    for one in record.findings() {
        out.talk(&one.to_string());
    }
    Ok(())
}

const fn lang_of<'t>(lang: Lang, ru: &'t str, en: &'t str) -> &'t str {
    match lang {
        Lang::Ru => ru,
        Lang::En => en,
    }
}

fn channels(cfg: &Cfg, out: &mut Out) -> Result<(), Error> {
    let head = match out.lang() {
        Lang::Ru => [">№", "канал", "фаза", "цепь", "ед.", ">a", ">b", ">перв.", ">втор.", ""],
        Lang::En => [">n", "channel", "ph", "circuit", "unit", ">a", ">b", ">prim.", ">sec.", ""],
    };
    let mut analog = Table::new(&head);
    for one in &cfg.analog {
        analog.row([
            one.index.to_string(),
            one.id.clone(),
            one.phase.clone(),
            one.component.clone(),
            one.unit.clone(),
            one.a.to_string(),
            one.b.to_string(),
            one.primary.to_string(),
            one.secondary.to_string(),
            side(one.side).to_owned(),
        ]);
    }
    if !analog.is_empty() {
        out.line("")?;
        out.table(&analog)?;
    }
    let head = match out.lang() {
        Lang::Ru => [">№", "сигнал", "фаза", "цепь", ">норма"],
        Lang::En => [">n", "signal", "ph", "circuit", ">normal"],
    };
    let mut discrete = Table::new(&head);
    for one in &cfg.discrete {
        discrete.row([
            one.index.to_string(),
            one.id.clone(),
            one.phase.clone(),
            one.component.clone(),
            u8::from(one.normal).to_string(),
        ]);
    }
    if !discrete.is_empty() {
        out.line("")?;
        out.table(&discrete)?;
    }
    Ok(())
}
