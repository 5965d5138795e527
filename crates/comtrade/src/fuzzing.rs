//! What the fuzz targets and the corpus test both run: each function takes any bytes and must
//! return; a panic is a fault of this crate.

use crate::{CffParts, Cfg, write_cff};
use crate::{
    DataType, Encoding, Form, Inf, Record, Revision, check, convert, rows_between, write_csv,
};

/// A configuration: what reads must write to something that reads to the same bytes.
pub fn cfg(bytes: &[u8]) {
    let Ok((cfg, _)) = Cfg::parse(bytes) else { return };
    for revision in [Revision::R1991, Revision::R1999, Revision::R2013] {
        let once = Cfg { revision, ..cfg.clone() }.write();
        let (again, _) = Cfg::parse(&once).expect("what was written reads");
        let again = Cfg { revision, ..again };
        // Text that is no language may be judged anew, and GBK does not keep every byte.
        if again.encoding == cfg.encoding {
            assert_eq!(again.write(), once, "write, read, write");
        }
    }
}

/// An information file: every byte is kept, and an entry set is found.
pub fn inf(bytes: &[u8]) {
    let mut inf = Inf::parse(bytes.to_vec());
    assert_eq!(inf.write(), bytes);
    let sections: Vec<String> = inf.sections().take(8).collect();
    for section in &sections {
        inf.entries(section).take(8).for_each(drop);
    }
    inf.set("Public Record_Information", "Source", "AURA");
    assert_eq!(inf.get("public record_information", "source").as_deref(), Some("AURA"));
}

/// A `.cfg` and a `.dat`, parted by the first NUL byte.
pub fn record(bytes: &[u8]) {
    let at = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    let (cfg, dat) = bytes.split_at(at);
    if let Ok(record) = Record::from_bytes(cfg, dat.get(1..).unwrap_or(&[]).to_vec()) {
        exercise(&record);
    }
}

/// A `.cff`.
pub fn cff(bytes: &[u8]) {
    if let Ok(record) = Record::from_cff_bytes(bytes.to_vec()) {
        exercise(&record);
    }
}

/// Runs everything that reads over a record, and writes it in every form.
fn exercise(record: &Record) {
    let rows = record.rows();
    check(record).expect("an open record can be checked");
    write_csv(record, &mut std::io::sink()).expect("an open record can be written");
    if !record.cfg().analog.is_empty() {
        let last = record.cfg().analog.len() - 1;
        record.analog(last).expect("the channel exists");
        record.overview(&[0, last], 0..rows, 7).expect("the channels exist");
    }
    if !record.cfg().discrete.is_empty() {
        record.discrete(record.cfg().discrete.len() - 1).expect("the channel exists");
    }
    let middle = rows_between(record, 0, 1_000_000);
    assert!(middle.end <= rows);
    for data_type in DataType::ALL {
        let form = Form { revision: Revision::R2013, data_type, encoding: Encoding::Utf8 };
        let mut dat = Vec::new();
        let (cfg, totals) = convert(record, form, &mut dat).expect("an open record converts");
        assert_eq!(totals.samples, rows as u64);
        let parts = CffParts {
            cfg: &cfg.write(),
            inf: &record.inf().map(Inf::write).unwrap_or_default(),
            hdr: record.hdr().map(|t| t.bytes()).unwrap_or_default(),
            data_type,
            dat_bytes: dat.len() as u64,
        };
        let mut cff = Vec::new();
        write_cff(&mut cff, &parts, &mut dat.as_slice()).expect("memory takes all");
    }
}
