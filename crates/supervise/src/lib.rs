//! May the unit be believed: clock, disk and source probes.
