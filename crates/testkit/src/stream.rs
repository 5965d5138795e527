//! The reference sender of the digitiser stream, written from `docs/digitiser-stream.md` alone.
//!
//! It shares no code with the recorder's decoder, so that each is a proof of the other. It does not
//! reconnect and keeps no rows: a test says what happens.

use aura_model::{SampleBlock, Stamp, Sync};
use std::io::{self, Read, Write};

/// The recorder's answer to a hello that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Reason of the document's table.
    pub reason: u16,
    /// What was sent.
    pub got: u64,
    /// What is accepted.
    pub expected: u64,
    /// Text for people.
    pub text: String,
}

/// What the recorder sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// WELCOME: credits, most rows, silence in milliseconds.
    Welcome(u32, u32, u32),
    /// REFUSE.
    Refuse(Refused),
    /// CREDIT.
    Credit(u32),
    /// KEEPALIVE.
    KeepAlive,
}

/// A driver over any connected byte stream.
#[derive(Debug)]
pub struct Sender<S> {
    stream: S,
    credits: u32,
    /// Number of the next row; raise it to say that rows are lost.
    pub next_row: u64,
}

impl<S: Read + Write> Sender<S> {
    /// Says hello and waits for the answer.
    ///
    /// # Errors
    /// When the connection breaks; the inner result is the recorder's refusal.
    pub fn hello(
        mut stream: S,
        rate_millihertz: u32,
        channels: (u16, u16),
        rows: u16,
    ) -> io::Result<Result<Self, Refused>> {
        let mut payload = rate_millihertz.to_le_bytes().to_vec();
        for number in [channels.0, channels.1, rows] {
            payload.extend(number.to_le_bytes());
        }
        payload.extend([1, 0, 0, 0, 0, 0]);
        stream.write_all(&frame(1, &payload))?;
        match read_answer(&mut stream)? {
            Answer::Welcome(credits, ..) => Ok(Ok(Self { stream, credits, next_row: 0 })),
            Answer::Refuse(refused) => Ok(Err(refused)),
            other => Err(io::Error::other(format!("{other:?} instead of an answer"))),
        }
    }

    /// Sends a block's rows, waiting for credit.
    ///
    /// # Errors
    /// When the connection breaks or the recorder refuses.
    pub fn send(&mut self, block: &SampleBlock) -> io::Result<()> {
        while self.credits == 0 {
            match read_answer(&mut self.stream)? {
                Answer::Credit(blocks) => self.credits += blocks,
                Answer::KeepAlive => {}
                other => return Err(io::Error::other(format!("{other:?} instead of credit"))),
            }
        }
        self.credits -= 1;
        self.stream.write_all(&block_frame(self.next_row, block.t0, block))?;
        self.next_row += block.rows() as u64;
        Ok(())
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// The recorder's next frame.
    ///
    /// # Errors
    /// When the connection breaks or the frame is none of the document's.
    pub fn answer(&mut self) -> io::Result<Answer> {
        read_answer(&mut self.stream)
    }
}

/// A frame with its check.
///
/// # Panics
/// When the payload has more than 4 GiB.
#[must_use]
pub fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"A7DS\x01".to_vec();
    bytes.extend([kind, 0, 0]);
    let length = u32::try_from(payload.len()).expect("a test's payload is short");
    bytes.extend(length.to_le_bytes());
    bytes.extend(payload);
    bytes.extend(crc32c(&bytes).to_le_bytes());
    bytes
}

/// A BLOCK frame of a block's rows.
///
/// # Panics
/// When the block has more than 65 535 rows.
#[must_use]
pub fn block_frame(first_row: u64, t0: Stamp, block: &SampleBlock) -> Vec<u8> {
    let mut payload = first_row.to_le_bytes().to_vec();
    payload.extend(t0.tai.0.to_le_bytes());
    payload.extend(t0.quality.error_ns.to_le_bytes());
    payload.push(match t0.quality.sync {
        Sync::Locked => 0,
        Sync::Holdover => 1,
        Sync::Free => 2,
    });
    payload.push(0);
    let rows = u16::try_from(block.rows()).expect("a block has at most 65 535 rows");
    payload.extend(rows.to_le_bytes());
    payload.extend([0; 4]);
    payload.extend(block.quality().iter().flat_map(|quality| quality.0.to_le_bytes()));
    for row in 0..block.rows() {
        payload.extend(block.analog_row(row).iter().flat_map(|sample| sample.to_le_bytes()));
        payload.extend(block.valid_row(row).iter().flat_map(|word| word.to_le_bytes()));
        payload.extend(block.discrete_row(row).iter().flat_map(|word| word.to_le_bytes()));
    }
    frame(4, &payload)
}

fn read_answer(stream: &mut impl Read) -> io::Result<Answer> {
    let mut bytes = vec![0; 12];
    stream.read_exact(&mut bytes)?;
    let length = number(&bytes[8..12]);
    if bytes[..5] != *b"A7DS\x01" || length > 1_024 {
        return Err(io::Error::other(format!("no frame: {bytes:02x?}")));
    }
    let kind = bytes[5];
    bytes.resize(12 + usize::try_from(length).unwrap_or(0) + 4, 0);
    stream.read_exact(&mut bytes[12..])?;
    let (body, check) = bytes.split_at(bytes.len() - 4);
    if crc32c(body).to_le_bytes() != check {
        return Err(io::Error::other("wrong check"));
    }
    let payload = &body[12..];
    let u32_at = |at: usize| u32::try_from(number(&payload[at..at + 4])).unwrap_or(0);
    Ok(match (kind, payload.len()) {
        (2, 16) => Answer::Welcome(u32_at(0), u32_at(4), u32_at(8)),
        (3, 20..) => Answer::Refuse(Refused {
            reason: u16::from_le_bytes([payload[0], payload[1]]),
            got: number(&payload[4..12]),
            expected: number(&payload[12..20]),
            text: String::from_utf8_lossy(&payload[20..]).into_owned(),
        }),
        (5, 4) => Answer::Credit(u32_at(0)),
        (6, 0) => Answer::KeepAlive,
        (kind, length) => {
            return Err(io::Error::other(format!("type {kind} with {length} bytes")));
        }
    })
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82F6_3B78 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_example_comes_out() {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus/stream/hello");
        let payload = [0x40, 0x42, 0x0F, 0, 1, 0, 2, 0, 4, 0, 1, 0, 0, 0, 0, 0];
        assert_eq!(frame(1, &payload), std::fs::read(corpus).unwrap());
        assert_eq!(crc32c(b"123456789"), 0xE306_9283);
    }
}
