//! One driver's session without input and output: what is answered, and what a block means.

use super::codec::{Answer, Block, Fault, Frame, Hello, Reason, Shape};
use aura_model::{Rate, Tai};

/// Blocks that a driver may have under way.
const CREDITS: u32 = 8;
/// Blocks after which credit is given back.
const CREDIT_STEP: u32 = 4;

/// What follows from a frame.
pub(super) enum Step<'b> {
    /// Nothing.
    Go,
    /// An answer is due.
    Answer(Answer),
    /// The driver is refused.
    Refused(Answer),
    /// Rows came, and perhaps credit is due.
    Rows(Block<'b>, Option<Answer>),
}

/// State of a session.
#[derive(Debug)]
pub(super) struct Session {
    rate: Rate,
    shape: Shape,
    silence_ms: u32,
    /// Most rows that this driver announced; 0 before its hello.
    rows: u16,
    used: u32,
    next_row: u64,
    /// When the next row is due; kept over sessions, so that a restart's loss is known.
    next_time: Option<Tai>,
    lost_rows: u64,
}

impl Session {
    pub(super) const fn new(rate: Rate, shape: Shape, silence_ms: u32) -> Self {
        Self {
            rate,
            shape,
            silence_ms,
            rows: 0,
            used: 0,
            next_row: 0,
            next_time: None,
            lost_rows: 0,
        }
    }

    /// A new connection.
    pub(super) const fn begin(&mut self) {
        self.rows = 0;
        self.used = 0;
        self.next_row = 0;
    }

    /// Rows that are known to be lost.
    pub(super) const fn lost_rows(&self) -> u64 {
        self.lost_rows
    }

    /// Takes a frame.
    pub(super) fn take<'b>(&mut self, frame: Frame<'b>) -> Result<Step<'b>, Fault> {
        match frame {
            Frame::Hello(hello) if self.rows == 0 => Ok(self.hello(&hello)),
            Frame::Block(block) if self.rows > 0 => self.block(block),
            Frame::KeepAlive if self.rows > 0 => Ok(Step::Go),
            Frame::Hello(_) | Frame::Block(_) | Frame::KeepAlive => Err(Fault::Order),
        }
    }

    fn hello(&mut self, hello: &Hello) -> Step<'static> {
        let (got, want) = (hello.shape, self.shape);
        let rate = self.rate.millihertz();
        let refuse = |reason, got: u32, expected: u32, text| {
            Step::Refused(Answer::Refuse {
                reason,
                got: got.into(),
                expected: expected.into(),
                text,
            })
        };
        if hello.rate_millihertz != rate {
            return refuse(Reason::Rate, hello.rate_millihertz, rate, "rate, millihertz");
        }
        if got.analog != want.analog {
            let (got, want) = (got.analog.into(), want.analog.into());
            return refuse(Reason::Analog, got, want, "analog channels");
        }
        if got.discrete != want.discrete {
            let (got, want) = (got.discrete.into(), want.discrete.into());
            return refuse(Reason::Discrete, got, want, "discrete channels");
        }
        if !(1..=want.rows).contains(&got.rows) {
            let (got, want) = (got.rows.into(), want.rows.into());
            return refuse(Reason::Rows, got, want, "rows of a block: 1 to expected");
        }
        if hello.sample_type != 1 {
            return refuse(Reason::SampleType, hello.sample_type.into(), 1, "sample type");
        }
        self.rows = got.rows;
        let (rows, silence_ms) = (self.shape.rows, self.silence_ms);
        Step::Answer(Answer::Welcome { credits: CREDITS, rows, silence_ms })
    }

    fn block<'b>(&mut self, block: Block<'b>) -> Result<Step<'b>, Fault> {
        if block.rows > self.rows {
            return Err(Fault::Field);
        }
        let gap = block.first_row.checked_sub(self.next_row).ok_or(Fault::Repeated)?;
        let first_of_session = self.next_row == 0;
        self.lost_rows = self.lost_rows.saturating_add(match self.next_time {
            // Row numbers of two sessions do not belong together: time says what is missing.
            Some(due) if first_of_session => rows_between(due, block.t0.tai, self.rate),
            _ => gap,
        });
        let rows = u64::from(block.rows);
        self.next_row = block.first_row.checked_add(rows).ok_or(Fault::Field)?;
        self.next_time = Some(block.t0.tai.plus_ns(self.rate.row_ns(rows)));
        self.used += 1;
        if self.used < CREDIT_STEP {
            return Ok(Step::Rows(block, None));
        }
        let back = core::mem::take(&mut self.used);
        Ok(Step::Rows(block, Some(Answer::Credit(back))))
    }
}

/// Whole rows from the instant at which one was due to the one at which it came; 0 when it came
/// early.
fn rows_between(due: Tai, came: Tai, rate: Rate) -> u64 {
    let ns = u64::try_from(came.since_ns(due)).unwrap_or(0);
    let rows =
        (u128::from(ns) * u128::from(rate.millihertz()) + 500_000_000_000) / 1_000_000_000_000;
    u64::try_from(rows).unwrap_or(u64::MAX)
}
