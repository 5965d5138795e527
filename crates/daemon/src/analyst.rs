//! The analyst: makes the report on each closed record, away from the writer, and lets old records
//! give way.

use crate::unit::Unit;
use crate::writer::Order;
use aura_analyse::Papers;
use aura_model::{Code, Event, RecordId, Records};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often room is made when no record closes.
const PERIOD: Duration = Duration::from_secs(60);

/// Starts the thread; it ends when the other end of the channel is gone.
pub(crate) fn spawn(
    unit: Arc<Unit>,
    records: Receiver<RecordId>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("aura-analyst".into()).spawn(move || {
        loop {
            match records.recv_timeout(PERIOD) {
                Ok(id) => analyse(&unit, id),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let free = unit.disk_free.load(Ordering::Relaxed);
            for event in unit.store.make_room((free > 0).then_some(free)) {
                unit.order(Order::Event(event));
            }
        }
    })
}

/// Makes and stores the report on one record. Its failure never touches the record.
pub(crate) fn analyse(unit: &Unit, id: RecordId) {
    let made = unit.report(id).map_err(|error| error.to_string()).and_then(|report| {
        let papers = Papers::of(&report);
        let line = papers.line(unit.running().checked.language()).to_owned();
        let (store, files) = (&unit.store, papers.files());
        store.attach_report(id, &files, papers.summary.clone()).map_err(|e| e.with_causes())?;
        Ok(line)
    });
    let now = unit.clock.now();
    let event = match made {
        Ok(line) => Event::new(now, Code::ReportMade).arg("summary", line),
        Err(error) => Event::new(now, Code::ReportFailed).arg("error", error),
    };
    unit.order(Order::Event(event.arg("record", id.to_string())));
}
