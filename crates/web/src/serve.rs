//! The two doors: TLS with client certificates, and the local socket.

use crate::Config;
use crate::connection::{self, Door};
use crate::peer::Whence;
use crate::router::{App, router};
use crate::session::Sessions;
use crate::strangers::{Allowance, Strangers};
use aura_model::{Device, Event};
use rustls::ServerConfig;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, broadcast, watch};
use tokio::task::JoinSet;

/// Why the face cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The local socket cannot be made.
    #[error("cannot make the socket {}", path.display())]
    Socket {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another recorder answers on the local socket.
    #[error("the socket {} is in use by another process", path.display())]
    SocketInUse {
        /// Where.
        path: PathBuf,
    },
}

/// Where the face is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Addresses of the HTTPS door, with their true ports.
    pub https: Vec<SocketAddr>,
    /// The local socket.
    pub socket: Option<PathBuf>,
}

/// Connections of the local socket at most.
const LOCAL_MAX: usize = 16;
/// Time that answers in progress get when the face is shut down.
const FAREWELL: Duration = Duration::from_secs(2);
/// Time between two looks for refusals that were counted instead of written.
const REPEATS: Duration = Duration::from_secs(5);
/// Rest after a failed `accept`, which mostly means that file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves the face until `shutdown` turns true (or its sender is gone).
///
/// `tls` holds the configuration for the next handshake, so a new certificate is taken without a
/// restart; it must demand a client certificate. `bound` hears once where the face is served.
///
/// # Errors
/// When an address or the socket cannot be had; nothing is served then.
pub async fn serve(
    config: Config,
    device: Arc<dyn Device>,
    tls: watch::Receiver<Arc<ServerConfig>>,
    events: broadcast::Receiver<Arc<Event>>,
    shutdown: watch::Receiver<bool>,
    bound: impl FnOnce(Bound) + Send,
) -> Result<(), Error> {
    let mut listeners = Vec::with_capacity(config.listen.len());
    let mut https = Vec::with_capacity(config.listen.len());
    for address in config.listen.iter().copied() {
        let listen = async {
            let listener = TcpListener::bind(address).await?;
            Ok((listener.local_addr()?, listener))
        };
        let (address, listener) =
            listen.await.map_err(|source| Error::Listen { address, source })?;
        https.push(address);
        listeners.push(listener);
    }
    let socket = match &config.socket {
        Some(path) => Some((local_socket(path)?, SocketFile(path.clone()))),
        None => None,
    };
    bound(Bound { https, socket: config.socket.clone() });

    let app = App::new(config, device, events, shutdown.clone());
    let router = router(Arc::clone(&app));
    let door = Door {
        tls,
        router,
        sessions: Sessions::default(),
        strangers: Strangers::default(),
        remote: Arc::new(Semaphore::new(app.config.connections_max)),
        local: Arc::new(Semaphore::new(LOCAL_MAX)),
        shutdown: shutdown.clone(),
        app: Arc::clone(&app),
    };
    let mut doors = JoinSet::new();
    for listener in listeners {
        doors.spawn(https_door(listener, door.clone(), shutdown.clone()));
    }
    if let Some((listener, file)) = socket {
        doors.spawn(local_door(listener, file, door, shutdown.clone()));
    }
    doors.spawn(tell_repeats(Arc::clone(&app), shutdown));
    doors.join_all().await;
    app.note_repeats(true);
    Ok(())
}

/// Writes now and then how often something was refused that has a line already.
async fn tell_repeats(app: Arc<App>, mut shutdown: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(REPEATS) => app.note_repeats(false),
            () = ended(&mut shutdown) => return,
        }
    }
}

/// Takes TLS connections until the end; strangers beyond their limits are closed at once, unheard.
async fn https_door(listener: TcpListener, door: Door, mut shutdown: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => {
                    let (config, door) = (&door.app.config, door.clone());
                    let allowed = Allowance {
                        each: config.handshakes_per_address_max,
                        all: config.handshakes_max,
                        spacing: config.handshake_spacing,
                    };
                    match door.strangers.knock(from.ip(), allowed) {
                        Ok(knock) => {
                            connections.spawn(connection::remote(door, stream, from, knock));
                        }
                        Err(refusal) => door.app.note_refusal(&Whence::Address(from), &refusal),
                    }
                }
                Err(error) => pause(&error).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            () = ended(&mut shutdown) => break,
        }
    }
    drop(listener);
    farewell(connections).await;
}

/// Takes local connections until the end, then removes the socket's file.
async fn local_door(
    listener: UnixListener,
    file: SocketFile,
    door: Door,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    if let Ok(permit) = Arc::clone(&door.local).try_acquire_owned() {
                        let door = door.clone();
                        connections.spawn(async move {
                            connection::local(door, stream).await;
                            drop(permit);
                        });
                    }
                }
                Err(error) => pause(&error).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            () = ended(&mut shutdown) => break,
        }
    }
    drop((listener, file));
    farewell(connections).await;
}

async fn pause(error: &io::Error) {
    tracing::warn!(%error, "A connection could not be accepted.");
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

/// Waits until the face shall end.
pub(crate) async fn ended(shutdown: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, and with it the daemon.
    let _ = shutdown.wait_for(|end| *end).await;
}

/// Lets answers in progress finish, but not for long.
async fn farewell(mut connections: JoinSet<()>) {
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(FAREWELL, all).await.is_err() {
        connections.shutdown().await;
    }
}

/// The file of the local socket; removed with this value.
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody may have removed it already, which is as well.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Makes the local socket for owner and group. It gets its rights inside a folder of its own that
/// is closed to all others, so that nobody can connect in between whatever the umask is; a socket
/// that a crash left behind is replaced.
fn local_socket(path: &Path) -> Result<UnixListener, Error> {
    let failed = |source| Error::Socket { path: path.to_owned(), source };
    match std::fs::symlink_metadata(path) {
        Ok(file) if !file.file_type().is_socket() => {
            return Err(failed(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "a file that is no socket is there",
            )));
        }
        Ok(_) if std::os::unix::net::UnixStream::connect(path).is_ok() => {
            return Err(Error::SocketInUse { path: path.to_owned() });
        }
        Ok(_) | Err(_) => {}
    }
    let mut private = path.as_os_str().to_owned();
    private.push(".new");
    let private = PathBuf::from(private);
    let fresh = private.join("s");
    // A rest of an earlier attempt; when it cannot be removed, making the folder says why.
    let _ = std::fs::remove_file(&fresh);
    let _ = std::fs::remove_dir(&private);
    std::fs::DirBuilder::new().mode(0o700).create(&private).map_err(failed)?;
    let listener = UnixListener::bind(&fresh).map_err(failed)?;
    std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(0o660)).map_err(failed)?;
    std::fs::rename(&fresh, path).map_err(failed)?;
    std::fs::remove_dir(&private).map_err(failed)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_socket_replaces_a_dead_one_and_nothing_else() {
        let folder = std::env::temp_dir().join(format!("aura-web-socket-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("aura.sock");
        std::fs::write(&path, "precious").unwrap();
        assert!(matches!(local_socket(&path), Err(Error::Socket { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
        std::fs::remove_file(&path).unwrap();

        let first = local_socket(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        assert!(matches!(local_socket(&path), Err(Error::SocketInUse { .. })));
        let here = std::fs::read_dir(&folder).unwrap().count();
        assert_eq!(here, 1, "nothing but the socket stays");
        drop(first);
        assert!(path.exists(), "a crash leaves the file behind");
        drop((local_socket(&path).unwrap(), SocketFile(path.clone())));
        assert!(!path.exists());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
