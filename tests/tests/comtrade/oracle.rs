//! Every value of every record equals what the Python package `comtrade` reads.
//!
//! Arithmetic is the same on both sides (one multiplication and one addition of float64, in this
//! order), so analog values are compared bit for bit. Times differ: ours are whole nanoseconds,
//! the peer's are float seconds, so half a nanosecond plus the float's own step is allowed.

use aura_comtrade::{DataType, Record, Revision, Sampling};

use super::data::{Dump, dump, python, recordings, records};

/// Records that the peer cannot open, with the start of what it says and why. A record that is
/// here and opens fails the test, and so does one that is not here and does not open.
const PEER_CANNOT: &[(&str, &str, &str)] = &[
    ("malformed/cff_bad_separators", "ValueError: not enough values", "separators without colon"),
    ("malformed/month_44", "ValueError: month must be", "no such date"),
    ("malformed/rtds_cfg_only_no_year", "ValueError: month must be", "mm/dd/yy without a revision"),
    ("malformed/sel735_cfg_only", "FileNotFoundError", "there is no .dat"),
    ("malformed/total_is_7A", "ValueError: invalid literal for int", "counts line 7A,7A,0D"),
    ("relays/mcu_1991_binary_ddmm", "ValueError: month must be", "dd/mm/yyyy in a 1991 file"),
    ("relays/mcu_1991_binary_short", "ValueError: month must be", "dd/mm/yyyy in a 1991 file"),
    ("relays/variable_rate_rev2000", "ValueError: invalid literal for int", "blank lines in .dat"),
];

/// Records whose first sample number is 0: the peer computes times from the number, so all its
/// times are one period early. The start stamp is the instant of the first sample (C37.111,
/// 7.4.7), whatever its number.
const NUMBERED_FROM_0: &[&str] = &[
    "imf3r_cp866",
    "iso_dates_and_hour_codes",
    "ritm_binary32_300D",
    "sirius2l_cp866",
    "unknown_dfr_55A112D_skew",
];

#[test]
fn values_equal_those_of_the_python_package() {
    let (Some(data), Some(python)) = (recordings(), python()) else { return };
    let paths = [records(&data.join("comtrade")), records(&data.join("faults"))].concat();
    assert!(paths.len() >= 60, "{} records", paths.len());
    let mut compared = 0;
    for (path, peer) in paths.iter().zip(dump(python, &paths)) {
        let name = path.with_extension("").display().to_string();
        let known = PEER_CANNOT.iter().find(|row| name.ends_with(row.0));
        match (&peer.error, known) {
            (None, None) => {
                let record = Record::open(path).unwrap_or_else(|e| panic!("{name}: {e}"));
                compare(&name, &record, &peer);
                compared += 1;
            }
            (Some(error), Some((_, begin, _))) => {
                assert!(error.starts_with(begin), "{name}: {error}")
            }
            (Some(error), None) => panic!("{name}: the peer cannot open it, not listed: {error}"),
            (None, Some(_)) => panic!("{name}: the peer opens it, strike it off the list"),
        }
    }
    assert_eq!(compared, paths.len() - PEER_CANNOT.len());
}

fn compare(name: &str, record: &Record, peer: &Dump) {
    let cfg = record.cfg();
    assert_eq!((cfg.analog.len(), cfg.discrete.len()), (peer.analog, peer.status), "{name}");
    assert_eq!(cfg.sampling.end_sample(), peer.samples as u64, "{name}");
    // A .dat that is shorter than announced is filled with zeros by the peer.
    let rows = record.rows();
    assert!(rows <= peer.samples && rows > 0, "{name}");
    for channel in 0..peer.analog {
        let ours = record.analog(channel).expect("the channel exists");
        let mut stored = vec![0f64; rows];
        record.stored_into(channel, 0..rows, &mut stored).expect("the rows exist");
        for row in 0..rows {
            let expect = expected(record, peer.analog(channel)[row], stored[row], channel);
            let same =
                ours[row].to_bits() == expect.to_bits() || ours[row].is_nan() && expect.is_nan();
            assert!(same, "{name} analog {channel} row {row}: {} and {expect}", ours[row]);
        }
    }
    for channel in 0..peer.status {
        let ours = record.discrete(channel).expect("the channel exists");
        // A status of 2 is met (iso_dates_and_hour_codes); every number but 0 is a 1 to us.
        let same = ours.iter().zip(peer.status(channel)).all(|(a, b)| *a == (*b != 0));
        assert!(same, "{name} discrete {channel}");
    }
    times(name, record, peer);
    ids(name, record, peer);
}

/// What we should read where the peer reads `value`; they differ in what "missing" is.
fn expected(record: &Record, value: f64, stored: f64, channel: usize) -> f64 {
    let cfg = record.cfg();
    let analog = &cfg.analog[channel];
    match (cfg.revision, cfg.data_type) {
        // The peer takes -1 (0xFFFF) for missing in BINARY of 1991. Real files of that revision
        // hold -1 as a value: sirius_1991_bin against sirius_1991_ascii, the same event.
        (Revision::R1991, DataType::Binary) if stored == -1.0 => -analog.a + analog.b,
        // And 0x8000 for a value there, which no real file here holds as one.
        (Revision::R1991, DataType::Binary) if stored.is_nan() => f64::NAN,
        _ => value,
    }
}

fn times(name: &str, record: &Record, peer: &Dump) {
    let rate = match &record.cfg().sampling {
        Sampling::Table(rates) => rates[0].hz,
        Sampling::TimeColumn { .. } => f64::INFINITY,
    };
    let early = NUMBERED_FROM_0.iter().any(|n| name.ends_with(n));
    let shift = if early { 1.0 / rate } else { 0.0 };
    for row in 0..record.rows() {
        let ours = record.time_ns(row).expect("the row exists") as f64 * 1e-9;
        let theirs = peer.time()[row] + shift;
        let tolerance = 0.5e-9 + theirs.abs() * f64::EPSILON * 4.0;
        assert!((ours - theirs).abs() <= tolerance, "{name} row {row}: {ours} and {theirs} s");
    }
}

/// Names are compared where the peer was told the right encoding: it tries UTF-8 first.
fn ids(name: &str, record: &Record, peer: &Dump) {
    let cfg = record.cfg();
    if cfg.encoding != aura_comtrade::Encoding::Utf8 {
        return;
    }
    let ours = cfg.analog.iter().map(|c| &c.id).chain(cfg.discrete.iter().map(|c| &c.id));
    assert!(ours.eq(&peer.ids), "{name}");
}
