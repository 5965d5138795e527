//! Benches, each side by side with its peer.
