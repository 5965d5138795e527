//! Writing a `.cfg` in the form of its revision; what is written reads back to the same bytes.
//!
//! Text that the format cannot hold (commas, line ends) becomes blanks, and characters that the
//! encoding lacks become `?`: a recorder must not lose a fault over a channel's name.

use std::fmt::Write as _;

use crate::cfg::{Analog, Cfg, Discrete, LeapSecond, Offset, Revision, Sampling, Side, TimeBase};
use crate::cfg_read::is_blank;
use crate::stamp::Stamp;

impl Cfg {
    /// The file's bytes by `revision`, in `encoding`, with the line ends CR LF of the standard.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let bytes = self.encoding.encode(&self.text());
        // Never a byte-order mark, even where letters of a single-byte encoding look like one.
        bytes.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec).unwrap_or(bytes)
    }

    fn text(&self) -> String {
        let mut out = String::with_capacity(128 + 96 * (self.analog.len() + self.discrete.len()));
        let mut line = |text: std::fmt::Arguments<'_>| {
            out.write_fmt(text).and_then(|()| out.write_str("\r\n")).expect("a string grows");
        };
        let (station, device) = (clean(&self.station), clean(&self.device));
        match self.revision {
            Revision::R1991 => line(format_args!("{station},{device}")),
            revision => line(format_args!("{station},{device},{revision}")),
        }
        let (analog, discrete) = (self.analog.len(), self.discrete.len());
        line(format_args!("{},{analog}A,{discrete}D", analog + discrete));
        for channel in &self.analog {
            line(format_args!("{}", analog_line(channel, self.revision)));
        }
        for channel in &self.discrete {
            line(format_args!("{}", discrete_line(channel, self.revision)));
        }
        line(format_args!("{}", decimal(self.line_frequency_hz)));
        match &self.sampling {
            Sampling::TimeColumn { end_sample } => line(format_args!("0\r\n0,{end_sample}")),
            Sampling::Table(rates) => {
                line(format_args!("{}", rates.len()));
                for rate in rates {
                    line(format_args!("{},{}", decimal(rate.hz), rate.end_sample));
                }
            }
        }
        line(format_args!("{}", self.stamp_line(&self.start)));
        line(format_args!("{}", self.stamp_line(&self.trigger)));
        line(format_args!("{}", self.data_type));
        if self.revision > Revision::R1991 {
            line(format_args!("{}", decimal(self.time_multiplier)));
        }
        if self.revision == Revision::R2013 {
            line(format_args!("{},{}", offset(self.time_code), offset(self.local_code)));
            line(format_args!("{:X},{}", self.time_quality.min(15), leap_code(self.leap_second)));
        }
        out
    }

    fn stamp_line(&self, stamp: &Stamp) -> String {
        let Stamp { year, month, day, hour, minute, second, nanosecond } = stamp;
        let date = match self.revision {
            Revision::R1991 => format!("{month:02}/{day:02}/{:02}", year % 100),
            _ => format!("{day:02}/{month:02}/{year:04}"),
        };
        let fraction = match self.time_base {
            TimeBase::Micro => format!("{:06}", nanosecond / 1000),
            TimeBase::Nano => format!("{nanosecond:09}"),
        };
        format!("{date},{hour:02}:{minute:02}:{second:02}.{fraction}")
    }
}

fn analog_line(channel: &Analog, revision: Revision) -> String {
    let Analog { index, a, b, skew_us, min, max, primary, secondary, side, .. } = channel;
    let text = [&channel.id, &channel.phase, &channel.component, &channel.unit].map(|t| clean(t));
    let [a, b, skew, min, max] = [a, b, skew_us, min, max].map(|n| decimal(*n));
    let head = format!("{index},{},{a},{b},{skew},{min},{max}", text.join(","));
    match (revision, side) {
        (Revision::R1991, _) => head,
        (_, side) => {
            let letter = if *side == Side::Secondary { 'S' } else { 'P' };
            format!("{head},{},{},{letter}", decimal(*primary), decimal(*secondary))
        }
    }
}

fn discrete_line(channel: &Discrete, revision: Revision) -> String {
    let (index, id, normal) = (channel.index, clean(&channel.id), u8::from(channel.normal));
    match revision {
        Revision::R1991 => format!("{index},{id},{normal}"),
        _ => {
            let (phase, component) = (clean(&channel.phase), clean(&channel.component));
            format!("{index},{id},{phase},{component},{normal}")
        }
    }
}

fn offset(offset: Offset) -> String {
    let Some(minutes) = offset else { return "x".to_owned() };
    let sign = match minutes {
        0 => return "0".to_owned(),
        1.. => '+',
        _ => '-',
    };
    match (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60) {
        (hours, 0) => format!("{sign}{hours}"),
        (hours, rest) => format!("{sign}{hours}h{rest:02}"),
    }
}

fn leap_code(leap: LeapSecond) -> u8 {
    match leap {
        LeapSecond::None => 0,
        LeapSecond::Added => 1,
        LeapSecond::Removed => 2,
        LeapSecond::Unknown => 3,
    }
}

/// Shortest decimal that reads back to the same bits; a value that is no number becomes 0.
fn decimal(number: f64) -> String {
    if !number.is_finite() {
        return "0".to_owned();
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(number);
    text.strip_suffix(".0").unwrap_or(text).to_owned()
}

/// Text without what would end a field or a line, and without blanks at its ends.
fn clean(text: &str) -> String {
    let bad = |c: char| c == ',' || c.is_ascii_control();
    let blanked: String = text.chars().map(|c| if bad(c) { ' ' } else { c }).collect();
    blanked.trim_matches(is_blank).to_owned()
}
