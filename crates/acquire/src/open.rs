//! Opening a source in two steps: first what it is, then its samples as the station wants them.

use crate::gather::Gather;
use crate::replay::{Recording, Replay};
use crate::simulator::{self, Simulator};
use crate::stream::{Listening, Stream};
use crate::{Description, Endpoint, Error, Mapping, SourceSpec, Start};
use aura_model::{Layout, Source};

/// A source that was opened but gives no samples yet.
#[derive(Debug)]
pub struct Opened {
    description: Description,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Simulator(crate::SimulatorSpec),
    Stream(Listening),
    Replay(Box<Recording>),
}

/// Opens a source and learns what it is.
///
/// # Errors
/// When the specification cannot be met: the error names what, its value and what is allowed.
pub fn open(spec: &SourceSpec) -> Result<Opened, Error> {
    match spec {
        SourceSpec::Simulator(spec) => {
            let description = simulator::describe(spec)?;
            Ok(Opened { description, inner: Inner::Simulator(spec.clone()) })
        }
        SourceSpec::Stream(spec) => {
            let listening = Listening::open(spec)?;
            Ok(Opened { description: listening.describe(), inner: Inner::Stream(listening) })
        }
        SourceSpec::Replay(spec) => {
            let recording = Box::new(Recording::open(spec)?);
            let description = recording.description().clone();
            Ok(Opened { description, inner: Inner::Replay(recording) })
        }
    }
}

impl Opened {
    /// What the source says of itself; mappings refer to its columns.
    #[must_use]
    pub const fn description(&self) -> &Description {
        &self.description
    }

    /// Where a stream listens for its driver, with the port that the system chose.
    #[must_use]
    pub fn listening(&self) -> Option<Endpoint> {
        match &self.inner {
            Inner::Stream(listening) => listening.endpoint(),
            Inner::Simulator(_) | Inner::Replay(_) => None,
        }
    }

    /// Makes it a source of blocks of `rows` rows, 1..=65 535. All memory is taken here.
    ///
    /// # Errors
    /// When the mapping names a column that there is not, or `rows` is 0.
    pub fn start(
        self,
        mapping: &Mapping,
        rows: u16,
        start: Start,
    ) -> Result<Box<dyn Source>, Error> {
        if rows == 0 {
            let allowed = "1..=65535".into();
            return Err(Error::Spec { what: "rows of a block", value: "0".into(), allowed });
        }
        let gather = Gather::new(mapping, &self.description)?;
        let layout = Layout {
            rate: self.description.rate,
            analog: gather.analog_len(),
            discrete: gather.discrete_len(),
            rows,
        };
        match self.inner {
            Inner::Replay(recording) => {
                Ok(Box::new(Replay::new(*recording, gather, layout, start)?))
            }
            Inner::Stream(listening) => Ok(Box::new(Stream::new(listening, gather, layout))),
            Inner::Simulator(spec) => {
                let scales: Vec<f64> = self.description.analog.iter().map(|c| c.a).collect();
                Ok(Box::new(Simulator::new(&spec, &scales, gather, layout, start)))
            }
        }
    }
}
