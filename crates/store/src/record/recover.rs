//! Records that were open when the power failed: what reached the disk is made a readable record.

use super::finish::{self, Finish};
use super::{CLOSED, HEAD, OPEN_DAT, SUMS, describe, name};
use crate::format::{self, Closed};
use crate::storage::Storage;
use crate::{Error, Format};
use aura_model::{Quality, RecordHead, RecordId, RecordState};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Bytes read at once, rounded up to whole rows.
const CHUNK_BYTES: usize = 1 << 20;

/// Unit in which a power failure loses what was not synced.
const PAGE_BYTES: u64 = 4_096;

/// Makes the record of a `.part` folder whole, in as many attempts as it takes.
pub(crate) fn recover(
    disk: &dyn Storage,
    records: &Path,
    id: RecordId,
    software: &str,
) -> Result<(Closed, PathBuf), Error> {
    let part = records.join(name::part_name(id));
    if let Some(done) = finished(disk, records, &part, id)? {
        return Ok(done);
    }
    let (head, format) = read_head(&part)?;
    let (cfg, _) = describe::describe(&head, format, 0);
    let dat = part.join(OPEN_DAT);
    let (rows, dat_sum) = whole_rows(&dat, cfg.row_bytes())?;
    if rows == 0 {
        let reason = "no sample reached the disk".to_owned();
        return Err(Error::Unreadable { path: part, reason });
    }
    let bytes = rows.saturating_mul(cfg.row_bytes() as u64);
    disk.cut(&dat, bytes).map_err(Error::io("cut", &dat))?;
    let finish = Finish {
        disk,
        records,
        id,
        head: &head,
        format,
        rows,
        dat_sum,
        saturated: &[],
        pickups: vec![head.pickup.clone()],
        reason: None,
        state: RecordState::Interrupted,
        quality: Quality::QUESTIONABLE,
        journal: None,
        software,
    };
    finish.run()
}

/// The head of a record and the format that it is written in.
pub(crate) fn read_head(dir: &Path) -> Result<(RecordHead, Format), Error> {
    let path = dir.join(HEAD);
    let bytes = fs::read(&path).map_err(Error::io("read", &path))?;
    format::head_from_json(&bytes).map_err(|reason| Error::Unreadable { path, reason })
}

/// A record that was interrupted between its last file and its name.
fn finished(
    disk: &dyn Storage,
    records: &Path,
    part: &Path,
    id: RecordId,
) -> Result<Option<(Closed, PathBuf)>, Error> {
    // While the streamed data is there, later files may be half written.
    if part.join(OPEN_DAT).exists() {
        return Ok(None);
    }
    let Ok(bytes) = fs::read(part.join(CLOSED)) else { return Ok(None) };
    let Ok(closed) = format::closed_from_json(&bytes) else { return Ok(None) };
    let sums = fs::read_to_string(part.join(SUMS)).unwrap_or_default();
    let mut names = sums.lines().filter_map(|line| Some(line.split_once("  ")?.1));
    if sums.is_empty() || !names.all(|name| part.join(name).exists()) {
        return Ok(None);
    }
    let shown = finish::show(disk, records, id, &closed.name)?;
    Ok(Some((closed, shown)))
}

/// Rows from the beginning whose sample numbers are right, and the digest of their bytes.
///
/// The sample number is the witness: a page that the power failure kept from the disk reads as
/// zeros. The last row may end in such a page; then it is left out too. A lost page within one row
/// that is longer than a page is not noticed.
fn whole_rows(path: &Path, row_bytes: usize) -> Result<(u64, String), Error> {
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let mut sha = Sha256::new();
    let mut buffer = vec![0; row_bytes * CHUNK_BYTES.div_ceil(row_bytes)];
    // The last good row waits here until the next one vouches for its end.
    let mut last: Vec<u8> = Vec::with_capacity(row_bytes);
    let mut rows: u64 = 0;
    'file: loop {
        let filled = fill(&mut file, &mut buffer).map_err(Error::io("read", path))?;
        for row in buffer[..filled].chunks_exact(row_bytes) {
            let number = row.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
            if number != u32::try_from(rows + 1).ok() {
                break 'file;
            }
            rows += 1;
            sha.update(&last);
            last.clear();
            last.extend_from_slice(row);
        }
        if filled < buffer.len() {
            break;
        }
    }
    let end = rows.saturating_mul(row_bytes as u64);
    let in_last_page = usize::try_from(end % PAGE_BYTES).expect("a page is small");
    let lost =
        in_last_page < row_bytes && last.iter().rev().take(in_last_page).all(|byte| *byte == 0);
    if lost && in_last_page > 0 {
        rows -= 1;
    } else {
        sha.update(&last);
    }
    Ok((rows, finish::hex(&sha.finalize())))
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
