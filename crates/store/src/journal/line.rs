//! One journal line: its fields, its escapes and its place in the hash chain. No files here.

use aura_model::{Civil, Code, Event, JournalEntry, Lang, Severity, Stamp, Sync, Tai, TimeQuality};
use sha2::{Digest, Sha256};
use std::fmt::{self, Write as _};

/// Longest line with its line end, bytes.
pub(crate) const LINE_BYTES: usize = 1_024;

/// Room of the actor, bytes; a subject with serial and fingerprint fits.
const ACTOR_BYTES: usize = 320;

/// Room of the sentence, bytes.
const TEXT_BYTES: usize = 340;

/// Between actor, sentence, arguments and hash. The bar cannot occur within a field.
const BAR: &str = " | ";

/// What stands where something was cut off.
const CUT: char = '…';

/// A link of the chain: the first 128 bits of SHA-256(previous link ‖ line without its hash).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link([u8; 16]);

impl Link {
    /// Before the first line of all.
    pub(crate) const ZERO: Self = Self([0; 16]);

    /// The link of a line that follows this one.
    pub(crate) fn then(self, body: &str) -> Self {
        let digest = Sha256::new().chain_update(self.0).chain_update(body).finalize();
        let mut link = [0; 16];
        link.copy_from_slice(&digest[..16]);
        Self(link)
    }

    /// From 32 lower-case hexadecimal digits.
    pub(crate) fn parse(hex: &str) -> Option<Self> {
        let digits = hex.as_bytes();
        let mut link = [0; 16];
        if digits.len() != 32 {
            return None;
        }
        for (byte, pair) in link.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(link))
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Value of a lower-case hexadecimal digit.
const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// The line with its link and line end, and the link.
pub(crate) fn seal(body: &str, before: Link) -> (String, Link) {
    let link = before.then(body);
    (format!("{body}{BAR}{link}\n"), link)
}

/// A line without its line end, taken apart into body and link.
pub(crate) fn unseal(line: &str) -> Option<(&str, Link)> {
    let (body, hex) = line.rsplit_once(BAR)?;
    Some((body, Link::parse(hex)?))
}

/// First line of a journal file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Number of the file, +1 each.
    pub(crate) number: u64,
    /// Number of the first line in it.
    pub(crate) first: u64,
    /// Link of the line before that.
    pub(crate) before: Link,
}

impl Header {
    /// The line without its link.
    pub(crate) fn body(self) -> String {
        let Self { number, first, before } = self;
        format!("#aura-journal 1 file={number} first={first} before={before}")
    }

    /// Reads what [`Self::body`] wrote.
    pub(crate) fn parse(body: &str) -> Option<Self> {
        let mut words = body.strip_prefix("#aura-journal 1 ")?.split(' ');
        let number = words.next()?.strip_prefix("file=")?.parse().ok()?;
        let first = words.next()?.strip_prefix("first=")?.parse().ok()?;
        let before = Link::parse(words.next()?.strip_prefix("before=")?)?;
        words.next().is_none().then_some(Self { number, first, before })
    }
}

/// The line of an event without its link; at most [`LINE_BYTES`] when sealed.
pub(crate) fn body(seq: u64, boot: &str, mono_ns: u64, event: &Event, lang: Lang) -> String {
    let mut out = String::with_capacity(256);
    let (level, code) = (event.code.severity().word(), event.code.number());
    let at = stamp_text(event.at);
    write!(out, "{seq} {boot} {mono_ns} {at} {level} {code} ").expect("a String takes all");
    push_cut(&mut out, &event.actor.to_string(), ACTOR_BYTES, "");
    out.push_str(BAR);
    push_cut(&mut out, &event.text(lang), TEXT_BYTES, "");
    out.push_str(BAR);
    let end = LINE_BYTES - BAR.len() - 32 - 1;
    for (n, (key, value)) in event.args.iter().enumerate() {
        let room = end.saturating_sub(out.len());
        if room < key.len() + 2 + 2 * CUT.len_utf8() {
            break;
        }
        if n > 0 {
            out.push(';');
        }
        out.push_str(key);
        out.push('=');
        let room = end - out.len();
        push_cut(&mut out, value, room, ";");
    }
    out
}

