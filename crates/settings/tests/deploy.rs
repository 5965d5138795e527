//! The example configurations: each one checks clean, and no damage to one makes the check fall.

use aura_settings::{Document, Level};
use std::path::PathBuf;

fn examples() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    let mut list: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("deploy/ is in the repository")
        .map(|entry| entry.expect("a folder's entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| {
            let name = path.file_name().expect("a file").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("UTF-8"))
        })
        .collect();
    list.sort();
    assert!(list.len() >= 4, "an example for each kind of input");
    list
}

#[test]
fn every_example_checks_clean() {
    for (name, text) in examples() {
        let checked = Document::parse(&text, &name).unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(|one| format!("{one}\n")).collect::<String>())
        });
        let warnings: Vec<_> =
            checked.notes().iter().filter(|note| note.level() != Level::Hint).collect();
        assert_eq!(warnings, [] as [&aura_settings::Problem; 0], "{name}");
    }
}

/// A small generator with a fixed seed, so that a failure can be found again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % sides.max(1)
    }
}

#[test]
fn damaged_examples_are_told_never_fallen_over() {
    let pieces = [
        "[[",
        "]]",
        "\"",
        "'''",
        "{",
        "}",
        "=",
        "-",
        "1e999",
        "nan",
        "-0",
        "\u{0}",
        "\u{202e}",
        "9223372036854775808",
        "é",
        "[trigger]",
        "a.b.c.d=1",
        "#",
        "\n",
        ",",
        "true",
        "*",
    ];
    let mut dice = Dice(0x0a07_2026);
    let mut refused = 0;
    for (name, text) in examples() {
        for _ in 0..400 {
            let mut chars: Vec<char> = text.chars().collect();
            for _ in 0..=dice.roll(3) {
                let at = dice.roll(chars.len());
                match dice.roll(4) {
                    0 => {
                        let end = (at + dice.roll(40)).min(chars.len());
                        chars.drain(at..end);
                    }
                    1 => {
                        let piece = pieces[dice.roll(pieces.len())];
                        chars.splice(at..at, piece.chars());
                    }
                    2 => {
                        let end = (at + dice.roll(200)).min(chars.len());
                        let copy: Vec<char> = chars[at..end].to_vec();
                        chars.splice(at..at, copy);
                    }
                    _ => chars.truncate(at),
                }
            }
            let damaged: String = chars.into_iter().collect();
            if let Err(problems) = Document::parse(&damaged, &name) {
                refused += 1;
                assert!(problems.iter().any(|one| one.level() == Level::Error), "{damaged}");
                let lines = damaged.lines().count().max(1) + 1;
                for one in problems {
                    assert!(usize::try_from(one.line).expect("small") <= lines, "{one}");
                    assert!(!one.line_in(aura_model::Lang::Ru).contains('\u{0}'), "{one}");
                }
            }
        }
    }
    assert!(refused > 800, "the damage was no damage: {refused}");
}
