//! Puts an X.509 v3 certificate together (RFC 5280 section 4); what stands in it is the caller's
//! choice.

use super::Key;
use super::der::{self, oid, tag};
use crate::error::Error;
use std::net::IpAddr;

/// `dNSName` or `iPAddress` of a server certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostName {
    /// A name; ASCII letters, digits, hyphens, dots and underscores.
    Dns(String),
    /// An address, without a mask.
    Ip(IpAddr),
}

impl std::str::FromStr for HostName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Ok(ip) = text.parse() {
            return Ok(Self::Ip(ip));
        }
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
        if (1..=253).contains(&text.len()) && text.bytes().all(legal) {
            return Ok(Self::Dns(text.to_owned()));
        }
        Err(Error::input("host name", text, "an IP address or an ASCII host name, 1..=253 long"))
    }
}

/// What stands in a certificate beside its signature.
pub(crate) struct Template {
    /// Issuer, DER of the whole `Name`.
    pub(crate) issuer: Vec<u8>,
    /// Subject, DER of the whole `Name`.
    pub(crate) subject: Vec<u8>,
    /// Validity, POSIX seconds, both ends included.
    pub(crate) validity: (i64, i64),
    /// Extensions, DER each.
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl Template {
    /// The certificate of this public key, signed.
    pub(crate) fn sign(&self, spki: &[u8], signer: &Key) -> Result<Vec<u8>, Error> {
        let mut serial = [0; 16];
        aws_lc_rs::rand::fill(&mut serial).map_err(|_| Error::Crypto("the random source"))?;
        // Bit 126 set: never zero, always 16 octets, always positive (RFC 5280 4.1.2.2).
        serial[0] = serial[0] & 0x7F | 0x40;
        let algorithm = signer.signature_algorithm();
        let tbs = der::sequence(&[
            &der::context(0, &der::unsigned(&[2])),
            &der::unsigned(&serial),
            &algorithm,
            &self.issuer,
            &der::sequence(&[&der::time(self.validity.0), &der::time(self.validity.1)]),
            &self.subject,
            spki,
            &der::context(3, &der::tlv(tag::SEQUENCE, &self.extensions.concat())),
        ]);
        Ok(der::sequence(&[&tbs, &algorithm, &der::bits(&signer.sign(&tbs)?)]))
    }
}

/// `Name` of single-valued RDNs, in the order given: attribute type, string tag, contents.
pub(crate) fn name(attributes: &[(&[u8], u8, &[u8])]) -> Vec<u8> {
    let rdns: Vec<_> = attributes
        .iter()
        .map(|(kind, tag, value)| {
            let attribute = der::sequence(&[&der::object_id(kind), &der::tlv(*tag, value)]);
            der::tlv(tag::SET, &attribute)
        })
        .collect();
    der::tlv(tag::SEQUENCE, &rdns.concat())
}

fn extension(kind: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { der::tlv(tag::BOOLEAN, &[0xFF]) } else { Vec::new() };
    der::sequence(&[&der::object_id(kind), &critical, &der::tlv(tag::OCTET_STRING, value)])
}

/// `basicConstraints` of a CA with at most so many CAs below it, if said.
pub(crate) fn ca(below: Option<u8>) -> Vec<u8> {
    let below = below.map_or(Vec::new(), |n| der::unsigned(&[n]));
    let value = der::sequence(&[&der::tlv(tag::BOOLEAN, &[0xFF]), &below]);
    extension(oid::BASIC_CONSTRAINTS, true, &value)
}

/// `basicConstraints` of an end entity: cA is false by default, so nothing stands in it.
pub(crate) fn end_entity() -> Vec<u8> {
    extension(oid::BASIC_CONSTRAINTS, true, &der::sequence(&[]))
}

/// `keyUsage` digitalSignature.
pub(crate) fn usage_signature() -> Vec<u8> {
    extension(oid::KEY_USAGE, true, &[tag::BIT_STRING, 2, 7, 0b1000_0000])
}

/// `keyUsage` keyCertSign and cRLSign.
pub(crate) fn usage_ca() -> Vec<u8> {
    extension(oid::KEY_USAGE, true, &[tag::BIT_STRING, 2, 1, 0b0000_0110])
}

/// `extKeyUsage` of one purpose.
pub(crate) fn purpose(kind: &[u8]) -> Vec<u8> {
    extension(oid::EXT_KEY_USAGE, false, &der::sequence(&[&der::object_id(kind)]))
}

/// `subjectKeyIdentifier`.
pub(crate) fn subject_key_id(id: &[u8]) -> Vec<u8> {
    extension(oid::SUBJECT_KEY_ID, false, &der::tlv(tag::OCTET_STRING, id))
}

/// `authorityKeyIdentifier` by key identifier.
pub(crate) fn authority_key_id(id: &[u8]) -> Vec<u8> {
    extension(oid::AUTHORITY_KEY_ID, false, &der::sequence(&[&der::tlv(0x80, id)]))
}

/// `subjectAltName` of a server.
pub(crate) fn host_names(hosts: &[HostName]) -> Vec<u8> {
    let names: Vec<_> = hosts
        .iter()
        .map(|host| match host {
            HostName::Dns(name) => der::tlv(0x82, name.as_bytes()),
            HostName::Ip(IpAddr::V4(ip)) => der::tlv(0x87, &ip.octets()),
            HostName::Ip(IpAddr::V6(ip)) => der::tlv(0x87, &ip.octets()),
        })
        .collect();
    extension(oid::SUBJECT_ALT_NAME, false, &der::tlv(tag::SEQUENCE, &names.concat()))
}

/// A critical extension that nobody knows.
#[cfg(test)]
pub(crate) fn unknown_critical() -> Vec<u8> {
    extension(&[0x2A, 3, 4], true, &der::tlv(tag::NULL, &[]))
}
