//! Making a record whole: final files, digests, and the rename that shows it.

use super::texts::{self, Facts};
use super::{CLOSED, OPEN_CFG, OPEN_DAT, SUMS, describe, name};
use crate::format::{self, Closed};
use crate::storage::{Storage, StoredFile, write_file};
use crate::{Container, DataType, Error, Format};
use aura_comtrade::{self as comtrade, CffParts, Cfg, Form, Record, Sampling, write_cff};
use aura_model::{
    CloseReason, FileKind, PickupInfo, Quality, RecordFile, RecordHead, RecordId, RecordInfo,
    RecordState,
};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Text between the converted data and its way into a `.cff`.
const ASCII_DAT: &str = "ascii.dat";

/// A record whose rows are all on the disk.
pub(crate) struct Finish<'a> {
    pub(crate) disk: &'a dyn Storage,
    /// Folder of all records.
    pub(crate) records: &'a Path,
    pub(crate) id: RecordId,
    pub(crate) head: &'a RecordHead,
    pub(crate) format: Format,
    pub(crate) rows: u64,
    /// SHA-256 of `record.dat`.
    pub(crate) dat_sum: String,
    pub(crate) saturated: &'a [u64],
    pub(crate) pickups: Vec<PickupInfo>,
    pub(crate) reason: Option<CloseReason>,
    pub(crate) state: RecordState,
    pub(crate) quality: Quality,
    pub(crate) journal: Option<&'a (u64, String)>,
    pub(crate) software: &'a str,
}

impl Finish<'_> {
    /// Writes what is missing and shows the record under its name; its folder.
    ///
    /// It may be interrupted anywhere and done again: until the last rename the folder is a
    /// `.part`, whose `record.dat` is removed only when all other files are durable.
    pub(crate) fn run(self) -> Result<(Closed, PathBuf), Error> {
        let base = name::base_name(self.head);
        let part = self.records.join(name::part_name(self.id));
        let dat = part.join(OPEN_DAT);
        let (cfg, dat, dat_sum) = match self.format.data {
            DataType::Ascii => self.to_text(&part)?,
            _ => {
                let (cfg, _) = describe::describe(self.head, self.format, self.rows);
                (cfg, dat, self.dat_sum.clone())
            }
        };
        let mut closed = self.closed(&base);
        let cfg_bytes = cfg.write();
        let inner = [
            (format!("{base}.cfg"), hex(&Sha256::digest(&cfg_bytes))),
            (format!("{base}.dat"), dat_sum),
        ];
        let facts = Facts {
            head: self.head,
            closed: &closed,
            cfg: &cfg,
            saturated: self.saturated,
            sums: &inner,
            journal: self.journal,
            software: self.software,
        };
        let [hdr, inf] = [texts::hdr(&facts), texts::inf(&facts)].map(|t| cfg.encoding.encode(&t));
        let mut sums = Vec::from(inner);
        match self.format.container {
            Container::CfgDat => {
                write_file(self.disk, &part.join(format!("{base}.cfg")), &cfg_bytes)?;
                for (ending, bytes) in [("hdr", &hdr), ("inf", &inf)] {
                    let name = format!("{base}.{ending}");
                    write_file(self.disk, &part.join(&name), bytes)?;
                    sums.push((name, hex(&Sha256::digest(bytes))));
                }
            }
            Container::Cff => {
                let name = format!("{base}.cff");
                let parts = parts(&cfg, &cfg_bytes, &hdr, &inf, &dat)?;
                sums = vec![(name.clone(), self.assemble(&part.join(name), &parts, &dat)?)];
            }
        }
        let mut list = String::new();
        for (name, sum) in &sums {
            writeln!(list, "{sum}  {name}").expect("a String takes all");
        }
        closed.sha256 = hex(&Sha256::digest(&list));
        write_file(self.disk, &part.join(SUMS), list.as_bytes())?;
        write_file(self.disk, &part.join(CLOSED), &format::closed_to_json(&closed))?;
        self.settle(&part, &dat, &base)?;
        let shown = show(self.disk, self.records, self.id, &base)?;
        Ok((closed, shown))
    }

    /// Makes text of the streamed counts: configuration, file, digest.
    fn to_text(&self, part: &Path) -> Result<(Cfg, PathBuf, String), Error> {
        // A power failure may have kept the provisional configuration from the disk.
        let (open, _) = describe::describe(self.head, self.format, 0);
        let source = part.join(OPEN_CFG);
        write_file(self.disk, &source, &open.write())?;
        let record = Record::open(&source).map_err(Error::comtrade(&source))?;
        let path = part.join(ASCII_DAT);
        let mut out = Hashing::create(self.disk, &path)?;
        let form = Form {
            revision: describe::revision(self.format),
            data_type: comtrade::DataType::Ascii,
            encoding: describe::encoding(self.format),
        };
        let (mut cfg, _) =
            comtrade::convert(&record, form, &mut out).map_err(Error::comtrade(&path))?;
        cfg.sampling = Sampling::uniform(self.head.station.rate.hz(), self.rows);
        let sum = out.finish().map_err(Error::io("sync", &path))?;
        Ok((cfg, path, sum))
    }

    /// Writes the single file; its digest.
    fn assemble(&self, path: &Path, parts: &CffParts<'_>, dat: &Path) -> Result<String, Error> {
        let mut out = Hashing::create(self.disk, path)?;
        let mut data = File::open(dat).map_err(Error::io("open", dat))?;
        write_cff(&mut out, parts, &mut data).map_err(Error::io("write", path))?;
        out.finish().map_err(Error::io("sync", path))
    }

    fn closed(&self, base: &str) -> Closed {
        let station = &self.head.station;
        Closed {
            id: self.id.0,
            name: base.to_owned(),
            state: self.state.clone(),
            start: self.head.start,
            rows: self.rows,
            duration_ns: station.rate.row_ns(self.rows),
            channels: (station.analog.len(), station.discrete.len()),
            pickups: self.pickups.clone(),
            reason: self.reason,
            simulated: self.head.simulated,
            quality: self.quality,
            sha256: String::new(),
            summary: [String::new(), String::new()],
            utc_offset_s: self.head.utc_offset_s,
        }
    }

    /// Gives the data its final name and removes what only served the way there.
    fn settle(&self, part: &Path, dat: &Path, base: &str) -> Result<(), Error> {
        self.disk.sync_dir(part).map_err(Error::io("sync", part))?;
        if self.format.container == Container::CfgDat {
            let name = part.join(format!("{base}.dat"));
            self.disk.rename(dat, &name).map_err(Error::io("rename to", &name))?;
        }
        for name in [ASCII_DAT, OPEN_DAT, OPEN_CFG] {
            let path = part.join(name);
            match self.disk.remove(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("remove", &path)(error));
                }
                _ => {}
            }
        }
        self.disk.sync_dir(part).map_err(Error::io("sync", part))
    }
}

