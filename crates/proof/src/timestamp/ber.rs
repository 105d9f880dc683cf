//! Finding one's way through BER, without reading values: foreign authorities need not write DER,
//! and what they wrote must stay as it is.

/// Deeper nesting is refused.
const DEEPEST: u8 = 32;

pub const SEQUENCE: u8 = 0x30;
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// `[0]`, constructed.
pub const CONTEXT_0: u8 = 0xa0;

/// One element at the front of some bytes.
#[derive(Clone, Copy)]
pub struct Element<'a> {
    /// The identifier octet.
    pub tag: u8,
    /// With its header.
    pub whole: &'a [u8],
    /// Without; of an indefinite length without the two octets that end it.
    pub content: &'a [u8],
    /// Whether its length stands in its header.
    pub definite: bool,
}

/// The first element and what follows it; `None` for what is no BER.
pub fn split(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    split_at(bytes, 0)
}

fn split_at(bytes: &[u8], depth: u8) -> Option<(Element<'_>, &[u8])> {
    if depth > DEEPEST {
        return None;
    }
    let (&tag, rest) = bytes.split_first()?;
    // tags above 30 stand in none of these structures
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (&first, mut rest) = rest.split_first()?;
    if first == 0x80 {
        return indefinite(bytes, tag, rest, depth);
    }
    let length = if first < 0x80 {
        usize::from(first)
    } else {
        let octets = rest.get(..usize::from(first & 0x7f))?;
        rest = rest.get(octets.len()..)?;
        octets.iter().try_fold(0usize, |sum, octet| {
            sum.checked_mul(256)?.checked_add(usize::from(*octet))
        })?
    };
    let content = rest.get(..length)?;
    let after = rest.get(length..)?;
    let whole = bytes.get(..bytes.len().checked_sub(after.len())?)?;
    let element = Element {
        tag,
        whole,
        content,
        definite: true,
    };
    Some((element, after))
}

fn indefinite<'a>(
    bytes: &'a [u8],
    tag: u8,
    inside: &'a [u8],
    depth: u8,
) -> Option<(Element<'a>, &'a [u8])> {
    // only what is constructed can say its end by an end
    if tag & 0x20 == 0 {
        return None;
    }
    let mut rest = inside;
    loop {
        if let Some(after) = rest.strip_prefix(&[0, 0]) {
            let content = inside.get(..inside.len().checked_sub(rest.len())?)?;
            let whole = bytes.get(..bytes.len().checked_sub(after.len())?)?;
            let element = Element {
                tag,
                whole,
                content,
                definite: false,
            };
            return Some((element, after));
        }
        rest = split_at(rest, depth.checked_add(1)?)?.1;
    }
}

/// The one element that `bytes` are, if its identifier is `tag`.
pub fn only(bytes: &[u8], tag: u8) -> Option<Element<'_>> {
    let (element, rest) = split(bytes)?;
    (rest.is_empty() && element.tag == tag).then_some(element)
}

/// The first element if its identifier is `tag`, and what follows it.
pub fn expect(bytes: &[u8], tag: u8) -> Option<(Element<'_>, &[u8])> {
    split(bytes).filter(|(element, _)| element.tag == tag)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn definite_and_indefinite_lengths_end_where_they_end() {
        let (one, rest) = split(&[0x04, 2, 7, 8, 9]).unwrap();
        assert_eq!((one.content, rest), (&[7, 8][..], &[9][..]));
        let long = [&[0x04, 0x82, 0x01, 0x00][..], &[5; 256], &[1]].concat();
        let (one, rest) = split(&long).unwrap();
        assert_eq!((one.content.len(), rest), (256, &[1][..]));
        let nested = [
            0x30, 0x80, 0x24, 0x80, 0x04, 1, 0, 0, 0, 0x04, 1, 1, 0, 0, 6,
        ];
        let (one, rest) = split(&nested).unwrap();
        assert_eq!(one.content.len(), 10);
        assert_eq!((rest, one.definite), (&[6][..], false));
    }

    #[test]
    fn what_is_cut_off_or_never_ends_is_nothing() {
        for bad in [
            &[][..],
            &[0x30],
            &[0x30, 3, 1],
            &[0x30, 0x80, 0x04, 1, 1],
            &[0x04, 0x80, 0, 0],
            &[0x1f, 0x81, 1, 0],
            &[0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        ] {
            assert!(split(bad).is_none(), "{bad:?}");
        }
        assert!(split(&[0x30, 0x80].repeat(60)).is_none());
        assert!(only(&[0x05, 0, 0], 0x05).is_none());
    }
}
