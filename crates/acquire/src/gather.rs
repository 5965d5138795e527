//! From the source's columns to the station's channels.

use crate::{Description, Error, Mapping};

/// A checked mapping. Its calls do not allocate.
#[derive(Clone, Debug)]
pub(crate) struct Gather {
    analog: Box<[usize]>,
    discrete: Box<[(usize, bool)]>,
    /// Whether the columns are the channels, in order, so that rows are copied whole.
    plain: (bool, bool),
}

impl Gather {
    /// Checks that all columns exist.
    pub(crate) fn new(mapping: &Mapping, of: &Description) -> Result<Self, Error> {
        let check = |kind, column: Option<usize>, have| match column {
            Some(column) => Err(Error::Column { kind, column, have }),
            None => Ok(()),
        };
        let (analog, discrete) = (of.analog.len(), of.discrete.len());
        check("analog", mapping.analog.iter().copied().find(|c| *c >= analog), analog)?;
        let beyond = mapping.discrete.iter().map(|d| d.0).find(|c| *c >= discrete);
        check("discrete", beyond, discrete)?;
        let in_order = |mut columns: Box<dyn Iterator<Item = usize> + '_>, have: usize| {
            let count = columns.by_ref().enumerate().take_while(|(n, column)| n == column).count();
            count == have
        };
        let plain_analog = mapping.analog.len() == analog
            && in_order(Box::new(mapping.analog.iter().copied()), analog);
        let plain_discrete = mapping.discrete.len() == discrete
            && mapping.discrete.iter().all(|(_, inverted)| !inverted)
            && in_order(Box::new(mapping.discrete.iter().map(|d| d.0)), discrete);
        Ok(Self {
            analog: mapping.analog.clone().into_boxed_slice(),
            discrete: mapping.discrete.clone().into_boxed_slice(),
            plain: (plain_analog, plain_discrete),
        })
    }

    /// Analog channels.
    pub(crate) fn analog_len(&self) -> usize {
        self.analog.len()
    }

    /// Discrete channels.
    pub(crate) fn discrete_len(&self) -> usize {
        self.discrete.len()
    }

    /// One value per channel from one value per column.
    pub(crate) fn values<T: Copy>(&self, columns: &[T], channels: &mut [T]) {
        if self.plain.0 {
            channels.copy_from_slice(columns);
            return;
        }
        for (channel, column) in channels.iter_mut().zip(&self.analog) {
            *channel = columns[*column];
        }
    }

    /// Validity bits.
    pub(crate) fn valid(&self, columns: &[u64], channels: &mut [u64]) {
        if self.plain.0 {
            channels.copy_from_slice(columns);
            return;
        }
        channels.fill(0);
        for (n, column) in self.analog.iter().enumerate() {
            channels[n / 64] |= (columns[column / 64] >> (column % 64) & 1) << (n % 64);
        }
    }

    /// Discrete bits.
    pub(crate) fn discrete(&self, columns: &[u64], channels: &mut [u64]) {
        if self.plain.1 {
            channels.copy_from_slice(columns);
            return;
        }
        channels.fill(0);
        for (n, (column, inverted)) in self.discrete.iter().enumerate() {
            let bit = columns[column / 64] >> (column % 64) & 1;
            channels[n / 64] |= (bit ^ u64::from(*inverted)) << (n % 64);
        }
    }
}
