//! Every real recording either loads for analysis with the values of the file, or says why not.

use super::data::{recordings, records};
use aura_comtrade::Record;
use aura_model::Quantity;
use aura_store::{Error, capture_of};
use std::collections::BTreeMap;

#[test]
fn real_recordings_load_for_analysis() {
    let Some(folder) = recordings() else { return };
    let (mut loaded, mut grouped) = (0, 0);
    let mut refused = BTreeMap::new();
    for path in records(&folder) {
        let name = path.strip_prefix(&folder).expect("found there").display().to_string();
        let Ok(record) = Record::open(&path) else { continue };
        let capture = match capture_of(&path, None) {
            Ok(capture) => capture,
            Err(Error::Unreadable { reason, .. }) => {
                refused.insert(name, reason);
                continue;
            }
            Err(error) => panic!("{name}: {}", error.with_causes()),
        };
        loaded += 1;
        grouped += usize::from(!capture.groups.is_empty());
        assert!(capture.rows <= record.rows(), "{name}");
        for (channel, analog) in capture.analog.iter().enumerate() {
            let values = record.analog(channel).expect("it exists");
            // A record of several rates is loaded from the segment of its trigger on.
            let same = |at: usize| {
                let file = &values[at..at + capture.rows];
                analog.values.iter().zip(file).all(|(a, b)| a.to_bits() == b.to_bits())
            };
            let found = (0..=values.len() - capture.rows).any(same);
            assert!(found, "{name} channel {channel}");
        }
        for group in &capture.groups {
            let quantities = group.abc.map(|at| capture.analog[at].channel.quantity);
            assert!(quantities.iter().all(|q| *q == group.quantity && *q != Quantity::Other));
        }
    }
    println!("{loaded} loaded, {grouped} with three-phase sets, refused: {refused:#?}");
    assert!(loaded > 40, "{loaded} of the recordings load");
    assert!(grouped * 2 > loaded, "{grouped} of {loaded} have three-phase sets");
}
