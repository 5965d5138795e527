//! Open connections per certificate, and who is new: a login is written once for a certificate and
//! an address, not for each of the six connections that a browser opens.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A person who was away for so long logs in anew.
const AWAY: Duration = Duration::from_secs(15 * 60);
/// Certificates remembered at most; beyond that, those without a connection are forgotten.
const REMEMBERED_MAX: usize = 1024;

/// All sessions.
#[derive(Clone, Default)]
pub(crate) struct Sessions(Arc<Mutex<HashMap<(String, IpAddr), Session>>>);

struct Session {
    open: usize,
    seen: Instant,
}

/// One open connection; counts itself out when dropped.
pub(crate) struct Guest {
    sessions: Sessions,
    key: (String, IpAddr),
    /// Whether this connection begins a session.
    pub(crate) is_login: bool,
}

impl Sessions {
    /// Takes a connection in, unless the certificate has `max` open already.
    pub(crate) fn enter(&self, fingerprint: &str, from: IpAddr, max: usize) -> Option<Guest> {
        let now = Instant::now();
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open: usize = sessions
            .iter()
            .filter(|((print, _), _)| print == fingerprint)
            .map(|(_, session)| session.open)
            .sum();
        if open >= max {
            return None;
        }
        if sessions.len() >= REMEMBERED_MAX {
            sessions.retain(|_, session| session.open > 0);
        }
        let key = (fingerprint.to_owned(), from);
        let known = sessions.get(&key).is_some_and(|s| s.open > 0 || now - s.seen < AWAY);
        let session = sessions.entry(key.clone()).or_insert(Session { open: 0, seen: now });
        session.open += 1;
        session.seen = now;
        Some(Guest { sessions: self.clone(), key, is_login: !known })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut sessions = self.sessions.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = sessions.get_mut(&self.key) {
            session.open -= 1;
            session.seen = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_counted_per_certificate_and_logins_once() {
        let sessions = Sessions::default();
        let [home, away] = [IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2])];
        let first = sessions.enter("a", home, 2).unwrap();
        let second = sessions.enter("a", away, 2).unwrap();
        assert!(first.is_login && second.is_login);
        assert!(sessions.enter("a", home, 2).is_none(), "the third of this certificate");
        assert!(sessions.enter("b", home, 2).unwrap().is_login);
        drop(first);
        assert!(!sessions.enter("a", home, 2).unwrap().is_login, "was here just now");
    }
}
