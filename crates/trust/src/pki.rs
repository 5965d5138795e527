//! Certificate authorities of the factory kit and what they issue (product G5).
//!
//! It returns bytes and writes no file. It deliberately makes no revocation lists and answers no
//! certificate requests. Several `role` attributes in one subject are the reason for an own writer.

pub(crate) mod certificate;
pub(crate) mod der;
mod key;
mod kit;

pub use certificate::HostName;
pub use key::{Key, KeyKind};
pub(crate) use kit::NOT_SET_UP;
pub use kit::{KitFile, Options, factory_kit};

use crate::error::Error;
use crate::text;
use aura_model::{Lang, RoleSet};
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey,
    PrivateKeyChain,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::parse_x509_certificate;

/// What a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A person: `clientAuth`, the roles in the subject.
    Client(RoleSet),
    /// A recorder: `serverAuth`, reached by these names.
    Server(Vec<HostName>),
    /// An intermediate CA that issues end certificates only.
    Intermediate,
}

/// A certificate to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Common name, 1..=64 characters (X.520 ub-common-name).
    pub common_name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Language in which roles are written.
    pub lang: Lang,
    /// Length of validity in days, 1..=36_500; it starts one hour before now, as clocks differ.
    pub days: u32,
    /// Key to make for it.
    pub key: KeyKind,
}

/// Which browsers can import a PKCS#12 file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum P12Form {
    /// AES-256 and HMAC-SHA-256: everything of this decade.
    #[default]
    Modern,
    /// 3DES and HMAC-SHA-1: Windows before 10 1709 and Server 2016.
    Legacy,
}

/// A certificate with its key and the certificates above it.
#[derive(Debug)]
pub struct Issued {
    /// The key.
    pub key: Key,
    /// DER: the certificate itself first, the one that issued it next, and so on up to the root.
    pub chain: Vec<Vec<u8>>,
    common_name: String,
}

impl Issued {
    /// The certificate and the intermediates above it as a server or a client sends them, PEM;
    /// a root above is left out, since a peer must have it already.
    #[must_use]
    pub fn chain_pem(&self) -> String {
        let (own, above) = self.chain.split_first().expect("a chain has its own certificate");
        let above = above.iter().filter(|der| !is_self_issued(der)).map(Vec::as_slice);
        std::iter::once(own.as_slice()).chain(above).map(|d| text::pem("CERTIFICATE", d)).collect()
    }

    /// The certificate alone, PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        text::pem("CERTIFICATE", &self.chain[0])
    }

    /// PKCS#12 of key and whole chain, the friendly name being the common name.
    ///
    /// # Errors
    /// When the key cannot be written; when the password is empty, since some browsers then
    /// refuse the file and no secret is kept by it.
    pub fn pkcs12(&self, password: &str, form: P12Form) -> Result<Vec<u8>, Error> {
        if password.is_empty() {
            return Err(Error::input("password", "nothing", "at least one character"));
        }
        let failed = |e: p12_keystore::error::Error| Error::Pkcs12(e.to_string());
        let chain: Result<Vec<_>, _> =
            self.chain.iter().map(|der| Certificate::from_der(der)).collect();
        let key = PrivateKey::from_der(&self.key.pkcs8()?).map_err(failed)?;
        let entry = PrivateKeyChain::new(self.key.id(), key, chain.map_err(failed)?);
        let mut store = KeyStore::new();
        store.add_entry(&self.common_name, KeyStoreEntry::PrivateKeyChain(entry));
        let (cipher, mac) = match form {
            P12Form::Modern => {
                (EncryptionAlgorithm::PbeWithHmacSha256AndAes256, MacAlgorithm::HmacSha256)
            }
            P12Form::Legacy => {
                (EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc, MacAlgorithm::HmacSha1)
            }
        };
        let writer = store.writer(password).encryption_algorithm(cipher).mac_algorithm(mac);
        writer.write().map_err(failed)
    }
}

/// A certificate authority with its key.
#[derive(Debug)]
pub struct Ca(Issued);

impl Ca {
    /// A new self-signed root.
    ///
    /// # Errors
    /// When the name or the length of validity is out of range.
    pub fn root(
        common_name: &str,
        kind: KeyKind,
        days: u32,
        now_unix_s: i64,
    ) -> Result<Self, Error> {
        let key = Key::generate(kind)?;
        let subject = subject(common_name, RoleSet::NONE, Lang::Ru)?;
        let template = certificate::Template {
            issuer: subject.clone(),
            subject,
            validity: validity(days, now_unix_s)?,
            extensions: vec![
                certificate::ca(None),
                certificate::usage_ca(),
                certificate::subject_key_id(&key.id()),
                certificate::authority_key_id(&key.id()),
            ],
        };
        let chain = vec![template.sign(&key.spki(), &key)?];
        Ok(Self(Issued { key, chain, common_name: common_name.to_owned() }))
    }

