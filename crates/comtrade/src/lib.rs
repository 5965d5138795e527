//! COMTRADE (IEEE C37.111-1991/1999, IEC 60255-24:2013) reader and writer, usable alone.
//!
//! It reads what real recorders write, not only what the standards allow: every departure becomes
//! a [`Finding`] that names file, line, field, value and what is allowed; only what leaves no
//! meaning is an [`Error`]. It does not interpret channel names, does not compute on signals, and
//! keeps no clock.
//!
//! ```no_run
//! let record = aura_comtrade::Record::open("fault.cfg")?;
//! println!("{} at {}", record.cfg().station, record.cfg().start);
//! let ia: Vec<f64> = record.analog(0)?; // only this channel is decoded
//! # Ok::<(), aura_comtrade::Error>(())
//! ```
//!
//! # Limits
//! See [`limits`]: every count that a file announces is checked against them and against what
//! the file really holds before anything is allocated.

#![deny(unsafe_code)]

mod ascii;
mod binary;
mod cff;
mod cfg;
mod cfg_read;
mod cfg_write;
mod check;
mod convert;
mod csv;
mod encode;
mod error;
mod files;
#[doc(hidden)]
pub mod fuzzing;
mod inf;
pub mod limits;
mod open;
mod overview;
mod record;
mod stamp;
mod sys;
mod text;
mod timeline;
mod writer;

pub use cff::{CffParts, write_cff};
pub use cfg::{
    Analog, Cfg, DataType, Discrete, LeapSecond, Offset, Rate, Revision, Sampling, Side, TimeBase,
};
pub use check::check;
pub use convert::{Form, convert, cut, merge, rows_between};
pub use csv::write_csv;
pub use error::{Error, Finding, Level, Place};
pub use inf::Inf;
pub use overview::MinMax;
pub use record::{MISSING_TIME_NS, Record, Value};
pub use stamp::Stamp;
pub use text::{Encoding, Text};
pub use writer::{Count, Rows, Times, Totals, Writer};

/// Result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
