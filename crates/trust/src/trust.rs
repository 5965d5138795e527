//! Who is believed now: the policy of the moment, the clock, and the last time that is certain.

use crate::decide::{Now, Policy, Verdict, decide};
use aura_model::{Access, Clock, Identity, Refusal, Sync};
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// No recorder with this software lived before 2026-11-22: the lowest floor, POSIX seconds.
pub const EARLIEST_UNIX_S: i64 = 1_795_305_600;

/// Told of each certificate that is not believed, and of each that is only because the clock may
/// be wrong; it must not block.
pub type Observer = dyn Fn(Result<&Verdict, &Refusal>) + Send + std::marker::Sync;

/// Believes or refuses certificates by the policy of the moment.
pub struct Trust {
    policy: RwLock<Arc<Policy>>,
    clock: Arc<dyn Clock>,
    floor_unix_s: AtomicI64,
    observer: Box<Observer>,
}

impl Trust {
    /// With a policy, the recorder's clock, and who is told (see [`Observer`]).
    pub fn new(
        policy: Policy,
        clock: Arc<dyn Clock>,
        observer: impl Fn(Result<&Verdict, &Refusal>) + Send + std::marker::Sync + 'static,
    ) -> Self {
        Self {
            policy: RwLock::new(Arc::new(policy)),
            clock,
            floor_unix_s: AtomicI64::new(EARLIEST_UNIX_S),
            observer: Box::new(observer),
        }
    }

    /// Another policy from now on: new connections and further requests of open ones obey it.
    pub fn replace(&self, policy: Policy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }

    /// The policy of the moment.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A time that has certainly been reached, POSIX seconds: persisted, or of the newest journal
    /// line. It never goes back.
    pub fn raise_floor(&self, unix_s: i64) {
        self.floor_unix_s.fetch_max(unix_s, Ordering::Relaxed);
    }

    /// The last time that is certain, POSIX seconds; to be persisted from time to time.
    #[must_use]
    pub fn floor_unix_s(&self) -> i64 {
        self.floor_unix_s.load(Ordering::Relaxed)
    }

    /// Decides by the policy and the clock of now, and tells the observer.
    ///
    /// # Errors
    /// With the reason, when the certificate is not believed now.
    pub fn judge(&self, leaf_der: &[u8], chain_der: &[&[u8]]) -> Result<Verdict, Refusal> {
        let verdict = decide(leaf_der, chain_der, self.now(), &self.policy());
        match &verdict {
            Ok(verdict) if verdict.not_yet_valid => (self.observer)(Ok(verdict)),
            Ok(_) => {}
            Err(refusal) => (self.observer)(Err(refusal)),
        }
        verdict
    }

    /// A clock that follows a source is strict and raises the floor; one that runs free is not
    /// believed, whether it is behind or ahead.
    fn now(&self) -> Now {
        let stamp = self.clock.now();
        match stamp.quality.sync {
            Sync::Locked | Sync::Holdover => {
                let unix_s = stamp.tai.unix_ns().div_euclid(1_000_000_000);
                self.raise_floor(unix_s);
                Now::Synced(unix_s)
            }
            Sync::Free => Now::Floor(self.floor_unix_s()),
        }
    }
}

impl Access for Trust {
    fn identify(&self, leaf_der: &[u8], chain_der: &[&[u8]]) -> Result<Identity, Refusal> {
        self.judge(leaf_der, chain_der).map(|verdict| verdict.identity)
    }
}

impl TimeProvider for Trust {
    fn current_time(&self) -> Option<UnixTime> {
        let (Now::Synced(unix_s) | Now::Floor(unix_s)) = self.now();
        u64::try_from(unix_s).ok().map(|s| UnixTime::since_unix_epoch(Duration::from_secs(s)))
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").field("policy", &self.policy()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::{Ca, KeyKind, Purpose, Request};
    use aura_model::{Lang, Role, RoleSet, Stamp, Tai, TimeQuality};
    use std::sync::Mutex;

    const NOW: i64 = 1_800_000_000;

    /// A clock that the test sets: POSIX seconds and what it follows.
    struct Set(Mutex<(i64, Sync)>);

    impl Clock for Set {
        fn now(&self) -> Stamp {
            let (unix_s, sync) = *self.0.lock().unwrap();
            let quality = TimeQuality { sync, ..TimeQuality::default() };
            Stamp { tai: Tai::from_unix_ns(unix_s * 1_000_000_000), quality }
        }

        fn mono_ns(&self) -> u64 {
            0
        }
    }

    #[test]
    fn policy_clock_and_floor_act_at_once() {
        let ca = Ca::root("ЦС", KeyKind::P256, 300, NOW).unwrap();
        let request = Request {
            common_name: "Иванов".to_owned(),
            purpose: Purpose::Client(RoleSet::of(&[Role::User])),
            lang: Lang::Ru,
            days: 30,
            key: KeyKind::P256,
        };
        let user = ca.issue(&request, NOW).unwrap();
        let policy = |mask| {
            let mut policy = Policy::default();
            policy.list.add_anchor("ca", &ca.own().chain[0], mask).unwrap();
            policy
        };
        let clock = Arc::new(Set(Mutex::new((NOW, Sync::Locked))));
        let told = Arc::new(Mutex::new(Vec::new()));
        let teller = Arc::clone(&told);
        let trust = Trust::new(policy(RoleSet::ALL), Arc::clone(&clock) as _, move |seen| {
            let word = seen.map_or_else(|refusal| refusal.reason, |_| "lenient");
            teller.lock().unwrap().push(word);
        });
        let set = |unix_s, sync| *clock.0.lock().unwrap() = (unix_s, sync);
        let check = |expect: Result<&[Role], &str>, tells: &[&str]| {
            let seen = trust.identify(&user.chain[0], &[]);
            let seen = seen.as_ref().map(|i| i.roles).map_err(|refusal| refusal.reason);
            assert_eq!(seen, expect.map(RoleSet::of));
            assert_eq!(std::mem::take(&mut *told.lock().unwrap()), tells);
        };
        // The clock battery is dead and the floor is that of the software: warned, not locked out.
        set(946_684_800, Sync::Free);
        assert_eq!(trust.floor_unix_s(), EARLIEST_UNIX_S);
        check(Ok(&[Role::User]), &["lenient"]);
        // Once the time is known it is strict, and remembered.
        set(NOW, Sync::Locked);
        check(Ok(&[Role::User]), &[]);
        assert_eq!(trust.floor_unix_s(), NOW);
        set(946_684_800, Sync::Locked);
        check(Err("not-yet-valid"), &["not-yet-valid"]);
        set(NOW + 40 * 86_400, Sync::Holdover);
        check(Err("expired"), &["expired"]);
        // Back to a dead clock: what has ended once stays ended.
        set(946_684_800, Sync::Free);
        check(Err("expired"), &["expired"]);

        let trust = Trust::new(policy(RoleSet::ALL), Arc::clone(&clock) as _, |_| {});
        let roles = || trust.identify(&user.chain[0], &[]).map(|i| i.roles).map_err(|r| r.reason);
        trust.raise_floor(NOW);
        trust.raise_floor(0);
        assert_eq!(trust.floor_unix_s(), NOW);
        assert_eq!(roles(), Ok(RoleSet::of(&[Role::User])));
        trust.replace(policy(RoleSet::NONE));
        assert_eq!(roles(), Ok(RoleSet::NONE));
        trust.replace(Policy::default());
        assert_eq!(roles(), Err("unknown-issuer"));
    }
}
