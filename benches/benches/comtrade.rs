//! COMTRADE side by side with its peers, in one run: reading and overview against the Python
//! package `comtrade` with numpy, ASCII against the Rust crate `comtrade` 0.2, and rows from the
//! ring as times real time. It prints a table with the floors; `--quick` uses small files.
//!
//! The file holds 256 analog and 512 discrete channels at 20 kHz; AURA_BENCH_MB sets its size
//! (300), AURA_BENCH_PYTHON the interpreter (tests/.venv/bin/python).

// A bench measures time and talks.
#![allow(clippy::print_stdout, clippy::disallowed_methods, missing_docs)]

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Cursor};
use std::path::{Path, PathBuf};
use std::process::Command;

use aura_comtrade::{
    Analog, Cfg, DataType, Discrete, Record, Revision, Rows, Sampling, Stamp, Times, Writer,
};

const RATE_HZ: f64 = 20_000.0;
const ANALOG: usize = 256;
const DISCRETE: usize = 512;

fn main() {
    if let Some(job) = std::env::args().skip_while(|a| a != "--child").nth(1) {
        return child(&job);
    }
    let quick = std::env::args().any(|a| a == "--quick");
    let folder = std::env::temp_dir().join(format!("aura-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the temporary folder is writable");
    let megabytes = number("AURA_BENCH_MB").unwrap_or(if quick { 20 } else { 300 });
    println!("| what | ours | peer | ratio | floor |\n|---|---|---|---|---|");
    binary(&folder, megabytes);
    ascii(&folder, if quick { 2 } else { 12 });
    rows_from_ring(if quick { 2_000 } else { 20_000 });
    fs::remove_dir_all(&folder).expect("the folder is ours");
}

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

fn row(what: &str, ours: &str, peer: &str, ratio: f64, floor: &str) {
    println!("| {what} | {ours} | {peer} | {ratio:.1} | {floor} |");
}

/// Processor seconds of this thread, so that neighbours on the machine count for nobody; the
/// peers' are measured in the same way.
fn processor_seconds() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts it");
    let ns = text.split_whitespace().next().and_then(|n| n.parse::<f64>().ok());
    ns.expect("nanoseconds on the processor") * 1e-9
}

/// Least mean of three rounds, each long enough for the kernel's clock, which steps by a tick.
fn seconds(mut job: impl FnMut()) -> f64 {
    let mut round = || {
        let (start, mut runs) = (processor_seconds(), 0.0);
        loop {
            job();
            runs += 1.0;
            let spent = processor_seconds() - start;
            if spent > 0.3 {
                return spent / runs;
            }
        }
    };
    (0..3).map(|_| round()).fold(f64::INFINITY, f64::min)
}

fn cfg(data_type: DataType, analog: usize, discrete: usize, samples: u64) -> Cfg {
    let channel = |n: usize| u32::try_from(n + 1).expect("few channels");
    let stamp = Stamp { year: 2026, month: 1, day: 2, hour: 3, ..Stamp::default() };
    Cfg {
        revision: Revision::R2013,
        station: "Bench".to_owned(),
        device: "1".to_owned(),
        analog: (0..analog)
            .map(|n| Analog {
                index: channel(n),
                id: format!("I{n}"),
                a: 0.01,
                ..Analog::default()
            })
            .collect(),
        discrete: (0..discrete)
            .map(|n| Discrete { index: channel(n), id: format!("D{n}"), ..Discrete::default() })
            .collect(),
        sampling: Sampling::uniform(RATE_HZ, samples),
        start: stamp,
        trigger: stamp,
        data_type,
        ..Cfg::default()
    }
}

/// One second of rows as the ring holds them: sines with noise, discretes that seldom change.
struct Ring {
    rows: usize,
    stride: usize,
    analog: Vec<i32>,
    words: usize,
    discrete: Vec<u64>,
    valid: Vec<u64>,
}

impl Ring {
    fn new(rows: usize, analog: usize, discrete: usize, peak: f64) -> Self {
        let (stride, words) = (analog.next_multiple_of(16), discrete.div_ceil(64));
        let mut noise = 1u64;
        let mut values = vec![0; rows * stride];
        for (n, row) in values.chunks_exact_mut(stride).enumerate() {
            for (channel, value) in row[..analog].iter_mut().enumerate() {
                noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let angle = n as f64 * 0.0157 + channel as f64;
                #[allow(clippy::cast_possible_truncation)]
                let sample = (angle.sin() * peak) as i32 + (noise >> 60) as i32;
                *value = sample;
            }
        }
        let discrete = (0..rows * words).map(|n| 1 << (n / words / 100 % 64)).collect();
        let valid = vec![u64::MAX; rows * analog.div_ceil(64)];
        Self { rows, stride, analog: values, words, discrete, valid }
    }

