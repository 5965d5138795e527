//! Decides whether a certificate is believed: one pure function, asked in the handshake and again
//! for each request.
//!
//! It does not prove that the peer holds the key (the handshake does), and reads neither the role
//! extension of IEC 62351-8 nor revocation lists yet; the place of the latter is marked.

use crate::leaf::{Leaf, SIZE_MAX, refuse};
use crate::list::{Anchor, TrustList};
use crate::text;
use aura_model::{Civil, Identity, Refusal, RoleSet};
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage, aws_lc_rs as algorithms};

/// Most certificates that a peer may send beside its own.
const CHAIN_MAX: usize = 8;

/// Whom the recorder believes, and how it reads roles.
#[derive(Debug, Default)]
pub struct Policy {
    /// Authorities and pinned certificates.
    pub list: TrustList,
    /// Attributes that may hold a role beside `role` (2.5.4.72).
    pub sources: RoleSources,
    // Revocation lists and the local block list become fields here.
}

/// Subject attributes that count beside `role`; both off unless the administrator turns them on,
/// because ordinary authorities let applicants fill them in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RoleSources {
    /// `OU` (2.5.4.11) counts.
    pub organizational_unit: bool,
    /// `title` (2.5.4.12) counts.
    pub title: bool,
}

/// The clock at the time of a decision, POSIX seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Now {
    /// The clock follows a source: validity is strict.
    Synced(i64),
    /// The clock may be wrong; this time has certainly been reached. What ended before it is
    /// refused; what begins after it is believed with a warning, so that a dead clock battery
    /// locks nobody out of a station.
    Floor(i64),
}

/// A certificate that is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Who it is, with the roles that the anchor's or the pin's mask leaves.
    pub identity: Identity,
    /// It begins after the last time that is certain: believed only because the clock runs free.
    pub not_yet_valid: bool,
}

/// Decides about a certificate and the others that came with it.
///
/// A pinned certificate is believed by its bytes, whoever issued it; any other needs a path to an
/// anchor. The nearest anchor vouches and its mask cuts the roles.
///
/// # Errors
/// With the reason, when the certificate is not believed.
pub fn decide(
    leaf_der: &[u8],
    chain_der: &[&[u8]],
    now: Now,
    policy: &Policy,
) -> Result<Verdict, Refusal> {
    let leaf = Leaf::parse(leaf_der)?;
    let fingerprint = leaf.fingerprint();
    judge(&leaf, leaf_der, chain_der, now, policy).map_err(|refusal| Refusal {
        reason: refusal.reason,
        detail: format!(
            "{}; CN={} serial={} sha256={}",
            refusal.detail,
            leaf.common_name(),
            leaf.serial(),
            text::hex(&fingerprint)
        ),
    })
}

fn judge(
    leaf: &Leaf<'_>,
    leaf_der: &[u8],
    chain_der: &[&[u8]],
    now: Now,
    policy: &Policy,
) -> Result<Verdict, Refusal> {
    if chain_der.len() > CHAIN_MAX {
        return refuse("chain-too-long", format!("{}, at most {CHAIN_MAX}", chain_der.len()));
    }
    if let Some(long) = chain_der.iter().find(|der| der.len() > SIZE_MAX) {
        return refuse("too-large", format!("{} bytes above it, at most {SIZE_MAX}", long.len()));
    }
    leaf.check_strength()?;
    leaf.check_client()?;
    let (anchor, mask, at) = match policy.list.pin(&leaf.fingerprint()) {
        Some(pin) => {
            let at = now.instant(&[leaf.validity()]);
            check_validity(leaf.validity(), at)?;
            (&pin.name, pin.mask, at)
        }
        None => vouched(leaf, leaf_der, chain_der, now, &policy.list)?,
    };
    // Here every path has met: the block list and the revocation lists are asked at this place.
    let identity = Identity {
        common_name: leaf.common_name(),
        serial: leaf.serial(),
        fingerprint: text::hex(&leaf.fingerprint()),
        roles: leaf.roles(policy.sources).and(mask),
        anchor: anchor.clone(),
        not_after_unix_s: leaf.validity().1,
    };
    Ok(Verdict { identity, not_yet_valid: matches!(now, Now::Floor(floor) if at > floor) })
}

impl Now {
    /// The instant at which validity is judged: the clock's, or, when it may be wrong, the first
    /// instant not before the floor at which all of these have begun.
    fn instant(self, validities: &[(i64, i64)]) -> i64 {
        match self {
            Self::Synced(now) => now,
            Self::Floor(floor) => validities.iter().fold(floor, |at, (begin, _)| at.max(*begin)),
        }
    }
}

fn check_validity((begin, end): (i64, i64), at: i64) -> Result<(), Refusal> {
    if at < begin {
        return refuse("not-yet-valid", format!("valid from {}", utc(begin)));
    }
    if at > end {
        return refuse("expired", format!("valid until {}", utc(end)));
    }
    Ok(())
}