/// Reads what [`body`] wrote.
pub(crate) fn parse(body: &str) -> Option<JournalEntry> {
    let mut fields = body.splitn(4, BAR);
    let (head, text, args) = (fields.next()?, fields.next()?, fields.next()?);
    if fields.next().is_some() {
        return None;
    }
    let mut words = head.splitn(7, ' ');
    let entry = JournalEntry {
        seq: words.next()?.parse().ok()?,
        boot: words.next()?.to_owned(),
        mono_ns: words.next()?.parse().ok()?,
        at: parse_stamp(words.next()?)?,
        severity: severity(words.next()?)?,
        number: words.next()?.to_owned(),
        actor: unescape(words.next()?)?,
        text: unescape(text)?,
        args: parse_args(args)?,
    };
    Some(entry)
}

/// `key=value;key=value`.
fn parse_args(text: &str) -> Option<Vec<(String, String)>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split(';')
        .map(|pair| pair.split_once('=').and_then(|(k, v)| Some((k.to_owned(), unescape(v)?))))
        .collect()
}

/// The severity that a word of the line names.
fn severity(word: &str) -> Option<Severity> {
    [Severity::Info, Severity::Warning, Severity::Fault].into_iter().find(|s| s.word() == word)
}

/// Whether a lost-lines entry accounts for all numbers from `from` to its own.
pub(crate) fn accounts_for_loss(entry: &JournalEntry, from: u64) -> bool {
    let arg =
        |key: &str| entry.args.iter().find(|(k, _)| k == key).and_then(|(_, v)| v.parse().ok());
    entry.number == Code::LinesLost.number()
        && arg("from") == Some(from)
        && arg("to") == Some(entry.seq)
        && entry.seq >= from
}

/// Appends a text with its dangerous characters escaped, at most `room` bytes, a mark where it was
/// cut.
fn push_cut(out: &mut String, text: &str, room: usize, also: &str) {
    let start = out.len();
    let mut fits = start;
    for c in text.chars() {
        push_escaped(out, c, also);
        if out.len() - start > room {
            out.truncate(fits);
            out.push(CUT);
            return;
        }
        if out.len() - start + CUT.len_utf8() <= room {
            fits = out.len();
        }
    }
}

/// Appends one character so that it can neither end a line or field nor turn the reader's eye.
fn push_escaped(out: &mut String, c: char, also: &str) {
    let turns =
        matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}');
    match c {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '|' => out.push_str("\\u{7c}"),
        _ if c.is_control() || turns || also.contains(c) => {
            write!(out, "\\u{{{:x}}}", u32::from(c)).expect("a String takes all");
        }
        _ => out.push(c),
    }
}

/// Undoes [`push_escaped`].
fn unescape(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        let c = match chars.next()? {
            '\\' => '\\',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (hex, tail) = chars.as_str().strip_prefix('{')?.split_once('}')?;
                chars = tail.chars();
                char::from_u32(u32::from_str_radix(hex, 16).ok()?)?
            }
            _ => return None,
        };
        out.push(c);
        rest = chars.as_str();
    }
    out.push_str(rest);
    Some(out)
}

/// `2026-11-22T02:10:22.123456789Z±500ns/locked`; `±?` when the error is not known.
fn stamp_text(at: Stamp) -> String {
    let civil = at.tai.civil(0);
    let sync = match at.quality.sync {
        Sync::Locked => "locked",
        Sync::Holdover => "holdover",
        Sync::Free => "free",
    };
    let error = match at.quality.error_ns {
        u32::MAX => "?".to_owned(),
        ns => format!("{ns}ns"),
    };
    let Civil { year, month, day, hour, minute, second, nanosecond } = civil;
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.\
         {nanosecond:09}Z±{error}/{sync}"
    )
}

