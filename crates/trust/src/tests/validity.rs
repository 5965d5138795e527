//! Validity, under a clock that is right and one that may be wrong.

use super::*;

#[test]
fn validity_is_strict_or_leans_on_the_floor() {
    let zoo = Zoo::new();
    let policy = anchored(&[("root", &zoo.root, RoleSet::ALL)]);
    let der = zoo.good();
    let early = Make::by(&zoo.root).valid(NOW + 10 * DAY, NOW + 20 * DAY).sign(&zoo.leaf);
    let short = Made::authority("Ниже", Some(&zoo.root), None, (NOW - DAY, NOW + DAY));
    let through = Make::by(&short).sign(&zoo.leaf);
    let later = Make::by(&short).valid(NOW + 2 * DAY, NOW + 3 * DAY).sign(&zoo.leaf);
    let (sync, floor) = (Now::Synced, Now::Floor);
    let at = |case: &str, now, der: &[u8], chain: &[&[u8]], expect: Result<bool, &str>| {
        let seen = decide(der, chain, now, &policy);
        let short = seen.as_ref().map(|v| v.not_yet_valid).map_err(|refusal| refusal.reason);
        assert_eq!(short, expect, "{case} {now:?}: {seen:?}");
    };
    at("first second", sync(VALID.0), &der, &[], Ok(false));
    at("last second", sync(VALID.1), &der, &[], Ok(false));
    at("a second early", sync(VALID.0 - 1), &der, &[], Err("not-yet-valid"));
    at("a second late", sync(VALID.1 + 1), &der, &[], Err("expired"));
    at("dead clock, synced to 2000", sync(946_684_800), &der, &[], Err("not-yet-valid"));
    at("dead clock, floor 2000", floor(946_684_800), &der, &[], Ok(true));
    at("floor 1970", floor(0), &der, &[], Ok(true));
    at("floor within", floor(NOW), &der, &[], Ok(false));
    at("floor at the end", floor(VALID.1), &der, &[], Ok(false));
    at("floor after the end", floor(VALID.1 + 1), &der, &[], Err("expired"));
    at("early leaf", sync(NOW), &early, &[], Err("not-yet-valid"));
    at("early leaf", floor(NOW), &early, &[], Ok(true));
    at("late intermediate", sync(NOW + 2 * DAY), &through, &[&short.der], Err("expired"));
    at("late intermediate", floor(NOW + 2 * DAY), &through, &[&short.der], Err("expired"));
    at("early intermediate", sync(NOW - 2 * DAY), &through, &[&short.der], Err("not-yet-valid"));
    at("early intermediate", floor(NOW - 2 * DAY), &through, &[&short.der], Ok(true));
    // There is no instant at which both hold.
    at("leaf begins after its issuer", floor(NOW), &later, &[&short.der], Err("expired"));

    let old = Made::authority("Корень", None, None, (0, NOW - DAY));
    let renewed = old.reissued("Корень", VALID);
    let der = Make::by(&old).role("AURA User").sign(&zoo.leaf);
    let only = anchored(&[("old", &old, RoleSet::ALL)]);
    check("expired anchor", &der, &[], &only, Err("issuer-expired"));
    check_at(floor(NOW), "expired anchor", &der, &[], &only, Err("issuer-expired"));
    check_at(sync(NOW - 2 * DAY), "in its time", &der, &[], &only, Ok(&[User]));
    let both = anchored(&[("old", &old, RoleSet::NONE), ("new", &renewed, RoleSet::ALL)]);
    check("renewed anchor", &der, &[], &both, Ok(&[User]));
    let young = Made::authority("Корень", None, None, (NOW + DAY, NOW + 9 * DAY));
    let der = Make::by(&young).role("AURA User").sign(&zoo.leaf);
    let only = anchored(&[("young", &young, RoleSet::ALL)]);
    check("early anchor", &der, &[], &only, Err("issuer-expired"));
    check_at(floor(NOW - 40 * DAY), "early anchor", &der, &[], &only, Ok(&[User]));
}
