//! What the face needs to know; the settings document makes it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Addresses, limits and habits of the web face.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Addresses of the HTTPS door; port 0 takes a free one.
    pub listen: Vec<SocketAddr>,
    /// Path of the local socket; `None` opens none.
    pub socket: Option<PathBuf>,
    /// Names and addresses by which the recorder may be called (`Host`), without port; empty
    /// accepts any.
    pub hosts: Vec<String>,
    /// Live values per second on the stream, 0.2..=10.
    pub live_hz: f64,
    /// Open TLS connections of people at most.
    pub connections_max: usize,
    /// Handshakes under way at most, beside the connections of people.
    pub handshakes_max: usize,
    /// Handshakes of one address under way at most.
    pub handshakes_per_address_max: usize,
    /// One address may begin a handshake so often in the long run, and be ahead by sixty: a
    /// browser takes six for a page, and several people may share an address.
    pub handshake_spacing: Duration,
    /// Open TLS connections of one certificate at most.
    pub connections_per_certificate_max: usize,
    /// Time for a handshake.
    pub handshake: Duration,
    /// Time for the header of a request; also how long a connection may rest between two requests.
    pub header: Duration,
    /// A connection on which no byte moves for so long is closed.
    pub idle: Duration,
    /// How often the identity behind an open stream is asked for again.
    pub recheck: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from(([0, 0, 0, 0], 443))],
            socket: None,
            hosts: Vec::new(),
            live_hz: 2.0,
            connections_max: 64,
            handshakes_max: 64,
            handshakes_per_address_max: 24,
            handshake_spacing: Duration::from_millis(50),
            connections_per_certificate_max: 8,
            handshake: Duration::from_secs(5),
            header: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            recheck: Duration::from_secs(60),
        }
    }
}
