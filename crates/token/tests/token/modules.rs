//! Files that are no module for this machine.

use std::path::{Path, PathBuf};

use hoso_token::{Host, TokenError};

use crate::desk::helper;

/// Starts a host on a file with that content and tells the error.
fn refused(name: &str, content: &[u8]) -> TokenError {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, content).unwrap();
    Host::start(helper(), &path).map(drop).unwrap_err()
}

#[test]
fn each_kind_of_wrong_module_has_its_own_error() {
    let none = Path::new("/nonexistent/module.so");
    let error = Host::start(helper(), none).map(drop).unwrap_err();
    assert_eq!(
        error,
        TokenError::ModuleMissing {
            path: none.to_path_buf()
        }
    );

    let text = refused("text.so", b"this is no library\n");
    assert!(
        matches!(text, TokenError::ModuleNotALibrary { .. }),
        "{text}"
    );

    let whole = std::fs::read(hoso_testkit::softhsm::module_path().unwrap()).unwrap();
    for cut in [20, 64, 4096, whole.len() / 2, whole.len() - 1] {
        let error = refused("cut.so", &whole[..cut]);
        assert!(
            matches!(error, TokenError::ModuleTruncated { .. }),
            "{cut} bytes: {error}"
        );
    }

    // 32-bit: the class and machine bytes of a small header.
    let mut narrow = vec![0u8; 52];
    narrow[..7].copy_from_slice(b"\x7fELF\x01\x01\x01");
    narrow[16..20].copy_from_slice(&[3, 0, 3, 0]);
    let error = refused("narrow.so", &narrow);
    assert!(
        matches!(&error, TokenError::ModuleWrongArchitecture { found, .. } if found == "x86"),
        "{error}"
    );

    // A Windows DLL: DOS stub, PE header at 0x80, machine x86-64, characteristics DLL.
    let mut dll = vec![0u8; 0x200];
    dll[..2].copy_from_slice(b"MZ");
    dll[0x3c] = 0x80;
    dll[0x80..0x84].copy_from_slice(b"PE\0\0");
    dll[0x84..0x86].copy_from_slice(&0x8664u16.to_le_bytes());
    dll[0x96..0x98].copy_from_slice(&0x2022u16.to_le_bytes());
    let error = refused("module.dll", &dll);
    assert!(
        matches!(&error, TokenError::ModuleOtherSystem { found, .. } if found == "windows"),
        "{error}"
    );
}

#[test]
fn a_library_that_is_no_pkcs11_module_is_told_as_such() {
    let library = [
        "/lib/x86_64-linux-gnu/libm.so.6",
        "/lib/aarch64-linux-gnu/libm.so.6",
    ]
    .into_iter()
    .map(PathBuf::from)
    .find(|p| p.is_file())
    .expect("a Debian system");
    let error = Host::start(helper(), &library).map(drop).unwrap_err();
    assert!(
        matches!(error, TokenError::ModuleNotPkcs11 { .. }),
        "{error}"
    );
}

#[test]
fn a_missing_helper_is_named() {
    let path = Path::new("/nonexistent/hoso-token");
    let error = Host::start(path, Path::new("/nonexistent/m.so"))
        .map(drop)
        .unwrap_err();
    assert_eq!(
        error,
        TokenError::HelperMissing {
            path: path.to_path_buf()
        }
    );
}
