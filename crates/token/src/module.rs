//! A module's file is read before it is loaded: what system and architecture it is for, and
//! whether all of it is there.
//!
//! This module refuses to load anything. It exists because loaders tell these cases wrongly: the
//! Linux one says "No such file" for a library of another architecture.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::error::TokenError;

/// What a header says.
#[derive(PartialEq, Eq, Debug)]
enum Verdict {
    NotALibrary,
    Truncated,
    Library {
        system: &'static str,
        architecture: String,
    },
}

/// Refuses a file that the loader of this process cannot take, and says why.
pub fn check_module(path: &Path) -> Result<(), TokenError> {
    check_for(path, std::env::consts::OS, std::env::consts::ARCH)
}

fn check_for(path: &Path, os: &str, wanted: &str) -> Result<(), TokenError> {
    let path = path.to_path_buf();
    let unreadable = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            TokenError::ModuleMissing { path: path.clone() }
        }
        _ => TokenError::ModuleUnreadable {
            path: path.clone(),
            reason: e.to_string(),
        },
    };
    let meta = std::fs::metadata(&path).map_err(unreadable)?;
    if !meta.is_file() {
        return Err(TokenError::ModuleNotALibrary { path });
    }
    let mut file = File::open(&path).map_err(unreadable)?;
    match verdict(&mut file, meta.len()).map_err(unreadable)? {
        Verdict::NotALibrary => Err(TokenError::ModuleNotALibrary { path }),
        Verdict::Library { system, .. } if system != os => Err(TokenError::ModuleOtherSystem {
            path,
            found: system.to_owned(),
        }),
        Verdict::Truncated => Err(TokenError::ModuleTruncated { path }),
        Verdict::Library { architecture, .. } if architecture != wanted => {
            Err(TokenError::ModuleWrongArchitecture {
                path,
                found: architecture,
                wanted: wanted.to_owned(),
            })
        }
        Verdict::Library { .. } => Ok(()),
    }
}

/// At most `length` bytes from `offset`; fewer at the end of the file.
fn slice(file: &mut File, offset: u64, length: u64) -> std::io::Result<Vec<u8>> {
    // Beyond what a file can have, seeking fails; there is nothing to read either way.
    if i64::try_from(offset).is_err() {
        return Ok(Vec::new());
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut out = Vec::new();
    file.take(length).read_to_end(&mut out)?;
    Ok(out)
}

fn verdict(file: &mut File, size: u64) -> std::io::Result<Verdict> {
    let head = slice(file, 0, 64)?;
    if head.starts_with(b"\x7fELF") {
        elf(file, &head, size)
    } else if head.starts_with(b"MZ") {
        pe(file, &head, size)
    } else if [
        [0xcf, 0xfa, 0xed, 0xfe],
        [0xce, 0xfa, 0xed, 0xfe],
        [0xca, 0xfe, 0xba, 0xbe],
    ]
    .iter()
    .any(|magic| head.starts_with(magic))
    {
        Ok(Verdict::Library {
            system: "macos",
            architecture: "unknown".into(),
        })
    } else {
        Ok(Verdict::NotALibrary)
    }
}

/// Numbers out of a header in its own byte order; `None` beyond the end.
struct Fields<'a> {
    bytes: &'a [u8],
    big: bool,
}

impl Fields<'_> {
    fn number(&self, at: usize, width: usize) -> Option<u64> {
        let field = self.bytes.get(at..at.checked_add(width)?)?;
        let fold = |acc: u64, b: &u8| (acc << 8) | u64::from(*b);
        Some(if self.big {
            field.iter().fold(0, fold)
        } else {
            field.iter().rev().fold(0, fold)
        })
    }
}

/// ELF header, System V ABI chapter 4.
fn elf(file: &mut File, head: &[u8], size: u64) -> std::io::Result<Verdict> {
    let (Some(class), Some(order)) = (head.get(4), head.get(5)) else {
        return Ok(Verdict::Truncated);
    };
    let wide = *class == 2;
    let fields = Fields {
        bytes: head,
        big: *order == 2,
    };
    // (e_phoff, e_shoff), (e_phentsize, e_phnum, e_shentsize, e_shnum), width of an address
    let (offsets, counts, width) = if wide {
        ([0x20, 0x28], [0x36, 0x38, 0x3a, 0x3c], 8)
    } else {
        ([0x1c, 0x20], [0x2a, 0x2c, 0x2e, 0x30], 4)
    };
    let (Some(kind), Some(machine)) = (fields.number(16, 2), fields.number(18, 2)) else {
        return Ok(Verdict::Truncated);
    };
    if head.len() < if wide { 64 } else { 52 } {
        return Ok(Verdict::Truncated);
    }
    const ET_DYN: u64 = 3;
    if kind != ET_DYN {
        return Ok(Verdict::NotALibrary);
    }
    let architecture = match (machine, wide) {
        (62, true) => "x86_64".to_owned(),
        (3, _) => "x86".to_owned(),
        (183, _) => "aarch64".to_owned(),
        (40, _) => "arm".to_owned(),
        (243, true) => "riscv64".to_owned(),
        (22, _) => "s390x".to_owned(),
        (21, _) => "powerpc64".to_owned(),
        (other, _) => format!("machine {other}"),
    };
    let library = Verdict::Library {
        system: "linux",
        architecture,
    };
    let read = |at: &[usize], width: usize| -> Option<Vec<u64>> {
        at.iter().map(|at| fields.number(*at, width)).collect()
    };
    let (Some(offsets), Some(counts)) = (read(&offsets, width), read(&counts, 2)) else {
        return Ok(Verdict::Truncated);
    };
    let ([programs, sections], [program_size, program_count, section_size, section_count]) =
        (offsets.as_slice(), counts.as_slice())
    else {
        return Ok(Verdict::Truncated);
    };
    let end = |at: u64, size: u64, count: u64| at.saturating_add(size.saturating_mul(count));
    let mut needed = end(*programs, *program_size, *program_count);
    if *sections != 0 {
        needed = needed.max(end(*sections, *section_size, *section_count));
    }
    // Every segment that is mapped must be there.
    let table = slice(file, *programs, program_size * program_count)?;
    for entry in table.chunks(usize::try_from(*program_size).unwrap_or(1).max(1)) {
        let entry = Fields {
            bytes: entry,
            big: fields.big,
        };
        let (offset_at, size_at) = if wide { (8, 0x20) } else { (4, 0x10) };
        const PT_LOAD: u64 = 1;
        if entry.number(0, 4) == Some(PT_LOAD)
            && let (Some(at), Some(length)) =
                (entry.number(offset_at, width), entry.number(size_at, width))
        {
            needed = needed.max(at.saturating_add(length));
        }
    }
    Ok(if needed > size {
        Verdict::Truncated
    } else {
        library
    })
}

