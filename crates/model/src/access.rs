//! Who acts: roles, identities and actors. What a role may do is decided in one table of the face
//! that has routes.

use core::fmt;

/// A role of the recorder (product roles; none contains another).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// «Пользователь АУРА», "AURA User".
    User,
    /// «Наладчик АУРА», "AURA Technician".
    Technician,
    /// «Администратор АУРА», "AURA Administrator".
    Administrator,
    /// «Оперативник АУРА», "AURA Operator": gives nothing on the pages.
    Operator,
}

impl Role {
    /// All roles, in the order of their bits.
    pub const ALL: [Self; 4] = [Self::User, Self::Technician, Self::Administrator, Self::Operator];

    /// The exact spelling in a certificate, Russian.
    #[must_use]
    pub const fn name_ru(self) -> &'static str {
        match self {
            Self::User => "Пользователь АУРА",
            Self::Technician => "Наладчик АУРА",
            Self::Administrator => "Администратор АУРА",
            Self::Operator => "Оперативник АУРА",
        }
    }

    /// The exact spelling in a certificate, English.
    #[must_use]
    pub const fn name_en(self) -> &'static str {
        match self {
            Self::User => "AURA User",
            Self::Technician => "AURA Technician",
            Self::Administrator => "AURA Administrator",
            Self::Operator => "AURA Operator",
        }
    }

    /// The role that this exact text names; no case folding and no look-alikes.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| name == role.name_ru() || name == role.name_en())
    }
}

/// A set of roles, one of 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct RoleSet(u8);

impl RoleSet {
    /// No role.
    pub const NONE: Self = Self(0);
    /// Every role.
    pub const ALL: Self = Self(0b1111);

    /// The set of these roles.
    #[must_use]
    pub fn of(roles: &[Role]) -> Self {
        roles.iter().fold(Self::NONE, |set, role| set.with(*role))
    }

    /// This set and one role more.
    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | 1 << role as u8)
    }

    /// Whether the role is in the set.
    #[must_use]
    pub const fn contains(self, role: Role) -> bool {
        self.0 >> role as u8 & 1 == 1
    }

    /// Roles that are in both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether the sets share a role.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether no role is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles, in their order.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.contains(*role))
    }

    /// All 16 sets.
    pub fn every() -> impl Iterator<Item = Self> {
        (0..16).map(Self)
    }
}

/// Who a certificate says that somebody is, after the trust list believed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Common name of the subject; empty when it has none.
    pub common_name: String,
    /// Serial number, upper-case hexadecimal.
    pub serial: String,
    /// SHA-256 of the certificate's DER, lower-case hexadecimal.
    pub fingerprint: String,
    /// Roles, cut by the mask of the anchor that vouches.
    pub roles: RoleSet,
    /// The anchor or pin that vouches, by its name.
    pub anchor: String,
    /// End of validity, POSIX seconds.
    pub not_after_unix_s: i64,
}

/// Who caused something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The recorder itself.
    Recorder,
    /// A person with a certificate, from an address.
    Person {
        /// Who.
        identity: Box<Identity>,
        /// From where: address and port.
        from: String,
    },
    /// A person with a shell on the recorder, over the local socket.
    Local {
        /// Name or number of the operating system's user.
        user: String,
    },
}

impl Actor {
    /// Roles that the actor has; a local engineer has User, Technician and Administrator.
    #[must_use]
    pub fn roles(&self) -> RoleSet {
        match self {
            Self::Recorder => RoleSet::NONE,
            Self::Person { identity, .. } => identity.roles,
            Self::Local { .. } => RoleSet::of(&[Role::User, Role::Technician, Role::Administrator]),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recorder => f.write_str("recorder"),
            Self::Person { identity, from } => write!(
                f,
                "CN={} serial={} sha256={} from={from}",
                identity.common_name, identity.serial, identity.fingerprint
            ),
            Self::Local { user } => write!(f, "local:{user}"),
        }
    }
}

/// Why somebody was not believed; the text names the cause for the journal, never for the stranger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable word: `expired`, `unknown-issuer`, `no-certificate`, …
    pub reason: &'static str,
    /// What was seen.
    pub detail: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}

impl core::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_names_are_exact() {
        assert_eq!(Role::from_name("Наладчик АУРА"), Some(Role::Technician));
        assert_eq!(Role::from_name("AURA Technician"), Some(Role::Technician));
        // Latin look-alikes, case and spaces do not pass.
        for wrong in ["Наладчик AYPA", "aura technician", " AURA User", "AURA User ", ""] {
            assert_eq!(Role::from_name(wrong), None, "{wrong:?}");
        }
        assert_eq!(RoleSet::every().count(), 16);
    }
}
