//! File names after IEEE C37.232: comma-separated fields, Latin letters only.

use aura_model::{RecordHead, RecordId};

/// Longest field of a name, bytes; six fields of it stay below what file systems and archives take.
const FIELD_BYTES: usize = 32;

/// Whose recorder it is, as the name's last field says.
const COMPANY: &str = "AURA";

/// Base name of a record's files: `yymmdd,hhmmssmmm,TZ,station,device,company`, local time of the
/// first row.
pub(crate) fn base_name(head: &RecordHead) -> String {
    let at = head.start.tai.civil(head.utc_offset_s);
    format!(
        "{:02}{:02}{:02},{:02}{:02}{:02}{:03},{},{},{},{COMPANY}",
        at.year.rem_euclid(100),
        at.month,
        at.day,
        at.hour,
        at.minute,
        at.second,
        at.nanosecond / 1_000_000,
        time_code(head.utc_offset_s),
        field(&head.station.name),
        field(&head.station.rec_dev_id),
    )
}

/// Folder of a closed record. The number stands first: names repeat when the clock steps back.
pub(crate) fn folder_name(id: RecordId, base: &str) -> String {
    format!("{:08}-{base}", id.0)
}

/// Folder of an open record.
pub(crate) fn part_name(id: RecordId) -> String {
    format!("{:08}.part", id.0)
}

/// Number in a folder's name, and whether the record is open.
pub(crate) fn parse_folder(name: &str) -> Option<(RecordId, bool)> {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = name.split_at(digits);
    let id = RecordId(number.parse().ok().filter(|_| digits >= 8)?);
    match rest {
        ".part" => Some((id, true)),
        _ => rest.starts_with('-').then_some((id, false)),
    }
}

/// Offset from UTC: `+3t`, `+5h30t`.
fn time_code(utc_offset_s: i32) -> String {
    let minutes = utc_offset_s / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    match (minutes.abs() / 60, minutes.abs() % 60) {
        (hours, 0) => format!("{sign}{hours}t"),
        (hours, rest) => format!("{sign}{hours}h{rest:02}t"),
    }
}

/// A field of the name: Latin letters, digits, `-` and `_`; Cyrillic is transliterated.
fn field(text: &str) -> String {
    let mut out = String::new();
    for c in text.trim().chars() {
        let before = out.len();
        match latin(c) {
            Some(letters) if c.is_uppercase() => {
                let mut chars = letters.chars();
                out.extend(chars.next().map(|first| first.to_ascii_uppercase()));
                out.push_str(chars.as_str());
            }
            Some(letters) => out.push_str(letters),
            None if c.is_ascii_alphanumeric() || c == '-' => out.push(c),
            // One line between words, none where quotes and brackets stood.
            None => {
                let parts = c.is_whitespace() || matches!(c, '_' | '.' | '/' | ',');
                if parts && !out.is_empty() && !out.ends_with('_') {
                    out.push('_');
                }
            }
        }
        if out.len() > FIELD_BYTES {
            out.truncate(before);
            break;
        }
    }
    let name = out.trim_end_matches('_');
    if name.is_empty() { "X".to_owned() } else { name.to_owned() }
}

/// Latin letters of a Cyrillic one, after the table that passports use.
fn latin(c: char) -> Option<&'static str> {
    const TABLE: [&str; 32] = [
        "a", "b", "v", "g", "d", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o", "p", "r", "s",
        "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "ie", "y", "", "e", "iu", "ia",
    ];
    let lower = c.to_lowercase().next()?;
    match lower {
        'ё' => Some("e"),
        'а'..='я' => TABLE.get(usize::try_from(u32::from(lower) - 0x430).ok()?).copied(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_latin_and_have_no_comma() {
        let check = |text: &str, expect: &str| assert_eq!(field(text), expect, "{text}");
        check("ПС 110 кВ «Северная»", "PS_110_kV_Severnaia");
        check("Щёлково, яч. 5/6", "Shchelkovo_iach_5_6");
        check("", "X");
        check("../../etc", "etc");
        check("变电站", "X");
        check(&"Объект".repeat(9), "ObieektObieektObieektObieektObie");
    }

    #[test]
    fn offsets_and_folders() {
        for (seconds, text) in
            [(10_800, "+3t"), (0, "+0t"), (-12_600, "-3h30t"), (20_700, "+5h45t")]
        {
            assert_eq!(time_code(seconds), text);
        }
        let check = |name: &str, expect: Option<(u64, bool)>| {
            assert_eq!(parse_folder(name), expect.map(|(id, open)| (RecordId(id), open)), "{name}");
        };
        check(&part_name(RecordId(7)), Some((7, true)));
        check(&folder_name(RecordId(123_456_789), "a,b"), Some((123_456_789, false)));
        check("0000007.part", None);
        check("00000007.partial", None);
        check("99999999999999999999-x", None);
        check("lost+found", None);
    }
}