/// Reads what [`stamp_text`] wrote.
fn parse_stamp(text: &str) -> Option<Stamp> {
    let (utc, quality) = text.split_once("Z±")?;
    let (error, sync) = quality.split_once('/')?;
    let sync = match sync {
        "locked" => Sync::Locked,
        "holdover" => Sync::Holdover,
        "free" => Sync::Free,
        _ => return None,
    };
    let error_ns = match error {
        "?" => u32::MAX,
        _ => error.strip_suffix("ns")?.parse().ok()?,
    };
    let (date, time) = utc.split_once('T')?;
    let mut date = date.splitn(3, '-');
    let (time, fraction) = time.split_once('.')?;
    let mut time = time.splitn(3, ':');
    let civil = Civil {
        year: date.next()?.parse().ok()?,
        month: date.next()?.parse().ok()?,
        day: date.next()?.parse().ok()?,
        hour: time.next()?.parse().ok()?,
        minute: time.next()?.parse().ok()?,
        second: time.next()?.parse().ok()?,
        nanosecond: fraction.parse().ok()?,
    };
    let tai = Tai::from_unix_ns(civil.unix_ns());
    Some(Stamp { tai, quality: TimeQuality { sync, error_ns } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aura_model::Actor;
    use proptest::prelude::*;

    fn event(value: &str) -> Event {
        let at = Stamp {
            tai: Tai::from_unix_ns(1_795_313_422_123_456_789),
            quality: TimeQuality { sync: Sync::Locked, error_ns: 500 },
        };
        Event::new(at, Code::DroppedOut).arg("element", value)
    }

    #[test]
    fn a_line_reads_as_the_format_says() {
        let body = body(7, "a1b2", 42, &event("3I0>"), Lang::Ru);
        let expect = "7 a1b2 42 2026-11-22T02:10:22.123456789Z±500ns/locked INFO R102 recorder \
                      | Возврат: 3I0> | element=3I0>";
        assert_eq!(body, expect);
        let (line, link) = seal(&body, Link::ZERO);
        assert_eq!(unseal(line.trim_end()), Some((body.as_str(), link)));
        let entry = parse(&body).unwrap();
        assert_eq!((entry.seq, entry.mono_ns, entry.at), (7, 42, event("").at));
        assert_eq!(entry.text_in(Lang::En), "Dropout: 3I0>");
    }

    #[test]
    fn no_name_forges_a_line() {
        for name in ["a\nb", "a | b | c", "\u{85}\u{202e}\u{0}", "k=v;x=y", "\\n", "\\u{7c}", ""] {
            let person = Actor::Local { user: name.to_owned() };
            let body = body(1, "0000", 1, &event(name).by(person), Lang::Ru);
            assert_eq!(body.lines().count(), 1, "{body:?}");
            assert!(!body.chars().any(char::is_control), "{body:?}");
            let entry = parse(&body).unwrap();
            assert_eq!(entry.args, [("element".to_owned(), name.to_owned())], "{body:?}");
            assert_eq!(entry.actor, format!("local:{name}"));
        }
    }

    #[test]
    fn a_long_line_is_cut_with_a_mark() {
        let long = "ш|".repeat(2_000);
        let mut event = event(&long).by(Actor::Local { user: long.clone() });
        for _ in 0..40 {
            event = event.arg("more", long.clone());
        }
        let (line, _) = seal(&body(u64::MAX, "ffff", u64::MAX, &event, Lang::Ru), Link::ZERO);
        assert!(line.len() <= LINE_BYTES, "{} bytes", line.len());
        let (body, _) = unseal(line.trim_end()).unwrap();
        let entry = parse(body).unwrap();
        assert!(entry.text.ends_with('…') && entry.actor.ends_with('…'), "{entry:?}");
        assert!(entry.args[0].1.ends_with('…'), "{entry:?}");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(name in "\\PC{0,40}|[\\x00-\\x7f]{0,40}") {
            let body = body(1, "0000", 1, &event(&name), Lang::Ru);
            let entry = parse(&body).unwrap();
            prop_assert_eq!(&entry.args[0].1, &name);
            prop_assert_eq!(entry.text, format!("Возврат: {name}"));
        }

        #[test]
        fn no_bytes_panic(text in "\\PC{0,200}") {
            let _ = (parse(&text), unseal(&text), Header::parse(&text));
        }
    }
}
