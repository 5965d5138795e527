//! The recorder's own certificate and key.

use crate::error::Error;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fs;
use std::path::Path;

/// Certificate chain and key that the recorder shows.
#[derive(Debug)]
pub struct Credentials {
    /// The recorder's certificate first, then the intermediates above it.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
}

impl Credentials {
    /// From PEM texts.
    ///
    /// # Errors
    /// When there is no certificate or no key in them.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, Error> {
        const CERTIFICATES: &str = "PEM certificates, the recorder's own first";
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
        let chain = chain.map_err(|e| Error::input("certificate", e.to_string(), CERTIFICATES))?;
        if chain.is_empty() {
            return Err(Error::input("certificate", "no certificate", CERTIFICATES));
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|e| {
            Error::input("key", e.to_string(), "one unencrypted private key in PEM")
        })?;
        Ok(Self { chain, key })
    }

    /// From `recorder.crt` and `recorder.key` in the access folder.
    ///
    /// # Errors
    /// When a file cannot be read or holds something else.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let read = |name| {
            let path = folder.join(name);
            fs::read(&path).map_err(|source| Error::Read { path, source })
        };
        Self::from_pem(&read("recorder.crt")?, &read("recorder.key")?)
    }

    /// Common name and end of validity (POSIX seconds) of the recorder's certificate.
    ///
    /// # Errors
    /// When it cannot be parsed.
    pub fn subject(&self) -> Result<(String, i64), Error> {
        let leaf = crate::leaf::Leaf::parse(&self.chain[0])
            .map_err(|refusal| Error::input("certificate", refusal.to_string(), "X.509 v3"))?;
        Ok((leaf.common_name(), leaf.validity().1))
    }

    /// Whether this is still the certificate of a fresh install, so that a warning must stand.
    #[must_use]
    pub fn is_factory(&self) -> bool {
        self.subject().is_ok_and(|(name, _)| name == crate::pki::NOT_SET_UP)
    }
}
