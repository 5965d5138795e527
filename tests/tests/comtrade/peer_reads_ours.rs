//! The Python package `comtrade` opens what we write and reads the same values.

use std::fs;
use std::path::{Path, PathBuf};

use aura_comtrade::{CffParts, DataType, Encoding, Form, Record, Revision, convert, write_cff};

use super::data::{Scratch, dump, python, recordings};

/// Sources of each kind: integers, 32 bits, floats, several rates, missing values, no discretes.
const SOURCES: &[&str] = &[
    "comtrade/relays/sepam_rev1997.cfg",
    "comtrade/relays/ritm_binary32_300D.cfg",
    "comtrade/small/python_sample_float32.cff",
    "comtrade/recorders/multirate_220kV_gbk.cfg",
    "comtrade/small/python_sample_ascii_missing.cfg",
    "comtrade/russian-110-220kV/new_osc_binary1991.cfg",
    "comtrade/relays/ge_c60_rate0.cfg",
    "faults/f4_BCG_10_A.cfg",
];

#[test]
fn the_python_package_reads_what_we_write() {
    let (Some(data), Some(python)) = (recordings(), python()) else { return };
    let folder = Scratch::new("ours");
    let mut written = Vec::new();
    for (source_at, source) in SOURCES.iter().enumerate() {
        let record = Record::open(data.join(source)).expect(source);
        for revision in [Revision::R1999, Revision::R2013] {
            for data_type in DataType::ALL {
                if revision < Revision::R2013 && data_type > DataType::Binary {
                    continue;
                }
                let form = Form { revision, data_type, encoding: Encoding::Utf8 };
                let stem = folder.0.join(format!("{source_at}_{revision}_{data_type}"));
                written.extend(write(&record, form, &stem));
            }
        }
    }
    assert_eq!(written.len(), SOURCES.len() * 10);
    for (path, peer) in written.iter().zip(dump(python, &written)) {
        let name = path.file_name().expect("a file").to_string_lossy();
        assert_eq!(peer.error, None, "{name}");
        let ours = Record::open(path).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((ours.rows(), ours.cfg().analog.len()), (peer.samples, peer.analog), "{name}");
        for channel in 0..peer.analog {
            let values = ours.analog(channel).expect("exists");
            let pairs = values.iter().zip(peer.analog(channel));
            let least =
                f64::from(f32::MIN) * ours.cfg().analog[channel].a + ours.cfg().analog[channel].b;
            // The peer does not know the mark of a missing value in FLOAT32 and scales it.
            let same = |a: &f64, b: &f64| {
                a.to_bits() == b.to_bits() || a.is_nan() && (b.is_nan() || *b == least)
            };
            assert!(pairs.clone().all(|(a, b)| same(a, b)), "{name} analog {channel}");
        }
        for channel in 0..peer.status {
            let states = ours.discrete(channel).expect("exists");
            let same = states.iter().zip(peer.status(channel)).all(|(a, b)| u8::from(*a) == *b);
            assert!(same, "{name} discrete {channel}");
        }
    }
}

/// Writes `.cfg` and `.dat`, and in 2013 a `.cff` too; gives the files to open.
fn write(record: &Record, form: Form, stem: &Path) -> Vec<PathBuf> {
    let mut dat = Vec::new();
    let (cfg, _) = convert(record, form, &mut dat).expect("memory takes all");
    let (cfg, cfg_path) = (cfg.write(), stem.with_extension("cfg"));
    fs::write(&cfg_path, &cfg).expect("the folder is writable");
    fs::write(stem.with_extension("dat"), &dat).expect("the folder is writable");
    let mut paths = vec![cfg_path];
    if form.revision == Revision::R2013 {
        let parts = CffParts {
            cfg: &cfg,
            inf: b"[Public Record_Information]\r\nSource=AURA\r\n",
            hdr: b"",
            data_type: form.data_type,
            dat_bytes: dat.len() as u64,
        };
        let mut cff = Vec::new();
        write_cff(&mut cff, &parts, &mut dat.as_slice()).expect("memory takes all");
        let path = stem.with_file_name(format!(
            "{}_single.cff",
            stem.file_name().expect("a stem").to_string_lossy()
        ));
        fs::write(&path, cff).expect("the folder is writable");
        paths.push(path);
    }
    paths
}
