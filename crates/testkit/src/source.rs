//! A source that plays closed-form signals.

use crate::wave::Script;
use aura_model::{Fill, Layout, Quality, SampleBlock, Source, SourceError, Stamp};

/// Plays one script per analog channel; discretes change at given rows.
#[derive(Clone, Debug)]
pub struct WaveSource {
    layout: Layout,
    start: Stamp,
    /// Script and value of one count.
    channels: Vec<(Script, f64)>,
    /// Row, channel and new state, ascending.
    edges: Vec<(u64, usize, bool)>,
    rows: u64,
    row: u64,
    seq: u64,
}

impl WaveSource {
    /// A source of `rows` rows; each channel has its script and the value of one count.
    ///
    /// # Panics
    /// When the layout asks for another number of channels.
    #[must_use]
    pub fn new(layout: Layout, start: Stamp, rows: u64, channels: Vec<(Script, f64)>) -> Self {
        assert_eq!(channels.len(), layout.analog, "one script per channel");
        Self { layout, start, channels, edges: Vec::new(), rows, row: 0, seq: 0 }
    }

    /// The same with a discrete channel that takes a state at a row; rows ascend.
    #[must_use]
    pub fn edge(mut self, row: u64, channel: usize, state: bool) -> Self {
        self.edges.push((row, channel, state));
        self
    }
}

impl Source for WaveSource {
    fn layout(&self) -> Layout {
        self.layout
    }

    #[expect(clippy::cast_possible_truncation, reason = "a test chooses counts that fit")]
    fn fill(&mut self, block: &mut SampleBlock) -> Result<Fill, SourceError> {
        let rows = (self.rows - self.row).min(u64::from(self.layout.rows)) as u16;
        if rows == 0 {
            return Ok(Fill::End);
        }
        let tai = self.start.tai.plus_ns(self.layout.rate.row_ns(self.row));
        block.clear(self.seq, Stamp { tai, ..self.start });
        block.set_rows(rows);
        for row in 0..usize::from(rows) {
            let at = self.row + row as u64;
            let t_s = at as f64 / self.layout.rate.hz();
            for (sample, (script, a)) in block.analog_row_mut(row).iter_mut().zip(&self.channels) {
                *sample = (script.at(t_s) / a).round() as i32;
            }
            block.set_row_valid(row);
            for (_, channel, state) in self.edges.iter().filter(|edge| edge.0 <= at) {
                let word = &mut block.discrete_row_mut(row)[channel / 64];
                let bit = 1 << (channel % 64);
                *word = if *state { *word | bit } else { *word & !bit };
            }
        }
        block.quality_mut().fill(Quality::GOOD);
        self.row += u64::from(rows);
        self.seq += 1;
        Ok(Fill::Rows)
    }

    fn simulated(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wave::Wave;
    use aura_model::Rate;

    #[test]
    fn rows_times_and_edges() {
        let rate = Rate::from_hz(1_000.0).unwrap();
        let layout = Layout { rate, analog: 1, discrete: 2, rows: 4 };
        let script = Script::new(Wave::dc(2.0)).then(0.005, Wave::dc(-3.0));
        let mut source = WaveSource::new(layout, Stamp::default(), 6, vec![(script, 0.5)])
            .edge(1, 1, true)
            .edge(5, 1, false);
        let mut block = SampleBlock::new(layout);
        assert_eq!(source.fill(&mut block), Ok(Fill::Rows));
        assert_eq!((block.rows(), block.analog_row(3)), (4, &[4][..]));
        assert_eq!((block.discrete_row(0), block.discrete_row(1)), (&[0][..], &[2][..]));
        assert_eq!(source.fill(&mut block), Ok(Fill::Rows));
        assert_eq!((block.rows(), block.t0.tai.0), (2, 4_000_000));
        assert_eq!((block.analog_row(1), block.discrete_row(1)), (&[-6][..], &[0][..]));
        assert_eq!(source.fill(&mut block), Ok(Fill::End));
    }
}
