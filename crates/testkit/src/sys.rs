//! An allocator that counts its calls on each thread, for the proof that the data plane takes no
//! memory: the one place of this crate that needs `unsafe`.
#![allow(unsafe_code, reason = "GlobalAlloc is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counted on each thread.
///
/// Growing and zeroing come down to the two calls that it counts. A test names it as its
/// `#[global_allocator]`.
#[derive(Clone, Copy, Debug, Default)]
pub struct CountingAllocator;

impl CountingAllocator {
    /// Calls of this thread so far, both taking memory and giving it back.
    ///
    /// It stays 0 in a program that does not name this allocator.
    #[must_use]
    pub fn calls() -> u64 {
        CALLS.get()
    }
}

/// One call of the allocator on this thread.
fn count() {
    CALLS.set(CALLS.get() + 1);
}

// SAFETY: every call goes to the system's allocator unchanged; counting touches a thread-local
// without a destructor, which neither allocates nor unwinds.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(block, layout) }
    }
}
