//! Records begin and end on the row that the lengths say. 1000 Hz: a row is a millisecond.

mod rig;

use aura_model::CloseReason::{Complete, MaxLength, Shutdown, SourceLost};
use aura_record::{Busy, Command, Effect, Limits, Plan, PlanError, Recorder, Start};
use rig::{Rig, Said, rise, station};
use std::sync::Arc;

const fn limits(pre_ms: u32, post_ms: u32, max_ms: u32, reblock_ms: u32) -> Limits {
    Limits { pre_ms, post_ms, max_ms, reblock_ms }
}

/// Runs elements 0 and 1 = bits 0 and 1 over 2000 rows in blocks of several sizes; expects these
/// records.
fn check(
    limits: Limits,
    bits: impl Fn(u64) -> u64,
    expect: &[(u64, u64, aura_model::CloseReason)],
) -> Vec<Said> {
    let mut said = Vec::new();
    for block_rows in [1, 7, 64, 480] {
        let mut rig = Rig::new(1_000.0, block_rows, limits, vec![rise(0), rise(1)]);
        rig.bits(2_000, &bits);
        rig.finish();
        assert_eq!(rig.records(), expect, "blocks of {block_rows}");
        said = rig.said;
    }
    said
}

/// Bit `n` set in the rows of the `n`-th range.
fn within(ranges: &[(u32, u64, u64)]) -> impl Fn(u64) -> u64 {
    move |row| {
        let on = ranges.iter().filter(|(_, from, to)| (*from..*to).contains(&row));
        on.fold(0, |bits, (bit, _, _)| bits | 1 << bit)
    }
}

#[test]
fn pre_and_post_are_exact_to_the_row() {
    // Picked up on 500..=509: 100 rows before, 50 rows after the last.
    let said = check(limits(100, 50, 1_000, 0), within(&[(0, 500, 510)]), &[(400, 560, Complete)]);
    assert_eq!(said[1], Said::Opened { pickup: 500, start: 400 });
    assert_eq!(said[2], Said::Dropout(0, 510));
    check(limits(0, 50, 1_000, 0), within(&[(0, 500, 510)]), &[(500, 560, Complete)]);
    check(limits(0, 1, 1_000, 0), within(&[(0, 500, 510)]), &[(500, 511, Complete)]);
    // Without post-fault time the row that shows the drop-out is the last.
    check(limits(0, 0, 1_000, 0), within(&[(0, 500, 510)]), &[(500, 511, Complete)]);
}

#[test]
fn pre_is_clipped_to_what_there_is() {
    check(limits(700, 50, 1_000, 0), within(&[(0, 5, 6)]), &[(0, 56, Complete)]);
    check(limits(700, 50, 1_000, 0), within(&[(0, 999, 1_000)]), &[(299, 1_050, Complete)]);
}

#[test]
fn a_further_cause_extends() {
    let said = check(
        limits(100, 50, 1_000, 0),
        within(&[(0, 500, 501), (1, 540, 545)]),
        &[(400, 595, Complete)],
    );
    let effects: Vec<_> = said
        .iter()
        .filter_map(|said| match said {
            Said::Pickup(start, row, _, effect) => Some((*start, *row, *effect)),
            _ => None,
        })
        .collect();
    let expect =
        [(Start::Element(0), 500, Effect::Starts), (Start::Element(1), 540, Effect::Extends)];
    assert_eq!(effects, expect);
    // On the same row and within one block.
    check(
        limits(100, 50, 1_000, 0),
        within(&[(0, 500, 501), (1, 500, 503)]),
        &[(400, 553, Complete)],
    );
}

#[test]
fn records_that_follow_repeat_at_most_the_post_time() {
    // The second pickup wants 100 rows before it; 50 of the record before are repeated at most.
    check(
        limits(100, 50, 1_000, 0),
        within(&[(0, 500, 501), (1, 560, 561)]),
        &[(400, 551, Complete), (501, 611, Complete)],
    );
    // Without post-fault time they join without a double row, also within one block.
    check(
        limits(100, 0, 1_000, 0),
        within(&[(0, 500, 501), (1, 510, 511), (0, 520, 521)]),
        &[(400, 502, Complete), (502, 512, Complete), (512, 522, Complete)],
    );
}

