//! What somebody may take who has not shown a certificate yet: a few handshakes at once, a few per
//! second, by address and by all together. Places of people who are in are never among them.
//!
//! It does not decide who is believed, and forgets an address as soon as it owes nothing.

use aura_model::Refusal;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// An address may be ahead of its pace by so many handshakes.
const AHEAD: u32 = 60;
/// Addresses in mind at most; each is forgotten when its last handshake is paid off.
const ADDRESSES_MAX: usize = 1024;

/// What strangers may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    /// Handshakes of one address under way at most.
    pub(crate) each: usize,
    /// Handshakes of all addresses under way at most.
    pub(crate) all: usize,
    /// An address may begin a handshake so often in the long run.
    pub(crate) spacing: Duration,
}

/// Everybody who is in a handshake or was a moment ago.
#[derive(Clone, Default)]
pub(crate) struct Strangers(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    open: usize,
    addresses: HashMap<IpAddr, Stranger>,
}

struct Stranger {
    open: usize,
    /// When the handshakes begun so far would have been due at the long-run pace.
    due: Instant,
}

/// One handshake under way; counts itself out when dropped.
pub(crate) struct Knock {
    strangers: Strangers,
    from: IpAddr,
}

impl Strangers {
    /// Lets a handshake begin.
    ///
    /// # Errors
    /// When the address, or all together, have too many under way, or it comes too often.
    pub(crate) fn knock(&self, from: IpAddr, allowed: Allowance) -> Result<Knock, Refusal> {
        let Allowance { each, all, spacing } = allowed;
        let now = Instant::now();
        let from = origin(from);
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.open >= all {
            return too_many(format!("{all} are under way"));
        }
        if !state.addresses.contains_key(&from) && state.addresses.len() >= ADDRESSES_MAX {
            state.addresses.retain(|_, stranger| stranger.open > 0 || stranger.due > now);
            if state.addresses.len() >= ADDRESSES_MAX {
                return too_many(format!("from {ADDRESSES_MAX} addresses"));
            }
        }
        let stranger = state.addresses.entry(from).or_insert(Stranger { open: 0, due: now });
        if stranger.open >= each {
            return too_many(format!("{each} of this address are under way"));
        }
        let due = stranger.due.max(now) + spacing;
        if due > now + spacing * AHEAD {
            return too_many(format!("more than one each {} ms", spacing.as_millis()));
        }
        stranger.due = due;
        stranger.open += 1;
        state.open += 1;
        Ok(Knock { strangers: self.clone(), from })
    }
}

fn too_many<T>(detail: String) -> Result<T, Refusal> {
    Err(Refusal { reason: "too-many-handshakes", detail })
}

impl Drop for Knock {
    fn drop(&mut self) {
        let mut state = self.strangers.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.open -= 1;
        if let Some(stranger) = state.addresses.get_mut(&self.from) {
            stranger.open -= 1;
        }
    }
}

/// What counts as one address: of IPv6 the network of 64 bits, in which a host takes any address
/// it likes.
pub(crate) fn origin(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten handshakes a second.
    fn allow(each: usize, all: usize) -> Allowance {
        Allowance { each, all, spacing: Duration::from_millis(100) }
    }

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[tokio::test(start_paused = true)]
    async fn an_address_has_a_burst_and_a_pace() {
        let strangers = Strangers::default();
        let burst = |from| (0..100).filter(|_| strangers.knock(from, allow(8, 32)).is_ok()).count();
        assert_eq!(burst(HERE), 60);
        assert_eq!(burst(THERE), 60, "another address is not held back");
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(burst(HERE), 5);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(burst(HERE), 60, "rest earns no more than the burst");
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_holds_a_part_of_the_places_and_gives_them_back() {
        let strangers = Strangers::default();
        let hold = |from, n: usize| -> Vec<Knock> {
            (0..n).map_while(|_| strangers.knock(from, allow(8, 12)).ok()).collect()
        };
        let (first, second) = (hold(HERE, 20), hold(THERE, 20));
        assert_eq!((first.len(), second.len()), (8, 4));
        let refusal = strangers.knock(HERE, allow(8, 12)).err().unwrap();
        assert_eq!(refusal.reason, "too-many-handshakes");
        drop(first);
        assert_eq!(hold(THERE, 20).len(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded_and_one_network_is_one_address() {
        let strangers = Strangers::default();
        let address = |net: u32| IpAddr::from(Ipv6Addr::from_bits(u128::from(net) << 64 | 7));
        let seen =
            (0..5_000).filter(|net| strangers.knock(address(*net), allow(8, 32)).is_ok()).count();
        assert_eq!(seen, ADDRESSES_MAX);
        tokio::time::advance(allow(8, 32).spacing).await;
        assert!(strangers.knock(address(9_999), allow(8, 32)).is_ok(), "the others are forgotten");
        let host = |host: u128| IpAddr::from(Ipv6Addr::from_bits(0x2001 << 112 | host));
        assert_eq!(
            (0..100).filter(|n| strangers.knock(host(*n), allow(8, 32)).is_ok()).count(),
            60
        );
        let mapped = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(origin(mapped), HERE);
    }
}
