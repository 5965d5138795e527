//! The factory kit: what a recorder leaves the works with (product G5).
//!
//! It deliberately writes nothing: the caller gets names, modes and bytes.

use super::{Ca, HostName, Issued, KeyKind, P12Form, Purpose, Request};
use crate::error::Error;
use aura_model::{Lang, Role, RoleSet};
use std::path::Path;

/// What the kit holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Number of the recorder: «АУРА №xxx». Without it the recorder is «Ненастроенный РАС».
    pub number: Option<String>,
    /// Names and addresses under which browsers reach the recorder.
    pub hosts: Vec<HostName>,
    /// How many numbered tokens, 0..=999.
    pub tokens: u16,
    /// Roles written in every token.
    pub token_roles: RoleSet,
    /// Whether tokens come from an intermediate below «ЦС Токенов АУРА».
    pub intermediate: bool,
    /// Language in which roles are written.
    pub lang: Lang,
    /// Validity of the recorder's and the persons' certificates in days.
    pub days: u32,
    /// Validity of the authorities in days.
    pub ca_days: u32,
    /// Password of every PKCS#12 file, not empty.
    pub password: String,
    /// Form of the PKCS#12 files.
    pub form: P12Form,
    /// Key of the recorder and of every person.
    pub key: KeyKind,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            number: None,
            hosts: Vec::new(),
            tokens: 4,
            token_roles: RoleSet::of(&[Role::User, Role::Technician]),
            intermediate: false,
            lang: Lang::Ru,
            days: 3_653,
            ca_days: 10_958,
            password: String::new(),
            form: P12Form::Modern,
            key: KeyKind::P256,
        }
    }
}

/// One file of the kit.
#[derive(Clone, PartialEq, Eq)]
pub struct KitFile {
    /// Name below the kit's folder, parts divided by `/`.
    pub name: String,
    /// Permission bits: 0o600 for what holds a key, else 0o644.
    pub mode: u32,
    /// Content.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for KitFile {
    /// Without the content, which may be a key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:o} {} bytes", self.name, self.mode, self.bytes.len())
    }
}

impl KitFile {
    /// Refuses when a file of the kit is in the folder already; to be asked before writing.
    ///
    /// # Errors
    /// With the first file that is there.
    pub fn refuse_existing(files: &[Self], folder: &Path) -> Result<(), Error> {
        match files.iter().map(|file| folder.join(&file.name)).find(|path| path.exists()) {
            Some(path) => Err(Error::Exists(path)),
            None => Ok(()),
        }
    }

    fn open(name: &str, text: impl Into<Vec<u8>>) -> Self {
        Self { name: name.to_owned(), mode: 0o644, bytes: text.into() }
    }

    fn secret(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.to_owned(), mode: 0o600, bytes: bytes.into() }
    }
}

/// The kit as files:
///
/// - `access/`: what goes to the recorder: its certificate and key, and the trust list in
///   `access/anchors/` (see [`TrustList::load`](crate::TrustList::load));
/// - `issuers/`: certificates and keys of the authorities, to be kept off the recorder;
/// - `clients/`: per person certificate, key and PKCS#12: one administrator, N tokens.
///
/// # Errors
/// When an option is out of its range, or keys cannot be made.
pub fn factory_kit(options: &Options, now_unix_s: i64) -> Result<Vec<KitFile>, Error> {
    if options.tokens > 999 {
        return Err(Error::input("tokens", options.tokens.to_string(), "0..=999"));
    }
    let root = |name, kind| Ca::root(name, kind, options.ca_days, now_unix_s);
    let factory = root("Заводской ЦС АУРА", KeyKind::Rsa3072)?;
    let alternative = root("Альтернативный ЦС АУРА", KeyKind::P256)?;
    let token_root = root("ЦС Токенов АУРА", KeyKind::Rsa2048)?;

    let mut files = recorder(options, &factory, now_unix_s)?;
    // A stolen token authority must not make administrators.
    let token_mask = RoleSet::of(&[Role::User, Role::Technician, Role::Operator]);
    for (name, ca, mask) in [
        ("factory-ca", &factory, RoleSet::ALL),
        ("alternative-ca", &alternative, RoleSet::ALL),
        ("token-ca", &token_root, token_mask),
    ] {
        files
            .push(KitFile::open(&format!("access/anchors/{name}.crt"), ca.own().certificate_pem()));
        let roles = mask_text(mask, options.lang);
        files.push(KitFile::open(&format!("access/anchors/{name}.roles"), roles));
        files.extend(issuer_files(name, ca)?);
    }

    let administrator = RoleSet::of(&[Role::Administrator]);
    let person = request(options, "Администратор", Purpose::Client(administrator));
    files.extend(client_files("administrator", &factory.issue(&person, now_unix_s)?, options)?);

    let issuing = if options.intermediate {
        let name = "Выпускающий ЦС Токенов АУРА";
        let ca = token_root.intermediate(name, KeyKind::P256, options.ca_days, now_unix_s)?;
        files.extend(issuer_files("token-issuing-ca", &ca)?);
        ca
    } else {
        token_root
    };
    for number in 1..=options.tokens {
        let name = format!("Токен №{number:03}");
        let person = request(options, &name, Purpose::Client(options.token_roles));
        let token = issuing.issue(&person, now_unix_s)?;
        files.extend(client_files(&format!("token-{number:03}"), &token, options)?);
    }
    Ok(files)
}

