//! The texts around DER: PEM armour and hexadecimal.

use std::fmt::Write as _;

/// PEM of one object, RFC 7468: lines of 64 characters.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let mut out = format!("-----BEGIN {label}-----\n");
    for row in der.chunks(48) {
        for group in row.chunks(3) {
            let word = group.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte));
            let word = word << (8 * (3 - group.len()));
            for place in 0..4 {
                let digit = (word >> (18 - 6 * place) & 63) as usize;
                out.push(if place <= group.len() { char::from(BASE64[digit]) } else { '=' });
            }
        }
        out.push('\n');
    }
    out + &format!("-----END {label}-----\n")
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};

    #[test]
    fn pem_is_read_back_at_every_length() {
        for length in 0..=200u8 {
            let der: Vec<u8> = (0..length).map(|i| i.wrapping_mul(37)).collect();
            let text = pem("CERTIFICATE", &der);
            let back = CertificateDer::from_pem_slice(text.as_bytes()).expect("own PEM");
            assert_eq!(back.as_ref(), der, "{length} bytes");
            assert!(text.lines().all(|line| line.len() <= 64));
        }
    }
}
