//! The one call of the operating system that the standard library does not offer: waiting on two
//! sockets at once.
#![allow(unsafe_code)]

use std::os::fd::{AsRawFd, BorrowedFd};

/// Waits until one of two sockets can be read, at most `wait_ms`; says which can.
pub(super) fn readable(
    first: BorrowedFd<'_>,
    second: Option<BorrowedFd<'_>>,
    wait_ms: i32,
) -> Result<(bool, bool), i32> {
    let entry = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // A negative descriptor is not looked at.
    let mut fds = [entry(first.as_raw_fd()), entry(second.map_or(-1, |fd| fd.as_raw_fd()))];
    // SAFETY: `fds` is an array of two initialised entries that outlives the call, and the count is
    // its length; the descriptors are open for as long as they are borrowed.
    let ready = unsafe { libc::poll(fds.as_mut_ptr(), 2, wait_ms) };
    if ready < 0 {
        let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO);
        // A signal is no error: the caller comes again.
        return if errno == libc::EINTR { Ok((false, false)) } else { Err(errno) };
    }
    Ok((fds[0].revents != 0, fds[1].revents != 0))
}
