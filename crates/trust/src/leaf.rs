//! Reads what a decision needs from one certificate: strength, purpose, validity, name, roles.
//!
//! It verifies no signature and builds no path; webpki does that.

use crate::decide::RoleSources;
use crate::text;
use aura_model::{Refusal, Role, RoleSet};
use aws_lc_rs::digest;
use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry as registry;
use x509_parser::oid_registry::{Oid, asn1_rs};
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::{AttributeTypeAndValue, X509Version};

/// Longest certificate that is read at all, bytes.
pub(crate) const SIZE_MAX: usize = 16 * 1024;

/// A parsed certificate; nothing of it is believed yet.
pub(crate) struct Leaf<'a> {
    cert: X509Certificate<'a>,
    der: &'a [u8],
}

/// A reason and what was seen; the name of the certificate is added by the caller.
pub(crate) fn refuse<T>(reason: &'static str, detail: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { reason, detail: detail.into() })
}

impl<'a> Leaf<'a> {
    /// Exactly one X.509 v3 certificate, at most [`SIZE_MAX`] bytes.
    pub(crate) fn parse(der: &'a [u8]) -> Result<Self, Refusal> {
        if der.len() > SIZE_MAX {
            return refuse("too-large", format!("{} bytes, at most {SIZE_MAX}", der.len()));
        }
        let (rest, cert) = match X509Certificate::from_der(der) {
            Ok(parsed) => parsed,
            Err(error) => return refuse("malformed", format!("not a certificate: {error}")),
        };
        if !rest.is_empty() {
            return refuse("malformed", format!("{} bytes after the certificate", rest.len()));
        }
        if cert.version() != X509Version::V3 {
            return refuse("malformed", format!("X.509 version {}, only v3", cert.version().0 + 1));
        }
        Ok(Self { cert, der })
    }

    /// Key of RSA 2048..=8192, P-256, P-384 or Ed25519; signature with SHA-256 or better.
    pub(crate) fn check_strength(&self) -> Result<(), Refusal> {
        let spki = self.cert.public_key();
        match spki.parsed() {
            Ok(PublicKey::RSA(rsa)) => {
                let modulus = &rsa.modulus[rsa.modulus.iter().take_while(|b| **b == 0).count()..];
                let zeros = modulus.first().map_or(0, |b| b.leading_zeros() as usize);
                let bits = modulus.len() * 8 - zeros;
                if !(2048..=8192).contains(&bits) {
                    return refuse("weak-key", format!("RSA of {bits} bits, 2048..=8192"));
                }
            }
            Ok(PublicKey::EC(_)) => {
                let curve = spki.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
                if !curve.as_ref().is_some_and(|oid| CURVES.contains(oid)) {
                    let seen = curve.map_or("without a name".to_owned(), |oid| oid.to_string());
                    return refuse("weak-key", format!("curve {seen}, only P-256 and P-384"));
                }
            }
            _ if spki.algorithm.algorithm == registry::OID_SIG_ED25519 => {}
            _ => {
                let seen = &spki.algorithm.algorithm;
                return refuse("weak-key", format!("key type {seen}; RSA, P-256, P-384, Ed25519"));
            }
        }
        let signature = &self.cert.signature_algorithm.algorithm;
        if SIGNATURES.contains(signature) {
            return Ok(());
        }
        refuse("weak-signature", format!("algorithm {signature}; SHA-256 or better"))
    }

    /// An end certificate of a person: not a CA, signs, `clientAuth` said in so many words.
    pub(crate) fn check_client(&self) -> Result<(), Refusal> {
        if self.is_ca()? {
            return refuse("is-ca", "an authority's certificate does not act as a person");
        }
        let usage = self.cert.key_usage().map_err(malformed)?;
        if usage.is_some_and(|usage| !usage.value.digital_signature()) {
            return refuse("wrong-usage", "keyUsage without digitalSignature");
        }
        match self.cert.extended_key_usage().map_err(malformed)? {
            Some(purpose) if purpose.value.client_auth => Ok(()),
            Some(_) => refuse("wrong-usage", "extKeyUsage without clientAuth"),
            None => refuse("wrong-usage", "no extKeyUsage; clientAuth must stand there"),
        }
    }

    /// An authority that may issue certificates of persons.
    pub(crate) fn check_authority(&self) -> Result<(), Refusal> {
        if !self.is_ca()? {
            return refuse("not-ca", "an end certificate belongs among the pins");
        }
        let usage = self.cert.key_usage().map_err(malformed)?;
        if usage.is_some_and(|usage| !usage.value.key_cert_sign()) {
            return refuse("wrong-usage", "keyUsage without keyCertSign");
        }
        let purpose = self.cert.extended_key_usage().map_err(malformed)?;
        if purpose.is_some_and(|purpose| !purpose.value.client_auth && !purpose.value.any) {
            return refuse("wrong-usage", "extKeyUsage without clientAuth");
        }
        Ok(())
    }

    fn is_ca(&self) -> Result<bool, Refusal> {
        let constraints = self.cert.basic_constraints().map_err(malformed)?;
        Ok(constraints.is_some_and(|constraints| constraints.value.ca))
    }

    /// `pathLenConstraint`, if said.
    pub(crate) fn path_length(&self) -> Option<u32> {
        let constraints = self.cert.basic_constraints().ok()??;
        constraints.value.path_len_constraint
    }

    /// First and last second of validity, POSIX.
    pub(crate) fn validity(&self) -> (i64, i64) {
        let validity = self.cert.validity();
        (validity.not_before.timestamp(), validity.not_after.timestamp())
    }

