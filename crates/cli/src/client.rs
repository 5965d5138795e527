//! HTTP/1.1 over the recorder's local socket; the answer's status becomes this tool's error.

use crate::error::Error;
use aura_settings::Text;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::time::timeout;

/// A recorder that says nothing for so long is taken for dead.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest JSON answer, bytes: a thousand records with all their pickups stay far below.
const MOST_JSON_BYTES: usize = 64 << 20;

/// A recorder behind its socket. Every request is a connection of its own.
#[derive(Debug)]
pub(crate) struct Client<'p> {
    socket: &'p Path,
}

impl<'p> Client<'p> {
    pub(crate) const fn new(socket: &'p Path) -> Self {
        Self { socket }
    }

    /// The `data` of an answer.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Error> {
        self.json(Method::GET, path, Bytes::new()).await
    }

    /// Sends a JSON body; gives the `data` of the answer.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, Error> {
        self.json(Method::POST, path, Bytes::from(body.to_string())).await
    }

    /// Copies an answer's body, piece by piece.
    pub(crate) async fn copy(&self, path: &str, out: &mut impl Write) -> Result<u64, Error> {
        let response = self.send(Method::GET, path, Bytes::new()).await?;
        let mut body = good(response).await?;
        let mut bytes = 0;
        while let Some(piece) = self.patient(body.frame()).await? {
            let piece = piece.map_err(|error| self.broken(&error))?;
            if let Some(data) = piece.data_ref() {
                out.write_all(data).map_err(|error| crate::out::stdout_error(&error))?;
                bytes += data.len() as u64;
            }
        }
        Ok(bytes)
    }

    async fn json(&self, method: Method, path: &str, body: Bytes) -> Result<Value, Error> {
        let response = self.send(method, path, body).await?;
        let bytes = self.patient(collect(good(response).await?)).await??;
        let mut answer: Value = serde_json::from_slice(&bytes).map_err(|error| {
            Error::Failed(Text::new(
                format!("непонятный ответ регистратора: {error}"),
                format!("the recorder's answer is not understood: {error}"),
            ))
        })?;
        Ok(answer["data"].take())
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Response<Incoming>, Error> {
        let connected = self.patient(UnixStream::connect(self.socket)).await?;
        let stream = connected.map_err(|error| self.unreachable(&error))?;
        let shaken = self.patient(http1::handshake(TokioIo::new(stream))).await?;
        let (mut sender, connection) = shaken.map_err(|error| self.broken(&error))?;
        // It ends by itself with the last byte of the answer, or with this process.
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "aurad")
            .header("content-type", "application/json")
            .body(Full::new(body))
            .expect("paths are made of known words and encoded values");
        self.patient(sender.send_request(request)).await?.map_err(|error| self.broken(&error))
    }

    async fn patient<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        timeout(PATIENCE, work).await.map_err(|_| {
            let socket = self.socket.display();
            Error::NoConnection(Text::new(
                format!("{socket}: регистратор не отвечает 30 с"),
                format!("{socket}: the recorder says nothing for 30 s"),
            ))
        })
    }

    fn unreachable(&self, error: &std::io::Error) -> Error {
        let socket = self.socket.display();
        let (ru, en) = match error.kind() {
            std::io::ErrorKind::NotFound => ("сокета нет", "there is no such socket"),
            std::io::ErrorKind::ConnectionRefused => ("сокет никто не слушает", "nobody listens"),
            std::io::ErrorKind::PermissionDenied => ("нет прав на сокет", "permission denied"),
            _ => ("не соединиться", "cannot connect"),
        };
        let hint = "systemctl status aurad";
        Error::NoConnection(Text::new(
            format!("{socket}: {ru}. Работает ли aurad? ({hint}; другой сокет: --socket)"),
            format!("{socket}: {en}. Is aurad running? ({hint}; another socket: --socket)"),
        ))
    }

    fn broken(&self, error: &hyper::Error) -> Error {
        let socket = self.socket.display();
        Error::NoConnection(Text::new(
            format!("{socket}: соединение оборвалось: {error}"),
            format!("{socket}: the connection broke: {error}"),
        ))
    }
}

async fn collect(mut body: Incoming) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(piece) = body.frame().await {
        let piece = piece.map_err(|error| Error::failed(&error))?;
        if let Some(data) = piece.data_ref() {
            bytes.extend_from_slice(data);
        }
        if bytes.len() > MOST_JSON_BYTES {
            let (ru, en) = ("ответ слишком длинный", "the answer is too long");
            return Err(Error::Failed(Text::new(ru, en)));
        }
    }
    Ok(bytes)
}

/// The body of a good answer; of a bad one the error that it tells.
async fn good(response: Response<Incoming>) -> Result<Incoming, Error> {
    let status = response.status();
    if status.is_success() {
        return Ok(response.into_body());
    }
    let bytes = collect(response.into_body()).await.unwrap_or_default();
    let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    Err(refused(status, &answer["error"]))
}

fn refused(status: StatusCode, error: &Value) -> Error {
    let said = |lang: &str| {
        let text = error["message"][lang].as_str().map(str::to_owned);
        text.unwrap_or_else(|| format!("HTTP {status}"))
    };
    let mut text = Text::new(said("ru"), said("en"));
    if let Some(needed) = error["needed"].as_array().filter(|needed| !needed.is_empty()) {
        let names: Vec<&str> = needed.iter().filter_map(Value::as_str).collect();
        text.ru = format!("{} ({})", text.ru, names.join(", "));
        text.en = format!("{} ({})", text.en, names.join(", "));
    }
    match status {
        StatusCode::NOT_FOUND => Error::NotFound(text),
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Error::NoRole(text),
        StatusCode::CONFLICT => Error::Conflict(text),
        _ => Error::Failed(text),
    }
}

/// A value within a query: everything but letters, digits and `-._~` is encoded.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}