/// Renames a finished folder, so that the record is whole for everybody.
pub(crate) fn show(
    disk: &dyn Storage,
    records: &Path,
    id: RecordId,
    base: &str,
) -> Result<PathBuf, Error> {
    let part = records.join(name::part_name(id));
    let shown = records.join(name::folder_name(id, base));
    disk.rename(&part, &shown).map_err(Error::io("rename to", &shown))?;
    disk.sync_dir(records).map_err(Error::io("sync", records))?;
    Ok(shown)
}

/// The parts of a single file.
pub(crate) fn parts<'a>(
    cfg: &Cfg,
    cfg_bytes: &'a [u8],
    hdr: &'a [u8],
    inf: &'a [u8],
    dat: &Path,
) -> Result<CffParts<'a>, Error> {
    let dat_bytes = fs::metadata(dat).map_err(Error::io("look at", dat))?.len();
    Ok(CffParts { cfg: cfg_bytes, inf, hdr, data_type: cfg.data_type, dat_bytes })
}

/// A closed record as the faces see it, with the files that its folder holds.
pub(crate) fn info(closed: &Closed, dir: &Path) -> RecordInfo {
    RecordInfo {
        id: RecordId(closed.id),
        name: closed.name.clone(),
        state: closed.state.clone(),
        start: closed.start,
        trigger: closed.pickups.first().map_or(closed.start, |pickup| pickup.at),
        duration_ns: closed.duration_ns,
        rows: closed.rows,
        channels: closed.channels,
        pickups: closed.pickups.clone(),
        reason: closed.reason,
        simulated: closed.simulated,
        quality: closed.quality,
        files: files(dir, &closed.name),
        sha256: closed.sha256.clone(),
        summary: closed.summary.clone(),
        utc_offset_s: closed.utc_offset_s,
    }
}

/// Files of a record, in the order of their kinds.
pub(crate) fn files(dir: &Path, base: &str) -> Vec<RecordFile> {
    let file = |kind: FileKind| {
        let name = format!("{base}.{}", kind.ending());
        let bytes = fs::metadata(dir.join(&name)).ok()?.len();
        Some(RecordFile { kind, name, bytes })
    };
    FileKind::ALL.into_iter().filter_map(file).collect()
}

/// A file whose digest is made while it is written.
pub(crate) struct Hashing {
    file: Box<dyn StoredFile>,
    sha: Sha256,
}

impl Hashing {
    pub(crate) fn create(disk: &dyn Storage, path: &Path) -> Result<Self, Error> {
        let file = disk.create(path).map_err(Error::io("create", path))?;
        Ok(Self { file, sha: Sha256::new() })
    }

    pub(crate) fn file(&self) -> &dyn StoredFile {
        &*self.file
    }

    /// Makes the file durable; its digest, hexadecimal.
    pub(crate) fn finish(self) -> io::Result<String> {
        self.file.sync_data()?;
        Ok(hex(&self.sha.finalize()))
    }
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sha.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all");
        text
    })
}
