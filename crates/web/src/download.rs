//! Downloads: a record's file, all of a record as a zip, the journal. Read on the blocking pool and
//! passed on in small pieces, so a record of hundreds of megabytes never lies in memory.

use crate::access::{Endpoint, Who, rule_of};
use crate::context::{Cx, Input};
use crate::fault::Fault;
use aura_model::{Code, Device, FileKind, RecordId, RecordInfo, RecordState};
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::mpsc;
use tokio::time::Instant;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// One piece of a download, bytes.
const PIECE: usize = 64 * 1024;
/// Pieces under way at most.
const PIECES_MAX: usize = 4;
/// A file of a zip from this size on needs the 64-bit form.
const ZIP64_FROM: u64 = 0xFFFF_FFFF;

/// A file of a record, or all of them.
pub(crate) fn file(cx: &Cx, input: &Input) -> Result<Response, Fault> {
    let id = input.record_id()?;
    let wanted = input.path.get("kind").map_or("", String::as_str);
    if wanted == "zip" {
        return archive(cx, id);
    }
    let kind = FileKind::ALL.into_iter().find(|kind| kind.ending() == wanted);
    let (name, size, reader) = cx.device().record_file(id, kind.ok_or(Fault::NotFound)?)?;
    let (record, size_text) = (id.to_string(), name.clone());
    cx.app.note(&cx.actor, Code::RecordFetched, &[("record", &record), ("file", &size_text)]);
    Ok(attachment(cx, Endpoint::ApiFile, &name, media_type(wanted), Some(size), move |pipe| {
        copy(reader, size, pipe)
    }))
}

/// All files of a record as a zip. They are stored, not packed: samples hardly shrink and the
/// recorder has better things to do.
fn archive(cx: &Cx, id: RecordId) -> Result<Response, Fault> {
    let record = cx.device().record(id).ok_or(Fault::NotFound)?;
    if record.state == RecordState::Open {
        return Err(Fault::Conflict(format!("{} is being written", record.name)));
    }
    let name = format!("{}.zip", record.name);
    let number = id.to_string();
    cx.app.note(&cx.actor, Code::RecordFetched, &[("record", &number), ("file", &name)]);
    let device = Arc::clone(&cx.app.device);
    Ok(attachment(cx, Endpoint::ApiFile, &name, "application/zip", None, move |pipe| {
        write_zip(&*device, &record, pipe)
    }))
}

/// The whole journal.
pub(crate) fn journal(cx: &Cx) -> Result<Response, Fault> {
    let (size, reader) = cx.device().journal_text()?;
    let name = format!("{}-journal.log", cx.device().station().rec_dev_id);
    let media_type = "text/plain; charset=utf-8";
    Ok(attachment(cx, Endpoint::ApiJournalFile, &name, media_type, Some(size), move |pipe| {
        copy(reader, size, pipe)
    }))
}

/// Copies exactly `size` bytes: an open record grows on, and its announced length must hold.
fn copy(reader: impl Read, size: u64, mut pipe: Pipe) -> io::Result<()> {
    let copied = io::copy(&mut reader.take(size), &mut pipe)?;
    if copied < size {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter"));
    }
    pipe.flush()
}

fn write_zip(device: &dyn Device, record: &RecordInfo, pipe: Pipe) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(pipe);
    let stamp = record.trigger.tai.civil(record.utc_offset_s);
    let modified = u16::try_from(stamp.year)
        .ok()
        .and_then(|year| {
            let (hour, minute, second) = (stamp.hour, stamp.minute, stamp.second);
            zip::DateTime::from_date_and_time(year, stamp.month, stamp.day, hour, minute, second)
                .ok()
        })
        .unwrap_or_default();
    for file in &record.files {
        let (name, size, reader) = device
            .record_file(record.id, file.kind)
            .map_err(|error| io::Error::other(error.to_string()))?;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(modified)
            .large_file(size >= ZIP64_FROM);
        zip.start_file(safe_name(&name), options).map_err(io::Error::other)?;
        io::copy(&mut reader.take(size), &mut zip)?;
    }
    zip.finish().map_err(io::Error::other)?.into_inner().flush()
}

