//! A served face for foreign clients: certificates of the openssl command, a fake recorder, real
//! TLS.
//!
//! It is no verifier to learn from: the recorder's own one lives in another crate.

use aura_model::{Identity, Role, RoleSet};
use aura_testkit::FakeDevice;
use aura_web::{Bound, Config};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, mpsc};
use tokio::runtime::Runtime;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

/// Letters of roles in names of certificates.
pub const LETTERS: [(char, Role); 4] =
    [('U', Role::User), ('T', Role::Technician), ('A', Role::Administrator), ('O', Role::Operator)];

/// Roles of letters.
pub fn roles(letters: &str) -> RoleSet {
    let has = |letter: char| letters.contains(letter);
    LETTERS
        .into_iter()
        .filter(|(letter, _)| has(*letter))
        .fold(RoleSet::NONE, |s, (_, r)| s.with(r))
}

/// Makes a CA, a server and clients of these role letters (`-` for none) in a folder.
pub fn make_certificates(folder: &Path, clients: &[&str]) {
    std::fs::create_dir_all(folder).expect("the folder can be made");
    let openssl = |args: &[&str]| {
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"];
        let mut run = Command::new("openssl");
        let run = run.args(["req", "-x509"]).args(key).args(args).current_dir(folder);
        let out = run.output().expect("openssl is there");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    };
    openssl(&["-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.crt"]);
    let from_ca = ["-CA", "ca.crt", "-CAkey", "ca.key", "-addext", "basicConstraints=CA:FALSE"];
    let server = ["-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.crt"];
    let san = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    openssl(&[&server[..], &from_ca, &san].concat());
    for letters in clients {
        let subject = format!("/CN=Client {letters}");
        let (key, crt) = (format!("client-{letters}.key"), format!("client-{letters}.crt"));
        let client = ["-utf8", "-subj", &subject, "-keyout", &key, "-out", &crt];
        openssl(&[&client[..], &from_ca, &["-addext", "extendedKeyUsage=clientAuth"]].concat());
    }
}

/// What the fake recorder believes of a client's certificate.
pub fn identity(letters: &str) -> Identity {
    let mut identity = FakeDevice::identity("Иванов И. И.", roles(letters));
    let mark: String = letters.bytes().map(|byte| format!("{byte:02x}")).collect();
    identity.fingerprint.replace_range(..mark.len(), &mark);
    identity
}

/// A certificate of a folder, DER.
pub fn der(folder: &Path, name: &str) -> Vec<u8> {
    let file = folder.join(format!("{name}.crt"));
    CertificateDer::from_pem_file(file).expect("the certificate was just made").to_vec()
}

/// TLS that asks for a client certificate of the folder's CA.
pub fn tls(folder: &Path) -> Arc<ServerConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(der(folder, "ca").into()).expect("the CA was just made");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .expect("there is a root");
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).expect("the key is there");
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows both versions")
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![der(folder, "server").into()], key);
    Arc::new(config.expect("key and certificate belong together"))
}

/// A served face; ends when dropped.
pub struct Site {
    /// Folder of the certificates.
    pub folder: PathBuf,
    /// Where it is served.
    pub bound: Bound,
    /// The recorder behind it.
    pub device: Arc<FakeDevice>,
    /// Events for the face.
    pub events: broadcast::Sender<Arc<aura_model::Event>>,
    shutdown: watch::Sender<bool>,
    face: Option<JoinHandle<()>>,
    runtime: Option<Runtime>,
}

impl Site {
    /// Serves a recorder that believes the folder's clients.
    pub fn start(folder: &Path, device: FakeDevice, config: Config, clients: &[&str]) -> Self {
        for letters in clients {
            let leaf = der(folder, &format!("client-{letters}"));
            device.set_certificate(&leaf, Some(identity(letters)));
        }
        let device = Arc::new(device);
        let runtime = Runtime::new().expect("threads can be had");
        let (shutdown, ended) = watch::channel(false);
        let (events, receiver) = broadcast::channel(64);
        let (_, tls) = watch::channel(tls(folder));
        let (tell, told) = mpsc::channel();
        let face = aura_web::serve(config, device.clone(), tls, receiver, ended, move |bound| {
            tell.send(bound).expect("the test waits");
        });
        let face = Some(runtime.spawn(async { face.await.expect("the face is served") }));
        let bound = told.recv().expect("the face says where it is served");
        let folder = folder.to_owned();
        Self { folder, bound, device, events, shutdown, face, runtime: Some(runtime) }
    }

    /// Address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.bound.https[0].port())
    }

    /// Ends the face and waits until it has said all that it had to say.
    pub fn end(&mut self) {
        self.shutdown.send_replace(true);
        if let (Some(runtime), Some(face)) = (&self.runtime, self.face.take()) {
            runtime.block_on(face).expect("the face ends well");
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.shutdown.send_replace(true);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
