//! A report in all its forms, as they are kept beside a record.

use aura_model::{FileKind, Lang, Report};

/// A report's texts, its JSON and its lines for lists.
#[derive(Clone, Debug)]
pub struct Papers {
    texts: [String; 2],
    json: String,
    /// One line in Russian and one in English.
    pub summary: [String; 2],
}

impl Papers {
    /// Writes them all.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let both = [Lang::Ru, Lang::En];
        Self {
            texts: both.map(|lang| crate::text(report, lang)),
            json: crate::json(report),
            summary: both.map(|lang| crate::summary(report, lang)),
        }
    }

    /// The files by their kinds.
    #[must_use]
    pub fn files(&self) -> [(FileKind, &[u8]); 3] {
        let [ru, en] = &self.texts;
        [
            (FileKind::ReportRu, ru.as_bytes()),
            (FileKind::ReportEn, en.as_bytes()),
            (FileKind::ReportJson, self.json.as_bytes()),
        ]
    }

    /// The line in a language.
    #[must_use]
    pub fn line(&self, lang: Lang) -> &str {
        &self.summary[usize::from(lang == Lang::En)]
    }
}
