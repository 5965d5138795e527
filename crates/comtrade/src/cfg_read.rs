//! Reading a `.cfg`: tolerant where a meaning is left, each tolerance a finding; nothing here
//! touches the data file.

use crate::Result;
use crate::cfg::{
    Analog, Cfg, DataType, Discrete, LeapSecond, Offset, Rate, Revision, Sampling, Side, TimeBase,
};
use crate::error::{Finding, Findings, Level};
use crate::limits::{CHANNELS_MAX, RATES_MAX, TEXT_BYTES_MAX};
use crate::stamp::Stamp;
use crate::text::Encoding;

impl Cfg {
    /// Reads a configuration; the file is called `cfg` in findings.
    ///
    /// # Errors
    /// When a field leaves no meaning; the error names line, field, value and what is allowed.
    pub fn parse(bytes: &[u8]) -> Result<(Self, Vec<Finding>)> {
        Self::parse_named("cfg", bytes)
    }

    /// Reads a configuration whose file has this name.
    ///
    /// # Errors
    /// As [`Cfg::parse`].
    pub fn parse_named(file: &str, bytes: &[u8]) -> Result<(Self, Vec<Finding>)> {
        let mut findings = Findings::new(file);
        if bytes.len() > TEXT_BYTES_MAX {
            let size = format!("{} bytes", bytes.len());
            return Err(findings.refuse(0, "size", &size, "at most 64 MiB"));
        }
        let encoding = Encoding::of(bytes);
        let (text, lossy) = encoding.decode(bytes);
        if lossy {
            let allowed = "text of one encoding; bytes without meaning became U+FFFD";
            findings.warn(0, "text", &encoding.to_string(), allowed);
        }
        let text = until_end_of_file(text.trim_start_matches('\u{feff}'), &mut findings);
        let mut reader = Reader { lines: text.split('\n'), line: 0, findings };
        let mut cfg = reader.head(encoding)?;
        reader.body(&mut cfg)?;
        reader.tail(&mut cfg);
        Ok((cfg, reader.findings.into_vec()))
    }
}

/// Cuts the text at the DOS end-of-file character, which some devices repeat as padding.
fn until_end_of_file<'a>(text: &'a str, findings: &mut Findings) -> &'a str {
    match text.split_once('\u{1a}') {
        Some((before, _)) => {
            findings.add(Level::Note, 0, "end of file", "0x1A", "nothing; the rest is not read");
            before
        }
        None => text,
    }
}

struct Reader<'a> {
    lines: std::str::Split<'a, char>,
    line: u64,
    findings: Findings,
}

/// The fields of one line, trimmed.
struct Fields<'a>(Vec<&'a str>);