    fn rows(&self) -> Rows<'_, i32> {
        Rows {
            rows: self.rows,
            analog: &self.analog,
            analog_stride: self.stride,
            valid: Some(&self.valid),
            valid_stride: self.valid.len() / self.rows,
            discrete: &self.discrete,
            discrete_stride: self.words,
            times: Times::Table,
        }
    }
}

fn write_record(path: &Path, cfg: &mut Cfg, ring: &Ring, samples: u64) {
    let file = File::create(path.with_extension("dat")).expect("the folder is writable");
    let mut writer = Writer::new(BufWriter::new(file), cfg, &[]).expect("no factors");
    while writer.totals().samples < samples {
        writer.append(&ring.rows()).expect("the disk takes it");
    }
    let (_, totals) = writer.finish().expect("the disk takes it");
    cfg.sampling.set_end_sample(totals.samples);
    fs::write(path, cfg.write()).expect("the folder is writable");
}

fn binary(folder: &Path, megabytes: usize) {
    let path = folder.join("binary.cfg");
    let mut cfg = cfg(DataType::Binary, ANALOG, DISCRETE, 0);
    let ring = Ring::new(2_000, ANALOG, DISCRETE, 20_000.0);
    let samples = megabytes * 1_000_000 / cfg.row_bytes();
    write_record(&path, &mut cfg, &ring, samples as u64);
    let open = seconds(|| drop(black_box(Record::open(&path).expect("our own file"))));
    println!("| open header, {megabytes} MB | {:.2} ms | - | - | ms |", open * 1e3);
    let Some((python, python_kb)) = peer(&path, "read") else { return };
    let Some((overview, _)) = peer(&path, "overview") else { return };
    for (what, job, peer, floor) in [
        ("BINARY, all channels, f32 block by block", "blocks", python, ">= 20"),
        ("BINARY, all channels, f32 by channel, all kept", "columns", python, ""),
        ("overview 256 ch x 2000 px", "overview", overview, ">= 100"),
        ("overview 1 ch x 2000 px", "overview1", overview, ""),
    ] {
        let (ours, kb) = own(&path, job);
        row(what, &format!("{:.0} ms", ours * 1e3), &format!("{peer:.2} s"), peer / ours, floor);
        let mb = |kb: f64| format!("{:.0} MB", kb / 1e3);
        row("- peak memory", &mb(kb), &mb(python_kb), python_kb / kb, ">= 2");
    }
}

/// Seconds and peak kB of the Python peer; a line and `None` where it is not installed.
fn peer(path: &Path, job: &str) -> Option<(f64, f64)> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("in the repository");
    let python = std::env::var_os("AURA_BENCH_PYTHON")
        .map_or_else(|| repository.join("tests/.venv/bin/python"), PathBuf::from);
    let script = repository.join("benches/peers/read_comtrade.py");
    let output = Command::new(&python).arg(script).arg(path).arg(job).output();
    match output {
        Ok(output) if output.status.success() => Some(two_numbers(&output.stdout)),
        _ => {
            println!(
                "SKIPPED: {} has no package comtrade (the tests install it)",
                python.display()
            );
            None
        }
    }
}

/// The same of ourselves, in a process of its own so that its peak memory is its own.
fn own(path: &Path, job: &str) -> (f64, f64) {
    let me = std::env::current_exe().expect("this program runs");
    let output = Command::new(me).arg("--child").arg(job).arg(path).output().expect("runs again");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    two_numbers(&output.stdout)
}

fn two_numbers(bytes: &[u8]) -> (f64, f64) {
    let text = String::from_utf8_lossy(bytes);
    let mut numbers = text.split_whitespace().filter_map(|n| n.parse().ok());
    (numbers.next().expect("seconds"), numbers.next().expect("kB"))
}

