//! The doors as foreign clients see them: `curl` with certificates of `openssl`, `unzip`, and
//! Python's HTML parser.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

#[allow(dead_code, unreachable_pub, reason = "the preview uses more of it")]
mod site;

use aura_model::{Code, Event, Live, RecordId, Records};
use aura_testkit::FakeDevice;
use aura_web::Config;
use site::Site;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

const CLIENTS: [&str; 4] = ["UTA", "U", "A", "-"];

/// Certificates, made once.
fn folder() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let make = || {
        let folder = std::env::temp_dir().join(format!("aura-web-doors-{}", std::process::id()));
        site::make_certificates(&folder, &CLIENTS);
        folder
    };
    FOLDER.get_or_init(make).clone()
}

fn config() -> Config {
    let listen = vec![([127, 0, 0, 1], 0).into()];
    // Each call of curl is a handshake, and tests are quicker than people.
    let handshake_spacing = Duration::ZERO;
    let recheck = Duration::from_millis(50);
    Config { listen, recheck, handshake_spacing, ..Config::default() }
}

fn site() -> Site {
    Site::start(&folder(), FakeDevice::new(), config(), &CLIENTS)
}

fn curl(site: &Site, client: Option<&str>, args: &[&str]) -> Output {
    let mut curl = Command::new("curl");
    curl.current_dir(&site.folder).args(["-sS", "--max-time", "20", "--cacert", "ca.crt"]);
    if let Some(client) = client {
        curl.args(["--cert", &format!("client-{client}.crt")]);
        curl.args(["--key", &format!("client-{client}.key")]);
    }
    curl.args(args).output().expect("curl is there")
}

/// Body of a successful transfer.
fn body(site: &Site, client: &str, args: &[&str]) -> String {
    let out = curl(site, Some(client), args);
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("text")
}

/// HTTP status of a request.
fn status(site: &Site, client: &str, args: &[&str]) -> String {
    body(site, client, &[&["-o", "/dev/null", "-w", "%{http_code}"], args].concat())
}

fn noted(site: &Site, code: Code) -> Vec<Event> {
    site.device.noted().into_iter().filter(|event| event.code == code).collect()
}

fn token(page: &str) -> String {
    page.split("name=\"token\" value=\"").nth(1).expect("a token")[..64].to_owned()
}

#[test]
fn nothing_is_served_without_a_certificate() {
    let mut site = site();
    for version in ["--tlsv1.3", "--tls-max=1.2"] {
        let version: Vec<&str> = version.split('=').collect();
        let out = curl(&site, None, &[&version[..], &[&site.url("/")]].concat());
        assert!(!out.status.success(), "{version:?}");
        assert!(out.stdout.is_empty(), "{version:?}");
    }
    site.end();
    let noted = site.device.noted();
    let reasons: Vec<&str> = noted.iter().map(|event| event.args[1].1.as_str()).collect();
    let reason = "no-certificate: the peer showed no certificate";
    assert_eq!(reasons, [reason, reason], "the first at once, the other one at the end");
    assert!(noted.iter().all(|event| event.code == Code::LoginRefused));
    assert!(noted[0].args[0].1.starts_with("127.0.0.1:"), "{noted:?}");
}

#[test]
fn strangers_hold_few_places_and_nobody_elses() {
    let config = Config { handshakes_max: 4, handshakes_per_address_max: 2, ..config() };
    let mut site = Site::start(&folder(), FakeDevice::new(), config, &CLIENTS);
    let mut silent: Vec<TcpStream> =
        (0..10).map(|_| TcpStream::connect(site.bound.https[0]).unwrap()).collect();
    // Who is over the limit is closed at once, long before the time of a handshake is over.
    for stream in &mut silent[2..] {
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let read = stream.read(&mut [0]);
        assert!(!read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock), "still open");
    }
    assert!(!curl(&site, Some("U"), &[&site.url("/")]).status.success(), "no third place");
    // What was sent is no TLS: this handshake fails and gives its place back.
    silent[0].write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let _ = silent[0].read_to_end(&mut Vec::new());
    assert_eq!(status(&site, "U", &["--retry", "9", "--retry-all-errors", &site.url("/")]), "200");
    drop(silent);
    site.end();
    let refused = noted(&site, Code::LoginRefused);
    let lines = |reason| refused.iter().filter(|event| event.args[1].1.starts_with(reason)).count();
    assert_eq!(lines("too-many-handshakes"), 2, "one line and one count: {refused:?}");
    assert_eq!(lines("handshake"), 1, "{refused:?}");
}