impl<'a> Fields<'a> {
    fn get(&self, at: usize) -> &'a str {
        self.0.get(at).copied().unwrap_or("")
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let line = self.lines.next()?;
        self.line += 1;
        Some(line.trim_matches(is_blank))
    }

    fn line(&mut self, field: &str, allowed: &str) -> Result<&'a str> {
        match self.next() {
            Some(line) => Ok(line),
            None => Err(self.findings.refuse(self.line, field, "end of file", allowed)),
        }
    }

    fn fields(&mut self, field: &str, allowed: &str) -> Result<Fields<'a>> {
        let line = self.line(field, allowed)?;
        Ok(Fields(line.split(',').map(|f| f.trim_matches(is_blank)).collect()))
    }

    fn warn(&mut self, field: &str, value: &str, allowed: &str) {
        self.findings.warn(self.line, field, value, allowed);
    }

    fn refuse(&self, field: &str, value: &str, allowed: &str) -> crate::Error {
        self.findings.refuse(self.line, field, value, allowed)
    }

    fn head(&mut self, encoding: Encoding) -> Result<Cfg> {
        let first = self.fields("first line", "station_name,rec_dev_id,rev_year")?;
        if first.len() == 1 {
            self.warn("rec_dev_id", "missing", "a device; read as empty");
        }
        let revision = self.revision(&first);
        let (station, device) = (first.get(0).to_owned(), first.get(1).to_owned());
        Ok(Cfg { revision, encoding, station, device, ..Cfg::default() })
    }

    fn revision(&mut self, first: &Fields<'_>) -> Revision {
        if first.len() < 3 {
            return Revision::R1991;
        }
        if first.len() > 3 {
            self.warn("first line", &first.len().to_string(), "3 fields; the others are not read");
        }
        let (revision, known) = match first.get(2).parse::<u16>() {
            Ok(year @ 1992..=2012) => (Revision::R1999, matches!(year, 1999 | 2001)),
            Ok(year @ 2013..=2100) => (Revision::R2013, year == 2013),
            Ok(1991) => (Revision::R1991, true),
            _ => (Revision::R1991, false),
        };
        if !known {
            let allowed = format!("1991, 1999, 2001, 2013; read as {revision}");
            self.warn("rev_year", first.get(2), &allowed);
        }
        revision
    }

    fn body(&mut self, cfg: &mut Cfg) -> Result<()> {
        let (analog, discrete) = self.counts()?;
        for n in 1..=analog {
            let channel = self.analog(n)?;
            cfg.analog.push(channel);
        }
        for n in 1..=discrete {
            let channel = self.discrete(n)?;
            cfg.discrete.push(channel);
        }
        let frequency = self.line("lf", "line frequency in Hz")?;
        cfg.line_frequency_hz = self.number("lf", frequency, Some(0.0))?;
        cfg.sampling = self.sampling()?;
        let start = self.stamp("start stamp", cfg.revision)?;
        let trigger = self.stamp("trigger stamp", cfg.revision)?;
        (cfg.start, cfg.trigger) = (start.0, trigger.0);
        let nano = start.1.max(trigger.1) > 6;
        cfg.time_base = if nano { TimeBase::Nano } else { TimeBase::Micro };
        let word = self.line("ft", TYPES)?;
        let known = DataType::ALL.into_iter().find(|t| t.word().eq_ignore_ascii_case(word));
        cfg.data_type = known.ok_or_else(|| self.refuse("ft", word, TYPES))?;
        Ok(())
    }

    /// The counts line `TT,nnA,nnD`.
    fn counts(&mut self) -> Result<(usize, usize)> {
        let fields = self.fields("channel counts", "TT,nnA,nnD")?;
        let mut counts = [0; 2];
        for (at, (count, letter)) in counts.iter_mut().zip(['A', 'D']).enumerate() {
            let text = fields.get(at + 1);
            let digits = text.trim_end_matches([letter, letter.to_ascii_lowercase()]);
            *count = digits.trim_end_matches(is_blank).parse().unwrap_or(usize::MAX);
            if *count > CHANNELS_MAX {
                let allowed = format!("0..={CHANNELS_MAX} followed by {letter}");
                return Err(self.refuse("channel counts", text, &allowed));
            }
        }
        let [analog, discrete] = counts;
        if fields.get(0).parse() != Ok(analog + discrete) {
            let allowed = format!("{}, the sum of both kinds", analog + discrete);
            self.warn("total channels", fields.get(0), &allowed);
        }
        Ok((analog, discrete))
    }

    /// Ten fields as in 1991, or thirteen; judged by their number, since devices mix both.
    fn analog(&mut self, n: usize) -> Result<Analog> {
        let name = |field: &str| format!("analog {n}: {field}");
        let f = self.fields(&name("line"), "An,ch_id,ph,ccbm,uu,a,b,skew,min,max,…")?;
        if !matches!(f.len(), 10 | 13) {
            self.warn(&name("line"), &format!("{} fields", f.len()), "10 (1991) or 13 fields");
        }
        let mut number = |at, field: &str, default| self.number(&name(field), f.get(at), default);
        let channel = Analog {
            id: f.get(1).to_owned(),
            phase: f.get(2).to_owned(),
            component: f.get(3).to_owned(),
            unit: f.get(4).to_owned(),
            a: number(5, "a", None)?,
            b: number(6, "b", Some(0.0))?,
            skew_us: number(7, "skew", Some(0.0))?,
            min: number(8, "min", Some(-32_767.0))?,
            max: number(9, "max", Some(32_767.0))?,
            primary: number(10, "primary", Some(1.0))?,
            secondary: number(11, "secondary", Some(1.0))?,
            side: Side::Primary,
            index: 0,
        };
        let side = match f.get(12) {
            "S" | "s" => Side::Secondary,
            "P" | "p" | "" => Side::Primary,
            other => {
                self.warn(&name("PS"), other, "P, S; read as P");
                Side::Primary
            }
        };
        Ok(Analog { side, index: self.index(&name("An"), f.get(0), n), ..channel })
    }

    /// Three fields as in 1991, or five; four are met and read by what the last one is.
    fn discrete(&mut self, n: usize) -> Result<Discrete> {
        let name = |field: &str| format!("discrete {n}: {field}");
        let f = self.fields(&name("line"), "Dn,ch_id,ph,ccbm,y")?;
        let state_at = match f.len() {
            3 => 2,
            4 if matches!(f.get(3), "0" | "1") => 3,
            _ => 4,
        };
        if !matches!(f.len(), 3 | 5) {
            self.warn(&name("line"), &format!("{} fields", f.len()), "3 (1991) or 5 fields");
        }
        let before_state =
            |at: usize| if at < state_at { f.get(at).to_owned() } else { String::new() };
        let normal = match f.get(state_at) {
            "1" => true,
            "0" | "" => false,
            other => {
                self.warn(&name("y"), other, "0, 1; read as 0");
                false
            }
        };
        let (id, phase, component) = (f.get(1).to_owned(), before_state(2), before_state(3));
        Ok(Discrete { index: self.index(&name("Dn"), f.get(0), n), id, phase, component, normal })
    }

    fn index(&mut self, field: &str, text: &str, n: usize) -> u32 {
        text.parse().unwrap_or_else(|_| {
            self.warn(field, text, "a channel number; read as its position");
            u32::try_from(n).unwrap_or(u32::MAX)
        })
    }

    /// A finite number; blank gives the default, if there is one.
    fn number(&mut self, field: &str, text: &str, default: Option<f64>) -> Result<f64> {
        match (text.parse::<f64>(), default) {
            (Ok(number), _) if number.is_finite() => Ok(number),
            (_, Some(default)) if text.is_empty() => Ok(default),
            _ => Err(self.refuse(field, text, "a finite decimal number")),
        }
    }

    fn sampling(&mut self) -> Result<Sampling> {
        let text = self.line("nrates", "number of sampling rates")?;
        let count = text.parse::<usize>().ok().filter(|n| *n <= RATES_MAX);
        let Some(count) = count else {
            return Err(self.refuse("nrates", text, "0..=999"));
        };
        let mut rates = Vec::new();
        // A file with nrates 0 still has one line, with rate 0 and the number of samples.
        for n in 1..=count.max(1) {
            rates.push(self.rate(n)?);
        }
        let end_sample = rates.iter().map(|r| r.end_sample).max().unwrap_or(0);
        if count == 0 {
            return Ok(Sampling::TimeColumn { end_sample });
        }
        if rates.iter().any(|r| r.hz <= 0.0) {
            self.warn("samp", "0", "above 0; the time column is used as with nrates 0");
            return Ok(Sampling::TimeColumn { end_sample });
        }
        if !rates.is_sorted_by_key(|r| r.end_sample) {
            self.warn("endsamp", "falling", "rising from segment to segment");
            // A segment that ends before its predecessor holds no samples.
            let mut last = 0;
            for rate in &mut rates {
                last = rate.end_sample.max(last);
                rate.end_sample = last;
            }
        }
        Ok(Sampling::Table(rates))
    }

    fn rate(&mut self, n: usize) -> Result<Rate> {
        let field = format!("rate {n}");
        let fields = self.fields(&field, "samp,endsamp")?;
        let hz = self.number(&format!("{field}: samp"), fields.get(0), None)?;
        let text = fields.get(1);
        let end_sample = text.parse::<u64>().or_else(|_| {
            // "2001.0" and "1e4" are met.
            let number = text.parse::<f64>().unwrap_or(-1.0);
            let whole = number.fract() == 0.0 && (0.0..1e15).contains(&number);
            let refusal = self.refuse(&format!("{field}: endsamp"), text, "a whole number");
            if whole { Ok(whole_number(number)) } else { Err(refusal) }
        })?;
        Ok(Rate { hz, end_sample })
    }

    /// A stamp line with the number of digits of its seconds' fraction.
    fn stamp(&mut self, field: &str, revision: Revision) -> Result<(Stamp, usize)> {
        let fields = self.fields(field, DATES)?;
        let (mut stamp, mut digits) = (Stamp::default(), 0);
        match date(fields.get(0), revision) {
            Some((date, None)) => stamp = date,
            Some((date, Some(tolerance))) => {
                self.warn(field, fields.get(0), tolerance);
                stamp = date;
            }
            None => self.warn(field, fields.get(0), DATES),
        }
        match time_of_day(fields.get(1)) {
            Some((clock, n)) => {
                stamp = Stamp { year: stamp.year, month: stamp.month, day: stamp.day, ..clock };
                digits = n;
            }
            None => self.warn(field, fields.get(1), "hh:mm:ss.ssssss; read as 0"),
        }
        if stamp.unix_ns().is_none() {
            self.warn(field, &stamp.to_string(), "a date of the calendar");
        }
        Ok((stamp, digits))
    }

    /// Lines that only later revisions have; a file that ends early is read with defaults.
    fn tail(&mut self, cfg: &mut Cfg) {
        match self.next() {
            None | Some("") => {
                if cfg.revision > Revision::R1991 {
                    self.warn("timemult", "missing", "a number above 0; read as 1");
                }
            }
            Some(text) => match text.parse::<f64>() {
                Ok(m) if m.is_finite() && m > 0.0 => cfg.time_multiplier = m,
                _ => self.warn("timemult", text, "a number above 0; read as 1"),
            },
        }
        if cfg.revision < Revision::R2013 {
            return;
        }
        if let Some(line) = self.next().filter(|l| !l.is_empty()) {
            let (time, local) = line.split_once(',').unwrap_or((line, ""));
            cfg.time_code = self.offset("time_code", time);
            cfg.local_code = self.offset("local_code", local);
        } else {
            self.warn("time_code", "missing", "an offset from UTC; read as 0");
        }
        if let Some(line) = self.next().filter(|l| !l.is_empty()) {
            self.time_quality(cfg, line);
        } else {
            self.warn("tmq_code", "missing", "0..F; read as 0");
        }
    }

    /// `-5h30`, `+9`, `0`, `x`; the meaningless `+1h` is met and read as `+1`.
    fn offset(&mut self, field: &str, text: &str) -> Offset {
        let text = text.trim_matches(is_blank);
        if text.eq_ignore_ascii_case("x") {
            return None;
        }
        let (hours, minutes) = text.split_once(['h', 'H']).unwrap_or((text, "0"));
        let minutes = if minutes.is_empty() { "0" } else { minutes };
        let value = match (hours.parse::<i16>(), minutes.parse::<i16>()) {
            (Ok(h @ -24..=24), Ok(m @ 0..=59)) => {
                Some(if hours.starts_with('-') { h * 60 - m } else { h * 60 + m })
            }
            _ => None,
        };
        if value.is_none() || text.ends_with(['h', 'H']) {
            self.warn(field, text, "hours from UTC like -4, +5h30, or x");
        }
        value
    }

    fn time_quality(&mut self, cfg: &mut Cfg, line: &str) {
        let (quality, leap) = line.split_once(',').unwrap_or((line, ""));
        let (quality, leap) = (quality.trim_matches(is_blank), leap.trim_matches(is_blank));
        match u8::from_str_radix(quality, 16) {
            Ok(code @ 0..=15) => cfg.time_quality = code,
            _ => {
                self.warn("tmq_code", quality, "0..F; read as F, an unreliable clock");
                cfg.time_quality = 15;
            }
        }
        cfg.leap_second = match leap {
            "0" => LeapSecond::None,
            "1" => LeapSecond::Added,
            "2" => LeapSecond::Removed,
            "3" => LeapSecond::Unknown,
            other => {
                self.warn("leapsec", other, "0..3; read as 3");
                LeapSecond::Unknown
            }
        };
    }
}