    /// A stored authority: its certificate first in the PEM, those above it after; and its key.
    ///
    /// # Errors
    /// When either cannot be read, the first is no CA, or the key belongs to another certificate.
    pub fn load(certificates_pem: &[u8], key_pem: &[u8]) -> Result<Self, Error> {
        const ALLOWED: &str = "PEM certificates, the authority's own first";
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates_pem)
            .map(|der| der.map(|der| der.as_ref().to_vec()))
            .collect();
        let chain = chain.map_err(|e| Error::input("authority", e.to_string(), ALLOWED))?;
        let Some(own) = chain.first() else {
            return Err(Error::input("authority", "no certificate", ALLOWED));
        };
        let (_, cert) = parse_x509_certificate(own)
            .map_err(|e| Error::input("authority", e.to_string(), ALLOWED))?;
        if !cert.is_ca() {
            let seen = cert.subject().to_string();
            return Err(Error::input("authority", seen, "a certificate with cA TRUE"));
        }
        let key = Key::from_pem(key_pem)?;
        if cert.public_key().raw != key.spki() {
            return Err(Error::KeyMismatch(cert.subject().to_string()));
        }
        let common_name = cert.subject().iter_common_name().next();
        let common_name = common_name.and_then(|cn| cn.as_str().ok()).unwrap_or("CA").to_owned();
        Ok(Self(Issued { key, chain, common_name }))
    }

    /// A certificate with a fresh key, issued by this authority.
    ///
    /// # Errors
    /// When the name or the length of validity is out of range.
    pub fn issue(&self, request: &Request, now_unix_s: i64) -> Result<Issued, Error> {
        let own = &self.0.chain[0];
        let (_, cert) = parse_x509_certificate(own)
            .map_err(|e| Error::input("authority", e.to_string(), "a certificate"))?;
        let key = Key::generate(request.key)?;
        let roles = match request.purpose {
            Purpose::Client(roles) => roles,
            _ => RoleSet::NONE,
        };
        let mut extensions = extensions(&request.purpose);
        extensions.push(certificate::subject_key_id(&key.id()));
        extensions.push(certificate::authority_key_id(&key_id_of(&cert, &self.0.key)));
        let template = certificate::Template {
            issuer: cert.subject().as_raw().to_vec(),
            subject: subject(&request.common_name, roles, request.lang)?,
            validity: validity(request.days, now_unix_s)?,
            extensions,
        };
        let mut chain = vec![template.sign(&key.spki(), &self.0.key)?];
        chain.extend_from_slice(&self.0.chain);
        Ok(Issued { key, chain, common_name: request.common_name.clone() })
    }

    /// An authority below this one, with a fresh key.
    ///
    /// # Errors
    /// When the name or the length of validity is out of range.
    pub fn intermediate(
        &self,
        common_name: &str,
        key: KeyKind,
        days: u32,
        now_unix_s: i64,
    ) -> Result<Self, Error> {
        let purpose = Purpose::Intermediate;
        let common_name = common_name.to_owned();
        self.issue(&Request { common_name, purpose, lang: Lang::Ru, days, key }, now_unix_s)
            .map(Self)
    }

    /// Certificate, key and chain of the authority itself.
    #[must_use]
    pub fn own(&self) -> &Issued {
        &self.0
    }

    /// Certificates of the authority and of those above it, PEM, as [`Ca::load`] takes them.
    #[must_use]
    pub fn certificates_pem(&self) -> String {
        self.0.chain.iter().map(|der| text::pem("CERTIFICATE", der)).collect()
    }
}

/// A certificate that its own key signs: a recorder's stand-in, or a client to be pinned.
///
/// # Errors
/// When the name or the length of validity is out of range, or an authority is asked for.
pub fn self_signed(request: &Request, now_unix_s: i64) -> Result<Issued, Error> {
    let roles = match request.purpose {
        Purpose::Client(roles) => roles,
        Purpose::Server(_) => RoleSet::NONE,
        Purpose::Intermediate => {
            return Err(Error::input("purpose", "intermediate", "client or server"));
        }
    };
    let key = Key::generate(request.key)?;
    let subject = subject(&request.common_name, roles, request.lang)?;
    let mut extensions = extensions(&request.purpose);
    extensions.push(certificate::subject_key_id(&key.id()));
    let validity = validity(request.days, now_unix_s)?;
    let template = certificate::Template { issuer: subject.clone(), subject, validity, extensions };
    let chain = vec![template.sign(&key.spki(), &key)?];
    Ok(Issued { key, chain, common_name: request.common_name.clone() })
}

fn extensions(purpose: &Purpose) -> Vec<Vec<u8>> {
    use certificate::{ca, end_entity, host_names, usage_ca, usage_signature};
    match purpose {
        Purpose::Client(_) => {
            vec![end_entity(), usage_signature(), certificate::purpose(der::oid::CLIENT_AUTH)]
        }
        Purpose::Server(hosts) => {
            let mut all =
                vec![end_entity(), usage_signature(), certificate::purpose(der::oid::SERVER_AUTH)];
            // An empty subjectAltName is forbidden (RFC 5280 4.2.1.6).
            if !hosts.is_empty() {
                all.push(host_names(hosts));
            }
            all
        }
        Purpose::Intermediate => vec![ca(Some(0)), usage_ca()],
    }
}

