//! Style, script, fonts and icons, built into the program: nothing is ever fetched from another
//! host.

use crate::context::Input;
use crate::fault::Fault;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::OnceLock;

macro_rules! assets {
    ($($name:literal $file:literal $media_type:literal;)+) => {
        const ASSETS: &[(&str, &str, &[u8])] =
            &[$(($name, $media_type, include_bytes!(concat!("../static/", $file))),)+];
    };
}

assets! {
    "aura.css" "aura.css" "text/css; charset=utf-8";
    "live.js" "live.js" "text/javascript; charset=utf-8";
    "icon.svg" "icon.svg" "image/svg+xml";
    "sans-latin-400.woff2" "fonts/sans-latin-400.woff2" "font/woff2";
    "sans-latin-700.woff2" "fonts/sans-latin-700.woff2" "font/woff2";
    "sans-cyrillic-400.woff2" "fonts/sans-cyrillic-400.woff2" "font/woff2";
    "sans-cyrillic-700.woff2" "fonts/sans-cyrillic-700.woff2" "font/woff2";
    "mono-latin-400.woff2" "fonts/mono-latin-400.woff2" "font/woff2";
    "mono-cyrillic-400.woff2" "fonts/mono-cyrillic-400.woff2" "font/woff2";
}

/// An asset by its name. Pages ask with the build's mark, so an asset never changes under its
/// address.
pub(crate) fn asset(input: &Input) -> Result<Response, Fault> {
    let wanted = input.path.get("name").map_or("", String::as_str);
    let (_, media_type, bytes) =
        ASSETS.iter().find(|(name, ..)| *name == wanted).ok_or(Fault::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, *media_type),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable"),
    ];
    Ok((headers, *bytes).into_response())
}

/// Mark of this build's assets: FNV-1a over all of them.
pub(crate) fn build() -> &'static str {
    static BUILD: OnceLock<String> = OnceLock::new();
    BUILD.get_or_init(|| {
        let bytes = ASSETS.iter().flat_map(|(_, _, bytes)| *bytes);
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("{hash:016x}")
    })
}

/// Paths of the icons, on a field of 16 × 16, drawn with a stroke.
const ICONS: &[(&str, &str)] = &[
    ("status", "M1 8.5h3l2-5.5 3.5 10 2-4.5H15"),
    ("analog", "M1 8c1.7-6.7 4.3-6.7 7 0s5.3 6.7 7 0"),
    ("discrete", "M1 12h3V4h4v8h4V4h3"),
    ("records", "M1 8h3l1-2 1.5 7 2-11 2 9 1.2-3H15"),
    ("reports", "M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3M5.5 8h5M5.5 11h5"),
    ("journal", "M2 3.5h1M5.5 3.5H14M2 8h1M5.5 8H14M2 12.5h1M5.5 12.5H14"),
    ("me", "M10.5 9.5a4 4 0 1 0-3.5-2L1.5 13v1.5H4V13h1.5v-1.5H7zM11.5 4.5v.01"),
    ("good", "M2.5 8.5l3.5 3.5 7.5-8"),
    ("warning", "M8 2L1.5 13.5h13zM8 6.5v3.5M8 11.8v.01"),
    ("fault", "M3 3l10 10M13 3L3 13"),
    ("record", "M8 4.5a3.5 3.5 0 1 1-.01 0z"),
    ("simulated", "M2 14L14 2M2 8l6-6M8 14l6-6"),
    ("invalid", "M5.5 5.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .7-1 1.7M8 12.3v.01"),
    ("start", "M4 2.5v11l9-5.5z"),
    ("download", "M8 2v8M4.5 7L8 10.5 11.5 7M2.5 13.5h11"),
    ("menu", "M2 4h12M2 8h12M2 12h12"),
    ("clock", "M8 1.5a6.5 6.5 0 1 1-.01 0zM8 4.5V8l2.5 1.5"),
    ("auto", "M8 1.5a6.5 6.5 0 1 1-.01 0zM8 1.5v13M10 3.5v9M12 5v6"),
    (
        "light",
        "M8 5a3 3 0 1 1-.01 0zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15\
         M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1",
    ),
    ("dark", "M13.5 10A6 6 0 0 1 6 2.5 6 6 0 1 0 13.5 10z"),
    ("off", "M8 4.5a3.5 3.5 0 1 1-.01 0z"),
    ("lock", "M3.5 7.5h9v6.5h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5"),
];

/// An icon as inline SVG; the word beside it carries the meaning, so it is hidden from screen
/// readers.
pub(crate) fn icon(name: &str) -> String {
    let path = ICONS.iter().find(|(key, _)| *key == name).map_or("", |(_, path)| path);
    debug_assert!(!path.is_empty(), "no icon {name}");
    format!(
        "<svg class=\"icon icon-{name}\" viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" \
         aria-hidden=\"true\" focusable=\"false\"><path d=\"{path}\"/></svg>"
    )
}
