//! Keys and signatures that OpenSSL still makes and we do not believe.

use super::*;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

const ROLES: &str = "/CN=Иванов/role=Пользователь АУРА/role=Наладчик АУРА";
const TWO: &[Role] = &[User, Technician];
const P256: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

/// An authority on disk, `ca.crt` and `ca.key`, from which OpenSSL issues.
struct Works(Folder);

const CONFIG: &str = "[req]\ndistinguished_name=dn\n[dn]\n\
    [end]\nbasicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\n\
    [ca]\nbasicConstraints=critical,CA:TRUE\n";

impl Works {
    fn new(name: &str) -> Self {
        let folder = folder(name);
        std::fs::write(folder.join("config"), CONFIG).unwrap();
        Self(folder)
    }

    /// A certificate of the authority `by` (its own if none) with a fresh key, kept as `name`.
    fn issue(&self, by: Option<&str>, name: &str, key: &[&str], sign: &[&str]) -> Vec<u8> {
        let [key_file, file] = ["key", "crt"].map(|end| format!("{name}.{end}"));
        let by = by.map(|by| (format!("{by}.crt"), format!("{by}.key")));
        let by = by.as_ref().map_or(vec![], |(ca, ca_key)| vec!["-CA", ca, "-CAkey", ca_key]);
        let (kind, subject) = if name == "leaf" { ("end", ROLES) } else { ("ca", "/CN=Ниже") };
        let req = ["req", "-x509", "-nodes", "-days", "3000", "-config", "config", "-extensions"];
        let rest = ["-utf8", "-subj", subject, "-keyout", &key_file, "-out", &file, "-newkey"];
        openssl(&self.0, &[&req, &[kind][..], &by, sign, &rest, key].concat());
        let pem = std::fs::read(self.0.join(&file)).unwrap();
        CertificateDer::from_pem_slice(&pem).unwrap().to_vec()
    }
}

/// OpenSSL dates by the machine's clock: the floor accepts whatever that is.
#[track_caller]
fn check(case: &str, der: &[u8], chain: &[&[u8]], policy: &Policy, expect: Result<&[Role], &str>) {
    check_at(Now::Floor(0), case, der, chain, policy, expect);
}

#[test]
fn keys_and_hashes() {
    let (zoo, works) = (Zoo::new(), Works::new("keys"));
    let policy = anchored(&[("root", &zoo.root, RoleSet::ALL)]);
    std::fs::write(works.0.join("ca.key"), zoo.root.key.pem().unwrap()).unwrap();
    let text = crate::text::pem("CERTIFICATE", &zoo.root.der);
    std::fs::write(works.0.join("ca.crt"), text).unwrap();
    for (key, expect) in [
        (&["rsa:1024"][..], Err("weak-key")),
        (&["rsa:2040"], Err("weak-key")),
        (&["rsa:2048"], Ok(TWO)),
        (P256, Ok(TWO)),
        (&["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], Ok(TWO)),
        (&["ec", "-pkeyopt", "ec_paramgen_curve:P-521"], Err("weak-key")),
        (&["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"], Err("weak-key")),
        (&["ED25519"], Ok(TWO)),
        (&["ED448"], Err("weak-key")),
    ] {
        check(
            &format!("{key:?}"),
            &works.issue(Some("ca"), "leaf", key, &[]),
            &[],
            &policy,
            expect,
        );
    }
    for (hash, expect) in [
        ("-sha1", Err("weak-signature")),
        ("-sha224", Err("weak-signature")),
        ("-sha384", Ok(TWO)),
        ("-sha512", Ok(TWO)),
    ] {
        check(hash, &works.issue(Some("ca"), "leaf", P256, &[hash]), &[], &policy, expect);
    }
    // A weak key in the middle of a path, whatever stands at its ends.
    let weak = works.issue(Some("ca"), "below", &["rsa:1024"], &[]);
    let leaf = works.issue(Some("below"), "leaf", P256, &[]);
    check("RSA 1024 between", &leaf, &[&weak], &policy, Err("bad-signature"));
    let sha1 = works.issue(Some("ca"), "below", P256, &["-sha1"]);
    let leaf = works.issue(Some("below"), "leaf", P256, &[]);
    check("SHA-1 between", &leaf, &[&sha1], &policy, Err("weak-signature"));
}

#[test]
fn signatures_of_an_rsa_authority() {
    let works = Works::new("rsa");
    let refused = TrustList::default().add_anchor(
        "weak",
        &works.issue(None, "ca", &["rsa:1024"], &[]),
        RoleSet::ALL,
    );
    assert_eq!(refused.unwrap_err().reason, "weak-key");
    let mut policy = Policy::default();
    policy
        .list
        .add_anchor("rsa", &works.issue(None, "ca", &["rsa:2048"], &[]), RoleSet::ALL)
        .unwrap();
    let pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
    for (hash, padding, expect) in [
        ("-sha256", &[][..], Ok(TWO)),
        ("-sha512", &[], Ok(TWO)),
        ("-sha1", &[], Err("weak-signature")),
        ("-md5", &[], Err("weak-signature")),
        ("-sha256", &pss, Ok(TWO)),
        ("-sha1", &pss, Err("weak-signature")),
    ] {
        let der = works.issue(Some("ca"), "leaf", P256, &[&[hash], padding].concat());
        check(&format!("{hash} {padding:?}"), &der, &[], &policy, expect);
    }
}
