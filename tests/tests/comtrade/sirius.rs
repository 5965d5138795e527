//! One event of one relay in five forms: all must hold the same values.

use aura_comtrade::{Encoding, Record};

use super::data::recordings;

#[test]
fn the_same_event_in_every_revision_reads_the_same() {
    let Some(data) = recordings() else { return };
    let folder = data.join("comtrade/sirius-ru");
    let open =
        |name: &str| Record::open(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let first = open("sirius_1991_ascii.cfg");
    assert_eq!(first.rows(), 2001);
    assert_eq!(first.cfg().station, "СИРИУС");
    assert_eq!(first.cfg().discrete[0].id, "Сброс сигнализации");
    assert_eq!(first.cfg().encoding, Encoding::Cp1251);
    // The first value is -1, which a reader that takes 0xFFFF for "missing" would lose.
    assert_eq!(first.analog(0).expect("exists")[0], -0.037_881);
    for name in [
        "sirius_1991_bin.cfg",
        "sirius_1999_ascii.cfg",
        "sirius_2013_ascii.cff",
        "sirius_2013_bin.cff",
    ] {
        let other = open(name);
        assert_eq!(other.rows(), first.rows(), "{name}");
        assert_eq!(other.cfg().start, first.cfg().start, "{name}");
        assert_eq!(other.cfg().trigger, first.cfg().trigger, "{name}");
        for channel in 0..4 {
            let ours = other.analog(channel).expect("exists");
            // The vendor's exporter rounded 3Io of the 2013 files anew: one count of difference.
            let is_3io_of_2013 = channel == 3 && name.contains("2013");
            let tolerance = if is_3io_of_2013 { 1.001 * 0.001_488 } else { 0.0 };
            let pairs = ours.iter().zip(first.analog(channel).expect("exists"));
            assert!(pairs.clone().all(|(a, b)| (a - b).abs() <= tolerance), "{name} {channel}");
        }
        for channel in 0..32 {
            assert_eq!(
                other.discrete(channel).expect("exists"),
                first.discrete(channel).expect("exists"),
                "{name}"
            );
            assert_eq!(
                other.cfg().discrete[channel].id,
                first.cfg().discrete[channel].id,
                "{name}"
            );
        }
    }
}
