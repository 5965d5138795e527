//! What `cargo xtask demo --check` verifies on the running demo, with foreign clients where there
//! are some.

use super::{Demo, access, unit};
use crate::run;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// All of it; the first thing that is wrong is the error.
pub(super) fn all(demo: &Demo) -> Result<()> {
    record_opens(demo)?;
    report_is_there(demo)?;
    pages_answer(demo)?;
    each_client_has_its_roles(demo)?;
    strangers_are_refused(demo)?;
    let journal = demo.unit.data().join("journal");
    let mut auractl = demo.unit.auractl(&["journal", "verify"]);
    run::captured(auractl.arg(journal)).context("the journal's chain").map(drop)
}

/// The record's files are whole by the checker that knows nothing of the recorder.
fn record_opens(demo: &Demo) -> Result<()> {
    let records = demo.unit.data().join("records");
    let name = unit::file_of(&demo.record, "cfg")
        .or_else(|| unit::file_of(&demo.record, "cff"))
        .context("the record has no cfg")?;
    let path = unit::find(&records, name)
        .with_context(|| format!("{name} is not under {}", records.display()))?;
    let mut auractl = demo.unit.auractl(&["comtrade", "check"]);
    run::captured(auractl.arg(&path)).context("the record does not pass its check")?;
    Ok(())
}

/// The report names the record's starting element.
fn report_is_there(demo: &Demo) -> Result<()> {
    let report = demo.unit.report(unit::record_id(&demo.record)?)?;
    let started = demo.record["pickups"][0]["name"].as_str().context("no name of the pickup")?;
    ensure!(report.contains(started), "the report does not name {started:?}:\n{report}");
    Ok(())
}

/// The first page and the record's download, by curl with a client certificate.
fn pages_answer(demo: &Demo) -> Result<()> {
    let user = access::client_with(&demo.clients, &["User"])?;
    let page = run::captured(&mut curl(demo, Some(user), ""))?;
    ensure!(page.contains("<h1"), "the first page has no heading: {page:.300}");
    let id = unit::record_id(&demo.record)?;
    let zip = demo.dir.join("record.zip");
    let mut fetch = curl(demo, Some(user), &format!("api/v1/records/{id}/file/zip"));
    run::captured(fetch.arg("--output").arg(&zip))?;
    run::captured(Command::new("unzip").arg("-tq").arg(&zip)).context("the download")?;
    Ok(())
}

/// Each of the 16 certificates gives exactly the roles it was made for.
fn each_client_has_its_roles(demo: &Demo) -> Result<()> {
    for client in &demo.clients {
        let text = run::captured(&mut curl(demo, Some(client), "api/v1/me"))?;
        let answer: Value = serde_json::from_str(&text).context("api/v1/me")?;
        let told = answer["data"]["roles"].as_array().context("no roles")?;
        let told: Vec<_> = told.iter().filter_map(Value::as_str).collect();
        let made: Vec<_> = client.roles.iter().map(|role| format!("AURA {role}")).collect();
        ensure!(told == made, "made for {made:?}, but the recorder sees {told:?}");
    }
    Ok(())
}

/// Without a certificate, and with one of a foreign authority, there is no page.
fn strangers_are_refused(demo: &Demo) -> Result<()> {
    if run::captured(&mut curl(demo, None, "")).is_ok() {
        bail!("the page answers without a client certificate");
    }
    let stranger = access::stranger(&demo.dir.join("stranger"))?;
    if run::captured(&mut curl(demo, Some(&stranger), "")).is_ok() {
        bail!("the page answers to a certificate of an unknown authority");
    }
    Ok(())
}

fn curl(demo: &Demo, client: Option<&access::Client>, path: &str) -> Command {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail", "--max-time", "30", "--cacert"]);
    curl.arg(demo.dir.join("pki").join(access::ROOT));
    if let Some(client) = client {
        let pem = |path: &Path| path.as_os_str().to_owned();
        curl.arg("--cert").arg(pem(&client.cert)).arg("--key").arg(pem(&client.key));
    }
    curl.arg(format!("{}{path}", demo.unit.url()));
    curl
}
