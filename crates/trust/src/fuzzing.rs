//! Entries for fuzzers; no part of the interface.

use crate::decide::{Now, Policy, RoleSources, decide};
use crate::leaf::Leaf;
use aura_model::RoleSet;

/// A certificate of a stranger: parsed, its roles read, and judged alone and as its own issuer.
pub fn leaf(der: &[u8]) {
    let sources = RoleSources { organizational_unit: true, title: true };
    if let Ok(leaf) = Leaf::parse(der) {
        let _ = (leaf.check_strength(), leaf.check_client(), leaf.check_authority());
        let _ = (leaf.roles(sources), leaf.common_name(), leaf.serial(), leaf.validity());
    }
    let mut policy = Policy { sources, ..Policy::default() };
    let _ = policy.list.add_anchor("itself", der, RoleSet::ALL);
    let _ = decide(der, &[der], Now::Floor(0), &policy);
    let _ = policy.list.add_pin("itself", der, RoleSet::ALL);
    let _ = decide(der, &[], Now::Synced(i64::MAX), &policy);
}
