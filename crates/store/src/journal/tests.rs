//! The journal on a real folder, on a failing disk, and under every small forgery.

use super::verify::verify_with;
use super::*;
use crate::storage::faulty::Faulty;
use aura_model::{JournalFilter, Stamp, Tai};
use proptest::prelude::*;
use std::io::Read as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// A clock that goes on by a millisecond at each reading.
#[derive(Default)]
struct Ticks(AtomicU64);

impl Clock for Ticks {
    fn now(&self) -> Stamp {
        let ns = i64::try_from(self.mono_ns()).unwrap();
        Stamp { tai: Tai::from_unix_ns(1_795_313_422_000_000_000 + ns), ..Stamp::default() }
    }

    fn mono_ns(&self) -> u64 {
        self.0.fetch_add(1_000_000, Ordering::Relaxed)
    }
}

/// A folder that is removed at the end, in memory where there is such a file system.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let memory = Path::new("/dev/shm");
        let root = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let path = root.join(format!("aura-store-{}-{name}", std::process::id()));
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

fn event(n: u64) -> Event {
    Event::new(Stamp::default(), Code::DroppedOut).arg("element", format!("3I0> Л-{n}"))
}

fn open(dir: &Path) -> (Journal, Vec<Event>) {
    Journal::open(dir, Arc::new(Ticks::default()), "a1b2c3", Lang::Ru).unwrap()
}

/// Files of 2 KiB, 8 KiB of closed ones.
const SMALL: (u64, u64) = (2_048, 8_192);

fn open_small(dir: &Path, disk: &Faulty) -> (Journal, Vec<Event>) {
    let clock = Arc::new(Ticks::default());
    Journal::open_on(Arc::new(disk.clone()), dir, clock, "a1b2", Lang::Ru, SMALL).unwrap()
}

fn verify_small(dir: &Path, head: Option<(u64, &str)>) -> Result<Verified, Fault> {
    verify_with(dir, head, SMALL, |file| Ok(fs::read(&file.path).unwrap()))
}

fn seqs(dir: &Path, filter: &JournalFilter) -> Vec<u64> {
    JournalReader::new(dir).page(filter).unwrap().iter().map(|entry| entry.seq).collect()
}

fn all(limit: usize) -> JournalFilter {
    JournalFilter { limit, ..JournalFilter::default() }
}

#[test]
fn numbers_go_on_over_restarts() {
    let dir = Folder::new("restart");
    for boot in 0..3 {
        let (mut journal, findings) = open(&dir.0);
        assert_eq!(findings, []);
        assert_eq!(journal.seq(), boot * 2);
        journal.append(&event(1));
        assert_eq!(journal.append_durable(&event(2)).unwrap(), boot * 2 + 2);
    }
    let verified = verify(&dir.0, None).unwrap();
    assert_eq!((verified.files, verified.lines, verified.last_seq), (1, 6, 6));
    assert_eq!(seqs(&dir.0, &all(100)), [6, 5, 4, 3, 2, 1]);
}

#[test]
fn rotation_keeps_the_quota_and_the_chain() {
    let dir = Folder::new("rotation");
    let (mut journal, _) = open_small(&dir.0, &Faulty::good());
    for n in 1..=300 {
        journal.append(&event(n));
    }
    journal.sync().unwrap();
    let files = scan::list(&dir.0).unwrap();
    assert!(files.iter().all(|file| file.bytes <= SMALL.0), "{files:?}");
    let closed: u64 = files[..files.len() - 1].iter().map(|file| file.bytes).sum();
    assert!(closed <= SMALL.1 && closed + SMALL.0 > SMALL.1, "{closed} bytes closed");
    let head = journal.head();
    let verified = verify_small(&dir.0, Some((head.0, &head.1))).unwrap();
    assert_eq!((verified.last_seq, verified.witness), (300, Witness::Found));
    assert_eq!(verified.first_seq + verified.lines, 301);
    assert!(verified.first_seq > 1);
    let early = verify_small(&dir.0, Some((1, &head.1))).unwrap();
    assert_eq!(early.witness, Witness::TooOld);
    // The writer keeps a line's room free, so its files of 2 KiB are a little more than half full.
    fs::remove_file(&files[0].path).unwrap();
    fs::remove_file(&files[1].path).unwrap();
    let fault = verify_small(&dir.0, None).unwrap_err();
    assert!(fault.what.contains("missing"), "{fault}");
}

