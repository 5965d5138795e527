//! The calls that the standard library does not have: the kernel's clock state, room on a disk.
#![allow(unsafe_code)]

use crate::clock::NtpState;
use crate::disk::DiskSpace;
use std::ffi::CString;
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// POSIX time, nanoseconds.
pub(crate) fn realtime_ns() -> i64 {
    let time = read_clock(libc::CLOCK_REALTIME);
    time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec)
}

/// Nanoseconds since some instant of this boot.
pub(crate) fn monotonic_ns() -> u64 {
    let time = read_clock(libc::CLOCK_MONOTONIC);
    let ns = time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec);
    u64::try_from(ns).unwrap_or(0)
}

fn read_clock(clock: libc::clockid_t) -> libc::timespec {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the answer for the length of the call. The call fails
    // only for an unknown clock, and both clocks exist on every Linux.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    time
}

/// What the kernel says of its clock; `None` when it may not be asked.
pub(crate) fn ntp_state() -> Option<NtpState> {
    let mut state = MaybeUninit::<libc::timex>::zeroed();
    // SAFETY: all-zero bytes are a valid `timex` (numbers only); `modes` 0 asks and changes
    // nothing; the pointer is valid for the length of the call.
    let (answer, state) = unsafe { (libc::adjtimex(state.as_mut_ptr()), state.assume_init()) };
    if answer < 0 {
        return None;
    }
    let synchronised = answer != libc::TIME_ERROR && state.status & libc::STA_UNSYNC == 0;
    Some(NtpState { synchronised, max_error_us: state.maxerror })
}

/// Room on the file system of a path.
pub(crate) fn disk_space(path: &Path) -> io::Result<DiskSpace> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let mut space = MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: the path ends with a zero byte and both pointers are valid for the length of the
    // call; all-zero bytes are a valid `statvfs` (numbers only).
    let (answer, space) =
        unsafe { (libc::statvfs(path.as_ptr(), space.as_mut_ptr()), space.assume_init()) };
    if answer != 0 {
        return Err(io::Error::last_os_error());
    }
    let bytes = |blocks: u64| blocks.saturating_mul(space.f_frsize);
    Ok(DiskSpace { free: bytes(space.f_bavail), total: bytes(space.f_blocks) })
}
