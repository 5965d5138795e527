//! The folder of the trust list.

use super::*;

#[test]
fn a_folder_is_read_and_bad_files_are_found() {
    let folder = folder("folder");
    let zoo = Zoo::new();
    let pem = |der: &[u8]| crate::text::pem("CERTIFICATE", der);
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let (list, findings) = TrustList::load(&folder).unwrap();
    assert!(list.is_empty() && findings.is_empty());

    let leaf = zoo.good();
    put("anchors/a-root.crt", pem(&zoo.root.der).as_bytes());
    put(
        "anchors/a-root.roles",
        "\u{FEFF}# всем\r\nПользователь АУРА\r\n AURA Technician # en\r\n".as_bytes(),
    );
    put("anchors/b-der.der", &zoo.other.der);
    put("anchors/b-der.roles", "AURA User\nAURA Usher\n".as_bytes());
    put("anchors/c-leaf.crt", pem(&leaf).as_bytes());
    put("anchors/c-leaf.roles", b"");
    put("anchors/d-two.pem", (pem(&zoo.root.der) + &pem(&zoo.below.der)).as_bytes());
    put("anchors/d-two.roles", b"");
    put("anchors/e-junk.cer", b"junk");
    put("anchors/e-junk.roles", b"\xFF");
    put("anchors/f-huge.crt", &vec![b'#'; 70_000]);
    put("anchors/f-huge.roles", b"");
    put("anchors/g-bare.crt", pem(&zoo.below.der).as_bytes());
    put("anchors/notes.txt", b"no certificate");
    put("pins/card.crt", pem(&leaf).as_bytes());
    put("pins/card.roles", "Наладчик АУРА".as_bytes());
    put("pins/root.crt", pem(&zoo.root.der).as_bytes());
    put("pins/root.roles", b"");

    let (list, findings) = TrustList::load(&folder).unwrap();
    let anchors: Vec<_> = list.anchor_names().collect();
    let set = RoleSet::of;
    let expect =
        [("a-root", set(&[User, Technician])), ("b-der", set(&[User])), ("g-bare", set(&[]))];
    assert_eq!(anchors, expect);
    assert_eq!(list.pin_names().collect::<Vec<_>>(), [("card", set(&[Technician]))]);
    let seen: Vec<_> = findings
        .iter()
        .map(|f| (f.path.strip_prefix(&*folder).unwrap().to_str().unwrap(), f.text.as_str()))
        .collect();
    let expect = [
        ("anchors/b-der.roles", "line 2: no role is spelt \"AURA Usher\"; left out"),
        ("anchors/c-leaf.crt", "not-ca: an end certificate belongs among the pins; left out"),
        ("anchors/d-two.pem", "malformed: 2 certificates, exactly 1; left out"),
        ("anchors/e-junk.roles", "not UTF-8: the entry grants no role"),
        ("anchors/e-junk.cer", "malformed: 0 certificates, exactly 1; left out"),
        ("anchors/f-huge.crt", "too-large: more than 65536 bytes; left out"),
        ("anchors/g-bare.roles", "absent: the entry grants no role"),
        ("pins/root.crt", "is-ca: an authority's certificate does not act as a person; left out"),
    ];
    assert_eq!(seen, expect);
}
