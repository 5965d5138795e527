//! The crate on records made here: generated configurations, cuts, merges, overview, text forms.
//! Real recordings and the foreign reader stand in the workspace's `tests`.

use aura_comtrade::{
    Analog, CffParts, Cfg, DataType, Discrete, Encoding, Form, LeapSecond, MinMax, Rate, Record,
    Revision, Sampling, Side, Stamp, TimeBase, check, convert, cut, merge, rows_between, write_cff,
    write_csv,
};
use proptest::prelude::*;

fn analog() -> impl Strategy<Value = Analog> {
    let number = || prop_oneof![any::<i32>().prop_map(f64::from), -1e30..1e30, Just(0.0)];
    let text = || "[A-Za-zА-Яа-я0-9 _/+-]{0,12}";
    (
        (any::<u32>(), text(), text(), text(), text()),
        (number(), number(), number(), number(), number(), number(), number()),
        any::<bool>(),
    )
        .prop_map(|((index, id, phase, component, unit), numbers, secondary_side)| {
            let (a, b, skew_us, min, max, primary, secondary) = numbers;
            let side = if secondary_side { Side::Secondary } else { Side::Primary };
            Analog {
                index,
                id,
                phase,
                component,
                unit,
                a,
                b,
                skew_us,
                min,
                max,
                primary,
                secondary,
                side,
            }
        })
}

fn discrete() -> impl Strategy<Value = Discrete> {
    (any::<u32>(), "[A-Za-zА-я0-9 ]{0,9}", "[ABCN]?", "[a-z ]{0,5}", any::<bool>()).prop_map(
        |(index, id, phase, component, normal)| Discrete { index, id, phase, component, normal },
    )
}

fn sampling() -> impl Strategy<Value = Sampling> {
    let table = prop::collection::vec((1u32..1_000_000, 0u64..100_000), 1..6).prop_map(|pairs| {
        let mut end_sample = 0;
        let rates = pairs.into_iter().map(|(millihertz, count)| {
            end_sample += count;
            Rate { hz: f64::from(millihertz) / 1000.0, end_sample }
        });
        Sampling::Table(rates.collect())
    });
    prop_oneof![table, any::<u64>().prop_map(|end_sample| Sampling::TimeColumn { end_sample })]
}

/// 1970 to 2068: what two digits of a year can tell.
fn stamp() -> impl Strategy<Value = Stamp> {
    (0i64..3_100_000_000, 0i64..1_000_000)
        .prop_map(|(s, us)| Stamp::from_unix_ns(s * 1_000_000_000 + us * 1000))
}

fn cfg() -> impl Strategy<Value = Cfg> {
    let clock = (
        prop::option::of(-1439i16..1440),
        prop::option::of(-1439i16..1440),
        0u8..16,
        prop::sample::select(vec![
            LeapSecond::None,
            LeapSecond::Added,
            LeapSecond::Removed,
            LeapSecond::Unknown,
        ]),
    );
    let form = (
        prop::sample::select(vec![Revision::R1991, Revision::R1999, Revision::R2013]),
        prop::sample::select(Encoding::ALL.to_vec()),
        prop::sample::select(DataType::ALL.to_vec()),
        any::<bool>(),
    );
    (
        ("[A-Za-zА-я0-9 ,]{0,20}", "[A-Z0-9 ]{0,9}", form, clock),
        (prop::collection::vec(analog(), 0..6), prop::collection::vec(discrete(), 0..6)),
        (0f64..1000.0, sampling(), stamp(), stamp(), 1e-9..1e9),
    )
        .prop_map(|((station, device, form, clock), (analog, discrete), rest)| {
            let (revision, encoding, data_type, nano) = form;
            let (line_frequency_hz, sampling, start, trigger, time_multiplier) = rest;
            let (time_code, local_code, time_quality, leap_second) = clock;
            let time_base = if nano { TimeBase::Nano } else { TimeBase::Micro };
            Cfg {
                revision,
                encoding,
                station,
                device,
                analog,
                discrete,
                line_frequency_hz,
                sampling,
                start,
                trigger,
                time_base,
                data_type,
                time_multiplier,
                time_code,
                local_code,
                time_quality,
                leap_second,
            }
        })
}

proptest! {
    #[test]
    fn write_read_write_is_the_same(cfg in cfg()) {
        let once = cfg.write();
        let (read, _) = Cfg::parse(&once).expect("what was written reads");
        prop_assert_eq!(read.write(), once);
        prop_assert_eq!(read.sampling, cfg.sampling);
        prop_assert_eq!((read.start, read.trigger), (cfg.start, cfg.trigger));
        for (a, b) in read.analog.iter().zip(&cfg.analog) {
            prop_assert_eq!((a.a, a.b, a.skew_us), (b.a, b.b, b.skew_us));
            prop_assert_eq!((a.min, a.max), (b.min, b.max));
        }
        if cfg.revision == Revision::R2013 {
            prop_assert_eq!((read.time_code, read.local_code), (cfg.time_code, cfg.local_code));
            prop_assert_eq!(read.leap_second, cfg.leap_second);
        }
    }
}