#[test]
fn pages_go_back_and_follow() {
    let dir = Folder::new("pages");
    let (mut journal, _) = open_small(&dir.0, &Faulty::good());
    for n in 1..=40 {
        journal.append(&event(n));
    }
    let check = |filter: JournalFilter, expect: &[u64]| {
        assert_eq!(seqs(&dir.0, &filter), expect, "{filter:?}");
    };
    check(all(3), &[40, 39, 38]);
    check(JournalFilter { before: Some(12), ..all(3) }, &[11, 10, 9]);
    check(JournalFilter { before: Some(3), ..all(9) }, &[2, 1]);
    check(JournalFilter { after: Some(37), ..all(9) }, &[40, 39, 38]);
    check(JournalFilter { after: Some(40), ..all(9) }, &[]);
    check(JournalFilter { after: Some(u64::MAX), ..all(9) }, &[]);
    check(JournalFilter { before: Some(0), after: Some(u64::MAX), ..all(9) }, &[]);
    check(JournalFilter { text: "л-17".into(), ..all(9) }, &[17]);
    check(JournalFilter { severity: Some(aura_model::Severity::Warning), ..all(9) }, &[]);
    let (bytes, mut text) = journal.reader().text().unwrap();
    let mut whole = String::new();
    text.read_to_string(&mut whole).unwrap();
    assert_eq!(whole.len() as u64, bytes);
    assert_eq!(whole.lines().filter(|line| !line.starts_with('#')).count(), 40);
}

#[test]
fn a_torn_tail_is_cut_and_reported() {
    let dir = Folder::new("torn");
    let (mut journal, _) = open(&dir.0);
    journal.append(&event(1));
    journal.append_durable(&event(2)).unwrap();
    let path = scan::path_of(&dir.0, 1);
    let whole = fs::read(&path).unwrap();
    let second = whole.iter().rposition(|byte| *byte == b'\n').unwrap();
    let start = whole[..second].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for (tail, kept) in [(start + 1, 1), (second, 1), (start, 1), (second + 1, 2)] {
        fs::write(&path, &whole[..tail]).unwrap();
        let (journal, findings) = open(&dir.0);
        assert_eq!(journal.seq(), kept, "cut at {tail}");
        assert_eq!(findings.len(), usize::from(tail == start + 1 || tail == second));
        assert!(findings.iter().all(|event| event.code == Code::JournalRepaired));
    }
    // Pages that were never written read as zeros.
    let mut zeros = whole.clone();
    zeros.extend([0; 5_000]);
    zeros.extend(b"\n");
    fs::write(&path, &zeros).unwrap();
    let (journal, findings) = open(&dir.0);
    assert_eq!((journal.seq(), findings[0].args[0].1.as_str()), (2, "5001"));
    assert_eq!(fs::read(path.with_extension("torn")).unwrap(), zeros[whole.len()..]);
    assert_eq!(verify(&dir.0, None).unwrap().lines, 2);
}

#[test]
fn a_head_that_never_reached_the_disk_is_no_file() {
    let dir = Folder::new("head");
    drop(open(&dir.0).0.append_durable(&event(1)));
    fs::write(scan::path_of(&dir.0, 2), b"#aura-jour").unwrap();
    fs::write(dir.0.join("journal-000002.new"), b"rubbish").unwrap();
    let (mut journal, _) = open(&dir.0);
    assert_eq!(journal.append_durable(&event(2)).unwrap(), 2);
    assert_eq!(verify(&dir.0, None).unwrap().files, 1);
}

#[test]
fn a_damaged_file_stays_and_is_named() {
    let dir = Folder::new("damage");
    let (mut journal, _) = open(&dir.0);
    for n in 1..=5 {
        journal.append(&event(n));
    }
    journal.sync().unwrap();
    let path = scan::path_of(&dir.0, 1);
    let mut bytes = fs::read_to_string(&path).unwrap();
    bytes = bytes.replace("Л-3 | element", "Л-9 | element");
    fs::write(&path, &bytes).unwrap();
    let (mut journal, findings) = open(&dir.0);
    assert_eq!(findings[0].code, Code::JournalDamaged);
    assert_eq!(findings[0].args[1], ("line", "4".to_owned()));
    assert_eq!(journal.append_durable(&event(6)).unwrap(), 6, "no number is used twice");
    assert_eq!(fs::read_to_string(&path).unwrap(), bytes, "the evidence is untouched");
    let fault = verify(&dir.0, None).unwrap_err();
    assert_eq!((fault.file, fault.line), (path, 4));
    assert_eq!(seqs(&dir.0, &all(9)).len(), 6);
}

