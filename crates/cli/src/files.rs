//! The only place of this tool that writes files: those that somebody asked for by `-o` or `--out`.

use crate::error::Error;
use aura_settings::Text;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A new file; one that exists is only replaced when `force` says so.
pub(crate) fn create(path: &Path, force: bool) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.write(true);
    match force {
        true => options.create(true).truncate(true),
        false => options.create_new(true),
    };
    options.open(path).map_err(|error| Error::file(path, &error))
}

/// A whole new file with permission bits.
pub(crate) fn write(path: &Path, bytes: &[u8], mode: u32, force: bool) -> Result<(), Error> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, &error))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).mode(mode);
    match force {
        true => options.create(true).truncate(true),
        false => options.create_new(true),
    };
    let failed = |error: std::io::Error| Error::file(path, &error);
    options.open(path).and_then(|mut file| file.write_all(bytes)).map_err(failed)
}

/// Refuses when any of the files exists, before the first one is written.
pub(crate) fn refuse_existing<'p>(
    paths: impl IntoIterator<Item = &'p PathBuf>,
) -> Result<(), Error> {
    match paths.into_iter().find(|path| path.exists()) {
        Some(path) => Err(Error::Conflict(Text::new(
            format!("{}: уже существует (--force заменит)", path.display()),
            format!("{}: exists already (--force replaces it)", path.display()),
        ))),
        None => Ok(()),
    }
}

/// Text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|error| Error::file(path, &error))
}

/// Bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|error| Error::file(path, &error))
}

/// The path with an ending appended, never replacing a part of the name after a dot.
pub(crate) fn with_ending(stem: &Path, ending: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Takes away a file that could not be finished; when that fails, too, the first error is told.
pub(crate) fn remove(path: &Path) {
    std::fs::remove_file(path).ok();
}