/// Subject: common name, then one `role` attribute for each role.
fn subject(common_name: &str, roles: RoleSet, lang: Lang) -> Result<Vec<u8>, Error> {
    let length = common_name.chars().count();
    if !(1..=64).contains(&length) || common_name.chars().any(char::is_control) {
        let allowed = "1..=64 characters without control characters";
        return Err(Error::input("common name", format!("{common_name:?}"), allowed));
    }
    let utf8 = der::tag::UTF8_STRING;
    let mut attributes = vec![(der::oid::COMMON_NAME, utf8, common_name.as_bytes())];
    for role in roles.iter() {
        let name = match lang {
            Lang::Ru => role.name_ru(),
            Lang::En => role.name_en(),
        };
        attributes.push((der::oid::ROLE, utf8, name.as_bytes()));
    }
    Ok(certificate::name(&attributes))
}

fn validity(days: u32, now_unix_s: i64) -> Result<(i64, i64), Error> {
    const HOUR_S: i64 = 3_600;
    if !(1..=36_500).contains(&days) {
        return Err(Error::input("validity", format!("{days} days"), "1..=36500 days"));
    }
    Ok((now_unix_s - HOUR_S, now_unix_s + i64::from(days) * 24 * HOUR_S))
}

/// The issuer's own `subjectKeyIdentifier`, or what it would be.
fn key_id_of(cert: &x509_parser::certificate::X509Certificate<'_>, key: &Key) -> Vec<u8> {
    use x509_parser::extensions::ParsedExtension;
    let mut ids = cert.iter_extensions().filter_map(|e| match e.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
        _ => None,
    });
    ids.next().unwrap_or_else(|| key.id())
}

fn is_self_issued(der: &[u8]) -> bool {
    parse_x509_certificate(der)
        .is_ok_and(|(_, cert)| cert.subject().as_raw() == cert.issuer().as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn request(common_name: &str, days: u32, purpose: Purpose) -> Request {
        let common_name = common_name.to_owned();
        Request { common_name, purpose, lang: Lang::Ru, days, key: KeyKind::P256 }
    }

    #[test]
    fn requests_out_of_range_are_refused() {
        let ca = Ca::root("ЦС", KeyKind::P256, 30, NOW).unwrap();
        let client = Purpose::Client(RoleSet::NONE);
        let check = |common_name: &str, days, expect: Option<&str>| {
            for seen in [
                ca.issue(&request(common_name, days, client.clone()), NOW).map(drop),
                self_signed(&request(common_name, days, client.clone()), NOW).map(drop),
                Ca::root(common_name, KeyKind::P256, days, NOW).map(drop),
                ca.intermediate(common_name, KeyKind::P256, days, NOW).map(drop),
            ] {
                let seen = seen.err().map(|error| error.to_string());
                assert_eq!(seen.as_deref(), expect, "{common_name:?} {days}");
            }
        };
        let name = "1..=64 characters without control characters";
        check("И", 1, None);
        check(&"я".repeat(64), 36_500, None);
        check("", 1, Some(&format!("common name: \"\"; allowed: {name}")));
        check("a\nb", 1, Some(&format!("common name: \"a\\nb\"; allowed: {name}")));
        let long = "я".repeat(65);
        check(&long, 1, Some(&format!("common name: \"{long}\"; allowed: {name}")));
        check("И", 0, Some("validity: 0 days; allowed: 1..=36500 days"));
        check("И", 36_501, Some("validity: 36501 days; allowed: 1..=36500 days"));
        let authority = self_signed(&request("И", 1, Purpose::Intermediate), NOW);
        assert!(authority.unwrap_err().to_string().contains("allowed: client or server"));
        let issued = ca.issue(&request("И", 1, client), NOW).unwrap();
        assert!(issued.pkcs12("", P12Form::Modern).unwrap_err().to_string().contains("password"));
    }

    #[test]
    fn host_names_are_checked() {
        let check = |text: &str, expect: Option<HostName>| {
            assert_eq!(text.parse::<HostName>().ok(), expect, "{text:?}");
        };
        check("10.1.2.3", Some(HostName::Ip([10, 1, 2, 3].into())));
        check(
            "fe80::1",
            Some(HostName::Ip("fe80::1".parse::<std::net::Ipv6Addr>().unwrap().into())),
        );
        check("ras-1.ps_2.local", Some(HostName::Dns("ras-1.ps_2.local".to_owned())));
        for wrong in ["", "рас", "a b", "a/b", "10.1.2.0/24", "*.local", &"a".repeat(254)] {
            check(wrong, None);
        }
    }
}