const TYPES: &str = "ASCII, BINARY, BINARY32, FLOAT32";
const DATES: &str = "dd/mm/yyyy (1991: mm/dd/yy)";

/// Blanks of ASCII only: in CP1251 read for GBK, U+00A0 may be half of a letter.
pub(crate) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn whole_number(number: f64) -> u64 {
    // The caller has bounded it: the cast is exact.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = number as u64;
    whole
}

type Tolerance = Option<&'static str>;

/// A date in the order of the revision, or in another one that only the numbers betray.
fn date(text: &str, revision: Revision) -> Option<(Stamp, Tolerance)> {
    let parts: Vec<&str> = text.split(['/', '-', '.']).map(|p| p.trim_matches(is_blank)).collect();
    let [first, second, third] = parts[..] else { return None };
    if first.len() == 4 {
        let (year, month, day) = (first.parse().ok()?, second.parse().ok()?, third.parse().ok()?);
        return Some((Stamp { year, month, day, ..Stamp::default() }, Some(DATES)));
    }
    let (first, second) = (first.parse::<u8>().ok()?, second.parse::<u8>().ok()?);
    let year = match (third.parse::<u16>().ok()?, third.len()) {
        (year @ 70..=99, 2) => year + 1900,
        (year, 2) => year + 2000,
        (year, _) => year,
    };
    let (day, month) = if revision == Revision::R1991 { (second, first) } else { (first, second) };
    let swapped = (13..=31).contains(&month) && (1..=12).contains(&day);
    let (day, month) = if swapped { (month, day) } else { (day, month) };
    let tolerance = swapped.then_some("dd/mm/yyyy (1991: mm/dd/yy); read in the other order");
    Some((Stamp { year, month, day, ..Stamp::default() }, tolerance))
}

/// `hh:mm:ss.sss…` with the number of digits of the fraction; digits after the ninth are cut.
fn time_of_day(text: &str) -> Option<(Stamp, usize)> {
    let mut parts = text.splitn(3, ':').map(|p| p.trim_matches(is_blank));
    let (hour, minute) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let (second, fraction) =
        parts.next()?.split_once('.').unwrap_or((text.rsplit(':').next()?, ""));
    let second = second.trim_matches(is_blank).parse().ok()?;
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nanosecond = fraction
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(9)
        .fold(0, |ns, digit| ns * 10 + u32::from(digit - b'0'));
    Some((Stamp { hour, minute, second, nanosecond, ..Stamp::default() }, fraction.len()))
}
