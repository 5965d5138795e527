//! Writes the DER that certificates are made of (ITU-T X.690); it reads nothing.

use aura_model::Civil;

/// Object identifiers, contents octets.
pub(crate) mod oid {
    pub(crate) const COMMON_NAME: &[u8] = &[0x55, 4, 3];
    pub(crate) const ROLE: &[u8] = &[0x55, 4, 72];
    pub(crate) const SUBJECT_KEY_ID: &[u8] = &[0x55, 29, 14];
    pub(crate) const KEY_USAGE: &[u8] = &[0x55, 29, 15];
    pub(crate) const SUBJECT_ALT_NAME: &[u8] = &[0x55, 29, 17];
    pub(crate) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 29, 19];
    pub(crate) const AUTHORITY_KEY_ID: &[u8] = &[0x55, 29, 35];
    pub(crate) const EXT_KEY_USAGE: &[u8] = &[0x55, 29, 37];
    pub(crate) const SERVER_AUTH: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 3, 1];
    pub(crate) const CLIENT_AUTH: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 3, 2];
    pub(crate) const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
    pub(crate) const SHA256_WITH_RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11];
    pub(crate) const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
    pub(crate) const PRIME256V1: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
    pub(crate) const ECDSA_WITH_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2];
}

/// Tag octets of the types used here.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0C;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
}

/// One element: tag, definite length, content.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let be = content.len().to_be_bytes();
    let significant = &be[be.iter().position(|b| *b != 0).unwrap_or(be.len() - 1)..];
    match significant {
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).expect("a usize has at most 8 octets"));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

/// `SEQUENCE` of elements already written.
pub(crate) fn sequence(elements: &[&[u8]]) -> Vec<u8> {
    tlv(tag::SEQUENCE, &elements.concat())
}

/// `OBJECT IDENTIFIER`.
pub(crate) fn object_id(content: &[u8]) -> Vec<u8> {
    tlv(tag::OID, content)
}

/// `INTEGER` of a magnitude, big-endian: leading zeros go, a zero comes where the sign would show.
pub(crate) fn unsigned(magnitude: &[u8]) -> Vec<u8> {
    let start = magnitude.iter().position(|b| *b != 0).unwrap_or(magnitude.len());
    let digits = &magnitude[start..];
    match digits.first() {
        Some(first) if *first < 0x80 => tlv(tag::INTEGER, digits),
        _ => tlv(tag::INTEGER, &[&[0], digits].concat()),
    }
}

/// `BIT STRING` of whole octets.
pub(crate) fn bits(octets: &[u8]) -> Vec<u8> {
    tlv(tag::BIT_STRING, &[&[0], octets].concat())
}

/// Context tag, constructed: `[n]`.
pub(crate) fn context(number: u8, content: &[u8]) -> Vec<u8> {
    tlv(0xA0 | number, content)
}

/// `Time` of RFC 5280 4.1.2.5: `UTCTime` through 2049, `GeneralizedTime` from 2050.
pub(crate) fn time(unix_s: i64) -> Vec<u8> {
    let c = Civil::from_unix_ns(unix_s.saturating_mul(1_000_000_000));
    let rest = format!("{:02}{:02}{:02}{:02}{:02}Z", c.month, c.day, c.hour, c.minute, c.second);
    match c.year {
        1950..2050 => tlv(tag::UTC_TIME, format!("{:02}{rest}", c.year % 100).as_bytes()),
        year => tlv(tag::GENERALIZED_TIME, format!("{year:04}{rest}").as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_der() {
        let check = |seen: Vec<u8>, expect: &[u8]| assert_eq!(seen, expect);
        check(tlv(tag::NULL, &[]), &[5, 0]);
        check(tlv(4, &[7; 127])[..2].to_vec(), &[4, 127]);
        check(tlv(4, &[7; 128])[..3].to_vec(), &[4, 0x81, 128]);
        check(tlv(4, &[7; 256])[..4].to_vec(), &[4, 0x82, 1, 0]);
        check(unsigned(&[0, 0, 0x7F]), &[2, 1, 0x7F]);
        check(unsigned(&[0x80]), &[2, 2, 0, 0x80]);
        check(unsigned(&[0, 0]), &[2, 1, 0]);
        check(time(2_524_607_999), b"\x17\x0d491231235959Z");
        check(time(2_524_608_000), b"\x18\x0f20500101000000Z");
    }
}
