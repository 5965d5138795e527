//! Where words go: data to stdout, talk to stderr; JSON in one envelope.

use crate::error::Error;
use crate::table::Table;
use aura_model::Lang;
use serde_json::{Value, json};
use std::io::{BufWriter, ErrorKind, IsTerminal as _, Stdout, Write};

/// The process's outputs.
#[derive(Debug)]
pub(crate) struct Out {
    stdout: BufWriter<Stdout>,
    json: bool,
    lang: Lang,
}

impl Out {
    pub(crate) fn new(json: bool, lang: Lang) -> Self {
        Self { stdout: BufWriter::new(std::io::stdout()), json, lang }
    }

    /// Whether programs read the output.
    pub(crate) const fn json(&self) -> bool {
        self.json
    }

    pub(crate) const fn lang(&self) -> Lang {
        self.lang
    }

    /// The text of this language.
    pub(crate) const fn say<'t>(&self, ru: &'t str, en: &'t str) -> &'t str {
        match self.lang {
            Lang::Ru => ru,
            Lang::En => en,
        }
    }

    /// Whether escape sequences are welcome on stdout.
    pub(crate) fn paints(&self) -> bool {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        !self.json && !no_color && std::io::stdout().is_terminal()
    }

    /// Data for programs: `{"schema":"auractl/<name>/1","data":…}`.
    pub(crate) fn data(&mut self, name: &str, data: Value) -> Result<(), Error> {
        let envelope = json!({ "schema": format!("auractl/{name}/1"), "data": data });
        self.line(&envelope.to_string())
    }

    /// A line of data.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Error> {
        self.bytes(line.as_bytes())?;
        self.bytes(b"\n")
    }

    pub(crate) fn table(&mut self, table: &Table) -> Result<(), Error> {
        self.bytes(table.render().as_bytes())
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.stdout.write_all(bytes).map_err(|error| stdout_error(&error))
    }

    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        self.stdout.flush().map_err(|error| stdout_error(&error))
    }

    /// The writer itself, for what a library writes.
    pub(crate) fn writer(&mut self) -> &mut impl Write {
        &mut self.stdout
    }

    /// A line for the person, not for a pipe.
    pub(crate) fn talk(&self, line: &str) {
        if !line.is_empty() {
            // Where stderr is gone there is nobody to tell it to.
            writeln!(std::io::stderr(), "{line}").ok();
        }
    }
}

/// A closed pipe is no fault; anything else is.
pub(crate) fn stdout_error(error: &std::io::Error) -> Error {
    if error.kind() == ErrorKind::BrokenPipe {
        return Error::ReaderGone;
    }
    Error::file(std::path::Path::new("stdout"), error)
}
