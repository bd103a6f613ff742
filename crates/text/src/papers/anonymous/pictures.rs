//! Pictures without what cameras and programs write into them; what is seen stays byte for byte.

/// The picture without its metadata; what is no JPEG or PNG, or a damaged one, stays as it is.
pub(super) fn clean(bytes: Vec<u8>) -> Vec<u8> {
    let cleaned = if bytes.starts_with(&[0xff, 0xd8]) {
        jpeg(&bytes)
    } else if bytes.starts_with(PNG) {
        png(&bytes)
    } else {
        None
    };
    cleaned.unwrap_or(bytes)
}

/// A JPEG (ITU-T T.81 annex B) without Exif, XMP, IPTC and comments. JFIF (APP0), profiles of colour
/// (APP2) and Adobe's transform (APP14) decide what is seen.
fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut cleaned = vec![0xff, 0xd8];
    let mut rest = bytes.get(2..)?;
    loop {
        let [0xff, marker, ..] = *rest else { return None };
        if marker == 0xff {
            // Segments may be filled up.
            rest = rest.get(1..)?;
            continue;
        }
        // From the first scan on there are only data.
        if marker == 0xda {
            cleaned.extend_from_slice(rest);
            return Some(cleaned);
        }
        let (high, low) = (*rest.get(2)?, *rest.get(3)?);
        let length = usize::from(u16::from_be_bytes([high, low])) + 2;
        let (segment, after) = rest.split_at_checked(length)?;
        if !matches!(marker, 0xe1 | 0xe3..=0xed | 0xef | 0xfe) {
            cleaned.extend_from_slice(segment);
        }
        rest = after;
    }
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A PNG (ISO/IEC 15948) without texts, time and Exif.
fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut cleaned = PNG.to_vec();
    let mut rest = bytes.get(PNG.len()..)?;
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?.checked_add(12)?;
        let kind = after.get(..4)?;
        let (chunk, after) = rest.split_at_checked(length)?;
        if !matches!(kind, b"tEXt" | b"zTXt" | b"iTXt" | b"tIME" | b"eXIf") {
            cleaned.extend_from_slice(chunk);
        }
        // What follows the end is no picture.
        if kind == b"IEND" {
            break;
        }
        rest = after;
    }
    Some(cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_lose_their_words_and_nothing_else() {
        let segment = |marker: u8, data: &[u8]| {
            let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
            [&[0xff, marker][..], &length, data].concat()
        };
        let kept = |marker| segment(marker, b"kept");
        let scan = [&segment(0xda, b"scan")[..], b"data\xff\x00\xff\xd9"].concat();
        let gone = [0xe1, 0xed, 0xfe].map(|marker| segment(marker, b"Ada"));
        let dirty = [
            &[0xff, 0xd8][..],
            &kept(0xe0),
            &gone.concat(),
            &[0xff],
            &kept(0xee),
            &kept(0xe2),
            &scan,
        ]
        .concat();
        let expected = [&[0xff, 0xd8][..], &kept(0xe0), &kept(0xee), &kept(0xe2), &scan].concat();
        assert_eq!(clean(dirty), expected);

        let chunk = |kind: &[u8], data: &[u8]| {
            let length = u32::try_from(data.len()).unwrap().to_be_bytes();
            [&length[..], kind, data, b"sums"].concat()
        };
        let [head, text, end] = [chunk(b"IHDR", b"x"), chunk(b"iTXt", b"Ada"), chunk(b"IEND", b"")];
        let dirty = [PNG, &head, &text, &end, b"Ada"].concat();
        assert_eq!(clean(dirty), [PNG, &head, &end].concat());
    }

    #[test]
    fn damaged_pictures_stay() {
        for bytes in [
            &b"\xff\xd8\xff\xe1\xff\xffAda"[..],
            b"\xff\xd8",
            b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIDAT",
            b"GIF89a",
        ] {
            assert_eq!(clean(bytes.to_vec()), bytes);
        }
    }
}
