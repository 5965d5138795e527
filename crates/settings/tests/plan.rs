//! The document joined with its source: channels, calibration, groups, elements.

use aura_acquire::{Description, SourceAnalog, SourceDiscrete};
use aura_model::{Phase, Quantity, Rate, Side};
use aura_settings::{Checked, Document, Problem};
use aura_trigger::{Direction, Edge, Input, Kind, Measure};

fn analog(name: &str, phase: Phase, quantity: Quantity, circuit: &str) -> SourceAnalog {
    SourceAnalog {
        name: name.into(),
        phase,
        circuit: circuit.into(),
        quantity,
        unit: if quantity == Quantity::Current { "A".into() } else { "kV".into() },
        a: 0.5,
        b: 1.0,
        raw_min: -1000,
        raw_max: 1000,
        primary: 600.0,
        secondary: 5.0,
        side: Side::Secondary,
        skew_us: 0.0,
    }
}

/// Two circuits as a recorder of another make names them, an unused channel, two discretes.
fn description() -> Description {
    use Quantity::{Current, Other, Voltage};
    Description {
        rate: Rate::from_hz(2000.0).expect("in range"),
        nominal_hz: Some(60.0),
        analog: vec![
            analog("Ia Л-1", Phase::A, Current, "Л-1"),
            analog("Ib Л-1", Phase::B, Current, "Л-1"),
            analog("Ic Л-1", Phase::C, Current, "Л-1"),
            analog("Ua", Phase::A, Voltage, "Ш"),
            analog("Ub", Phase::B, Voltage, "Ш"),
            analog("Uc", Phase::C, Voltage, "Ш"),
            SourceAnalog { a: 0.0, ..analog("", Phase::None, Current, "") },
            analog("ВЧ", Phase::None, Other, ""),
        ],
        discrete: vec![
            SourceDiscrete {
                name: "Откл".into(),
                phase: Phase::None,
                circuit: String::new(),
                normal: false,
            },
            SourceDiscrete {
                name: String::new(),
                phase: Phase::None,
                circuit: String::new(),
                normal: true,
            },
        ],
    }
}

const HEAD: &str = "schema = 1\n[station]\nname = \"PS\"\nrec_dev_id = \"R\"\n\
    [[inputs.source]]\nid = \"r\"\nkind = \"replay\"\npath = \"x.cfg\"\n";

fn parse(rest: &str) -> Checked {
    let told = |list: Vec<Problem>| panic!("{list:#?}");
    Document::parse(&format!("{HEAD}{rest}"), "t.toml").unwrap_or_else(told)
}

#[test]
fn all_columns_come_under_derived_names_and_make_groups() {
    let (plan, mapping) =
        parse("channels = \"all\"\n[recording]\nblock_ms = 5").plan(&description()).expect("fits");
    let ids: Vec<&str> = plan.station.analog.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["Ia_L_1", "Ib_L_1", "Ic_L_1", "Ua", "Ub", "Uc", "a7", "VCh"]);
    let ids: Vec<&str> = plan.station.discrete.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["Otkl", "d2"]);
    assert_eq!(mapping.analog, (0..8).collect::<Vec<_>>());
    assert_eq!(mapping.discrete, [(0, false), (1, false)]);
    let groups: Vec<_> = plan.station.groups.iter().map(|one| (one.id.as_str(), one.abc)).collect();
    assert_eq!(groups, [("L_1_I", [0, 1, 2]), ("Sh_U", [3, 4, 5])]);
    assert!((plan.station.nominal_hz - 60.0).abs() < 1e-12, "the source states it");
    assert_eq!(plan.block_rows, 10, "5 ms of 2 kHz");
}

#[test]
fn calibration_and_polarity_are_folded_into_a_and_b() {
    let checked = parse(
        "[inputs]\nbay = [{ id = \"L1\", name = \"Линия 1\" }]\n\
         analog = [{ id = \"x\", source = \"r:4\", bay = \"L1\", gain = 1.5, offset = 0.25, \
         reverse = true, side = \"primary\", primary = 110.0 }, { id = \"y\", source = \"r:1\" }]\n\
         discrete = [{ id = \"d\", source = \"r:d2\", invert = true }]",
    );
    let (plan, mapping) = checked.plan(&description()).expect("fits");
    assert_eq!(mapping.analog, [3, 0]);
    assert_eq!(mapping.discrete, [(1, true)]);
    let x = &plan.station.analog[0];
    assert_eq!((x.name.as_str(), x.circuit.as_str(), x.unit.as_str()), ("Ua", "Линия 1", "kV"));
    assert_eq!((x.side, x.primary, x.secondary), (Side::Primary, 110.0, 5.0));
    for raw in [-7.0, 0.0, 1000.0] {
        let expect = -1.5 * (0.5 * raw + 1.0) + 0.25;
        assert!((x.value(raw) - expect).abs() < 1e-12, "{raw}");
    }
    assert!(!plan.station.discrete[0].normal, "normally on, inverted");
}

