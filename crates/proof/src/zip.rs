//! The zip file of a container, read strictly and written in one way only.
//!
//! Refuses to merge, skip or repair anything. The crate `zip` folds entries of equal names into
//! one, which would hide a second, unsigned `data/dossier.json`; so the few structures needed
//! (APPNOTE 4.3) are read here, and local and central headers must tell the same.

use std::io::{self, Read, Write};

use bytes::Bytes;
use flate2::bufread::DeflateDecoder;

use crate::error::ContainerError;

/// Entries of one container, `mimetype` and META-INF included.
pub(crate) const MAX_ENTRIES: usize = 1000;
/// Unpacked bytes below which a high ratio is harmless.
const RATIO_FREE: u64 = 1 << 20;
const MAX_RATIO: u64 = 100;
/// 1980-01-01 00:00, the zero of DOS time: a container tells no time but the signers'.
const DOS_DATE: u16 = 0x0021;
const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const UTF8: u16 = 1 << 11;
const DESCRIPTOR: u16 = 1 << 3;
/// Bits a reader may meet: compression level hints, data descriptor, UTF-8.
const KNOWN_FLAGS: u16 = UTF8 | DESCRIPTOR | 0b110;

/// One member as it stands in the file.
#[derive(Debug)]
pub(crate) struct Member {
    pub name: String,
    /// Of a stored member: where it lies in the file, not copied.
    pub data: Bytes,
    /// Stored, without extra field: what `mimetype` must be.
    pub plain: bool,
}

/// A zip file in parts, to be written one behind the other. The entries among them are not copied:
/// they lie where the container has them.
#[derive(Clone, Default, Debug)]
pub struct ZipFile {
    parts: Vec<Bytes>,
    size: usize,
}

impl ZipFile {
    fn push(&mut self, part: impl Into<Bytes>) {
        let part: Bytes = part.into();
        self.size = self.size.saturating_add(part.len());
        self.parts.push(part);
    }

    /// Writes all of it.
    pub fn write_to(&self, to: &mut impl Write) -> io::Result<()> {
        self.parts.iter().try_for_each(|part| to.write_all(part))
    }

    /// The file in one piece, copied.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut whole = Vec::with_capacity(self.size);
        for part in &self.parts {
            whole.extend_from_slice(part);
        }
        whole
    }
}

