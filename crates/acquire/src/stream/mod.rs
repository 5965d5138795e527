//! The digitiser stream: a board's driver connects and sends blocks (`docs/digitiser-stream.md`).
//!
//! [`codec`] knows the bytes, `session` the rules, this module the sockets. It deliberately has no
//! clock: it counts its own bounded waits, and time stamps are the driver's.

pub mod codec;
pub(crate) mod crc;
mod session;
mod socket;
mod sys;

use crate::gather::Gather;
use crate::{Description, Endpoint, Error, SourceAnalog, SourceDiscrete, StreamSpec};
use aura_model::{Fill, Layout, Phase, Quality, Quantity, SampleBlock, Side, Source, SourceError};
use codec::{ANSWER_MAX, Answer, Fault, Reason, Shape};
use session::{Session, Step};
use socket::{Connection, Listener};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;

/// Longest wait within one call of `fill`, milliseconds.
const WAIT_MS: i32 = 50;
/// Waits without a whole frame after which a driver is given up: 5 s.
const SILENT_WAITS: u32 = 100;
/// Waits after which the recorder says that it is alive: 1 s.
const KEEPALIVE_WAITS: u32 = 20;
/// Reads within one call of `fill`; a driver that sends byte by byte cannot hold the caller.
const READS: u32 = 64;

/// A listening input, before it is started.
#[derive(Debug)]
pub(crate) struct Listening {
    listener: Listener,
    spec: StreamSpec,
}

impl Listening {
    pub(crate) fn open(spec: &StreamSpec) -> Result<Self, Error> {
        Ok(Self { listener: Listener::bind(&spec.listen)?, spec: spec.clone() })
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> Option<Endpoint> {
        self.listener.endpoint()
    }

    /// Columns without names or scale: those come from the configuration.
    pub(crate) fn describe(&self) -> Description {
        let analog = SourceAnalog {
            name: String::new(),
            phase: Phase::None,
            circuit: String::new(),
            quantity: Quantity::Other,
            unit: String::new(),
            a: 1.0,
            b: 0.0,
            raw_min: i32::MIN,
            raw_max: i32::MAX,
            primary: 1.0,
            secondary: 1.0,
            side: Side::Secondary,
            skew_us: 0.0,
        };
        let (name, circuit) = (String::new(), String::new());
        let discrete = SourceDiscrete { name, phase: Phase::None, circuit, normal: false };
        Description {
            rate: self.spec.rate,
            nominal_hz: None,
            analog: vec![analog; self.spec.analog.into()],
            discrete: vec![discrete; self.spec.discrete.into()],
        }
    }
}

/// The stream as a source.
pub(crate) struct Stream {
    layout: Layout,
    gather: Gather,
    listener: Listener,
    driver: Option<Connection>,
    shape: Shape,
    session: Session,
    /// Bytes received and not yet taken are at `taken..received`.
    buffer: Box<[u8]>,
    taken: usize,
    received: usize,
    silent_waits: u32,
    unsaid_waits: u32,
    seq: u64,
    columns: Box<[i32]>,
    valid: Box<[u64]>,
    words: Box<[u64]>,
    quality: Box<[Quality]>,
}

impl Stream {
    pub(crate) fn new(listening: Listening, gather: Gather, layout: Layout) -> Self {
        let Listening { listener, spec } = listening;
        let shape = Shape { analog: spec.analog, discrete: spec.discrete, rows: layout.rows };
        let silence_ms = SILENT_WAITS * WAIT_MS.unsigned_abs();
        Self {
            layout,
            gather,
            listener,
            driver: None,
            shape,
            session: Session::new(spec.rate, shape, silence_ms),
            buffer: vec![0; 2 * shape.frame_max()].into_boxed_slice(),
            taken: 0,
            received: 0,
            silent_waits: 0,
            unsaid_waits: 0,
            seq: 0,
            columns: vec![0; spec.analog.into()].into_boxed_slice(),
            valid: vec![0; shape.valid_words()].into_boxed_slice(),
            words: vec![0; shape.discrete_words()].into_boxed_slice(),
            quality: vec![Quality::GOOD; spec.analog.into()].into_boxed_slice(),
        }
    }