fn child(job: &str) {
    let path = std::env::args().next_back().expect("a path");
    // One run, cold as the peer's: opening the file and first touching its pages are in it.
    let start = processor_seconds();
    match job {
        "blocks" => blocks(&path),
        "columns" => columns(&path),
        "overview" => overview(&path, &(0..ANALOG).collect::<Vec<_>>()),
        _ => overview(&path, &[100]),
    }
    let seconds = processor_seconds() - start;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kb = peak.and_then(|l| l.split_whitespace().next()).unwrap_or("0");
    println!("{seconds} {kb}");
}

fn blocks(path: &str) {
    let record = Record::open(path).expect("our own file");
    let rows = record.rows();
    let mut block = vec![0f32; 1024 * ANALOG];
    for start in (0..rows).step_by(1024) {
        let part = start..rows.min(start + 1024);
        let block = &mut block[..part.len() * ANALOG];
        record.analog_rows(part, block).expect("the rows exist");
        black_box(&*block);
    }
}

fn columns(path: &str) {
    let record = Record::open(path).expect("our own file");
    let mut all = vec![0f32; record.rows() * ANALOG];
    record.analog_columns(0..record.rows(), &mut all).expect("the rows exist");
    black_box(&all);
}

fn overview(path: &str, channels: &[usize]) {
    let record = Record::open(path).expect("our own file");
    black_box(record.overview(channels, 0..record.rows(), 2000).expect("the channels exist"));
}

/// The crate reads neither CR LF in a .cfg nor anything but ASCII, so it gets what it can read.
fn ascii(folder: &Path, megabytes: u64) {
    let path = folder.join("ascii.cfg");
    let mut cfg = cfg(DataType::Ascii, 32, 64, 0);
    let ring = Ring::new(2_000, 32, 64, 20_000.0);
    write_record(&path, &mut cfg, &ring, megabytes * 1_000_000 / 330);
    let dat = fs::read(path.with_extension("dat")).expect("just written");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n").into_bytes();
    let (peer_cfg, peer_dat) = (text(&cfg.write()), text(&dat));
    let peer = seconds(|| {
        let parsed = comtrade_peer::ComtradeParserBuilder::new()
            .cfg_file(Cursor::new(peer_cfg.clone()))
            .dat_file(Cursor::new(peer_dat.clone()))
            .build()
            .parse()
            .expect("the crate reads plain ASCII");
        assert_eq!(parsed.analog_channels.len(), 32);
        black_box(parsed);
    });
    let ours = seconds(|| {
        let record = Record::open(&path).expect("our own file");
        let rows = record.rows();
        let (mut analog, mut bits) = (vec![0f64; rows * 32], vec![0; rows]);
        record.scaled_and_discrete(0..rows, &mut analog, &mut bits).expect("the rows exist");
        black_box((analog, bits));
    });
    let rate = |s: f64| format!("{:.0} MB/s", dat.len() as f64 / s / 1e6);
    row("ASCII, all channels", &rate(ours), &rate(peer), peer / ours, ">= 20");
}

fn rows_from_ring(rows: usize) {
    let factors = vec![0.004; ANALOG];
    for (what, data_type, peak, factors, floor) in [
        ("BINARY rows, counts as they are", DataType::Binary, 2e4, &[][..], ">= 200"),
        ("BINARY rows, scaled from 24 bits", DataType::Binary, 8e6, &factors, ">= 200"),
        ("BINARY32 rows", DataType::Binary32, 8e6, &[][..], ""),
        ("FLOAT32 rows", DataType::Float32, 8e6, &factors, ""),
        ("ASCII rows, integers of 5 digits", DataType::Ascii, 2e4, &[][..], ">= 10"),
        ("ASCII rows, integers of 7 digits", DataType::Ascii, 8e6, &[][..], ">= 10"),
    ] {
        let cfg = cfg(data_type, ANALOG, DISCRETE, rows as u64);
        let ring = Ring::new(2_000, ANALOG, DISCRETE, peak);
        let mut writer = Writer::new(std::io::sink(), &cfg, factors).expect("factors fit");
        let time = seconds(|| {
            for _ in 0..rows / ring.rows {
                writer.append(&ring.rows()).expect("a sink takes all");
            }
        });
        assert_eq!(writer.totals().saturated.iter().sum::<u64>(), 0, "{what}");
        let per_row = time / rows as f64;
        let ours = format!("{:.0} ns/row", per_row * 1e9);
        row(what, &ours, "real time", 1.0 / RATE_HZ / per_row, floor);
    }
}