/// Writes stored members in order; equal input gives equal bytes.
///
/// Checksums are for other programs: what a signature covers is held by its digest.
pub(crate) fn write(members: Vec<(&str, Bytes)>) -> Result<ZipFile, ContainerError> {
    let too_many = |_| ContainerError::TooManyEntries;
    let count = u16::try_from(members.len()).map_err(too_many)?;
    let mut out = ZipFile::default();
    let mut directory = Vec::new();
    for (name, data) in members {
        let too_large = || ContainerError::Feature {
            name: name.to_owned(),
            what: "over 4 GiB",
        };
        let offset = u32::try_from(out.size).map_err(|_| too_large())?;
        let size = u32::try_from(data.len()).map_err(|_| too_large())?;
        let length = u16::try_from(name.len()).map_err(|_| ContainerError::Name {
            name: name.to_owned(),
        })?;
        let flags = if name.is_ascii() { 0 } else { UTF8 };

        let mut common = Vec::new();
        for half in [10, flags, 0, 0, DOS_DATE] {
            common.extend_from_slice(&half.to_le_bytes());
        }
        for word in [crc32fast::hash(&data), size, size] {
            common.extend_from_slice(&word.to_le_bytes());
        }
        common.extend_from_slice(&length.to_le_bytes());
        common.extend_from_slice(&0u16.to_le_bytes());

        let head = [LOCAL.to_le_bytes().as_slice(), &common, name.as_bytes()].concat();
        out.push(head);
        out.push(data);

        directory.extend_from_slice(&CENTRAL.to_le_bytes());
        directory.extend_from_slice(&20u16.to_le_bytes());
        directory.extend_from_slice(&common);
        // comment length, disk, internal attributes, external attributes
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let start = u32::try_from(out.size).map_err(too_many)?;
    let length = u32::try_from(directory.len()).map_err(too_many)?;
    directory.extend_from_slice(&END.to_le_bytes());
    directory.extend_from_slice(&[0; 4]);
    directory.extend_from_slice(&count.to_le_bytes());
    directory.extend_from_slice(&count.to_le_bytes());
    directory.extend_from_slice(&length.to_le_bytes());
    directory.extend_from_slice(&start.to_le_bytes());
    directory.extend_from_slice(&0u16.to_le_bytes());
    out.push(directory);
    Ok(out)
}

/// Reads every member, in the order of the file.
pub(crate) fn read(bytes: &Bytes) -> Result<Vec<Member>, ContainerError> {
    let end_at = bytes.len().checked_sub(22).ok_or(ContainerError::NotAZip)?;
    let mut end = Cursor { bytes, at: end_at };
    if end.u32()? != END {
        return Err(ContainerError::NotAZip);
    }
    let (disk, first_disk, here, total) = (end.u16()?, end.u16()?, end.u16()?, end.u16()?);
    let (length, start, comment) = (end.u32()? as usize, end.u32()? as usize, end.u16()?);
    if disk != 0 || first_disk != 0 || here != total || comment != 0 {
        return Err(ContainerError::Structure {
            what: "several disks, or a comment",
        });
    }
    if start.checked_add(length) != Some(end_at) {
        return Err(ContainerError::Structure {
            what: "directory is not where it is told to be",
        });
    }
    if usize::from(total) > MAX_ENTRIES {
        return Err(ContainerError::TooManyEntries);
    }

    let mut directory = Cursor { bytes, at: start };
    let mut headers = Vec::with_capacity(usize::from(total));
    for _ in 0..total {
        headers.push(Header::read(&mut directory)?);
    }
    if directory.at != end_at {
        return Err(ContainerError::Structure {
            what: "directory is longer than its entries",
        });
    }
    let unpacked: u64 = headers.iter().map(|h| u64::from(h.size)).sum();
    if let Some(h) = headers
        .iter()
        .find(|h| bomb(h.size.into(), h.packed.into()))
    {
        return Err(ContainerError::Bomb {
            name: h.name.clone(),
        });
    }
    if bomb(unpacked, bytes.len() as u64) {
        return Err(ContainerError::Bomb {
            name: String::new(),
        });
    }

    let mut local = Cursor { bytes, at: 0 };
    let mut members = Vec::with_capacity(headers.len());
    for header in headers {
        members.push(member(&mut local, header)?);
    }
    if local.at != start {
        return Err(ContainerError::Structure {
            what: "bytes that belong to no entry",
        });
    }
    Ok(members)
}

fn bomb(unpacked: u64, packed: u64) -> bool {
    unpacked > RATIO_FREE && unpacked / MAX_RATIO > packed
}

/// A central directory header (APPNOTE 4.3.12).
struct Header {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    size: u32,
    offset: usize,
    name: String,
    extra: bool,
}

impl Header {
    fn read(c: &mut Cursor<'_>) -> Result<Self, ContainerError> {
        if c.u32()? != CENTRAL {
            return Err(ContainerError::Structure {
                what: "directory entry expected",
            });
        }
        let _made_by_and_needed = c.u32()?;
        let (flags, method) = (c.u16()?, c.u16()?);
        let _time = c.u32()?;
        let (crc, packed, size) = (c.u32()?, c.u32()?, c.u32()?);
        let (name, extra, comment) = (c.u16()?, c.u16()?, c.u16()?);
        let disk = c.u16()?;
        let _attributes = (c.u16()?, c.u32()?);
        let offset = c.u32()? as usize;
        let raw = c.take(name.into())?;
        let name = String::from_utf8(raw.to_vec()).map_err(|_| ContainerError::Name {
            name: String::from_utf8_lossy(raw).into_owned(),
        })?;
        c.take(extra.into())?;
        c.take(comment.into())?;
        let feature = |what| ContainerError::Feature {
            name: name.clone(),
            what,
        };
        if disk != 0 {
            return Err(feature("several disks"));
        }
        if flags & !KNOWN_FLAGS != 0 {
            return Err(feature("encryption or an unknown flag"));
        }
        if !name.is_ascii() && flags & UTF8 == 0 {
            return Err(feature("name not marked as UTF-8"));
        }
        if [packed, size].contains(&u32::MAX) {
            return Err(feature("zip64"));
        }
        Ok(Self {
            flags,
            method,
            crc,
            packed,
            size,
            offset,
            name,
            extra: extra != 0,
        })
    }
}

/// Reads the member whose local header (APPNOTE 4.3.7) starts at the cursor.
fn member(c: &mut Cursor<'_>, h: Header) -> Result<Member, ContainerError> {
    let differs = ContainerError::Structure {
        what: "local and central headers differ",
    };
    if c.at != h.offset || c.u32()? != LOCAL {
        return Err(ContainerError::Structure {
            what: "entries overlap or leave gaps",
        });
    }
    let _needed = c.u16()?;
    let (flags, method) = (c.u16()?, c.u16()?);
    let _time = c.u32()?;
    let told = (c.u32()?, c.u32()?, c.u32()?);
    let (name, extra) = (c.u16()?, c.u16()?);
    let same_name = c.take(name.into())? == h.name.as_bytes();
    c.take(extra.into())?;
    let truth = (h.crc, h.packed, h.size);
    let descriptor = flags & DESCRIPTOR != 0;
    let same_sizes = told == truth || (descriptor && told == (0, 0, 0));
    if flags != h.flags || method != h.method || !same_name || !same_sizes {
        return Err(differs);
    }
    let packed = c.take(h.packed as usize)?;
    if descriptor {
        let first = c.u32()?;
        // The descriptor's own signature is optional (APPNOTE 4.3.9.3).
        let crc = if first == 0x0807_4b50 {
            c.u32()?
        } else {
            first
        };
        if (crc, c.u32()?, c.u32()?) != truth {
            return Err(differs);
        }
    }
    let data = match method {
        0 => c.bytes.slice_ref(packed),
        8 => inflate(packed, h.size).ok_or(ContainerError::Damaged {
            name: h.name.clone(),
        })?,
        _ => {
            return Err(ContainerError::Feature {
                name: h.name,
                what: "compression method",
            });
        }
    };
    // no protection, which digests are; but a file that other programs call damaged is none to take
    if crc32fast::hash(&data) != h.crc || data.len() as u64 != u64::from(h.size) {
        return Err(ContainerError::Damaged { name: h.name });
    }
    let plain = method == 0 && extra == 0 && !h.extra && !descriptor;
    Ok(Member {
        name: h.name,
        data,
        plain,
    })
}

/// Never unpacks more than the `size` that the ratio was checked with.
fn inflate(packed: &[u8], size: u32) -> Option<Bytes> {
    let mut decoder = DeflateDecoder::new(packed);
    let mut data = Vec::new();
    decoder
        .by_ref()
        .take(u64::from(size) + 1)
        .read_to_end(&mut data)
        .ok()?;
    decoder.into_inner().is_empty().then(|| data.into())
}

struct Cursor<'a> {
    bytes: &'a Bytes,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ContainerError> {
        let end = self.at.checked_add(length).ok_or(ContainerError::NotAZip)?;
        let taken = self
            .bytes
            .get(self.at..end)
            .ok_or(ContainerError::NotAZip)?;
        self.at = end;
        Ok(taken)
    }

    fn u16(&mut self) -> Result<u16, ContainerError> {
        let raw = self
            .take(2)?
            .try_into()
            .map_err(|_| ContainerError::NotAZip)?;
        Ok(u16::from_le_bytes(raw))
    }

    fn u32(&mut self) -> Result<u32, ContainerError> {
        let raw = self
            .take(4)?
            .try_into()
            .map_err(|_| ContainerError::NotAZip)?;
        Ok(u32::from_le_bytes(raw))
    }
}
