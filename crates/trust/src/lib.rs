//! Who may act: roles from certificates, the trust list, the TLS verifier, and the factory kit.
//!
//! It deliberately writes no file and opens no socket: the kit is returned as bytes, the server
//! configuration is handed to a face. Revocation lists, licences and update bundles are not here.
//!
//! The way of a certificate: rustls asks [`server_config`]'s verifier in each handshake (nothing is
//! ever resumed), the face asks [`Trust`] again for each request, and both end in the one pure
//! function [`decide`].

mod credentials;
mod decide;
mod error;
#[doc(hidden)]
pub mod fuzzing;
mod leaf;
mod list;
pub mod pki;
#[cfg(test)]
mod tests;
mod text;
mod tls;
mod trust;

pub use credentials::Credentials;
pub use decide::{Now, Policy, RoleSources, Verdict, decide};
pub use error::Error;
pub use list::{Finding, TrustList};
pub use tls::server_config;
pub use trust::{EARLIEST_UNIX_S, Observer, Trust};
