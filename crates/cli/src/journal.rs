//! `journal`: a journal's files, wherever they were copied to.

use crate::args::JournalCommand;
use crate::error::Error;
use crate::out::Out;
use aura_settings::Text;
use aura_store::Witness;
use serde_json::json;
use std::path::Path;

pub(crate) fn run(command: &JournalCommand, out: &mut Out) -> Result<(), Error> {
    let JournalCommand::Verify { folder, head } = command;
    let head = head.as_deref().map(parse_head).transpose()?;
    verify(folder, head, out)
}

fn parse_head(text: &str) -> Result<(u64, &str), Error> {
    let hexadecimal = |hash: &&str| !hash.is_empty() && hash.bytes().all(|b| b.is_ascii_hexdigit());
    let parts = text.split_once(':');
    let parsed = parts.and_then(|(seq, hash)| seq.parse().ok().zip(Some(hash).filter(hexadecimal)));
    parsed.ok_or_else(|| {
        Error::Usage(Text::new(
            format!("--head \"{text}\": нужно НОМЕР:ХЕШ, например 1042:9f2c…"),
            format!("--head \"{text}\": SEQ:HASH is needed, such as 1042:9f2c…"),
        ))
    })
}

fn verify(folder: &Path, head: Option<(u64, &str)>, out: &mut Out) -> Result<(), Error> {
    if !folder.is_dir() {
        let error = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(Error::file(folder, &error));
    }
    match aura_store::verify(folder, head) {
        Ok(found) => {
            let witness = match found.witness {
                Witness::NotGiven => "not-given",
                Witness::Found => "found",
                Witness::TooOld => "too-old",
            };
            if out.json() {
                return out.data(
                    "journal-verify",
                    json!({
                        "valid": true, "files": found.files, "lines": found.lines,
                        "first_seq": found.first_seq, "last_seq": found.last_seq,
                        "hash": found.hash, "torn_bytes": found.torn_bytes, "witness": witness,
                        "fault": null,
                    }),
                );
            }
            let whole = out.say("журнал цел", "the journal is whole");
            let lines = out.say("строк", "lines");
            let line = format!(
                "{whole}: {lines} {} ({}..{}), {}:{}",
                found.lines, found.first_seq, found.last_seq, found.last_seq, found.hash
            );
            out.line(&line)?;
            let remark = match found.witness {
                Witness::NotGiven => out.say(
                    "без --head не видно, удалён ли конец журнала",
                    "without --head nobody sees whether the end was removed",
                ),
                Witness::Found => out.say("отмеченная строка на месте", "the noted line is there"),
                Witness::TooOld => out.say(
                    "отмеченная строка старше сохранившихся",
                    "the noted line is older than those kept",
                ),
            };
            out.talk(remark);
            Ok(())
        }
        Err(fault) => {
            if out.json() {
                let file = fault.file.display().to_string();
                let what = json!({ "file": file, "line": fault.line, "what": fault.what });
                out.data("journal-verify", json!({ "valid": false, "fault": what }))?;
            }
            Err(Error::Check(Text::new(format!("журнал нарушен: {fault}"), fault.to_string())))
        }
    }
}
