//! Why a request is not answered as asked, as JSON for the API and as a page for people.

use crate::catalogue::{Words, words};
use crate::context::Cx;
use crate::{dto, pages};
use aura_model::{DeviceError, Lang, RoleSet};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is no such thing.
    NotFound,
    /// The route does not know this method.
    Method,
    /// One of these roles is needed.
    NoRole(RoleSet),
    /// The request did not come from a page of ours.
    Forged,
    /// A value cannot be understood.
    Input {
        /// Name of the value.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// Another state forbids it now.
    Conflict(String),
    /// The recorder could not do it.
    Failed(String),
}

impl From<DeviceError> for Fault {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::NotFound(_) => Self::NotFound,
            DeviceError::Conflict(why) => Self::Conflict(why),
            DeviceError::Failed(why) => Self::Failed(why),
        }
    }
}

impl Fault {
    /// HTTP status.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoRole(_) | Self::Forged => StatusCode::FORBIDDEN,
            Self::Input { .. } => StatusCode::BAD_REQUEST,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Failed(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Stable word of the API.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Method => "bad-method",
            Self::NoRole(_) => "no-role",
            Self::Forged => "forged",
            Self::Input { .. } => "bad-input",
            Self::Conflict(_) => "conflict",
            Self::Failed(_) => "failed",
        }
    }

    /// One sentence.
    pub(crate) fn message(&self, lang: Lang) -> String {
        let t = words(lang);
        match self {
            Self::NotFound => t.s("fault-not-found"),
            Self::Method => t.s("fault-method"),
            Self::NoRole(needed) => t.a("fault-no-role", "roles", role_names(t, *needed)),
            Self::Forged => t.s("fault-forged"),
            Self::Input { name, value, allowed } => {
                t.args("fault-input", &[("name", name), ("value", value), ("allowed", allowed)])
            }
            Self::Conflict(why) => t.a("fault-conflict", "why", why),
            Self::Failed(why) => t.a("fault-failed", "why", why),
        }
    }

    /// The answer: JSON for a route of the API, otherwise a page.
    pub(crate) fn respond(&self, cx: &Cx, api: bool) -> Response {
        if api {
            return dto::error(self);
        }
        let page = pages::fault(cx, self);
        (self.status(), page).into_response()
    }
}

/// Names of roles in a language, joined by "or".
pub(crate) fn role_names(t: Words, roles: RoleSet) -> String {
    let names: Vec<String> = roles
        .iter()
        .map(|role| match t.lang() {
            Lang::Ru => format!("«{}»", role.name_ru()),
            Lang::En => format!("\"{}\"", role.name_en()),
        })
        .collect();
    names.join(&format!(" {} ", t.s("or")))
}