/// A record of 10 + 5 rows at 1000 and 100 Hz: channel 0 counts rows, channel 1 counts down with
/// one value missing; discrete k is bit k of the row.
fn made(data_type: DataType) -> Record {
    let channel =
        |index, a| Analog { index, id: format!("I{index}"), a, b: 1.0, ..Analog::default() };
    let start = Stamp {
        year: 2024,
        month: 12,
        day: 31,
        hour: 23,
        minute: 59,
        second: 59,
        nanosecond: 999_000_000,
    };
    let cfg = Cfg {
        station: "Лесная".to_owned(),
        analog: vec![channel(1, 0.5), channel(2, -2.0)],
        discrete: (1..=5)
            .map(|index| Discrete { index, id: format!("D\"{index}"), ..Discrete::default() })
            .collect(),
        sampling: Sampling::Table(vec![
            Rate { hz: 1000.0, end_sample: 10 },
            Rate { hz: 100.0, end_sample: 15 },
        ]),
        start,
        trigger: start,
        data_type: DataType::Ascii,
        ..Cfg::default()
    };
    let row = |n: usize| {
        let missing = n == 3;
        let down = if missing { "99999".to_owned() } else { format!("-{n}") };
        let bits: String = (0..5).map(|bit| format!(",{}", n >> bit & 1)).collect();
        format!("{},,{n},{down}{bits}\r\n", n + 1)
    };
    let dat: String = (0..15).map(row).collect();
    let text = Record::from_bytes(&cfg.write(), dat.into_bytes()).expect("our own");
    let form = Form { data_type, ..Form::of(text.cfg()) };
    let mut dat = Vec::new();
    let (cfg, _) = convert(&text, form, &mut dat).expect("memory takes all");
    Record::from_bytes(&cfg.write(), dat).expect("our own")
}

#[test]
fn every_type_holds_the_same_record() {
    for data_type in DataType::ALL {
        let record = made(data_type);
        assert_eq!(record.cfg().data_type, data_type);
        assert_eq!(record.rows(), 15);
        let up = record.analog(0).expect("exists");
        assert!(up.iter().enumerate().all(|(n, v)| *v == n as f64 * 0.5 + 1.0), "{data_type}");
        let down = record.analog(1).expect("exists");
        assert!(down[3].is_nan() && down[4] == 9.0, "{data_type}");
        let third = record.discrete(2).expect("exists");
        assert!(third.iter().enumerate().all(|(n, s)| *s == (n >> 2 & 1 == 1)), "{data_type}");
        assert_eq!(record.time_ns(10).expect("exists"), 19_000_000);
        let (mut rows, mut columns) = (vec![0f32; 30], vec![0f32; 30]);
        record.analog_rows(0..15, &mut rows).expect("fits");
        record.analog_columns(0..15, &mut columns).expect("fits");
        for row in (0..15).filter(|row| *row != 3) {
            assert_eq!([rows[row * 2], rows[row * 2 + 1]], [columns[row], columns[15 + row]]);
        }
        let mut counts = [0; 45];
        record.counts(0..15, 3, &mut counts).expect("whole");
        assert_eq!(counts[9..15], [3, i32::MIN, 0, 4, -4, 0], "{data_type}");
    }
}

#[test]
fn overview_is_least_and_greatest_of_each_part() {
    for data_type in DataType::ALL {
        let record = made(data_type);
        let both = record.overview(&[1, 0], 0..15, 4).expect("exists");
        let naive = |channel: usize, rows: std::ops::Range<usize>| {
            let values = record.analog(channel).expect("exists");
            let seen = || values[rows.clone()].iter().copied().filter(|v| !v.is_nan());
            MinMax {
                min: seen().fold(f64::INFINITY, f64::min),
                max: seen().fold(f64::NEG_INFINITY, f64::max),
            }
        };
        for (at, channel) in [1, 0].into_iter().enumerate() {
            let parts = [0..3, 3..7, 7..11, 11..15];
            let expect: Vec<_> = parts.map(|rows| naive(channel, rows)).into();
            assert_eq!(both[at], expect, "{data_type} channel {channel}");
        }
        let lone = record.overview(&[1], 3..4, 9).expect("exists");
        assert!(lone[0].len() == 1 && lone[0][0].min.is_nan() && lone[0][0].max.is_nan());
    }
}

#[test]
fn a_cut_moves_start_and_rates() {
    let record = made(DataType::Binary);
    let rows = rows_between(&record, 5_000_000, 40_000_000);
    assert_eq!(rows, 5..13);
    let mut dat = Vec::new();
    let (cfg, totals) = cut(&record, rows, Form::of(record.cfg()), &mut dat).expect("exists");
    assert_eq!(totals.samples, 8);
    assert_eq!(cfg.start.to_string(), "2025-01-01 00:00:00.004000000");
    let part = Record::from_bytes(&cfg.write(), dat).expect("our own");
    assert_eq!(part.analog(0).expect("exists")[..], record.analog(0).expect("exists")[5..13]);
    for row in 0..8 {
        let moved = record.time_ns(row + 5).expect("exists") - 5_000_000;
        assert_eq!(part.time_ns(row).expect("exists"), moved);
    }
    assert!(cut(&record, 3..16, Form::of(record.cfg()), &mut Vec::new()).is_err());
}

