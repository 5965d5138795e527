//! A source takes no memory after its start: the data plane's law, counted by the allocator itself.
#![expect(clippy::unwrap_used, reason = "tests, all of it")]

use aura_acquire::{
    Endpoint, Mapping, ReplaySpec, SimFault, SimulatorSpec, SourceSpec, Start, StreamSpec, open,
};
use aura_model::{Fill, Rate, SampleBlock, Stamp};
use aura_testkit::CountingAllocator;
use aura_testkit::stream::{block_frame, frame};
use std::io::Write;

#[global_allocator]
static COUNTING: CountingAllocator = CountingAllocator;

fn check(name: &str, spec: &SourceSpec, fills: usize, feed: impl FnOnce(Option<Endpoint>)) {
    let opened = open(spec).unwrap();
    let description = opened.description();
    let mapping = Mapping {
        analog: (0..description.analog.len()).rev().collect(),
        discrete: (0..description.discrete.len()).map(|n| (n, n % 2 == 0)).collect(),
    };
    let endpoint = opened.listening();
    let mut source = opened.start(&mapping, 20, Start::At(Stamp::default())).unwrap();
    let mut block = SampleBlock::new(source.layout());
    feed(endpoint);
    let before = CountingAllocator::calls();
    let mut rows = 0;
    // The stream's first call admits its driver.
    for _ in 0..=fills {
        if rows < fills * 20 && source.fill(&mut block).unwrap() == Fill::Rows {
            rows += block.rows();
        }
    }
    assert_eq!(CountingAllocator::calls(), before, "{name}: memory was taken");
    assert_eq!(rows, fills * 20, "{name}");
}

#[test]
fn no_source_takes_memory_after_its_start() {
    assert_ne!(CountingAllocator::calls(), 0, "the allocator counts");
    let rate = Rate::from_hz(4_000.0).unwrap();
    let fault = SimFault {
        at_ms: 100,
        for_ms: 80,
        bay: 3,
        phases: [true; 3],
        earth: false,
        current_a: 9_000.0,
        voltage_pct: 5.0,
        dc_ms: 60.0,
    };
    let simulator = SourceSpec::Simulator(SimulatorSpec {
        rate,
        frequency_hz: 50.0,
        bays: 8,
        voltage_kv: 127.0,
        load_a: 400.0,
        noise_pct: 0.2,
        harmonic3_pct: 3.0,
        faults: vec![fault],
        period_ms: 1_000,
        seed: 9,
    });
    check("simulator", &simulator, 1_000, |_| ());

    let dir = std::env::temp_dir().join(format!("aura-allocations-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    for kind in ["ASCII", "FLOAT32"] {
        let path = dir.join(format!("{kind}.cfg"));
        let cfg = format!(
            "S,1,2013\r\n3,2A,1D\r\n1,IA,A,,A,1,0,0,-9,9,1,1,P\r\n2,IB,B,,A,1,0,0,-9,9,1,1,P\r\n\
             1,D,,,0\r\n50\r\n1\r\n4000,3\r\n01/01/2026,00:00:00.0\r\n01/01/2026,00:00:00.0\r\n\
             {kind}\r\n1\r\n0,0\r\n0,0\r\n"
        );
        std::fs::write(&path, cfg).unwrap();
        let mut dat = Vec::new();
        for row in 1..=3_u32 {
            if kind == "ASCII" {
                write!(dat, "{row},0,{row}.25,-7,1\r\n").unwrap();
            } else {
                dat.extend(row.to_le_bytes());
                dat.extend([0; 4]);
                dat.extend([0.25_f32, -7.5].into_iter().flat_map(f32::to_le_bytes));
                dat.extend([1, 0]);
            }
        }
        std::fs::write(path.with_extension("dat"), dat).unwrap();
        let replay = SourceSpec::Replay(ReplaySpec { path, repeat: true });
        check(kind, &replay, 200, |_| ());
    }
    std::fs::remove_dir_all(&dir).unwrap();

    let listen = Endpoint::Tcp("127.0.0.1:0".parse().unwrap());
    let stream = SourceSpec::Stream(StreamSpec { listen, rate, analog: 3, discrete: 2 });
    let layout = aura_model::Layout { rate, analog: 3, discrete: 2, rows: 20 };
    let mut block = SampleBlock::new(layout);
    block.set_rows(20);
    let mut bytes = 4_000_000_u32.to_le_bytes().to_vec();
    bytes.extend([3, 0, 2, 0, 20, 0, 1, 0, 0, 0, 0, 0]);
    let mut bytes = frame(1, &bytes);
    for n in 0..30 {
        bytes.extend(block_frame(n * 20, Stamp::default(), &block));
    }
    let mut driver = None;
    check("stream", &stream, 30, |endpoint| {
        let Some(Endpoint::Tcp(at)) = endpoint else { panic!("{endpoint:?}") };
        let mut stream = std::net::TcpStream::connect(at).unwrap();
        // The whole session fits into the socket's buffer: sent before it is read.
        stream.write_all(&bytes).unwrap();
        driver = Some(stream);
    });
}
