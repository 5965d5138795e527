//! The words everyone shares, and the seams between the planes.