    /// Rows of the next whole block in the buffer; `None` when more bytes are needed.
    fn take(&mut self, block: &mut SampleBlock) -> Result<Option<Fill>, Fault> {
        loop {
            let bytes = &self.buffer[self.taken..self.received];
            let Some((frame, used)) = codec::decode(bytes, self.shape)? else { return Ok(None) };
            self.silent_waits = 0;
            match self.session.take(frame)? {
                Step::Go => self.taken += used,
                Step::Answer(answer) => {
                    self.taken += used;
                    self.say(answer)?;
                }
                Step::Refused(answer) => {
                    // Unread or not: the connection is over.
                    let _ = self.say(answer);
                    self.hang_up();
                    return Ok(Some(Fill::Nothing));
                }
                Step::Rows(rows, credit) => {
                    block.clear(self.seq, rows.t0);
                    block.set_rows(rows.rows);
                    for row in 0..usize::from(rows.rows) {
                        rows.row(row, &mut self.columns, &mut self.valid, &mut self.words);
                        self.gather.values(&self.columns, block.analog_row_mut(row));
                        self.gather.valid(&self.valid, block.valid_row_mut(row));
                        self.gather.discrete(&self.words, block.discrete_row_mut(row));
                    }
                    for (to, quality) in self.quality.iter_mut().zip(rows.quality()) {
                        *to = quality;
                    }
                    self.gather.values(&self.quality, block.quality_mut());
                    self.taken += used;
                    self.seq += 1;
                    if let Some(credit) = credit {
                        // The rows are good; a driver that does not read is met at the next block.
                        let _ = self.say(credit);
                    }
                    return Ok(Some(Fill::Rows));
                }
            }
        }
    }

    /// Waits for bytes or a driver; whether bytes came.
    fn receive(&mut self) -> Result<bool, SourceError> {
        let driver = self.driver.as_ref().map(AsFd::as_fd);
        let (knock, bytes) =
            sys::readable(self.listener.as_fd(), driver, WAIT_MS).map_err(SourceError::Os)?;
        if knock {
            self.admit();
        }
        if !bytes {
            return Ok(false);
        }
        self.buffer.copy_within(self.taken..self.received, 0);
        self.received -= self.taken;
        self.taken = 0;
        let Some(driver) = self.driver.as_mut() else { return Ok(false) };
        match driver.read(&mut self.buffer[self.received..]) {
            Ok(0) => {
                self.hang_up();
                Ok(false)
            }
            Ok(n) => {
                self.received += n;
                Ok(true)
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                Ok(false)
            }
            Err(_) => {
                self.hang_up();
                Ok(false)
            }
        }
    }

    /// Takes the knocking driver, or refuses it when there is one.
    fn admit(&mut self) {
        let Ok(mut knocking) = self.listener.accept() else { return };
        if self.driver.is_some() {
            let text = "another driver is connected";
            let busy = Answer::Refuse { reason: Reason::Busy, got: 0, expected: 0, text };
            let mut out = [0; ANSWER_MAX];
            let n = busy.encode(&mut out);
            // Whether it reads this or not, it is gone.
            let _ = knocking.write(&out[..n]);
            return;
        }
        self.session.begin();
        (self.taken, self.received) = (0, 0);
        (self.silent_waits, self.unsaid_waits) = (0, 0);
        self.driver = Some(knocking);
    }

    fn hang_up(&mut self) {
        self.driver = None;
        (self.taken, self.received) = (0, 0);
    }

    /// Sends an answer; the socket's buffer holds many of them.
    fn say(&mut self, answer: Answer) -> Result<(), Fault> {
        let Some(driver) = self.driver.as_mut() else { return Ok(()) };
        let mut out = [0; ANSWER_MAX];
        let n = answer.encode(&mut out);
        self.unsaid_waits = 0;
        match driver.write(&out[..n]) {
            Ok(written) if written == n => Ok(()),
            _ => Err(Fault::Unread),
        }
    }

    /// Ends the session for a broken rule.
    fn refuse(&mut self, fault: Fault) -> SourceError {
        let (reason, got, expected) = match fault {
            Fault::Version(version) => (Reason::Version, version.into(), codec::VERSION.into()),
            _ => (Reason::Rule, 0, 0),
        };
        let _ = self.say(Answer::Refuse { reason, got, expected, text: fault.text() });
        self.hang_up();
        SourceError::Protocol(fault.text())
    }

    /// After a wait in which nothing whole came.
    fn idle(&mut self) -> Result<(), Fault> {
        if self.driver.is_none() {
            return Ok(());
        }
        self.silent_waits += 1;
        self.unsaid_waits += 1;
        if self.silent_waits >= SILENT_WAITS {
            return Err(Fault::Silent);
        }
        if self.unsaid_waits >= KEEPALIVE_WAITS {
            self.say(Answer::KeepAlive)?;
        }
        Ok(())
    }
}

impl Source for Stream {
    fn layout(&self) -> Layout {
        self.layout
    }

    fn fill(&mut self, block: &mut SampleBlock) -> Result<Fill, SourceError> {
        for _ in 0..READS {
            match self.take(block) {
                Ok(Some(fill)) => return Ok(fill),
                Ok(None) => {}
                Err(fault) => return Err(self.refuse(fault)),
            }
            if !self.receive()? {
                break;
            }
        }
        self.idle().map_err(|fault| self.refuse(fault))?;
        Ok(Fill::Nothing)
    }

    fn lost_rows(&self) -> u64 {
        self.session.lost_rows()
    }

    fn simulated(&self) -> bool {
        false
    }
}
