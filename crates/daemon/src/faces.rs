//! The faces: one asynchronous runtime on threads of its own, and a supervisor that restarts a face
//! that failed.

use crate::args::Args;
use crate::unit::Unit;
use crate::writer::Order;
use aura_model::{Code, Device, Event};
use aura_web::{Bound, Config};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

/// Least time between two starts of a face.
const RESTART: Duration = Duration::from_secs(2);
/// Threads that run the faces; the disk work has its own pool.
const THREADS: usize = 2;
/// Time that answers in progress get at the end.
const FAREWELL: Duration = Duration::from_secs(3);

/// The running faces.
pub(crate) struct Faces {
    runtime: Option<Runtime>,
    web: Option<JoinHandle<()>>,
    shutdown: watch::Sender<bool>,
}

impl Faces {
    /// Starts the faces of the configuration in force.
    pub(crate) fn start(
        args: &Args,
        unit: &Arc<Unit>,
        tls: Arc<rustls::ServerConfig>,
        events: &broadcast::Sender<Arc<Event>>,
    ) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("aura-face")
            .enable_all()
            .build()?;
        let shutdown = watch::Sender::new(false);
        let web = Web {
            config: config(args, unit),
            unit: Arc::clone(unit),
            tls: watch::Sender::new(tls),
            events: events.clone(),
            shutdown: shutdown.subscribe(),
            ready_file: args.ready_file.clone(),
        };
        let web = runtime.spawn(web.supervise());
        Ok(Self { runtime: Some(runtime), web: Some(web), shutdown })
    }

    /// Ends all faces; answers in progress get a little time.
    pub(crate) fn stop(&mut self) {
        // A face that has ended already hears nothing.
        let _ = self.shutdown.send(true);
        let (Some(runtime), Some(web)) = (self.runtime.take(), self.web.take()) else { return };
        let _ = runtime.block_on(async { tokio::time::timeout(FAREWELL, web).await });
        runtime.shutdown_timeout(FAREWELL);
    }
}

fn config(args: &Args, unit: &Unit) -> Config {
    let running = unit.running();
    let web = running.checked.web();
    Config {
        listen: vec![args.listen.unwrap_or(web.listen)],
        socket: Some(args.socket.clone()),
        hosts: web.names.clone(),
        live_hz: web.live_hz,
        ..Config::default()
    }
}

/// The web face and what it is started with each time.
struct Web {
    config: Config,
    unit: Arc<Unit>,
    tls: watch::Sender<Arc<rustls::ServerConfig>>,
    events: broadcast::Sender<Arc<Event>>,
    shutdown: watch::Receiver<bool>,
    ready_file: Option<PathBuf>,
}

impl Web {
    /// Serves until the end; a failure or a panic costs the pages a moment, never the recorder.
    async fn supervise(self) {
        let mut shutdown = self.shutdown.clone();
        loop {
            let unit = Arc::clone(&self.unit);
            let ready_file = self.ready_file.clone();
            let bound = move |bound: Bound| announce(&unit, &bound, ready_file.as_deref());
            let device: Arc<dyn Device> = Arc::clone(&self.unit) as _;
            let served = tokio::spawn(aura_web::serve(
                self.config.clone(),
                device,
                self.tls.subscribe(),
                self.events.subscribe(),
                self.shutdown.clone(),
                bound,
            ));
            let error = match served.await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => chain(&error),
                Err(panic) => panic.to_string(),
            };
            tracing::error!(%error, "The web face has failed and is started again.");
            let event = Event::new(self.unit.clock.now(), Code::FaceRestarted)
                .arg("service", "web")
                .arg("error", error);
            self.unit.order(Order::Event(event));
            tokio::select! {
                () = tokio::time::sleep(RESTART) => {}
                _ = shutdown.wait_for(|end| *end) => return,
            }
        }
    }
}

/// Says where the pages can be reached: in the journal, and to whoever waits for the file.
fn announce(unit: &Unit, bound: &Bound, ready_file: Option<&std::path::Path>) {
    for address in &bound.https {
        let event = Event::new(unit.clock.now(), Code::ListenerOpened)
            .arg("service", "https")
            .arg("address", address.to_string());
        unit.order(Order::Event(event));
    }
    let first: Option<&SocketAddr> = bound.https.first();
    if let (Some(path), Some(address)) = (ready_file, first) {
        let text = format!("{{\"https\":\"{address}\"}}\n");
        if let Err(error) = std::fs::write(path, text) {
            tracing::error!(path = %path.display(), %error, "The ready file cannot be written.");
        }
    }
}

/// An error with its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
