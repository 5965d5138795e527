//! Samples in: replay, simulator and the digitiser stream.
