//! Certificates that are believed only because the clock may be wrong: each is told of now and
//! then, not at every request, or the line would push the rest out of the journal.

use std::collections::BTreeMap;

/// Of one certificate a line in such a time.
const PERIOD_NS: u64 = 900_000_000_000;
/// Certificates in mind at most; beyond that none is told of until a period is over.
const KEPT: usize = 64;

/// When each certificate was told of, monotonic nanoseconds.
#[derive(Debug, Default)]
pub(crate) struct Early(BTreeMap<String, u64>);

impl Early {
    /// Whether to tell of this certificate now.
    pub(crate) fn is_news(&mut self, fingerprint: &str, mono_ns: u64) -> bool {
        self.0.retain(|_, told| mono_ns.saturating_sub(*told) < PERIOD_NS);
        if self.0.contains_key(fingerprint) || self.0.len() >= KEPT {
            return false;
        }
        self.0.insert(fingerprint.to_owned(), mono_ns);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_of_a_certificate_in_a_period() {
        let mut early = Early::default();
        assert!(early.is_news("a", 5));
        assert!(!early.is_news("a", 5 + PERIOD_NS - 1));
        assert!(early.is_news("b", 5));
        assert!(early.is_news("a", 5 + PERIOD_NS));
        let told = (0..1_000).filter(|n| early.is_news(&n.to_string(), 6 + PERIOD_NS)).count();
        assert_eq!(told, KEPT - 1);
    }
}
