//! What the helper does before a module is loaded: no core dumps, and pipes of its own. The program
//! with the window asks for the first as well, since PINs are typed there.
//!
//! It refuses to go on with shared standard streams: a vendor module that prints would write
//! between two frames.

use std::fs::File;
use std::io;

/// A crash inside a module must not write the PIN to disk: no core file (`RLIMIT_CORE` 0), and on
/// Linux not dumpable either, since a core handler that is a pipe ignores the limit. That also
/// closes `/proc/PID/mem` to other processes of the same user. Windows keeps no dumps by default;
/// its error reports are a setting of the PC, outside our reach.
pub fn no_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // Failing changes nothing for signing, and there is nobody to tell yet.
        let _ = setrlimit(
            Resource::Core,
            Rlimit {
                current: Some(0),
                maximum: Some(0),
            },
        );
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// Standard input and output as files without buffers: `std::io::stdin` would keep a copy of each
/// PIN in its buffer. Standard output then points to standard error.
#[cfg(unix)]
pub fn pipes() -> io::Result<(File, File)> {
    use std::os::fd::AsFd;
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    give_stdout_to_stderr()?;
    Ok((input, output))
}

#[cfg(unix)]
#[allow(
    unsafe_code,
    reason = "rustix names a descriptor by an owned value only"
)]
fn give_stdout_to_stderr() -> io::Result<()> {
    use std::mem::ManuallyDrop;
    use std::os::fd::{FromRawFd, OwnedFd};
    // SAFETY: descriptor 1 is open (it was cloned just before) and `ManuallyDrop` keeps this
    // value from closing it, so the process's one standard output stays valid.
    let mut stdout = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(1) });
    rustix::io::dup2(io::stderr(), &mut stdout)?;
    Ok(())
}

#[cfg(windows)]
pub fn pipes() -> io::Result<(File, File)> {
    use std::os::windows::io::AsHandle;
    let input = File::from(io::stdin().as_handle().try_clone_to_owned()?);
    let output = File::from(io::stdout().as_handle().try_clone_to_owned()?);
    give_stdout_to_stderr()?;
    Ok((input, output))
}

/// Both for modules that bring a C runtime of their own, which takes over the system's handle when it is
/// loaded, and for those that share this program's.
#[cfg(windows)]
#[allow(
    unsafe_code,
    reason = "the standard library sets neither the system's handle nor the C runtime's"
)]
fn give_stdout_to_stderr() -> io::Result<()> {
    use std::os::windows::io::{AsRawHandle, RawHandle};
    const STD_OUTPUT_HANDLE: u32 = 0xFFFF_FFF5;
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn SetStdHandle(which: u32, handle: RawHandle) -> i32;
    }
    unsafe extern "C" {
        fn _dup2(from: i32, to: i32) -> i32;
    }
    // SAFETY: both descriptors are the C runtime's standard ones, and nothing borrows the handle of
    // descriptor 1, which this closes: it was cloned just before.
    let failed = unsafe { _dup2(2, 1) };
    if failed != 0 {
        return Err(io::Error::other("the C runtime's output stays shared"));
    }
    // SAFETY: standard error's handle stays open as long as the process.
    let set = unsafe { SetStdHandle(STD_OUTPUT_HANDLE, io::stderr().as_raw_handle()) };
    if set == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