#[test]
fn the_longest_record_ends_and_the_next_loses_nothing() {
    // Element 0 sticks from 500 on: one record of 300 rows, and no more.
    check(limits(100, 50, 300, 0), within(&[(0, 500, 1_900)]), &[(400, 700, MaxLength)]);
    // A pickup on the very next row opens the next one; the stuck element does not hold it.
    check(
        limits(100, 50, 300, 0),
        within(&[(0, 500, 1_900), (1, 700, 702)]),
        &[(400, 700, MaxLength), (650, 752, Complete)],
    );
    // After its drop-out it counts again.
    check(
        limits(100, 50, 300, 0),
        within(&[(0, 500, 800), (0, 1_000, 1_010)]),
        &[(400, 700, MaxLength), (900, 1_060, Complete)],
    );
}

#[test]
fn an_element_is_blocked_after_a_pickup_that_counted() {
    let said = check(
        limits(10, 20, 1_000, 200),
        within(&[(0, 500, 501), (0, 600, 601), (0, 699, 750), (0, 800, 801), (1, 650, 651)]),
        &[(490, 521, Complete), (640, 671, Complete), (790, 821, Complete)],
    );
    let blocked: Vec<_> = said
        .iter()
        .filter_map(|said| match said {
            Said::Pickup(_, row, _, Effect::Blocked) => Some(*row),
            _ => None,
        })
        .collect();
    assert_eq!(blocked, [600, 699]);
    // Blocked pickups do not extend either.
    check(
        limits(10, 20, 1_000, 200),
        within(&[(0, 500, 501), (0, 515, 600)]),
        &[(490, 521, Complete)],
    );
}

#[test]
fn shutdown_and_loss_close_with_all_rows() {
    let mut rig = Rig::new(1_000.0, 64, limits(100, 500, 5_000, 0), vec![rise(0)]);
    rig.bits(610, within(&[(0, 600, 601)]));
    rig.finish();
    assert_eq!(rig.records(), [(500, 610, Shutdown)]);

    let mut rig = Rig::new(1_000.0, 64, limits(100, 500, 5_000, 0), vec![rise(0)]);
    rig.bits(610, within(&[(0, 600, 601)]));
    rig.recorder.source_lost(&mut rig.outputs);
    rig.take();
    assert_eq!(rig.records(), [(500, 610, SourceLost)]);
    rig.recorder.source_lost(&mut rig.outputs);
    assert!(rig.outputs.is_empty(), "nothing is open any more");
}

#[test]
fn a_gap_closes_and_is_never_within_a_record() {
    let mut rig = Rig::new(1_000.0, 64, limits(100, 500, 5_000, 0), vec![rise(0), rise(1)]);
    let bits = within(&[(0, 600, 601), (1, 740, 741)]);
    rig.bits(640, &bits);
    rig.number += 60;
    rig.bits(500, &bits);
    rig.finish();
    assert_eq!(rig.records(), [(500, 640, SourceLost), (700, 1_200, Shutdown)]);
    assert!(rig.said.contains(&Said::Gap { lost: 60, jump_us: 60_000 }), "{:?}", rig.said);
    // Time that goes back is a gap too; half a row is not.
    let mut rig = Rig::new(1_000.0, 64, limits(100, 500, 5_000, 0), vec![rise(0)]);
    rig.bits(640, |_| 0);
    rig.number -= 64;
    rig.bits(64, |_| 0);
    assert_eq!(rig.said, [Said::Gap { lost: 0, jump_us: -64_000 }]);
}

#[test]
fn manual_starts_begin_with_the_next_row() {
    let mut rig = Rig::new(1_000.0, 64, limits(100, 50, 5_000, 1_000), vec![rise(0)]);
    rig.bits(640, |_| 0);
    rig.manual(7);
    rig.bits(32, |_| 0);
    rig.manual(8);
    rig.bits(640, |_| 0);
    assert_eq!(rig.records(), [(540, 640 + 32 + 51, Complete)]);
    let manual = |ticket, row, effect| {
        Said::Pickup(Start::Manual { ticket }, row, f64::NAN.to_bits(), effect)
    };
    assert_eq!(rig.said[0], manual(7, 640, Effect::Starts));
    assert_eq!(rig.said[2], manual(8, 672, Effect::Extends));
    for ticket in 0..16 {
        rig.manual(ticket);
    }
    assert_eq!(rig.recorder.command(Command::ManualStart { ticket: 16 }), Err(Busy));
}

