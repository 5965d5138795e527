//! Phasors, RMS, symmetrical components and frequency of sampled channels.
