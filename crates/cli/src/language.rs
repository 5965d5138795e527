//! Language of the talk: `--lang`, else the locale of the environment.

use aura_model::Lang;

/// Language of this process, known before the arguments are: help and refusals need it, too.
pub(crate) fn of_process() -> Lang {
    let args = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    choose(args, locale.as_deref())
}

fn choose(args: impl Iterator<Item = String>, locale: Option<&str>) -> Lang {
    let mut args = args.skip(1).take_while(|arg| arg != "--");
    while let Some(arg) = args.next() {
        let word = match arg.strip_prefix("--lang") {
            Some("") => args.next(),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        match word.as_deref() {
            Some("ru") => return Lang::Ru,
            Some("en") => return Lang::En,
            _ => {}
        }
    }
    match locale {
        Some(locale) if locale.starts_with("ru") => Lang::Ru,
        _ => Lang::En,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_goes_before_the_locale() {
        let check = |args: &[&str], locale: Option<&str>, expect: Lang| {
            let args = ["auractl"].iter().chain(args).map(|arg| (*arg).to_owned());
            assert_eq!(choose(args, locale), expect);
        };
        check(&[], None, Lang::En);
        check(&[], Some("C.UTF-8"), Lang::En);
        check(&[], Some("ru_RU.UTF-8"), Lang::Ru);
        check(&["status", "--lang", "en"], Some("ru_RU.UTF-8"), Lang::En);
        check(&["--lang=ru", "status"], None, Lang::Ru);
        check(&["--", "--lang=ru"], None, Lang::En);
    }
}
