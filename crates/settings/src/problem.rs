//! What is wrong with a document: where, what was found and what is allowed, in both languages.

use crate::path::Path;
use aura_model::Lang;
use std::fmt;

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl Text {
    /// From both languages.
    pub fn new(ru: impl Into<String>, en: impl Into<String>) -> Self {
        Self { ru: ru.into(), en: en.into() }
    }

    /// The text in one language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ru => &self.ru,
            Lang::En => &self.en,
        }
    }
}

/// How grave a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The document cannot be used.
    Error,
    /// It can be used; somebody should say why it is so.
    Warning,
    /// Worth knowing.
    Hint,
}

impl Level {
    /// Word for people.
    #[must_use]
    pub const fn word(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Error, Lang::Ru) => "ошибка",
            (Self::Error, Lang::En) => "error",
            (Self::Warning, Lang::Ru) => "предупреждение",
            (Self::Warning, Lang::En) => "warning",
            (Self::Hint, Lang::Ru) => "подсказка",
            (Self::Hint, Lang::En) => "hint",
        }
    }

    /// Word for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.word(Lang::En)
    }
}

/// Kind of problem. The number never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the table in `number` is the documentation")]
pub enum Code {
    Syntax,
    TooLong,
    UnknownKey,
    MissingKey,
    WrongType,
    NotAllowed,
    OutOfRange,
    WrongLength,
    BadText,
    BadId,
    Duplicate,
    NoSuchId,
    BadColumn,
    Lengths,
    FormatMix,
    MeasureUnfit,
    OneSource,
    SettingCount,
    BadAddress,
    BadZone,
    UnitUnknown,
    BadRatio,
    Unfit,
    TooMany,
    Retention,
    NoTrigger,
    Encoding,
    Forecast,
}

impl Code {
    /// Stable number: E = error, W = warning, H = hint.
    #[must_use]
    pub const fn number(self) -> &'static str {
        match self {
            Self::Syntax => "E0101",
            Self::TooLong => "E0102",
            Self::UnknownKey => "E0201",
            Self::MissingKey => "E0202",
            Self::WrongType => "E0210",
            Self::NotAllowed => "E0231",
            Self::OutOfRange => "E0232",
            Self::WrongLength => "E0233",
            Self::BadText => "E0234",
            Self::BadId => "E0235",
            Self::Duplicate => "E0301",
            Self::NoSuchId => "E0302",
            Self::BadColumn => "E0303",
            Self::Lengths => "E0304",
            Self::FormatMix => "E0305",
            Self::MeasureUnfit => "E0306",
            Self::OneSource => "E0307",
            Self::SettingCount => "E0308",
            Self::BadAddress => "E0309",
            Self::BadZone => "E0310",
            Self::UnitUnknown => "E0311",
            Self::BadRatio => "E0312",
            Self::Unfit => "E0313",
            Self::TooMany => "E0314",
            Self::Retention => "E0315",
            Self::NoTrigger => "W0401",
            Self::Encoding => "W0402",
            Self::Forecast => "H0501",
        }
    }

    /// Level, from the number's letter.
    #[must_use]
    pub const fn level(self) -> Level {
        match self.number().as_bytes()[0] {
            b'W' => Level::Warning,
            b'H' => Level::Hint,
            _ => Level::Error,
        }
    }
}

/// One problem of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Kind; it holds number and level.
    pub code: Code,
    /// File name as it was given.
    pub file: String,
    /// Key path: `inputs.analog[14].ph`; entries count from 0. Empty for the whole document.
    pub place: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What was found, as written; `None` when something is missing.
    pub value: Option<String>,
    /// What is allowed there; `None` where the message says all.
    pub allowed: Option<Text>,
    /// What is wrong.
    pub message: Text,
}

impl Problem {
    /// Level.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.code.level()
    }

    /// One line: `E0231 recorder.toml:9:32 inputs.analog[14].ph: фаза "D" — допустимо A B C`.
    #[must_use]
    pub fn line_in(&self, lang: Lang) -> String {
        let mut out = format!(
            "{} {}:{}:{} {}",
            self.code.number(),
            self.file,
            self.line,
            self.column,
            self.place
        );
        if !self.place.is_empty() {
            out.push_str(": ");
        }
        out.push_str(self.message.get(lang));
        if let Some(allowed) = &self.allowed {
            out.push_str(match lang {
                Lang::Ru => " — допустимо ",
                Lang::En => " — allowed: ",
            });
            out.push_str(allowed.get(lang));
        }
        out
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line_in(Lang::En))
    }
}

/// Problems as they are found, each with its position.
#[derive(Debug)]
pub(crate) struct Problems<'a> {
    source: &'a crate::path::Located<'a>,
    list: Vec<Problem>,
}

/// A document full of nonsense is told of so many problems.
const MOST_PROBLEMS: usize = 200;

impl<'a> Problems<'a> {
    pub(crate) fn new(source: &'a crate::path::Located<'a>) -> Self {
        Self { source, list: Vec::new() }
    }

    /// Notes a problem at a path, or at the nearest part of it that is written.
    pub(crate) fn add(&mut self, code: Code, path: &Path, message: Text) -> &mut Self {
        self.put(code, path, None, message)
    }

    /// The same with what is allowed instead.
    pub(crate) fn add_allowed(&mut self, code: Code, path: &Path, message: Text, allowed: Text) {
        self.put(code, path, Some(allowed), message);
    }

    fn put(&mut self, code: Code, path: &Path, allowed: Option<Text>, message: Text) -> &mut Self {
        if self.list.len() >= MOST_PROBLEMS {
            return self;
        }
        let (line, column) = match code {
            Code::UnknownKey => self.source.key_position(path),
            _ => self.source.position(path),
        };
        self.list.push(Problem {
            code,
            file: self.source.file.to_owned(),
            place: path.to_string(),
            line,
            column,
            value: self.source.written(path),
            allowed,
            message,
        });
        self
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        if self.list.len() < MOST_PROBLEMS {
            self.list.push(problem);
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.list.iter().any(|problem| problem.level() == Level::Error)
    }

    /// All of them in the order of the text.
    pub(crate) fn into_sorted(mut self) -> Vec<Problem> {
        self.list.sort_by_key(|problem| (problem.line, problem.column, problem.code));
        self.list
    }
}
