//! The blocks: those of the past, those in flight, those that are free. No row is looked at here.

use aura_model::{Layout, SampleBlock, Stamp};
use std::collections::VecDeque;
use std::sync::Arc;

/// How long the receiver of the slices may fall behind before blocks run out, milliseconds.
const IN_FLIGHT_MS: u32 = 2_000;

/// All blocks of a pipeline. Their number is fixed.
#[derive(Debug)]
pub(crate) struct History {
    /// The past, oldest first.
    past: VecDeque<Held>,
    /// Rows in `past`.
    past_rows: u64,
    /// Rows that `past` must not fall below.
    keep_rows: u64,
    /// Blocks out of the past: in front those that a slice still holds, the newest first; behind
    /// them the free.
    spare: VecDeque<Arc<SampleBlock>>,
}

/// A block of the past.
#[derive(Debug)]
pub(crate) struct Held {
    /// The block.
    pub(crate) block: Arc<SampleBlock>,
    /// Number of its row 0 since the start.
    pub(crate) first: u64,
}

impl History {
    /// Blocks for so many rows of the past and for what is in flight.
    pub(crate) fn new(layout: Layout, keep_rows: u64) -> Self {
        let rows = u64::from(layout.rows);
        let in_flight = layout.rate.rows_in_ms(IN_FLIGHT_MS).div_ceil(rows).max(4);
        // One more, because the oldest is needed in part, and one that is being filled.
        let blocks = keep_rows.div_ceil(rows) + 2 + in_flight;
        let spare: VecDeque<_> = (0..blocks).map(|_| Arc::new(SampleBlock::new(layout))).collect();
        let past = VecDeque::with_capacity(spare.len());
        Self { past, past_rows: 0, keep_rows, spare }
    }

    /// Number of blocks.
    pub(crate) fn blocks(&self) -> usize {
        self.past.capacity()
    }

    /// A block that nobody else holds; `None` when all are needed.
    pub(crate) fn take(&mut self, seq: u64) -> Option<Arc<SampleBlock>> {
        self.retire();
        if let Some(block) = self.take_free(seq) {
            return Some(block);
        }
        // Short blocks have used up the spares: rather a shorter past than no present.
        let oldest = self.past.front_mut()?;
        Arc::get_mut(&mut oldest.block)?.clear(seq, Stamp::default());
        self.forget_oldest()
    }

    /// Back without having been stepped.
    pub(crate) fn put_back(&mut self, block: Arc<SampleBlock>) {
        self.spare.push_back(block);
    }

    /// The newest block.
    pub(crate) fn push(&mut self, block: Arc<SampleBlock>, first: u64) {
        self.past_rows += block.rows() as u64;
        self.past.push_back(Held { block, first });
    }

    /// The blocks from the one that holds row number `from` on.
    pub(crate) fn since(&self, from: u64) -> impl Iterator<Item = &Held> {
        let ends_before = |held: &Held| held.first + held.block.rows() as u64 <= from;
        self.past.range(self.past.partition_point(ends_before)..)
    }

    /// The newest block.
    pub(crate) fn newest(&self) -> Option<&SampleBlock> {
        self.past.back().map(|held| &*held.block)
    }

    /// Instant of row number `row`.
    pub(crate) fn stamp(&self, row: u64) -> Option<Stamp> {
        let held = self.since(row).next()?;
        let offset = usize::try_from(row.checked_sub(held.first)?).ok()?;
        Some(Stamp { tai: held.block.row_tai(offset), quality: held.block.t0.quality })
    }

    /// Number of the oldest row.
    pub(crate) fn oldest(&self) -> Option<u64> {
        self.past.front().map(|held| held.first)
    }

    /// Moves blocks that are older than needed to the spares.
    fn retire(&mut self) {
        while let Some(oldest) = self.past.front_mut() {
            if self.past_rows - (oldest.block.rows() as u64) < self.keep_rows {
                return;
            }
            let free = Arc::get_mut(&mut oldest.block).is_some();
            let Some(block) = self.forget_oldest() else { return };
            if free {
                self.spare.push_back(block);
            } else {
                self.spare.push_front(block);
            }
        }
    }

    fn forget_oldest(&mut self) -> Option<Arc<SampleBlock>> {
        let held = self.past.pop_front()?;
        self.past_rows -= held.block.rows() as u64;
        Some(held.block)
    }

    /// The first free spare from behind: those there were never given out or came back first.
    fn take_free(&mut self, seq: u64) -> Option<Arc<SampleBlock>> {
        for at in (0..self.spare.len()).rev() {
            if let Some(block) = self.spare.get_mut(at).and_then(Arc::get_mut) {
                block.clear(seq, Stamp::default());
                return self.spare.swap_remove_back(at);
            }
        }
        None
    }
}