/// The anchor that vouches for the certificate, the mask it leaves, and the instant judged.
fn vouched<'p>(
    leaf: &Leaf<'_>,
    leaf_der: &[u8],
    chain_der: &[&[u8]],
    now: Now,
    list: &'p TrustList,
) -> Result<(&'p String, RoleSet, i64), Refusal> {
    let mut above = Vec::with_capacity(chain_der.len());
    let mut validities = vec![leaf.validity()];
    for der in chain_der {
        validities.push(Leaf::parse(der)?.validity());
        above.push(CertificateDer::from(*der));
    }
    let at = now.instant(&validities);
    check_validity(leaf.validity(), at)?;

    // webpki takes no notice of an anchor's own validity. Under a clock that may be wrong only the
    // end counts, as for every other certificate.
    let current =
        |a: &&Anchor| at <= a.validity.1 && (matches!(now, Now::Floor(_)) || at >= a.validity.0);
    let (valid, stale): (Vec<&Anchor>, Vec<&Anchor>) = list.anchors().partition(current);
    let anchors: Vec<_> = valid.iter().map(|anchor| anchor.webpki.clone()).collect();

    let leaf_der = CertificateDer::from(leaf_der);
    let end = EndEntityCert::try_from(&leaf_der).map_err(|error| reason(&error))?;
    let since_1970 = Duration::from_secs(u64::try_from(at).unwrap_or(0));
    let path = end
        .verify_for_usage(
            ALGORITHMS,
            &anchors,
            &above,
            UnixTime::since_unix_epoch(since_1970),
            KeyUsage::client_auth(),
            None,
            None,
        )
        .map_err(|error| unknown_or_stale(&error, leaf, &stale))?;

    let between = path.intermediate_certificates().count();
    let found = path.anchor();
    // The same key may be listed twice (a renewed authority); the narrower promise holds.
    let mut same = valid.iter().filter(|anchor| {
        anchor.webpki.subject == found.subject
            && anchor.webpki.subject_public_key_info == found.subject_public_key_info
    });
    let first = same.next().expect("the path ends in one of the anchors that were given");
    if first.path_length.is_some_and(|below| u32::try_from(between).unwrap_or(u32::MAX) > below) {
        return refuse("path-length", format!("{between} authorities below {}", first.name));
    }
    let mask = same.fold(first.mask, |mask, anchor| mask.and(anchor.mask));
    Ok((&first.name, mask, at))
}

/// An unknown issuer may be a known one out of its validity: the journal should say so.
fn unknown_or_stale(error: &webpki::Error, leaf: &Leaf<'_>, stale: &[&Anchor]) -> Refusal {
    let refusal = reason(error);
    match stale.iter().find(|anchor| anchor.subject == leaf.names().1) {
        Some(anchor) if refusal.reason == "unknown-issuer" => {
            let (begin, end) = anchor.validity;
            let detail = format!("anchor {} is valid {} to {}", anchor.name, utc(begin), utc(end));
            Refusal { reason: "issuer-expired", detail }
        }
        _ => refusal,
    }
}

fn reason(error: &webpki::Error) -> Refusal {
    use webpki::Error as E;
    let reason = match error {
        E::CertExpired { .. } => "expired",
        E::CertNotValidYet { .. } => "not-yet-valid",
        E::UnknownIssuer => "unknown-issuer",
        E::InvalidSignatureForPublicKey => "bad-signature",
        E::UnsupportedSignatureAlgorithmContext(_)
        | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => "weak-signature",
        E::EndEntityUsedAsCa => "issuer-not-ca",
        E::CaUsedAsEndEntity => "is-ca",
        E::PathLenConstraintViolated => "path-length",
        E::RequiredEkuNotFoundContext(_) | E::EmptyEkuExtension => "wrong-usage",
        E::NameConstraintViolation => "name-constraint",
        E::MaximumPathBuildCallsExceeded
        | E::MaximumPathDepthExceeded
        | E::MaximumSignatureChecksExceeded
        | E::MaximumNameConstraintComparisonsExceeded => "too-complex",
        _ => "malformed",
    };
    Refusal { reason, detail: format!("{error}") }
}

/// ISO 8601 of a POSIX second.
fn utc(unix_s: i64) -> String {
    let civil = Civil::from_unix_ns(unix_s.saturating_mul(1_000_000_000)).to_string();
    format!("{}Z", civil.trim_end_matches(".000000"))
}

/// Signatures of certificates that are believed: P-256, P-384, Ed25519, RSA from 2048 bits, with
/// SHA-256 or better.
const ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    algorithms::ECDSA_P256_SHA512,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
    algorithms::ECDSA_P384_SHA512,
    algorithms::ED25519,
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
    algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
];
