//! What stands around every page: header, banners, navigation.

use crate::access::{Endpoint, Icon, TABLE, rule_of};
use crate::catalogue::{Words, words};
use crate::context::{Cx, Theme};
use crate::{dto, figures};
use aura_model::{HealthReport, HealthState, Lang, Role, Sync};

/// Data of the frame around a page.
pub(crate) struct Chrome {
    pub(crate) t: Words,
    pub(crate) lang: &'static str,
    pub(crate) theme: &'static str,
    pub(crate) title: String,
    pub(crate) station: String,
    pub(crate) rec_dev_id: String,
    pub(crate) version: String,
    /// `good`, `warning` or `fault`.
    pub(crate) state: &'static str,
    /// `locked`, `holdover` or `free`.
    pub(crate) sync: &'static str,
    pub(crate) sync_error: String,
    pub(crate) date: String,
    pub(crate) clock: String,
    pub(crate) zone: String,
    /// Milliseconds of local time, for the script's clock.
    pub(crate) utc_offset_s: i32,
    pub(crate) person: String,
    pub(crate) roles: String,
    pub(crate) may_start: bool,
    pub(crate) token: String,
    pub(crate) entries: Vec<NavEntry>,
    pub(crate) simulated: bool,
    /// Sentences of the faults that last.
    pub(crate) faults: Vec<String>,
    pub(crate) other_lang: &'static str,
    pub(crate) other_lang_href: String,
    pub(crate) themes: Vec<ThemeLink>,
    pub(crate) build: &'static str,
}

/// A page that is open to this actor.
pub(crate) struct NavEntry {
    pub(crate) href: &'static str,
    pub(crate) title: String,
    pub(crate) icon: &'static str,
    pub(crate) current: bool,
}

/// A choice of colours.
pub(crate) struct ThemeLink {
    pub(crate) href: String,
    pub(crate) word: &'static str,
    pub(crate) title: String,
    pub(crate) current: bool,
}

impl Chrome {
    /// The frame of a page with this title.
    pub(crate) fn new(cx: &Cx, title: String, health: &HealthReport) -> Self {
        let (t, device) = (words(cx.lang), cx.device());
        let (station, now) = (device.station(), device.now());
        let offset = device.utc_offset_s(now);
        let roles = cx.actor.roles();
        let faults = health.items.iter().filter(|item| item.state == HealthState::Fault);
        Self {
            t,
            lang: cx.lang.code(),
            theme: cx.theme.word(),
            title,
            station: station.name.clone(),
            rec_dev_id: station.rec_dev_id.clone(),
            version: health.version.clone(),
            state: dto::state_word(health.state),
            sync: dto::sync_word(now.quality.sync),
            sync_error: match now.quality.sync {
                Sync::Free => String::new(),
                _ => figures::error_bound(t, now.quality.error_ns),
            },
            date: figures::date(cx.lang, now, offset),
            clock: figures::clock(cx.lang, now, offset, 0),
            zone: figures::zone(offset),
            utc_offset_s: offset,
            person: dto::actor_name(&cx.actor),
            roles: roles.iter().map(|role| role_short(t, role)).collect::<Vec<_>>().join(", "),
            may_start: rule_of(Endpoint::Start).who.allows(roles),
            token: cx.app.tokens.token(&cx.actor),
            entries: entries(cx, t),
            simulated: device.snapshot().is_some_and(|snapshot| snapshot.simulated),
            faults: faults.map(|item| item.code.text(cx.lang, &item.args)).collect(),
            other_lang: if cx.lang == Lang::Ru { "en" } else { "ru" },
            other_lang_href: with_choice(cx, "lang", if cx.lang == Lang::Ru { "en" } else { "ru" }),
            themes: themes(cx, t),
            build: crate::assets::build(),
        }
    }

    /// Words of a key that is made of a theme and a stable word: `state-good`.
    pub(crate) fn w(&self, theme: &str, word: &str) -> String {
        self.t.s(&format!("{theme}-{word}"))
    }

    /// An icon as inline SVG.
    #[expect(clippy::unused_self, reason = "templates reach it through the frame")]
    pub(crate) fn icon(&self, name: &str) -> String {
        crate::assets::icon(name)
    }
}

/// Short name of a role, without the product's name.
fn role_short(t: Words, role: Role) -> String {
    t.s(match role {
        Role::User => "role-user",
        Role::Technician => "role-technician",
        Role::Administrator => "role-administrator",
        Role::Operator => "role-operator",
    })
}

fn entries(cx: &Cx, t: Words) -> Vec<NavEntry> {
    let path = cx.uri.path();
    let open = TABLE.iter().filter(|rule| rule.who.allows(cx.actor.roles()));
    open.filter_map(|rule| {
        let entry = rule.entry?;
        let within = rule.path != "/" && path.starts_with(rule.path);
        Some(NavEntry {
            href: rule.path,
            title: t.s(entry.title),
            icon: icon_name(entry.icon),
            current: path == rule.path || within,
        })
    })
    .collect()
}

const fn icon_name(icon: Icon) -> &'static str {
    match icon {
        Icon::Status => "status",
        Icon::Analog => "analog",
        Icon::Discrete => "discrete",
        Icon::Records => "records",
        Icon::Reports => "reports",
        Icon::Journal => "journal",
        Icon::Me => "me",
    }
}

fn themes(cx: &Cx, t: Words) -> Vec<ThemeLink> {
    [Theme::Auto, Theme::Light, Theme::Dark]
        .into_iter()
        .map(|theme| ThemeLink {
            href: with_choice(cx, "theme", theme.word()),
            word: theme.word(),
            title: t.s(match theme {
                Theme::Auto => "theme-auto",
                Theme::Light => "theme-light",
                Theme::Dark => "theme-dark",
            }),
            current: theme == cx.theme,
        })
        .collect()
}

/// This page again with another choice; the rest of its query stays.
fn with_choice(cx: &Cx, name: &str, word: &str) -> String {
    let query = cx.uri.query().unwrap_or_default();
    let kept = query.split('&').filter(|pair| {
        let key = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && !matches!(key, "lang" | "theme")
    });
    let mut href = format!("{}?", cx.uri.path());
    for pair in kept {
        href.push_str(pair);
        href.push('&');
    }
    href + name + "=" + word
}