#[test]
fn pages_are_whole_for_every_role() {
    let site = site();
    site.device.start_record(&aura_model::Actor::Recorder, "<script>&\"'").unwrap();
    let pages = [
        "/",
        "/?lang=en",
        "/analog",
        "/discrete",
        "/records",
        "/records/41?lang=en",
        "/records/44",
        "/records/41/report",
        "/reports",
        "/journal",
        "/journal?text=%22%3E%3Cb%3E&severity=fault",
        "/start",
        "/me",
        "/nowhere",
    ];
    for client in CLIENTS {
        let folder = site.folder.join(format!("pages{client}"));
        std::fs::create_dir_all(&folder).unwrap();
        for (at, path) in pages.iter().enumerate() {
            let page = body(&site, client, &[&site.url(path)]);
            assert!(!page.contains("<script>&"), "user data is escaped");
            std::fs::write(folder.join(format!("{at}.html")), page).unwrap();
        }
        let check = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/check_html.py");
        let out = Command::new("python3").arg(check).arg(&folder).output().expect("python3");
        assert!(out.status.success(), "{client}: {}", String::from_utf8_lossy(&out.stdout));
        let checked = String::from_utf8(out.stdout).unwrap();
        assert_eq!(checked.trim(), format!("{} pages are well", pages.len()));
    }
}

#[test]
fn downloads_arrive_whole_and_are_in_the_journal() {
    let site = site();
    let head = body(&site, "-", &["-I", &site.url("/api/v1/records/41/file/cfg")]);
    assert!(head.to_lowercase().contains("content-disposition: attachment; filename="), "{head}");
    let (name, size, mut file) =
        site.device.record_file(RecordId(41), aura_model::FileKind::Dat).unwrap();
    let mut expect = Vec::new();
    file.read_to_end(&mut expect).unwrap();
    let dat = curl(&site, Some("-"), &[&site.url("/api/v1/records/41/file/dat")]).stdout;
    assert_eq!((dat.len() as u64, &dat), (size, &expect));

    let zip = site.folder.join("41.zip");
    let url = site.url("/api/v1/records/41/file/zip");
    body(&site, "-", &["-o", zip.to_str().unwrap(), &url]);
    let test = Command::new("unzip").arg("-t").arg(&zip).output().expect("unzip is there");
    assert!(test.status.success(), "{}", String::from_utf8_lossy(&test.stdout));
    let inner = Command::new("unzip").arg("-p").arg(&zip).arg(&name).output().unwrap();
    assert_eq!(inner.stdout, expect);

    let fetched = noted(&site, Code::RecordFetched);
    assert!(fetched.iter().all(|event| event.actor.to_string().contains("sha256=2d")));
    assert_eq!(fetched.len(), 3);
}

#[test]
fn values_and_records_come_over_the_stream() {
    let mut site = site();
    let mut curl = Command::new("curl");
    curl.current_dir(&site.folder).args(["-sSN", "--max-time", "20", "--cacert", "ca.crt"]);
    curl.args([
        "--cert",
        "client--.crt",
        "--key",
        "client--.key",
        &site.url("/api/v1/live/stream"),
    ]);
    let mut curl = curl.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(curl.stdout.take().unwrap()));
    let (mut seen, mut told) = (Vec::new(), false);
    for line in lines.map(Result::unwrap) {
        if let Some(name) = line.strip_prefix("event: ") {
            seen.push(name.to_owned());
        }
        let has = |name: &str| seen.iter().any(|seen| seen == name);
        if has("live") && has("status") && !told {
            let event = Event::new(site.device.now(), Code::RecordSaved).arg("record", "41");
            site.events.send(Arc::new(event)).unwrap();
            told = true;
        }
        if has("record") {
            // The certificate is withdrawn: the stream must end by itself.
            site.device.set_certificate(&site::der(&site.folder, "client--"), None);
        }
    }
    assert!(seen.iter().any(|name| name == "record"), "{seen:?}");
    // A stream that had to be cut by curl's own time limit would be a failure here.
    assert!(curl.wait().unwrap().success(), "the stream is ended by the recorder");
    assert_eq!(noted(&site, Code::LoginRefused).len(), 1);
    let out = crate::curl(&site, Some("-"), &[&site.url("/")]);
    assert!(!out.status.success(), "a withdrawn certificate gets no connection");
    site.end();
    assert_eq!(noted(&site, Code::LoginRefused).len(), 2);
}

