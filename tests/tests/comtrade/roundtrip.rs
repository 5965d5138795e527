//! Write, read, write gives the same bytes, for every readable record in every form; and what is
//! read back has the values of the source.

use aura_comtrade::{DataType, Encoding, Form, Record, Revision, convert};

use super::data::{recordings, records};

#[test]
fn every_record_in_every_form_is_written_twice_the_same() {
    let Some(data) = recordings() else { return };
    let paths = [records(&data.join("comtrade")), records(&data.join("faults"))].concat();
    let mut written = 0;
    for path in &paths {
        let Ok(record) = Record::open(path) else { continue };
        for form in forms(record.cfg().encoding) {
            let once = write(&record, form);
            let read = Record::from_bytes(&once.0, once.1.clone()).expect("our own file reads");
            let twice = write(&read, form);
            let name = path.display();
            assert!(once == twice, "{name} as {form:?} differs");
            // Data of 1999 is that of 2013: looked at once.
            if form.revision != Revision::R1999 {
                same_values(&format!("{name} as {form:?}"), &record, &read, form.data_type);
            }
            written += 1;
        }
    }
    // All but the three that cannot be read: see the table of malformed files.
    assert_eq!(written, (paths.len() - 3) * 8);
}

/// Every revision with every type that it has.
fn forms(encoding: Encoding) -> impl Iterator<Item = Form> {
    use DataType::{Ascii, Binary};
    let types = |revision| match revision {
        Revision::R2013 => DataType::ALL.to_vec(),
        _ => vec![Ascii, Binary],
    };
    [Revision::R1991, Revision::R1999, Revision::R2013].into_iter().flat_map(move |revision| {
        types(revision).into_iter().map(move |data_type| Form { revision, data_type, encoding })
    })
}

fn write(record: &Record, form: Form) -> (Vec<u8>, Vec<u8>) {
    let mut dat = Vec::new();
    let (cfg, totals) = convert(record, form, &mut dat).expect("memory takes all");
    assert!(totals.saturated.iter().all(|n| *n == 0));
    assert_eq!(totals.bytes, dat.len() as u64);
    (cfg.write(), dat)
}

/// Equal where the type holds the stored values, else within half a step of the new `a` (BINARY,
/// BINARY32) or the 24 bits of a single (FLOAT32).
fn same_values(name: &str, source: &Record, copy: &Record, data_type: DataType) {
    assert_eq!(copy.rows(), source.rows(), "{name}");
    assert_eq!(copy.cfg().discrete.len(), source.cfg().discrete.len(), "{name}");
    for channel in 0..source.cfg().analog.len() {
        let (one, two) =
            (source.analog(channel).expect("exists"), copy.analog(channel).expect("exists"));
        let (before, after) = (&source.cfg().analog[channel], &copy.cfg().analog[channel]);
        let rescaled = before.a.to_bits() != after.a.to_bits();
        for (row, (a, b)) in one.iter().zip(&two).enumerate() {
            let tolerance = match data_type {
                DataType::Ascii => 0.0,
                DataType::Float32 => (a - before.b).abs() * f64::from(f32::EPSILON),
                _ if rescaled => after.a.abs() * 0.5001,
                _ => 0.0,
            };
            let same = (a - b).abs() <= tolerance || a.is_nan() && b.is_nan();
            assert!(same, "{name} analog {channel} row {row}: {a} and {b}");
        }
    }
    let words = source.rows() * source.cfg().discrete_words();
    let (mut one, mut two) = (vec![0; words], vec![0; words]);
    source.discrete_words(0..source.rows(), &mut one).expect("exists");
    copy.discrete_words(0..copy.rows(), &mut two).expect("exists");
    assert!(one == two, "{name}: discretes differ");
}
