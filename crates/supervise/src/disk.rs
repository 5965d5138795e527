//! Room on a disk.

use crate::sys;
use std::io;
use std::path::Path;

/// Room on the file system of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskSpace {
    /// Bytes that this service may still write.
    pub free: u64,
    /// Bytes of the whole file system.
    pub total: u64,
}

/// Room on the file system that holds this folder or file.
///
/// # Errors
/// When the operating system cannot say.
pub fn disk_space(path: &Path) -> io::Result<DiskSpace> {
    sys::disk_space(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_has_room_and_nowhere_has_none() {
        let space = disk_space(Path::new("/")).unwrap();
        assert!(space.total > 0 && space.free <= space.total, "{space:?}");
        let error = disk_space(Path::new("/no/such/place")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
