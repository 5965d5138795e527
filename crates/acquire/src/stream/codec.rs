//! Frames of the digitiser stream, version 1 (`docs/digitiser-stream.md`), without any input or
//! output.

use super::crc::crc32c;
use aura_model::{Quality, Stamp, Sync, Tai, TimeQuality};

/// First bytes of each frame.
pub const MAGIC: [u8; 4] = *b"A7DS";
/// Version of the protocol.
pub const VERSION: u8 = 1;
/// Bytes before the payload.
pub const HEADER: usize = 12;
/// Bytes after the payload.
pub const TRAILER: usize = 4;
/// Longest frame that the recorder sends.
pub const ANSWER_MAX: usize = HEADER + 20 + 64 + TRAILER;

const HELLO: u8 = 1;
const WELCOME: u8 = 2;
const REFUSE: u8 = 3;
const BLOCK: u8 = 4;
const CREDIT: u8 = 5;
const KEEPALIVE: u8 = 6;
/// Bytes of a block's payload before the qualities.
const BLOCK_HEAD: usize = 28;

/// What a session carries: fixes the length of every frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Analog channels.
    pub analog: u16,
    /// Discrete channels.
    pub discrete: u16,
    /// Most rows of a block.
    pub rows: u16,
}

impl Shape {
    /// Words of validity bits of a row.
    #[must_use]
    pub fn valid_words(self) -> usize {
        usize::from(self.analog).div_ceil(64)
    }

    /// Words of discrete bits of a row.
    #[must_use]
    pub fn discrete_words(self) -> usize {
        usize::from(self.discrete).div_ceil(64)
    }

    /// Bytes of a row.
    #[must_use]
    pub fn row_bytes(self) -> usize {
        4 * usize::from(self.analog) + 8 * (self.valid_words() + self.discrete_words())
    }

    /// Bytes of a block's payload.
    #[must_use]
    pub fn block_bytes(self, rows: u16) -> usize {
        BLOCK_HEAD + 2 * usize::from(self.analog) + usize::from(rows) * self.row_bytes()
    }

    /// Bytes of the longest frame that a driver may send.
    #[must_use]
    pub fn frame_max(self) -> usize {
        HEADER + self.block_bytes(self.rows).max(16) + TRAILER
    }
}

/// A broken rule of the stream. `Copy`, without text of its own: it arises in the data plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The first bytes are not the magic.
    Magic,
    /// Another version; the byte.
    Version(u8),
    /// A type that a driver does not send.
    Type,
    /// A length that no frame of this type has.
    Length,
    /// The check does not fit.
    Check,
    /// A field has a value that is not allowed.
    Field,
    /// A frame that does not belong there.
    Order,
    /// A row number below the expected one.
    Repeated,
    /// The driver does not read the answers.
    Unread,
    /// Nothing whole came for too long.
    Silent,
}

impl Fault {
    /// The rule, for people; at most 64 ASCII bytes.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Magic => "a frame begins with A7DS",
            Self::Version(_) => "the version is 1",
            Self::Type => "a driver sends types 1, 4 and 6",
            Self::Length => "the length fits the type and the hello",
            Self::Check => "the check is the CRC-32C of header and payload",
            Self::Field => "sync is 0..=2, rows are 1..=the hello's block rows",
            Self::Order => "one hello, and blocks after the welcome",
            Self::Repeated => "row numbers grow",
            Self::Unread => "the driver reads the answers",
            Self::Silent => "something is sent every second",
        }
    }
}

/// What a driver says first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Rows per second, millihertz.
    pub rate_millihertz: u32,
    /// Channels, and the most rows of a block.
    pub shape: Shape,
    /// Type of a sample; 1 = i32.
    pub sample_type: u8,
}

/// A block as it lies in the receive buffer.
#[derive(Clone, Copy, Debug)]
pub struct Block<'b> {
    /// Number of the first row since the session's start.
    pub first_row: u64,
    /// Instant of the first row.
    pub t0: Stamp,
    /// Rows, at least 1.
    pub rows: u16,
    shape: Shape,
    quality: &'b [u8],
    samples: &'b [u8],
}

impl Block<'_> {
    /// Quality of each analog channel.
    pub fn quality(&self) -> impl Iterator<Item = Quality> {
        self.quality.as_chunks().0.iter().map(|bytes| Quality(u16::from_le_bytes(*bytes)))
    }

    /// One row into columns, validity words and discrete words of the shape's sizes.
    pub fn row(&self, row: usize, columns: &mut [i32], valid: &mut [u64], discrete: &mut [u64]) {
        let bytes = self.shape.row_bytes();
        let row = self.samples.get(row * bytes..(row + 1) * bytes).unwrap_or_default();
        let (samples, bits) = row.split_at(row.len().min(4 * usize::from(self.shape.analog)));
        for (column, bytes) in columns.iter_mut().zip(samples.as_chunks().0) {
            *column = i32::from_le_bytes(*bytes);
        }
        let words = bits.as_chunks().0;
        for (word, bytes) in valid.iter_mut().chain(discrete).zip(words) {
            *word = u64::from_le_bytes(*bytes);
        }
    }
}

