//! Commands to a card and the BER-TLV in them (ISO 7816-4), as far as a PIV card meets them.

/// One command, short form.
#[derive(Debug)]
pub(super) struct Command<'a> {
    /// More of the same follows.
    pub chained: bool,
    pub instruction: u8,
    pub p1: u8,
    pub p2: u8,
    pub data: &'a [u8],
    /// Bytes the reader takes at the most, 256 where it does not say.
    pub room: usize,
}

impl<'a> Command<'a> {
    /// `None` for what is no command in short form.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let [class, instruction, p1, p2, rest @ ..] = bytes else {
            return None;
        };
        let (data, room) = match rest {
            [] => (&[][..], None),
            [room] => (&[][..], Some(*room)),
            [length, rest @ ..] => match rest.split_at_checked(usize::from(*length))? {
                (data, []) => (data, None),
                (data, [room]) => (data, Some(*room)),
                _ => return None,
            },
        };
        Some(Self {
            chained: class & 0x10 != 0,
            instruction: *instruction,
            p1: *p1,
            p2: *p2,
            data,
            room: room.filter(|n| *n != 0).map_or(256, usize::from),
        })
    }
}

/// Tag, length and value.
pub(super) fn tlv(tag: &[u8], value: &[u8]) -> Vec<u8> {
    let [.., high, low] = value.len().to_be_bytes();
    let length: &[u8] = match (high, low) {
        (0, ..0x80) => &[low],
        (0, _) => &[0x81, low],
        _ => &[0x82, high, low],
    };
    [tag, length, value].concat()
}

/// The value of the first element with that tag of one byte.
pub(super) fn find(mut elements: &[u8], wanted: u8) -> Option<&[u8]> {
    loop {
        let [tag, first, rest @ ..] = elements else {
            return None;
        };
        let (length, rest) = match (first, rest) {
            (0x81, [low, rest @ ..]) => (usize::from(*low), rest),
            (0x82, [high, low, rest @ ..]) => {
                (usize::from(u16::from_be_bytes([*high, *low])), rest)
            }
            (0x80.., _) => return None,
            (short, rest) => (usize::from(*short), rest),
        };
        let (value, rest) = rest.split_at_checked(length)?;
        if *tag == wanted {
            return Some(value);
        }
        elements = rest;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_written_is_found_whatever_its_length() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x1234] {
            let value = vec![7; length];
            let all = [tlv(&[0x82], &[]), tlv(&[0x81], &value)].concat();
            assert_eq!(find(&all, 0x81), Some(value.as_slice()), "{length}");
            assert_eq!(find(&all, 0x83), None);
        }
        assert_eq!(find(&[0x81, 0x05, 1], 0x81), None, "cut short");
    }

    #[test]
    fn a_command_is_read_with_and_without_data_and_room() {
        let read = |bytes: &[u8]| {
            let c = Command::parse(bytes)?;
            Some((c.chained, c.data.to_vec(), c.room))
        };
        assert_eq!(read(&[0, 0x20, 0, 0x80]), Some((false, vec![], 256)));
        assert_eq!(read(&[0, 0xc0, 0, 0, 0x42]), Some((false, vec![], 0x42)));
        let with_data = [0x10, 0x87, 7, 0x9c, 2, 1, 2, 0];
        assert_eq!(read(&with_data), Some((true, vec![1, 2], 256)));
        assert_eq!(read(&[0, 0x87, 7, 0x9c, 9, 1]), None);
        assert_eq!(read(&[0, 0x20]), None);
    }
}
