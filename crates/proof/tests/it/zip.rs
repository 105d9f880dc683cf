//! Zip files that no honest writer makes.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use hoso_proof::Container;

use crate::world::world;

/// One raw member: name, unpacked bytes, and how it is written.
#[derive(Clone)]
struct Raw {
    name: Vec<u8>,
    data: Vec<u8>,
    deflate: bool,
    extra: Vec<u8>,
    flags: u16,
    descriptor: bool,
    local_name: Option<Vec<u8>>,
}

fn raw(name: &str, data: &[u8]) -> Raw {
    Raw {
        name: name.as_bytes().to_vec(),
        data: data.to_vec(),
        deflate: false,
        extra: Vec::new(),
        flags: if name.is_ascii() { 0 } else { 1 << 11 },
        descriptor: false,
        local_name: None,
    }
}

/// The members of a good container, in order.
fn members() -> Vec<Raw> {
    let container = world().dossier();
    let mut list = vec![raw("mimetype", b"application/vnd.etsi.asic-e+zip")];
    list.extend(container.entries.iter().map(|o| raw(o.path(), o.bytes())));
    for (index, files) in container.signatures.iter().enumerate() {
        let n = index + 1;
        list.push(raw(
            &format!("META-INF/ASiCManifest{n:03}.xml"),
            &files.manifest,
        ));
        list.push(raw(&format!("META-INF/signature{n:03}.p7s"), &files.p7s));
    }
    list
}

fn pack(members: &[Raw]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for m in members {
        let packed = if m.deflate {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(&m.data).unwrap();
            encoder.finish().unwrap()
        } else {
            m.data.clone()
        };
        let mut crc = flate2::Crc::new();
        crc.update(&m.data);
        let sizes = [crc.sum(), packed.len() as u32, m.data.len() as u32];
        let offset = out.len() as u32;
        let method = if m.deflate { 8u16 } else { 0 };
        let flags = m.flags | if m.descriptor { 8 } else { 0 };
        let head = |sizes: [u32; 3], name: &[u8]| {
            let mut head = Vec::new();
            for half in [20, flags, method, 0x6000, 0x5a5a] {
                head.extend_from_slice(&half.to_le_bytes());
            }
            for word in sizes {
                head.extend_from_slice(&word.to_le_bytes());
            }
            head.extend_from_slice(&(name.len() as u16).to_le_bytes());
            head.extend_from_slice(&(m.extra.len() as u16).to_le_bytes());
            head
        };
        let local_name = m.local_name.as_ref().unwrap_or(&m.name);
        out.extend_from_slice(b"PK\x03\x04");
        out.extend(head(if m.descriptor { [0; 3] } else { sizes }, local_name));
        out.extend_from_slice(local_name);
        out.extend_from_slice(&m.extra);
        out.extend_from_slice(&packed);
        if m.descriptor {
            out.extend_from_slice(b"PK\x07\x08");
            sizes
                .iter()
                .for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
        }
        directory.extend_from_slice(b"PK\x01\x02\x14\x03");
        directory.extend(head(sizes, &m.name));
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(&m.name);
        directory.extend_from_slice(&m.extra);
    }
    let start = out.len() as u32;
    let count = (members.len() as u16).to_le_bytes();
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&count);
    out.extend_from_slice(&count);
    out.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    out.extend_from_slice(&start.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    out
}

fn refusal(members: &[Raw]) -> &'static str {
    Container::from_zip(pack(members)).unwrap_err().code()
}

#[test]
fn a_container_packed_again_by_another_program_is_read_in_the_manifests_order() {
    let mut list = members();
    list[1..].iter_mut().for_each(|m| m.deflate = true);
    list[2].descriptor = true;
    list[3].extra = vec![0x55, 0x54, 1, 0, 3];
    list[1..].reverse();
    assert!(Container::from_zip(pack(&list)).unwrap() == world().dossier());
}

#[test]
fn a_wrong_missing_packed_or_late_mimetype_is_refused() {
    let mut list = members();
    list[0].data.push(b'\n');
    assert_eq!(refusal(&list), "wrong-mimetype");
    list[0].data = b"application/zip".to_vec();
    assert_eq!(refusal(&list), "wrong-mimetype");
    list.remove(0);
    assert_eq!(refusal(&list), "wrong-mimetype");
    let mut list = members();
    list[0].deflate = true;
    assert_eq!(refusal(&list), "wrong-mimetype");
    let mut list = members();
    list[0].extra = vec![1, 0, 0, 0];
    assert_eq!(refusal(&list), "wrong-mimetype");
    let mut list = members();
    list.swap(0, 1);
    assert_eq!(refusal(&list), "wrong-mimetype");
    assert_eq!(refusal(&[]), "wrong-mimetype");
}

#[test]
fn names_that_are_there_twice_or_differ_only_in_case_are_refused() {
    for name in [
        "data/dossier.json",
        "DATA/dossier.json",
        "meta-inf/asicmanifest001.xml",
        "Mimetype",
    ] {
        let mut list = members();
        list.push(raw(name, b"another"));
        assert_eq!(refusal(&list), "entry-duplicate", "{name}");
    }
}

