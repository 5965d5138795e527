//! The Python package `comtrade` opens records of every format with the values that were recorded.

use super::data::{Scratch, dump, python};
use aura_model::{
    AnalogChannel, Cause, Clock, CloseReason, DiscreteChannel, FileKind, Layout, Phase, PickupInfo,
    Quantity, Rate, RecordHead, RecordSink, RecordTail, SampleBlock, Side, Stamp, Station, Tai,
};
use aura_store::{
    Container, DataType, Format, Retention, Revision, Store, StoreOptions, TextEncoding,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const ROWS: u16 = 400;
const ANALOG: usize = 6;
const DISCRETE: usize = 33;

/// A clock that stands.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Stamp {
        Stamp { tai: Tai::from_unix_ns(1_795_313_422_000_000_000), ..Stamp::default() }
    }

    fn mono_ns(&self) -> u64 {
        0
    }
}

fn station() -> Station {
    let analog = (0..ANALOG).map(|n| AnalogChannel {
        id: format!("a{n}"),
        name: format!("канал {n}"),
        phase: Phase::A,
        circuit: "Л-201".into(),
        quantity: Quantity::Voltage,
        unit: "kV".into(),
        a: 0.1 + f64::from(u8::try_from(n).expect("few")),
        b: -0.5,
        raw_min: -32_767,
        raw_max: 32_767,
        primary: 110_000.0,
        secondary: 100.0,
        side: Side::Primary,
        skew_us: 0.0,
    });
    let discrete = (0..DISCRETE).map(|n| DiscreteChannel {
        id: format!("d{n}"),
        name: format!("сигнал {n}"),
        phase: Phase::None,
        circuit: String::new(),
        normal: false,
    });
    Station {
        name: "ПС Южная".into(),
        rec_dev_id: "AURA-07".into(),
        nominal_hz: 50.0,
        rate: Rate::from_hz(2_000.0).expect("in range"),
        analog: analog.collect(),
        discrete: discrete.collect(),
        groups: Vec::new(),
        timezone: "Asia/Kolkata".into(),
    }
}

fn raw(row: u16, channel: usize) -> i32 {
    let channel = i32::try_from(channel).expect("few");
    (i32::from(row) * 157 + channel * 4_001) % 60_000 - 30_000
}

const fn valid(row: u16, channel: usize) -> bool {
    channel != 2 || row % 50 != 7
}

const fn state(row: u16, channel: usize) -> bool {
    (row as usize / 9 + channel).is_multiple_of(4)
}

fn block(station: &Station) -> SampleBlock {
    let layout = Layout { rate: station.rate, analog: ANALOG, discrete: DISCRETE, rows: ROWS };
    let mut block = SampleBlock::new(layout);
    block.clear(1, Standing.now());
    block.set_rows(ROWS);
    for row in 0..ROWS {
        let at = usize::from(row);
        block.set_row_valid(at);
        for channel in 0..ANALOG {
            block.analog_row_mut(at)[channel] = raw(row, channel);
            block.valid_row_mut(at)[0] &= !(u64::from(!valid(row, channel)) << channel);
        }
        for channel in (0..DISCRETE).filter(|channel| state(row, *channel)) {
            block.discrete_row_mut(at)[channel / 64] |= 1 << (channel % 64);
        }
    }
    block
}

fn write(dir: &Path, format: Format) -> PathBuf {
    let options = StoreOptions {
        format,
        retention: Retention { max_bytes: 1 << 30, max_days: None },
        longest_bytes: 1 << 20,
        software: "aurad test".into(),
    };
    let (store, mut writer, _) = Store::open(dir, options, Arc::new(Standing)).expect("opens");
    let station = station();
    let at = Standing.now();
    let pickup = PickupInfo {
        cause: Cause::Manual,
        element: String::new(),
        name: "проверка".into(),
        at,
        value: f64::NAN,
        setting: f64::NAN,
        unit: String::new(),
        inputs: Vec::new(),
    };
    let block = block(&station);
    let head = RecordHead {
        station: Arc::new(station),
        pickup: pickup.clone(),
        start: at,
        config_hash: String::new(),
        simulated: false,
        utc_offset_s: 19_800,
    };
    writer.open(head).expect("opens");
    writer.append(&block, 0..usize::from(ROWS)).expect("appends");
    let tail = RecordTail { reason: CloseReason::Complete, pickups: vec![pickup] };
    let info = writer.close(tail).expect("closes");
    let kind = |kind: FileKind| info.files.iter().find(|file| file.kind == kind);
    let file = kind(FileKind::Cfg).or(kind(FileKind::Cff)).expect("one of them is there");
    store.dir_of(info.id).expect("it exists").join(&file.name)
}

#[test]
fn the_python_package_reads_our_records() {
    let Some(python) = python() else { return };
    let folder = Scratch::new("records");
    let mut cases = Vec::new();
    for encoding in [TextEncoding::Utf8, TextEncoding::Cp1251] {
        for (revision, container) in [
            (Revision::R1991, Container::CfgDat),
            (Revision::R1999, Container::CfgDat),
            (Revision::R2013, Container::CfgDat),
            (Revision::R2013, Container::Cff),
        ] {
            let new = revision == Revision::R2013;
            let types = [DataType::Ascii, DataType::Binary, DataType::Binary32, DataType::Float32];
            for data in types.into_iter().take(if new { 4 } else { 2 }) {
                let format = Format { revision, container, data, encoding };
                let dir = folder.0.join(format!("{}", cases.len()));
                cases.push((format, write(&dir, format)));
            }
        }
    }
    let paths: Vec<PathBuf> = cases.iter().map(|(_, path)| path.clone()).collect();
    let (station, rows) = (station(), usize::from(ROWS));
    for ((format, _), peer) in cases.iter().zip(dump(python, &paths)) {
        assert_eq!(peer.error, None, "{format:?}");
        assert_eq!((peer.samples, peer.analog, peer.status), (rows, ANALOG, DISCRETE));
        // The peer reads a .cff as UTF-8 only and leaves out what it cannot decode.
        if (format.container, format.encoding) != (Container::Cff, TextEncoding::Cp1251) {
            assert_eq!(peer.ids[0], "канал 0", "{format:?}");
        }
        for (channel, described) in station.analog.iter().enumerate() {
            for row in 0..ROWS {
                let got = peer.analog(channel)[usize::from(row)];
                if valid(row, channel) {
                    // The peer computes a·x + b as we do, in 64 bits.
                    let expect = described.value(f64::from(raw(row, channel)));
                    assert_eq!(got.to_bits(), expect.to_bits(), "{format:?} {channel} {row}");
                    continue;
                }
                // The peer does not know the mark of a missing value in FLOAT32 nor in BINARY of
                // 1991 and scales it; the empty field of 1991 it takes for zero.
                let marks =
                    [f64::from(f32::MIN), f64::from(i16::MIN), 0.0].map(|x| described.value(x));
                let known = marks.iter().any(|mark| mark.to_bits() == got.to_bits());
                assert!(known || got.is_nan(), "{format:?} {channel} {row}: {got}");
            }
        }
        for channel in 0..DISCRETE {
            let same = (0..ROWS)
                .all(|row| peer.status(channel)[usize::from(row)] == u8::from(state(row, channel)));
            assert!(same, "{format:?} discrete {channel}");
        }
        let step = peer.time()[1] - peer.time()[0];
        assert!((step - 0.000_5).abs() < 1e-9, "{format:?}: {step} s");
    }
    assert_eq!(cases.len(), 24);
}
