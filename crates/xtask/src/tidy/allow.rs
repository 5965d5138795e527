//! Exceptions from the laws, each with its reason. An exception that nothing needs any more is a
//! finding.

use super::Finding;

/// One exception: the beginning of the law's name, the path, and what the message contains.
pub(super) struct Allowed {
    law: &'static str,
    path: &'static str,
    contains: &'static str,
    /// Why the law gives way here.
    reason: &'static str,
}

pub(super) const ALLOWED: &[Allowed] = &[
    Allowed {
        law: "style 6, sizes",
        path: "crates/model/src/event.rs",
        contains: "line of",
        reason: "the table of codes: one code is one line, so that a diff shows it whole",
    },
    Allowed {
        law: "law 3",
        path: "crates/acquire/src/stream/socket.rs",
        contains: "fs::",
        reason: "a socket's file comes and goes with its listener; nothing is stored in it",
    },
    Allowed {
        law: "law 3",
        path: "crates/web/src/serve.rs",
        contains: "fs::",
        reason: "the local socket's file comes and goes with its listener",
    },
    Allowed {
        law: "law 3",
        path: "crates/daemon/src/faces.rs",
        contains: "fs::write",
        reason: "the ready file says where the sockets are, as a socket's own file does",
    },
    Allowed {
        law: "law 3",
        path: "crates/cli/src/files.rs",
        contains: "outside",
        reason: "what its user names with --out: fetched records, converted files, certificates",
    },
];

/// Takes the excepted findings out, and adds one for each exception that is not needed.
pub(super) fn apply(allowed: &[Allowed], findings: Vec<Finding>) -> Vec<Finding> {
    let excepts = |rule: &Allowed, finding: &Finding| {
        finding.law.starts_with(rule.law)
            && finding.path == rule.path
            && finding.message.contains(rule.contains)
    };
    let idle = allowed.iter().filter(|rule| !findings.iter().any(|finding| excepts(rule, finding)));
    let mut kept: Vec<Finding> = idle
        .map(|rule| {
            let message =
                format!("the exception for {:?} ({}) is not needed", rule.law, rule.reason);
            Finding::new(rule.path, 1, "exceptions are used", message)
        })
        .collect();
    let broken = findings.into_iter();
    kept.extend(broken.filter(|finding| !allowed.iter().any(|rule| excepts(rule, finding))));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_covers_its_place_and_must_be_needed() {
        let rule = [Allowed { law: "law 3", path: "a.rs", contains: "fs::write", reason: "why" }];
        let finding = |path: &str, message: &str| Finding::new(path, 7, "law 3, writes", message);
        assert!(apply(&rule, vec![finding("a.rs", "`fs::write` outside")]).is_empty());
        let other = vec![finding("a.rs", "`fs::write`"), finding("b.rs", "`fs::write`")];
        assert_eq!(apply(&rule, other), [finding("b.rs", "`fs::write`")]);
        let idle = apply(&rule, Vec::new());
        assert_eq!(idle.len(), 1);
        assert_eq!(idle[0].law, "exceptions are used");
    }
}
