//! The few calls of the operating system that need `unsafe`: scheduling and memory locking of the
//! data plane.
//!
//! Each is a request that an ordinary user's process may be refused; the caller reports and goes
//! on.

#![expect(unsafe_code, reason = "sched_setscheduler and mlockall have no safe form in std")]

use std::io;

/// Puts the calling thread under SCHED_FIFO at this priority, 1..=99.
pub(crate) fn schedule_fifo(priority: i32) -> io::Result<()> {
    // SAFETY: sched_param is a plain C structure for which all zero bytes are a value.
    let mut param: libc::sched_param = unsafe { std::mem::zeroed() };
    param.sched_priority = priority;
    // SAFETY: thread 0 is the calling thread; `param` lives over the call and is only read.
    let answer = unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const param) };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Locks all present and future memory of the process, so that the data plane meets no page fault.
pub(crate) fn lock_memory() -> io::Result<()> {
    // SAFETY: takes no pointers; changes no memory contents.
    let answer = unsafe { libc::mlockall(libc::MCL_CURRENT | libc::MCL_FUTURE) };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Bytes of memory that this process may lock; `None` when without limit.
pub(crate) fn lockable_bytes() -> Option<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid place for the kernel to write to.
    let answer = unsafe { libc::getrlimit(libc::RLIMIT_MEMLOCK, &raw mut limit) };
    (answer == 0 && limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur)
}
