//! A whole container.

use std::process::Command;

use bytes::Bytes;
use hoso_domain::entry::Entry;
use hoso_proof::{Container, Object, SignatureFiles, manifest, read_manifest, verify};
use proptest::prelude::*;

use crate::world::*;

#[test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
fn a_two_step_container_holds_and_openssl_accepts_each_signature() {
    let w = world();
    let container = w.dossier();
    let report = verify(&container, &w.trust());
    assert!(report.ok(), "{report:?}");
    let names: Vec<&str> = report
        .steps
        .iter()
        .map(|s| s.signer.as_ref().unwrap().subject.as_str())
        .collect();
    assert_eq!(names, ["Nguyễn Thị Bình", "Trần Văn An"]);
    assert_eq!(
        report.steps[1].approval.as_ref().unwrap().role,
        "account-owner"
    );
    for files in &container.signatures {
        assert!(openssl_accepts(&files.manifest, &files.p7s, &w.root.pem()));
    }
}

#[test]
fn a_container_survives_the_zip_byte_for_byte() {
    let w = world();
    let container = w.dossier();
    let zip = container.to_zip().unwrap();
    assert_eq!(zip, container.to_zip().unwrap(), "equal input, equal bytes");
    let back = Container::from_zip(zip.clone()).unwrap();
    assert!(back == container);
    assert_eq!(back.to_zip().unwrap(), zip);
    let mut in_parts = Vec::new();
    back.zip().unwrap().write_to(&mut in_parts).unwrap();
    assert_eq!(in_parts, zip);
    assert_eq!(&zip[30..38], b"mimetype");
    assert_eq!(&zip[38..69], b"application/vnd.etsi.asic-e+zip");
    assert_eq!(&zip[69..73], b"PK\x03\x04", "no line end after the type");
}

#[test]
fn entries_are_read_where_they_lie_in_the_file() {
    let zip = Bytes::from(world().dossier().to_zip().unwrap());
    let file = zip.as_ptr_range();
    let back = Container::from_zip(zip).unwrap();
    for object in &back.entries {
        let there = object.bytes().as_ptr_range();
        assert!(
            file.start <= there.start && there.end <= file.end,
            "{} was copied",
            object.path()
        );
    }
}

