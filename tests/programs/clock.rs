//! The system's clock, set and stopped: what happens at midnight can be seen at any time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

/// In seconds since 1970; 0 while it is the system's.
static NOW: AtomicI64 = AtomicI64::new(0);

/// To that second since 1970.
pub(crate) fn set(seconds: i64) {
    NOW.store(seconds, Ordering::Relaxed);
}

/// By so many seconds.
pub(crate) fn advance(seconds: i64) {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64;
    set(now + seconds);
}

/// The linker takes this one instead of libc's, also for the standard library.
#[cfg(target_os = "linux")]
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn clock_gettime(clock: libc::clockid_t, time: *mut libc::timespec) -> std::ffi::c_int {
    let now = NOW.load(Ordering::Relaxed);
    // SAFETY: both are what the caller would have given to libc's, which does the same.
    unsafe {
        let result = libc::syscall(libc::SYS_clock_gettime, clock, time);
        if result == 0 && now > 0 && clock == libc::CLOCK_REALTIME {
            (*time).tv_sec = now;
        }
        result as std::ffi::c_int
    }
}
