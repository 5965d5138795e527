//! Who vouches: authorities, pins, and what a certificate must be for.

use super::*;

#[test]
fn paths_end_in_an_authority_of_the_list() {
    let zoo = Zoo::new();
    let root = anchored(&[("root", &zoo.root, RoleSet::ALL)]);
    let below = anchored(&[("below", &zoo.below, RoleSet::ALL)]);
    let direct = zoo.good();
    let through = Make::by(&zoo.below).role("AURA Technician").sign(&zoo.leaf);
    let between: &[&[u8]] = &[&zoo.below.der];

    check("direct", &direct, &[], &root, Ok(&[User]));
    check("direct, root sent too", &direct, &[&zoo.root.der], &root, Ok(&[User]));
    check("RSA key", &Make::by(&zoo.root).sign(&zoo.rsa), &[], &root, Ok(&[]));
    check("through", &through, between, &root, Ok(&[Technician]));
    check(
        "through, any order",
        &through,
        &[&zoo.other.der, &zoo.below.der],
        &root,
        Ok(&[Technician]),
    );
    check("intermediate not sent", &through, &[], &root, Err("unknown-issuer"));
    check("intermediate is the anchor", &through, &[], &below, Ok(&[Technician]));
    check("beside the narrow anchor", &direct, &[], &below, Err("unknown-issuer"));
    check("root sent, not listed", &direct, &[&zoo.root.der], &below, Err("unknown-issuer"));
    check("nobody listed", &direct, &[&zoo.root.der], &Policy::default(), Err("unknown-issuer"));

    let strange = Make::by(&zoo.other).role("AURA User").sign(&zoo.leaf);
    check("unknown issuer", &strange, &[&zoo.other.der], &root, Err("unknown-issuer"));
    let namesake = Made::authority("Корень", None, None, VALID);
    let forged = Make::by(&namesake).role("AURA User").sign(&zoo.leaf);
    check("namesake of the root", &forged, &[&namesake.der], &root, Err("bad-signature"));
    let mut broken = direct.clone();
    *broken.last_mut().unwrap() ^= 1;
    check("wrong signature", &broken, &[], &root, Err("bad-signature"));

    let person = Made { name: subject_of(&direct), key: copy(&zoo.leaf), der: direct.clone() };
    let forged = Make::by(&person).role("AURA Administrator").sign(&zoo.rsa);
    check("leaf as CA", &forged, &[&direct], &root, Err("issuer-not-ca"));
    check("CA as leaf", &zoo.below.der, &[], &root, Err("is-ca"));
    check("root as leaf", &zoo.root.der, &[], &root, Err("is-ca"));
    let long = (NOW - 3_650 * DAY, NOW + 3_650 * DAY);
    let third = Made::authority("Третий", Some(&zoo.below), None, long);
    let deep = Make::by(&third).sign(&zoo.leaf);
    check("too deep", &deep, &[&third.der, &zoo.below.der], &root, Err("path-length"));
    check("too deep below its anchor", &deep, &[&third.der], &below, Err("path-length"));
    let nine: Vec<&[u8]> = vec![&zoo.below.der; 9];
    check("chain of 9", &through, &nine, &root, Err("chain-too-long"));
    check("chain of 8", &through, &nine[1..], &root, Ok(&[Technician]));
    check("garbage above", &direct, &[b"garbage"], &root, Err("malformed"));
    let huge = vec![0x30; 16 * 1024 + 1];
    check("huge above", &direct, &[&huge], &root, Err("too-large"));
}

