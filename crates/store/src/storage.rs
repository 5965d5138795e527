//! What the store asks of the file system, so that tests can put a full or failing disk underneath.
//! Reading is not here: it needs no order and no durability.

use crate::{Error, sys};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// A file that is being written.
pub(crate) trait StoredFile: Write + Send {
    /// Makes the data and the length durable.
    fn sync_data(&self) -> io::Result<()>;

    /// Reserves space up to this length without changing the length. A file system that cannot is
    /// no failure.
    fn reserve(&self, bytes: u64) -> io::Result<()>;
}

/// The calls that change a folder.
pub(crate) trait Storage: Send + Sync {
    /// A new, empty file; what had the name before is gone.
    fn create(&self, path: &Path) -> io::Result<Box<dyn StoredFile>>;

    /// A file to be continued at its end.
    fn extend(&self, path: &Path) -> io::Result<Box<dyn StoredFile>>;

    /// Cuts a file and makes the cut durable.
    fn cut(&self, path: &Path, bytes: u64) -> io::Result<()>;

    /// Gives another name, replacing what had it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes a folder.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// Removes a folder and all in it.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a folder durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
}

/// Writes a whole file and makes it durable; its name is durable when the folder is synced.
pub(crate) fn write_file(disk: &dyn Storage, path: &Path, content: &[u8]) -> Result<(), Error> {
    let mut file = disk.create(path).map_err(Error::io("create", path))?;
    file.write_all(content).map_err(Error::io("write", path))?;
    file.sync_data().map_err(Error::io("sync", path))
}

/// Replaces a file at once: whoever reads it sees the old or the new content.
pub(crate) fn replace_file(disk: &dyn Storage, path: &Path, content: &[u8]) -> Result<(), Error> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = Path::new(&fresh);
    write_file(disk, fresh, content)?;
    disk.rename(fresh, path).map_err(Error::io("rename to", path))?;
    let dir = path.parent().unwrap_or(Path::new("."));
    disk.sync_dir(dir).map_err(Error::io("sync", dir))
}

/// The operating system's file system.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Disk;

impl Storage for Disk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn StoredFile>> {
        Ok(Box::new(File::create(path)?))
    }

    fn extend(&self, path: &Path) -> io::Result<Box<dyn StoredFile>> {
        Ok(Box::new(OpenOptions::new().append(true).open(path)?))
    }

    fn cut(&self, path: &Path, bytes: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(path)?;
        file.set_len(bytes)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }
}

impl StoredFile for File {
    fn sync_data(&self) -> io::Result<()> {
        Self::sync_data(self)
    }

    fn reserve(&self, bytes: u64) -> io::Result<()> {
        sys::reserve(self, bytes)
    }
}

/// A disk that fails on command.
#[cfg(test)]
pub(crate) mod faulty {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

    /// The real disk until `left` changing calls were made, then this error until told otherwise.
    #[derive(Clone, Default)]
    pub(crate) struct Faulty {
        left: Arc<AtomicI64>,
        once: Arc<AtomicBool>,
    }

    impl Faulty {
        /// A disk that works.
        pub(crate) fn good() -> Self {
            let disk = Self::default();
            disk.fail_after(i64::MAX);
            disk
        }

        /// From now on so many calls succeed.
        pub(crate) fn fail_after(&self, calls: i64) {
            self.left.store(calls, Ordering::SeqCst);
        }

        /// From now on so many calls succeed, then one fails.
        pub(crate) fn fail_once_after(&self, calls: i64) {
            self.once.store(true, Ordering::SeqCst);
            self.fail_after(calls);
        }

        fn ask(&self) -> io::Result<()> {
            if self.left.fetch_sub(1, Ordering::SeqCst) > 0 {
                return Ok(());
            }
            if self.once.swap(false, Ordering::SeqCst) {
                self.fail_after(i64::MAX);
            }
            Err(io::Error::from_raw_os_error(libc::ENOSPC))
        }

        fn wrap(&self, inner: Box<dyn StoredFile>) -> Box<dyn StoredFile> {
            Box::new(FaultyFile { disk: self.clone(), inner })
        }
    }

    impl Storage for Faulty {
        fn create(&self, path: &Path) -> io::Result<Box<dyn StoredFile>> {
            self.ask()?;
            Ok(self.wrap(Disk.create(path)?))
        }

        fn extend(&self, path: &Path) -> io::Result<Box<dyn StoredFile>> {
            self.ask()?;
            Ok(self.wrap(Disk.extend(path)?))
        }

        fn cut(&self, path: &Path, bytes: u64) -> io::Result<()> {
            self.ask()?;
            Disk.cut(path, bytes)
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.ask()?;
            Disk.rename(from, to)
        }

        fn remove(&self, path: &Path) -> io::Result<()> {
            self.ask()?;
            Disk.remove(path)
        }

        fn create_dir(&self, path: &Path) -> io::Result<()> {
            self.ask()?;
            Disk.create_dir(path)
        }

        fn remove_dir(&self, path: &Path) -> io::Result<()> {
            self.ask()?;
            Disk.remove_dir(path)
        }

        fn sync_dir(&self, dir: &Path) -> io::Result<()> {
            self.ask()?;
            Disk.sync_dir(dir)
        }
    }

    struct FaultyFile {
        disk: Faulty,
        inner: Box<dyn StoredFile>,
    }

    impl Write for FaultyFile {
        /// A failing write leaves half of its bytes, as a full disk does.
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Err(error) = self.disk.ask() {
                self.inner.write_all(&bytes[..bytes.len() / 2])?;
                return Err(error);
            }
            self.inner.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.inner.flush()
        }
    }

    impl StoredFile for FaultyFile {
        fn sync_data(&self) -> io::Result<()> {
            self.disk.ask()?;
            self.inner.sync_data()
        }

        fn reserve(&self, bytes: u64) -> io::Result<()> {
            self.inner.reserve(bytes)
        }
    }
}
