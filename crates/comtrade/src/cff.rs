//! The single-file form (`.cff`): finding its sections, and putting them together; what the
//! sections mean is not known here.

use std::io::{self, Read, Write};
use std::ops::Range;

use crate::Result;
use crate::cfg::DataType;
use crate::error::{Finding, Findings, Level};
use crate::limits::TEXT_BYTES_MAX;

/// Where the sections of a `.cff` lie.
#[derive(Debug)]
pub(crate) struct Sections {
    pub(crate) cfg: Range<usize>,
    pub(crate) inf: Option<Range<usize>>,
    pub(crate) hdr: Option<Range<usize>>,
    pub(crate) dat: Range<usize>,
    /// Type that the separator of the data names.
    pub(crate) data_type: Option<DataType>,
    /// Length that the separator of the data names.
    pub(crate) dat_bytes: Option<u64>,
    pub(crate) findings: Vec<Finding>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Cfg,
    Inf,
    Hdr,
    Dat,
}

/// A separator line, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Separator {
    kind: Kind,
    data_type: Option<DataType>,
    bytes: Option<u64>,
    /// Written otherwise than the standard wants.
    odd: bool,
}

/// Finds the sections. The data is not looked at; in ASCII it reaches to the end of the file.
pub(crate) fn split(name: &str, bytes: &[u8]) -> Result<Sections> {
    let mut findings = Findings::new(name);
    let (mut cfg, mut inf, mut hdr) = (None, None, None);
    let mut open: Option<(Kind, usize)> = None;
    let (mut at, mut line) = (0, 0);
    while at < bytes.len() && at <= TEXT_BYTES_MAX {
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n + 1);
        line += 1;
        if let Some(separator) = separator(&bytes[at..end]) {
            let shown = String::from_utf8_lossy(&bytes[at..end]);
            if separator.odd {
                findings.warn(line, "separator", shown.trim(), SEPARATORS);
            }
            if let Some((kind, start)) = open {
                let slot = match kind {
                    Kind::Cfg => &mut cfg,
                    Kind::Inf => &mut inf,
                    Kind::Hdr | Kind::Dat => &mut hdr,
                };
                if slot.replace(start..at).is_some() {
                    findings.warn(line, "section", "repeated", "each section once");
                }
            }
            open = Some((separator.kind, end));
            if separator.kind == Kind::Dat {
                let Some(cfg) = cfg else {
                    return Err(findings.refuse(line, "section", "DAT", "a CFG section before it"));
                };
                let dat = data_range(&separator, end, bytes.len(), line, &mut findings);
                let (data_type, dat_bytes) = (separator.data_type, separator.bytes);
                let findings = findings.into_vec();
                return Ok(Sections { cfg, inf, hdr, dat, data_type, dat_bytes, findings });
            }
        }
        at = end;
    }
    Err(findings.refuse(line, "section", "end of file", "a DAT section"))
}

const SEPARATORS: &str =
    "--- file type: CFG ---, … INF, … HDR, … DAT ASCII, … DAT BINARY: <bytes> ---";

fn data_range(
    separator: &Separator,
    start: usize,
    end: usize,
    line: u64,
    findings: &mut Findings,
) -> Range<usize> {
    let present = end - start;
    let Some(announced) = separator.bytes else { return start..end };
    match usize::try_from(announced).unwrap_or(usize::MAX) {
        n if n > present => {
            let allowed = format!("{present}, the bytes that follow");
            findings.add(Level::Error, line, "data bytes", &announced.to_string(), &allowed);
            start..end
        }
        n => {
            if n < present {
                let allowed = format!("nothing after the {n} bytes announced; not read");
                let value = format!("{} bytes more", present - n);
                findings.add(Level::Note, line, "data bytes", &value, &allowed);
            }
            start..start + n
        }
    }
}

