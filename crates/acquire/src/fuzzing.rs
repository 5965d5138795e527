//! Entry points for fuzzers: any bytes may come, and no law of the decoders may break.

use crate::stream::codec::{Frame, HEADER, Shape, TRAILER, decode};
use crate::stream::crc::crc32c;

/// The stream's decoder: what it takes fits into what came, and a block's rows lie within it.
///
/// The bytes are looked at twice: as they came, and with the first frame's check mended, since no
/// mutation would pass it.
pub fn stream(bytes: &[u8]) {
    take_all(bytes);
    let Some(length) = bytes.get(8..HEADER).and_then(|field| field.first_chunk()) else { return };
    let Ok(length) = usize::try_from(u32::from_le_bytes(*length)) else { return };
    let Some((body, _)) = bytes.split_at_checked(HEADER + length) else { return };
    let mut mended = bytes.to_vec();
    mended.resize(bytes.len().max(body.len() + TRAILER), 0);
    mended[body.len()..body.len() + TRAILER].copy_from_slice(&crc32c(body).to_le_bytes());
    take_all(&mended);
}

fn take_all(bytes: &[u8]) {
    let shape = Shape { analog: 1, discrete: 2, rows: 4 };
    let mut rest = bytes;
    let (mut columns, mut valid, mut discrete) = ([0; 1], [0; 1], [0; 1]);
    while let Ok(Some((frame, used))) = decode(rest, shape) {
        assert!(used > 0 && used <= rest.len(), "{used} of {} bytes", rest.len());
        if let Frame::Block(block) = frame {
            assert!((1..=shape.rows).contains(&block.rows));
            assert_eq!(block.quality().count(), usize::from(shape.analog));
            for row in 0..usize::from(block.rows) {
                block.row(row, &mut columns, &mut valid, &mut discrete);
            }
        }
        rest = &rest[used..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Each file of the corpus, then many mutations of it. A fixed seed: the same run every time.
    #[test]
    fn corpus_and_its_mutations_break_nothing() {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus/stream");
        let mut files: Vec<_> =
            Path::new(corpus).read_dir().unwrap().map(|f| f.unwrap().path()).collect();
        files.sort();
        assert!(files.len() >= 6, "{files:?}");
        let mut state = 0x5EED_u64;
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap() % below
        };
        for file in files {
            let seed = std::fs::read(file).unwrap();
            stream(&seed);
            for _ in 0..5_000 {
                let mut bytes = seed.clone();
                for _ in 0..=random(4) {
                    let at = random(bytes.len());
                    match random(4) {
                        0 => bytes[at] ^= 1 << random(8),
                        1 => bytes[at] = u8::try_from(random(256)).unwrap(),
                        2 => bytes.truncate(at + 1),
                        _ => bytes.extend_from_within(at..),
                    }
                }
                stream(&bytes);
            }
        }
    }
}
