//! The stream's source against two drivers that were written from the document alone.
#![expect(clippy::unwrap_used, reason = "a test's own functions are tests, too")]

use aura_acquire::{
    Endpoint, Mapping, SimFault, SimulatorSpec, SourceSpec, Start, StreamSpec, open,
};
use aura_model::{Fill, Quality, Rate, SampleBlock, Source, SourceError, Stamp, Sync, Tai};
use aura_testkit::stream::{Answer, Refused, Sender, block_frame, frame};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

const RATE_MHZ: u32 = 4_000_000;
const ROWS: u16 = 20;

/// A socket file of this test alone.
fn socket(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("aura-acquire-{}-{name}", std::process::id()))
}

fn listen(listen: Endpoint, analog: u16, discrete: u16) -> (Box<dyn Source>, Endpoint) {
    let rate = Rate::from_millihertz(RATE_MHZ).unwrap();
    let spec = SourceSpec::Stream(StreamSpec { listen, rate, analog, discrete });
    let opened = open(&spec).unwrap();
    let at = opened.listening().unwrap();
    let mapping = Mapping {
        analog: (0..usize::from(analog)).collect(),
        discrete: (0..usize::from(discrete)).map(|n| (n, false)).collect(),
    };
    (opened.start(&mapping, ROWS, Start::AsRecorded).unwrap(), at)
}

/// The next outcome that is not an empty wait.
fn next(source: &mut dyn Source, block: &mut SampleBlock) -> Result<(), SourceError> {
    for _ in 0..200 {
        if source.fill(block)? == Fill::Rows {
            return Ok(());
        }
    }
    panic!("nothing came");
}

/// Blocks of a substation with a fault, to be sent.
fn blocks(count: usize) -> Vec<SampleBlock> {
    let fault = SimFault {
        at_ms: 20,
        for_ms: 100,
        bay: 1,
        phases: [true, true, false],
        earth: true,
        current_a: 300_000.0,
        voltage_pct: 20.0,
        dc_ms: 50.0,
    };
    let spec = SimulatorSpec {
        rate: Rate::from_millihertz(RATE_MHZ).unwrap(),
        frequency_hz: 50.0,
        bays: 9,
        voltage_kv: 127.0,
        load_a: 300.0,
        noise_pct: 0.1,
        harmonic3_pct: 2.0,
        faults: vec![fault],
        period_ms: 0,
        seed: 3,
    };
    let opened = open(&SourceSpec::Simulator(spec)).unwrap();
    let mapping =
        Mapping { analog: (0..72).collect(), discrete: (0..18).map(|n| (n, n % 3 == 0)).collect() };
    let quality = aura_model::TimeQuality { sync: Sync::Holdover, error_ns: 77 };
    let start = Start::At(Stamp { tai: Tai(1_795_313_459_000_000_000), quality });
    let mut source = opened.start(&mapping, ROWS, start).unwrap();
    let layout = source.layout();
    let take = |_| {
        let mut block = SampleBlock::new(layout);
        source.fill(&mut block).unwrap();
        block.valid_row_mut(3)[1] = 0b10;
        block
    };
    (0..count).map(take).collect()
}

fn same(got: &SampleBlock, sent: &SampleBlock) {
    assert_eq!((got.t0, got.rows()), (sent.t0, sent.rows()));
    assert_eq!(got.analog(), sent.analog());
    assert_eq!(got.valid(), sent.valid());
    assert_eq!(got.discrete(), sent.discrete());
    assert_eq!(got.quality(), sent.quality());
}

#[test]
fn rows_arrive_bit_for_bit_and_losses_are_counted() {
    let path = socket("rows");
    let (mut source, _) = listen(Endpoint::Unix(path.clone()), 72, 18);
    let sent = blocks(60);
    let copy = sent.clone();
    let driver = thread::spawn(move || {
        // While the recorder still takes what the session before has sent, a new one is refused,
        // and a driver asks again.
        let connect = || {
            loop {
                let stream = UnixStream::connect(&path).unwrap();
                match Sender::hello(stream, RATE_MHZ, (72, 18), ROWS).unwrap() {
                    Ok(sender) => return sender,
                    Err(refused) => assert_eq!(refused.reason, 7, "{refused:?}"),
                }
                thread::yield_now();
            }
        };
        let mut sender = connect();
        for (n, block) in copy[..50].iter().enumerate() {
            if n == 30 {
                // Seven rows did not fit into the driver's memory.
                sender.next_row += 7;
            }
            sender.send(block).unwrap();
        }
        drop(sender);
        // A new session counts from 0; the time says that five blocks are missing.
        let mut sender = connect();
        for block in &copy[55..] {
            sender.send(block).unwrap();
        }
    });
    let mut block = SampleBlock::new(source.layout());
    for (n, sent) in sent[..50].iter().chain(&sent[55..]).enumerate() {
        assert_eq!(next(source.as_mut(), &mut block), Ok(()));
        same(&block, sent);
        assert_eq!(block.seq, n as u64);
    }
    driver.join().unwrap();
    assert_eq!(source.lost_rows(), 7 + 5 * u64::from(ROWS));
    assert!(!source.simulated());
    let overflow = sent.iter().any(|block| block.quality()[8].contains(Quality::OVERFLOW));
    assert!(overflow, "the fault leaves the range, so that a quality is sent that is not all zero");
}