    /// Common name of the subject, fit for one line of a journal and unable to crowd out what
    /// stands behind it there; empty when it has none.
    pub(crate) fn common_name(&self) -> String {
        let name = self.cert.subject().iter_common_name().next().and_then(decode);
        line_name(&name.unwrap_or_default())
    }

    /// Serial number, upper-case hexadecimal, without the octet that only carries the sign; what is
    /// longer than RFC 5280 allows is cut.
    pub(crate) fn serial(&self) -> String {
        let octets = match self.cert.raw_serial() {
            [0, rest @ ..] if !rest.is_empty() => rest,
            octets => octets,
        };
        text::hex(&octets[..octets.len().min(SERIAL_OCTETS_MAX)]).to_uppercase()
    }

    /// SHA-256 of the DER.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        fingerprint(self.der)
    }

    /// DER of the subject's and of the issuer's name.
    pub(crate) fn names(&self) -> (&'a [u8], &'a [u8]) {
        (self.cert.subject.as_raw(), self.cert.issuer.as_raw())
    }

    /// Roles that stand in the subject: exact code points in one attribute value each, spaces
    /// (U+0020) around it ignored as X.520 does, no case folding; unknown values change nothing.
    pub(crate) fn roles(&self, sources: RoleSources) -> RoleSet {
        let counts = |kind: &Oid<'_>| {
            *kind == ROLE
                || sources.organizational_unit && *kind == registry::OID_X509_ORGANIZATIONAL_UNIT
                || sources.title && *kind == registry::OID_X509_TITLE
        };
        let attributes = self.cert.subject().iter_attributes();
        let texts = attributes.filter(|a| counts(a.attr_type())).filter_map(decode);
        let roles = texts.filter_map(|text| Role::from_name(text.trim_matches(' ')));
        roles.fold(RoleSet::NONE, RoleSet::with)
    }
}

/// SHA-256 of a certificate's DER.
pub(crate) fn fingerprint(der: &[u8]) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, der);
    digest.as_ref().try_into().expect("SHA-256 has 32 octets")
}

/// Text of an attribute by its tag; other string types name nothing.
fn decode(attribute: &AttributeTypeAndValue<'_>) -> Option<String> {
    let value = attribute.attr_value();
    let bytes = value.data;
    match value.header.tag() {
        asn1_rs::Tag::Utf8String => std::str::from_utf8(bytes).ok().map(str::to_owned),
        asn1_rs::Tag::PrintableString if bytes.is_ascii() => {
            std::str::from_utf8(bytes).ok().map(str::to_owned)
        }
        // BMPString is UCS-2: a surrogate is no character of it.
        asn1_rs::Tag::BmpString if bytes.len() % 2 == 0 => bytes
            .chunks_exact(2)
            .map(|pair| char::from_u32(u32::from(pair[0]) << 8 | u32::from(pair[1])))
            .collect(),
        _ => None,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn malformed(error: x509_parser::error::X509Error) -> Refusal {
    Refusal { reason: "malformed", detail: format!("extension: {error}") }
}

/// A name for one line of a journal: without what ends a line or a field or turns the reader's eye,
/// and not longer than 64 Cyrillic letters.
fn line_name(name: &str) -> String {
    let mut line = String::new();
    for c in name.chars().take(NAME_CHARS_MAX) {
        let turns = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}');
        let c = if c.is_control() || turns || matches!(c, '|' | '\\') { '\u{FFFD}' } else { c };
        if line.len() + c.len_utf8() > NAME_OCTETS_MAX {
            break;
        }
        line.push(c);
    }
    line
}

/// Longest common name that is taken over, characters (X.520 ub-common-name) and octets.
const NAME_CHARS_MAX: usize = 64;
const NAME_OCTETS_MAX: usize = 128;

/// Longest serial number, octets (RFC 5280 4.1.2.2).
const SERIAL_OCTETS_MAX: usize = 20;

/// `role` of X.520, 2.5.4.72.
const ROLE: Oid<'static> = asn1_rs::oid!(2.5.4.72);

const CURVES: [Oid<'static>; 2] = [registry::OID_EC_P256, registry::OID_NIST_EC_P384];

/// Signatures with SHA-256, SHA-384, SHA-512, and Ed25519. What hash RSA-PSS uses stands in its
/// parameters, and webpki has no RSA-PSS verifier with less than SHA-256.
const SIGNATURES: [Oid<'static>; 8] = [
    registry::OID_PKCS1_SHA256WITHRSA,
    registry::OID_PKCS1_SHA384WITHRSA,
    registry::OID_PKCS1_SHA512WITHRSA,
    registry::OID_PKCS1_RSASSAPSS,
    registry::OID_SIG_ECDSA_WITH_SHA256,
    registry::OID_SIG_ECDSA_WITH_SHA384,
    registry::OID_SIG_ECDSA_WITH_SHA512,
    registry::OID_SIG_ED25519,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_takes_one_line_and_leaves_room_for_the_rest() {
        let check = |name: &str, expect: &str| assert_eq!(line_name(name), expect, "{name:?}");
        check("Иванов И. И.", "Иванов И. И.");
        check("a\nb|c\\d\u{202e}e", "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e");
        check(&"Ж".repeat(70), &"Ж".repeat(64));
        check(&"😀".repeat(64), &"😀".repeat(32));
        check(&"|".repeat(64), &"\u{fffd}".repeat(42));
    }
}
