//! After the start a recorder neither takes memory nor gives any back, whatever happens to it.

mod rig;

use aura_record::Limits;
use aura_testkit::CountingAllocator;
use rig::{Rig, Waves, all_sorts};

#[global_allocator]
static COUNTING: CountingAllocator = CountingAllocator;

#[test]
fn the_counter_counts() {
    let before = CountingAllocator::calls();
    drop(std::hint::black_box(vec![1_u8; 100]));
    assert_eq!(CountingAllocator::calls() - before, 2);
}

#[test]
fn a_running_recorder_allocates_nothing() {
    let hz = 4_000.0;
    let limits = Limits { pre_ms: 200, post_ms: 100, max_ms: 900, reblock_ms: 50 };
    let mut rig = Rig::new(hz, 20, limits, all_sorts());
    let waves = Waves { hz, seed: 3 };
    let mut snapshot = rig.recorder.snapshot();
    let (mut opened, mut closed, mut pickups, mut gaps, mut overruns) = (0, 0, 0, 0, 0);
    // A receiver that lags by up to 30 outputs, as a writer does, with room of its own.
    let mut late = std::collections::VecDeque::with_capacity(20_000);
    let before = CountingAllocator::calls();
    for n in 0..4_000_u64 {
        let Some(mut block) = rig.recorder.lease() else {
            overruns += 1;
            late.clear();
            continue;
        };
        let filling = std::sync::Arc::get_mut(&mut block).expect("ours alone");
        let jump = if n > 2_500 { 77_000_000 } else { 0 };
        filling.t0.tai = aura_model::Tai(rig::EPOCH + n as i64 * 5_000_000 + jump);
        filling.set_rows(20);
        for row in 0..20 {
            waves.fill(filling, row, n * 20 + row as u64);
        }
        if n % 900 == 0 {
            rig.manual(1);
        }
        rig.recorder.step(block, &mut rig.outputs);
        for output in rig.outputs.drain() {
            use aura_record::Output;
            match &output {
                Output::WindowOpened { .. } => opened += 1,
                Output::WindowClosed { .. } => closed += 1,
                Output::Pickup(_) => pickups += 1,
                Output::Gap { .. } => gaps += 1,
                _ => {}
            }
            late.push_back(output);
        }
        // Once the receiver stands still until the blocks run out.
        while late.len() > 30 && !(1_000..1_900).contains(&n) {
            late.pop_front();
        }
        rig.recorder.snapshot_into(&mut snapshot);
    }
    rig.recorder.finish(&mut rig.outputs);
    assert_eq!(CountingAllocator::calls() - before, 0, "calls of the allocator");
    assert!(opened > 5 && closed > 5 && pickups > 50, "{opened} {closed} {pickups}");
    // Each block that could not be leased is a gap, and so is the jump.
    assert!(overruns > 0 && gaps >= 2, "{overruns} {gaps}");
}
