//! Identifiers: what may be one, and how one is made from a name in any alphabet.

use std::collections::HashSet;

/// Longest identifier, characters.
const MOST: usize = 32;

/// What an identifier may be, for messages.
pub(crate) const ALLOWED: &str = "A-Z a-z 0-9 _ -, 1..32";

/// Whether a text may be an identifier.
pub(crate) fn fits(text: &str) -> bool {
    (1..=MOST).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// Makes identifiers that differ from each other and from those that are taken.
#[derive(Debug, Default)]
pub(crate) struct Ids(HashSet<String>);

impl Ids {
    /// Takes an identifier that the document gives.
    pub(crate) fn take(&mut self, id: &str) {
        self.0.insert(id.to_owned());
    }

    /// A free identifier after a name; `fallback` when the name has no usable character.
    pub(crate) fn make(&mut self, name: &str, fallback: &str) -> String {
        let mut base = transliterated(name);
        if base.is_empty() {
            fallback.clone_into(&mut base);
        }
        self.make_exact(&base)
    }

    /// This identifier, or with a number behind it when it is taken.
    pub(crate) fn make_exact(&mut self, base: &str) -> String {
        let mut id = base.to_owned();
        for number in 2_usize.. {
            if self.0.insert(id.clone()) {
                break;
            }
            id = format!("{base}_{number}");
        }
        id
    }
}

/// A name in Latin letters, digits and single underscores; short enough for a suffix.
pub(crate) fn transliterated(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if out.len() >= MOST - 8 {
            break;
        }
        let lower = c.to_lowercase().next().unwrap_or(c);
        let piece = CYRILLIC.iter().find(|(from, _)| *from == lower).map(|(_, to)| *to);
        match piece {
            Some(piece) if c.is_uppercase() => {
                let mut letters = piece.chars();
                out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
                out.extend(letters);
            }
            Some(piece) => out.push_str(piece),
            None if c.is_ascii_alphanumeric() => out.push(c),
            None if !out.is_empty() && !out.ends_with('_') => out.push('_'),
            None => {}
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

/// Lower-case Cyrillic in the way of ISO 9 without diacritics.
const CYRILLIC: [(char, &str); 33] = [
    ('а', "a"),
    ('б', "b"),
    ('в', "v"),
    ('г', "g"),
    ('д', "d"),
    ('е', "e"),
    ('ё', "e"),
    ('ж', "zh"),
    ('з', "z"),
    ('и', "i"),
    ('й', "j"),
    ('к', "k"),
    ('л', "l"),
    ('м', "m"),
    ('н', "n"),
    ('о', "o"),
    ('п', "p"),
    ('р', "r"),
    ('с', "s"),
    ('т', "t"),
    ('у', "u"),
    ('ф', "f"),
    ('х', "h"),
    ('ц', "c"),
    ('ч', "ch"),
    ('ш', "sh"),
    ('щ', "sch"),
    ('ъ', ""),
    ('ы', "y"),
    ('ь', ""),
    ('э', "e"),
    ('ю', "yu"),
    ('я', "ya"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_identifiers() {
        let mut ids = Ids::default();
        ids.take("Ia");
        let mut check = |name: &str, expect: &str| {
            let id = ids.make(name, "a7");
            assert_eq!(id, expect, "{name:?}");
            assert!(fits(&id), "{id}");
        };
        check("Ia Л-201", "Ia_L_201");
        check("Ia Л-201", "Ia_L_201_2");
        check("Ia", "Ia_2");
        check("  РПО В-201 Щ", "RPO_V_201_Sch");
        check("", "a7");
        check("№ ∑", "a7_2");
        check("Очень длинное имя канала присоединения", "Ochen_dlinnoe_imya_kanal");
    }
}
