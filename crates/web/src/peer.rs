//! Who stands at the other end of a connection. What he may is asked anew on every request.

use crate::strangers::origin;
use aura_model::{Access, Actor, Refusal};
use std::fmt;
use std::net::SocketAddr;

/// The other end of a connection.
#[derive(Clone, Debug)]
pub enum Peer {
    /// Somebody who proved in the handshake to hold a certificate.
    Certificate {
        /// End certificate, DER.
        leaf: Vec<u8>,
        /// Certificates that came with it, DER.
        chain: Vec<Vec<u8>>,
        /// From where.
        from: SocketAddr,
    },
    /// A person with a shell on the recorder, over the local socket.
    Local {
        /// Name or number of the operating system's user.
        user: String,
    },
}

impl Peer {
    /// Who that is now.
    ///
    /// # Errors
    /// When the certificate is not believed (any more).
    pub fn actor(&self, access: &(impl Access + ?Sized)) -> Result<Actor, Refusal> {
        match self {
            Self::Certificate { leaf, chain, from } => {
                let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
                let identity = Box::new(access.identify(leaf, &chain)?);
                Ok(Actor::Person { identity, from: from.to_string() })
            }
            Self::Local { user } => Ok(Actor::Local { user: user.clone() }),
        }
    }

    /// Whether the connection came over the local socket, where no browser can be tricked.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        matches!(self, Self::Local { .. })
    }

    /// Where the other end is, for the journal.
    pub(crate) fn whence(&self) -> Whence<'_> {
        match self {
            Self::Certificate { from, .. } => Whence::Address(*from),
            Self::Local { user } => Whence::Local(user),
        }
    }
}

/// Where somebody comes from.
#[derive(Clone, Copy)]
pub(crate) enum Whence<'a> {
    /// An address of the network.
    Address(SocketAddr),
    /// A user over the local socket.
    Local(&'a str),
}

impl Whence<'_> {
    /// The same for all connections of one host.
    pub(crate) fn origin(self) -> String {
        match self {
            Self::Address(from) => origin(from.ip()).to_string(),
            Self::Local(_) => self.to_string(),
        }
    }
}

impl fmt::Display for Whence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(from) => write!(f, "{from}"),
            Self::Local(user) => write!(f, "local:{user}"),
        }
    }
}

/// Name of a user of the operating system, or the number when it has none.
pub(crate) fn user_name(uid: u32) -> String {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_in(&passwd, uid).map_or_else(|| uid.to_string(), str::to_owned)
}

/// Name of a user in the text of a passwd(5) file.
fn name_in(passwd: &str, uid: u32) -> Option<&str> {
    let uid = uid.to_string();
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nbroken\naura:x:998:998::/:/bin/false\n";
        assert_eq!(name_in(passwd, 998), Some("aura"));
        assert_eq!(name_in(passwd, 0), Some("root"));
        assert_eq!(name_in(passwd, 99), None);
    }
}
