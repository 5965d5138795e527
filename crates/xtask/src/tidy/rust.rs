//! Just enough of Rust's grammar to look at sources by line: text without comments and literals,
//! the parts that are only tests, and the bodies of functions. It does not parse; what compiles is
//! assumed.

use std::ops::Range;

/// The source with every comment, string and character literal blanked; lines and columns stay.
pub(crate) fn code_only(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_or_comment_end(bytes, at);
        if end > at {
            blank(&mut out[at..end]);
            at = end;
        } else if is_word(bytes[at]) {
            at += bytes[at..].iter().take_while(|b| is_word(**b)).count();
        } else {
            at += 1;
        }
    }
    String::from_utf8(out).expect("only whole literals and comments were blanked")
}

/// The end of the comment or literal that begins here; `at` when none does.
fn literal_or_comment_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    match rest {
        [b'/', b'/', ..] => at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => at + block_comment(rest),
        [b'"', ..] => at + 1 + quoted(&rest[1..], b'"'),
        [b'\'', ..] => at + char_literal(rest),
        [b'r' | b'b' | b'c', ..] => {
            let prefix = rest.iter().take_while(|b| matches!(b, b'r' | b'b' | b'c')).count();
            let raw = rest[..prefix].contains(&b'r');
            let hashes = rest[prefix..].iter().take_while(|b| **b == b'#').count();
            match rest.get(prefix + hashes) {
                Some(b'"') if raw => {
                    let start = prefix + hashes + 1;
                    at + start + raw_end(&rest[start..], hashes)
                }
                Some(b'"') if hashes == 0 && prefix <= 2 => {
                    at + prefix + 1 + quoted(&rest[prefix + 1..], b'"')
                }
                Some(b'\'') if hashes == 0 && rest[0] == b'b' && prefix == 1 => {
                    at + 1 + char_literal(&rest[1..])
                }
                _ => at,
            }
        }
        _ => at,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Length up to and with the closing quote.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 0;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b if b == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw_end(rest: &[u8], hashes: usize) -> usize {
    let closes = |at: usize| {
        rest[at] == b'"'
            && rest[at + 1..].iter().take(hashes).filter(|b| **b == b'#').count() == hashes
    };
    (0..rest.len()).find(|at| closes(*at)).map_or(rest.len(), |at| at + 1 + hashes)
}

/// Length of a character literal; 0 for a lifetime.
fn char_literal(rest: &[u8]) -> usize {
    match rest {
        [_, b'\\', ..] => 1 + quoted(&rest[1..], b'\''),
        [_, first, ..] => {
            let width = match first {
                0xF0.. => 4,
                0xE0.. => 3,
                0xC0.. => 2,
                _ => 1,
            };
            if rest.get(1 + width) == Some(&b'\'') { width + 2 } else { 0 }
        }
        _ => 0,
    }
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Blanks each item under `#[cfg(test)]` in text without comments and literals.
pub(crate) fn production_only(code: &str) -> String {
    let mut out = code.as_bytes().to_vec();
    let mut from = 0;
    while let Some(found) = code[from..].find("#[cfg(test)]") {
        let start = from + found;
        let end = item_end(code.as_bytes(), start + "#[cfg(test)]".len());
        blank(&mut out[start..end]);
        from = end;
    }
    String::from_utf8(out).expect("items begin and end at ASCII")
}

/// End of the item that begins here: its `;` or the brace that closes it.
fn item_end(code: &[u8], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.iter().enumerate().skip(from) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            b';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function<'c> {
    /// Its name.
    pub(crate) name: &'c str,
    /// Line of its `fn`, from 1.
    pub(crate) line: usize,
    /// Lines between its braces that hold code.
    pub(crate) body_lines: usize,
}

/// All functions with a body in text without comments and literals.
pub(crate) fn functions(code: &str) -> Vec<Function<'_>> {
    words(code)
        .filter(|range| &code[range.clone()] == "fn")
        .filter_map(|range| {
            let (name, after) = next_word(code, range.end)?;
            let open = body_open(code.as_bytes(), after)?;
            let close = item_end(code.as_bytes(), open);
            let inner = code.get(open + 1..close.checked_sub(1)?)?;
            let body_lines = inner.lines().filter(|line| !line.trim().is_empty()).count();
            Some(Function { name, line: line_of(code, range.start), body_lines })
        })
        .collect()
}

/// The word that follows white space; none when something else stands there.
fn next_word(code: &str, from: usize) -> Option<(&str, usize)> {
    let rest = code[from..].trim_start();
    let start = code.len() - rest.len();
    let len = rest.bytes().take_while(|b| is_word(*b)).count();
    (len > 0).then(|| (&code[start..start + len], start + len))
}

fn body_open(code: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in code.iter().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.checked_sub(1)?,
            b'{' if depth == 0 => return Some(at),
            b';' | b'}' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Ranges of all words.
pub(crate) fn words(code: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = code.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        at += bytes[at..].iter().take_while(|b| !is_word(**b)).count();
        let start = at;
        at += bytes[at..].iter().take_while(|b| is_word(**b)).count();
        (at > start).then_some(start..at)
    })
}

/// Number of the line, from 1, in which this byte stands.
pub(crate) fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes()[..byte].iter().filter(|b| **b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_places_stay() {
        let check = |source: &str, expect: &str| {
            let code = code_only(source);
            assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), expect, "{source:?}");
            assert_eq!(code.len(), source.len());
            assert_eq!(code.lines().count(), source.lines().count());
        };
        check("a // unsafe\nb", "a b");
        check("a /* x /* unsafe */ y */ b", "a b");
        check(r#"f("uns\"afe", 'u', '\'', b'x', b"unsafe") + g"#, "f( , , , , ) + g");
        check("r#\"un\"safe\"# x r\"y\" br\"z\" z", "x z");
        check("fn f<'a>(x: &'a str) -> char { 'я' }", "fn f<'a>(x: &'a str) -> char { }");
        check("var\"iable", "var");
        check("\"open string", "");
        check("brand rest crate", "brand rest crate");
    }

    #[test]
    fn tests_are_no_production() {
        let code = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { {} } }\nfn c() {}\n\
            #[cfg(test)]\nuse x;\nfn d() {}";
        let kept = production_only(code);
        let names: Vec<_> = functions(&kept).iter().map(|f| f.name.to_owned()).collect();
        assert_eq!(names, ["a", "c", "d"]);
        assert_eq!(kept.lines().count(), code.lines().count());
    }

    #[test]
    fn bodies_are_counted_without_blank_lines() {
        let code = "trait T { fn decl(&self); }\nfn f<const N: usize>(x: [u8; 3]) -> u8\nwhere\n{\n\
            one;\n\n  two { three }\n}\ntype P = fn(u8);";
        assert_eq!(functions(code), [Function { name: "f", line: 2, body_lines: 2 }]);
    }
}