/// The disk fails at each of its calls in turn; lines are never lost without a word.
#[test]
fn a_failing_disk_loses_no_line() {
    for calls in 0..60 {
        let dir = Folder::new(&format!("failing-{calls}"));
        let disk = Faulty::good();
        let (mut journal, _) = open_small(&dir.0, &disk);
        disk.fail_after(calls);
        let mut failed = false;
        for n in 1..=30 {
            journal.append(&event(n));
            if n % 3 == 0 {
                failed |= journal.sync().is_err();
            }
        }
        assert!(failed && journal.outage().is_some() && journal.retry().is_err(), "at {calls}");
        let witness = journal.head();
        disk.fail_after(i64::MAX);
        journal.retry().unwrap();
        assert_eq!(journal.append_durable(&event(31)).unwrap(), 31);
        let verified = verify_small(&dir.0, Some((witness.0, &witness.1)));
        let verified = verified.unwrap_or_else(|fault| panic!("at {calls}: {fault}"));
        assert_eq!((verified.lines, verified.witness), (31, Witness::Found), "at {calls}");
        let expect: Vec<u64> = (1..=31).rev().collect();
        assert_eq!(seqs(&dir.0, &all(100)), expect, "at {calls}");
        drop(journal);
        let (journal, findings) = open_small(&dir.0, &Faulty::good());
        assert_eq!((journal.seq(), findings.len()), (31, 0));
    }
}

#[test]
fn a_disk_that_fails_at_the_start_stops_nobody() {
    for (kept, calls) in [(None, 0), (None, 3), (Some(2), 0), (Some(2), 1), (Some(0), 0)] {
        let dir = Folder::new("start");
        let path = scan::path_of(&dir.0, 1);
        if let Some(lines) = kept {
            let (mut journal, _) = open_small(&dir.0, &Faulty::good());
            for n in 0..lines {
                journal.append(&event(n));
            }
            let mut torn = fs::read(&path).unwrap();
            torn.extend(b"99 torn");
            fs::write(&path, torn).unwrap();
        }
        let disk = Faulty::good();
        disk.fail_after(calls);
        let (mut journal, findings) = open_small(&dir.0, &disk);
        assert_eq!(findings.len(), usize::from(kept.is_some()));
        let seq = journal.append(&event(7));
        assert_eq!(seq, kept.unwrap_or(0) + 1);
        assert!(journal.sync().is_err() && journal.outage().is_some_and(|(n, _)| n == 1));
        disk.fail_after(i64::MAX);
        journal.retry().unwrap();
        journal.append_durable(&event(8)).unwrap();
        let verified = verify_small(&dir.0, None).unwrap();
        assert_eq!(verified.lines, kept.unwrap_or(0) + 2, "{kept:?} {calls}");
    }
}

#[test]
fn lines_given_up_are_counted() {
    let dir = Folder::new("lost");
    let disk = Faulty::good();
    let (mut journal, _) = open_small(&dir.0, &disk);
    journal.append_durable(&event(0)).unwrap();
    disk.fail_after(0);
    let many = WAITING_LINES as u64 + 7;
    for n in 0..many {
        journal.append(&event(n));
    }
    disk.fail_after(i64::MAX);
    journal.retry().unwrap();
    let newest = JournalReader::new(&dir.0);
    let lost = newest.page(&JournalFilter { text: "S031".into(), ..all(2) }).unwrap();
    assert_eq!(lost.len(), 1);
    assert_eq!((lost[0].seq, lost[0].text.as_str()), (8, "Журнал: не записано строк: 7"));
    let verified = verify(&dir.0, None).unwrap();
    assert_eq!((verified.lines, verified.last_seq), (many + 1 - 7 + 1, many + 1));
}