#[test]
fn merged_channels_lie_side_by_side() {
    let (one, two) = (made(DataType::Binary), made(DataType::Float32));
    let mut dat = Vec::new();
    let (cfg, _) = merge(&[&one, &two], Form::of(one.cfg()), &mut dat).expect("they match");
    let both = Record::from_bytes(&cfg.write(), dat).expect("our own");
    assert_eq!((both.cfg().analog.len(), both.cfg().discrete.len()), (4, 10));
    assert_eq!(both.cfg().analog[3].index, 4);
    assert_eq!(both.analog(2).expect("exists"), one.analog(0).expect("exists"));
    for channel in 0..5 {
        let states = one.discrete(channel).expect("exists");
        assert_eq!(both.discrete(channel + 5).expect("exists"), states);
    }
    let mut short = Vec::new();
    let (cfg, _) = cut(&two, 0..9, Form::of(two.cfg()), &mut short).expect("exists");
    let short = Record::from_bytes(&cfg.write(), short).expect("our own");
    let refusal = merge(&[&one, &short], Form::of(one.cfg()), &mut Vec::new()).expect_err("differ");
    assert_eq!(refusal.to_string(), "records cannot be merged: rows 15 and 9");
}

#[test]
fn csv_is_what_the_contract_says() {
    let mut out = Vec::new();
    write_csv(&made(DataType::Binary), &mut out).expect("memory takes all");
    let text = String::from_utf8(out).expect("UTF-8");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 16);
    assert_eq!(lines[0], r#"n,t_s,I1,I2,"D""1","D""2","D""3","D""4","D""5""#);
    assert_eq!(lines[1], "1,0,1,1,0,0,0,0,0");
    assert_eq!(lines[4], "4,0.003,2.5,,1,1,0,0,0");
    assert_eq!(lines[11], "11,0.019,6,21,0,1,0,1,0");
}

#[test]
fn a_cff_gives_its_parts_back() {
    let record = made(DataType::Binary32);
    let mut dat = Vec::new();
    let (cfg, _) = convert(&record, Form::of(record.cfg()), &mut dat).expect("memory takes all");
    let parts = CffParts {
        cfg: &cfg.write(),
        inf: b"[Public Record_Information]\r\nSource=\xcf\xd1",
        hdr: "Протокол".as_bytes(),
        data_type: DataType::Binary32,
        dat_bytes: dat.len() as u64,
    };
    let mut cff = Vec::new();
    write_cff(&mut cff, &parts, &mut dat.as_slice()).expect("memory takes all");
    let short = CffParts { dat_bytes: parts.dat_bytes + 1, ..parts };
    assert!(write_cff(&mut Vec::new(), &short, &mut dat.as_slice()).is_err());
    let read = Record::from_cff_bytes(cff.clone()).expect("our own");
    assert_eq!(read.analog(0).expect("exists"), record.analog(0).expect("exists"));
    assert_eq!(read.hdr().expect("exists").text().trim(), "Протокол");
    let inf = read.inf().expect("exists");
    assert_eq!(
        (inf.encoding(), inf.get("public record_information", "source")),
        (Encoding::Cp1251, Some("ПС".to_owned()))
    );
    assert!(check(&read).expect("reads").iter().all(|f| f.level < aura_comtrade::Level::Warning));
    // Torn off by a power cut: what is there is read, and the loss is told.
    let torn = Record::from_cff_bytes(cff[..cff.len() - 30].to_vec()).expect("the header is whole");
    assert_eq!(torn.rows(), 13);
    let findings = check(&torn).expect("reads");
    assert!(findings.iter().any(|f| f.to_string().contains("rows is \"13\", allowed: 15")));
}

#[test]
fn parts_are_found_whatever_their_case() {
    let folder = std::env::temp_dir().join(format!("aura-comtrade-case-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("writable");
    let record = made(DataType::Binary);
    let mut dat = Vec::new();
    let (cfg, _) = convert(&record, Form::of(record.cfg()), &mut dat).expect("memory takes all");
    std::fs::write(folder.join("Fault.CFG"), cfg.write()).expect("writable");
    let missing = Record::open(folder.join("Fault.CFG")).expect_err("no .dat yet").to_string();
    std::fs::write(folder.join("fault.Dat"), dat).expect("writable");
    std::fs::write(folder.join("FAULT.hdr"), "text").expect("writable");
    let opened: Vec<_> = ["Fault.CFG", "fault.Dat", "Fault", "fault.cfg"]
        .map(|name| Record::open(folder.join(name)).map(|r| (r.rows(), r.hdr().is_some())))
        .into_iter()
        .map(|r| r.expect("found"))
        .collect();
    std::fs::remove_dir_all(&folder).expect("ours");
    assert!(missing.ends_with("Fault.CFG: no .dat belongs to it"), "{missing}");
    assert_eq!(opened, [(15, true); 4]);
}
