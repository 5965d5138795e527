//! Opening a record: its parts by name, or the sections of a `.cff`; no data is touched.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::cfg::Cfg;
use crate::error::{Error, Finding};
use crate::files::{Bytes, file_name, has_extension, read_text, sibling};
use crate::text::Text;
use crate::{Inf, Record, Result, cff};

impl Record {
    /// Opens a record by the path of its `.cfg`, `.dat` or `.cff`, or by the path without
    /// extension; the other parts are found without regard to case. The data is not touched.
    ///
    /// # Errors
    /// When a part is missing or unreadable, or the `.cfg` leaves no meaning.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let part = |extension| sibling(path, extension);
        let wants_cff = has_extension(path, "cff");
        let cfg_path = if wants_cff { None } else { part("cfg") };
        let Some(cfg_path) = cfg_path else {
            let Some(cff) = part("cff") else { return Err(missing(path, ".cfg")) };
            return Self::from_cff(&file_name(&cff), &Bytes::map(&cff)?);
        };
        let dat_path = part("dat").ok_or_else(|| missing(path, ".dat"))?;
        let text = |path: Option<PathBuf>| path.as_deref().map(read_text).transpose();
        let (cfg, findings) = read_cfg(&cfg_path)?;
        let mut record = Self::new(cfg, findings, Bytes::map(&dat_path)?);
        record.cfg_name = file_name(&cfg_path);
        record.dat_name = file_name(&dat_path);
        record.hdr = text(part("hdr"))?.map(Text::new);
        record.inf = text(part("inf"))?.map(Inf::parse);
        Ok(record)
    }

    /// Reads only the configuration, of a `.cfg` or out of a `.cff`; no data need exist.
    ///
    /// # Errors
    /// When the file is unreadable, or the configuration leaves no meaning.
    pub fn open_cfg(path: impl AsRef<Path>) -> Result<(Cfg, Vec<Finding>)> {
        let path = path.as_ref();
        let cfg_path = if has_extension(path, "cff") { None } else { sibling(path, "cfg") };
        if let Some(cfg_path) = cfg_path {
            return read_cfg(&cfg_path);
        }
        let cff = sibling(path, "cff").ok_or_else(|| missing(path, ".cfg"))?;
        let record = Self::from_cff(&file_name(&cff), &Bytes::map(&cff)?)?;
        Ok((record.cfg, record.findings))
    }

    /// A record from the bytes of its two main parts.
    ///
    /// # Errors
    /// When the configuration leaves no meaning.
    pub fn from_bytes(cfg: &[u8], dat: Vec<u8>) -> Result<Self> {
        let (cfg, findings) = Cfg::parse(cfg)?;
        Ok(Self::new(cfg, findings, Bytes::owned(dat)))
    }

    /// A record from the bytes of a `.cff`.
    ///
    /// # Errors
    /// When a section is missing, or the configuration leaves no meaning.
    pub fn from_cff_bytes(bytes: Vec<u8>) -> Result<Self> {
        Self::from_cff("cff", &Bytes::owned(bytes))
    }

    fn from_cff(name: &str, bytes: &Bytes) -> Result<Self> {
        let sections = cff::split(name, bytes.as_slice())?;
        let part = |range: &Range<usize>| bytes.part(range.start, range.end);
        let cfg_name = format!("{name}[CFG]");
        let (mut cfg, cfg_findings) = Cfg::parse_named(&cfg_name, part(&sections.cfg).as_slice())?;
        let mut findings = sections.findings;
        findings.extend(cfg_findings);
        if let Some(data_type) = sections.data_type {
            cfg.data_type = data_type;
        }
        let text = |range: &Option<Range<usize>>| {
            let bytes = part(range.as_ref()?).as_slice().to_vec();
            (!bytes.trim_ascii().is_empty()).then_some(bytes)
        };
        let mut record = Self::new(cfg, findings, part(&sections.dat));
        record.cfg_name = cfg_name;
        record.dat_name = format!("{name}[DAT]");
        record.announced_bytes = sections.dat_bytes;
        record.hdr = text(&sections.hdr).map(Text::new);
        record.inf = text(&sections.inf).map(Inf::parse);
        Ok(record)
    }
}

fn missing(path: &Path, part: &'static str) -> Error {
    Error::MissingPart { file: path.display().to_string(), part }
}

fn read_cfg(path: &Path) -> Result<(Cfg, Vec<Finding>)> {
    Cfg::parse_named(&file_name(path), &read_text(path)?)
}