/// A journal of several small files, its folder and its head.
fn sample(name: &str) -> (Folder, Vec<Named>, (u64, String)) {
    let dir = Folder::new(name);
    let (mut journal, _) = open_small(&dir.0, &Faulty::good());
    for n in 1..=20 {
        journal.append(&event(n));
    }
    journal.sync().unwrap();
    let files = scan::list(&dir.0).unwrap();
    assert!(files.len() >= 3);
    (dir, files, journal.head())
}

/// Whether verification notices these bytes in place of the file's; the line that it names.
fn notices(dir: &Folder, file: &Named, bytes: &[u8], head: Option<(u64, &str)>) -> Option<u64> {
    let read = |other: &Named| match other == file {
        true => Ok(bytes.to_vec()),
        false => Ok(fs::read(&other.path).unwrap()),
    };
    match verify_with(&dir.0, head, SMALL, read) {
        Ok(verified) => (verified.torn_bytes > 0).then_some(0),
        Err(fault) => Some(fault.line),
    }
}

#[test]
fn every_single_byte_edit_and_deletion_is_noticed() {
    let (dir, files, _) = sample("bytes");
    assert!(verify_small(&dir.0, None).is_ok());
    for file in &files {
        let whole = fs::read(&file.path).unwrap();
        for at in 0..whole.len() {
            let line = whole[..at].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
            // Low bit: another letter or digit; high bit: broken UTF-8; line end: two lines of one.
            let edit = [whole[at] ^ 1, whole[at] ^ 0x80, b'\n'][at % 3];
            let mut bytes = whole.clone();
            bytes[at] = if edit == whole[at] { b'x' } else { edit };
            let named = notices(&dir, file, &bytes, None);
            assert!(named.is_some(), "{at} of {file:?} to {edit:#x}");
            // The line itself is named, unless its end is gone and the next one is part of it.
            if whole[at] != b'\n' && named != Some(0) {
                assert!(named == Some(line) || line == 1, "{named:?} for line {line}");
            }
            let mut bytes = whole.clone();
            bytes.remove(at);
            assert!(notices(&dir, file, &bytes, None).is_some(), "{at} of {file:?} removed");
        }
    }
}

#[test]
fn lines_moved_removed_and_cut_off_are_noticed() {
    let (dir, files, head) = sample("lines");
    let head = Some((head.0, head.1.as_str()));
    for (n, file) in files.iter().enumerate() {
        let whole = fs::read_to_string(&file.path).unwrap();
        let lines: Vec<&str> = whole.split_inclusive('\n').collect();
        for a in 0..lines.len() {
            let last_of_all = n + 1 == files.len() && a + 1 == lines.len();
            let cut = lines[..a].concat();
            assert!(notices(&dir, file, cut.as_bytes(), head).is_some(), "{n}: cut at {a}");
            let mut left = lines.clone();
            left.remove(a);
            let named = notices(&dir, file, left.concat().as_bytes(), None);
            // Only the end of all needs the witness.
            assert_eq!(named.is_some(), !last_of_all, "{n}: line {a} removed");
            for b in a + 1..lines.len() {
                let mut swapped = lines.clone();
                swapped.swap(a, b);
                let named = notices(&dir, file, swapped.concat().as_bytes(), None);
                assert_eq!(named, Some(a as u64 + 1), "{n}: {a} and {b} swapped");
            }
            let doubled = [&lines[..=a], &lines[a..]].concat().concat();
            assert!(notices(&dir, file, doubled.as_bytes(), None).is_some(), "{n}: {a} doubled");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_open_and_verify_without_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
        keep in 0_usize..900,
    ) {
        let dir = Folder::new("any");
        let (mut journal, _) = open(&dir.0);
        for n in 0..6 {
            journal.append(&event(n));
        }
        drop(journal);
        let path = scan::path_of(&dir.0, 1);
        let mut file = fs::read(&path).unwrap();
        file.truncate(keep);
        file.extend(bytes);
        fs::write(&path, file).unwrap();
        let _ = verify(&dir.0, None);
        let (mut journal, _) = open(&dir.0);
        let seq = journal.append_durable(&event(7)).unwrap();
        prop_assert_eq!(seqs(&dir.0, &all(1)), [seq]);
    }
}
