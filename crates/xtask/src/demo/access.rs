//! The demo's certificates: the factory kit, and one client of each of the 16 sets of roles, all
//! made by `auractl pki`. They are worth nothing outside the demo's folder.

use crate::run;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Password of every PKCS#12 file of the demo.
pub(super) const PASSWORD: &str = "demo";
/// Roles as `auractl pki issue --role` takes them.
const ROLES: [&str; 4] = ["User", "Technician", "Administrator", "Operator"];
/// The authority that clients and the recorder's own certificate come from, under the kit's folder.
pub(super) const ROOT: &str = "issuers/factory-ca.crt";

/// A client's files.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) roles: Vec<&'static str>,
    pub(super) cert: PathBuf,
    pub(super) key: PathBuf,
    pub(super) p12: PathBuf,
}

impl Client {
    fn new(dir: &Path, stem: &str, roles: Vec<&'static str>) -> Self {
        let file = |extension: &str| dir.join(format!("{stem}.{extension}"));
        Self { roles, cert: file("crt"), key: file("key"), p12: file("p12") }
    }

    /// Its entry in `demo.json`.
    pub(super) fn facts(&self) -> Value {
        json!({
            "roles": self.roles, "cert": self.cert, "key": self.key, "p12": self.p12,
            "password": PASSWORD,
        })
    }
}

fn auractl() -> Command {
    let mut auractl = Command::new(run::binary_dir().join("auractl"));
    auractl.arg("pki");
    auractl
}

/// The factory kit; its `access` folder is the recorder's.
pub(super) fn kit(pki: &Path) -> Result<()> {
    let mut auractl = auractl();
    auractl.args(["kit", "--password", PASSWORD, "--host", "127.0.0.1", "--host", "localhost"]);
    run::captured(auractl.arg("--out").arg(pki)).map(drop)
}

/// One client of each set of roles.
pub(super) fn clients(pki: &Path, dir: &Path) -> Result<Vec<Client>> {
    std::fs::create_dir_all(dir)?;
    (0..16_u8).map(|set| client(pki, dir, set)).collect()
}

fn client(pki: &Path, dir: &Path, set: u8) -> Result<Client> {
    let roles: Vec<&str> = (0..4).filter(|bit| set >> bit & 1 == 1).map(|bit| ROLES[bit]).collect();
    let stem = if roles.is_empty() { "none".to_owned() } else { roles.join("-").to_lowercase() };
    let mut auractl = auractl();
    auractl.args(["issue", "--password", PASSWORD, "--name", &format!("Demo {stem}")]);
    for role in &roles {
        auractl.args(["--role", role]);
    }
    auractl.arg("--ca").arg(pki.join(ROOT)).arg("--out").arg(dir.join(&stem));
    run::captured(&mut auractl)?;
    Ok(Client::new(dir, &stem, roles))
}

/// The client with exactly these roles.
pub(super) fn client_with<'c>(clients: &'c [Client], roles: &[&str]) -> Result<&'c Client> {
    let found = clients.iter().find(|client| client.roles == roles);
    found.with_context(|| format!("no client with the roles {roles:?}"))
}

/// A client whose authority the recorder never heard of, with the best role, made by openssl.
pub(super) fn stranger(dir: &Path) -> Result<Client> {
    std::fs::create_dir_all(dir)?;
    let client = Client::new(dir, "stranger", vec!["Administrator"]);
    let mut openssl = Command::new("openssl");
    openssl.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    ]);
    openssl.args(["-days", "2", "-subj", "/CN=Stranger/OU=AURA Administrator"]);
    openssl.arg("-keyout").arg(&client.key).arg("-out").arg(&client.cert);
    run::captured(&mut openssl)?;
    Ok(client)
}
