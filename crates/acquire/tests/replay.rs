//! Replay against the same file read as a whole, and against real recordings.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests, all of it")]

use aura_acquire::{Description, Mapping, ReplaySpec, SourceSpec, Start, open};
use aura_comtrade::Record;
use aura_model::{Fill, Phase, Quality, Quantity, SampleBlock, Source, Stamp, Tai};
use std::path::{Path, PathBuf};

/// The folder of real recordings; `None` outside CI when there is none.
fn data() -> Option<PathBuf> {
    let dir = std::env::var_os("AURA_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    if dir.is_dir() {
        return Some(dir);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is needed in CI", dir.display());
    println!("SKIPPED: {} is not there", dir.display());
    None
}

fn start(path: &Path, repeat: bool, rows: u16, start: Start) -> (Description, Box<dyn Source>) {
    let opened = open(&SourceSpec::Replay(ReplaySpec { path: path.into(), repeat })).unwrap();
    let description = opened.description().clone();
    let mapping = Mapping {
        analog: (0..description.analog.len()).collect(),
        discrete: (0..description.discrete.len()).map(|n| (n, false)).collect(),
    };
    (description, opened.start(&mapping, rows, start).unwrap())
}

/// A record of 70 channels, 3 discretes, 101 rows at 1 kHz in a folder of its own.
fn made(name: &str, data_type: &str, sampling: &str, value: fn(usize, usize) -> String) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("aura-replay-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let mut cfg = String::from("Тест,1,2013\r\n73,70A,3D\r\n");
    for n in 1..=70 {
        cfg += &format!("{n},I{n},A,Л-1,кА,0.5,0.25,0,-99999,99999,1000,5,S\r\n");
    }
    for n in 1..=3 {
        cfg += &format!("{n},D{n},,,{}\r\n", n % 2);
    }
    cfg += &format!("50\r\n{sampling}\r\n22/11/2026,05:00:00.5\r\n22/11/2026,05:00:00.5\r\n");
    cfg += &format!("{data_type}\r\n1\r\n+3,+3\r\n4,0\r\n");
    let mut dat = String::new();
    for row in 0..101 {
        dat += &format!("{},{}", row + 1, row * 1_000);
        for channel in 0..70 {
            dat += &format!(",{}", value(row, channel));
        }
        dat += &format!(",{},{},{}\r\n", row & 1, row >> 1 & 1, row >> 2 & 1);
    }
    let path = dir.join(format!("{name}.cfg"));
    std::fs::write(&path, cfg).unwrap();
    std::fs::write(path.with_extension("dat"), dat).unwrap();
    path
}

fn whole(row: usize, channel: usize) -> String {
    if row == 7 && channel == 65 { "99999".into() } else { format!("{}", 300 * row + channel) }
}

#[test]
fn whole_numbers_stay_bit_for_bit_and_missing_ones_are_not_valid() {
    let path = made("whole", "ASCII", "1\r\n1000,101", whole);
    let (description, mut source) = start(&path, false, 10, Start::AsRecorded);
    let channel = &description.analog[0];
    assert_eq!((channel.a, channel.b, channel.raw_max), (0.5, 0.25, 32_767));
    assert_eq!((channel.quantity, channel.phase), (Quantity::Current, Phase::A));
    let mut block = SampleBlock::new(source.layout());
    let mut row = 0;
    while source.fill(&mut block).unwrap() == Fill::Rows {
        for at in 0..block.rows() {
            let got = block.analog_row(at);
            for (channel, count) in got.iter().enumerate() {
                let missing = (row, channel) == (7, 65);
                let expect = if missing { 0 } else { 300 * row + channel };
                assert_eq!(usize::try_from(*count).unwrap(), expect, "row {row}");
                let valid = block.valid_row(at)[channel / 64] >> (channel % 64) & 1;
                assert_eq!(valid, u64::from(!missing));
            }
            assert_eq!(block.discrete_row(at), [row as u64 & 7]);
            row += 1;
        }
        let worst = if block.seq == 0 { Quality::INVALID } else { Quality::GOOD };
        assert_eq!((block.quality()[65], block.quality()[64]), (worst, Quality::GOOD));
    }
    assert_eq!((row, block.rows()), (101, 0));
    assert!(source.simulated());
}

#[test]
fn time_is_the_records_and_goes_on_over_repetitions() {
    let path = made("repeat", "ASCII", "2\r\n1000,50\r\n1000,101", whole);
    let (_, mut source) = start(&path, true, 64, Start::AsRecorded);
    let mut block = SampleBlock::new(source.layout());
    // 05:00:00.5 at +3 h is 02:00:00.5 UTC, and TAI is 37 s ahead.
    let first = Tai((1_795_312_800 + 37) * 1_000_000_000 + 500_000_000);
    for n in 0..10_i64 {
        assert_eq!(source.fill(&mut block), Ok(Fill::Rows));
        assert_eq!((block.rows(), block.t0.tai), (64, first.plus_ns(n * 64_000_000)));
        assert_eq!(block.t0.quality.tmq_code(), 4);
        let row = usize::try_from(n).unwrap() * 64 % 101;
        assert_eq!(usize::try_from(block.analog_row(0)[1]).unwrap(), 300 * row + 1);
    }
    let at = Stamp { tai: Tai(5), ..Stamp::default() };
    let (_, mut source) = start(&path, false, 64, Start::At(at));
    assert_eq!((source.fill(&mut block), block.t0), (Ok(Fill::Rows), at));
}

#[test]
fn broken_numbers_are_scaled_to_26_bits() {
    let value = |row: usize, channel: usize| format!("{}.5", row * 10 + channel);
    let path = made("scaled", "ASCII", "0\r\n0,101", value);
    let (description, mut source) = start(&path, false, 101, Start::AsRecorded);
    // The rate is that of the time column.
    assert_eq!(description.rate.millihertz(), 1_000_000);
    let mut block = SampleBlock::new(source.layout());
    source.fill(&mut block).unwrap();
    for (channel, scale) in description.analog.iter().enumerate() {
        assert_eq!(scale.raw_max, (1 << 25) - 1);
        for row in 0..101 {
            let got = scale.a * f64::from(block.analog_row(row)[channel]) + scale.b;
            let expect = 0.5 * (row * 10 + channel) as f64 + 0.25 + 0.25;
            assert!((got - expect).abs() <= scale.a * 0.5000001, "{got} {expect}");
        }
    }
}

#[test]
fn what_cannot_be_replayed_is_named() {
    let check = |path: PathBuf, expect: &str| {
        let spec = SourceSpec::Replay(ReplaySpec { path, repeat: false });
        let error = open(&spec).map(|_| ()).unwrap_err().to_string();
        assert!(error.ends_with(expect), "{error}");
    };
    let rates = made("rates", "ASCII", "2\r\n1000,50\r\n500,101", whole);
    check(rates, "rates.cfg: rates of 1000 and 500 Hz: allowed is one rate");
    let missing = std::env::temp_dir().join("aura-no-such-file.cfg");
    let spec = SourceSpec::Replay(ReplaySpec { path: missing, repeat: false });
    assert!(open(&spec).is_err());
    let undated = made("undated", "ASCII", "1\r\n1000,101", whole);
    let cfg = std::fs::read_to_string(&undated).unwrap().replace("22/11/2026", "22/44/2026");
    std::fs::write(&undated, cfg).unwrap();
    let opened = open(&SourceSpec::Replay(ReplaySpec { path: undated, repeat: false })).unwrap();
    let nothing = Mapping { analog: vec![], discrete: vec![] };
    let error = opened.start(&nothing, 1, Start::AsRecorded).map(|_| ()).unwrap_err().to_string();
    assert!(error.ends_with("allowed is a date, or a given start"), "{error}");
}

/// Every real recording of one rate: engineering values equal the reader's within half a count.
#[test]
fn real_recordings_play_as_they_read() {
    let Some(data) = data() else { return };
    let mut files = Vec::new();
    for folder in ["relays", "recorders", "russian-110-220kV", "sirius-ru", "small", "simulated"] {
        let entries = data.join("comtrade").join(folder).read_dir().unwrap();
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.extend(data.join("faults").read_dir().unwrap().map(|entry| entry.unwrap().path()));
    files.retain(|path| path.extension().is_some_and(|e| e == "cfg" || e == "cff"));
    files.sort();
    let mut played = 0;
    for path in files {
        let spec = SourceSpec::Replay(ReplaySpec { path: path.clone(), repeat: false });
        if let Err(error) = open(&spec) {
            println!("not played: {error}");
            continue;
        }
        let (description, mut source) = start(&path, false, 50, Start::At(Stamp::default()));
        let record = Record::open(&path).unwrap();
        let count = description.analog.len();
        let mut values = vec![0.0; record.rows() * count];
        let mut words = vec![0; record.rows() * record.cfg().discrete_words()];
        record.scaled_and_discrete(0..record.rows(), &mut values, &mut words).unwrap();
        let mut block = SampleBlock::new(source.layout());
        let (mut row, mut discrete) = (0, Vec::new());
        while source.fill(&mut block).unwrap() == Fill::Rows {
            discrete.extend_from_slice(block.discrete());
            for at in 0..block.rows() {
                for (n, channel) in description.analog.iter().enumerate() {
                    let expect: f64 = values[row * count + n];
                    let valid = block.valid_row(at)[n / 64] >> (n % 64) & 1 == 1;
                    assert_eq!(valid, expect.is_finite(), "{} {row} {n}", path.display());
                    let got = channel.a * f64::from(block.analog_row(at)[n]) + channel.b;
                    let scaled = channel.raw_max == (1 << 25) - 1;
                    let close = if scaled { 0.51 * channel.a.abs() } else { 0.0 };
                    assert!(
                        !valid || (got - expect).abs() <= close,
                        "{} {row} {n}",
                        path.display()
                    );
                }
                row += 1;
            }
        }
        assert_eq!((row, discrete), (record.rows(), words), "{}", path.display());
        played += 1;
    }
    assert!(played >= 30, "{played}");
}
