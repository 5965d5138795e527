//! The fuzz targets as an ordinary test: the kept corpus, then seeded mutations of it. The real
//! fuzzer in tests/fuzz runs the same functions.

use aura_comtrade::fuzzing;
use std::fs;
use std::path::Path;

const MUTATIONS_PER_INPUT: u64 = 400;

fn check(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut inputs: Vec<_> =
        folder.read_dir().expect("the corpus is kept").flatten().map(|e| e.path()).collect();
    inputs.sort();
    assert!(inputs.len() >= 4, "{target}: {} inputs", inputs.len());
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for path in inputs {
        let input = fs::read(&path).expect("a file of the corpus");
        run(&input);
        for _ in 0..MUTATIONS_PER_INPUT {
            run(&random.mutate(input.clone()));
        }
    }
}

#[test]
fn cfg_corpus_and_mutations() {
    check("comtrade_cfg", fuzzing::cfg);
}

#[test]
fn record_corpus_and_mutations() {
    check("comtrade_record", fuzzing::record);
}

#[test]
fn cff_corpus_and_mutations() {
    check("comtrade_cff", fuzzing::cff);
}

#[test]
fn inf_corpus_and_mutations() {
    check("comtrade_inf", fuzzing::inf);
}

#[test]
fn stream_corpus_and_mutations() {
    check("stream", aura_acquire::fuzzing::stream);
}

#[test]
fn certificate_corpus_and_mutations() {
    check("certificate", aura_trust::fuzzing::leaf);
}

#[test]
fn settings_corpus_and_mutations() {
    check("settings", aura_settings::fuzzing::document);
}

/// SplitMix64: the same mutations in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).expect("below a usize")
    }

    fn mutate(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        const TOKENS: &[&[u8]] = &[
            b",",
            b"\n",
            b"\r\n",
            b"\0",
            b"\x1a",
            b"-",
            b"999999",
            b"99999",
            b"1e308",
            b"nan",
            b"0",
            b"18446744073709551615",
            b"ASCII",
            b"BINARY",
            b"FLOAT32",
            b"\xff\xff",
            b"\xef\xbb\xbf",
            b"--- file type: DAT BINARY: 99 ---\n",
            b"A",
            b"h",
            b"[",
            b"]",
            b"=",
            b"[[",
            b"\x30\x82",
            b"\"",
        ];
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            match self.below(5) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 => bytes.truncate(at),
                2 => {
                    let token = TOKENS[self.below(TOKENS.len())];
                    bytes.splice(at..at, token.iter().copied());
                }
                3 => {
                    let end = (at + self.below(20)).min(bytes.len());
                    bytes.drain(at..end);
                }
                _ => {
                    let end = (at + self.below(40)).min(bytes.len());
                    let copy = bytes[at..end].to_vec();
                    let to = self.below(bytes.len() + 1);
                    bytes.splice(to..to, copy);
                }
            }
        }
        bytes
    }
}
