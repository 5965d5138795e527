//! OpenSSL judges the kit and speaks to a real server of ours: the foreign oracle of this crate.
#![expect(clippy::unwrap_used, reason = "the whole file is a test")]

use aura_model::{Clock, Lang, Refusal, Role, RoleSet, Stamp, Sync, Tai, TimeQuality};
use aura_trust::pki::{
    self, Ca, Issued, KeyKind, KitFile, Options, P12Form, Purpose, Request, factory_kit,
};
use aura_trust::{Credentials, Now, Policy, Trust, TrustList, decide, server_config};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{HandshakeKind, ServerConfig, ServerConnection};
use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// 2027-01-15, after the build and inside every validity here; OpenSSL gets it by `-attime`.
const NOW: i64 = 1_800_000_000;

const PASSWORD: &str = "Пароль 7";

#[test]
fn openssl_accepts_the_kit() {
    let folder = folder("kit");
    let options = Options {
        number: Some("104".to_owned()),
        hosts: ["127.0.0.1", "::1", "ras-104.local"].map(|h| h.parse().unwrap()).to_vec(),
        tokens: 2,
        intermediate: true,
        password: PASSWORD.to_owned(),
        ..Options::default()
    };
    write(&factory_kit(&options, NOW).unwrap(), &folder);

    let verify = |purpose: &str, anchor: &str, extra: &[&str], cert: &str| {
        let anchor = format!("access/anchors/{anchor}.crt");
        let time = NOW.to_string();
        let mut args = vec!["verify", "-x509_strict", "-attime", &time, "-purpose", purpose];
        args.extend(["-CAfile", &anchor, "-no-CApath", "-untrusted", cert]);
        args.extend(extra);
        args.push(cert);
        assert_eq!(openssl(&folder, &args).trim(), format!("{cert}: OK"));
    };
    let name = &["-verify_hostname", "ras-104.local"];
    verify("sslserver", "factory-ca", name, "access/recorder.crt");
    verify("sslserver", "factory-ca", &["-verify_ip", "::1"], "access/recorder.crt");
    verify("sslclient", "factory-ca", &[], "clients/administrator.crt");
    verify("sslclient", "token-ca", &[], "clients/token-002.crt");
    verify("any", "alternative-ca", &[], "access/anchors/alternative-ca.crt");

    check_names(&folder);
    check_access(&folder.join("access"), &folder);

    // A second kit in the same folder would overwrite keys.
    let again = Options { tokens: 0, ..options };
    let refused = KitFile::refuse_existing(&factory_kit(&again, NOW).unwrap(), &folder)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("access/recorder.crt exists already"), "{refused}");
}

