//! Tests that need more than one crate or a foreign peer.
