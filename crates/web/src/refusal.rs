//! Why a handshake failed, for the journal; the stranger is only told that it did.

use aura_model::Refusal;
use rustls::{CertificateError, OtherError};
use std::io;

/// Why the recorder refused a handshake; `None` when the peer itself broke it off.
///
/// A verifier that refuses with a [`Refusal`] inside [`CertificateError::Other`] is quoted; a peer
/// that shows no certificate is `no-certificate`, one that does not hold its key is `no-proof`, one
/// that does not speak TLS as we do is `handshake`.
pub(crate) fn of_handshake(error: &io::Error) -> Option<Refusal> {
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let refusal = |reason, detail: &str| Refusal { reason, detail: detail.to_owned() };
    Some(match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(cause))) => cause
            .downcast_ref::<Refusal>()
            .cloned()
            .unwrap_or_else(|| refusal("handshake", &cause.to_string())),
        rustls::Error::InvalidCertificate(CertificateError::BadSignature) => {
            refusal("no-proof", "the peer has not proven to hold the certificate's key")
        }
        rustls::Error::NoCertificatesPresented => {
            refusal("no-certificate", "the peer showed no certificate")
        }
        other => refusal("handshake", &other.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn the_verifier_is_quoted_and_the_network_is_not() {
        let check = |error: io::Error, expect: Option<&str>| {
            let seen = of_handshake(&error).map(|refusal| refusal.reason);
            assert_eq!(seen, expect, "{error:?}");
        };
        let tls = |error: rustls::Error| io::Error::new(io::ErrorKind::InvalidData, error);
        let expired = Refusal { reason: "expired", detail: String::new() };
        let other = CertificateError::Other(OtherError(Arc::new(expired)));
        check(tls(other.into()), Some("expired"));
        check(tls(CertificateError::BadSignature.into()), Some("no-proof"));
        check(tls(rustls::Error::NoCertificatesPresented), Some("no-certificate"));
        check(tls(rustls::Error::DecryptError), Some("handshake"));
        check(io::ErrorKind::UnexpectedEof.into(), None);
        check(io::Error::other("reset"), None);
    }
}
