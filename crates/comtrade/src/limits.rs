//! Upper bounds of what is read, each with its reason; it does not hold limits of the data types.

/// Most channels of one kind in a record: six digits is what the standard's count fields hold.
pub const CHANNELS_MAX: usize = 999_999;

/// Most segments of a rate table: the standard's field has three digits.
pub const RATES_MAX: usize = 999;

/// Largest `.cfg`, `.hdr` or `.inf`, or such a section of a `.cff`, in bytes. A `.cfg` of 999 999
/// channels of 64 bytes each; anything larger is not a text file that belongs to a record.
pub const TEXT_BYTES_MAX: usize = 64 << 20;

/// Most findings kept for one file: a broken file repeats itself, a person reads the first ones.
pub const FINDINGS_MAX: usize = 1_000;

/// Longest piece of a foreign value shown in an error or finding, in characters.
pub const SHOWN_CHARS_MAX: usize = 60;

/// Most pixels of one overview: wider than any screen, small enough to allocate per channel.
pub const PIXELS_MAX: usize = 65_536;
