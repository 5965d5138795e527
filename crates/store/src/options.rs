//! How records are written and how long they are kept, in checked form.

/// COMTRADE revision of new records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Revision {
    /// IEEE C37.111-1991.
    R1991,
    /// IEEE C37.111-1999.
    R1999,
    /// IEC 60255-24:2013.
    R2013,
}

/// Type of the `.dat` of new records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataType {
    /// Text; made by conversion when the record closes.
    Ascii,
    /// 16-bit integers; a channel whose range is wider is scaled, saturation is marked.
    Binary,
    /// 32-bit integers: raw counts as they came.
    Binary32,
    /// 32-bit floats.
    Float32,
}

/// One file or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Container {
    /// `.cfg`, `.dat`, `.hdr`, `.inf`.
    CfgDat,
    /// One `.cff` (revision 2013 only).
    Cff,
}

/// Encoding of the texts in new records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextEncoding {
    /// UTF-8.
    Utf8,
    /// Windows code page 1251.
    Cp1251,
}

/// Format of new records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// Revision.
    pub revision: Revision,
    /// Container.
    pub container: Container,
    /// Data type; 32-bit types need revision 2013.
    pub data: DataType,
    /// Text encoding.
    pub encoding: TextEncoding,
}

/// How long records are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Most bytes that all records together may take; the oldest gives way.
    pub max_bytes: u64,
    /// Most days that a record is kept; `None` = no limit.
    pub max_days: Option<u32>,
}
