//! Memory mapping: the one place of this crate that needs `unsafe`.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;

/// Maps a file for reading. An empty file gives `None`, since it cannot be mapped.
pub(crate) fn map(file: &File) -> io::Result<Option<memmap2::Mmap>> {
    if file.metadata()?.len() == 0 {
        return Ok(None);
    }
    // SAFETY: the map is read-only and is only ever read as bytes, for which every value is
    // valid. A file that another process shortens while it is mapped would end the process with
    // SIGBUS: records are written once, under another name, and renamed when complete.
    unsafe { memmap2::Mmap::map(file) }.map(Some)
}
