//! What becomes of files that a strict reader may refuse, and of oddities in good ones.

use aura_comtrade::{Encoding, Level, Record, check};

use super::data::{recordings, records};

enum Outcome {
    /// Refused with exactly this text.
    Refused(&'static str),
    /// Read: number of rows, and what must be among the findings.
    Read(usize, &'static [&'static str]),
    /// Only the configuration can be read, and this is among its findings.
    CfgOnly(&'static [&'static str]),
}
use Outcome::{CfgOnly, Read, Refused};

const OUTCOMES: &[(&str, Outcome)] = &[
    (
        "cff_bad_separators.cff",
        Read(186, &["cff_bad_separators.cff:1: separator is \"--- file type  CFG ---\""]),
    ),
    (
        "iso_dates_and_hour_codes.cfg",
        Read(
            8000,
            &[
                "cfg:8: start stamp is \"2024-03-16\"",
                "time_code is \"+1h\", allowed: hours from UTC like -4, +5h30, or x",
                "iso_dates_and_hour_codes.dat:1: n is \"0\"",
            ],
        ),
    ),
    ("month_44.cfg", Read(5001, &["month_44.cfg:15: start stamp is \"2025-44-09"])),
    ("rtds_cfg_only_no_year.cfg", CfgOnly(&["rev_year is \"0\""])),
    ("sel735_cfg_only.cfg", CfgOnly(&[])),
    (
        "standard_example_truncated_ascii.cfg",
        Read(8, &["rows is \"8\", allowed: 885, as the .cfg announces"]),
    ),
    (
        "standard_example_truncated_binary.cfg",
        Read(8, &["rows is \"8\", allowed: 885, as the .cfg announces"]),
    ),
    ("sub_char_cfg.cfg", Read(40, &["sub_char_cfg.cfg: end of file is \"0x1A\""])),
    (
        "total_is_7A.cfg",
        Refused("total_is_7A.cfg:3: analog 1: a is \"A\", allowed: a finite decimal number"),
    ),
];

#[test]
fn malformed_files_have_the_outcome_that_is_documented() {
    let Some(data) = recordings() else { return };
    let folder = data.join("comtrade/malformed");
    assert_eq!(records(&folder).len(), OUTCOMES.len(), "every file has a row in the table");
    for (name, outcome) in OUTCOMES {
        let path = folder.join(name);
        let opened = Record::open(&path);
        let (findings, expect) = match outcome {
            Refused(text) => {
                assert_eq!(opened.expect_err(name).to_string(), *text);
                continue;
            }
            CfgOnly(expect) => {
                assert!(opened.expect_err(name).to_string().ends_with("no .dat belongs to it"));
                (Record::open_cfg(&path).expect(name).1, expect)
            }
            Read(rows, expect) => {
                let record = opened.unwrap_or_else(|e| panic!("{name}: {e}"));
                assert_eq!(record.rows(), *rows, "{name}");
                (check(&record).expect(name), expect)
            }
        };
        let all: String = findings.iter().map(|f| format!("{f}\n")).collect();
        for part in *expect {
            assert!(all.contains(part), "{name}: {part} is not in\n{all}");
        }
    }
}

/// (file, encoding of its .cfg, an excerpt of the text, what check must say)
const ODDITIES: &[(&str, Encoding, &str, &str)] = &[
    (
        "recorders/unknown_dfr_55A112D_skew.cfg",
        Encoding::Cp1251,
        "Неизвестный регистратор",
        "rows is \"19680\"",
    ),
    ("relays/sepam_rev1997.cfg", Encoding::Utf8, "", "rev_year is \"1997\""),
    ("relays/ge_c60_rate0.cfg", Encoding::Utf8, "W2D-C60-1", ""),
    ("relays/mcu_1991_binary_short.cfg", Encoding::Utf8, "DF1", "rows is \"201\", allowed: 5000"),
    ("relays/ritm_binary32_300D.cfg", Encoding::Utf8, "STATION_NAME", "trigger stamp"),
    ("relays/sirius2l_cp866.cfg", Encoding::Cp866, "", "n is \"0\""),
    ("relays/nari_psl603ua_1991_multirate.cfg", Encoding::Gbk, "UNREAL SUBSTATION", ""),
    ("relays/sel421_CG_line_fault_365km.cfg", Encoding::Utf8, "", ""),
    ("recorders/multirate_220kV_gbk.cfg", Encoding::Gbk, "xtz", ""),
    ("recorders/hvdc_cpr_10kHz_gbk.cfg", Encoding::Gbk, "", ""),
    ("recorders/zh5_gbk_inf_hdr.cfg", Encoding::Gbk, "华中科技大学动模实验室", ""),
    ("relays/psl603_multirate_gbk.cfg", Encoding::Gbk, "", ""),
    ("russian-110-220kV/r001_030_cp866.cfg", Encoding::Cp866, "", ""),
    ("russian-110-220kV/imf3r_cp866.cfg", Encoding::Cp866, "", ""),
    ("russian-110-220kV/r001_059_cp1251.cfg", Encoding::Cp1251, "", ""),
    ("russian-110-220kV/osc1.cfg", Encoding::Cp1251, "", ""),
    ("same-event-three-recorders/terminal_A.cfg", Encoding::Cp1251, "", "rev_year is \"2000\""),
    ("small/python_sample_iso8859_bin.cfg", Encoding::Latin1, "", ""),
];

#[test]
fn oddities_of_real_files_are_recognised() {
    let Some(data) = recordings() else { return };
    for (name, encoding, station, finding) in ODDITIES {
        let record = Record::open(data.join("comtrade").join(name)).expect(name);
        assert_eq!(record.cfg().encoding, *encoding, "{name}");
        assert!(record.cfg().station.contains(station), "{name}: {}", record.cfg().station);
        let all: String = check(&record).expect(name).iter().map(|f| format!("{f}\n")).collect();
        assert!(all.contains(finding), "{name}: {finding} is not in\n{all}");
    }
}

#[test]
fn hdr_and_inf_have_encodings_of_their_own() {
    let Some(data) = recordings() else { return };
    let open = |name: &str| Record::open(data.join("comtrade").join(name)).expect(name);
    let zh5 = open("recorders/zh5_gbk_inf_hdr.cfg");
    assert_eq!(zh5.cfg().encoding, Encoding::Gbk);
    let inf = zh5.inf().expect("it has an .inf");
    assert_eq!(inf.encoding(), Encoding::Gbk);
    assert_eq!(inf.get("public file_description", "line_frequency").as_deref(), Some("50"));
    let station = inf.get("Public File_Description", "Station_Name");
    assert_eq!(station.as_deref(), Some("华中科技大学动模实验室"));
    assert_eq!(zh5.hdr().expect("it has an .hdr").encoding(), Encoding::Utf8);
    let sel = open("relays/sel421_CG_line_fault_365km.cfg");
    assert_eq!(sel.cfg().encoding, Encoding::Utf8);
    assert_eq!(sel.hdr().expect("it has an .hdr").encoding(), Encoding::Latin1);
    let generator = open("recorders/generator_60Hz_inf.cfg");
    assert_eq!(generator.inf().expect("it has an .inf").sections().count(), 0);
}

#[test]
fn good_records_have_no_findings_of_level_error() {
    let Some(data) = recordings() else { return };
    for path in records(&data.join("faults")) {
        let findings = check(&Record::open(&path).expect("a fault opens")).expect("checks");
        let grave: Vec<_> = findings.iter().filter(|f| f.level == Level::Error).collect();
        assert!(grave.is_empty(), "{}: {grave:?}", path.display());
    }
}
