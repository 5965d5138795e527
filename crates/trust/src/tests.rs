//! Certificates good and bad, each with the decision that must fall.

mod bytes;
mod folder;
mod paths;
mod roles;
mod strength;
mod validity;

use crate::decide::{Now, Policy, RoleSources, decide};
use crate::list::TrustList;
use crate::pki::certificate::{
    Template, authority_key_id, ca, end_entity, host_names, name, purpose, subject_key_id,
    unknown_critical, usage_ca, usage_signature,
};
use crate::pki::der::{oid, tag};
use crate::pki::{self, HostName, Key, KeyKind, Purpose, Request};
use aura_model::Lang;
use aura_model::Role::{Administrator, Operator, Technician, User};
use aura_model::{Role, RoleSet};
use std::path::{Path, PathBuf};
use std::process::Command;

const DAY: i64 = 86_400;
const NOW: i64 = 1_800_000_000;
const VALID: (i64, i64) = (NOW - 30 * DAY, NOW + 30 * DAY);
const PRINTABLE: u8 = 0x13;
const IA5: u8 = 0x16;
const T61: u8 = 0x14;
const BMP: u8 = 0x1E;
const UTF8: u8 = tag::UTF8_STRING;

/// Keys and authorities of the zoo; everything issued is P-256 unless the case is about keys.
struct Zoo {
    root: Made,
    below: Made,
    other: Made,
    leaf: Key,
    rsa: Key,
}

/// A certificate with its key.
struct Made {
    name: Vec<u8>,
    key: Key,
    der: Vec<u8>,
}

/// A certificate to be made: a good one of a person, changed where the case wants it.
struct Make<'a> {
    issuer: &'a Made,
    attributes: Vec<(&'static [u8], u8, Vec<u8>)>,
    validity: (i64, i64),
    extensions: Vec<Vec<u8>>,
}

impl<'a> Make<'a> {
    fn by(issuer: &'a Made) -> Self {
        Self {
            issuer,
            attributes: vec![(oid::COMMON_NAME, UTF8, "Иванов И. И.".into())],
            validity: VALID,
            extensions: vec![end_entity(), usage_signature(), purpose(oid::CLIENT_AUTH)],
        }
    }

    fn role(self, text: &str) -> Self {
        self.attribute(oid::ROLE, UTF8, text.as_bytes())
    }

    fn attribute(mut self, kind: &'static [u8], tag: u8, value: &[u8]) -> Self {
        self.attributes.push((kind, tag, value.to_vec()));
        self
    }

    fn valid(self, begin: i64, end: i64) -> Self {
        Self { validity: (begin, end), ..self }
    }

    fn with(self, extensions: Vec<Vec<u8>>) -> Self {
        Self { extensions, ..self }
    }

    fn also(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    fn template(&self) -> Template {
        let attributes: Vec<_> =
            self.attributes.iter().map(|(kind, tag, v)| (*kind, *tag, v.as_slice())).collect();
        Template {
            issuer: self.issuer.name.clone(),
            subject: name(&attributes),
            validity: self.validity,
            extensions: self.extensions.clone(),
        }
    }

    fn sign(&self, key: &Key) -> Vec<u8> {
        self.template().sign(&key.spki(), &self.issuer.key).unwrap()
    }
}

impl Made {
    fn authority(text: &str, issuer: Option<&Self>, below: Option<u8>, valid: (i64, i64)) -> Self {
        let key = Key::generate(KeyKind::P256).unwrap();
        Self::authority_of(key, text, issuer, below, valid)
    }

    fn authority_of(
        key: Key,
        text: &str,
        issuer: Option<&Self>,
        below: Option<u8>,
        validity: (i64, i64),
    ) -> Self {
        let subject = name(&[(oid::COMMON_NAME, UTF8, text.as_bytes())]);
        let signer = issuer.map_or(&key, |issuer| &issuer.key);
        let extensions =
            vec![ca(below), usage_ca(), subject_key_id(&key.id()), authority_key_id(&signer.id())];
        let issuer = issuer.map_or(subject.clone(), |issuer| issuer.name.clone());
        let template = Template { issuer, subject: subject.clone(), validity, extensions };
        let der = template.sign(&key.spki(), signer).unwrap();
        Self { name: subject, key, der }
    }

    /// The same key and name in other hands or another certificate.
    fn reissued(&self, text: &str, validity: (i64, i64)) -> Self {
        let key = Key::from_pem(self.key.pem().unwrap().as_bytes()).unwrap();
        Self::authority_of(key, text, None, None, validity)
    }
}

impl Zoo {
    fn new() -> Self {
        let long = (NOW - 3_650 * DAY, NOW + 3_650 * DAY);
        let root = Made::authority("Корень", None, None, long);
        let below = Made::authority("Ниже", Some(&root), Some(0), long);
        let other = Made::authority("Чужой", None, None, long);
        let leaf = Key::generate(KeyKind::P256).unwrap();
        Self { root, below, other, leaf, rsa: Key::generate(KeyKind::Rsa2048).unwrap() }
    }

    fn good(&self) -> Vec<u8> {
        Make::by(&self.root).role("Пользователь АУРА").sign(&self.leaf)
    }
}

fn anchored(anchors: &[(&str, &Made, RoleSet)]) -> Policy {
    let mut list = TrustList::default();
    for (name, made, mask) in anchors {
        list.add_anchor(name, &made.der, *mask).unwrap();
    }
    Policy { list, ..Policy::default() }
}

fn pinned(der: &[u8], mask: RoleSet) -> Policy {
    let mut policy = Policy::default();
    policy.list.add_pin("pin", der, mask).unwrap();
    policy
}

/// The decision on one certificate and chain, as the table says it: role bits or a reason.
#[track_caller]
fn check(case: &str, der: &[u8], chain: &[&[u8]], policy: &Policy, expect: Result<&[Role], &str>) {
    check_at(Now::Synced(NOW), case, der, chain, policy, expect);
}

#[track_caller]
fn check_at(
    now: Now,
    case: &str,
    der: &[u8],
    chain: &[&[u8]],
    policy: &Policy,
    expect: Result<&[Role], &str>,
) {
    let seen = decide(der, chain, now, policy);
    let short = match &seen {
        Ok(verdict) => Ok(verdict.identity.roles),
        Err(refusal) => Err(refusal.reason),
    };
    assert_eq!(short, expect.map(RoleSet::of), "{case}: {seen:?}");
}

/// `OU` and `title` of X.520.
const OU: &[u8] = &[0x55, 4, 11];
const TITLE: &[u8] = &[0x55, 4, 12];

fn subject_of(der: &[u8]) -> Vec<u8> {
    crate::leaf::Leaf::parse(der).unwrap().names().0.to_vec()
}

fn copy(key: &Key) -> Key {
    Key::from_pem(key.pem().unwrap().as_bytes()).unwrap()
}

/// A folder of this process's own, gone when the test ends.
struct Folder(PathBuf);

impl std::ops::Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn folder(name: &str) -> Folder {
    let own = format!("aura-trust-{}-{name}", std::process::id());
    let folder = std::env::temp_dir().join(own);
    std::fs::create_dir_all(&folder).unwrap();
    Folder(folder)
}

fn openssl(folder: &Path, args: &[&str]) {
    let out = Command::new("openssl").current_dir(folder).args(args).output();
    let out = out.expect("openssl is installed");
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "openssl {args:?}: {error}");
}