/// PE header, Microsoft PE and COFF specification.
fn pe(file: &mut File, head: &[u8], size: u64) -> std::io::Result<Verdict> {
    let Some(at) = (Fields {
        bytes: head,
        big: false,
    })
    .number(0x3c, 4) else {
        return Ok(Verdict::NotALibrary);
    };
    let header = slice(file, at, 24)?;
    if header.len() < 24 {
        return Ok(if at >= 0x40 {
            Verdict::Truncated
        } else {
            Verdict::NotALibrary
        });
    }
    if !header.starts_with(b"PE\0\0") {
        return Ok(Verdict::NotALibrary);
    }
    let fields = Fields {
        bytes: &header,
        big: false,
    };
    let number = |at, width| fields.number(at, width).unwrap_or_default();
    const DLL: u64 = 0x2000;
    if number(22, 2) & DLL == 0 {
        return Ok(Verdict::NotALibrary);
    }
    let architecture = match number(4, 2) {
        0x8664 => "x86_64".to_owned(),
        0x14c => "x86".to_owned(),
        0xaa64 => "aarch64".to_owned(),
        other => format!("machine {other:#x}"),
    };
    const SECTION: u64 = 40;
    let (sections, optional) = (number(6, 2), number(20, 2));
    let table = slice(file, at + 24 + optional, sections * SECTION)?;
    let mut needed = at + 24 + optional + sections * SECTION;
    for entry in table.chunks_exact(SECTION as usize) {
        let entry = Fields {
            bytes: entry,
            big: false,
        };
        if let (Some(length), Some(start)) = (entry.number(16, 4), entry.number(20, 4)) {
            needed = needed.max(start.saturating_add(length));
        }
    }
    // A DLL for another system is told as such, cut or not.
    if needed > size && cfg!(windows) {
        return Ok(Verdict::Truncated);
    }
    Ok(Verdict::Library {
        system: "windows",
        architecture,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    fn elf_header(class: u8, kind: u16, machine: u16) -> Vec<u8> {
        let mut out = vec![0u8; if class == 2 { 64 } else { 52 }];
        out[..7].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, 1, 1]);
        out[16..18].copy_from_slice(&kind.to_le_bytes());
        out[18..20].copy_from_slice(&machine.to_le_bytes());
        out
    }

    /// Writes `bytes` and asks, as a 64-bit PC with Linux would.
    fn check(bytes: &[u8]) -> Result<(), TokenError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("module");
        std::fs::write(&path, bytes).unwrap();
        check_for(&path, "linux", "x86_64")
    }

    #[test]
    fn a_library_of_this_machine_passes() {
        assert_eq!(check(&elf_header(2, 3, 62)), Ok(()));
    }

    #[test]
    fn a_32_bit_library_is_named_with_both_architectures() {
        let Err(TokenError::ModuleWrongArchitecture { found, wanted, .. }) =
            check(&elf_header(1, 3, 3))
        else {
            panic!("a 32-bit library passed");
        };
        assert_eq!((found.as_str(), wanted.as_str()), ("x86", "x86_64"));
    }

    #[test]
    fn a_program_and_a_text_are_no_libraries() {
        let none = |r| matches!(r, Err(TokenError::ModuleNotALibrary { .. }));
        assert!(none(check(&elf_header(2, 2, 62))));
        assert!(none(check(b"#!/bin/sh\n")));
        assert!(none(check(b"MZ")));
        assert!(none(check(b"")));
    }

    #[test]
    fn every_cut_of_a_header_is_an_error_and_never_a_panic() {
        let whole = elf_header(2, 3, 62);
        for n in 4..64 {
            assert!(
                matches!(check(&whole[..n]), Err(TokenError::ModuleTruncated { .. })),
                "{n} bytes"
            );
        }
    }

    #[test]
    fn a_header_with_absurd_numbers_is_truncated() {
        let mut head = elf_header(2, 3, 62);
        head[0x20..0x40].fill(0xff);
        assert!(matches!(
            check(&head),
            Err(TokenError::ModuleTruncated { .. })
        ));
    }

    #[test]
    fn a_missing_file_and_a_folder_differ() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(
            check_module(&dir.path().join("none.so")),
            Err(TokenError::ModuleMissing { .. })
        ));
        assert!(matches!(
            check_module(dir.path()),
            Err(TokenError::ModuleNotALibrary { .. })
        ));
    }
}
