//! `pki`: the factory kit, single certificates, and what a recorder would say of one.

use crate::args::{KeyName, P12Args, PkiCommand, RoleLanguage, RoleName};
use crate::error::Error;
use crate::files;
use crate::out::Out;
use crate::table::Table;
use aura_model::{Lang, Role, RoleSet};
use aura_settings::Text;
use aura_trust::pki::{self, Ca, HostName, KeyKind, KitFile, Options, P12Form, Purpose, Request};
use aura_trust::{Now, Policy, TrustList, decide};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::json;
use std::path::{Path, PathBuf};

pub(crate) fn run(command: &PkiCommand, out: &mut Out) -> Result<(), Error> {
    match command {
        PkiCommand::Kit {
            out: folder,
            access_dir,
            password,
            number,
            host,
            tokens,
            intermediate,
            form,
        } => {
            let options = Options {
                number: number.clone(),
                hosts: hosts(host)?,
                tokens: *tokens,
                intermediate: *intermediate,
                lang: role_lang(form),
                password: password.clone(),
                form: p12(form),
                key: key(form),
                ..Options::default()
            };
            kit(&options, folder, access_dir.as_deref(), out)
        }
        PkiCommand::Issue { ca, out: stem, name, role, host, days, password, form } => {
            let purpose = match host.is_empty() {
                true => Purpose::Client(RoleSet::of(&roles(role))),
                false => Purpose::Server(hosts(host)?),
            };
            let request = Request {
                common_name: name.clone(),
                purpose,
                lang: role_lang(form),
                days: *days,
                key: key(form),
            };
            issue(ca, stem, &request, password, p12(form), out)
        }
        PkiCommand::Show { file, access_dir } => show(file, access_dir.as_deref(), out),
    }
}

#[expect(clippy::disallowed_methods, reason = "a tool that a person runs: validity starts now")]
fn now_unix_s() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

fn hosts(names: &[String]) -> Result<Vec<HostName>, Error> {
    names
        .iter()
        .map(|name| {
            name.parse().map_err(|error: aura_trust::Error| {
                Error::Usage(Text::new(format!("--host: {error}"), format!("--host: {error}")))
            })
        })
        .collect()
}

fn roles(names: &[RoleName]) -> Vec<Role> {
    let role = |name: &RoleName| match name {
        RoleName::User => Role::User,
        RoleName::Technician => Role::Technician,
        RoleName::Administrator => Role::Administrator,
        RoleName::Operator => Role::Operator,
    };
    names.iter().map(role).collect()
}

const fn role_lang(form: &P12Args) -> Lang {
    match form.role_lang {
        RoleLanguage::Ru => Lang::Ru,
        RoleLanguage::En => Lang::En,
    }
}

const fn p12(form: &P12Args) -> P12Form {
    if form.legacy { P12Form::Legacy } else { P12Form::Modern }
}

const fn key(form: &P12Args) -> KeyKind {
    match form.key {
        KeyName::P256 => KeyKind::P256,
        KeyName::Rsa2048 => KeyKind::Rsa2048,
        KeyName::Rsa3072 => KeyKind::Rsa3072,
    }
}

fn kit(
    options: &Options,
    folder: &Path,
    access: Option<&Path>,
    out: &mut Out,
) -> Result<(), Error> {
    let files = pki::factory_kit(options, now_unix_s())?;
    let place = |file: &KitFile| match (access, file.name.strip_prefix("access/")) {
        (Some(access), Some(rest)) => access.join(rest),
        _ => folder.join(&file.name),
    };
    let paths: Vec<PathBuf> = files.iter().map(place).collect();
    // Keys are never replaced, so that a second run cannot lock anybody out.
    if let Some(path) = paths.iter().find(|path| path.exists()) {
        return Err(aura_trust::Error::Exists(path.clone()).into());
    }
    for (file, path) in files.iter().zip(&paths) {
        files::write(path, &file.bytes, file.mode, false)?;
    }
    tell(&paths, out)
}