/// An answer that a browser saves under a name; `fill` writes it on the blocking pool.
fn attachment(
    cx: &Cx,
    endpoint: Endpoint,
    name: &str,
    media_type: &'static str,
    size: Option<u64>,
    fill: impl FnOnce(Pipe) -> io::Result<()> + Send + 'static,
) -> Response {
    let (sender, receiver) = mpsc::channel(PIECES_MAX);
    tokio::task::spawn_blocking(move || {
        let pipe = Pipe { sender: sender.clone(), piece: Vec::with_capacity(PIECE) };
        if let Err(error) = fill(pipe) {
            // The listener learns by a broken connection that the file is not whole.
            let _ = sender.blocking_send(Err(error));
        }
    });
    let recheck = Recheck { cx: cx.clone(), who: rule_of(endpoint).who, at: next_check(cx) };
    let mut response = Body::new(Pieces { receiver, left: size, recheck }).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_DISPOSITION, disposition(name));
    response
}

/// Content-Disposition of RFC 6266: an ASCII name for old browsers, the true one in UTF-8.
fn disposition(name: &str) -> HeaderValue {
    let name = safe_name(name);
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') { c } else { '_' })
        .collect();
    let mut coded = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            coded.push(char::from(byte));
        } else {
            write!(coded, "%{byte:02X}").expect("a string takes any text");
        }
    }
    HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{coded}"))
        .expect("both names are reduced to visible ASCII")
}

/// A name without folders, controls and what file systems forbid; never empty, never hidden.
fn safe_name(name: &str) -> String {
    let safe: String = name
        .chars()
        .map(|c| {
            let forbidden = matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
            if c.is_control() || forbidden { '_' } else { c }
        })
        .collect();
    let safe = safe.trim_matches(['.', ' ']);
    if safe.is_empty() { "file".to_owned() } else { safe.to_owned() }
}

fn media_type(ending: &str) -> &'static str {
    match ending {
        "ru.txt" | "en.txt" => "text/plain; charset=utf-8",
        "json" => "application/json",
        // COMTRADE texts may have any encoding, so a browser shall not guess.
        _ => "application/octet-stream",
    }
}

/// Takes bytes on the blocking side and sends them in pieces.
struct Pipe {
    sender: mpsc::Sender<io::Result<Bytes>>,
    piece: Vec<u8>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        if self.piece.len() == PIECE {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.sender
            .blocking_send(Ok(piece.into()))
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

/// Asks from time to time whether the reader may still have what he gets.
struct Recheck {
    cx: Cx,
    who: Who,
    at: Instant,
}

fn next_check(cx: &Cx) -> Instant {
    Instant::now() + cx.app.config.recheck
}

impl Recheck {
    fn passes(&mut self) -> bool {
        if Instant::now() < self.at {
            return true;
        }
        self.at = next_check(&self.cx);
        self.cx.still_allowed(self.who)
    }
}

/// Pieces as the body of an answer.
struct Pieces {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
    left: Option<u64>,
    recheck: Recheck,
}

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if !self.recheck.passes() {
            self.receiver.close();
            return Poll::Ready(Some(Err(io::ErrorKind::PermissionDenied.into())));
        }
        self.receiver.poll_recv(cx).map(|piece| {
            piece.map(|piece| {
                let piece = piece?;
                if let Some(left) = &mut self.left {
                    *left = left.saturating_sub(u64::try_from(piece.len()).unwrap_or(u64::MAX));
                }
                Ok(Frame::data(piece))
            })
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_headers_and_file_systems() {
        let check = |name: &str, expect: &str| assert_eq!(disposition(name), expect, "{name:?}");
        check("a1.cfg", "attachment; filename=\"a1.cfg\"; filename*=UTF-8''a1.cfg");
        check("Юг.dat", "attachment; filename=\"__.dat\"; filename*=UTF-8''%D0%AE%D0%B3.dat");
        check("../\"x\r\ny", "attachment; filename=\"__x__y\"; filename*=UTF-8''__x__y");
        check("...", "attachment; filename=\"file\"; filename*=UTF-8''file");
    }
}
