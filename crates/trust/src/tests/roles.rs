//! How roles are read, and what masks leave of them.

use super::*;

#[test]
fn roles_are_read_by_their_exact_spelling() {
    let zoo = Zoo::new();
    let policy = anchored(&[("root", &zoo.root, RoleSet::ALL)]);
    let ucs2 = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let user = ucs2("Пользователь АУРА");
    let check = |kind: &'static [u8], tag: u8, value: &[u8], expect: &[Role]| {
        let der = Make::by(&zoo.root).attribute(kind, tag, value).sign(&zoo.leaf);
        check(&format!("{tag:#x} {value:?}"), &der, &[], &policy, Ok(expect));
    };
    for role in Role::ALL {
        check(oid::ROLE, UTF8, role.name_ru().as_bytes(), &[role]);
        check(oid::ROLE, UTF8, role.name_en().as_bytes(), &[role]);
        check(oid::ROLE, PRINTABLE, role.name_en().as_bytes(), &[role]);
        check(oid::ROLE, BMP, &ucs2(role.name_ru()), &[role]);
        check(oid::ROLE, BMP, &ucs2(role.name_en()), &[role]);
    }
    for (tag, value) in [
        (UTF8, "Пользователь AYPA".as_bytes()),
        (UTF8, "Пoльзователь АУРА".as_bytes()),
        (UTF8, "АURA User".as_bytes()),
        (UTF8, "пользователь аура".as_bytes()),
        (UTF8, "aura user".as_bytes()),
        (UTF8, "Пользователь  АУРА".as_bytes()),
        (UTF8, "Пользователь\u{A0}АУРА".as_bytes()),
        (UTF8, "AURA User\u{A0}".as_bytes()),
        (UTF8, "AURA User\t".as_bytes()),
        (UTF8, "AURA User\0".as_bytes()),
        (UTF8, "AURA User\0x".as_bytes()),
        (UTF8, "\u{FEFF}AURA User".as_bytes()),
        (UTF8, "AURA User, AURA Administrator".as_bytes()),
        (UTF8, "AURA User+AURA Technician".as_bytes()),
        (UTF8, "AURA Root".as_bytes()),
        (UTF8, "".as_bytes()),
        (UTF8, b"AURA User\xFF"),
        (BMP, b"AURA User"),
        (BMP, &user[1..]),
        (BMP, b"\xD8\x3D\xDE\x00"),
        (PRINTABLE, "Пользователь АУРА".as_bytes()),
        (IA5, b"AURA User"),
        (T61, b"AURA User"),
        (tag::OCTET_STRING, b"AURA User"),
    ] {
        check(oid::ROLE, tag, value, &[]);
    }
    // Spaces around a value are no part of it (X.520 7.2).
    check(oid::ROLE, UTF8, "  AURA User ".as_bytes(), &[User]);
    check(oid::ROLE, BMP, &ucs2("Наладчик АУРА "), &[Technician]);
    // Other attributes give nothing unless they are turned on.
    for kind in [OU, TITLE, oid::COMMON_NAME] {
        check(kind, UTF8, "AURA Administrator".as_bytes(), &[]);
    }
}

#[test]
fn several_roles_and_sources() {
    let zoo = Zoo::new();
    let policy = |organizational_unit, title| Policy {
        sources: RoleSources { organizational_unit, title },
        ..anchored(&[("root", &zoo.root, RoleSet::ALL)])
    };
    let der = Make::by(&zoo.root)
        .role("Пользователь АУРА")
        .role("Служба РЗА")
        .role("AURA Operator")
        .role("AURA User")
        .attribute(OU, UTF8, b"AURA Technician")
        .attribute(TITLE, PRINTABLE, b"AURA Administrator")
        .sign(&zoo.leaf);
    let check = |ou, title, expect: &[Role]| {
        check("sources", &der, &[], &policy(ou, title), Ok(expect));
    };
    check(false, false, &[User, Operator]);
    check(true, false, &[User, Operator, Technician]);
    check(false, true, &[User, Operator, Administrator]);
    check(true, true, &Role::ALL);

    let identity = decide(&der, &[], Now::Synced(NOW), &policy(false, false)).unwrap().identity;
    assert_eq!(identity.common_name, "Иванов И. И.");
    assert_eq!(identity.anchor, "root");
    assert_eq!(identity.not_after_unix_s, VALID.1);
    assert_eq!((identity.fingerprint.len(), identity.serial.len()), (64, 32));
    // Control characters of a name must not break a journal line; a long name is cut.
    let der = Make { attributes: Vec::new(), ..Make::by(&zoo.root) }
        .attribute(oid::COMMON_NAME, UTF8, format!("a\nb\u{7f}{}", "я".repeat(99)).as_bytes())
        .sign(&zoo.leaf);
    let identity = decide(&der, &[], Now::Synced(NOW), &policy(false, false)).unwrap().identity;
    assert_eq!(identity.common_name, format!("a\u{FFFD}b\u{FFFD}{}", "я".repeat(60)));
}

#[test]
fn masks_cut_roles() {
    let zoo = Zoo::new();
    let set = RoleSet::of;
    let der = Make::by(&zoo.below).role("AURA User").role("AURA Administrator").sign(&zoo.leaf);
    let between: &[&[u8]] = &[&zoo.below.der];
    let check = |anchors: &[(&str, &Made, RoleSet)], expect: &[Role]| {
        check("mask", &der, between, &anchored(anchors), Ok(expect));
    };
    check(&[("root", &zoo.root, set(&[User]))], &[User]);
    check(&[("root", &zoo.root, set(&[Technician]))], &[]);
    check(&[("root", &zoo.root, RoleSet::NONE)], &[]);
    // The nearest anchor vouches, whichever stands first.
    let near = ("below", &zoo.below, set(&[User, Technician]));
    check(&[("root", &zoo.root, RoleSet::ALL), near], &[User]);
    check(&[near, ("root", &zoo.root, RoleSet::ALL)], &[User]);
    // One key listed twice: the narrower promise holds.
    let twin = zoo.root.reissued("Корень", VALID);
    let twin = ("twin", &twin, set(&[Administrator, Technician]));
    check(&[("root", &zoo.root, RoleSet::ALL), twin], &[Administrator]);
    check(&[twin, ("root", &zoo.root, set(&[User]))], &[]);
}