fn issue(
    ca: &Path,
    stem: &Path,
    request: &Request,
    password: &str,
    form: P12Form,
    out: &mut Out,
) -> Result<(), Error> {
    let authority = Ca::load(&files::read(ca)?, &files::read(&ca.with_extension("key"))?)?;
    let issued = authority.issue(request, now_unix_s())?;
    let list = [
        ("crt", 0o644, issued.chain_pem().into_bytes()),
        ("key", 0o600, issued.key.pem()?.into_bytes()),
        ("p12", 0o600, issued.pkcs12(password, form)?),
    ];
    let path = |ending: &str| files::with_ending(stem, ending);
    let paths: Vec<PathBuf> = list.iter().map(|(ending, ..)| path(ending)).collect();
    if let Some(path) = paths.iter().find(|path| path.exists()) {
        return Err(aura_trust::Error::Exists(path.clone()).into());
    }
    for (ending, mode, bytes) in &list {
        files::write(&path(ending), bytes, *mode, false)?;
    }
    tell(&paths, out)
}

fn tell(paths: &[PathBuf], out: &mut Out) -> Result<(), Error> {
    if out.json() {
        let list: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return out.data("pki-files", json!({ "files": list }));
    }
    for path in paths {
        out.line(&path.display().to_string())?;
    }
    Ok(())
}

fn show(file: &Path, access: Option<&Path>, out: &mut Out) -> Result<(), Error> {
    let bytes = files::read(file)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let chain = chain.unwrap_or_default();
    let Some((leaf, above)) = chain.split_first() else {
        return Err(Error::Failed(Text::new(
            format!("{}: здесь нет сертификата в PEM", file.display()),
            format!("{}: no PEM certificate in it", file.display()),
        )));
    };
    let list = match access {
        Some(folder) => {
            let folder = if folder.join("anchors").is_dir() || folder.join("pins").is_dir() {
                folder
            } else {
                let error = std::io::Error::from(std::io::ErrorKind::NotFound);
                return Err(Error::file(&folder.join("anchors"), &error));
            };
            let (list, findings) = TrustList::load(folder)?;
            findings
                .iter()
                .for_each(|one| out.talk(&format!("{}: {}", one.path.display(), one.text)));
            list
        }
        // Believed by itself, with all its roles: that shows what is written in it.
        None => {
            let mut list = TrustList::default();
            list.add_pin("-", leaf, RoleSet::ALL).map_err(|refusal| refused(&refusal))?;
            list
        }
    };
    let policy = Policy { list, ..Policy::default() };
    let above: Vec<&[u8]> = above.iter().map(AsRef::as_ref).collect();
    let verdict = decide(leaf, &above, Now::Synced(now_unix_s()), &policy);
    let identity = verdict.map_err(|refusal| refused(&refusal))?.identity;
    let not_after =
        aura_model::Civil::from_unix_ns(identity.not_after_unix_s.saturating_mul(1_000_000_000));
    let until = format!("{:04}-{:02}-{:02}", not_after.year, not_after.month, not_after.day);
    if out.json() {
        let roles: Vec<&str> = identity.roles.iter().map(Role::name_en).collect();
        return out.data(
            "pki-show",
            json!({
                "name": identity.common_name, "serial": identity.serial,
                "fingerprint": identity.fingerprint, "roles": roles, "not_after": until,
                "anchor": access.map(|_| identity.anchor),
            }),
        );
    }
    let lang = out.lang();
    let role = |role: Role| if lang == Lang::Ru { role.name_ru() } else { role.name_en() };
    let roles: Vec<&str> = identity.roles.iter().map(role).collect();
    let mut table = Table::new(&["", ""]);
    let mut fact = |name: &str, value: String| table.row([name.to_owned(), value]);
    fact(out.say("Имя", "Name"), identity.common_name);
    fact(
        out.say("Роли", "Roles"),
        if roles.is_empty() { "—".to_owned() } else { roles.join(", ") },
    );
    fact(out.say("Действует до", "Valid until"), until);
    fact(out.say("Номер", "Serial"), identity.serial);
    fact("SHA-256", identity.fingerprint);
    if access.is_some() {
        fact(out.say("Поручитель", "Vouched for by"), identity.anchor);
    }
    out.table(&table)
}

fn refused(refusal: &aura_model::Refusal) -> Error {
    Error::Check(Text::new(format!("не принят: {refusal}"), format!("refused: {refusal}")))
}
