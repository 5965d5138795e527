//! `cargo xtask demo`: the recorder with a simulated substation, as a person or a tool meets it.
//!
//! It speaks to the built programs from outside only: `aurad` by its flags, `auractl` by its
//! contract, the pages by curl. `DIR/demo.json` names everything that another tool needs.

mod access;
mod check;
mod endure;
mod unit;

use crate::run;
use anyhow::{Context, Result, bail};
pub(crate) use endure::kill_loop;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use unit::Unit;

/// How the demo is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    /// Folder of the demo; made anew.
    dir: PathBuf,
    /// Verifies and ends.
    check: bool,
    /// Ends after so many seconds; without, at Ctrl-C.
    seconds: Option<u64>,
    /// HTTPS port that is taken when it is free.
    port: u16,
}

impl Options {
    pub(crate) fn parse(args: &[String]) -> Result<Self> {
        let mut options =
            Self { dir: run::target_dir().join("demo"), check: false, seconds: None, port: 8443 };
        let mut words = args.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("{word} needs a value"));
            match word.as_str() {
                "--dir" => options.dir = std::path::absolute(value()?)?,
                "--seconds" => {
                    let text = value()?;
                    let seconds = text.parse().with_context(|| format!("--seconds {text}"))?;
                    options.seconds = Some(seconds);
                }
                "--check" => options.check = true,
                other => bail!("demo takes --dir DIR, --seconds N and --check, not {other:?}"),
            }
        }
        Ok(options)
    }

    /// The demo as the tests run it: in a folder and on a port of its own.
    pub(crate) fn check() -> Self {
        Self { check: true, ..Self::own("demo-check") }
    }

    /// The demo that the browser tests look at.
    pub(crate) fn for_tests() -> Self {
        Self::own("demo-browser")
    }

    fn own(folder: &str) -> Self {
        Self { dir: run::target_dir().join(folder), check: false, seconds: None, port: 0 }
    }
}

/// Runs the demo to its end.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut demo = Demo::start(options)?;
    demo.tell()?;
    if options.check {
        check::all(&demo)?;
        demo.stop()?;
        println!("demo: checked");
        return Ok(());
    }
    match options.seconds {
        Some(seconds) => std::thread::sleep(Duration::from_secs(seconds)),
        None => {
            println!("Faults go on, three a minute. Ctrl-C stops the recorder; its folder stays.");
            demo.unit.wait()?;
            return Ok(());
        }
    }
    demo.stop()
}

/// A running recorder with certificates and one record.
pub(crate) struct Demo {
    dir: PathBuf,
    unit: Unit,
    clients: Vec<access::Client>,
    record: Value,
}

impl Demo {
    /// Builds, makes the folder, starts the recorder, and waits for the record of a fault.
    pub(crate) fn start(options: &Options) -> Result<Self> {
        let mut cargo = run::cargo();
        run::visible(cargo.args([
            "build",
            "--locked",
            "--package",
            "aura-daemon",
            "--package",
            "aura-cli",
        ]))?;
        let dir = options.dir.clone();
        empty(&dir)?;
        access::kit(&dir.join("pki"))?;
        let clients = access::clients(&dir.join("pki"), &dir.join("clients"))?;
        let port = free_port(options.port)?;
        let config = std::fs::read_to_string(run::root().join("deploy/simulator.toml"))
            .context("deploy/simulator.toml")?;
        std::fs::write(dir.join("recorder.toml"), adapted(&config, port)?)?;
        let unit = Unit::start(&dir, port)?;
        let mut demo = Self { dir, unit, clients, record: Value::Null };
        println!("demo: the recorder is ready; the first fault comes within ten seconds");
        demo.record = demo.unit.first_record()?;
        std::fs::write(demo.dir.join("demo.json"), format!("{:#}\n", demo.facts()))?;
        Ok(demo)
    }

