//! A TUN device: a file that gives and takes IP packets, one for each read and write.

use std::fs::{File, OpenOptions};

use anyhow::{Context as _, Result};
use rustix::ioctl::{Opcode, Updater, ioctl, opcode};

pub(super) const DEVICE: &str = "/dev/net/tun";
/// Larger than any packet of a device whose MTU is 1500.
pub(super) const PACKET: usize = 2048;

/// `TUNSETIFF` of linux/if_tun.h, `_IOW('T', 202, int)`.
const SET_INTERFACE: Opcode = opcode::write::<i32>(b'T', 202);
/// `IFF_TUN | IFF_NO_PI`: IP packets, with nothing in front of them.
const PLAIN_IP: u16 = 0x0001 | 0x1000;

/// `struct ifreq` of linux/if.h, as far as `TUNSETIFF` reads and writes it.
#[repr(C)]
struct InterfaceRequest {
    name: [u8; 16],
    flags: u16,
    rest: [u8; 22],
}

pub(super) struct Tun {
    /// Given by the kernel, in the namespace of this process until it is moved.
    pub name: String,
    pub file: File,
}

/// Makes a device; it ends with its file.
pub(super) fn open() -> Result<Tun> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(DEVICE)
        .context(DEVICE)?;
    let mut request = InterfaceRequest {
        name: *b"hoso%d\0\0\0\0\0\0\0\0\0\0",
        flags: PLAIN_IP,
        rest: [0; 22],
    };
    make(&file, &mut request).context("TUNSETIFF")?;
    let name = request.name.split(|b| *b == 0).next().unwrap_or_default();
    Ok(Tun {
        name: String::from_utf8_lossy(name).into_owned(),
        file,
    })
}

#[allow(unsafe_code, reason = "the kernel gives TUN devices by an ioctl alone")]
fn make(file: &File, request: &mut InterfaceRequest) -> rustix::io::Result<()> {
    // SAFETY: TUNSETIFF takes a pointer to a whole `struct ifreq` (40 bytes on 64-bit Linux, which
    // `InterfaceRequest` has) and writes back nothing but the name and flags within it.
    unsafe { ioctl(file, Updater::<SET_INTERFACE, _>::new(request)) }
}
