//! What is said of a wrong document: kept texts in both languages, and one table of single faults.
//!
//! `AURA_BLESS=1` writes the kept texts anew.

use aura_model::Lang;
use aura_settings::{Document, Problem};
use std::path::PathBuf;

const GOOD: &str = r#"
schema = 1
[station]
name = "PS"
rec_dev_id = "R1"
[[inputs.source]]
id = "adc1"
kind = "stream"
listen = "tcp:127.0.0.1:7010"
rate_hz = 4800.0
analog = 4
discrete = 2
[inputs]
bay = [{ id = "L1", name = "L-1" }]
analog = [
  { id = "Ia", bay = "L1", ph = "A", quantity = "current", uu = "A", source = "adc1:1" },
  { id = "Ib", bay = "L1", ph = "B", quantity = "current", uu = "A", source = "adc1:2" },
  { id = "Ic", bay = "L1", ph = "C", quantity = "current", uu = "A", source = "adc1:3" },
]
discrete = [{ id = "trip", source = "adc1:d1" }]
[[trigger]]
id = "t1"
name = "I2>"
kind = "over"
input = "L1_I"
measure = "seq2"
value = 2.0
[recording]
pre_ms = 100
post_ms = 200
max_ms = 5000
"#;

fn problems(text: &str) -> Vec<Problem> {
    Document::parse(text, "recorder.toml").err().unwrap_or_default()
}

fn keep(name: &str, found: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("AURA_BLESS").is_some() {
        std::fs::write(&path, found).expect("the folder of kept texts");
    }
    let kept = std::fs::read_to_string(&path).expect("a kept text; AURA_BLESS=1 makes it");
    assert_eq!(found, kept, "{name}");
}

#[test]
fn all_problems_of_a_document_are_told_at_once() {
    for name in ["shape", "meaning"] {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let text = std::fs::read_to_string(folder.join(format!("{name}.toml"))).expect("kept");
        let list = Document::parse(&text, &format!("{name}.toml")).expect_err("it is wrong");
        for lang in [Lang::Ru, Lang::En] {
            let said: String = list.iter().map(|one| one.line_in(lang) + "\n").collect();
            keep(&format!("{name}.{}.txt", lang.code()), &said);
        }
    }
}