/// Names and extensions, as OpenSSL prints them.
fn check_names(folder: &Path) {
    let subject = |cert: &str| {
        let opts = "utf8,sep_comma_plus_space,-esc_msb,lname";
        let seen = openssl(folder, &["x509", "-in", cert, "-noout", "-subject", "-nameopt", opts]);
        seen.trim().trim_start_matches("subject=").trim().to_owned()
    };
    assert_eq!(subject("access/recorder.crt"), "commonName=АУРА №104");
    assert_eq!(subject("issuers/factory-ca.crt"), "commonName=Заводской ЦС АУРА");
    assert_eq!(subject("issuers/alternative-ca.crt"), "commonName=Альтернативный ЦС АУРА");
    assert_eq!(subject("issuers/token-ca.crt"), "commonName=ЦС Токенов АУРА");
    assert_eq!(
        subject("clients/token-002.crt"),
        "commonName=Токен №002, role=Пользователь АУРА, role=Наладчик АУРА"
    );
    let text = openssl(folder, &["x509", "-in", "access/recorder.crt", "-noout", "-text"]);
    for part in [
        "Version: 3",
        "TLS Web Server Authentication",
        "DNS:ras-104.local",
        "IP Address:127.0.0.1",
        "CA:FALSE",
        "Digital Signature",
        "ASN1 OID: prime256v1",
        "Signature Algorithm: sha256WithRSAEncryption",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

/// What a recorder reads of the kit, and whom it then believes.
fn check_access(access: &Path, folder: &Path) {
    let (list, findings) = TrustList::load(access).unwrap();
    assert_eq!(findings, []);
    let tokens = RoleSet::of(&[Role::User, Role::Technician, Role::Operator]);
    let expect =
        [("alternative-ca", RoleSet::ALL), ("factory-ca", RoleSet::ALL), ("token-ca", tokens)];
    assert_eq!(list.anchor_names().collect::<Vec<_>>(), expect);
    let own = Credentials::load(access).unwrap();
    assert_eq!(own.subject().unwrap().0, "АУРА №104");
    assert!(!own.is_factory());
    let token = fs::read(folder.join("clients/token-002.crt")).unwrap();
    let token: Vec<_> = CertificateDer::pem_slice_iter(&token).map(Result::unwrap).collect();
    let policy = Policy { list, ..Policy::default() };
    let verdict = decide(&token[0], &[&token[1]], Now::Synced(NOW), &policy).unwrap();
    let identity = verdict.identity;
    assert_eq!(identity.roles, RoleSet::of(&[Role::User, Role::Technician]));
    assert_eq!(identity.anchor, "token-ca");
    let args =
        ["x509", "-in", "clients/token-002.crt", "-noout", "-serial", "-sha256", "-fingerprint"];
    let seen = openssl(folder, &args).replace(':', "");
    assert!(seen.contains(&format!("serial={}\n", identity.serial)), "{seen} {identity:?}");
    assert!(seen.to_lowercase().contains(&identity.fingerprint), "{seen} {identity:?}");
}

#[test]
fn openssl_opens_both_forms_of_pkcs12() {
    let folder = folder("p12");
    let root = Ca::root("Корень", KeyKind::P256, 3_650, NOW).unwrap();
    let below = root.intermediate("Ниже", KeyKind::P256, 3_650, NOW).unwrap();
    for (key, form, legacy) in [
        (KeyKind::P256, P12Form::Modern, false),
        (KeyKind::Rsa2048, P12Form::Modern, false),
        (KeyKind::P256, P12Form::Legacy, true),
    ] {
        let issued = below.issue(&Request { key, ..person("Иванов", &[]) }, NOW).unwrap();
        fs::write(folder.join("a.p12"), issued.pkcs12(PASSWORD, form).unwrap()).unwrap();
        fs::write(folder.join("password"), PASSWORD).unwrap();
        let mut args =
            vec!["pkcs12", "-in", "a.p12", "-passin", "file:password", "-nodes", "-info"];
        if legacy {
            args.push("-legacy");
        }
        let seen = openssl(&folder, &args);
        assert_eq!(seen.matches("BEGIN CERTIFICATE").count(), 3, "{form:?} {seen}");
        assert_eq!(seen.matches("BEGIN PRIVATE KEY").count(), 1, "{form:?}");
        assert_eq!(seen.contains("AES-256-CBC"), !legacy, "{form:?} {seen}");
        fs::write(folder.join("out.pem"), &seen).unwrap();
        let public = openssl(&folder, &["pkey", "-in", "out.pem", "-pubout"]);
        fs::write(folder.join("own.crt"), issued.certificate_pem()).unwrap();
        let own = openssl(&folder, &["x509", "-in", "own.crt", "-noout", "-pubkey"]);
        assert_eq!(public, own, "{form:?}: key and certificate belong together");
    }
}

#[test]
fn a_stored_authority_issues_again() {
    let folder = folder("stored");
    // Authorities made by OpenSSL, in each encoding of a key that it writes.
    let make = |args: &[&str]| openssl(&folder, args);
    make(&["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "sec1.key"]);
    make(&["genrsa", "-traditional", "-out", "pkcs1.key", "2048"]);
    make(&[
        "genpkey",
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:2048",
        "-out",
        "pkcs8.key",
    ]);
    for name in ["sec1", "pkcs1", "pkcs8"] {
        let (key, crt) = (format!("{name}.key"), format!("{name}.crt"));
        let subject = ["-subj", "/O=Сети/CN=Чужой ЦС", "-utf8"];
        let mut args = vec!["req", "-x509", "-key", &key, "-days", "9000", "-out", &crt];
        args.extend(subject);
        make(&args);
        let read = |name: &str| fs::read(folder.join(name)).unwrap();
        let ca = Ca::load(&read(&crt), &read(&key)).unwrap();
        let issued = ca.issue(&person("Петров", &[Role::User]), NOW).unwrap();
        fs::write(folder.join("leaf.crt"), issued.certificate_pem()).unwrap();
        let time = NOW.to_string();
        let args =
            ["verify", "-attime", &time, "-CAfile", &crt, "-purpose", "sslclient", "leaf.crt"];
        assert_eq!(make(&args).trim(), "leaf.crt: OK", "{name}");
    }
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let wrong = Ca::load(&read("pkcs1.crt"), &read("pkcs8.key")).unwrap_err().to_string();
    assert!(wrong.contains("does not belong"), "{wrong}");
    let leaf = Ca::load(&read("leaf.crt"), &read("pkcs8.key")).unwrap_err().to_string();
    assert!(leaf.contains("cA TRUE"), "{leaf}");
}

#[test]
fn openssl_clients_meet_the_server() {
    let site = Site::new("clients");
    let user = site.client("user", &person("Иванов", &[Role::User]));
    let rsa = Request { key: KeyKind::Rsa2048, ..person("Петров", &[Role::User]) };
    let rsa = site.client("rsa", &rsa);
    let expired =
        site.client_at("expired", &Request { days: 1, ..person("Был", &[]) }, NOW - 172_800);
    let stranger = Ca::root("Чужой", KeyKind::P256, 3_650, NOW).unwrap();
    let stranger = site.save("stranger", stranger.issue(&person("Никто", &[]), NOW).unwrap());
    let server = Purpose::Server(vec!["127.0.0.1".parse().unwrap()]);
    let server = site.client("server", &Request { purpose: server, ..person("Сервер", &[]) });
    let pinned =
        site.save("pinned", pki::self_signed(&person("Своя", &[Role::User]), NOW).unwrap());

    let mut list = site.list();
    list.add_pin("pinned", &pinned.chain[0], RoleSet::ALL).unwrap();
    site.trust.replace(Policy { list, ..Policy::default() });
    // The pinned key signs an administrator: a pin never issues.
    fs::write(site.folder.join("forger.crt"), pinned.certificate_pem()).unwrap();
    let ext = "[e]\nbasicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\n";
    fs::write(site.folder.join("ext"), ext).unwrap();
    let name = "/CN=Подделка/role=Администратор АУРА";
    let csr = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let csr =
        [&csr[..], &["-keyout", "forged.key", "-out", "csr", "-utf8", "-subj", name]].concat();
    openssl(&site.folder, &csr);
    let sign = ["x509", "-req", "-in", "csr", "-CA", "forger.crt", "-CAkey", "pinned.key"];
    let sign = [&sign[..], &["-CAcreateserial", "-days", "9000", "-extfile", "ext"]].concat();
    openssl(&site.folder, &[&sign[..], &["-extensions", "e", "-out", "forged.crt"]].concat());

    let check = |client: Option<&str>, extra: &[&str], expect: Result<HandshakeKind, &str>| {
        for version in ["-tls1_2", "-tls1_3"] {
            let args = [&[version][..], extra].concat();
            let (seen, said) = site.handshake(client, &args);
            assert_eq!(seen, expect.map_err(str::to_owned), "{client:?} {args:?} {said}");
            assert_eq!(said.contains("HTTP-OK"), expect.is_ok(), "{client:?} {args:?}\n{said}");
        }
    };
    let _ = (user, rsa, expired, stranger, server);
    check(Some("user"), &[], Ok(HandshakeKind::Full));
    check(Some("rsa"), &[], Ok(HandshakeKind::Full));
    check(Some("pinned"), &[], Ok(HandshakeKind::Full));
    check(Some("user"), &["-alpn", "h2,http/1.1"], Ok(HandshakeKind::Full));
    check(Some("user"), &["-alpn", "h2"], Err("handshake"));
    check(None, &[], Err("no-certificate"));
    check(Some("expired"), &[], Err("expired"));
    check(Some("stranger"), &[], Err("unknown-issuer"));
    check(Some("server"), &[], Err("wrong-usage"));
    check(Some("forged"), &[], Err("unknown-issuer"));
    let told = site.told.lock().unwrap().clone();
    assert_eq!(
        told,
        ["expired", "unknown-issuer", "wrong-usage", "unknown-issuer"].map(|r| [r, r]).concat()
    );

    // What is older than TLS 1.2, or without forward secrecy, finds no common ground.
    for old in [["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1_2", "-cipher", "AES128-SHA256"]]
    {
        let (seen, said) = site.handshake(Some("user"), &old);
        assert_eq!(seen, Err("handshake".to_owned()), "{old:?} {said}");
    }
    // A stranger learns no name of the trust list.
    let (_, said) = site.handshake(Some("user"), &["-tls1_2"]);
    assert!(said.contains("No client certificate CA names sent"), "{said}");
}

#[test]
fn no_session_is_resumed() {
    let site = Site::new("resume");
    site.client("user", &person("Иванов", &[Role::User]));
    for version in ["-tls1_2", "-tls1_3"] {
        let (first, said) = site.handshake(Some("user"), &[version, "-sess_out", "session"]);
        assert_eq!(first, Ok(HandshakeKind::Full), "{said}");
        assert!(!said.contains("New Session Ticket") && !said.contains("TLS session ticket:"));
        // Without a ticket or a session number OpenSSL may write no session at all.
        let again: &[&str] = if site.folder.join("session").exists() {
            &[version, "-sess_in", "session"]
        } else {
            &[version]
        };
        let (second, said) = site.handshake(Some("user"), again);
        assert_eq!(second, Ok(HandshakeKind::Full), "{said}");
        assert!(said.contains("New, TLSv1.") && !said.contains("Reused"), "{said}");
        // The user is taken off the list: the next handshake of the same session is refused.
        site.trust.replace(Policy::default());
        let (third, said) = site.handshake(Some("user"), again);
        assert_eq!(third, Err("unknown-issuer".to_owned()), "{said}");
        site.trust.replace(Policy { list: site.list(), ..Policy::default() });
        let _ = fs::remove_file(site.folder.join("session"));
    }
    // `-reconnect` offers the session of the first connection five times more.
    let client = site.s_client(Some("user"), &["-tls1_2", "-reconnect"]);
    for _ in 0..6 {
        assert_eq!(site.accept(), Ok(HandshakeKind::Full));
    }
    let said = client.wait_with_output().unwrap().stdout;
    let said = String::from_utf8_lossy(&said).into_owned();
    assert_eq!(said.matches("New, TLSv1.2").count(), 6, "{said}");
    assert!(!said.contains("Reused"), "{said}");
}

/// A server of ours with an authority that it trusts.
struct Site {
    folder: PathBuf,
    ca: Ca,
    trust: Arc<Trust>,
    told: Arc<Mutex<Vec<&'static str>>>,
    config: Arc<ServerConfig>,
    listener: TcpListener,
}

impl Site {
    fn new(name: &str) -> Self {
        let folder = folder(name);
        let ca = Ca::root("ЦС", KeyKind::P256, 3_650, NOW).unwrap();
        fs::write(folder.join("ca.crt"), ca.own().certificate_pem()).unwrap();
        let purpose = Purpose::Server(vec!["127.0.0.1".parse().unwrap()]);
        let own = ca.issue(&Request { purpose, ..person("АУРА №1", &[]) }, NOW).unwrap();
        let key = own.key.pem().unwrap();
        let own = Credentials::from_pem(own.chain_pem().as_bytes(), key.as_bytes()).unwrap();
        assert!(!own.is_factory());
        let told = Arc::new(Mutex::new(Vec::new()));
        let teller = Arc::clone(&told);
        let trust = Trust::new(Policy::default(), Arc::new(Fixed), move |seen| {
            teller.lock().unwrap().push(seen.map_or_else(|refusal| refusal.reason, |_| "lenient"));
        });
        let trust = Arc::new(trust);
        let config = Arc::new(server_config(own, &trust).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let site = Self { folder, ca, trust, told, config, listener };
        site.trust.replace(Policy { list: site.list(), ..Policy::default() });
        site
    }

    fn list(&self) -> TrustList {
        let mut list = TrustList::default();
        list.add_anchor("ca", &self.ca.own().chain[0], RoleSet::ALL).unwrap();
        list
    }

    fn client(&self, name: &str, request: &Request) -> Issued {
        self.client_at(name, request, NOW)
    }

    fn client_at(&self, name: &str, request: &Request, now: i64) -> Issued {
        self.save(name, self.ca.issue(request, now).unwrap())
    }

    fn save(&self, name: &str, issued: Issued) -> Issued {
        fs::write(self.folder.join(format!("{name}.crt")), issued.chain_pem()).unwrap();
        fs::write(self.folder.join(format!("{name}.key")), issued.key.pem().unwrap()).unwrap();
        issued
    }

    fn s_client(&self, client: Option<&str>, args: &[&str]) -> std::process::Child {
        let port = self.listener.local_addr().unwrap().port();
        let mut command = Command::new("openssl");
        command.current_dir(&self.folder).args(["s_client", "-connect"]);
        command.arg(format!("127.0.0.1:{port}")).args(["-CAfile", "ca.crt", "-attime"]);
        command.arg(NOW.to_string()).args(["-verify_return_error", "-verify_ip", "127.0.0.1"]);
        if let Some(name) = client {
            command.args(["-cert", &format!("{name}.crt"), "-key", &format!("{name}.key")]);
        }
        command.args(args).args(["-ign_eof"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("openssl is installed")
    }

    /// One connection by OpenSSL: what the server saw, and all that the client said.
    fn handshake(
        &self,
        client: Option<&str>,
        args: &[&str],
    ) -> (Result<HandshakeKind, String>, String) {
        let child = self.s_client(client, args);
        let seen = self.accept();
        let said = child.wait_with_output().unwrap();
        let said = [said.stdout, said.stderr].concat();
        (seen, String::from_utf8_lossy(&said).into_owned())
    }

    fn accept(&self) -> Result<HandshakeKind, String> {
        let (mut socket, _) = self.listener.accept().unwrap();
        let mut tls = ServerConnection::new(Arc::clone(&self.config)).unwrap();
        match converse(&mut tls, &mut socket) {
            Ok(()) => Ok(tls.handshake_kind().unwrap()),
            Err(error) => {
                let inner = error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>());
                Err(inner.map_or(format!("{error:?}"), reason))
            }
        }
    }
}

/// What the verifier said, by its stable word.
fn reason(error: &rustls::Error) -> String {
    use rustls::{CertificateError, OtherError};
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(cause))) => {
            cause.downcast_ref::<Refusal>().expect("the verifier refuses so").reason.to_owned()
        }
        rustls::Error::NoCertificatesPresented => "no-certificate".to_owned(),
        _ => "handshake".to_owned(),
    }
}

fn converse(tls: &mut ServerConnection, socket: &mut TcpStream) -> std::io::Result<()> {
    while tls.is_handshaking() {
        tls.complete_io(socket)?;
    }
    assert_ne!(tls.alpn_protocol(), Some(&b"h2"[..]));
    tls.writer().write_all(b"HTTP-OK\n")?;
    tls.send_close_notify();
    while tls.wants_write() {
        tls.write_tls(socket)?;
    }
    Ok(())
}

/// A clock that stands at [`NOW`] and follows a source.
struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Stamp {
        let quality = TimeQuality { sync: Sync::Locked, error_ns: 1_000 };
        Stamp { tai: Tai::from_unix_ns(NOW * 1_000_000_000), quality }
    }

    fn mono_ns(&self) -> u64 {
        0
    }
}

fn person(name: &str, roles: &[Role]) -> Request {
    Request {
        common_name: name.to_owned(),
        purpose: Purpose::Client(RoleSet::of(roles)),
        lang: Lang::Ru,
        days: 30,
        key: KeyKind::P256,
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("trust").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn write(files: &[KitFile], folder: &Path) {
    KitFile::refuse_existing(files, folder).unwrap();
    for file in files {
        let path = folder.join(&file.name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &file.bytes).unwrap();
        let secret = file.name.ends_with(".key") || file.name.ends_with(".p12");
        assert_eq!(file.mode, if secret { 0o600 } else { 0o644 }, "{}", file.name);
    }
}

/// Output of an `openssl` command that must succeed: standard output, then standard error.
fn openssl(folder: &Path, args: &[&str]) -> String {
    let out = Command::new("openssl").current_dir(folder).args(args).output();
    let out = out.expect("openssl is installed");
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "openssl {args:?}: {error}");
    let quiet = matches!(args[0], "verify" | "x509" | "pkey");
    format!("{}{}", String::from_utf8_lossy(&out.stdout), if quiet { "" } else { &error })
}
