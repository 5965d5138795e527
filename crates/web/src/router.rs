//! The router, built from the access table: every route passes the same gate in the same order.

use crate::access::{Endpoint, Method, Rule, TABLE};
use crate::context::{Choices, Cx, Input};
use crate::fault::{Fault, role_names};
use crate::guard::{self, Tokens};
use crate::live::LiveCache;
use crate::peer::{Peer, Whence};
use crate::repeats::{Kind, Repeats};
use crate::{Config, api, assets, catalogue, download, live, pages, records};
use aura_model::{Actor, Code, Device, Event, Lang, Refusal};
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequest, Query, RawPathParams, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use axum::{Form, Json};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{Semaphore, broadcast, watch};

/// Body of a request at most, bytes.
const BODY_MAX: usize = 16 * 1024;
/// Answers being made at once; others wait. A page of the journal reads files of some megabytes.
const ANSWERS_MAX: usize = 16;

/// The face: what all its requests share.
pub struct App {
    pub(crate) config: Config,
    pub(crate) device: Arc<dyn Device>,
    /// Never read itself; each stream subscribes from it.
    pub(crate) events: broadcast::Receiver<Arc<Event>>,
    pub(crate) shutdown: watch::Receiver<bool>,
    pub(crate) tokens: Tokens,
    pub(crate) live: LiveCache,
    repeats: Repeats,
    answers: Semaphore,
}

impl App {
    /// The face of a recorder. Streams end when `shutdown` turns true.
    #[must_use]
    pub fn new(
        config: Config,
        device: Arc<dyn Device>,
        events: broadcast::Receiver<Arc<Event>>,
        shutdown: watch::Receiver<bool>,
    ) -> Arc<Self> {
        Arc::new(Self {
            config,
            device,
            events,
            shutdown,
            tokens: Tokens::new(),
            live: LiveCache::default(),
            repeats: Repeats::default(),
            answers: Semaphore::new(ANSWERS_MAX),
        })
    }

