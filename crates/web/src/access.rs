//! The access table: route × method → who. The router, the navigation, refusals, `/api/v1/me` and
//! the tests are made from it; there is no other place where a role decides.

use aura_model::{Role, RoleSet};

/// Method of a rule. A GET rule also answers HEAD; no GET changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes something.
    Post,
}

/// Who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Any certificate that is believed, whatever its roles.
    Anyone,
    /// At least one of these roles.
    AnyOf(RoleSet),
}

impl Who {
    /// Whether these roles are enough.
    #[must_use]
    pub const fn allows(self, roles: RoleSet) -> bool {
        match self {
            Self::Anyone => true,
            Self::AnyOf(needed) => needed.intersects(roles),
        }
    }

    /// Roles of which one is needed; empty when none is.
    #[must_use]
    pub const fn needed(self) -> RoleSet {
        match self {
            Self::Anyone => RoleSet::NONE,
            Self::AnyOf(needed) => needed,
        }
    }
}

/// What answers a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// Состояние.
    Status,
    /// Аналоговые.
    Analog,
    /// Дискретные.
    Discrete,
    /// Осциллограммы, list.
    Records,
    /// One record.
    Record,
    /// Text of a record's report.
    Report,
    /// Отчёты, list.
    Reports,
    /// Журнал регистратора.
    Journal,
    /// Пуск, form.
    StartForm,
    /// Пуск.
    Start,
    /// Мой доступ.
    Me,
    /// Style, script, font, icon.
    Asset,
    /// JSON: state of the recorder.
    ApiStatus,
    /// JSON: values of now.
    ApiLive,
    /// Server-sent events: values, state, records.
    ApiStream,
    /// JSON: records.
    ApiRecords,
    /// JSON: one record.
    ApiRecord,
    /// Download of a record's file, or of all as a zip.
    ApiFile,
    /// JSON: facts of a report.
    ApiReport,
    /// JSON: manual start.
    ApiStart,
    /// JSON: journal.
    ApiJournal,
    /// Download of the journal.
    ApiJournalFile,
    /// JSON: who am I.
    ApiMe,
}

/// Picture of an entry of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Pulse line.
    Status,
    /// Sine.
    Analog,
    /// Square wave.
    Discrete,
    /// Trace with a burst.
    Records,
    /// Sheet.
    Reports,
    /// Lines.
    Journal,
    /// Key.
    Me,
}

/// Entry of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Key of its title in the catalogue.
    pub title: &'static str,
    /// Its picture.
    pub icon: Icon,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Method.
    pub method: Method,
    /// Route, with `{name}` for variable segments.
    pub path: &'static str,
    /// What answers.
    pub endpoint: Endpoint,
    /// Who may.
    pub who: Who,
    /// Entry of the navigation; `None` for what is not listed there.
    pub entry: Option<Entry>,
}

impl Rule {
    /// Whether the route is of the JSON API, so that refusals are JSON as well.
    #[must_use]
    pub fn is_api(&self) -> bool {
        self.path.starts_with("/api/")
    }
}

const USER: Who = Who::AnyOf(RoleSet::NONE.with(Role::User));
const JOURNAL: Who = Who::AnyOf(RoleSet::NONE.with(Role::User).with(Role::Administrator));

const fn page(path: &'static str, endpoint: Endpoint, who: Who) -> Rule {
    Rule { method: Method::Get, path, endpoint, who, entry: None }
}

const fn listed(
    path: &'static str,
    endpoint: Endpoint,
    who: Who,
    title: &'static str,
    icon: Icon,
) -> Rule {
    Rule { method: Method::Get, path, endpoint, who, entry: Some(Entry { title, icon }) }
}

const fn action(path: &'static str, endpoint: Endpoint, who: Who) -> Rule {
    Rule { method: Method::Post, path, endpoint, who, entry: None }
}

/// The table. Its order is the order of the navigation.
pub const TABLE: &[Rule] = &[
    listed("/", Endpoint::Status, Who::Anyone, "nav-status", Icon::Status),
    listed("/analog", Endpoint::Analog, Who::Anyone, "nav-analog", Icon::Analog),
    listed("/discrete", Endpoint::Discrete, Who::Anyone, "nav-discrete", Icon::Discrete),
    listed("/reports", Endpoint::Reports, Who::Anyone, "nav-reports", Icon::Reports),
    listed("/records", Endpoint::Records, Who::Anyone, "nav-records", Icon::Records),
    page("/records/{id}", Endpoint::Record, Who::Anyone),
    page("/records/{id}/report", Endpoint::Report, Who::Anyone),
    listed("/journal", Endpoint::Journal, JOURNAL, "nav-journal", Icon::Journal),
    page("/start", Endpoint::StartForm, USER),
    action("/start", Endpoint::Start, USER),
    listed("/me", Endpoint::Me, Who::Anyone, "nav-me", Icon::Me),
    page("/static/{name}", Endpoint::Asset, Who::Anyone),
    page("/api/v1/status", Endpoint::ApiStatus, Who::Anyone),
    page("/api/v1/live", Endpoint::ApiLive, Who::Anyone),
    page("/api/v1/live/stream", Endpoint::ApiStream, Who::Anyone),
    page("/api/v1/records", Endpoint::ApiRecords, Who::Anyone),
    page("/api/v1/records/{id}", Endpoint::ApiRecord, Who::Anyone),
    page("/api/v1/records/{id}/file/{kind}", Endpoint::ApiFile, Who::Anyone),
    page("/api/v1/records/{id}/report", Endpoint::ApiReport, Who::Anyone),
    action("/api/v1/records/start", Endpoint::ApiStart, USER),
    page("/api/v1/journal", Endpoint::ApiJournal, JOURNAL),
    page("/api/v1/journal/file", Endpoint::ApiJournalFile, JOURNAL),
    page("/api/v1/me", Endpoint::ApiMe, Who::Anyone),
];

/// The rule of an endpoint.
#[must_use]
pub(crate) fn rule_of(endpoint: Endpoint) -> &'static Rule {
    TABLE
        .iter()
        .find(|rule| rule.endpoint == endpoint)
        .expect("every endpoint stands in the table, as the test of this module holds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_role_contains_another() {
        let journal = rule_of(Endpoint::Journal).who;
        assert!(journal.allows(RoleSet::of(&[Role::User])));
        assert!(journal.allows(RoleSet::of(&[Role::Administrator])));
        assert!(!journal.allows(RoleSet::of(&[Role::Technician, Role::Operator])));
        let start = rule_of(Endpoint::Start).who;
        let not_user = RoleSet::of(&[Role::Technician, Role::Administrator, Role::Operator]);
        assert!(!start.allows(not_user));
        assert!(Who::Anyone.allows(RoleSet::NONE));
    }

    #[test]
    fn a_change_is_never_open_to_anyone_and_routes_are_unique() {
        for (at, rule) in TABLE.iter().enumerate() {
            assert!(rule.method == Method::Get || rule.who != Who::Anyone, "{rule:?}");
            assert!(
                TABLE[..at].iter().all(|o| (o.method, o.path) != (rule.method, rule.path)
                    && o.endpoint != rule.endpoint),
                "{rule:?} twice"
            );
        }
    }
}
