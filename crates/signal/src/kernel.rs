//! The hot loop: one row enters all channels' sums, one leaves. Free functions on slices,
//! vectorised over channels.

/// Running sums of all channels, one array each.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    /// Σ x·Re W.
    pub(crate) re: Box<[f64]>,
    /// Σ x·Im W.
    pub(crate) im: Box<[f64]>,
    /// Σ x.
    pub(crate) sum: Box<[f64]>,
    /// Σ x².
    pub(crate) squares: Box<[i64]>,
}

impl Sums {
    /// Sums over nothing.
    pub(crate) fn new(channels: usize) -> Self {
        Self {
            re: vec![0.0; channels].into_boxed_slice(),
            im: vec![0.0; channels].into_boxed_slice(),
            sum: vec![0.0; channels].into_boxed_slice(),
            squares: vec![0; channels].into_boxed_slice(),
        }
    }

    /// Back to sums over nothing.
    pub(crate) fn clear(&mut self) {
        self.re.fill(0.0);
        self.im.fill(0.0);
        self.sum.fill(0.0);
        self.squares.fill(0);
    }

    /// Takes `new` in and `old` out; `kept` receives `new`, limited to what the sums hold exactly.
    pub(crate) fn slide(
        &mut self,
        new: &[i32],
        old: &[i32],
        kept: &mut [i32],
        [wr, wi]: [f64; 2],
        count_max: i32,
    ) {
        let n = new.len();
        let (old, kept) = (&old[..n], &mut kept[..n]);
        let (re, im) = (&mut self.re[..n], &mut self.im[..n]);
        let (sum, squares) = (&mut self.sum[..n], &mut self.squares[..n]);
        // Three short loops: each keeps within the sixteen registers of plain x86-64.
        let least = count_max.wrapping_neg();
        for c in 0..n {
            let x = if new[c] > count_max { count_max } else { new[c] };
            kept[c] = if x < least { least } else { x };
        }
        // |x|, |y| < 2^27: no difference wraps, and all of it is exact in f64.
        for c in 0..n {
            let d = f64::from(kept[c].wrapping_sub(old[c]));
            re[c] += d * wr;
            im[c] += d * wi;
            sum[c] += d;
        }
        // Unsigned products are one instruction where signed ones are many; what wraps, wraps back.
        for c in 0..n {
            let (x, y) = (u64::from(kept[c].unsigned_abs()), u64::from(old[c].unsigned_abs()));
            let change = x.wrapping_mul(x).wrapping_sub(y.wrapping_mul(y));
            squares[c] = squares[c].wrapping_add_unsigned(change);
        }
    }
}