#[test]
fn blocks_run_out_when_slices_are_kept_and_come_back() {
    let mut recorder = Recorder::new(Plan {
        station: Arc::new(station(1_000.0)),
        block_rows: 100,
        elements: vec![],
        limits: limits(200, 60_000, 60_200, 0),
    })
    .expect("a good plan");
    let mut outputs = recorder.outputs();
    recorder.command(Command::ManualStart { ticket: 0 }).expect("there is room");
    let mut kept = Vec::new();
    let mut seq = 0;
    while let Some(mut block) = recorder.lease() {
        assert_eq!(block.seq, seq, "numbers have no holes");
        seq += 1;
        let filling = Arc::get_mut(&mut block).expect("ours alone");
        filling.t0.tai = aura_model::Tai(100_000_000 * filling.seq as i64);
        filling.set_rows(100);
        recorder.step(block, &mut outputs);
        kept.extend(outputs.drain());
        assert!(kept.len() < 1_000, "the number of blocks is fixed");
    }
    // 200 ms of history, one that is partly needed, one that is filled, 2 s in flight.
    assert_eq!((seq, recorder.overruns()), (24, 1));
    assert!(recorder.lease().is_none());
    kept.clear();
    let block = recorder.lease().expect("the slices are gone");
    assert_eq!(block.seq, 24);
    recorder.put_back(block);
}

#[test]
fn bad_plans_are_refused() {
    let check = |block_rows, limits, error| {
        let station = Arc::new(station(1_000.0));
        let plan = Plan { station, block_rows, elements: vec![], limits };
        assert_eq!(Recorder::new(plan).unwrap_err(), error);
    };
    check(0, limits(1, 1, 10, 0), PlanError::NoRows);
    check(1, limits(10_001, 1, 20_000, 0), PlanError::Pre(10_001));
    check(1, limits(1, 60_001, 90_000, 0), PlanError::Post(60_001));
    check(1, limits(1, 1, 10, 3_600_001), PlanError::Reblock(3_600_001));
    check(1, limits(6, 5, 10, 0), PlanError::Max { max_ms: 10, least_ms: 11 });
    check(1, limits(0, 0, 0, 0), PlanError::Max { max_ms: 0, least_ms: 1 });
}

#[test]
fn snapshots_show_the_last_row() {
    let limits = limits(100, 50, 1_000, 0);
    let mut rig = Rig::new(4_000.0, 20, limits, vec![rise(0), rise(1)]);
    let mut snapshot = rig.recorder.snapshot();
    assert!(snapshot.analog.iter().all(|analog| !analog.computed_valid));
    for _ in 0..40 {
        rig.block(20, |block, row, number| {
            let turn = std::f64::consts::TAU * number as f64 / 80.0;
            for c in 0..4 {
                let value = 10_000.0 * (turn - std::f64::consts::TAU * c as f64 / 3.0).cos();
                block.analog_row_mut(row)[c] = value.round() as i32;
            }
            block.discrete_row_mut(row)[0] = u64::from(number > 600) << 1;
            block.set_row_valid(row);
        });
    }
    rig.recorder.snapshot_into(&mut snapshot);
    assert_eq!((snapshot.seq, snapshot.at.tai.0 - rig::EPOCH), (39, 799 * 250_000));
    assert_eq!(snapshot.picked_up, [1]);
    assert!(snapshot.discrete_state(1) && !snapshot.discrete_state(0));
    let phase = |c: usize| snapshot.analog[c];
    assert!(phase(0).computed_valid);
    assert!((phase(0).rms - 100.0 / 2_f64.sqrt()).abs() < 1e-3, "{:?}", phase(0));
    assert!((phase(1).phasor.angle_deg() + 120.0).abs() < 1e-3, "{:?}", phase(1));
    // The offset of channel 3 is in its RMS and not in its phasor.
    assert!((phase(3).rms - (5_000_f64 + 6.25).sqrt()).abs() < 1e-3, "{:?}", phase(3));
    assert!((phase(3).phasor.magnitude() - 100.0 / 2_f64.sqrt()).abs() < 1e-3);
    let group = snapshot.groups[0];
    assert!((group.positive.magnitude() - 100.0 / 2_f64.sqrt()).abs() < 1e-3, "{group:?}");
    assert!(group.negative.magnitude() < 1e-2 && group.zero.magnitude() < 1e-2, "{group:?}");
    assert!((group.frequency_hz.expect("steady") - 50.0).abs() < 1e-3, "{group:?}");
}
