//! One connection: handshake, identity, HTTP/1.1 with its time limits.

use crate::peer::Whence;
use crate::router::App;
use crate::serve::ended;
use crate::session::Sessions;
use crate::strangers::{Knock, Strangers};
use crate::{Peer, peer, refusal};
use aura_model::{Actor, Code, Refusal};
use axum::Router;
use axum::extract::Request;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, Sleep};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What connections share.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) app: Arc<App>,
    pub(crate) router: Router,
    pub(crate) tls: watch::Receiver<Arc<ServerConfig>>,
    pub(crate) sessions: Sessions,
    pub(crate) strangers: Strangers,
    pub(crate) remote: Arc<Semaphore>,
    pub(crate) local: Arc<Semaphore>,
    pub(crate) shutdown: watch::Receiver<bool>,
}

/// Header and buffer of a request at most, bytes.
const HEADER_MAX: usize = 16 * 1024;

/// Serves a connection of the HTTPS door to its end.
pub(crate) async fn remote(door: Door, stream: TcpStream, from: SocketAddr, knock: Knock) {
    // Small answers shall not wait for more; when that cannot be had they come a little later.
    let _ = stream.set_nodelay(true);
    let stream = match handshake(&door, stream).await {
        Ok(stream) => stream,
        Err(Some(refusal)) => return door.app.note_refusal(&Whence::Address(from), &refusal),
        Err(None) => return,
    };
    let Some(peer) = certificate_of(&stream, from) else { return };
    let refuse = |refusal: &Refusal| door.app.note_refusal(&peer.whence(), refusal);
    let actor = match peer.actor(&*door.app.device) {
        Ok(actor) => actor,
        Err(refusal) => return refuse(&refusal),
    };
    let Actor::Person { identity, .. } = &actor else { return };
    let max = door.app.config.connections_per_certificate_max;
    let Some(guest) = door.sessions.enter(&identity.fingerprint, from.ip(), max) else {
        let detail = format!("{max} connections of {} are open", identity.fingerprint);
        return refuse(&Refusal { reason: "too-many-connections", detail });
    };
    let Ok(place) = Arc::clone(&door.remote).try_acquire_owned() else {
        let detail = format!("all {} places are taken", door.app.config.connections_max);
        return refuse(&Refusal { reason: "too-many-connections", detail });
    };
    drop(knock);
    if guest.is_login {
        let names: Vec<_> = identity.roles.iter().map(aura_model::Role::name_ru).collect();
        let roles = if names.is_empty() { "—".to_owned() } else { names.join(", ") };
        door.app.note(&actor, Code::LoggedIn, &[("roles", &roles)]);
    }
    let stream = IdleLimit::new(stream, door.app.config.idle);
    http(&door, stream, Arc::new(peer)).await;
    drop((guest, place));
}

/// The TLS handshake within its time; or why it was refused, unless the peer broke it off.
async fn handshake(
    door: &Door,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, Option<Refusal>> {
    let limit = door.app.config.handshake;
    let acceptor = TlsAcceptor::from(Arc::clone(&door.tls.borrow()));
    match tokio::time::timeout(limit, acceptor.accept(stream)).await {
        Ok(done) => done.map_err(|error| refusal::of_handshake(&error)),
        Err(_) => {
            let detail = format!("no handshake within {} ms", limit.as_millis());
            Err(Some(Refusal { reason: "timeout", detail }))
        }
    }
}

/// Serves a connection of the local socket to its end.
pub(crate) async fn local(door: Door, stream: UnixStream) {
    let Ok(credentials) = stream.peer_cred() else { return };
    let user = peer::user_name(credentials.uid());
    let stream = IdleLimit::new(stream, door.app.config.idle);
    http(&door, stream, Arc::new(Peer::Local { user })).await;
}

/// The certificate that the other end has proven to hold.
fn certificate_of(stream: &TlsStream<TcpStream>, from: SocketAddr) -> Option<Peer> {
    let (leaf, chain) = stream.get_ref().1.peer_certificates()?.split_first()?;
    let chain = chain.iter().map(|certificate| certificate.to_vec()).collect();
    Some(Peer::Certificate { leaf: leaf.to_vec(), chain, from })
}

/// Speaks HTTP/1.1 until the connection or the face ends.
async fn http<S>(door: &Door, stream: S, peer: Arc<Peer>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = TowerToHyperService::new(door.router.clone());
    let service = service_fn(move |mut request: Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Arc::clone(&peer));
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(door.app.config.header)
        .max_buf_size(HEADER_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let mut shutdown = door.shutdown.clone();
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = ended(&mut shutdown) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "A connection broke off.");
    }
}

/// A stream that fails when no byte moved for a while, in either direction: a reader that does not
/// read holds an answer, a file and a place in the queue.
struct IdleLimit<S> {
    stream: S,
    limit: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl<S> IdleLimit<S> {
    fn new(stream: S, limit: Duration) -> Self {
        Self { stream, limit, sleep: Box::pin(tokio::time::sleep(limit)) }
    }

    /// Passes what the stream said, and counts the time in which it says nothing.
    fn judge<T>(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            let until = Instant::now() + self.limit;
            self.sleep.as_mut().reset(until);
            return polled;
        }
        ready!(self.sleep.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for IdleLimit<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.judge(cx, polled)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for IdleLimit<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.judge(cx, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.judge(cx, polled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test(start_paused = true)]
    async fn silence_ends_a_connection_and_a_byte_renews_it() {
        let (here, mut there) = tokio::io::duplex(16);
        let mut here = IdleLimit::new(here, Duration::from_secs(60));
        tokio::time::advance(Duration::from_secs(50)).await;
        there.write_all(b"a").await.unwrap();
        assert_eq!(here.read_u8().await.unwrap(), b'a');
        let start = Instant::now();
        let error = here.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_does_not_read_is_let_go() {
        let (here, _there) = tokio::io::duplex(4);
        let mut here = IdleLimit::new(here, Duration::from_secs(60));
        let error = here.write_all(b"more than fits").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
