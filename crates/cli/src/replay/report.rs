//! The report on a record, beside it; its failure never touches the record.

use aura_model::{Code, Event, FileKind, Lang, RecordInfo, Stamp};
use aura_store::Store;

/// Makes the report; gives the record with it, and what the journal shall say.
pub(super) fn make(store: &Store, info: RecordInfo) -> (RecordInfo, Event) {
    let id = info.id;
    let event = match attach(store, &info) {
        Ok(summary) => Event::new(Stamp::default(), Code::ReportMade).arg("summary", summary),
        Err(error) => Event::new(Stamp::default(), Code::ReportFailed).arg("error", error),
    };
    (store.get(id).unwrap_or(info), event.arg("record", id.to_string()))
}

fn attach(store: &Store, info: &RecordInfo) -> Result<String, String> {
    let capture = store.capture(info.id).map_err(|error| error.with_causes())?;
    let mut report = aura_analyse::analyse(&capture);
    super::SOFTWARE.clone_into(&mut report.software);
    let [ru, en] = [Lang::Ru, Lang::En].map(|lang| aura_analyse::text(&report, lang));
    let json = aura_analyse::json(&report);
    let files = [
        (FileKind::ReportRu, ru.as_bytes()),
        (FileKind::ReportEn, en.as_bytes()),
        (FileKind::ReportJson, json.as_bytes()),
    ];
    let summary = [Lang::Ru, Lang::En].map(|lang| aura_analyse::summary(&report, lang));
    let line = summary[0].clone();
    store.attach_report(info.id, &files, summary).map_err(|error| error.with_causes())?;
    Ok(line)
}