/// Serves one driver until it ends; what the source said, and what the driver saw.
fn serve<T: Send + 'static>(
    name: &str,
    drive: impl FnOnce(UnixStream) -> T + Send + 'static,
) -> (Result<(), SourceError>, T) {
    let path = socket(name);
    let (mut source, _) = listen(Endpoint::Unix(path.clone()), 72, 18);
    let driver = thread::spawn(move || drive(UnixStream::connect(path).unwrap()));
    let mut block = SampleBlock::new(source.layout());
    let mut outcome = Ok(());
    while !driver.is_finished() {
        if let Err(error) = source.fill(&mut block) {
            outcome = Err(error);
        }
    }
    (outcome, driver.join().unwrap())
}

#[test]
fn a_hello_that_does_not_fit_is_refused_with_the_number() {
    let check = |name, rate, channels, rows, expect: (u16, u64, u64)| {
        let (outcome, refused) = serve(name, move |stream| {
            Sender::hello(stream, rate, channels, rows).unwrap().unwrap_err()
        });
        // A stranger's hello is not the recorder's fault: the source goes on.
        assert_eq!(outcome, Ok(()));
        assert_eq!((refused.reason, refused.got, refused.expected), expect, "{refused:?}");
    };
    check("rate", 5_000_000, (72, 18), ROWS, (2, 5_000_000, 4_000_000));
    check("analog", RATE_MHZ, (71, 18), ROWS, (3, 71, 72));
    check("discrete", RATE_MHZ, (72, 19), ROWS, (4, 19, 18));
    check("rows", RATE_MHZ, (72, 18), ROWS + 1, (5, 21, 20));
    check("norows", RATE_MHZ, (72, 18), 0, (5, 0, 20));
}

#[test]
fn a_broken_rule_ends_the_session_with_its_name() {
    let check = |name, bytes: Vec<u8>, expect: &'static str| {
        let (outcome, answers) = serve(name, move |stream| {
            let mut sender = Sender::hello(stream, RATE_MHZ, (72, 18), ROWS).unwrap().unwrap();
            sender.send_raw(&bytes).unwrap();
            core::iter::from_fn(|| sender.answer().ok()).collect::<Vec<_>>()
        });
        assert_eq!(outcome, Err(SourceError::Protocol(expect)));
        let Some(Answer::Refuse(Refused { reason, text, .. })) = answers.last() else {
            panic!("{answers:?}")
        };
        assert_eq!((*reason, text.as_str()), (8, expect));
    };
    let block = &blocks(1)[0];
    let whole = block_frame(0, block.t0, block);
    let mut torn = whole.clone();
    torn[40] ^= 1;
    check("check", torn, "the check is the CRC-32C of header and payload");
    check("magic", b"GET / HTTP/1.1\r\n".to_vec(), "a frame begins with A7DS");
    check("type", frame(9, &[]), "a driver sends types 1, 4 and 6");
    check("hello2", frame(1, &[0; 16]), "one hello, and blocks after the welcome");
    check("repeat", whole.repeat(2), "row numbers grow");
}

#[test]
fn a_second_driver_is_told_to_come_later() {
    let path = socket("busy");
    let again = path.clone();
    let (outcome, refused) = {
        let (mut source, _) = listen(Endpoint::Unix(path.clone()), 72, 18);
        let driver = thread::spawn(move || {
            let first = UnixStream::connect(&path).unwrap();
            let _first = Sender::hello(first, RATE_MHZ, (72, 18), ROWS).unwrap().unwrap();
            let mut second = UnixStream::connect(&path).unwrap();
            // It is refused before it says anything.
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut second, &mut bytes).unwrap();
            bytes
        });
        let mut block = SampleBlock::new(source.layout());
        let mut outcome = Ok(Fill::Nothing);
        while !driver.is_finished() {
            outcome = outcome.and(source.fill(&mut block));
        }
        (outcome, driver.join().unwrap())
    };
    assert_eq!(outcome, Ok(Fill::Nothing));
    assert_eq!((refused[5], refused[12]), (3, 7), "REFUSE, busy: {refused:02x?}");
    assert!(!again.exists(), "the socket file goes with the source");
}

