//! The trust list: authorities that may issue, and pinned certificates that never may.
//!
//! Two stores, because whatever stands among webpki's anchors can issue.
//!
//! It reads a folder and writes nothing. A bad file is a [`Finding`] and keeps nobody else out.

use crate::error::Error;
use crate::leaf::{Leaf, fingerprint, refuse};
use aura_model::{Refusal, Role, RoleSet};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, TrustAnchor};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Most entries of one store: every handshake walks the anchors.
const ENTRIES_MAX: usize = 256;

/// Longest file that is read, bytes.
const FILE_MAX: u64 = 64 * 1024;

/// Who is believed.
#[derive(Debug, Default)]
pub struct TrustList {
    anchors: Vec<Anchor>,
    pins: BTreeMap<[u8; 32], Pin>,
}

/// An authority, root or intermediate.
#[derive(Debug)]
pub(crate) struct Anchor {
    pub(crate) name: String,
    pub(crate) mask: RoleSet,
    /// First and last second of its own validity, POSIX.
    pub(crate) validity: (i64, i64),
    /// `pathLenConstraint`: authorities allowed below it.
    pub(crate) path_length: Option<u32>,
    /// DER of the whole subject `Name`.
    pub(crate) subject: Vec<u8>,
    pub(crate) webpki: TrustAnchor<'static>,
}

/// One end certificate that is believed by its bytes.
#[derive(Debug)]
pub(crate) struct Pin {
    pub(crate) name: String,
    pub(crate) mask: RoleSet,
}

/// A file of the trust list's folder that was not taken as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, and what was done.
    pub text: String,
}

impl TrustList {
    /// Reads `anchors/` and `pins/` below a folder; either may be absent.
    ///
    /// An entry is a certificate file `NAME.crt` (also `.pem`, `.cer`, `.der`; PEM or DER, one
    /// certificate) and beside it `NAME.roles`: UTF-8 text with a role a line in its exact Russian
    /// or English spelling, what follows `#` is a remark. An entry grants only those roles; without
    /// the file it grants none.
    ///
    /// # Errors
    /// When a folder is there but cannot be listed; a bad file is a finding instead.
    pub fn load(folder: &Path) -> Result<(Self, Vec<Finding>), Error> {
        let (mut list, mut findings) = (Self::default(), Vec::new());
        for (store, add) in [
            ("anchors", Self::add_anchor as fn(&mut Self, &str, &[u8], RoleSet) -> _),
            ("pins", Self::add_pin),
        ] {
            for path in certificates(&folder.join(store))? {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let mask = read_mask(&path.with_extension("roles"), &mut findings);
                let added = read(&path)
                    .and_then(|bytes| one_certificate(&bytes))
                    .and_then(|der| add(&mut list, &name, &der, mask));
                if let Err(refusal) = added {
                    findings.push(Finding { path, text: format!("{refusal}; left out") });
                }
            }
        }
        Ok((list, findings))
    }

    /// Adds an authority that may vouch for the roles of the mask.
    ///
    /// # Errors
    /// When the certificate is not that of an authority, is too weak, or the list is full.
    pub fn add_anchor(&mut self, name: &str, der: &[u8], mask: RoleSet) -> Result<(), Refusal> {
        let leaf = Leaf::parse(der)?;
        leaf.check_strength()?;
        leaf.check_authority()?;
        if self.anchors.len() >= ENTRIES_MAX {
            return refuse("list-full", format!("at most {ENTRIES_MAX} anchors"));
        }
        let certificate = CertificateDer::from(der);
        let webpki = match webpki::anchor_from_trusted_cert(&certificate) {
            Ok(anchor) => anchor.to_owned(),
            Err(error) => return refuse("malformed", error.to_string()),
        };
        self.anchors.push(Anchor {
            name: name.to_owned(),
            mask,
            validity: leaf.validity(),
            path_length: leaf.path_length(),
            subject: leaf.names().0.to_vec(),
            webpki,
        });
        Ok(())
    }

    /// Adds one end certificate, believed by its bytes; it never issues.
    ///
    /// # Errors
    /// When it is an authority's, not made for `clientAuth`, too weak, there already, or the list
    /// is full.
    pub fn add_pin(&mut self, name: &str, der: &[u8], mask: RoleSet) -> Result<(), Refusal> {
        let leaf = Leaf::parse(der)?;
        leaf.check_strength()?;
        leaf.check_client()?;
        if self.pins.len() >= ENTRIES_MAX {
            return refuse("list-full", format!("at most {ENTRIES_MAX} pins"));
        }
        if let Some(other) = self.pins.get(&fingerprint(der)) {
            return refuse("listed-twice", format!("the same certificate is pin {}", other.name));
        }
        self.pins.insert(fingerprint(der), Pin { name: name.to_owned(), mask });
        Ok(())
    }

    /// Name and mask of each anchor.
    pub fn anchor_names(&self) -> impl Iterator<Item = (&str, RoleSet)> {
        self.anchors.iter().map(|anchor| (anchor.name.as_str(), anchor.mask))
    }

    /// Name and mask of each pin.
    pub fn pin_names(&self) -> impl Iterator<Item = (&str, RoleSet)> {
        self.pins.values().map(|pin| (pin.name.as_str(), pin.mask))
    }

    /// Whether nobody is believed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty() && self.pins.is_empty()
    }

    pub(crate) fn anchors(&self) -> impl Iterator<Item = &Anchor> {
        self.anchors.iter()
    }

    pub(crate) fn pin(&self, fingerprint: &[u8; 32]) -> Option<&Pin> {
        self.pins.get(fingerprint)
    }
}

/// Certificate files of a folder by name; none when there is no folder.
fn certificates(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::Read { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if ["crt", "pem", "cer", "der"].contains(&extension) {
            paths.push(path);
        }
    }
    // The order of a folder is chance; what vouches first must not be.
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    let failed = |e: std::io::Error| Refusal { reason: "unreadable", detail: e.to_string() };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(FILE_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > FILE_MAX {
        return refuse("too-large", format!("more than {FILE_MAX} bytes"));
    }
    Ok(bytes)
}

/// The one certificate of a file, PEM or DER.
fn one_certificate(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    // DER of a certificate begins with a SEQUENCE, which no PEM text does.
    if bytes.first() == Some(&0x30) {
        return Ok(bytes.to_vec());
    }
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    match found.as_deref() {
        Ok([one]) => Ok(one.to_vec()),
        Ok(several) => refuse("malformed", format!("{} certificates, exactly 1", several.len())),
        Err(error) => refuse("malformed", format!("PEM: {error}")),
    }
}

/// Roles of a mask file; each line that names none is a finding and grants nothing.
fn read_mask(path: &Path, findings: &mut Vec<Finding>) -> RoleSet {
    let mut found = |text: String| findings.push(Finding { path: path.to_owned(), text });
    if !path.exists() {
        found("absent: the entry grants no role".to_owned());
        return RoleSet::NONE;
    }
    let text = match read(path).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(_)) => {
            found("not UTF-8: the entry grants no role".to_owned());
            return RoleSet::NONE;
        }
        Err(refusal) => {
            found(format!("{refusal}: the entry grants no role"));
            return RoleSet::NONE;
        }
    };
    let mut mask = RoleSet::NONE;
    for (number, line) in text.trim_start_matches('\u{FEFF}').lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        match Role::from_name(line) {
            Some(role) => mask = mask.with(role),
            None if line.is_empty() => {}
            None => found(format!("line {}: no role is spelt {line:?}; left out", number + 1)),
        }
    }
    mask
}
