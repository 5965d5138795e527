//! White noise that depends on nothing but the seed and the sample's number.

/// SplitMix64 (Steele, Lea, Flood 2014) of a counter.
fn mix(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}

/// A number with mean 0 and RMS 1, nearly Gaussian: the sum of four uniform ones (tails end at
/// 3.5).
pub(super) fn gauss(seed: u64, n: u64) -> f64 {
    // Four 16-bit lanes of one word; each has the variance (2^32 - 1) / 12.
    const SCALE: f64 = 1.0 / 37_837.226_741; // sqrt(4 * (2^32 - 1) / 12)
    let z = mix(seed, n);
    let pairs = (z & 0xFFFF_0000_FFFF) + (z >> 16 & 0xFFFF_0000_FFFF);
    let sum = (pairs & 0xFFFF_FFFF) + (pairs >> 32);
    #[expect(clippy::cast_possible_wrap, reason = "the sum has 18 bits")]
    let centred = sum as i64 - 2 * 0xFFFF;
    centred as f64 * SCALE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_power_are_stated() {
        let n = 200_000_u32;
        let (sum, power) =
            (0..u64::from(n)).map(|k| gauss(7, k)).fold((0.0, 0.0), |s, x| (s.0 + x, s.1 + x * x));
        let n = f64::from(n);
        assert!((sum / n).abs() < 0.01, "mean {}", sum / n);
        assert!((power / n - 1.0).abs() < 0.01, "power {}", power / n);
        // Neighbours do not know of each other.
        let product: f64 = (0..100_000).map(|k| gauss(7, k) * gauss(7, k + 1)).sum();
        assert!((product / 1e5).abs() < 0.02);
    }
}