/// A frame of a driver.
#[derive(Clone, Copy, Debug)]
pub enum Frame<'b> {
    /// What it has.
    Hello(Hello),
    /// Rows.
    Block(Block<'b>),
    /// It is alive.
    KeepAlive,
}

/// The first frame in `bytes` with its length; `None` while it is not whole. `shape` is what blocks
/// must fit.
///
/// # Errors
/// With the broken rule; the session is then over.
pub fn decode(bytes: &[u8], shape: Shape) -> Result<Option<(Frame<'_>, usize)>, Fault> {
    let known = bytes.len().min(4);
    if bytes[..known] != MAGIC[..known] {
        return Err(Fault::Magic);
    }
    if let Some(version) = bytes.get(4).filter(|version| **version != VERSION) {
        return Err(Fault::Version(*version));
    }
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() else { return Ok(None) };
    let length = u32_at(header, 8)? as usize;
    let fits = match header[5] {
        HELLO => length == 16,
        BLOCK => (shape.block_bytes(1)..=shape.block_bytes(shape.rows)).contains(&length),
        KEEPALIVE => length == 0,
        _ => return Err(Fault::Type),
    };
    if !fits {
        return Err(Fault::Length);
    }
    let Some((payload, check)) = rest.split_at_checked(length) else { return Ok(None) };
    let Some(check) = check.first_chunk::<TRAILER>() else { return Ok(None) };
    if crc32c(&bytes[..HEADER + length]) != u32::from_le_bytes(*check) {
        return Err(Fault::Check);
    }
    let frame = match header[5] {
        HELLO => Frame::Hello(hello(payload)?),
        BLOCK => Frame::Block(block(payload, shape)?),
        _ => Frame::KeepAlive,
    };
    Ok(Some((frame, HEADER + length + TRAILER)))
}

fn hello(payload: &[u8]) -> Result<Hello, Fault> {
    let shape = Shape {
        analog: u16_at(payload, 4)?,
        discrete: u16_at(payload, 6)?,
        rows: u16_at(payload, 8)?,
    };
    let sample_type = *payload.get(10).ok_or(Fault::Length)?;
    Ok(Hello { rate_millihertz: u32_at(payload, 0)?, shape, sample_type })
}

