//! CRC-32C (Castagnoli), eight bytes at a time (Kounavis, Berry 2005).

/// Reflected polynomial.
const POLYNOMIAL: u32 = 0x82F6_3B78;

static TABLES: [[u32; 256]; 8] = tables();

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0_u32; 256]; 8];
    let mut n = 0;
    while n < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "n is below 256")]
        let mut crc = n as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        tables[0][n] = crc;
        n += 1;
    }
    let mut slice = 1;
    while slice < 8 {
        let mut n = 0;
        while n < 256 {
            let below = tables[slice - 1][n];
            tables[slice][n] = below >> 8 ^ tables[0][(below & 0xFF) as usize];
            n += 1;
        }
        slice += 1;
    }
    tables
}

/// CRC-32C of bytes.
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let low = crc.to_le_bytes();
        crc = 0;
        for (n, byte) in word.iter().enumerate() {
            let byte = byte ^ low.get(n).unwrap_or(&0);
            crc ^= TABLES[7 - n][usize::from(byte)];
        }
    }
    for byte in rest {
        crc = crc >> 8 ^ TABLES[0][usize::from(byte ^ crc.to_le_bytes()[0])];
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        // RFC 3720, B.4, and the check value of the catalogue of parametrised CRCs.
        let check = |bytes: &[u8], expect| assert_eq!(crc32c(bytes), expect, "{bytes:?}");
        check(b"123456789", 0xE306_9283);
        check(&[0; 32], 0x8A91_36AA);
        check(&[0xFF; 32], 0x62A8_AB43);
        let ascending: Vec<u8> = (0..32).collect();
        check(&ascending, 0x46DD_794E);
        check(&[], 0);
    }
}
