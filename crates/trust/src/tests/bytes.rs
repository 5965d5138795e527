//! Bytes that are no certificate, or not the one that was signed.

use super::*;

#[test]
fn no_other_bytes_are_believed() {
    let zoo = Zoo::new();
    let policy = anchored(&[("root", &zoo.root, RoleSet::ALL)]);
    let good = zoo.good();
    for length in 0..good.len() {
        check("cut short", &good[..length], &[], &policy, Err("malformed"));
    }
    check("with a tail", &[&good[..], &[0]].concat(), &[], &policy, Err("malformed"));
    check("PEM", crate::text::pem("CERTIFICATE", &good).as_bytes(), &[], &policy, Err("malformed"));
    let huge = [&good[..], &[0; 16 * 1024]].concat();
    check("oversize", &huge, &[], &policy, Err("too-large"));
    // Not one bit of a certificate may differ from what the authority has signed.
    let mut bytes = good.clone();
    for bit in 0..good.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        let seen = decide(&bytes, &[], Now::Synced(NOW), &policy);
        assert!(seen.is_err(), "bit {bit}: {seen:?}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    check("as it was", &bytes, &[], &policy, Ok(&[User]));
}

#[test]
fn mutations_never_panic() {
    let zoo = Zoo::new();
    let seeds = [zoo.good(), zoo.root.der.clone(), Make::by(&zoo.root).sign(&zoo.rsa)];
    // SplitMix64, so that a failure can be had again by its number.
    let mut state = 0x5EED_u64;
    let mut next = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ z >> 31) >> 16).expect("48 bits fit a usize")
    };
    for _ in 0..20_000 {
        let mut bytes = seeds[next() % seeds.len()].clone();
        for _ in 0..=next() % 4 {
            let (at, byte) = (next() % bytes.len(), next().to_le_bytes()[0]);
            match next() % 4 {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => bytes.truncate(at.max(1)),
                _ => drop(bytes.remove(at).max(byte)),
            }
            if bytes.is_empty() {
                bytes.push(0x30);
            }
        }
        crate::fuzzing::leaf(&bytes);
    }
}
