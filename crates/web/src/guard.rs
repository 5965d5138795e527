//! Guards of a request before anything is done: who is called (`Host`), and, for changes, whether a
//! page of ours sent it. A client certificate is sent by the browser whoever wrote the page, so a
//! change needs both an origin that is ours and the token that our pages carry.

use aura_model::Actor;
use aws_lc_rs::{hmac, rand};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use std::fmt::Write as _;

/// Header that carries the token when the body is JSON.
pub(crate) const TOKEN_HEADER: &str = "x-aura-token";

/// Makes and checks the tokens of pages. The key lives as long as the process.
pub(crate) struct Tokens(hmac::Key);

impl Tokens {
    /// With a fresh random key.
    pub(crate) fn new() -> Self {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &rand::SystemRandom::new());
        Self(key.expect("the operating system gives random bytes"))
    }

    /// Token of the pages that this actor gets.
    pub(crate) fn token(&self, actor: &Actor) -> String {
        let tag = hmac::sign(&self.0, subject(actor).as_bytes());
        tag.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a string takes any text");
            text
        })
    }

    /// Whether the token is of a page that this actor got; in constant time.
    pub(crate) fn verify(&self, actor: &Actor, token: &str) -> bool {
        unhex(token)
            .is_some_and(|tag| hmac::verify(&self.0, subject(actor).as_bytes(), &tag).is_ok())
    }
}

/// What a token is bound to.
fn subject(actor: &Actor) -> String {
    match actor {
        Actor::Person { identity, .. } => format!("certificate:{}", identity.fingerprint),
        Actor::Local { user } => format!("local:{user}"),
        Actor::Recorder => String::new(),
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    (0..64).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// Whether the request calls the recorder by a name it knows; an empty list knows any.
pub(crate) fn host_is_ours(headers: &HeaderMap, hosts: &[String]) -> bool {
    hosts.is_empty()
        || text(headers, header::HOST).is_some_and(|host| {
            hosts.iter().any(|ours| ours.eq_ignore_ascii_case(without_port(host)))
        })
}

/// Whether a page of ours sent a request that changes something: `Sec-Fetch-Site: same-origin`, or,
/// from a browser that does not send it, `Origin` (else `Referer`) with exactly the host that is
/// called.
pub(crate) fn same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = text(headers, HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let Some(host) = text(headers, header::HOST) else { return false };
    let ours = format!("https://{host}");
    match (text(headers, header::ORIGIN), text(headers, header::REFERER)) {
        (Some(origin), _) => origin.eq_ignore_ascii_case(&ours),
        (None, Some(referer)) => {
            referer.get(..ours.len()).is_some_and(|start| start.eq_ignore_ascii_case(&ours))
                && referer[ours.len()..].starts_with('/')
        }
        (None, None) => false,
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn without_port(host: &str) -> &str {
    if let Some(inner) = host.strip_prefix('[') {
        return inner.split(']').next().unwrap_or(inner);
    }
    host.split(':').next().unwrap_or(host)
}

/// Headers of every answer. The policy allows our own files alone and no inline script or style.
pub(crate) const HEADERS: [(HeaderName, HeaderValue); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
             font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; \
             base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), usb=()"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_our_pages_may_change_something() {
        let check = |pairs: &[(&'static str, &str)], expect: bool| {
            assert_eq!(same_origin(&headers(pairs)), expect, "{pairs:?}");
        };
        let host = ("host", "ras.local:8443");
        check(&[host], false);
        check(&[host, ("sec-fetch-site", "same-origin")], true);
        check(&[host, ("sec-fetch-site", "same-site")], false);
        check(&[host, ("sec-fetch-site", "cross-site")], false);
        check(&[host, ("sec-fetch-site", "none")], false);
        // A browser that says where it comes from is believed over a header that agrees.
        check(
            &[host, ("sec-fetch-site", "cross-site"), ("origin", "https://ras.local:8443")],
            false,
        );
        check(&[host, ("origin", "https://ras.local:8443")], true);
        check(&[host, ("origin", "https://ras.local")], false);
        check(&[host, ("origin", "http://ras.local:8443")], false);
        check(&[host, ("origin", "null")], false);
        check(&[host, ("referer", "https://ras.local:8443/start")], true);
        check(&[host, ("referer", "https://ras.local:84433/start")], false);
        check(&[host, ("referer", "https://ras.local:8443.evil/")], false);
        check(&[("origin", "https://ras.local:8443")], false);
    }

    #[test]
    fn hosts_are_compared_without_port() {
        let ours = ["ras.local".to_owned(), "192.0.2.7".to_owned(), "2001:db8::7".to_owned()];
        let check = |host: &str, expect: bool| {
            assert_eq!(host_is_ours(&headers(&[("host", host)]), &ours), expect, "{host}");
        };
        check("ras.local", true);
        check("RAS.local:443", true);
        check("192.0.2.7:8443", true);
        check("[2001:db8::7]:8443", true);
        check("evil.example", false);
        check("ras.local.evil.example", false);
        assert!(!host_is_ours(&HeaderMap::new(), &ours));
        assert!(host_is_ours(&HeaderMap::new(), &[]));
    }

    #[test]
    fn tokens_belong_to_one_actor_and_one_process() {
        let tokens = Tokens::new();
        let actor = |user: &str| Actor::Local { user: user.into() };
        let token = tokens.token(&actor("ivanov"));
        assert!(tokens.verify(&actor("ivanov"), &token));
        assert!(!tokens.verify(&actor("petrov"), &token));
        assert!(!Tokens::new().verify(&actor("ivanov"), &token));
        for wrong in ["", "00", &token[1..], &format!("{token}0"), &"я".repeat(32)] {
            assert!(!tokens.verify(&actor("ivanov"), wrong), "{wrong:?}");
        }
    }
}
