//! The store against a foreign peer and on real recordings.
// A skipped test says so in one line.
#![allow(clippy::print_stdout)]

mod store {
    mod captures;
    // The environment of the COMTRADE tests; what only they need is not used here.
    #[allow(dead_code)]
    #[path = "../comtrade/data.rs"]
    mod data;
    mod peer_reads_records;
}
