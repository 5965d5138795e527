//! Words of the pages, one Fluent catalogue per language. Names that people gave are never
//! translated.

use aura_model::Lang;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::borrow::Cow;
use std::sync::OnceLock;
use unic_langid::LanguageIdentifier;

const RU: &str = include_str!("../locales/ru.ftl");
const EN: &str = include_str!("../locales/en.ftl");

type Bundle = FluentBundle<FluentResource>;

/// Words in one language; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    lang: Lang,
    bundle: &'static Bundle,
}

/// Words of a language.
pub(crate) fn words(lang: Lang) -> Words {
    static BUNDLES: OnceLock<[Bundle; 2]> = OnceLock::new();
    let [ru, en] = BUNDLES.get_or_init(|| [bundle("ru", RU), bundle("en", EN)]);
    let bundle = match lang {
        Lang::Ru => ru,
        Lang::En => en,
    };
    Words { lang, bundle }
}

fn bundle(code: &str, source: &str) -> Bundle {
    let id: LanguageIdentifier = code.parse().expect("both codes are identifiers");
    let mut bundle = Bundle::new_concurrent(vec![id]);
    // Isolation marks are for mixed directions, which neither language has; they break copied text.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(source.to_owned())
        .expect("the catalogues are built in and parsed by the test of this module");
    bundle.add_resource(resource).expect("no key stands twice, as the test of this module holds");
    bundle
}

impl Words {
    /// Language of these words.
    pub(crate) const fn lang(self) -> Lang {
        self.lang
    }

    /// Words of a key.
    pub(crate) fn s(self, key: &str) -> String {
        self.format(key, None)
    }

    /// Words of a key that take one text.
    pub(crate) fn a(self, key: &str, name: &str, value: impl AsRef<str>) -> String {
        self.args(key, &[(name, value.as_ref())])
    }

    /// Words of a key that take texts.
    pub(crate) fn args(self, key: &str, pairs: &[(&str, &str)]) -> String {
        let args: FluentArgs<'_> = pairs
            .iter()
            .map(|(name, value)| (Cow::Borrowed(*name), FluentValue::from(*value)))
            .collect();
        self.format(key, Some(&args))
    }

    /// Words of a key that go with a count, in the plural that the language asks for.
    pub(crate) fn n(self, key: &str, count: u64) -> String {
        let mut args = FluentArgs::new();
        args.set("n", FluentValue::from(count));
        self.format(key, Some(&args))
    }

    /// Words of a key, when the catalogue has it.
    pub(crate) fn find(self, key: &str) -> Option<String> {
        self.bundle.has_message(key).then(|| self.format(key, None))
    }

    /// An unknown key shows itself: better an ugly word than a lost page.
    fn format(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            debug_assert!(false, "no words for {key}");
            return key.to_owned();
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, args, &mut errors);
        debug_assert!(errors.is_empty(), "{key}: {errors:?}");
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aura_model::{Code, Severity};
    use std::collections::{BTreeMap, BTreeSet};

    /// Keys of a catalogue with the names of their arguments.
    fn keys(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut key = String::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if !line.starts_with([' ', '}'])
                && let Some((name, _)) = line.split_once('=')
            {
                key = name.trim().to_owned();
                assert!(!keys.contains_key(&key), "{key} twice");
            }
            let arguments =
                line.split("{ $").skip(1).filter_map(|part| part.split([' ', '}']).next());
            keys.entry(key.clone()).or_default().extend(arguments.map(str::to_owned));
        }
        keys
    }

    fn templates() -> Vec<(String, String)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        files
            .map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap()))
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_keys_and_arguments() {
        assert_eq!(keys(RU), keys(EN));
        assert!(keys(RU).len() > 150);
    }

    #[test]
    fn templates_use_keys_that_exist_and_no_words_of_their_own() {
        let known = keys(RU);
        for (file, source) in templates() {
            for call in source.split("t.s(\"").chain(source.split("t.a(\"")).skip(1) {
                let key = call.split('"').next().unwrap();
                assert!(known.contains_key(key) || key.contains(['<', '{']), "{file}: {key}");
            }
            let mut rest = source.as_str();
            let mut words = String::new();
            while let Some(start) = rest.find(['<', '{']) {
                words.push_str(&rest[..start]);
                let end = match &rest[start..] {
                    code if code.starts_with("{{") => code.find("}}").unwrap() + 2,
                    code if code.starts_with("{%") => code.find("%}").unwrap() + 2,
                    tag => tag_end(tag),
                };
                rest = &rest[start + end..];
            }
            words.push_str(rest);
            // A file's ending and a hash's name are the same in every language.
            let words = words.replace("SHA-256", "").replace("zip", "");
            let letters: Vec<char> = words.chars().filter(|c| c.is_alphabetic()).collect();
            assert!(letters.is_empty(), "{file}: {}", words.trim());
        }
    }

    /// Length of a tag whose attributes may hold template code.
    fn tag_end(tag: &str) -> usize {
        let mut depth = 0_usize;
        for (at, c) in tag.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                '>' if depth == 0 => return at + 1,
                _ => {}
            }
        }
        panic!("a tag does not end: {tag}")
    }

    #[test]
    fn every_finding_names_its_effect_and_what_to_do() {
        for code in Code::ALL.iter().filter(|code| code.severity() > Severity::Info) {
            for lang in [Lang::Ru, Lang::En] {
                for part in ["effect", "action"] {
                    let key = format!("{part}-{}", code.number());
                    assert!(words(lang).find(&key).is_some(), "{key} {lang:?}");
                }
            }
        }
    }

    #[test]
    fn russian_counts_take_three_forms() {
        let check =
            |count, expect: &str| assert_eq!(words(Lang::Ru).n("records-count", count), expect);
        check(1, "1 осциллограмма");
        check(3, "3 осциллограммы");
        check(5, "5 осциллограмм");
        check(21, "21 осциллограмма");
    }
}
