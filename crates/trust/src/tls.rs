//! The TLS server's configuration and the verifier of client certificates in it.
//!
//! Nothing is ever resumed: each handshake runs the verifier. It opens no connection.

use crate::credentials::Credentials;
use crate::error::Error;
use crate::trust::Trust;
use aura_model::Access as _;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, OtherError, ServerConfig,
    SignatureScheme, version,
};
use std::sync::Arc;

/// Configuration of an HTTPS server: TLS 1.2 and 1.3, a client certificate that `trust` believes is
/// a must, HTTP/1.1 only, no resumption and no early data.
///
/// A handshake that `trust` refuses fails with the [`Refusal`](aura_model::Refusal) inside
/// [`CertificateError::Other`], for the journal of whoever serves.
///
/// # Errors
/// When key and certificate do not fit or the key is of a kind that TLS does not know.
pub fn server_config(own: Credentials, trust: &Arc<Trust>) -> Result<ServerConfig, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Verifier { trust: Arc::clone(trust), provider: Arc::clone(&provider) };
    let mut config = ServerConfig::builder_with_details(provider, Arc::clone(trust) as _)
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(own.chain, own.key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// Asks [`Trust`] about each client certificate.
#[derive(Debug)]
struct Verifier {
    trust: Arc<Trust>,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for Verifier {
    /// No names: a stranger learns nothing of the trust list, and browsers offer pinned
    /// certificates too, whose issuers could not stand there.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    /// The time given is that of the clock inside `trust`, which also knows whether to believe it.
    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let chain: Vec<&[u8]> = intermediates.iter().map(AsRef::as_ref).collect();
        match self.trust.identify(end_entity, &chain) {
            Ok(_) => Ok(ClientCertVerified::assertion()),
            // The alert says certificate_unknown whatever the cause was.
            Err(refusal) => Err(CertificateError::Other(OtherError(Arc::new(refusal))).into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::Policy;
    use crate::pki::{Ca, Issued, KeyKind, Purpose, Request};
    use aura_model::{Clock, Lang, RoleSet, Stamp};
    use rustls::client::ResolvesClientCert;
    use rustls::pki_types::{PrivateKeyDer, ServerName};
    use rustls::sign::CertifiedKey;
    use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConnection};

    /// 2026-11-22, the lowest floor.
    const NOW: i64 = crate::trust::EARLIEST_UNIX_S;

    /// A clock that follows nothing: the floor rules.
    struct Dead;

    impl Clock for Dead {
        fn now(&self) -> Stamp {
            Stamp::default()
        }

        fn mono_ns(&self) -> u64 {
            0
        }
    }

    /// Shows one certificate and signs with whatever key it has.
    #[derive(Debug)]
    struct Shows(Arc<CertifiedKey>);

    impl ResolvesClientCert for Shows {
        fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
            Some(Arc::clone(&self.0))
        }

        fn has_certs(&self) -> bool {
            true
        }
    }

    #[test]
    fn the_peer_must_hold_the_key() {
        let ca = Ca::root("ЦС", KeyKind::P256, 30, NOW).unwrap();
        let issue = |purpose| {
            let common_name = "Кто".to_owned();
            let request =
                Request { common_name, purpose, lang: Lang::Ru, days: 9, key: KeyKind::P256 };
            ca.issue(&request, NOW).unwrap()
        };
        let server = issue(Purpose::Server(vec!["10.0.0.1".parse().unwrap()]));
        let (user, thief) =
            (issue(Purpose::Client(RoleSet::ALL)), issue(Purpose::Client(RoleSet::NONE)));
        let mut policy = Policy::default();
        policy.list.add_anchor("ca", &ca.own().chain[0], RoleSet::ALL).unwrap();
        let trust = Arc::new(Trust::new(policy, Arc::new(Dead), |_| {}));
        let key = server.key.pem().unwrap();
        let own = Credentials::from_pem(server.chain_pem().as_bytes(), key.as_bytes()).unwrap();
        let server = Arc::new(server_config(own, &trust).unwrap());
        let check = |shown: &Issued, held: &Issued, expect: Result<(), CertificateError>| {
            for version in [&version::TLS12, &version::TLS13] {
                let client = client(&trust, &ca, shown, held, version);
                let expect = expect.clone().map_err(rustls::Error::from);
                assert_eq!(converse(&server, client), expect, "{version:?}");
            }
        };
        check(&user, &user, Ok(()));
        check(&user, &thief, Err(CertificateError::BadSignature));
        check(&thief, &user, Err(CertificateError::BadSignature));
    }

    fn client(
        time: &Arc<Trust>,
        ca: &Ca,
        shown: &Issued,
        held: &Issued,
        version: &'static rustls::SupportedProtocolVersion,
    ) -> ClientConnection {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let key = PrivateKeyDer::try_from(held.key.pkcs8().unwrap()).unwrap();
        let key = provider.key_provider.load_private_key(key).unwrap();
        let shown = vec![CertificateDer::from(shown.chain[0].clone())];
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(ca.own().chain[0].clone())).unwrap();
        let config = ClientConfig::builder_with_details(provider, Arc::clone(time) as _)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_client_cert_resolver(Arc::new(Shows(Arc::new(CertifiedKey::new(shown, key)))));
        let name = ServerName::try_from("10.0.0.1").unwrap();
        ClientConnection::new(Arc::new(config), name).unwrap()
    }

    /// Carries octets to and fro until the server is content or refuses.
    fn converse(
        server: &Arc<ServerConfig>,
        mut client: ClientConnection,
    ) -> Result<(), rustls::Error> {
        let mut server = ServerConnection::new(Arc::clone(server)).unwrap();
        while server.is_handshaking() {
            let mut octets = Vec::new();
            client.write_tls(&mut octets).unwrap();
            let mut octets = octets.as_slice();
            while !octets.is_empty() {
                server.read_tls(&mut octets).unwrap();
                server.process_new_packets()?;
            }
            let mut octets = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut octets).unwrap();
            }
            let mut octets = octets.as_slice();
            while !octets.is_empty() {
                client.read_tls(&mut octets).unwrap();
                client.process_new_packets().unwrap();
            }
        }
        Ok(())
    }
}
