//! A small station, its samples as a function of the row, and what a recorder makes of them.
#![allow(dead_code, reason = "each test binary uses its part")]

use aura_model::{
    AnalogChannel, CloseReason, DiscreteChannel, Phase, Quantity, Rate, SampleBlock, Side, Stamp,
    Station, Sync, Tai, ThreePhaseGroup, TimeQuality,
};
use aura_record::{Command, Effect, Limits, Output, Outputs, Plan, Recorder, Start};
use aura_trigger::{Direction, Edge, Element, Input, Kind, Measure};
use std::f64::consts::TAU;
use std::sync::Arc;

/// 2026-11-22 TAI.
pub(crate) const EPOCH: i64 = 1_795_305_637_000_000_000;

/// Four analog channels (three phases, one with an offset), 66 discrete ones.
pub(crate) fn station(hz: f64) -> Station {
    let analog = |b: f64| AnalogChannel {
        id: "x".into(),
        name: "x".into(),
        phase: Phase::None,
        circuit: String::new(),
        quantity: Quantity::Voltage,
        unit: "V".into(),
        a: 1e-2,
        b,
        raw_min: -8_388_608,
        raw_max: 8_388_607,
        primary: 1.0,
        secondary: 1.0,
        side: Side::Primary,
        skew_us: 0.0,
    };
    let discrete = DiscreteChannel {
        id: "d".into(),
        name: "d".into(),
        phase: Phase::None,
        circuit: String::new(),
        normal: false,
    };
    Station {
        name: String::new(),
        rec_dev_id: String::new(),
        nominal_hz: 50.0,
        rate: Rate::from_hz(hz).expect("a rate"),
        analog: vec![analog(0.0), analog(0.0), analog(0.0), analog(2.5)],
        discrete: vec![discrete; 66],
        groups: vec![ThreePhaseGroup {
            id: "g".into(),
            name: "g".into(),
            quantity: Quantity::Voltage,
            abc: [0, 1, 2],
        }],
        timezone: String::new(),
    }
}

pub(crate) fn element(kind: Kind) -> Element {
    Element { id: "e".into(), name: "e".into(), kind, delay_ms: 0 }
}

/// Rise of a discrete channel: the bit is the element's state.
pub(crate) fn rise(channel: usize) -> Element {
    element(Kind::Discrete { channel, edge: Edge::Rise })
}

/// One of every sort.
pub(crate) fn all_sorts() -> Vec<Element> {
    let level = |measure, input, direction, setting| Kind::Level {
        measure,
        input,
        direction,
        setting,
        hysteresis_pct: 3.0,
    };
    let mut elements: Vec<Element> = [
        level(Measure::Rms, Input::Channel(0), Direction::Over, 130.0),
        level(Measure::Rms, Input::Channel(3), Direction::Under, 70.0),
        level(Measure::Fundamental, Input::Channel(1), Direction::Under, 80.0),
        level(Measure::Instant, Input::Channel(2), Direction::Over, 190.0),
        level(Measure::Positive, Input::Group(0), Direction::Under, 85.0),
        level(Measure::Negative, Input::Group(0), Direction::Over, 9.0),
        level(Measure::Zero, Input::Group(0), Direction::Over, 8.0),
        level(Measure::Frequency, Input::Group(0), Direction::Over, 50.3),
        Kind::Step { channel: 0, setting: 40.0, periods: 1 },
        Kind::Step { channel: 1, setting: 30.0, periods: 2 },
        Kind::Discrete { channel: 1, edge: Edge::Change },
        Kind::Discrete { channel: 65, edge: Edge::Fall },
    ]
    .map(element)
    .into();
    for (element, delay_ms) in elements.iter_mut().zip([0, 3, 0, 15, 1].into_iter().cycle()) {
        element.delay_ms = delay_ms;
    }
    elements
}

/// A system with steps of magnitude, unbalance and validity that follow from a seed.
pub(crate) struct Waves {
    pub(crate) hz: f64,
    pub(crate) seed: u64,
}

impl Waves {
    pub(crate) fn fill(&self, block: &mut SampleBlock, row: usize, number: u64) {
        let era = mix(self.seed ^ (number / 700));
        let gain = |c: u64| match (era >> (8 * c)) & 7 {
            0 => 1.6,
            1 => 0.4,
            _ => 1.0,
        };
        let hz = if era >> 40 & 7 == 0 { 50.6 } else { 50.0 };
        let turn = TAU * (hz * number as f64 / self.hz).fract();
        for c in 0..4 {
            let peak = 100.0 * 2_f64.sqrt() * gain(c);
            let noise = (mix(self.seed ^ number << 3 ^ c) & 0xff) as f64 / 256.0;
            let value = peak * (turn - TAU * c as f64 / 3.0).cos() + noise;
            block.analog_row_mut(row)[c as usize] = (value * 100.0) as i32;
        }
        block.discrete_row_mut(row)[0] = era >> 20 & 0b11;
        block.discrete_row_mut(row)[1] = mix(era ^ (number / 13)) >> 10 & 0b11;
        let bad = era >> 50 & 3 == 0 && number % 700 < 9;
        block.valid_row_mut(row)[0] = if bad { 0b1101 } else { 0b1111 };
    }
}

