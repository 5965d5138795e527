//! What the document's parts mean together: identifiers, references, lengths and combinations.

use crate::channels;
use crate::checked::{self, Checked, WebSettings, any_error};
use crate::document::{self as raw, Document};
use crate::path::{Located, Path, shown};
use crate::problem::{Code, Problem, Problems, Text};
use crate::source;
use crate::triggers;
use aura_model::Lang;
use aura_store::{Container, DataType, Format, Retention, Revision, TextEncoding};
use std::net::SocketAddr;

/// Retention when the document states none.
const DEFAULT_BYTES: u64 = 8 << 30;

/// Checks a document of the right shape.
pub(crate) fn check(
    document: Document,
    located: &Located<'_>,
    mut problems: Problems<'_>,
) -> Result<Checked, Vec<Problem>> {
    station(&document, &mut problems);
    let zone = zone(&document, &mut problems);
    let source = source::check(&document, located.file, &mut problems);
    let columns = channels::check(&document, &mut problems);
    triggers::check(&document, &mut problems);
    let format = format(&document, &mut problems);
    lengths(&document, &mut problems);
    let retention = retention(&document, &mut problems);
    forecast(&document, format, retention, &mut problems);
    let web = web(&document, &mut problems);
    let notes = problems.into_sorted();
    let (Some(source), Some(zone), Some(web)) = (source, zone, web) else { return Err(notes) };
    if any_error(&notes) {
        return Err(notes);
    }
    Ok(Checked {
        hash: checked::hash(&document),
        file: located.file.to_owned(),
        text: located.text.to_owned(),
        every_column: source::every_column(&document),
        document,
        source,
        analog_columns: columns.analog,
        discrete_columns: columns.discrete,
        format,
        retention,
        web,
        zone,
        notes,
    })
}

fn station(document: &Document, problems: &mut Problems<'_>) {
    let path = Path::of(&["station"]);
    field_text(&document.station.name, &path.key("name"), problems);
    field_text(&document.station.rec_dev_id, &path.key("rec_dev_id"), problems);
}

/// A text that becomes a field of a COMTRADE configuration: commas part the fields there.
pub(crate) fn field_text(text: &str, path: &Path, problems: &mut Problems<'_>) {
    if text.contains(',') {
        let message = Text::new(
            "запятая недопустима: она разделяет поля COMTRADE",
            "a comma is not allowed: it parts the fields of COMTRADE",
        );
        problems.add(Code::BadText, path, message);
    } else if text.trim() != text {
        let message = Text::new("лишние пробелы по краям", "spaces at the ends");
        problems.add(Code::BadText, path, message);
    }
}

fn zone(document: &Document, problems: &mut Problems<'_>) -> Option<jiff::tz::TimeZone> {
    let name = &document.station.timezone;
    let zone = jiff::tz::TimeZone::get(name).ok();
    if zone.is_none() {
        problems.add_allowed(
            Code::BadZone,
            &Path::of(&["station", "timezone"]),
            Text::new(
                format!("неизвестный часовой пояс \"{}\"", shown(name)),
                format!("unknown time zone \"{}\"", shown(name)),
            ),
            Text::new(
                "имя IANA: UTC Europe/Moscow Asia/Yekaterinburg",
                "an IANA name: UTC Europe/Moscow Asia/Yekaterinburg",
            ),
        );
    }
    zone
}

fn format(document: &Document, problems: &mut Problems<'_>) -> Format {
    let raw = document.recording.format;
    let path = Path::of(&["recording", "format"]);
    let format = Format {
        revision: match raw.revision {
            1991 => Revision::R1991,
            1999 => Revision::R1999,
            _ => Revision::R2013,
        },
        container: match raw.file {
            raw::Container::Cfgdat => Container::CfgDat,
            raw::Container::Cff => Container::Cff,
        },
        data: match raw.data {
            raw::DataType::Ascii => DataType::Ascii,
            raw::DataType::Binary => DataType::Binary,
            raw::DataType::Binary32 => DataType::Binary32,
            raw::DataType::Float32 => DataType::Float32,
        },
        encoding: match raw.encoding {
            raw::Encoding::Utf8 => TextEncoding::Utf8,
            raw::Encoding::Cp1251 => TextEncoding::Cp1251,
        },
    };
    let old = format.revision != Revision::R2013;
    if old && matches!(format.data, DataType::Binary32 | DataType::Float32) {
        let message = Text::new(
            format!("32-битные данные есть только в редакции 2013, а не {}", raw.revision),
            format!("32-bit data exist in revision 2013 only, not in {}", raw.revision),
        );
        let allowed = Text::new("ascii binary", "ascii binary");
        problems.add_allowed(Code::FormatMix, &path.key("data"), message, allowed);
    }
    if old && format.container == Container::Cff {
        let message = Text::new(
            format!("файл .cff есть только в редакции 2013, а не {}", raw.revision),
            format!("a .cff file exists in revision 2013 only, not in {}", raw.revision),
        );
        problems.add_allowed(
            Code::FormatMix,
            &path.key("file"),
            message,
            Text::new("cfgdat", "cfgdat"),
        );
    }
    if !old && format.encoding == TextEncoding::Cp1251 {
        let message = Text::new(
            "редакция 2013 предписывает UTF-8; CP1251 нужна только старым программам",
            "revision 2013 prescribes UTF-8; only old programs need CP1251",
        );
        problems.add(Code::Encoding, &path.key("encoding"), message);
    }
    format
}

