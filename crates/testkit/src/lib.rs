//! Waveforms, clocks and doubles of every seam, for tests.