/// A mixing function (D. Stafford's variant 13).
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What came out, by row numbers; the analog sample of channel 0 tells rows apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    Pickup(Start, u64, u64, Effect),
    Dropout(u16, u64),
    Opened { pickup: u64, start: u64 },
    Closed { reason: CloseReason, rows: Vec<u64> },
    Gap { lost: u64, jump_us: i64 },
}

pub(crate) struct Rig {
    pub(crate) recorder: Recorder,
    pub(crate) outputs: Outputs,
    pub(crate) said: Vec<Said>,
    /// Number of the next row on the grid of time; a gap skips some.
    pub(crate) number: u64,
    open: Option<Vec<u64>>,
}

impl Rig {
    pub(crate) fn new(hz: f64, block_rows: u16, limits: Limits, elements: Vec<Element>) -> Self {
        let station = Arc::new(station(hz));
        let recorder = Recorder::new(Plan { station, block_rows, elements, limits });
        let recorder = recorder.expect("a good plan");
        let outputs = recorder.outputs();
        Self { recorder, outputs, said: Vec::new(), number: 0, open: None }
    }

    /// One block of so many rows.
    pub(crate) fn block(&mut self, rows: u16, fill: impl Fn(&mut SampleBlock, usize, u64)) {
        let mut block = self.recorder.lease().expect("a block is free");
        let filling = Arc::get_mut(&mut block).expect("a leased block is ours alone");
        let rate = filling.layout().rate;
        filling.t0 = Stamp {
            tai: Tai(EPOCH).plus_ns(rate.row_ns(self.number)),
            quality: TimeQuality { sync: Sync::Locked, error_ns: 500 },
        };
        filling.set_rows(rows);
        for row in 0..usize::from(rows) {
            fill(filling, row, self.number + row as u64);
        }
        self.number += u64::from(rows);
        self.recorder.step(block, &mut self.outputs);
        self.take();
    }

    /// So many rows in full blocks, discrete words by `bits`; analog samples hold the number of the
    /// row.
    pub(crate) fn bits(&mut self, rows: u64, bits: impl Fn(u64) -> u64) {
        let full = self.recorder.layout().rows;
        let end = self.number + rows;
        while self.number < end {
            let rows = u64::from(full).min(end - self.number) as u16;
            self.block(rows, |block, row, number| {
                block.analog_row_mut(row)[0] = number as i32;
                block.discrete_row_mut(row)[0] = bits(number);
                block.set_row_valid(row);
            });
        }
    }

    pub(crate) fn manual(&mut self, ticket: u32) {
        self.recorder.command(Command::ManualStart { ticket }).expect("there is room");
    }

    pub(crate) fn finish(&mut self) {
        self.recorder.finish(&mut self.outputs);
        self.take();
    }

    /// Rows of all closed records as (first, row after the last, reason).
    pub(crate) fn records(&self) -> Vec<(u64, u64, CloseReason)> {
        let closed = self.said.iter().filter_map(|said| match said {
            Said::Closed { reason, rows } => Some((rows, *reason)),
            _ => None,
        });
        closed
            .map(|(rows, reason)| {
                let (first, last) = (rows[0], rows[rows.len() - 1]);
                assert!(rows.iter().copied().eq(first..=last), "each row once, in order: {rows:?}");
                (first, last + 1, reason)
            })
            .collect()
    }

    pub(crate) fn take(&mut self) {
        let rate = self.recorder.layout().rate;
        let number = |at: Stamp| {
            let ns = at.tai.since_ns(Tai(EPOCH));
            (ns as f64 / 1e9 * rate.hz()).round() as u64
        };
        for output in self.outputs.drain() {
            match output {
                Output::Pickup(p) => {
                    let said = Said::Pickup(p.start, number(p.at), p.value.to_bits(), p.effect);
                    self.said.push(said);
                }
                Output::Dropout { element, at } => {
                    self.said.push(Said::Dropout(element, number(at)));
                }
                Output::WindowOpened { pickup, start } => {
                    assert!(self.open.replace(Vec::new()).is_none(), "one window at a time");
                    assert_eq!(start.quality.error_ns, 500);
                    let (pickup, start) = (number(pickup.at), number(start));
                    self.said.push(Said::Opened { pickup, start });
                }
                Output::Slice { block, rows } => {
                    assert!(!rows.is_empty());
                    let open = self.open.as_mut().expect("a slice belongs to an open window");
                    let first = number(block.t0);
                    open.extend(rows.map(|row| first + u64::from(row)));
                }
                Output::WindowClosed { reason } => {
                    let rows = self.open.take().expect("an open window closes");
                    self.said.push(Said::Closed { reason, rows });
                }
                Output::Gap { lost_rows, jump_ns, .. } => {
                    // At a rate without whole nanoseconds a row's stamp depends on its block by
                    // one.
                    let jump_us = (jump_ns + 500).div_euclid(1_000);
                    self.said.push(Said::Gap { lost: lost_rows, jump_us });
                }
                Output::Unsaid { count } => panic!("{count} changes were not told"),
            }
        }
    }
}
