//! HTTPS pages and the JSON API: the recorder's face for people with a certificate and for
//! `auractl`.
//!
//! One router is built from one access table ([`TABLE`]) and served on two doors: TLS with client
//! certificates, and a local socket for a person with a shell on the recorder. The crate
//! deliberately decides nothing about trust (it asks [`aura_model::Access`] on every request),
//! keeps no state of the recorder, and never asks another host for anything.

mod access;
mod api;
mod assets;
mod catalogue;
mod chrome;
mod config;
mod connection;
mod context;
mod download;
mod dto;
mod fault;
mod figures;
mod guard;
mod live;
mod pages;
mod peer;
mod records;
mod refusal;
mod repeats;
mod router;
mod serve;
mod session;
mod strangers;

pub use access::{Endpoint, Entry, Icon, Method, Rule, TABLE, Who};
pub use config::Config;
pub use peer::Peer;
pub use router::{App, router};
pub use serve::{Bound, Error, serve};
