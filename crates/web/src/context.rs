//! What a handler knows of its request: the recorder, the actor, the language, and checked input.

use crate::access::Who;
use crate::fault::Fault;
use crate::peer::Peer;
use crate::router::App;
use aura_model::{Actor, Device, Lang, RecordId, Refusal};
use axum::http::{HeaderMap, Uri, header};
use std::collections::HashMap;
use std::sync::Arc;

/// Colours of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system says.
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Word of the cookie and of the page's attribute.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Auto, Self::Light, Self::Dark].into_iter().find(|theme| theme.word() == word)
    }
}

/// A request, after its actor was believed.
#[derive(Clone)]
pub(crate) struct Cx {
    /// The face.
    pub(crate) app: Arc<App>,
    /// The other end, to ask again later.
    pub(crate) peer: Arc<Peer>,
    /// Who asks.
    pub(crate) actor: Actor,
    /// In which language.
    pub(crate) lang: Lang,
    /// In which colours.
    pub(crate) theme: Theme,
    /// Path and query that were asked for.
    pub(crate) uri: Uri,
}

impl Cx {
    /// The recorder.
    pub(crate) fn device(&self) -> &dyn Device {
        &*self.app.device
    }

    /// Asks again, in the midst of a long answer, whether its reader may still have it; a refusal
    /// is in the journal then.
    pub(crate) fn still_allowed(&self, who: Who) -> bool {
        let refusal = match self.peer.actor(self.device()) {
            Ok(actor) if who.allows(actor.roles()) => return true,
            Ok(_) => Refusal { reason: "no-role", detail: "a role was taken away".to_owned() },
            Err(refusal) => refusal,
        };
        self.app.note_refusal(&self.peer.whence(), &refusal);
        false
    }
}

/// Choices of a person that live in cookies; a query (`?lang=en`, `?theme=dark`) sets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choices {
    /// Language.
    pub(crate) lang: Lang,
    /// Colours.
    pub(crate) theme: Theme,
}

impl Choices {
    /// From the query, else the cookies, else what the browser prefers.
    pub(crate) fn of(query: &HashMap<String, String>, headers: &HeaderMap) -> Self {
        let lang = query.get("lang").and_then(|code| lang_of(code));
        let theme = query.get("theme").and_then(|word| Theme::from_word(word));
        Self {
            lang: lang
                .or_else(|| cookie(headers, "aura_lang").and_then(lang_of))
                .or_else(|| preferred(headers))
                .unwrap_or_default(),
            theme: theme
                .or_else(|| cookie(headers, "aura_theme").and_then(Theme::from_word))
                .unwrap_or(Theme::Auto),
        }
    }

    /// Cookies to set, when the query asked for a change.
    pub(crate) fn cookies(self, query: &HashMap<String, String>) -> Vec<String> {
        let cookie = |name, word| {
            format!("{name}={word}; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Strict")
        };
        let mut cookies = Vec::new();
        if query.contains_key("lang") {
            cookies.push(cookie("aura_lang", self.lang.code()));
        }
        if query.contains_key("theme") {
            cookies.push(cookie("aura_theme", self.theme.word()));
        }
        cookies
    }
}

fn lang_of(code: &str) -> Option<Lang> {
    [Lang::Ru, Lang::En].into_iter().find(|lang| lang.code() == code)
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// First language of `Accept-Language` that we speak.
fn preferred(headers: &HeaderMap) -> Option<Lang> {
    let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    accepted.split(',').find_map(|range| lang_of(range.trim().get(..2)?))
}

/// What the request carries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Input {
    /// Variable segments of the path.
    pub(crate) path: HashMap<String, String>,
    /// The query.
    pub(crate) query: HashMap<String, String>,
    /// Fields of a form or of a flat JSON object.
    pub(crate) fields: HashMap<String, String>,
}

impl Input {
    /// Number of the record that the path names.
    pub(crate) fn record_id(&self) -> Result<RecordId, Fault> {
        let text = self.path.get("id").map_or("", String::as_str);
        text.parse().map(RecordId).map_err(|_| Fault::NotFound)
    }

    /// A number of the query; absent gives `None`.
    pub(crate) fn number(&self, name: &'static str) -> Result<Option<u64>, Fault> {
        match self.query.get(name).map(String::as_str) {
            None | Some("") => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| Fault::Input {
                name,
                value: text.into(),
                allowed: "0…2^64−1",
            }),
        }
    }

    /// A count of the query, at most `max`; absent gives `default`.
    pub(crate) fn count(
        &self,
        name: &'static str,
        default: usize,
        max: usize,
    ) -> Result<usize, Fault> {
        let number = self.number(name)?;
        Ok(number.map_or(default, |n| usize::try_from(n).unwrap_or(max).min(max)))
    }

    /// A text of the query; absent is empty.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.query.get(name).map_or("", |text| text.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_come_from_query_then_cookie_then_browser() {
        let check = |query: &str, cookies: &str, accept: &str, lang: Lang, theme: Theme| {
            let query: HashMap<String, String> = query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect();
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, cookies.parse().unwrap());
            headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
            assert_eq!(
                Choices::of(&query, &headers),
                Choices { lang, theme },
                "{query:?} {cookies}"
            );
        };
        check("", "", "", Lang::Ru, Theme::Auto);
        check("", "", "de, en-GB;q=0.8, ru;q=0.5", Lang::En, Theme::Auto);
        check("", "a=b; aura_lang=ru; aura_theme=dark", "en", Lang::Ru, Theme::Dark);
        check("lang=en&theme=light", "aura_lang=ru; aura_theme=dark", "", Lang::En, Theme::Light);
        check("lang=xx&theme=pink", "aura_theme=\"><script>", "", Lang::Ru, Theme::Auto);
    }
}