#[test]
fn names_that_could_leave_the_folder_are_refused() {
    let names = [
        "/etc/passwd",
        "../x",
        "files/../../x",
        "files/./x",
        "files//x",
        "files/",
        "a\\b",
        "c:x",
        "",
        "files/a\u{301}.txt",
        "files/\u{7}bell",
    ];
    for name in names {
        let mut list = members();
        list.push(raw(name, b"x"));
        assert_eq!(refusal(&list), "entry-name", "{name:?}");
    }
    let mut list = members();
    list.push(Raw {
        name: vec![0xff, b'x'],
        ..raw("x", b"x")
    });
    assert_eq!(refusal(&list), "entry-name");
}

#[test]
fn entries_in_no_manifest_are_refused() {
    for name in [
        "files/extra.txt",
        "META-INF/extra.xml",
        "META-INF/signature004.p7s",
    ] {
        let mut list = members();
        list.push(raw(name, b"x"));
        assert_eq!(refusal(&list), "entry-not-covered", "{name}");
    }
}

#[test]
fn an_entry_that_only_a_manifest_knows_is_refused() {
    let mut list = members();
    list.remove(2);
    assert_eq!(refusal(&list), "entry-missing");
}

#[test]
fn a_manifest_without_its_signature_and_the_reverse_are_refused() {
    let mut list = members();
    assert_eq!(list.pop().unwrap().name, b"META-INF/signature002.p7s");
    assert_eq!(refusal(&list), "manifest-without-signature");
    let mut list = members();
    list.retain(|m| m.name != b"META-INF/ASiCManifest002.xml");
    assert_eq!(refusal(&list), "signature-without-manifest");
    let mut list = members();
    list.retain(|m| !m.name.starts_with(b"META-INF/"));
    assert_eq!(refusal(&list), "not-signed");
}

#[test]
fn more_than_a_thousand_entries_are_refused() {
    let mut list = members();
    while list.len() < 1000 {
        list.push(raw(&format!("files/{}", list.len()), b"x"));
    }
    assert_eq!(refusal(&list), "entry-not-covered", "a thousand are read");
    list.push(raw("files/more", b"x"));
    assert_eq!(refusal(&list), "too-many-entries");
}

#[test]
fn a_zip_bomb_is_refused_whatever_size_it_tells() {
    let mut list = members();
    list.push(Raw {
        deflate: true,
        ..raw("files/zeros", &vec![0; 2 << 20])
    });
    assert_eq!(refusal(&list), "zip-bomb");
    // many small ones
    let mut list = members();
    for n in 0..20 {
        let name = format!("files/{n}");
        list.push(Raw {
            deflate: true,
            ..raw(&name, &vec![0; 1 << 20])
        });
    }
    assert_eq!(refusal(&list), "zip-bomb");
    // one that tells 10 bytes
    let mut list = members();
    list.push(Raw {
        deflate: true,
        ..raw("files/zeros", &vec![0; 2 << 20])
    });
    let mut zip = pack(&list);
    let size = (2u32 << 20).to_le_bytes();
    let found: Vec<usize> = (0..zip.len() - 4)
        .filter(|i| zip[*i..*i + 4] == size)
        .collect();
    for at in found {
        zip[at..at + 4].copy_from_slice(&10u32.to_le_bytes());
    }
    assert_eq!(
        Container::from_zip(zip).unwrap_err().code(),
        "entry-damaged"
    );
}

#[test]
fn a_large_honest_entry_is_no_bomb() {
    let noise: Vec<u8> = (0u32..2 << 20)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let mut list = members();
    list.push(Raw {
        deflate: true,
        ..raw("files/scan.pdf", &noise)
    });
    assert_eq!(refusal(&list), "entry-not-covered");
}

#[test]
fn headers_that_contradict_each_other_are_refused() {
    let mut list = members();
    list[1].local_name = Some(b"data/dossier.jsom".to_vec());
    assert_eq!(refusal(&list), "zip-structure");
    let mut list = members();
    list[1].flags = 1;
    assert_eq!(refusal(&list), "zip-feature", "encryption");
    let mut list = members();
    list[3].flags = 0;
    assert_eq!(refusal(&list), "zip-feature", "name without the UTF-8 mark");
}

#[test]
fn bytes_before_between_or_behind_are_refused() {
    let zip = pack(&members());
    assert!(Container::from_zip(zip.clone()).is_ok());
    let behind = [zip.as_slice(), b"x"].concat();
    assert_eq!(Container::from_zip(behind).unwrap_err().code(), "not-a-zip");
    let before = [b"MZ".as_slice(), &zip].concat();
    assert!(Container::from_zip(before).is_err());
    for text in ["", "<html>not found</html>"] {
        assert_eq!(Container::from_zip(text).unwrap_err().code(), "not-a-zip");
    }
}
