//! The thread's processor time.
#![allow(unsafe_code, reason = "clock_gettime has no safe form in std")]

/// Seconds that this thread was on a processor: what else runs on the machine is not in it.
pub(super) fn cpu_s() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid timespec that outlives the call.
    let code = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(code, 0, "Linux has a clock of the thread's processor time");
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
