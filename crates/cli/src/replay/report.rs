//! The report on a record, beside it; its failure never touches the record.

use aura_analyse::Papers;
use aura_model::{Code, Event, Lang, RecordInfo, Stamp};
use aura_store::Store;

/// Makes the report; gives the record with it, and what the journal shall say in its language.
pub(super) fn make(store: &Store, info: RecordInfo, lang: Lang) -> (RecordInfo, Event) {
    let id = info.id;
    let event = match attach(store, &info, lang) {
        Ok(summary) => Event::new(Stamp::default(), Code::ReportMade).arg("summary", summary),
        Err(error) => Event::new(Stamp::default(), Code::ReportFailed).arg("error", error),
    };
    (store.get(id).unwrap_or(info), event.arg("record", id.to_string()))
}

fn attach(store: &Store, info: &RecordInfo, lang: Lang) -> Result<String, String> {
    let capture = store.capture(info.id).map_err(|error| error.with_causes())?;
    let mut report = aura_analyse::analyse(&capture);
    super::SOFTWARE.clone_into(&mut report.software);
    let papers = Papers::of(&report);
    let line = papers.line(lang).to_owned();
    let files = papers.files();
    store.attach_report(info.id, &files, papers.summary.clone()).map_err(|e| e.with_causes())?;
    Ok(line)
}
