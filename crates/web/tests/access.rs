//! Every route × method × the 16 sets of roles, asked of the router itself and compared with a
//! table that a person can read: `tests/golden/access.txt`. `AURA_BLESS=1` writes it anew.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use aura_model::{Code, Role, RoleSet};
use aura_testkit::FakeDevice;
use aura_web::{App, Config, Method, Peer, TABLE, router};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use std::fmt::Write as _;
use std::sync::Arc;
use tokio::sync::{broadcast, watch};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The face of a recorder that takes every certificate for one with these roles.
fn face(roles: RoleSet) -> Router {
    let device = Arc::new(FakeDevice::new().with_anybody(roles));
    let (_, events) = broadcast::channel(1);
    // The end is there from the start, so that streams end at once.
    let (_, shutdown) = watch::channel(true);
    router(App::new(Config::default(), device, events, shutdown))
}

async fn ask(face: &Router, method: &str, path: &str, token: &str) -> Response<Body> {
    let from = ([192, 0, 2, 1], 50_000).into();
    let peer = Peer::Certificate { leaf: b"leaf".to_vec(), chain: Vec::new(), from };
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "ras.local")
        .header("sec-fetch-site", "same-origin")
        .header("x-aura-token", token)
        .header("content-type", "application/json")
        .body(Body::from("{\"reason\":\"test\"}"))
        .unwrap();
    request.extensions_mut().insert(Arc::new(peer));
    TowerToHyperService::new(face.clone()).call(request).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn token(face: &Router) -> String {
    let me = text(ask(face, "GET", "/api/v1/me", "").await).await;
    me.split("\"token\":\"").nth(1).unwrap()[..64].to_owned()
}

/// A path of a rule with real names in its variable segments.
fn example(path: &str) -> String {
    path.replace("{id}", "41").replace("{kind}", "cfg").replace("{name}", "aura.css")
}