#[test]
fn settings_are_told_in_the_unit_of_the_channel() {
    let checked = parse(
        "channels = \"all\"\n\
         [[trigger]]\nkind = \"over\"\nid = \"p\"\nname = \"p\"\ninput = \"Ia_L_1\"\n\
         measure = \"rms\"\nprimary_value = 240.0\ndelay_ms = 7\n\
         [[trigger]]\nkind = \"under\"\nid = \"f\"\nname = \"f<\"\ninput = \"*\"\n\
         measure = \"frequency\"\nvalue = 59.0\n\
         [[trigger]]\nkind = \"step\"\nid = \"s\"\nname = \"Δ\"\ninput = \"*\"\n\
         quantity = \"current\"\nrange_pct = 10.0\nperiods = 2\n\
         [[trigger]]\nkind = \"discrete\"\nid = \"d\"\nname = \"D\"\ninput = \"*\"\n\
         edge = \"fall\"",
    );
    let (plan, _) = checked.plan(&description()).expect("fits");
    let kinds: Vec<(&str, Kind)> =
        plan.elements.iter().map(|one| (one.id.as_str(), one.kind)).collect();
    let level = |measure, input, direction, setting| Kind::Level {
        measure,
        input,
        direction,
        setting,
        hysteresis_pct: 5.0,
    };
    let step = |channel| Kind::Step { channel, setting: 50.1, periods: 2 };
    let discrete = |channel| Kind::Discrete { channel, edge: Edge::Fall };
    assert_eq!(
        kinds,
        [
            // 240 A primary at 600/5 are 2 A.
            ("p", level(Measure::Rms, Input::Channel(0), Direction::Over, 2.0)),
            // The one group of voltages.
            ("f.Sh_U", level(Measure::Frequency, Input::Group(1), Direction::Under, 59.0)),
            // A tenth of the greatest value, 0.5 · 1000 + 1; the unused channel is passed over.
            ("s.Ia_L_1", step(0)),
            ("s.Ib_L_1", step(1)),
            ("s.Ic_L_1", step(2)),
            ("d.Otkl", discrete(0)),
            ("d.d2", discrete(1)),
        ]
    );
    assert_eq!(plan.elements[0].delay_ms, 7);
    assert_eq!(plan.elements[2].name, "Δ Ia Л-1");
}

#[test]
fn what_does_not_fit_the_source_is_told_at_its_place() {
    let check = |rest: &str, number: &str, place: &str| {
        let list = parse(rest).plan(&description()).expect_err("it does not fit");
        let found = list.iter().any(|one| one.code.number() == number && one.place == place);
        assert!(found, "{rest}: {list:#?}");
    };
    check(
        "[inputs]\nanalog = [{ id = \"x\", source = \"r:9\" }]",
        "E0303",
        "inputs.analog[0].source",
    );
    check(
        "channels = \"all\"\n[inputs]\ndiscrete = [{ id = \"x\", source = \"r:d3\" }]",
        "E0303",
        "inputs.discrete[0].source",
    );
    let over = |input: &str, measure: &str| {
        format!(
            "channels = \"all\"\n[[trigger]]\nkind = \"over\"\nid = \"t\"\nname = \"t\"\n\
             value = 1.0\ninput = \"{input}\"\nmeasure = \"{measure}\""
        )
    };
    check(&over("Ix", "rms"), "E0302", "trigger[0].input");
    check(&over("L_1_I", "rms"), "E0306", "trigger[0].input");
    check(&over("Ia_L_1", "seq1"), "E0306", "trigger[0].input");
    check(&over("a7", "rms"), "E0313", "trigger[0]");
    check(
        "channels = \"all\"\n[[group]]\nid = \"g\"\nquantity = \"current\"\na = \"Ia_L_1\"\n\
         b = \"Ib_L_1\"\nc = \"Ua\"",
        "E0313",
        "group[0]",
    );
}