/// Takes a separator line apart; the missing colon and the missing dash are met in real files.
fn separator(line: &[u8]) -> Option<Separator> {
    let line = line.trim_ascii();
    let inner = line.strip_prefix(b"--")?;
    let text = std::str::from_utf8(inner).ok().filter(|t| t.len() < 100)?.to_ascii_lowercase();
    let text = text.trim_matches('-').trim();
    let rest = text.strip_prefix("file type")?;
    let colon = rest.starts_with(':');
    let rest = rest.trim_start_matches(':').replace(':', " : ");
    let mut words = rest.split_ascii_whitespace();
    let kind = match words.next()? {
        "cfg" => Kind::Cfg,
        "inf" => Kind::Inf,
        "hdr" => Kind::Hdr,
        "dat" => Kind::Dat,
        _ => return None,
    };
    let word = words.next();
    let data_type = word
        .and_then(|word| DataType::ALL.into_iter().find(|t| t.word().eq_ignore_ascii_case(word)));
    let bytes = words.find_map(|w| w.parse().ok());
    let odd = !colon
        || !line.starts_with(b"---")
        || (kind == Kind::Dat && data_type.is_none())
        || (kind == Kind::Dat && data_type != Some(DataType::Ascii) && bytes.is_none());
    // The length is meaningless for text, whose line ends a transfer may change.
    let bytes = bytes.filter(|_| data_type != Some(DataType::Ascii));
    Some(Separator { kind, data_type, bytes, odd })
}

/// The parts of a `.cff` to be written.
#[derive(Clone, Copy, Debug)]
pub struct CffParts<'a> {
    /// The `.cfg`, as [`crate::Cfg::write`] gives it.
    pub cfg: &'a [u8],
    /// The `.inf`, empty when there is none.
    pub inf: &'a [u8],
    /// The `.hdr`, empty when there is none.
    pub hdr: &'a [u8],
    /// Type of the data.
    pub data_type: DataType,
    /// Bytes of the data.
    pub dat_bytes: u64,
}

impl CffParts<'_> {
    /// All that stands before the data, so that a `.cff` can also be sent without being stored.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, text) in [("CFG", self.cfg), ("INF", self.inf), ("HDR", self.hdr)] {
            out.extend_from_slice(format!("--- file type: {name} ---\r\n").as_bytes());
            out.extend_from_slice(text);
            if !text.is_empty() && !text.ends_with(b"\n") {
                out.extend_from_slice(b"\r\n");
            }
        }
        let line = match self.data_type {
            DataType::Ascii => "--- file type: DAT ASCII ---\r\n".to_owned(),
            data_type => format!("--- file type: DAT {data_type}: {} ---\r\n", self.dat_bytes),
        };
        out.extend_from_slice(line.as_bytes());
        out
    }
}

/// Writes a `.cff`; the data is copied through, never held.
///
/// # Errors
/// When a side of the copy fails, or the data has another length than announced.
pub fn write_cff(
    out: &mut impl Write,
    parts: &CffParts<'_>,
    dat: &mut impl Read,
) -> io::Result<()> {
    out.write_all(&parts.head())?;
    let copied = io::copy(&mut dat.take(parts.dat_bytes), out)?;
    if copied != parts.dat_bytes {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the data ended early"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: Option<(Kind, Option<DataType>, Option<u64>, bool)>) {
        let found = separator(line.as_bytes()).map(|s| (s.kind, s.data_type, s.bytes, s.odd));
        assert_eq!(found, expect, "{line}");
    }

    #[test]
    fn separators_are_taken_apart() {
        use DataType::{Ascii, Binary, Float32};
        check("--- file type: CFG ---\r\n", Some((Kind::Cfg, None, None, false)));
        check("--- file type: DAT ASCII ---", Some((Kind::Dat, Some(Ascii), None, false)));
        check("--- FILE TYPE: DAT ASCII: 77 ---", Some((Kind::Dat, Some(Ascii), None, false)));
        check(
            "--- file type: DAT BINARY: 40020 ---",
            Some((Kind::Dat, Some(Binary), Some(40_020), false)),
        );
        check(
            "--- file type: dat float32 :12---",
            Some((Kind::Dat, Some(Float32), Some(12), false)),
        );
        check("--- file type  CFG ---", Some((Kind::Cfg, None, None, true)));
        check("-- file type  DAT ---", Some((Kind::Dat, None, None, true)));
        check("--- file type: XYZ ---", None);
        check("1,channel,--- file type: DAT", None);
    }
}