#[test]
fn a_driver_that_no_one_here_wrote_the_codec_of() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/python/digitiser.py");
    let python = |endpoint: &Endpoint, rate: u32| {
        let address = match endpoint {
            Endpoint::Unix(path) => vec!["unix".into(), path.display().to_string()],
            Endpoint::Tcp(at) => vec!["tcp".into(), at.ip().to_string(), at.port().to_string()],
        };
        let shape = ["--analog", "70", "--discrete", "3", "--rows", "20", "--blocks", "25"];
        let mut command = Command::new("python3");
        command.arg(script).args(address).args(["--rate", &rate.to_string()]).args(shape);
        command.stdout(Stdio::piped()).spawn()
    };
    let tcp = Endpoint::Tcp("127.0.0.1:0".parse().unwrap());
    for endpoint in [Endpoint::Unix(socket("python")), tcp] {
        let (mut source, at) = listen(endpoint, 70, 3);
        let Ok(child) = python(&at, RATE_MHZ) else {
            assert!(std::env::var_os("CI").is_none(), "python3 is needed");
            println!("SKIPPED: python3 is not there");
            return;
        };
        let mut block = SampleBlock::new(source.layout());
        for n in 0..25_i32 {
            assert_eq!(next(source.as_mut(), &mut block), Ok(()));
            let start = 1_795_313_459_000_000_000 + i64::from(n) * 5_000_000;
            assert_eq!((block.t0.tai, block.t0.quality.error_ns), (Tai(start), 250));
            for row in 0..20_i32 {
                let (number, at) = (n * 20 + row, usize::try_from(row).unwrap());
                let lost = number % 7 == 0;
                let samples = block.analog_row(at);
                assert_eq!(samples[0], if lost { 0 } else { 1_000 * number });
                assert_eq!(samples[69], 1_000 * number + 69);
                assert_eq!(block.valid_row(at), [u64::MAX - u64::from(lost), 0x3F]);
                assert_eq!(block.discrete_row(at), [u64::from(number.unsigned_abs() & 7)]);
            }
        }
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "welcome 8 20 5000\n");
        assert_eq!(source.lost_rows(), 0);

        let child = python(&at, 1_000_000).unwrap();
        let waiter = thread::spawn(move || child.wait_with_output().unwrap());
        while !waiter.is_finished() {
            assert_eq!(source.fill(&mut block), Ok(Fill::Nothing));
        }
        let said = String::from_utf8(waiter.join().unwrap().stdout).unwrap();
        assert_eq!(said, "refused 2 1000000 4000000 rate, millihertz\n");
    }
}

#[test]
fn a_silent_driver_is_given_up() {
    let (outcome, answers) = serve("silent", |stream| {
        let mut sender = Sender::hello(stream, RATE_MHZ, (72, 18), ROWS).unwrap().unwrap();
        core::iter::from_fn(|| sender.answer().ok()).collect::<Vec<_>>()
    });
    assert_eq!(outcome, Err(SourceError::Protocol("something is sent every second")));
    let Some((Answer::Refuse(_), before)) = answers.split_last() else { panic!("{answers:?}") };
    assert!(before.len() >= 4 && before.iter().all(|a| *a == Answer::KeepAlive), "{before:?}");
}

#[test]
fn a_socket_file_that_nobody_listens_on_is_taken_over() {
    let path = socket("left");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let (_source, at) = listen(Endpoint::Unix(path.clone()), 1, 1);
    assert_eq!(at, Endpoint::Unix(path.clone()));
    let rate = Rate::from_millihertz(RATE_MHZ).unwrap();
    let spec = StreamSpec { listen: Endpoint::Unix(path.clone()), rate, analog: 1, discrete: 1 };
    let error = open(&SourceSpec::Stream(spec)).map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on {}", path.display()));
    let tcp = Endpoint::Tcp("127.0.0.1:0".parse().unwrap());
    let (_source, at) = listen(tcp, 1, 1);
    let Endpoint::Tcp(at) = at else { panic!("{at:?}") };
    assert!(TcpStream::connect(at).is_ok());
}

/// The bytes that the document shows are those that the decoders are tested with.
#[test]
fn the_documents_example_is_the_corpus() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let page = std::fs::read_to_string(format!("{root}/docs/digitiser-stream.md")).unwrap();
    let examples: Vec<Vec<u8>> = page
        .split("```text\n")
        .skip(1)
        .map(|block| {
            let lines = block.split("```").next().unwrap().lines();
            let columns = lines.map(|line| line.split("   ").next().unwrap());
            let numbers = columns.flat_map(str::split_whitespace);
            numbers.map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
        })
        .collect();
    let corpus = ["hello", "block"]
        .map(|name| std::fs::read(format!("{root}/tests/fuzz/corpus/stream/{name}")).unwrap());
    assert_eq!(examples, corpus);
}