#[test]
fn only_a_page_of_ours_starts_a_record() {
    let site = site();
    let url = site.url("/start");
    let token = token(&body(&site, "U", &[&site.url("/start")]));
    let field = format!("token={token}");
    let origin = format!("Origin: {}", site.url("").trim_end_matches('/'));
    let post = |client: &str, args: &[&str]| status(&site, client, &[args, &[&url]].concat());
    let reason = ["--data-urlencode", "reason=проверка"];
    assert_eq!(post("U", &[&reason[..], &["-H", &origin]].concat()), "403", "no token");
    assert_eq!(post("U", &[&reason[..], &["-d", &field]].concat()), "403", "no origin");
    let foreign = ["-d", &field, "-H", "Origin: https://evil.example"];
    assert_eq!(post("U", &foreign), "403");
    let cross = ["-d", &field, "-H", &origin, "-H", "Sec-Fetch-Site: cross-site"];
    assert_eq!(post("U", &cross), "403");
    assert_eq!(post("UTA", &["-d", &field, "-H", &origin]), "403", "a token of somebody else");
    assert_eq!(post("A", &["-d", &field, "-H", &origin]), "403", "no role");
    assert_eq!(noted(&site, Code::ActionRefused).len(), 1);
    assert_eq!(site.device.record_count(), 3, "none of these did anything");
    let long = format!("reason={}", "я".repeat(201));
    let too_long = ["-d", &field, "--data-urlencode", &long, "-H", &origin];
    assert_eq!(post("U", &too_long), "400");

    let good = [&reason[..], &["-d", &field, "-H", &origin]].concat();
    assert_eq!(post("U", &good), "303");
    assert_eq!(site.device.record_count(), 4);
    let started = noted(&site, Code::ManualStart);
    assert_eq!(started[0].args[0].1, "проверка");
    assert!(started[0].actor.to_string().starts_with("CN=Иванов И. И."), "{}", started[0].actor);
    // The interface of programs takes the same token in a header.
    let header = format!("X-Aura-Token: {token}");
    let json = ["-H", &header, "-H", "Content-Type: application/json", "-d", "{\"reason\":\"x\"}"];
    let url = site.url("/api/v1/records/start");
    let answer =
        body(&site, "U", &[&json[..], &["-H", "Sec-Fetch-Site: same-origin", &url]].concat());
    assert!(answer.starts_with("{\"schema\":\"aura/start/1\",\"data\":{\"at\":\""), "{answer}");
}

#[test]
fn the_recorder_answers_to_its_names_alone() {
    let hosts = vec!["localhost".to_owned()];
    let config = Config { hosts, ..config() };
    let site = Site::start(&folder(), FakeDevice::new(), config, &CLIENTS);
    assert_eq!(status(&site, "U", &[&site.url("/")]), "200");
    assert_eq!(status(&site, "U", &["-H", "Host: evil.example", &site.url("/")]), "421");
}

#[test]
fn one_certificate_has_a_few_connections_and_one_login() {
    let config = Config { connections_per_certificate_max: 2, ..config() };
    let site = Site::start(&folder(), FakeDevice::new(), config, &CLIENTS);
    let stream = |_| {
        let mut curl = Command::new("curl");
        curl.current_dir(&site.folder).args(["-sSN", "--max-time", "20", "--cacert", "ca.crt"]);
        curl.args(["--cert", "client-U.crt", "--key", "client-U.key"]);
        let mut curl = curl
            .arg(site.url("/api/v1/live/stream"))
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0];
        std::io::Read::read_exact(curl.stdout.as_mut().unwrap(), &mut first).unwrap();
        curl
    };
    let streams: Vec<_> = (0..2).map(stream).collect();
    assert!(!curl(&site, Some("U"), &[&site.url("/")]).status.success(), "the third");
    assert_eq!(status(&site, "A", &[&site.url("/")]), "200", "another certificate");
    for mut curl in streams {
        curl.kill().unwrap();
        curl.wait().unwrap();
    }
    assert_eq!(noted(&site, Code::LoggedIn).len(), 2, "one of each certificate");
}

#[test]
fn the_local_socket_serves_the_same_router() {
    let path = folder().join(format!("aura-{}.sock", std::process::id()));
    let config = Config { socket: Some(path.clone()), ..config() };
    let site = Site::start(&folder(), FakeDevice::new(), config, &CLIENTS);
    let socket = ["--unix-socket", path.to_str().unwrap()];
    let ask = |args: &[&str]| {
        let out = curl(&site, None, &[&socket[..], args].concat());
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let me = ask(&["http://aura/api/v1/me"]);
    assert!(
        me.contains("\"roles\":[\"AURA User\",\"AURA Technician\",\"AURA Administrator\"]"),
        "{me}"
    );
    let json = ["-H", "Content-Type: application/json", "-d", "{\"reason\":\"auractl\"}"];
    let answer = ask(&[&json[..], &["http://aura/api/v1/records/start"]].concat());
    assert!(answer.contains("\"record\":44"), "{answer}");
    let actor = noted(&site, Code::ManualStart)[0].actor.to_string();
    assert!(actor.starts_with("local:"), "{actor}");
    assert!(ask(&["http://aura/api/v1/journal?limit=3&severity=warning"]).contains("\"items\":[{"));
    assert!(ask(&["http://aura/api/v1/records/41/report"]).contains("aura/report/1"));
    assert!(ask(&["http://aura/api/v1/live"]).contains("\"validity\":\"good\""));
    assert!(ask(&["http://aura/api/v1/records?limit=2"]).contains("\"total\":4"));
}
