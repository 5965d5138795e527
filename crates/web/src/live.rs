//! The live stream: server-sent events with values, state and records. One certificate's identity
//! is asked for again while its stream lasts, and the stream is cut when it is not believed any
//! more.

use crate::access::{Endpoint, rule_of};
use crate::context::Cx;
use crate::dto;
use aura_model::{Code, Event, EventClass, RecordId, Snapshot};
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, interval_at};

/// State is sent at least so often: the heartbeat by which a page knows that the recorder lives.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// Messages under way to one listener at most; a slow one misses values, never old for new.
const UNDER_WAY_MAX: usize = 4;

/// The newest snapshot as JSON, made once for all listeners.
#[derive(Default)]
pub(crate) struct LiveCache(Mutex<Option<(Arc<Snapshot>, Bytes)>>);

impl LiveCache {
    /// The newest snapshot as JSON; `None` before the first.
    fn json(&self, cx: &Cx) -> Option<Bytes> {
        let snapshot = cx.device().snapshot()?;
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, json)) = &*cached
            && Arc::ptr_eq(of, &snapshot)
        {
            return Some(json.clone());
        }
        let json = Bytes::from(dto::text(&dto::live(cx.device(), &snapshot)));
        *cached = Some((snapshot, json.clone()));
        Some(json)
    }
}

/// The stream as an answer.
pub(crate) fn stream(cx: &Cx) -> Response {
    let (sender, receiver) = mpsc::channel(UNDER_WAY_MAX);
    tokio::spawn(feed(cx.clone(), sender));
    let headers =
        [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    (headers, Body::new(Messages(receiver))).into_response()
}

/// Sends until the listener goes, the face ends, or the identity is not believed any more.
async fn feed(cx: Cx, sender: mpsc::Sender<Bytes>) {
    let mut events = cx.app.events.resubscribe();
    let mut shutdown = cx.app.shutdown.clone();
    let period = Duration::from_secs_f64(1.0 / cx.app.config.live_hz.clamp(0.2, 10.0));
    let mut live = interval(period);
    let mut heartbeat = interval(HEARTBEAT);
    let recheck = cx.app.config.recheck;
    let mut recheck = interval_at(tokio::time::Instant::now() + recheck, recheck);
    live.set_missed_tick_behavior(MissedTickBehavior::Skip);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let message = tokio::select! {
            _ = live.tick() => ask(&cx, |cx| Some(message("live", &cx.app.live.json(cx)?))).await,
            _ = heartbeat.tick() => ask(&cx, status).await,
            _ = recheck.tick() => match cx.still_allowed(rule_of(Endpoint::ApiStream).who) {
                true => None,
                false => return,
            },
            event = events.recv() => match event {
                Ok(event) => ask(&cx, move |cx| of_event(cx, &event)).await,
                Err(RecvError::Lagged(_)) => None,
                Err(RecvError::Closed) => return,
            },
            () = crate::serve::ended(&mut shutdown) => return,
            () = sender.closed() => return,
        };
        if let Some(message) = message
            && sender.send(message).await.is_err()
        {
            return;
        }
    }
}

/// Asks the recorder on the blocking pool.
async fn ask(
    cx: &Cx,
    question: impl FnOnce(&Cx) -> Option<Bytes> + Send + 'static,
) -> Option<Bytes> {
    let cx = cx.clone();
    tokio::task::spawn_blocking(move || question(&cx)).await.unwrap_or_default()
}

fn status(cx: &Cx) -> Option<Bytes> {
    Some(message("status", dto::text(&dto::status(cx)).as_bytes()))
}

/// What an event means for a listener.
fn of_event(cx: &Cx, event: &Event) -> Option<Bytes> {
    let opens_or_closes = matches!(
        event.code,
        Code::RecordOpened | Code::RecordSaved | Code::RecordFailed | Code::ReportMade
    );
    if opens_or_closes {
        let (_, number) = event.args.iter().find(|(name, _)| *name == "record")?;
        let record = cx.device().record(RecordId(number.parse().ok()?))?;
        return Some(message("record", dto::text(&dto::record(&record)).as_bytes()));
    }
    (event.code.class() != EventClass::Audit).then(|| status(cx)).flatten()
}

/// One message of the stream; the data are one line of JSON.
fn message(name: &str, data: &[u8]) -> Bytes {
    Bytes::from([b"event: ", name.as_bytes(), b"\ndata: ", data, b"\n\n"].concat())
}

/// Messages as the body of an answer.
struct Messages(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Messages {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|message| message.map(|bytes| Ok(Frame::data(bytes))))
    }
}