fn block(payload: &[u8], shape: Shape) -> Result<Block<'_>, Fault> {
    let sync = match payload.get(20) {
        Some(0) => Sync::Locked,
        Some(1) => Sync::Holdover,
        Some(2) => Sync::Free,
        _ => return Err(Fault::Field),
    };
    let rows = u16_at(payload, 22)?;
    if rows == 0 || rows > shape.rows {
        return Err(Fault::Field);
    }
    if payload.len() != shape.block_bytes(rows) {
        return Err(Fault::Length);
    }
    let body = payload.get(BLOCK_HEAD..).ok_or(Fault::Length)?;
    let (quality, samples) =
        body.split_at_checked(2 * usize::from(shape.analog)).ok_or(Fault::Length)?;
    let t0 = Stamp {
        tai: Tai(i64::from_le_bytes(u64_at(payload, 8)?.to_le_bytes())),
        quality: TimeQuality { sync, error_ns: u32_at(payload, 16)? },
    };
    Ok(Block { first_row: u64_at(payload, 0)?, t0, rows, shape, quality, samples })
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Fault> {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().ok_or(Fault::Length)
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, Fault> {
    array_at(bytes, at).map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Fault> {
    array_at(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Result<u64, Fault> {
    array_at(bytes, at).map(u64::from_le_bytes)
}

/// Why a driver is refused; the numbers are those of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Version of the protocol.
    Version = 1,
    /// Rate.
    Rate = 2,
    /// Analog channels.
    Analog = 3,
    /// Discrete channels.
    Discrete = 4,
    /// Rows of a block.
    Rows = 5,
    /// Type of a sample.
    SampleType = 6,
    /// Another driver is connected.
    Busy = 7,
    /// A rule was broken.
    Rule = 8,
}

/// What the recorder sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The hello fits.
    Welcome {
        /// Blocks that may be sent.
        credits: u32,
        /// Most rows of a block.
        rows: u16,
        /// Silence after which the recorder gives the driver up, milliseconds.
        silence_ms: u32,
    },
    /// It does not, or a rule was broken.
    Refuse {
        /// Why.
        reason: Reason,
        /// What came.
        got: u64,
        /// What is accepted.
        expected: u64,
        /// For people, at most 64 ASCII bytes.
        text: &'static str,
    },
    /// More blocks may be sent.
    Credit(u32),
    /// The recorder is alive.
    KeepAlive,
}

impl Answer {
    /// The frame's bytes at the front of `out`, and their number.
    #[must_use]
    pub fn encode(&self, out: &mut [u8; ANSWER_MAX]) -> usize {
        let mut to = Writer { out, at: HEADER };
        let kind = match *self {
            Self::Welcome { credits, rows, silence_ms } => {
                to.put(&credits.to_le_bytes());
                to.put(&u32::from(rows).to_le_bytes());
                to.put(&silence_ms.to_le_bytes());
                to.put(&[0; 4]);
                WELCOME
            }
            Self::Refuse { reason, got, expected, text } => {
                let text = &text.as_bytes()[..text.len().min(64)];
                to.put(&(reason as u16).to_le_bytes());
                to.put(&u16::try_from(text.len()).unwrap_or(0).to_le_bytes());
                to.put(&got.to_le_bytes());
                to.put(&expected.to_le_bytes());
                to.put(text);
                REFUSE
            }
            Self::Credit(blocks) => {
                to.put(&blocks.to_le_bytes());
                CREDIT
            }
            Self::KeepAlive => KEEPALIVE,
        };
        let end = to.at;
        out[..4].copy_from_slice(&MAGIC);
        out[4..8].copy_from_slice(&[VERSION, kind, 0, 0]);
        let length = u32::try_from(end - HEADER).unwrap_or(0);
        out[8..12].copy_from_slice(&length.to_le_bytes());
        let check = crc32c(&out[..end]);
        out[end..end + TRAILER].copy_from_slice(&check.to_le_bytes());
        end + TRAILER
    }
}

struct Writer<'o> {
    out: &'o mut [u8; ANSWER_MAX],
    at: usize,
}

impl Writer<'_> {
    fn put(&mut self, bytes: &[u8]) {
        self.out[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus/stream/");
    const SHAPE: Shape = Shape { analog: 1, discrete: 2, rows: 4 };

    #[test]
    fn the_documents_example_reads() {
        let bytes = std::fs::read(format!("{CORPUS}session")).unwrap();
        let Ok(Some((Frame::Hello(hello), used))) = decode(&bytes, SHAPE) else {
            panic!("a hello is expected")
        };
        assert_eq!((hello.rate_millihertz, hello.shape, hello.sample_type), (1_000_000, SHAPE, 1));
        let Ok(Some((Frame::Block(block), used2))) = decode(&bytes[used..], SHAPE) else {
            panic!("a block is expected")
        };
        let quality = TimeQuality { sync: Sync::Locked, error_ns: 100 };
        assert_eq!(block.t0, Stamp { tai: Tai(1_000_000_000), quality });
        assert_eq!((block.first_row, block.rows), (0, 1));
        let (mut columns, mut valid, mut discrete) = ([0], [0], [0]);
        block.row(0, &mut columns, &mut valid, &mut discrete);
        assert_eq!((columns, valid, discrete), ([-2], [1], [2]));
        assert_eq!(block.quality().collect::<Vec<_>>(), [Quality::GOOD]);
        let last = decode(&bytes[used + used2..], SHAPE);
        assert!(matches!(last, Ok(Some((Frame::KeepAlive, 16)))));
    }

    #[test]
    fn what_breaks_a_rule_is_named() {
        let hello = std::fs::read(format!("{CORPUS}hello")).unwrap();
        let block = std::fs::read(format!("{CORPUS}block")).unwrap();
        let check = |good: &[u8], at: usize, byte: u8, mend: bool, expect: Fault| {
            let mut bytes = good.to_vec();
            bytes[at] = byte;
            if mend {
                let end = bytes.len() - TRAILER;
                let check = crc32c(&bytes[..end]).to_le_bytes();
                bytes[end..].copy_from_slice(&check);
            }
            assert_eq!(decode(&bytes, SHAPE).unwrap_err(), expect, "byte {at} = {byte}");
        };
        check(&hello, 0, b'B', true, Fault::Magic);
        check(&hello, 4, 2, true, Fault::Version(2));
        check(&hello, 5, WELCOME, true, Fault::Type);
        check(&hello, 8, 15, true, Fault::Length);
        check(&hello, 12, 0xFF, false, Fault::Check);
        check(&block, 11, 0xFF, true, Fault::Length);
        check(&block, HEADER + 20, 3, true, Fault::Field);
        check(&block, HEADER + 22, 0, true, Fault::Field);
        check(&block, HEADER + 22, 2, true, Fault::Length);
        for end in 0..block.len() {
            assert!(matches!(decode(&block[..end], SHAPE), Ok(None)), "{end} bytes");
        }
    }

    #[test]
    fn answers_are_as_the_document_says() {
        let mut out = [0; ANSWER_MAX];
        let n = Answer::Credit(4).encode(&mut out);
        assert_eq!(out[..16], *b"A7DS\x01\x05\0\0\x04\0\0\0\x04\0\0\0");
        assert_eq!(
            (n, crc32c(&out[..16]).to_le_bytes()),
            (20, [out[16], out[17], out[18], out[19]])
        );
        let (reason, text) = (Reason::Rate, "x".repeat(70).leak());
        let n = Answer::Refuse { reason, got: 1, expected: 2, text }.encode(&mut out);
        assert_eq!((n, out[12], out[14]), (ANSWER_MAX, 2, 64));
    }
}