/// Common name of a recorder that nobody has set up.
pub(crate) const NOT_SET_UP: &str = "Ненастроенный РАС";

fn recorder(options: &Options, factory: &Ca, now_unix_s: i64) -> Result<Vec<KitFile>, Error> {
    let name =
        options.number.as_ref().map_or(NOT_SET_UP.to_owned(), |number| format!("АУРА №{number}"));
    let server = Purpose::Server(options.hosts.clone());
    let own = factory.issue(&request(options, &name, server), now_unix_s)?;
    Ok(vec![
        KitFile::open("access/recorder.crt", own.chain_pem()),
        KitFile::secret("access/recorder.key", own.key.pem()?),
    ])
}

fn request(options: &Options, common_name: &str, purpose: Purpose) -> Request {
    let Options { lang, days, key, .. } = *options;
    Request { common_name: common_name.to_owned(), purpose, lang, days, key }
}

fn issuer_files(name: &str, ca: &Ca) -> Result<[KitFile; 2], Error> {
    Ok([
        KitFile::open(&format!("issuers/{name}.crt"), ca.certificates_pem()),
        KitFile::secret(&format!("issuers/{name}.key"), ca.own().key.pem()?),
    ])
}

fn client_files(name: &str, client: &Issued, options: &Options) -> Result<[KitFile; 3], Error> {
    Ok([
        KitFile::open(&format!("clients/{name}.crt"), client.chain_pem()),
        KitFile::secret(&format!("clients/{name}.key"), client.key.pem()?),
        KitFile::secret(
            &format!("clients/{name}.p12"),
            client.pkcs12(&options.password, options.form)?,
        ),
    ])
}

fn mask_text(mask: RoleSet, lang: Lang) -> String {
    let head = match lang {
        Lang::Ru => "# Роли, которые этот центр может давать, по одной в строке.\n",
        Lang::En => "# Roles that this authority may grant, one a line.\n",
    };
    let names = mask.iter().map(|role| match lang {
        Lang::Ru => format!("{}\n", role.name_ru()),
        Lang::En => format!("{}\n", role.name_en()),
    });
    std::iter::once(head.to_owned()).chain(names).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Credentials;

    #[test]
    fn a_recorder_without_a_number_is_not_set_up() {
        let ca = Ca::root("ЦС", KeyKind::P256, 30, 1_800_000_000).unwrap();
        let check = |number: Option<&str>, expect: &str, factory: bool| {
            let number = number.map(str::to_owned);
            let options = Options { number, days: 9, ..Options::default() };
            let files = recorder(&options, &ca, 1_800_000_000).unwrap();
            let own = Credentials::from_pem(&files[0].bytes, &files[1].bytes).unwrap();
            assert_eq!(own.subject().unwrap(), (expect.to_owned(), 1_800_000_000 + 9 * 86_400));
            assert_eq!(own.is_factory(), factory);
        };
        check(None, "Ненастроенный РАС", true);
        check(Some("104"), "АУРА №104", false);
        let many = Options { tokens: 1_000, ..Options::default() };
        assert!(factory_kit(&many, 0).unwrap_err().to_string().contains("0..=999"));
    }
}
