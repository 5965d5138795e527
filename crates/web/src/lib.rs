//! HTTPS pages and the JSON API.
