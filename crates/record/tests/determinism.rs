//! The same samples give the same outputs bit for bit, however they are cut into blocks.

mod rig;

use aura_record::Limits;
use proptest::prelude::*;
use rig::{Rig, Said, Waves, all_sorts};

/// All that is said of so many rows when they come in blocks of these sizes, over and over.
fn said(hz: f64, seed: u64, limits: Limits, sizes: &[u16], gap_at: u64) -> Vec<Said> {
    let most = *sizes.iter().max().expect("there is a size");
    let mut rig = Rig::new(hz, most, limits, all_sorts());
    let waves = Waves { hz, seed };
    let fill = |block: &mut aura_model::SampleBlock, row, number| waves.fill(block, row, number);
    for part in [gap_at, 6_000] {
        let mut sizes = sizes.iter().cycle();
        while rig.number < part {
            let size = sizes.next().expect("a cycle has no end");
            rig.block((part - rig.number).min(u64::from(*size)) as u16, fill);
        }
        if part == gap_at {
            rig.number += 37;
        }
    }
    rig.finish();
    rig.said
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn blocks_do_not_show(
        seed in any::<u64>(),
        hz in prop::sample::select(vec![1_000.0, 4_000.0, 2_345.678]),
        pre_ms in 0_u32..300,
        post_ms in 0_u32..200,
        more_ms in 1_u32..400,
        reblock_ms in prop::sample::select(vec![0_u32, 30, 500]),
        gap_at in 500_u64..5_000,
        odd in 1_u16..200,
    ) {
        let limits = Limits { pre_ms, post_ms, max_ms: pre_ms + post_ms + more_ms, reblock_ms };
        let whole = said(hz, seed, limits, &[480], gap_at);
        prop_assert!(whole.iter().any(|said| matches!(said, Said::Pickup(..))), "nothing happened");
        prop_assert!(whole.iter().any(|said| matches!(said, Said::Closed { .. })), "no record");
        for sizes in [&[1][..], &[7], &[64], &[odd, 1, 480]] {
            let cut = said(hz, seed, limits, sizes, gap_at);
            if let Some(at) = whole.iter().zip(&cut).position(|(a, b)| a != b) {
                panic!("{sizes:?} at {at}: {:?}, in blocks of 480 {:?}", cut[at], whole[at]);
            }
            prop_assert_eq!(whole.len(), cut.len());
        }
    }
}