#[test]
fn one_fault_gives_its_code_at_its_place() {
    assert_eq!(problems(GOOD), []);
    let check = |from: &str, to: &str, number: &str, place: &str| {
        let damaged = GOOD.replacen(from, to, 1);
        assert_ne!(damaged, GOOD, "{from}");
        let list = problems(&damaged);
        let found = list.iter().any(|one| one.code.number() == number && one.place == place);
        assert!(found, "{from} -> {to}: {list:#?}");
    };
    check("schema = 1", "schema = 2", "E0232", "schema");
    check("schema = 1", "schema = ", "E0101", "");
    check("name = \"PS\"", "nmae = \"PS\"", "E0201", "station.nmae");
    check("name = \"PS\"", "nmae = \"PS\"", "E0202", "station");
    check("name = \"PS\"", "name = 7", "E0210", "station.name");
    check("name = \"PS\"", "name = \"a,b\"", "E0234", "station.name");
    check("name = \"PS\"", "name = \"\\u0007\"", "E0234", "station.name");
    check("name = \"PS\"", "name = \"\"", "E0233", "station.name");
    check("[station]", "[station]\ntimezone = \"Mars/Base\"", "E0310", "station.timezone");
    check("ph = \"A\"", "ph = \"D\"", "E0231", "inputs.analog[0].ph");
    check("\"stream\"", "\"strem\"", "E0231", "inputs.source[0].kind");
    check("kind = \"stream\"\n", "", "E0202", "inputs.source[0]");
    check("rate_hz = 4800.0", "rate_hz = nan", "E0232", "inputs.source[0].rate_hz");
    check("tcp:127.0.0.1:7010", "7010", "E0309", "inputs.source[0].listen");
    check("id = \"Ib\"", "id = \"Ia\"", "E0301", "inputs.analog[1].id");
    check("id = \"Ib\"", "id = \"I b\"", "E0235", "inputs.analog[1].id");
    check("\"adc1:2\"", "\"adc2:2\"", "E0302", "inputs.analog[1].source");
    check("\"adc1:2\"", "\"adc1:5\"", "E0303", "inputs.analog[1].source");
    check("\"adc1:2\"", "\"adc1:0\"", "E0303", "inputs.analog[1].source");
    check("\"adc1:2\"", "\"adc1:1\"", "E0301", "inputs.analog[1].source");
    check("\"adc1:d1\"", "\"adc1:1\"", "E0303", "inputs.discrete[0].source");
    check("bay = \"L1\"", "bay = \"L2\"", "E0302", "inputs.analog[0].bay");
    check("uu = \"A\"", "uu = \"A\", a = 0.0", "E0312", "inputs.analog[0].a");
    check("uu = \"A\"", "uu = \"A\", primary = 0.0", "E0232", "inputs.analog[0].primary");
    check("\"L1_I\"", "\"L1_X\"", "E0302", "trigger[0].input");
    check("\"L1_I\"", "\"Ia\"", "E0306", "trigger[0].input");
    check("measure = \"seq2\"", "measure = \"rms\"", "E0306", "trigger[0].input");
    check("value = 2.0", "", "E0308", "trigger[0]");
    check("value = 2.0", "value = 2.0\nprimary_value = 3.0", "E0308", "trigger[0]");
    check("value = 2.0", "value = 2.0\nedge = \"rise\"", "E0201", "trigger[0].edge");
    check("max_ms = 5000", "max_ms = 250", "E0304", "recording.max_ms");
    let format = |format: &str| format!("max_ms = 5000\nformat = {format}");
    let old = format("{ revision = 1999, data = \"float32\" }");
    check("max_ms = 5000", &old, "E0305", "recording.format.data");
    let old = format("{ revision = 1991, file = \"cff\" }");
    check("max_ms = 5000", &old, "E0305", "recording.format.file");
    check("max_ms = 5000", &format("{ revision = 2001 }"), "E0231", "recording.format.revision");
    check(
        "[recording]",
        "[retention]\nmax_gib=1\nmax_mib=1\n[recording]",
        "E0308",
        "retention.max_mib",
    );
    check("[recording]", "[web]\nlisten=\"443\"\n[recording]", "E0309", "web.listen");
    let second = "[[inputs.source]]\nid = \"b\"\nkind = \"replay\"\npath = \"x.cfg\"\n[inputs]";
    check("[inputs]", second, "E0307", "inputs.source[1]");
}

#[test]
fn a_problem_stands_at_its_line_and_column() {
    let damaged = GOOD.replacen("ph = \"B\"", "ph = \"Ж\"", 1);
    let list = problems(&damaged);
    let line = damaged.lines().position(|line| line.contains('Ж')).expect("there") + 1;
    let column = damaged.lines().nth(line - 1).expect("there").find("\"Ж\"").expect("there") + 1;
    assert_eq!(list.len(), 1);
    let found = (usize::try_from(list[0].line), usize::try_from(list[0].column));
    assert_eq!(found, (Ok(line), Ok(column)));
    assert_eq!(list[0].value.as_deref(), Some("\"Ж\""));
}

#[test]
fn the_hash_follows_the_meaning_not_the_layout() {
    let hash = |text: &str| Document::parse(text, "x").expect("good").hash().to_owned();
    let good = hash(GOOD);
    assert_eq!(good.len(), 64);
    assert_eq!(hash(&format!("# comment\n{GOOD}")), good);
    assert_eq!(hash(&GOOD.replacen("pre_ms = 100", "pre_ms = 100\nreblock_ms = 0", 1)), good);
    assert_ne!(hash(&GOOD.replacen("pre_ms = 100", "pre_ms = 101", 1)), good);
}