#[test]
fn pins_believe_bytes_and_never_issue() {
    let zoo = Zoo::new();
    let request = Request {
        common_name: "Своя".to_owned(),
        purpose: Purpose::Client(RoleSet::of(&[User, Administrator])),
        lang: Lang::En,
        days: 30,
        key: KeyKind::P256,
    };
    let own = pki::self_signed(&request, NOW).unwrap();
    let again = pki::self_signed(&request, NOW).unwrap();
    let policy = pinned(&own.chain[0], RoleSet::of(&[User, Operator]));
    check("pinned, mask cuts", &own.chain[0], &[], &policy, Ok(&[User]));
    check("namesake of the pin", &again.chain[0], &[], &policy, Err("unknown-issuer"));
    check("not pinned", &own.chain[0], &[], &Policy::default(), Err("unknown-issuer"));

    let forger = Made { name: subject_of(&own.chain[0]), key: own.key, der: own.chain[0].clone() };
    let forged = Make::by(&forger).role("AURA User").sign(&zoo.leaf);
    check("forged by pin", &forged, &[&forger.der], &policy, Err("issuer-not-ca"));
    check("forged, alone", &forged, &[], &policy, Err("unknown-issuer"));
    let mut both = anchored(&[("root", &zoo.root, RoleSet::ALL)]);
    both.list.add_pin("pin", &forger.der, RoleSet::ALL).unwrap();
    check("forged beside an anchor", &forged, &[&forger.der], &both, Err("issuer-not-ca"));

    let issued = zoo.good();
    let policy = pinned(&issued, RoleSet::ALL);
    check("issued and pinned, issuer unknown", &issued, &[], &policy, Ok(&[User]));
    check("pinned with rubbish above", &issued, &[b"rubbish"], &policy, Ok(&[User]));
    for (now, expect) in [(VALID.0 - 1, "not-yet-valid"), (VALID.1 + 1, "expired")] {
        check_at(Now::Synced(now), "pin", &issued, &[], &policy, Err(expect));
    }

    let refused = |result: Result<(), aura_model::Refusal>| result.unwrap_err().reason;
    let mut list = TrustList::default();
    assert_eq!(refused(list.add_pin("root", &zoo.root.der, RoleSet::ALL)), "is-ca");
    assert_eq!(refused(list.add_anchor("leaf", &issued, RoleSet::ALL)), "not-ca");
    assert_eq!(refused(list.add_anchor("junk", b"0junk", RoleSet::ALL)), "malformed");
    let server = Make::by(&zoo.root)
        .with(vec![end_entity(), usage_signature(), purpose(oid::SERVER_AUTH)])
        .sign(&zoo.leaf);
    assert_eq!(refused(list.add_pin("server", &server, RoleSet::ALL)), "wrong-usage");
    list.add_pin("one", &issued, RoleSet::ALL).unwrap();
    assert_eq!(refused(list.add_pin("two", &issued, RoleSet::ALL)), "listed-twice");
}

#[test]
fn usage_must_be_that_of_a_person() {
    let zoo = Zoo::new();
    let policy = anchored(&[("root", &zoo.root, RoleSet::ALL)]);
    let client = || purpose(oid::CLIENT_AUTH);
    let hosts: [HostName; 2] = ["a.local".parse().unwrap(), "10.0.0.1".parse().unwrap()];
    let check = |case: &str, extensions: Vec<Vec<u8>>, expect: Result<&[Role], &str>| {
        let der = Make::by(&zoo.root).with(extensions).sign(&zoo.leaf);
        check(case, &der, &[], &policy, expect);
    };
    check("no basicConstraints", vec![usage_signature(), client()], Ok(&[]));
    check("no keyUsage", vec![end_entity(), client()], Ok(&[]));
    check("host names too", vec![end_entity(), client(), host_names(&hosts)], Ok(&[]));
    check("serverAuth", vec![end_entity(), purpose(oid::SERVER_AUTH)], Err("wrong-usage"));
    check("no extKeyUsage", vec![end_entity(), usage_signature()], Err("wrong-usage"));
    check("keyCertSign only", vec![end_entity(), usage_ca(), client()], Err("wrong-usage"));
    check("cA true", vec![ca(None), usage_signature(), client()], Err("is-ca"));
    check("no extension", Vec::new(), Err("wrong-usage"));
    check("twice", vec![client(), client()], Err("malformed"));
    let der = Make::by(&zoo.root).also(unknown_critical()).sign(&zoo.leaf);
    self::check("unknown critical extension", &der, &[], &policy, Err("malformed"));
}