fn lengths(document: &Document, problems: &mut Problems<'_>) {
    let recording = &document.recording;
    let least = recording.pre_ms + recording.post_ms;
    if least > recording.max_ms {
        let message = Text::new(
            format!("max_ms = {} меньше, чем pre_ms + post_ms = {least}", recording.max_ms),
            format!("max_ms = {} is less than pre_ms + post_ms = {least}", recording.max_ms),
        );
        let allowed = format!("{least}..600000");
        problems.add_allowed(
            Code::Lengths,
            &Path::of(&["recording", "max_ms"]),
            message,
            Text::new(allowed.clone(), allowed),
        );
    }
}

fn retention(document: &Document, problems: &mut Problems<'_>) -> Retention {
    let raw = document.retention;
    if raw.max_gib.is_some() && raw.max_mib.is_some() {
        let message = Text::new(
            "заданы и max_gib, и max_mib — нужно одно",
            "both max_gib and max_mib are given: one is needed",
        );
        problems.add(Code::SettingCount, &Path::of(&["retention", "max_mib"]), message);
    }
    let gib = raw.max_gib.map(|gib| u64::from(gib) << 30);
    let mib = raw.max_mib.map(|mib| u64::from(mib) << 20);
    Retention { max_bytes: gib.or(mib).unwrap_or(DEFAULT_BYTES), max_days: raw.max_days }
}

/// How large the longest record becomes and how many fit, where the document alone tells it.
fn forecast(
    document: &Document,
    format: Format,
    retention: Retention,
    problems: &mut Problems<'_>,
) {
    let Some(facts) = source::facts(document) else { return };
    let (analog, discrete) = match source::every_column(document) {
        true => (facts.analog, facts.discrete),
        false => (document.inputs.analog.len(), document.inputs.discrete.len()),
    };
    let row = match format.data {
        DataType::Binary => 8 + 2 * analog + 2 * discrete.div_ceil(16),
        DataType::Binary32 | DataType::Float32 => 8 + 4 * analog + 2 * discrete.div_ceil(16),
        // Sample number, time and five digits or so to a value.
        DataType::Ascii => 18 + 7 * analog + 2 * discrete,
    };
    let rows = facts.rate_hz * f64::from(document.recording.max_ms) / 1_000.0;
    #[expect(clippy::cast_precision_loss, reason = "a forecast in mebibytes")]
    let (longest, most) = (rows * row as f64, retention.max_bytes as f64);
    let (longest_mib, fit) = (longest / f64::from(1 << 20), (most / longest).floor());
    let path = Path::of(&["retention"]);
    if fit < 2.0 {
        let message = Text::new(
            format!("самая длинная запись займёт {longest_mib:.1} МиБ: двух не поместится"),
            format!("the longest record takes {longest_mib:.1} MiB: two of them do not fit"),
        );
        problems.add(Code::Retention, &path, message);
    } else {
        let message = Text::new(
            format!("самая длинная запись займёт {longest_mib:.1} МиБ, поместится {fit:.0}"),
            format!("the longest record takes {longest_mib:.1} MiB, {fit:.0} of them fit"),
        );
        problems.add(Code::Forecast, &path, message);
    }
}

fn web(document: &Document, problems: &mut Problems<'_>) -> Option<WebSettings> {
    let raw = &document.web;
    let path = Path::of(&["web"]);
    for (entry, name) in raw.names.iter().enumerate() {
        let host = !name.is_empty()
            && name.len() <= 253
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte));
        if !host {
            problems.add_allowed(
                Code::BadAddress,
                &path.key("names").entry(entry),
                Text::new("это не имя узла и не адрес", "neither a host name nor an address"),
                Text::new("rza-1.local 192.0.2.10", "rza-1.local 192.0.2.10"),
            );
        }
    }
    if let [first, second] = raw.languages.as_slice()
        && first == second
    {
        let message = Text::new("язык назван дважды", "the language is named twice");
        problems.add(Code::Duplicate, &path.key("languages").entry(1), message);
    }
    let languages: Vec<Lang> = raw.languages.iter().map(|one| checked::lang(*one)).collect();
    let Ok(listen) = raw.listen.parse::<SocketAddr>() else {
        problems.add_allowed(
            Code::BadAddress,
            &path.key("listen"),
            Text::new(
                format!("\"{}\" — не адрес с портом", shown(&raw.listen)),
                format!("\"{}\" is not an address with a port", shown(&raw.listen)),
            ),
            Text::new("0.0.0.0:443 192.0.2.10:443 [::]:443", "0.0.0.0:443 192.0.2.10:443 [::]:443"),
        );
        return None;
    };
    Some(WebSettings { listen, names: raw.names.clone(), languages, live_hz: raw.live_hz })
}
