//! The document in checked form: what the rest of the house takes.

use crate::check;
use crate::document::{self, Document};
use crate::path::{Located, Path};
use crate::problem::{Code, Level, Problem, Problems, Text};
use crate::shape;
use aura_acquire::{ReplaySpec, SourceSpec};
use aura_model::Lang;
use aura_store::{Format, Retention};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::path::PathBuf;
use toml::de::DeTable;

/// Longest document, bytes.
const MOST_BYTES: usize = 4 << 20;

/// A document that can be used.
#[derive(Clone, Debug)]
pub struct Checked {
    pub(crate) document: Document,
    pub(crate) file: String,
    pub(crate) text: String,
    pub(crate) source: SourceSpec,
    pub(crate) every_column: bool,
    /// Column of each entry of `inputs.analog`, from 0.
    pub(crate) analog_columns: Vec<usize>,
    /// Column of each entry of `inputs.discrete`, from 0.
    pub(crate) discrete_columns: Vec<usize>,
    pub(crate) format: Format,
    pub(crate) retention: Retention,
    pub(crate) web: WebSettings,
    pub(crate) zone: jiff::tz::TimeZone,
    pub(crate) notes: Vec<Problem>,
    pub(crate) hash: String,
}

/// The web pages.
#[derive(Clone, Debug, PartialEq)]
pub struct WebSettings {
    /// Address and port of the HTTPS server.
    pub listen: SocketAddr,
    /// Names and addresses under which browsers reach the recorder.
    pub names: Vec<String>,
    /// Languages that the pages offer, the preferred one first; never empty.
    pub languages: Vec<Lang>,
    /// Live values per second, 0.2..=10.
    pub live_hz: f64,
}

impl Document {
    /// Reads and checks a document; `file` is its name for messages, and the folder that
    /// relative paths in it count from.
    ///
    /// # Errors
    /// All problems of the document, in the order of the text; at least one is an error.
    pub fn parse(text: &str, file: &str) -> Result<Checked, Vec<Problem>> {
        if text.len() > MOST_BYTES {
            let empty = Located { file, text: "", root: toml::Spanned::new(0..0, DeTable::new()) };
            let mut problems = Problems::new(&empty);
            problems.add(
                Code::TooLong,
                &Path::default(),
                Text::new("файл больше 4 МиБ", "the file is larger than 4 MiB"),
            );
            return Err(problems.into_sorted());
        }
        let (root, syntax) = DeTable::parse_recoverable(text);
        let located = Located { file, text, root };
        let mut problems = Problems::new(&located);
        for error in syntax {
            problems.push(syntax_problem(file, text, &error));
        }
        if !problems.has_errors() {
            shape::check(located.root.get_ref(), &mut problems);
        }
        if problems.has_errors() {
            return Err(problems.into_sorted());
        }
        match toml::from_str::<Document>(text) {
            Ok(document) => check::check(document, &located, problems),
            // The shape is right, so this is a shape that the schema does not tell.
            Err(error) => {
                problems.push(syntax_problem(file, text, &error));
                Err(problems.into_sorted())
            }
        }
    }
}

fn syntax_problem(file: &str, text: &str, error: &toml::de::Error) -> Problem {
    let offset = error.span().map_or(0, |span| span.start);
    let (line, column) = crate::path::position(text, offset);
    let said = crate::path::shown(error.message());
    Problem {
        code: Code::Syntax,
        file: file.to_owned(),
        place: String::new(),
        line,
        column,
        value: None,
        allowed: None,
        message: Text::new(format!("ошибка TOML: {said}"), format!("TOML error: {said}")),
    }
}

impl Checked {
    /// The source to open.
    #[must_use]
    pub fn source(&self) -> &SourceSpec {
        &self.source
    }

    /// The same settings with another recording as the source; columns keep their meaning.
    #[must_use]
    pub fn with_recording(mut self, path: PathBuf) -> Self {
        self.source = SourceSpec::Replay(ReplaySpec { path, repeat: false });
        self
    }

    /// Name of the substation.
    #[must_use]
    pub fn station_name(&self) -> &str {
        &self.document.station.name
    }

    /// Identification of the recorder.
    #[must_use]
    pub fn rec_dev_id(&self) -> &str {
        &self.document.station.rec_dev_id
    }

    /// First language of reports and pages.
    #[must_use]
    pub fn language(&self) -> Lang {
        lang(self.document.station.language)
    }

    /// IANA name of the site's time zone.
    #[must_use]
    pub fn timezone(&self) -> &str {
        &self.document.station.timezone
    }

    /// Offset of the site's local time from UTC at an instant, seconds east.
    #[must_use]
    pub fn utc_offset_s(&self, unix_s: i64) -> i32 {
        let at = jiff::Timestamp::from_second(unix_s).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        self.zone.to_offset(at).seconds()
    }

    /// How records are written.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// How long records are kept.
    #[must_use]
    pub const fn retention(&self) -> Retention {
        self.retention
    }

    /// The web pages.
    #[must_use]
    pub const fn web(&self) -> &WebSettings {
        &self.web
    }

    /// Warnings and hints, in the order of the text.
    #[must_use]
    pub fn notes(&self) -> &[Problem] {
        &self.notes
    }

    /// SHA-256 of what the document says, lower-case hexadecimal; comments, order and layout do not
    /// change it, a default that is written out does not either.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The text as it was read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Problems that are found later are told at their place in the text.
    pub(crate) fn located(&self) -> Located<'_> {
        let (root, _) = DeTable::parse_recoverable(&self.text);
        Located { file: &self.file, text: &self.text, root }
    }
}

/// Hash of a document's meaning.
pub(crate) fn hash(document: &Document) -> String {
    let canonical = serde_json::to_vec(document).expect("plain structs of texts and numbers");
    let digest = Sha256::digest(&canonical);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) const fn lang(language: document::Language) -> Lang {
    match language {
        document::Language::Ru => Lang::Ru,
        document::Language::En => Lang::En,
    }
}

/// Whether any of the problems keeps a document from being used.
pub(crate) fn any_error(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.level() == Level::Error)
}
