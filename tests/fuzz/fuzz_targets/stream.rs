//! Fuzzes `aura_acquire::fuzzing::stream`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| aura_acquire::fuzzing::stream(bytes));
