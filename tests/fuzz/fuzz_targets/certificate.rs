//! Fuzzes `aura_trust::fuzzing::leaf`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| aura_trust::fuzzing::leaf(bytes));