    /// Folder of the demo.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Ends the recorder as systemd would; anything but a clean end is an error.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.unit.stop()
    }

    /// What `demo.json` says.
    fn facts(&self) -> Value {
        json!({
            "pid": self.unit.pid(),
            "url": self.unit.url(),
            "ports": { "https": self.unit.port() },
            "socket": self.unit.socket(),
            "data": self.unit.data(),
            "ca": self.dir.join("pki").join(access::ROOT),
            "clients": self.clients.iter().map(access::Client::facts).collect::<Vec<_>>(),
            "record": self.record,
        })
    }

    /// What a person needs to go on.
    fn tell(&self) -> Result<()> {
        let user = access::client_with(&self.clients, &["User"])?;
        let id = unit::record_id(&self.record)?;
        let report = self.unit.report(id)?;
        let url = self.unit.url();
        let root = self.dir.join("pki").join(access::ROOT);
        let auractl = run::binary_dir().join("auractl");
        println!(
            "\nThe recorder runs, and a fault of its simulated substation has been recorded.\n"
        );
        println!("address      {url}");
        println!("certificate  {}, password {}", shown(&user.p12), access::PASSWORD);
        println!("             Without it no page opens. Import it into the browser:");
        println!("  Chromium   open chrome://certificate-manager, Your certificates, Import");
        println!("  Firefox    Settings, Privacy & Security, View Certificates, Import");
        println!(
            "             The browser does not know the demo's authority and warns once; go on,"
        );
        println!("             or import {} as an authority before.", shown(&root));
        println!("other roles  {}/*.p12, same password", shown(&self.dir.join("clients")));
        println!("record       {url}records/{id}");
        println!("             {}", shown(&self.unit.folder_of(&self.record)?));
        println!("terminal     {} --socket {} status", shown(&auractl), shown(&self.unit.socket()));
        println!("for tools    {}", shown(&self.dir.join("demo.json")));
        println!("\nIts report begins:\n");
        for line in report.lines().take(REPORT_LINES) {
            println!("  {line}");
        }
        println!("  …\n");
        Ok(())
    }
}

/// Enough of a report to see what started and how the disturbance went.
const REPORT_LINES: usize = 24;

/// The path as a person would type it here.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let short = here.and_then(|here| path.strip_prefix(here).ok());
    short.unwrap_or(path).display().to_string()
}

/// Makes the folder, and empties it when an earlier demo left it; another's folder is not touched.
fn empty(dir: &Path) -> Result<()> {
    const MARK: &str = "made-by-xtask-demo";
    if dir.exists() {
        let foreign = dir.read_dir()?.next().is_some() && !dir.join(MARK).is_file();
        if foreign {
            bail!("{} holds something that is not a demo; choose another --dir", dir.display());
        }
        std::fs::remove_dir_all(dir)?;
    }
    std::fs::create_dir_all(dir)?;
    Ok(std::fs::write(dir.join(MARK), "This folder is emptied by each `cargo xtask demo`.\n")?)
}

/// The wanted port when it is free, else any that is.
fn free_port(wanted: u16) -> Result<u16> {
    let bound = std::net::TcpListener::bind(("127.0.0.1", wanted))
        .or_else(|_| std::net::TcpListener::bind(("127.0.0.1", 0)));
    Ok(bound.context("no free port")?.local_addr()?.port())
}

/// The example of the simulator on loopback and an ordinary user's port.
fn adapted(config: &str, port: u16) -> Result<String> {
    let mut table: toml::Table = config.parse().context("deploy/simulator.toml")?;
    let web = table.entry("web").or_insert_with(|| toml::Table::new().into());
    let web = web.as_table_mut().context("[web] is no table")?;
    web.insert("listen".to_owned(), format!("127.0.0.1:{port}").into());
    web.insert("names".to_owned(), vec!["localhost", "127.0.0.1"].into());
    Ok(toml::to_string(&table)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_or_refused() {
        let parse = |args: &[&str]| {
            Options::parse(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>())
        };
        let options = parse(&["--dir", "x", "--seconds", "9", "--check"]).expect("all known");
        assert!(options.dir.is_absolute() && options.dir.ends_with("x"));
        assert_eq!((options.seconds, options.check), (Some(9), true));
        for wrong in [&["--dir"][..], &["--seconds", "x"], &["--fast"]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_example_is_moved_to_loopback() {
        let text = adapted("schema = 1\n[web]\nlisten = \"0.0.0.0:443\"\nlive_hz = 2\n", 7001);
        let table: toml::Table = text.expect("it is TOML").parse().expect("and stays so");
        assert_eq!(table["web"]["listen"].as_str(), Some("127.0.0.1:7001"));
        assert_eq!(table["web"]["live_hz"].as_integer(), Some(2));
        assert!(adapted("web = 3", 1).is_err());
    }

    #[test]
    fn only_a_demo_folder_is_emptied() {
        let dir = std::env::temp_dir().join(format!("xtask-demo-{}", std::process::id()));
        empty(&dir).expect("a new folder");
        std::fs::write(dir.join("left"), "x").expect("written");
        empty(&dir).expect("our own folder");
        assert!(!dir.join("left").exists());
        std::fs::remove_file(dir.join("made-by-xtask-demo")).expect("the mark");
        std::fs::write(dir.join("thesis"), "x").expect("written");
        assert!(empty(&dir).is_err());
        assert!(dir.join("thesis").exists());
        std::fs::remove_dir_all(&dir).expect("removed");
    }

    #[test]
    fn a_taken_port_is_avoided() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = taken.local_addr().expect("bound").port();
        assert_ne!(free_port(port).expect("another one"), port);
    }
}
