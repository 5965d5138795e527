//! What can go wrong, as an exit code and as words for people.

use aura_model::Lang;
use aura_settings::Text;
use std::path::Path;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Error {
    /// Something failed: 1.
    Failed(Text),
    /// The command line makes no sense: 2.
    Usage(Text),
    /// What was asked for is not there: 3.
    NotFound(Text),
    /// The role does not allow it: 4.
    NoRole(Text),
    /// No recorder answers: 5.
    NoConnection(Text),
    /// What was checked is not in order; the findings were said already: 6.
    Check(Text),
    /// Something is in the way, such as a file that exists: 7.
    Conflict(Text),
    /// Nobody reads stdout any more.
    ReaderGone,
}

impl Error {
    /// Exit code of the process.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::ReaderGone => 0,
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::NotFound(_) => 3,
            Self::NoRole(_) => 4,
            Self::NoConnection(_) => 5,
            Self::Check(_) => 6,
            Self::Conflict(_) => 7,
        }
    }

    /// Words for people.
    pub(crate) fn text(&self, lang: Lang) -> String {
        match self {
            Self::ReaderGone => String::new(),
            Self::Failed(text)
            | Self::Usage(text)
            | Self::NotFound(text)
            | Self::NoRole(text)
            | Self::NoConnection(text)
            | Self::Check(text)
            | Self::Conflict(text) => text.get(lang).to_owned(),
        }
    }

    /// A failure that another part of the house tells in English.
    pub(crate) fn failed(cause: &dyn std::error::Error) -> Self {
        let said = chain(cause);
        Self::Failed(Text::new(format!("не получилось: {said}"), said))
    }

    /// What the operating system says about a file.
    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind as Kind;
        let shown = path.display();
        let (ru, en) = match error.kind() {
            Kind::NotFound => ("нет такого файла или папки", "no such file or folder"),
            Kind::PermissionDenied => ("нет прав", "permission denied"),
            Kind::AlreadyExists => ("уже существует", "exists already"),
            Kind::StorageFull => ("на диске нет места", "the disk is full"),
            Kind::InvalidData => ("это не текст в UTF-8", "this is no UTF-8 text"),
            _ => {
                return Self::Failed(Text::new(
                    format!("{shown}: {error}"),
                    format!("{shown}: {error}"),
                ));
            }
        };
        let text = Text::new(format!("{shown}: {ru}"), format!("{shown}: {en}"));
        match error.kind() {
            Kind::NotFound => Self::NotFound(text),
            Kind::AlreadyExists => Self::Conflict(text),
            _ => Self::Failed(text),
        }
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_said = cause.to_string();
        if !said.contains(&cause_said) {
            said = format!("{said}: {cause_said}");
        }
        next = cause.source();
    }
    said
}

/// Errors of the COMTRADE library: a missing part or file is told apart, the rest is a failure.
impl From<aura_comtrade::Error> for Error {
    fn from(error: aura_comtrade::Error) -> Self {
        use aura_comtrade::Error as Comtrade;
        match &error {
            Comtrade::MissingPart { file, part } => Self::NotFound(Text::new(
                format!("{file}: к этой записи нет файла {part}"),
                format!("{file}: no {part} belongs to it"),
            )),
            Comtrade::Io { file, source, .. } => Self::file(Path::new(file), source),
            other => Self::failed(other),
        }
    }
}

impl From<aura_trust::Error> for Error {
    fn from(error: aura_trust::Error) -> Self {
        match &error {
            aura_trust::Error::Exists(path) => Self::Conflict(Text::new(
                format!("{}: уже существует, ничего не записано", path.display()),
                format!("{}: exists already, nothing was written", path.display()),
            )),
            other => Self::failed(other),
        }
    }
}
