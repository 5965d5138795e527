//! The COMTRADE crate against real files and against the Python package `comtrade`.
// A skipped test says so in one line.
#![allow(clippy::print_stdout)]

mod comtrade {
    mod data;
    mod malformed;
    mod oracle;
    mod peer_reads_ours;
    mod roundtrip;
    mod sirius;
}
