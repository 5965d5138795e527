//! Frequency of a three-phase voltage from the turning of its positive sequence. No averaging
//! beyond three periods.

use std::f64::consts::{PI, TAU};

/// Phase readings that one estimate needs: five quarters and the present.
const READINGS: usize = 6;

/// Estimator of one group; it is told the positive sequence's phase every quarter of a window.
///
/// `φ(k) − φ(k−4)` is the turn over exactly `N` rows against the bin's own frequency. What an
/// asymmetry leaves of the image at −f turns twice as fast; a quarter period apart it has the
/// opposite sign, so that the mean of two such turns removes it to first order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frequency {
    phases: [f64; READINGS],
    held: usize,
    hz: Option<f64>,
}

impl Frequency {
    /// Nothing known yet.
    pub(crate) const fn new() -> Self {
        Self { phases: [0.0; READINGS], held: 0, hz: None }
    }

    /// The estimate, hertz.
    pub(crate) const fn hz(&self) -> Option<f64> {
        self.hz
    }

    /// Takes the phase (radians) at a quarter of the window; `None` when the phasor is too small or
    /// not valid.
    pub(crate) fn take(&mut self, phase: Option<f64>, bin_hz: f64) {
        let Some(phase) = phase else {
            *self = Self::new();
            return;
        };
        self.phases.rotate_left(1);
        self.phases[READINGS - 1] = phase;
        self.held = (self.held + 1).min(READINGS);
        self.hz = (self.held == READINGS).then(|| {
            let p = &self.phases;
            let turn = (wrap(p[5] - p[1]) + wrap(p[4] - p[0])) / 2.0;
            bin_hz * (1.0 + turn / TAU)
        });
    }
}

/// Into −π..=π.
fn wrap(angle: f64) -> f64 {
    if angle > PI {
        angle - TAU
    } else if angle < -PI {
        angle + TAU
    } else {
        angle
    }
}
