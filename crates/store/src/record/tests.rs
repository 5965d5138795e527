//! Records through their whole life: written, closed, read back, cut off anywhere, recovered,
//! evicted.

use super::name;
use super::recover::read_head;
use crate::storage::faulty::Faulty;
use crate::storage::{Disk, Storage};
use crate::store::Store;
use crate::{
    Container, DataType, Format, RecordWriter, Retention, Revision, StoreOptions, TextEncoding,
    capture_of, longest_record_bytes,
};
use aura_comtrade::Record;
use aura_model::{
    AnalogChannel, Cause, Clock, CloseReason, Code, DiscreteChannel, Event, FileKind, Layout,
    Phase, PickupInfo, Quality, Quantity, Rate, RecordHead, RecordId, RecordInfo, RecordSink,
    RecordState, RecordTail, SampleBlock, Side, Stamp, Station, Sync, Tai, ThreePhaseGroup,
    TimeQuality,
};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const RATE_HZ: u32 = 4_000;
/// Five milliseconds.
const BLOCK_ROWS: u16 = 20;
const ANALOG: usize = 5;
const DISCRETE: usize = 70;

/// 2026-11-22 02:10:22.123456789 UTC.
const START_UNIX_NS: i64 = 1_795_313_422_123_456_789;

/// A folder that is removed at the end, in memory where there is such a file system.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let memory = Path::new("/dev/shm");
        let root = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let path = root.join(format!("aura-record-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A clock that stands where it is put.
struct Set(AtomicI64, Sync);

impl Clock for Set {
    fn now(&self) -> Stamp {
        let quality = TimeQuality { sync: self.1, error_ns: 1_000 };
        Stamp { tai: Tai(self.0.load(Ordering::Relaxed)), quality }
    }

    fn mono_ns(&self) -> u64 {
        0
    }
}

fn clock() -> Arc<Set> {
    Arc::new(Set(AtomicI64::new(start().tai.0), Sync::Locked))
}

fn start() -> Stamp {
    let quality = TimeQuality { sync: Sync::Locked, error_ns: 700 };
    Stamp { tai: Tai::from_unix_ns(START_UNIX_NS), quality }
}

fn station() -> Station {
    let phases = [Phase::A, Phase::B, Phase::C, Phase::N, Phase::None];
    let analog = phases.iter().enumerate().map(|(n, phase)| AnalogChannel {
        id: format!("i{n}"),
        name: format!("Л-201 I{}", phase.code()),
        phase: *phase,
        circuit: "Л-201".into(),
        quantity: Quantity::Current,
        unit: "A".into(),
        a: 0.125,
        b: 0.0,
        // The last channel has 24 bits.
        raw_min: if n == 4 { -8_388_607 } else { -32_767 },
        raw_max: if n == 4 { 8_388_607 } else { 32_767 },
        primary: 600.0,
        secondary: 5.0,
        side: Side::Primary,
        skew_us: 0.0,
    });
    let discrete = (0..DISCRETE).map(|n| DiscreteChannel {
        id: format!("d{n}"),
        name: format!("РЗ {n}"),
        phase: Phase::None,
        circuit: String::new(),
        normal: n == 3,
    });
    Station {
        name: "ПС 110 кВ «Северная»".into(),
        rec_dev_id: "AURA-07 №12".into(),
        nominal_hz: 50.0,
        rate: Rate::from_hz(f64::from(RATE_HZ)).unwrap(),
        analog: analog.collect(),
        discrete: discrete.collect(),
        groups: vec![ThreePhaseGroup {
            id: "g1".into(),
            name: "Л-201".into(),
            quantity: Quantity::Current,
            abc: [0, 1, 2],
        }],
        timezone: "Europe/Moscow".into(),
    }
}

fn head() -> RecordHead {
    let pickup = PickupInfo {
        cause: Cause::Element,
        element: "oc1".into(),
        name: "3I0> Л-201".into(),
        at: Stamp { tai: start().tai.plus_ns(12_500_000), ..start() },
        value: 412.5,
        setting: 300.0,
        unit: "A".into(),
        inputs: vec!["i3".into()],
    };
    RecordHead {
        station: Arc::new(station()),
        pickup,
        start: start(),
        config_hash: "c0ffee".into(),
        simulated: false,
        utc_offset_s: 10_800,
    }
}

fn tail() -> RecordTail {
    RecordTail { reason: CloseReason::Complete, pickups: vec![head().pickup] }
}

/// Raw count of a channel in a row; the 24-bit channel needs its bits.
fn raw(row: u64, channel: usize) -> i32 {
    let step = i32::try_from(row * 7 + channel as u64).unwrap() % 30_000 - 15_000;
    if channel == 4 { step * 500 } else { step }
}

/// Channel 1 is not valid in every tenth row.
const fn valid(row: u64, channel: usize) -> bool {
    channel != 1 || !row.is_multiple_of(10)
}

const fn state(row: u64, channel: usize) -> bool {
    (row / 16 + channel as u64).is_multiple_of(3)
}

fn block(n: u64) -> SampleBlock {
    let rate = Rate::from_hz(f64::from(RATE_HZ)).unwrap();
    let layout = Layout { rate, analog: ANALOG, discrete: DISCRETE, rows: BLOCK_ROWS };
    let mut block = SampleBlock::new(layout);
    let first = n * u64::from(BLOCK_ROWS);
    block.clear(n, Stamp { tai: start().tai.plus_ns(rate.row_ns(first)), ..start() });
    block.set_rows(BLOCK_ROWS);
    for at in 0..usize::from(BLOCK_ROWS) {
        let row = first + at as u64;
        block.set_row_valid(at);
        for channel in 0..ANALOG {
            block.analog_row_mut(at)[channel] = raw(row, channel);
            if !valid(row, channel) {
                block.valid_row_mut(at)[0] &= !(1 << channel);
            }
        }
        for channel in (0..DISCRETE).filter(|channel| state(row, *channel)) {
            block.discrete_row_mut(at)[channel / 64] |= 1 << (channel % 64);
        }
    }
    block
}

const BINARY: Format = Format {
    revision: Revision::R2013,
    container: Container::CfgDat,
    data: DataType::Binary,
    encoding: TextEncoding::Utf8,
};

fn options(format: Format) -> StoreOptions {
    StoreOptions {
        format,
        retention: Retention { max_bytes: 1 << 30, max_days: None },
        longest_bytes: longest_record_bytes(&station(), format, 1_000),
        software: "aurad 0.1.0".into(),
    }
}

fn open(dir: &Path, format: Format) -> (Store, RecordWriter, Vec<Event>) {
    Store::open(dir, options(format), clock()).unwrap()
}

fn record(writer: &mut RecordWriter, head: RecordHead, blocks: u64) -> RecordInfo {
    let id = writer.open(head).unwrap();
    assert_eq!(writer.open_record(), Some(id));
    for n in 0..blocks {
        // In two parts, as a window that begins within a block gives them.
        let block = block(n);
        writer.append(&block, 0..7).unwrap();
        writer.append(&block, 7..usize::from(BLOCK_ROWS)).unwrap();
    }
    writer.close(tail()).unwrap()
}

/// Every format that the standard allows.
fn formats() -> impl Iterator<Item = Format> {
    let revisions = [Revision::R1991, Revision::R1999, Revision::R2013];
    let all = revisions.into_iter().flat_map(|revision| {
        [Container::CfgDat, Container::Cff].into_iter().flat_map(move |container| {
            [DataType::Ascii, DataType::Binary, DataType::Binary32, DataType::Float32]
                .map(|data| (revision, container, data))
        })
    });
    all.filter(|(revision, container, data)| {
        let old = matches!(data, DataType::Ascii | DataType::Binary);
        *revision == Revision::R2013 || (old && *container == Container::CfgDat)
    })
    .flat_map(|(revision, container, data)| {
        [TextEncoding::Utf8, TextEncoding::Cp1251].map(|encoding| Format {
            revision,
            container,
            data,
            encoding,
        })
    })
}

/// Compares a record's samples with what was put in.
fn check_samples(store: &Store, id: RecordId, rows: u64, context: &str) {
    let capture = store.capture(id).unwrap_or_else(|e| panic!("{context}: {}", e.with_causes()));
    assert_eq!(capture.rows as u64, rows, "{context}");
    for (channel, loaded) in capture.analog.iter().enumerate() {
        // Sixteen bits hold the 24-bit channel to half of a step.
        let step = if channel == 4 { 8_388_607.0 / 32_767.0 * 0.125 } else { 0.0 };
        for (row, value) in (0..rows).zip(&loaded.values) {
            let expect = f64::from(raw(row, channel)) * 0.125;
            let close = (value - expect).abs() <= step / 2.0 + 1e-9 * expect.abs();
            let right = if valid(row, channel) { close } else { value.is_nan() };
            assert!(right, "{context}: channel {channel} row {row}: {value} for {expect}");
        }
    }
    for (channel, loaded) in capture.discrete.iter().enumerate() {
        for row in 0..rows {
            let at = usize::try_from(row).unwrap();
            assert_eq!(loaded.state(at), state(row, channel), "{context}: d{channel} row {row}");
        }
    }
    assert_eq!((capture.groups, capture.start), (station().groups, start()));
}

#[test]
fn every_format_gives_back_what_was_put_in() {
    let mut seen = 0;
    for format in formats() {
        let (dir, context) = (Folder::new("formats"), format!("{format:?}"));
        let (store, mut writer, events) = open(&dir.0, format);
        assert_eq!(events, []);
        writer.set_journal_head((41, "ab".repeat(16)));
        let info = record(&mut writer, head(), 12);
        let rows = 12 * u64::from(BLOCK_ROWS);
        assert_eq!((info.state.clone(), info.rows), (RecordState::Complete, rows), "{context}");
        assert_eq!(info.name, "261122,051022123,+3t,PS_110_kV_Severnaia,AURA-07_12,AURA");
        check_samples(&store, info.id, rows, &context);
        let kinds: Vec<FileKind> = info.files.iter().map(|file| file.kind).collect();
        match format.container {
            Container::Cff => assert_eq!(kinds, [FileKind::Cff]),
            Container::CfgDat => assert_eq!(kinds, FileKind::ALL[..4]),
        }
        // The digests are what sha256sum finds, and nothing is left over.
        let folder = store.dir_of(info.id).unwrap();
        let arguments = ["-c", "--strict", "--quiet", "SHA256SUMS"];
        let sums = Command::new("sha256sum").args(arguments).current_dir(&folder).status();
        assert!(sums.unwrap().success(), "{context}");
        let sum = Command::new("sha256sum").arg(folder.join("SHA256SUMS")).output().unwrap();
        assert!(sum.stdout.starts_with(info.sha256.as_bytes()), "{context}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), kinds.len() + 3, "{context}");
        let cfg = Record::open(folder.join(format!("{}.{}", info.name, kinds[0].ending())));
        let record = cfg.unwrap();
        assert_eq!(record.cfg().station, station().name, "{context}");
        assert_eq!(record.findings(), [], "{context}");
        let inf = record.inf().unwrap();
        let check = |section, key, expect| {
            assert_eq!(inf.get(section, key).as_deref(), Some(expect), "{context} {section}");
        };
        check(
            "Public Event_Information_#1",
            "Sample_number_Text_#1",
            "51,3I0> Л-201; значение \
               412.5 A; уставка 300 A",
        );
        check("Public File_Description", "End_Sample_Rate_#1", "240");
        check("AURA Integrity", "Journal_Head", "41:abababababababababababababababab");
        check("AURA Time", "Zone", "Europe/Moscow");
        check("Russian_Comtrade_Edition Status_Channel_#1_#1_#70", "Channel_ID", "РЗ 69");
        drop((store, writer));
        let (store, _, events) = open(&dir.0, format);
        assert_eq!(events, [], "{context}");
        assert_eq!(store.list(0, 9), [info], "{context}: the index is a cache");
        seen += 1;
    }
    assert_eq!(seen, 24);
}

#[test]
fn a_single_file_is_made_on_the_way() {
    let dir = Folder::new("cff");
    let (store, mut writer, _) = open(&dir.0, BINARY);
    let info = record(&mut writer, head(), 3);
    let (name, bytes, mut content) = store.file(info.id, FileKind::Cff).unwrap();
    let mut cff = Vec::new();
    content.read_to_end(&mut cff).unwrap();
    assert_eq!((cff.len() as u64, name), (bytes, format!("{}.cff", info.name)));
    let made = Record::from_cff_bytes(cff).unwrap();
    assert_eq!((made.rows(), made.findings()), (60, [].as_slice()));
    let path = store.dir_of(info.id).unwrap().join(format!("{}.cfg", info.name));
    assert_eq!(made.analog(4).unwrap(), Record::open(path).unwrap().analog(4).unwrap());
    assert!(store.file(info.id, FileKind::ReportRu).is_err());
    assert!(store.file(RecordId(99), FileKind::Cfg).is_err());
}

#[test]
fn saturation_and_simulation_are_told() {
    let dir = Folder::new("told");
    let (store, mut writer, _) = open(&dir.0, BINARY);
    // The source said nothing of itself; a sample's quality does.
    writer.open(head()).unwrap();
    let mut block = block(0);
    for row in 3..9 {
        block.analog_row_mut(row)[0] = 40_000;
    }
    block.quality_mut()[0] = Quality::TEST;
    writer.append(&block, 0..20).unwrap();
    let info = writer.close(tail()).unwrap();
    assert!(info.simulated && info.quality.contains(Quality::TEST));
    let text = |kind| {
        let mut text = String::new();
        store.file(info.id, kind).unwrap().2.read_to_string(&mut text).unwrap();
        text
    };
    let hdr = text(FileKind::Hdr);
    assert!(hdr.starts_with("ВНИМАНИЕ: РЕЖИМ СИМУЛЯЦИИ"), "{hdr}");
    assert!(hdr.contains("Насыщение шкалы: канал 1 Л-201 IA, отсчётов 6\r\n"), "{hdr}");
    assert!(text(FileKind::Cfg).starts_with("ПС 110 кВ «Северная» [SIMULATION],"));
    assert!(text(FileKind::Inf).contains("Simulated=1\r\n"));
    assert!(text(FileKind::Inf).contains("Analog_#1=6\r\n"));
    let capture = store.capture(info.id).unwrap();
    assert_eq!(capture.station, station().name);
    assert!(capture.simulated && capture.analog[0].values[3] == 32_767.0 * 0.125);
}

#[test]
fn a_report_stands_beside_its_record() {
    let dir = Folder::new("report");
    let (store, mut writer, _) = open(&dir.0, BINARY);
    let info = record(&mut writer, head(), 2);
    let files = [(FileKind::ReportRu, "Отчёт".as_bytes()), (FileKind::ReportJson, b"{}")];
    let summary = ["КЗ на землю, фаза A".to_owned(), "AG fault".to_owned()];
    store.attach_report(info.id, &files, summary.clone()).unwrap();
    assert!(store.attach_report(info.id, &[(FileKind::Dat, b"x")], summary.clone()).is_err());
    drop((store, writer));
    let (store, _, _) = open(&dir.0, BINARY);
    let again = store.get(info.id).unwrap();
    assert_eq!((again.summary, again.sha256), (summary, info.sha256));
    let mut text = String::new();
    store.file(info.id, FileKind::ReportRu).unwrap().2.read_to_string(&mut text).unwrap();
    assert_eq!(text, "Отчёт");
    assert_eq!(again.files.len(), 6);
}

#[test]
fn calls_out_of_order_are_refused() {
    let dir = Folder::new("order");
    let (_store, mut writer, _) = open(&dir.0, BINARY);
    assert!(writer.append(&block(0), 0..1).is_err() && writer.close(tail()).is_err());
    writer.open(head()).unwrap();
    assert!(writer.open(head()).is_err());
    assert!(writer.append(&block(0), 5..21).is_err());
    let layout = Layout { analog: 1, ..*block(0).layout() };
    assert!(writer.append(&SampleBlock::new(layout), 0..0).is_err());
    writer.append(&block(0), 0..20).unwrap();
    assert_eq!(writer.close(tail()).unwrap().rows, 20);
}

/// The recorder dies after each change of the disk on the way from the last row to the closed
/// record.
#[test]
fn a_record_is_whole_wherever_its_closing_stops() {
    for format in [BINARY, Format { data: DataType::Ascii, container: Container::Cff, ..BINARY }] {
        let mut stopped = 0;
        for calls in 0.. {
            let dir = Folder::new("closing");
            let disk = Faulty::good();
            let (store, mut writer, _) =
                Store::open_on(Arc::new(disk.clone()), &dir.0, options(format), clock()).unwrap();
            let id = writer.open(head()).unwrap();
            for n in 0..4 {
                writer.append(&block(n), 0..20).unwrap();
            }
            disk.fail_after(calls);
            let closed = writer.close(tail());
            if closed.is_err() {
                stopped += 1;
                let state = store.get(id).unwrap().state;
                assert!(matches!(state, RecordState::Unreadable(_)), "{calls}: {state:?}");
            }
            drop((store, writer));
            // The first attempt at recovery fails as well, a little later each time.
            disk.fail_after(calls / 3);
            drop(Store::open_on(Arc::new(disk.clone()), &dir.0, options(format), clock()));
            let (store, mut writer, events) = open(&dir.0, format);
            let info = store.get(id).unwrap();
            assert_eq!((store.count(), info.rows), (1, 80), "{format:?} stopped at {calls}");
            let codes: Vec<Code> = events.iter().map(|event| event.code).collect();
            let recovered = [Code::RecordRecovered];
            assert!(codes.is_empty() || codes == recovered, "{codes:?} at {calls}");
            check_samples(&store, id, 80, &format!("{format:?} stopped at {calls}"));
            assert_eq!(writer.open(head()).unwrap(), RecordId(id.0 + 1), "at {calls}");
            if closed.is_ok() {
                break;
            }
        }
        assert!(stopped > 15, "{stopped} places to stop");
    }
}

#[test]
fn a_record_that_cannot_open_leaves_nothing() {
    let dir = Folder::new("no-open");
    let disk = Faulty::good();
    let (store, mut writer, _) =
        Store::open_on(Arc::new(disk.clone()), &dir.0, options(BINARY), clock()).unwrap();
    disk.fail_once_after(5);
    assert!(writer.open(head()).is_err());
    assert_eq!((store.count(), fs::read_dir(&dir.0).unwrap().count()), (0, 0));
    assert_eq!(record(&mut writer, head(), 1).id, RecordId(2));
}

#[test]
fn a_failing_disk_ends_the_record_and_not_the_recorder() {
    let dir = Folder::new("failing");
    let disk = Faulty::good();
    let (store, mut writer, _) =
        Store::open_on(Arc::new(disk.clone()), &dir.0, options(BINARY), clock()).unwrap();
    let id = writer.open(head()).unwrap();
    writer.append(&block(0), 0..20).unwrap();
    disk.fail_after(0);
    assert!(writer.append(&block(1), 0..20).is_err());
    assert_eq!(writer.open_record(), None);
    assert!(matches!(store.get(id).unwrap().state, RecordState::Unreadable(_)));
    disk.fail_after(i64::MAX);
    assert_eq!(record(&mut writer, head(), 2).rows, 40);
    drop((store, writer));
    // Half of the second block's bytes reached the disk: its whole rows are kept.
    let (store, _, events) = open(&dir.0, BINARY);
    let info = store.get(id).unwrap();
    assert_eq!((info.state, events.len()), (RecordState::Interrupted, 1));
    assert!((20..40).contains(&info.rows), "{} rows", info.rows);
    check_samples(&store, id, info.rows, "after a full disk");
}

/// A disk that, when the power fails, keeps of each file only what was synced.
#[derive(Clone, Default)]
struct Volatile(Arc<std::sync::Mutex<std::collections::BTreeMap<PathBuf, u64>>>);

impl Volatile {
    fn cut_power(&self) {
        for (path, bytes) in self.0.lock().unwrap().iter().filter(|(path, _)| path.exists()) {
            let file = fs::OpenOptions::new().write(true).open(path).unwrap();
            file.set_len(*bytes).unwrap();
        }
    }
}

struct VolatileFile(Volatile, PathBuf, Box<dyn crate::storage::StoredFile>, u64);

impl Write for VolatileFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.2.write(bytes)?;
        self.3 += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.2.flush()
    }
}

impl crate::storage::StoredFile for VolatileFile {
    fn sync_data(&self) -> std::io::Result<()> {
        self.0.0.lock().unwrap().insert(self.1.clone(), self.3);
        Ok(())
    }

    fn reserve(&self, bytes: u64) -> std::io::Result<()> {
        self.2.reserve(bytes)
    }
}

impl Storage for Volatile {
    fn create(&self, path: &Path) -> std::io::Result<Box<dyn crate::storage::StoredFile>> {
        self.0.lock().unwrap().insert(path.to_owned(), 0);
        let inner = Disk.create(path)?;
        Ok(Box::new(VolatileFile(self.clone(), path.to_owned(), inner, 0)))
    }

    fn extend(&self, path: &Path) -> std::io::Result<Box<dyn crate::storage::StoredFile>> {
        Disk.extend(path)
    }

    fn cut(&self, path: &Path, bytes: u64) -> std::io::Result<()> {
        Disk.cut(path, bytes)
    }

    fn rename(&self, from: &Path, to: &Path) -> std::io::Result<()> {
        Disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> std::io::Result<()> {
        Disk.remove(path)
    }

    fn create_dir(&self, path: &Path) -> std::io::Result<()> {
        Disk.create_dir(path)
    }

    fn remove_dir(&self, path: &Path) -> std::io::Result<()> {
        Disk.remove_dir(path)
    }

    fn sync_dir(&self, dir: &Path) -> std::io::Result<()> {
        Disk.sync_dir(dir)
    }
}

#[test]
fn a_power_failure_costs_at_most_100_ms() {
    for blocks in [1, 19, 20, 21, 45, 60, 77] {
        let (dir, disk) = (Folder::new("power"), Volatile::default());
        let (_, mut writer, _) =
            Store::open_on(Arc::new(disk.clone()), &dir.0, options(BINARY), clock()).unwrap();
        let id = writer.open(head()).unwrap();
        for n in 0..blocks {
            writer.append(&block(n), 0..20).unwrap();
        }
        drop(writer);
        disk.cut_power();
        let (store, _, events) = open(&dir.0, BINARY);
        let info = store.get(id).unwrap();
        let lost = blocks * 20 - info.rows;
        assert!(lost < u64::from(RATE_HZ) / 10, "{lost} of {} rows lost", blocks * 20);
        match info.rows {
            0 => assert_eq!(events[0].code, Code::RecordUnreadable),
            rows => {
                assert_eq!(events[0].code, Code::RecordRecovered);
                assert_eq!(info.state, RecordState::Interrupted);
                check_samples(&store, id, rows, &format!("power failed after {blocks} blocks"));
            }
        }
    }
}

#[test]
fn pages_that_never_reached_the_disk_end_the_record() {
    let dir = Folder::new("pages");
    let (_, mut writer, _) = open(&dir.0, BINARY);
    let id = writer.open(head()).unwrap();
    for n in 0..30 {
        writer.append(&block(n), 0..20).unwrap();
    }
    drop(writer);
    let path = dir.0.join(name::part_name(id)).join(super::OPEN_DAT);
    let mut bytes = fs::read(&path).unwrap();
    bytes[8_192..12_288].fill(0);
    fs::write(&path, &bytes).unwrap();
    let row_bytes = bytes.len() as u64 / 600;
    let (store, _, _) = open(&dir.0, BINARY);
    assert_eq!(store.get(id).unwrap().rows, 8_192 / row_bytes);
    let (again, _, events) = open(&dir.0, BINARY);
    assert_eq!((again.list(0, 9), events), (store.list(0, 9), Vec::new()), "done once");
}

#[test]
fn what_cannot_be_read_is_listed_with_its_reason() {
    let dir = Folder::new("unreadable");
    let (_, mut writer, _) = open(&dir.0, BINARY);
    let whole = record(&mut writer, head(), 1);
    for (folder, file) in [
        (name::part_name(RecordId(5)), "head.json"),
        (name::folder_name(RecordId(6), "a,b"), "record.json"),
    ] {
        fs::create_dir(dir.0.join(&folder)).unwrap();
        fs::write(dir.0.join(folder).join(file), b"{\"schema\":1}").unwrap();
    }
    fs::create_dir(dir.0.join(name::part_name(RecordId(7)))).unwrap();
    fs::create_dir(dir.0.join("00000008.gone")).unwrap();
    fs::write(dir.0.join("stranger.txt"), b"").unwrap();
    let (store, mut writer, events) = open(&dir.0, BINARY);
    assert_eq!(store.count(), 4);
    assert!(events.iter().all(|event| event.code == Code::RecordUnreadable));
    assert_eq!(events.len(), 3);
    for id in [5, 6, 7] {
        let info = store.get(RecordId(id)).unwrap();
        assert!(matches!(info.state, RecordState::Unreadable(_)), "{info:?}");
        assert!(store.capture(RecordId(id)).is_err());
    }
    assert_eq!(store.get(whole.id).unwrap(), whole);
    assert_eq!(writer.open(head()).unwrap(), RecordId(8));
}

#[test]
fn the_oldest_give_way_and_no_number_comes_back() {
    let dir = Folder::new("room");
    let (store, mut writer, _) = open(&dir.0, BINARY);
    let bytes = record(&mut writer, head(), 4).bytes();
    for _ in 0..5 {
        record(&mut writer, head(), 4);
    }
    assert_eq!(store.make_room(None), []);
    drop((store, writer));
    let longest = options(BINARY).longest_bytes;
    let mut tight = options(BINARY);
    tight.retention.max_bytes = longest + 3 * bytes;
    let (store, mut writer, _) = Store::open(&dir.0, tight.clone(), clock()).unwrap();
    let gone: Vec<String> =
        store.make_room(None).into_iter().map(|event| event.args[0].1.clone()).collect();
    assert_eq!(gone, ["1", "2", "3"]);
    assert_eq!(store.make_room(None), [], "done once");
    // A full file system takes more, but never the newest or the open record.
    let id = writer.open(head()).unwrap();
    assert_eq!((id, store.make_room(Some(longest - 1)).len()), (RecordId(7), 1));
    assert_eq!(store.make_room(Some(0)).len(), 2);
    let left: Vec<u64> = store.list(0, 9).iter().map(|info| info.id.0).collect();
    assert_eq!(left, [7]);
    writer.append(&block(0), 0..20).unwrap();
    writer.close(tail()).unwrap();
    drop((store, writer));
    fs::remove_dir_all(dir.0.join(format!("00000007-{}", name::base_name(&head())))).unwrap();
    let (store, mut writer, _) = open(&dir.0, BINARY);
    assert_eq!((store.count(), writer.open(head()).unwrap()), (0, RecordId(8)));
}

#[test]
fn a_lying_clock_does_not_empty_the_store() {
    let day_ns = 86_400_000_000_000;
    let check = |sync: Sync, days: i64, calls: usize, expect: usize| {
        let dir = Folder::new("age");
        let mut options = options(BINARY);
        options.retention.max_days = Some(10);
        let clock = Arc::new(Set(AtomicI64::new(start().tai.0), sync));
        let (store, mut writer, _) =
            Store::open(&dir.0, options, Arc::<Set>::clone(&clock)).unwrap();
        for _ in 0..4 {
            record(&mut writer, head(), 1);
        }
        clock.0.fetch_add(days * day_ns, Ordering::Relaxed);
        for _ in 0..calls {
            store.make_room(None);
        }
        assert_eq!(store.count(), expect, "{sync:?} {days} days {calls} calls");
    };
    check(Sync::Locked, 9, 3, 4);
    check(Sync::Locked, 11, 1, 3);
    check(Sync::Locked, 11, 9, 1);
    check(Sync::Free, 9_000, 9, 4);
    check(Sync::Holdover, 9_000, 9, 4);
    check(Sync::Locked, -9_000, 9, 4);
}

#[test]
fn two_thousand_records_are_found_at_the_start() {
    let dir = Folder::new("many");
    let (store, mut writer, _) = open(&dir.0, BINARY);
    let info = record(&mut writer, head(), 1);
    let first = store.dir_of(info.id).unwrap();
    for id in 2..=2_000 {
        let folder = dir.0.join(name::folder_name(RecordId(id), &info.name));
        fs::create_dir(&folder).unwrap();
        for file in fs::read_dir(&first).unwrap().flatten() {
            fs::hard_link(file.path(), folder.join(file.file_name())).unwrap();
        }
    }
    let (store, _, events) = open(&dir.0, BINARY);
    assert_eq!((store.count(), events.len(), store.bytes()), (2_000, 0, 2_000 * info.bytes()));
    let page: Vec<u64> = store.list(10, 3).iter().map(|info| info.id.0).collect();
    assert_eq!(page, [1_990, 1_989, 1_988]);
}

#[test]
fn a_foreign_record_is_loaded_with_guessed_sets() {
    let dir = Folder::new("foreign");
    let (store, mut writer, _) = open(&dir.0, BINARY);
    let info = record(&mut writer, head(), 5);
    let folder = store.dir_of(info.id).unwrap();
    let capture = capture_of(&folder.join(format!("{}.dat", info.name)), None).unwrap();
    let own = store.capture(info.id).unwrap();
    assert_eq!((capture.groups[0].abc, capture.groups.len()), ([0, 1, 2], 1));
    let us = |at: Stamp| at.tai.unix_ns() / 1_000;
    assert_eq!(us(capture.start), us(own.start));
    assert_eq!(us(capture.trigger), us(own.trigger));
    assert_eq!((capture.rows, capture.rate), (100, own.rate));
    for (one, other) in capture.analog.iter().zip(&own.analog) {
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&one.values), bits(&other.values));
        assert_eq!((one.channel.phase, one.channel.quantity), {
            (other.channel.phase, other.channel.quantity)
        });
    }
    assert!(capture.discrete.iter().zip(&own.discrete).all(|(a, b)| a.changes == b.changes));
    let (read, format) = read_head(&folder).unwrap();
    assert_eq!((read.station, format), (head().station, BINARY));
}

