//! Which files belong to a record, found without regard to case; it reads no contents but maps
//! and whole text files.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Result;
use crate::error::{Error, shown};
use crate::limits::TEXT_BYTES_MAX;
use crate::sys;

/// Bytes of a file, mapped or in memory, of which a part may be looked at.
#[derive(Clone, Debug)]
pub(crate) struct Bytes {
    source: Source,
    start: usize,
    end: usize,
}

#[derive(Clone, Debug)]
enum Source {
    Mapped(Arc<memmap2::Mmap>),
    Owned(Arc<Vec<u8>>),
}

impl Bytes {
    pub(crate) fn owned(bytes: Vec<u8>) -> Self {
        let end = bytes.len();
        Self { source: Source::Owned(Arc::new(bytes)), start: 0, end }
    }

    pub(crate) fn map(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|e| Error::io(&name, "open", e))?;
        match sys::map(&file).map_err(|e| Error::io(&name, "map", e))? {
            None => Ok(Self::owned(Vec::new())),
            Some(map) => {
                let end = map.len();
                Ok(Self { source: Source::Mapped(Arc::new(map)), start: 0, end })
            }
        }
    }

    /// A part of these bytes, cut to what exists.
    pub(crate) fn part(&self, start: usize, end: usize) -> Self {
        let end = self.start.saturating_add(end).min(self.end);
        let start = self.start.saturating_add(start).min(end);
        Self { source: self.source.clone(), start, end }
    }

    /// Says that these bytes will all be read now, so that the kernel maps them at once instead
    /// of page by page.
    pub(crate) fn will_read(&self, start: usize, end: usize) {
        if let Source::Mapped(map) = &self.source {
            let (start, end) = (self.start + start, (self.start + end).min(self.end));
            // Kernels before 5.14 don't know the request: reading works all the same.
            let _ =
                map.advise_range(memmap2::Advice::PopulateRead, start, end.saturating_sub(start));
        }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        let whole: &[u8] = match &self.source {
            Source::Mapped(map) => map,
            Source::Owned(bytes) => bytes,
        };
        &whole[self.start..self.end]
    }
}

/// The file of a record with this extension: the same folder and stem, letters of any case.
pub(crate) fn sibling(path: &Path, extension: &str) -> Option<PathBuf> {
    let matches = |path: &Path| has_extension(path, extension);
    if matches(path) && path.is_file() {
        return Some(path.to_owned());
    }
    for cased in [extension.to_owned(), extension.to_uppercase()] {
        let candidate = path.with_extension(cased);
        if candidate.is_file() {
            return Some(candidate);
        }
    }
    let stem = path.file_stem()?.to_str()?.to_lowercase();
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).find(|path| {
        let same = path.file_stem().and_then(|s| s.to_str()).map(str::to_lowercase);
        matches(path) && same.as_ref() == Some(&stem)
    })
}

pub(crate) fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case(extension))
}

/// A whole text file, bounded.
pub(crate) fn read_text(path: &Path) -> Result<Vec<u8>> {
    let name = file_name(path);
    let io = |e| Error::io(path.display().to_string(), "read", e);
    let size = fs::metadata(path).map_err(io)?.len();
    if usize::try_from(size).map_or(true, |size| size > TEXT_BYTES_MAX) {
        let findings = crate::error::Findings::new(&name);
        let size = format!("{size} bytes");
        return Err(findings.refuse(0, "size", &size, "at most 64 MiB"));
    }
    fs::read(path).map_err(io)
}

/// Name for findings, without the folder.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| shown(&n.to_string_lossy()))
}
