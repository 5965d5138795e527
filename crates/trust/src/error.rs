//! What can go wrong when certificates are loaded or made.

use std::path::PathBuf;

/// An error of this crate; decisions about a peer are a [`Refusal`](aura_model::Refusal) instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system gave no file.
    #[error("cannot read {path}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is there already and would be overwritten.
    #[error("{0} exists already; a key is never overwritten, choose another folder")]
    Exists(PathBuf),
    /// Text that should hold PEM objects holds something else.
    #[error("{what}: {seen}; allowed: {allowed}")]
    Input {
        /// Which input.
        what: &'static str,
        /// What was seen.
        seen: String,
        /// What is allowed there.
        allowed: &'static str,
    },
    /// A key and a certificate that do not belong together.
    #[error("the key does not belong to the certificate {0}")]
    KeyMismatch(String),
    /// The cryptographic library refused; no cause is given by it.
    #[error("{0} failed")]
    Crypto(&'static str),
    /// The PKCS#12 writer refused.
    #[error("PKCS#12: {0}")]
    Pkcs12(String),
    /// The TLS library refused the configuration.
    #[error("TLS configuration")]
    Tls(#[from] rustls::Error),
}

impl Error {
    /// An input that is not what it should be.
    pub(crate) fn input(
        what: &'static str,
        seen: impl Into<String>,
        allowed: &'static str,
    ) -> Self {
        Self::Input { what, seen: seen.into(), allowed }
    }
}