fn letters(roles: RoleSet) -> String {
    let letter = |role, letter| if roles.contains(role) { letter } else { '-' };
    let all = [
        letter(Role::User, 'U'),
        letter(Role::Technician, 'T'),
        letter(Role::Administrator, 'A'),
        letter(Role::Operator, 'O'),
    ];
    all.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_and_method_for_every_set_of_roles() {
    let sets: Vec<RoleSet> = RoleSet::every().collect();
    let faces: Vec<Router> = sets.iter().map(|set| face(*set)).collect();
    let mut tokens = Vec::new();
    for face in &faces {
        tokens.push(token(face).await);
    }
    let mut table = String::from(
        "Answer to every route and method of a client with a believed certificate, by its roles:\n\
         U Пользователь / User, T Наладчик / Technician, A Администратор / Administrator,\n\
         O Оперативник / Operator. \"ok\" done, \"no\" refused for want of a role (403),\n\
         \"..\" no such method (405).\n\n",
    );
    write!(table, "{:<35}", "").unwrap();
    sets.iter().for_each(|set| write!(table, " {}", letters(*set)).unwrap());
    table.push('\n');
    let mut paths: Vec<&str> = TABLE.iter().map(|rule| rule.path).collect();
    paths.dedup();
    for path in paths {
        // Methods with the same answers share a line.
        let mut lines: Vec<(String, String)> = Vec::new();
        for method in METHODS {
            let mut row = String::new();
            for (face, token) in faces.iter().zip(&tokens) {
                let answer = ask(face, method, &example(path), token).await;
                let word = match answer.status() {
                    StatusCode::OK | StatusCode::SEE_OTHER => "ok",
                    StatusCode::FORBIDDEN => "no",
                    StatusCode::METHOD_NOT_ALLOWED => "..",
                    other => panic!("{method} {path}: {other}"),
                };
                assert!(answer.headers().contains_key("content-security-policy"), "{path}");
                write!(row, " {word:<4}").unwrap();
            }
            match lines.iter_mut().find(|(_, other)| *other == row) {
                Some((methods, _)) => write!(methods, " {method}").unwrap(),
                None => lines.push((method.to_owned(), row)),
            }
        }
        writeln!(table, "\n{path}").unwrap();
        for (methods, row) in lines {
            writeln!(table, "  {methods:<33}{}", row.trim_end()).unwrap();
        }
    }
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/access.txt");
    if std::env::var_os("AURA_BLESS").is_some() {
        std::fs::write(golden, &table).unwrap();
    }
    let expect = std::fs::read_to_string(golden).unwrap();
    assert!(
        table == expect,
        "the access table changed; look at it and run with AURA_BLESS=1\n{table}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_the_missing_role_in_both_languages() {
    let face = face(RoleSet::of(&[Role::Technician, Role::Operator]));
    let page = text(ask(&face, "GET", "/journal", "").await).await;
    for name in ["Пользователь АУРА", "Администратор АУРА", "AURA User", "AURA Administrator"]
    {
        assert!(page.contains(name), "{name}");
    }
    let json = text(ask(&face, "POST", "/api/v1/records/start", "").await).await;
    assert!(json.starts_with("{\"error\":{\"code\":\"no-role\""), "{json}");
    assert!(json.contains("\"needed\":[\"AURA User\"]"), "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn navigation_shows_what_is_open_and_nothing_else() {
    for roles in RoleSet::every() {
        let page = text(ask(&face(roles), "GET", "/", "").await).await;
        for rule in TABLE.iter().filter(|rule| rule.entry.is_some()) {
            let link = format!("<li><a href=\"{}\"", rule.path);
            assert_eq!(page.contains(&link), rule.who.allows(roles), "{} {roles:?}", rule.path);
        }
        let start = TABLE.iter().find(|r| r.method == Method::Post && r.path == "/start").unwrap();
        assert_eq!(page.contains("action=\"/start\""), start.who.allows(roles), "{roles:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_ask_who_is_there_too() {
    let stranger = Arc::new(FakeDevice::new());
    let (_, events) = broadcast::channel(1);
    let (_, shutdown) = watch::channel(true);
    let face_of_strangers = router(App::new(Config::default(), stranger, events, shutdown));
    for path in ["/", "/nowhere", "/api/v1/status", "/static/aura.css"] {
        let answer = ask(&face_of_strangers, "GET", path, "").await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
        assert_eq!(text(answer).await, "", "a stranger reads nothing");
    }
    let known = face(RoleSet::NONE);
    for path in
        ["/nowhere", "/records/7", "/records/-1", "/static/x", "/api/v1/records/41/file/exe"]
    {
        assert_eq!(ask(&known, "GET", path, "").await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_ends_when_its_reader_may_not_have_it_any_more() {
    let identity = |roles: &[Role]| Some(FakeDevice::identity("И", RoleSet::of(roles)));
    let check = async |path: &str, then: Option<aura_model::Identity>, whole: bool| {
        let device = Arc::new(FakeDevice::new());
        device.set_certificate(b"leaf", identity(&[Role::User]));
        let (_, events) = broadcast::channel(1);
        let (_, shutdown) = watch::channel(false);
        let config = Config { recheck: std::time::Duration::ZERO, ..Config::default() };
        let face = router(App::new(config, device.clone(), events, shutdown));
        let answer = ask(&face, "GET", path, "").await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        device.set_certificate(b"leaf", then);
        let body = to_bytes(answer.into_body(), 1 << 24).await;
        assert_eq!(body.is_ok(), whole, "{path}");
        let refused = device.noted().iter().filter(|e| e.code == Code::LoginRefused).count();
        assert_eq!(refused, usize::from(!whole), "{path}");
    };
    for path in ["/api/v1/records/41/file/dat", "/api/v1/records/41/file/zip"] {
        check(path, identity(&[]), true).await;
        check(path, None, false).await;
    }
    check("/api/v1/journal/file", identity(&[Role::Administrator]), true).await;
    check("/api/v1/journal/file", identity(&[Role::Technician]), false).await;
}
