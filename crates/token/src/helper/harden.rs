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
/// PIN in its buffer. On Unix standard output then points to standard error.
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

/// As on Unix, except that standard output stays shared.
#[cfg(windows)]
pub fn pipes() -> io::Result<(File, File)> {
    use std::os::windows::io::AsHandle;
    let input = File::from(io::stdin().as_handle().try_clone_to_owned()?);
    let output = File::from(io::stdout().as_handle().try_clone_to_owned()?);
    Ok((input, output))
}