/// Makes this test binary a recorder in this folder.
const CHILD_DIR: &str = "AURA_STORE_CHILD_DIR";

/// Records for ever; the parent kills the process.
fn record_until_killed(dir: &Path) {
    let (_, mut writer, _) = open(dir, BINARY);
    writer.open(head()).unwrap();
    let mut out = std::io::stdout().lock();
    for n in 0.. {
        writer.append(&block(n), 0..20).unwrap();
        writeln!(out, "appended {n}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn a_killed_recorder_leaves_a_readable_record() {
    if let Some(dir) = std::env::var_os(CHILD_DIR) {
        return record_until_killed(Path::new(&dir));
    }
    let dir = Folder::new("killed");
    for (round, lines) in [0, 3, 41, 173].into_iter().enumerate() {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "--nocapture",
                "record::tests::a_killed_recorder_leaves_a_readable_record",
            ])
            .env(CHILD_DIR, &dir.0)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut appended = 0;
        let output = BufReader::new(child.stdout.take().unwrap());
        for line in output.lines().map_while(Result::ok) {
            if let Some(n) = line.rsplit_once("appended ").and_then(|(_, n)| n.parse::<u64>().ok())
            {
                appended = n + 1;
                if appended > lines {
                    break;
                }
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(appended > lines, "the child recorded");
        let (store, writer, events) = open(&dir.0, BINARY);
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].code, Code::RecordRecovered);
        let info = store.list(0, 1).remove(0);
        // A killed process loses nothing that it had appended: the kernel has it.
        assert_eq!((info.id.0, info.state.clone()), (round as u64 + 1, RecordState::Interrupted));
        assert!(info.rows >= appended * 20, "{} rows of {appended} blocks", info.rows);
        check_samples(&store, info.id, info.rows, "killed");
        drop((store, writer));
    }
}
