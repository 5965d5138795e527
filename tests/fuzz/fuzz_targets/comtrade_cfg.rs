//! Fuzzes `aura_comtrade::fuzzing::cfg`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| aura_comtrade::fuzzing::cfg(bytes));
