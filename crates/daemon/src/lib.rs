//! The recorder's service: assembly of the planes; binary aurad.
