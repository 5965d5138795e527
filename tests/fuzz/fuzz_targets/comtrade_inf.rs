//! Fuzzes `aura_comtrade::fuzzing::inf`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| aura_comtrade::fuzzing::inf(bytes));
