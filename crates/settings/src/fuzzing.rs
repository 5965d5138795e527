//! Entry point for fuzzers; no part of the interface.

use crate::Document;
use aura_model::Lang;

/// A document of any bytes: it is taken, or every problem has its place and its words.
pub fn document(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Document::parse(&text, "recorder.toml") {
        Ok(checked) => assert_eq!(checked.hash().len(), 64),
        Err(problems) => {
            assert!(!problems.is_empty(), "a refusal says why");
            for problem in problems {
                assert!(!problem.line_in(Lang::Ru).is_empty());
                assert!(!problem.line_in(Lang::En).is_empty());
            }
        }
    }
}