#[test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
fn other_zip_programs_open_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.asice");
    std::fs::write(&path, world().dossier().to_zip().unwrap()).unwrap();
    let unzip = Command::new("unzip").arg("-t").arg(&path).output().unwrap();
    assert!(
        unzip.status.success(),
        "{}",
        String::from_utf8_lossy(&unzip.stdout)
    );
    let script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\
                  \nsys.stdout.buffer.write('\\n'.join(z.namelist()).encode())";
    let python = Command::new("python3")
        .args(["-c", script])
        .arg(&path)
        .output()
        .unwrap();
    assert!(
        python.status.success(),
        "{}",
        String::from_utf8_lossy(&python.stderr)
    );
    let names = String::from_utf8(python.stdout).unwrap();
    let expected = [
        "mimetype",
        "data/dossier.json",
        "voucher/01-mau13.pdf",
        "files/Bảng kê 100%.xlsx",
        "approval/002.json",
        "META-INF/ASiCManifest001.xml",
        "META-INF/signature001.p7s",
        "META-INF/ASiCManifest002.xml",
        "META-INF/signature002.p7s",
    ];
    assert_eq!(names.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn any_changed_byte_of_any_entry_is_refused() {
    let w = world();
    let container = w.dossier();
    let trust = w.trust();
    for index in 0..container.entries.len() {
        let good = &container.entries[index];
        let path = good.path();
        for at in 0..good.bytes().len() {
            let mut bytes = good.bytes().to_vec();
            bytes[at] ^= 0x20;
            let mut changed = container.clone();
            changed.entries[index] = Object::new(path, bytes);
            let problems = codes(&changed, &trust);
            assert!(
                problems.iter().any(|(_, c)| *c == "entry-changed"),
                "byte {at} of {path}"
            );
        }
    }
}

#[test]
#[cfg_attr(windows, ignore = "asks programs of a Unix system")]
fn a_changed_byte_of_a_manifest_is_refused_by_us_and_by_openssl() {
    let w = world();
    let container = w.dossier();
    let trust = w.trust();
    for index in 0..2 {
        let length = container.signatures[index].manifest.len();
        for at in 0..length {
            let mut changed = container.clone();
            changed.signatures[index].manifest[at] ^= 0x01;
            assert!(!verify(&changed, &trust).ok(), "byte {at}");
            if at % 60 == 0 {
                let SignatureFiles { manifest, p7s } = &changed.signatures[index];
                assert!(!openssl_accepts(manifest, p7s, &w.root.pem()), "byte {at}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_changed_byte_anywhere_in_the_file_never_changes_what_is_accepted(
        at in any::<prop::sample::Index>(), flip in 1u8..,
    ) {
        let w = world();
        let container = w.dossier();
        let mut zip = container.to_zip().unwrap();
        let at = at.index(zip.len());
        zip[at] ^= flip;
        if let Ok(read) = Container::from_zip(zip)
            && verify(&read, &w.trust()).ok()
        {
            prop_assert_eq!(read.entries, container.entries);
            prop_assert_eq!(
                read.signatures.iter().map(|s| &s.manifest).collect::<Vec<_>>(),
                container.signatures.iter().map(|s| &s.manifest).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn a_file_cut_off_anywhere_is_refused(at in any::<prop::sample::Index>()) {
        let zip = world().dossier().to_zip().unwrap();
        let zip = Bytes::from(zip);
        prop_assert!(Container::from_zip(zip.slice(..at.index(zip.len()))).is_err());
    }

    #[test]
    fn any_path_survives_the_manifest(path in "[^\\x00-\\x1f]{1,40}", bytes: Vec<u8>) {
        let entry: Entry = hoso_proof::entry(path.clone(), &bytes);
        let read = read_manifest(&manifest(std::slice::from_ref(&entry), 7)).unwrap();
        prop_assert_eq!(read.signature, "META-INF/signature007.p7s");
        prop_assert_eq!(&read.objects[0].path, &path);
        prop_assert_eq!(read.objects[0].sha256, entry.sha256);
    }
}

#[test]
fn the_commit_digest_is_the_same_from_the_zip() {
    let container = world().dossier();
    let content = container.commit_content().unwrap();
    let back = Container::from_zip(container.to_zip().unwrap()).unwrap();
    assert_eq!(back.commit_content().unwrap().digest(), content.digest());
    assert_eq!(content.entries.len(), 4);
    assert_eq!(content.manifests.len(), 2);
    assert_eq!(content.signatures.len(), 2);
}

#[test]
fn what_is_told_of_an_object_is_that_of_its_bytes_wherever_they_came_from() {
    let signed = world().dossier();
    let back = Container::from_zip(signed.to_zip().unwrap()).unwrap();
    for object in signed.entries.iter().chain(&back.entries) {
        let told = hoso_proof::entry(object.path(), object.bytes());
        assert_eq!(*object.entry(), told);
    }
}

#[test]
fn a_container_nobody_signed_is_not_written() {
    assert_eq!(unsigned().to_zip().unwrap_err().code(), "not-signed");
}

#[test]
fn a_manifest_with_anything_unexpected_is_refused() {
    let good = manifest(&[hoso_proof::entry("a", b"x")], 1);
    let good = String::from_utf8(good).unwrap();
    assert!(read_manifest(good.as_bytes()).is_ok());
    let object_start = good.find("  <asic:DataObjectReference").unwrap();
    let object_end = good.find("</asic:ASiCManifest>").unwrap();
    let object = &good[object_start..object_end];
    let bad = [
        good.replace("v1.2.1#", "v1.3.1#"),
        good.replace("xmlenc#sha256", "xmldsig#sha1"),
        good.replace("<asic:SigReference", "<!-- x --><asic:SigReference"),
        good.replace("</asic:ASiCManifest>", "<asic:Other/></asic:ASiCManifest>"),
        good.replace(
            "</asic:ASiCManifest>",
            &format!("{object}</asic:ASiCManifest>"),
        ),
        good.replace(object, ""),
        good.replace("URI=\"a\"", "URI=\"%zz\""),
        good.replace("URI=\"a\"", "URI=\"a\" Rootfile=\"true\""),
        good.replace("<ds:DigestValue>", "<ds:DigestValue>AA"),
        good.replace(
            "<asic:ASiCManifest ",
            "<!DOCTYPE a [<!ENTITY e \"x\">]><asic:ASiCManifest ",
        ),
        format!("{good}<!-- after -->"),
        String::new(),
    ];
    for (index, xml) in bad.iter().enumerate() {
        assert!(
            *xml != good && read_manifest(xml.as_bytes()).is_err(),
            "case {index}: {xml}"
        );
    }
    assert!(read_manifest(&[0xff, 0xfe, 0x3c]).is_err());
}
