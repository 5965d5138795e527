//! Signals in closed form: their value at any instant and their phasor are known without any
//! computation on samples.

use aura_model::Phasor;
use core::f64::consts::{SQRT_2, TAU};

/// A cosine `sqrt(2)·rms·cos(2π·hz·t + angle)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sine {
    /// RMS value.
    pub rms: f64,
    /// Frequency, hertz.
    pub hz: f64,
    /// Angle at t = 0, degrees.
    pub angle_deg: f64,
}

/// A stationary signal: cosines, a constant, and a decaying constant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wave {
    /// Cosines.
    pub sines: Vec<Sine>,
    /// Constant part.
    pub dc: f64,
    /// Decaying parts: value at its start, start in seconds, time constant in seconds; zero before
    /// the start.
    pub decays: Vec<(f64, f64, f64)>,
}

impl Wave {
    /// One cosine.
    #[must_use]
    pub fn sine(rms: f64, hz: f64, angle_deg: f64) -> Self {
        Self { sines: vec![Sine { rms, hz, angle_deg }], ..Self::default() }
    }

    /// A constant.
    #[must_use]
    pub fn dc(value: f64) -> Self {
        Self { dc: value, ..Self::default() }
    }

    /// A balanced set of phases A, B, C, turning in that order.
    #[must_use]
    pub fn three_phase(rms: f64, hz: f64, angle_deg: f64) -> [Self; 3] {
        [0.0, -120.0, 120.0].map(|shift| Self::sine(rms, hz, angle_deg + shift))
    }

    /// The same with a harmonic of its first cosine.
    #[must_use]
    pub fn harmonic(mut self, order: u32, rms: f64, angle_deg: f64) -> Self {
        let hz = self.sines.first().map_or(0.0, |sine| sine.hz) * f64::from(order);
        self.sines.push(Sine { rms, hz, angle_deg });
        self
    }

    /// The same with a part that decays from `value` at `from_s` with the time constant `tau_s`.
    #[must_use]
    pub fn decaying(mut self, value: f64, from_s: f64, tau_s: f64) -> Self {
        self.decays.push((value, from_s, tau_s));
        self
    }

    /// The sum of signals.
    #[must_use]
    pub fn sum(waves: &[Self]) -> Self {
        let mut sum = Self::default();
        for wave in waves {
            sum.sines.extend(&wave.sines);
            sum.decays.extend(&wave.decays);
            sum.dc += wave.dc;
        }
        sum
    }

    /// Value at `t_s` seconds.
    #[must_use]
    pub fn at(&self, t_s: f64) -> f64 {
        let sines: f64 = self
            .sines
            .iter()
            .map(|s| SQRT_2 * s.rms * (TAU * s.hz * t_s + s.angle_deg.to_radians()).cos())
            .sum();
        let decays: f64 = self
            .decays
            .iter()
            .filter(|(_, from, _)| t_s >= *from)
            .map(|(value, from, tau)| value * (-(t_s - from) / tau).exp())
            .sum();
        sines + self.dc + decays
    }

    /// Phasor of the cosines of one frequency, RMS, against t = 0.
    #[must_use]
    pub fn phasor(&self, hz: f64) -> Phasor {
        let mut sum = Phasor::default();
        for sine in self.sines.iter().filter(|sine| (sine.hz - hz).abs() < 1e-9) {
            let (sin, cos) = sine.angle_deg.to_radians().sin_cos();
            sum.re += sine.rms * cos;
            sum.im += sine.rms * sin;
        }
        sum
    }
}

/// Signals one after another: each holds from its instant (seconds) to the next one's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script(Vec<(f64, Wave)>);

impl Script {
    /// This signal for ever.
    #[must_use]
    pub fn new(wave: Wave) -> Self {
        Self(vec![(f64::NEG_INFINITY, wave)])
    }

    /// The same, changing to another signal at `at_s` seconds; instants ascend.
    #[must_use]
    pub fn then(mut self, at_s: f64, wave: Wave) -> Self {
        self.0.push((at_s, wave));
        self
    }

    /// The signal in force at `t_s` seconds.
    ///
    /// # Panics
    /// When the script is empty.
    #[must_use]
    pub fn wave(&self, t_s: f64) -> &Wave {
        let (_, wave) =
            self.0.iter().rfind(|(from, _)| *from <= t_s).expect("a script holds from the start");
        wave
    }

    /// Value at `t_s` seconds.
    #[must_use]
    pub fn at(&self, t_s: f64) -> f64 {
        self.wave(t_s).at(t_s)
    }
}

impl From<Wave> for Script {
    fn from(wave: Wave) -> Self {
        Self::new(wave)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balanced_set_sums_to_nothing_and_turns_forward() {
        let abc = Wave::three_phase(100.0, 50.0, 30.0);
        assert!(Wave::sum(&abc).phasor(50.0).magnitude() < 1e-12);
        // A leads B by a third of a period.
        assert!((abc[0].at(0.001) - abc[1].at(0.001 + 0.02 / 3.0)).abs() < 1e-9);
        assert!((abc[0].at(0.0) - 141.421_356_237 * 30_f64.to_radians().cos()).abs() < 1e-6);
    }

    #[test]
    fn a_script_changes_at_its_instants() {
        let script = Script::new(Wave::dc(1.0)).then(0.5, Wave::dc(2.0).decaying(1.0, 0.5, 0.1));
        assert_eq!((script.at(0.499), script.at(0.5)), (1.0, 3.0));
        assert!((script.at(0.6) - (2.0 + (-1.0_f64).exp())).abs() < 1e-12);
    }
}