    /// Writes an audit event of an actor.
    pub(crate) fn note(&self, actor: &Actor, code: Code, args: &[(&'static str, &str)]) {
        let event = Event::new(self.device.now(), code).by(actor.clone());
        let event = args.iter().fold(event, |event, (name, value)| event.arg(name, *value));
        self.device.note(event);
    }

    /// Writes that somebody was not believed.
    pub(crate) fn note_refusal(&self, whence: &Whence<'_>, refusal: &Refusal) {
        let event = Event::new(self.device.now(), Code::LoginRefused)
            .arg("from", whence.to_string())
            .arg("reason", refusal.to_string());
        self.note_repeatable((whence.origin(), refusal.reason.to_owned()), event);
    }

    /// Writes that an actor may not do this.
    fn note_denial(&self, actor: &Actor, rule: &Rule) {
        let who = match actor {
            Actor::Person { identity, .. } => identity.fingerprint.clone(),
            Actor::Local { .. } | Actor::Recorder => actor.to_string(),
        };
        let action = format!("{:?} {}", rule.method, rule.path).to_uppercase();
        let event = Event::new(self.device.now(), Code::ActionRefused)
            .by(actor.clone())
            .arg("action", action.clone())
            .arg("needed", role_names(catalogue::words(Lang::Ru), rule.who.needed()));
        self.note_repeatable((who, action), event);
    }

    fn note_repeatable(&self, kind: Kind, event: Event) {
        if let Some(event) = self.repeats.take(kind, event) {
            self.device.note(event);
        }
    }

    /// Writes the counts of what was held back; at the `end` all of them.
    pub(crate) fn note_repeats(&self, end: bool) {
        self.repeats.due(end).into_iter().for_each(|event| self.device.note(event));
    }
}

/// What a request asks for.
#[derive(Clone, Copy)]
enum Asked {
    /// A rule of the table.
    Rule(&'static Rule),
    /// A path or a method of a path that the table does not know; these too ask who is there.
    Unknown(StatusCode),
}

/// The router. Requests carry their [`Peer`] as an extension, in an `Arc`.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new();
    for rule in TABLE {
        let filter = match rule.method {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
        };
        let app = Arc::clone(&app);
        let handler = move |params: RawPathParams, request: Request| {
            let path = params.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
            gate(Arc::clone(&app), Asked::Rule(rule), path, request)
        };
        router = router.route(rule.path, on(filter, handler));
    }
    let unknown = |status| {
        let app = Arc::clone(&app);
        move |request: Request| {
            gate(Arc::clone(&app), Asked::Unknown(status), HashMap::new(), request)
        }
    };
    router
        .fallback(unknown(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(unknown(StatusCode::METHOD_NOT_ALLOWED))
        .layer(DefaultBodyLimit::max(BODY_MAX))
}

/// What every request passes: who is there, whom he calls, may he, was it our page; then the
/// answer.
async fn gate(
    app: Arc<App>,
    asked: Asked,
    path: HashMap<String, String>,
    request: Request,
) -> Response {
    let Some(peer) = request.extensions().get::<Arc<Peer>>().map(Arc::clone) else {
        return bare(StatusCode::FORBIDDEN);
    };
    let actor = match peer.actor(&*app.device) {
        Ok(actor) => actor,
        Err(refusal) => {
            app.note_refusal(&peer.whence(), &refusal);
            return bare(StatusCode::FORBIDDEN);
        }
    };
    let headers = request.headers().clone();
    if !peer.is_local() && !guard::host_is_ours(&headers, &app.config.hosts) {
        return bare(StatusCode::MISDIRECTED_REQUEST);
    }
    let uri = request.uri().clone();
    let api = uri.path().starts_with("/api/");
    let query = Query::<HashMap<String, String>>::try_from_uri(&uri).map(|q| q.0);
    let query = query.unwrap_or_default();
    let choices = Choices::of(&query, &headers);
    let cookies = choices.cookies(&query);
    let cx = Cx { app, peer, actor, lang: choices.lang, theme: choices.theme, uri };
    let answer = match asked {
        Asked::Unknown(StatusCode::METHOD_NOT_ALLOWED) => refuse(cx, Fault::Method, api).await,
        Asked::Unknown(_) => refuse(cx, Fault::NotFound, api).await,
        Asked::Rule(rule) => {
            let input = Input { path, query, ..Input::default() };
            match admit(&cx, rule, &headers, input, request).await {
                Ok(input) => answer(cx, rule.endpoint, input, api).await,
                Err(fault) => refuse(cx, fault, api).await,
            }
        }
    };
    finish(answer, &cookies)
}

/// Answers of the table's endpoints, or why not.
async fn answer(cx: Cx, endpoint: Endpoint, input: Input, api: bool) -> Response {
    blocking(cx, move |cx| {
        dispatch(endpoint, cx, &input).unwrap_or_else(|fault| fault.respond(cx, api))
    })
    .await
}

async fn refuse(cx: Cx, fault: Fault, api: bool) -> Response {
    blocking(cx, move |cx| fault.respond(cx, api)).await
}

/// Checks role, and for a change its origin and token; reads the fields of its body.
async fn admit(
    cx: &Cx,
    rule: &Rule,
    headers: &HeaderMap,
    mut input: Input,
    request: Request,
) -> Result<Input, Fault> {
    if !rule.who.allows(cx.actor.roles()) {
        cx.app.note_denial(&cx.actor, rule);
        return Err(Fault::NoRole(rule.who.needed()));
    }
    if rule.method == Method::Get {
        return Ok(input);
    }
    input.fields = fields(headers, request).await?;
    if !cx.peer.is_local() {
        let header = headers.get(guard::TOKEN_HEADER).and_then(|value| value.to_str().ok());
        let token = header.or(input.fields.get("token").map(String::as_str)).unwrap_or_default();
        if !guard::same_origin(headers) || !cx.app.tokens.verify(&cx.actor, token) {
            return Err(Fault::Forged);
        }
    }
    Ok(input)
}

/// Fields of a form or of a flat JSON object of texts.
async fn fields(headers: &HeaderMap, request: Request) -> Result<HashMap<String, String>, Fault> {
    let bad = |name, value: String, allowed| Fault::Input { name, value, allowed };
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    match kind.map(|kind| kind.split(';').next().unwrap_or_default().trim()) {
        Some("application/json") => {
            let body = Json::from_request(request, &()).await;
            let Json(fields) = body.map_err(|e| {
                bad("body", e.body_text(), "a JSON object of texts, 16 KiB at most")
            })?;
            Ok(fields)
        }
        Some("application/x-www-form-urlencoded") => {
            let body = Form::from_request(request, &()).await;
            let Form(fields) =
                body.map_err(|e| bad("body", e.body_text(), "a form, 16 KiB at most"))?;
            Ok(fields)
        }
        other => Err(bad(
            "content-type",
            other.unwrap_or_default().to_owned(),
            "application/json, application/x-www-form-urlencoded",
        )),
    }
}

/// Answers of the table's endpoints. They may read the disk, so they run on the blocking pool.
fn dispatch(endpoint: Endpoint, cx: &Cx, input: &Input) -> Result<Response, Fault> {
    match endpoint {
        Endpoint::Status => pages::status(cx),
        Endpoint::Analog => pages::analog(cx),
        Endpoint::Discrete => pages::discrete(cx),
        Endpoint::Records => records::list(cx, input),
        Endpoint::Record => records::record(cx, input),
        Endpoint::Report => records::report(cx, input),
        Endpoint::Reports => records::reports(cx, input),
        Endpoint::Journal => pages::journal(cx, input),
        Endpoint::StartForm => pages::start_form(cx),
        Endpoint::Start => pages::start(cx, input),
        Endpoint::Me => pages::me(cx),
        Endpoint::Asset => assets::asset(input),
        Endpoint::ApiStatus => api::status(cx),
        Endpoint::ApiLive => api::live(cx),
        Endpoint::ApiStream => Ok(live::stream(cx)),
        Endpoint::ApiRecords => api::records(cx, input),
        Endpoint::ApiRecord => api::record(cx, input),
        Endpoint::ApiFile => download::file(cx, input),
        Endpoint::ApiReport => api::report(cx, input),
        Endpoint::ApiStart => api::start(cx, input),
        Endpoint::ApiJournal => api::journal(cx, input),
        Endpoint::ApiJournalFile => download::journal(cx),
        Endpoint::ApiMe => api::me(cx),
    }
}

/// Runs an answer on the blocking pool; a panic costs this answer alone.
async fn blocking(cx: Cx, answer: impl FnOnce(&Cx) -> Response + Send + 'static) -> Response {
    let app = Arc::clone(&cx.app);
    let _place = app.answers.acquire().await;
    let task = tokio::task::spawn_blocking(move || answer(&cx));
    task.await.unwrap_or_else(|error| {
        tracing::error!(%error, "An answer was not finished.");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    })
}

/// An answer that tells a stranger nothing.
fn bare(status: StatusCode) -> Response {
    let mut response = (status, [(header::CONNECTION, "close")]).into_response();
    response.headers_mut().extend(guard::HEADERS);
    response
}

/// Puts the headers of every answer on it.
fn finish(mut response: Response, cookies: &[String]) -> Response {
    let headers = response.headers_mut();
    headers.extend(guard::HEADERS);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    for cookie in cookies {
        let value = HeaderValue::from_str(cookie).expect("cookies are made of fixed words");
        headers.append(header::SET_COOKIE, value);
    }
    response
}
