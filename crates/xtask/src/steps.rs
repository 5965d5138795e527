//! `cargo xtask test`: everything that must hold, step by step, and how long each step took.

use crate::{demo, deny, run, setup, tidy};
use anyhow::{Result, bail, ensure};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How the steps are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Options {
    /// Runs the steps after a failed one, too.
    pub(crate) keep_going: bool,
    /// What cannot be set up is a failure.
    pub(crate) ci: bool,
}

impl Options {
    pub(crate) fn parse(args: &[String]) -> Result<Self> {
        let ci = std::env::var_os("CI").is_some();
        match args {
            [] => Ok(Self { keep_going: false, ci }),
            [flag] if flag == "--keep-going" => Ok(Self { keep_going: true, ci }),
            _ => bail!("test takes only --keep-going, not {args:?}"),
        }
    }
}

/// How one step went.
struct Outcome {
    name: &'static str,
    took: Duration,
    error: Option<String>,
    /// The runner's own closing lines, when it has some.
    summary: Vec<String>,
}

type Step = (&'static str, fn(Options) -> Result<Vec<String>>);

const STEPS: &[Step] = &[
    ("set-up", |options| setup::prepare(options.ci).map(|()| Vec::new())),
    ("format", |_| cargo(&["fmt", "--all", "--check"], false)),
    ("tidy", |_| tidy::run().map(|()| Vec::new())),
    ("deny", |_| deny::run().map(|()| Vec::new())),
    ("clippy", |_| {
        cargo(
            &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
            false,
        )
    }),
    ("tests", |options| {
        let profile = if options.ci { "ci" } else { "default" };
        let mut command = run::cargo();
        command.args(["nextest", "run", "--workspace", "--locked", "--profile", profile]);
        relayed(&mut command, ci_env(options), |line| line.contains("Summary ["))
    }),
    ("doctests", |_| cargo(&["test", "--workspace", "--locked", "--doc", "--quiet"], false)),
    ("documentation", |_| cargo(&["doc", "--workspace", "--locked", "--no-deps", "--quiet"], true)),
    ("demo", |_| demo::run(&demo::Options::check()).map(|()| Vec::new())),
    ("browser", browser),
];

/// Runs all steps; the closing lines are a table of times and the runners' own summaries.
pub(crate) fn test(options: Options) -> Result<()> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (name, step) in STEPS {
        println!("\n== {name}");
        let start = Instant::now();
        let result = step(options);
        let took = start.elapsed();
        let (summary, error) = match result {
            Ok(summary) => (summary, None),
            Err(error) => (Vec::new(), Some(format!("{error:#}"))),
        };
        if let Some(error) = &error {
            println!("{name}: {error}");
        }
        let failed = error.is_some();
        outcomes.push(Outcome { name, took, error, summary });
        if failed && !options.keep_going {
            break;
        }
    }
    print!("\n{}", closing(&outcomes, STEPS.len()));
    let failed: Vec<&str> =
        outcomes.iter().filter(|step| step.error.is_some()).map(|step| step.name).collect();
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

fn closing(outcomes: &[Outcome], steps: usize) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let verdict = if outcome.error.is_some() { "FAILED" } else { "ok" };
        text +=
            &format!("{:<14} {verdict:<6} {:>7.1} s\n", outcome.name, outcome.took.as_secs_f64());
    }
    let left = steps - outcomes.len();
    if left > 0 {
        text += &format!("{left} steps were not run; --keep-going runs them all the same\n");
    }
    for line in outcomes.iter().flat_map(|outcome| &outcome.summary) {
        text += line;
        text.push('\n');
    }
    text
}

fn cargo(args: &[&str], deny_doc_warnings: bool) -> Result<Vec<String>> {
    let mut command = run::cargo();
    if deny_doc_warnings {
        command.env("RUSTDOCFLAGS", "-D warnings");
    }
    run::visible(command.args(args)).map(|()| Vec::new())
}

fn ci_env(options: Options) -> &'static [(&'static str, &'static str)] {
    if options.ci { &[("CI", "true")] } else { &[] }
}

/// Runs a command whose output is shown and whose summary lines are kept for the end.
fn relayed(
    command: &mut Command,
    env: &[(&str, &str)],
    is_summary: impl Fn(&str) -> bool,
) -> Result<Vec<String>> {
    use std::io::{BufRead, BufReader};
    let shown = run::shown(command);
    let (reader, writer) = std::io::pipe()?;
    command.envs(env.iter().copied()).stdin(Stdio::null());
    let mut child = command.stdout(writer.try_clone()?).stderr(writer).spawn()?;
    // The command keeps copies of the pipe's writing end; reading would never end with them.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut summary = Vec::new();
    for line in BufReader::new(reader).lines() {
        let line = line?;
        println!("{line}");
        if is_summary(&line) {
            summary.push(line.trim().to_owned());
        }
    }
    let status = child.wait()?;
    if status.success() { Ok(summary) } else { bail!("`{shown}` ended with {status}") }
}

/// Browser tests against a demo of their own.
fn browser(options: Options) -> Result<Vec<String>> {
    let folder = run::root().join("tests/browser");
    if !folder.join("node_modules").is_dir() || !run::on_path("chromium") {
        if options.ci {
            bail!("browser tests need chromium and npm packages");
        }
        println!("SKIPPED: browser tests need chromium and npm packages");
        return Ok(Vec::new());
    }
    let demo = demo::Demo::start(&demo::Options::for_tests())?;
    let mut node = Command::new("node");
    node.current_dir(&folder)
        .args(["--test", "--test-reporter=spec", "--test-timeout=240000"])
        .args(["pages.mjs"]);
    node.env("AURA_DEMO", demo.dir().join("demo.json"));
    let summary =
        |line: &str| ["ℹ tests", "ℹ pass", "ℹ fail"].iter().any(|part| line.contains(part));
    let result = relayed(&mut node, ci_env(options), summary);
    demo.stop()?;
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_or_refused() {
        let parse = |args: &[&str]| {
            Options::parse(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>())
        };
        assert!(!parse(&[]).expect("no arguments").keep_going);
        assert!(parse(&["--keep-going"]).expect("known").keep_going);
        assert!(parse(&["--fast"]).is_err());
    }

    #[test]
    fn the_end_shows_times_failures_and_summaries() {
        let outcomes = [
            Outcome {
                name: "tests",
                took: Duration::from_millis(1500),
                error: None,
                summary: vec!["Summary [1 s] 5 tests run".to_owned()],
            },
            Outcome {
                name: "demo",
                took: Duration::from_secs(2),
                error: Some("no".to_owned()),
                summary: Vec::new(),
            },
        ];
        let text = closing(&outcomes, 3);
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("tests") && lines[0].ends_with("1.5 s"), "{text}");
        assert!(lines[1].contains("FAILED") && lines[2].starts_with("1 steps"), "{text}");
        assert_eq!(lines[3], "Summary [1 s] 5 tests run");
    }

    #[test]
    fn output_is_relayed_and_summaries_are_kept() {
        let mut sh = Command::new("sh");
        sh.args(["-c", "echo one; echo Summary: two >&2; test -z \"$WRONG\""]);
        let kept = relayed(&mut sh, &[], |line| line.contains("Summary")).expect("it passes");
        assert_eq!(kept, ["Summary: two"]);
        let failed = relayed(&mut sh, &[("WRONG", "1")], |_| false);
        assert!(failed.is_err());
    }
}
