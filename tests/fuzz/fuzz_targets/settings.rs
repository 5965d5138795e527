//! Fuzzes `aura_settings::fuzzing::document`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| aura_settings::fuzzing::document(bytes));
