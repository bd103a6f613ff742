//! Bytes of any charset to text that XML allows.
//!
//! What the server, the byte order mark and the document say about the charset is often
//! contradictory; what the bytes can be decides. The text that leaves here is never decoded again,
//! so that a wrong declaration inside it does no harm.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use observatory_model::source::{Failure, FailureReason};

/// How far into a document its declaration is looked for, in bytes: what HTML demands of browsers.
const DECLARATION_BYTES: usize = 1024;

/// Share of unreadable characters from which a text is none: one in this many.
const UNREADABLE_ONE_IN: usize = 20;

/// Decodes a document and replaces the characters that XML 1.0 forbids. Nothing is copied of what is UTF-8 and has none.
///
/// # Errors
/// [`FailureReason::Charset`] when no charset fits.
pub(crate) fn to_text<'a>(
    bytes: &'a [u8],
    content_type: Option<&str>,
) -> Result<Cow<'a, str>, Failure> {
    if bytes.starts_with(&[0x4c, 0x6f, 0xa7, 0x94]) {
        return Err(Failure::new(FailureReason::Charset, "the charset is EBCDIC"));
    }
    let text = match marked(bytes).or_else(|| patterned(bytes)) {
        Some(Width::Two(encoding, skip)) => {
            encoding.decode_without_bom_handling(tail(bytes, skip)).0
        }
        Some(Width::Four(order, skip)) => four_bytes(tail(bytes, skip), order).into(),
        None => one_byte(bytes, content_type),
    };
    if odd(&text).next().is_none() {
        return Ok(text);
    }
    check_readable(&text, bytes)?;
    Ok(legal(text))
}

/// Holds that a text is one: that few of its characters fit no charset.
fn check_readable(text: &str, bytes: &[u8]) -> Result<(), Failure> {
    let unreadable = odd(text).filter(|(_, c)| *c == char::REPLACEMENT_CHARACTER).count();
    if unreadable <= 1 {
        return Ok(());
    }
    let all = text.chars().count();
    // What the author has written so is as it was meant: a list of ours may hold such a name.
    let is_written_so = text.as_bytes() == bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    if unreadable <= all / UNREADABLE_ONE_IN || is_written_so {
        return Ok(());
    }
    let detail = format!("{unreadable} of {all} characters fit no charset");
    Err(Failure::new(FailureReason::Charset, detail))
}

/// The characters of a text that are to be looked at, each with its place: those below the space but white
/// space, and those that begin with the bytes of what is unreadable, forbidden or a control.
fn odd(text: &str) -> impl Iterator<Item = (usize, char)> {
    let is_white = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r');
    // Without a branch for each byte, of 64 at a time: nearly all text has none.
    let may_be = move |byte: u8| byte == 0xc2 || byte == 0xef || (byte < b' ' && !is_white(byte));
    let bytes = text.as_bytes();
    let next = move |at: usize, byte: u8| bytes.get(at + 1).copied().unwrap_or_default() >= byte;
    let is_odd = move |(at, byte): &(usize, &u8)| match **byte {
        0xc2 => !next(*at, 0xa0),
        0xef => next(*at, 0xbf),
        byte => byte < b' ' && !is_white(byte),
    };
    let (chunks, rest) = bytes.as_chunks::<64>();
    let some = chunks
        .iter()
        .enumerate()
        .filter(move |(_, chunk)| chunk.iter().fold(false, |found, byte| found | may_be(*byte)));
    let places = some.flat_map(|(number, chunk)| (64 * number..).zip(chunk));
    let places = places.chain((64 * chunks.len()..).zip(rest)).filter(is_odd);
    places.filter_map(|(at, _)| Some((at, text.get(at..)?.chars().next()?)))
}

/// Characters that XML 1.0 §2.2 forbids become spaces; the control characters of ISO 8859, which
/// nobody means, become the quotes and dashes that Windows has in their places.
fn legal(text: Cow<'_, str>) -> Cow<'_, str> {
    let fixed = |c: char| match c {
        '\u{80}'..='\u{9f}' => Some(windows(c)),
        c => (!is_legal(c)).then_some(' '),
    };
    let (mut out, mut from) = (String::new(), 0);
    for (at, c) in odd(&text) {
        if let Some(fixed) = fixed(c) {
            out.push_str(text.get(from..at).unwrap_or_default());
            out.push(fixed);
            from = at + c.len_utf8();
        }
    }
    if from == 0 {
        return text;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out.into()
}

/// What Windows-1252 has in the place of a character between U+0080 and U+009F.
pub(crate) fn windows(c: char) -> char {
    let byte = u8::try_from(u32::from(c)).unwrap_or(b' ');
    WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or(' ')
}

/// Whether XML 1.0 §2.2 allows a character.
pub(crate) const fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{1_0000}'..='\u{10_ffff}')
}

enum Width {
    Two(&'static Encoding, usize),
    Four(Order, usize),
}

#[derive(Clone, Copy)]
enum Order {
    BigFirst,
    LittleFirst,
}

/// A byte order mark. That of UTF-8 is left to [`one_byte`].
fn marked(bytes: &[u8]) -> Option<Width> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => Some(Width::Four(Order::LittleFirst, 4)),
        [0, 0, 0xfe, 0xff, ..] => Some(Width::Four(Order::BigFirst, 4)),
        [0xff, 0xfe, ..] => Some(Width::Two(UTF_16LE, 2)),
        [0xfe, 0xff, ..] => Some(Width::Two(UTF_16BE, 2)),
        _ => None,
    }
}

/// The first characters of a feed are ASCII: where their zeros stand shows the width (XML 1.0 §F.1).
fn patterned(bytes: &[u8]) -> Option<Width> {
    match bytes {
        [0, 0, 0, first, ..] if *first != 0 => Some(Width::Four(Order::BigFirst, 0)),
        [first, 0, 0, 0, ..] if *first != 0 => Some(Width::Four(Order::LittleFirst, 0)),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => Some(Width::Two(UTF_16BE, 0)),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => Some(Width::Two(UTF_16LE, 0)),
        _ => None,
    }
}

fn four_bytes(bytes: &[u8], order: Order) -> String {
    let (quads, _rest) = bytes.as_chunks::<4>();
    let number = |quad: &[u8; 4]| match order {
        Order::BigFirst => u32::from_be_bytes(*quad),
        Order::LittleFirst => u32::from_le_bytes(*quad),
    };
    quads
        .iter()
        .map(|quad| char::from_u32(number(quad)).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// A charset that holds ASCII: everything but UTF-16 and UTF-32.
fn one_byte<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    if let Some(rest) = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]) {
        return UTF_8.decode_without_bom_handling(rest).0;
    }
    let announced = content_type.and_then(charset_of_header);
    let declared = declared(bytes);
    let named = [announced, declared].into_iter().flatten().collect::<Vec<_>>();
    let utf8 = UTF_8.decode_without_bom_handling_and_without_replacement(bytes);
    if let Some(text) = &utf8 {
        // Text of one byte per character is practically never valid UTF-8 by chance; text of two
        // bytes (Chinese, Japanese, Korean) can be, so there the name is believed.
        if text.is_ascii() || !named.iter().any(|encoding| is_east_asian(encoding)) {
            return text.clone();
        }
    }
    let fits = |encoding: &&'static Encoding| {
        encoding.decode_without_bom_handling_and_without_replacement(bytes)
    };
    if let Some(text) = named.iter().find_map(fits) {
        return text;
    }
    if let Some(text) = utf8 {
        return text;
    }
    // Nothing fits without a fault: a few broken bytes in a charset that is named right, or a name
    // that lies. The second turns nearly every letter beyond ASCII into a fault.
    let mostly = |encoding: &'static Encoding| {
        let text = encoding.decode_without_bom_handling(bytes).0;
        let beyond = text.chars().filter(|c| !c.is_ascii()).count();
        let faults = text.matches(char::REPLACEMENT_CHARACTER).count();
        (faults * 4 <= beyond).then_some(text)
    };
    let text = named.into_iter().chain([UTF_8]).find_map(mostly);
    text.unwrap_or_else(|| guessed(bytes).decode_without_bom_handling(bytes).0)
}

fn guessed(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    let _only_ascii = detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Allow)
}

/// The charset parameter of `Content-Type`.
fn charset_of_header(content_type: &str) -> Option<&'static Encoding> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| named(value)).flatten()
    })
}

/// What the document itself says: its XML declaration, else the `meta` of a web page.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(DECLARATION_BYTES))?;
    let head = WINDOWS_1252.decode_without_bom_handling(head).0.to_ascii_lowercase();
    let value = |after: &str, name: &str| {
        let (_, rest) = head.split_once(after)?;
        let (_, rest) = rest.split_once(name)?;
        let rest = rest.trim_start().strip_prefix('=')?.trim_start();
        let rest = rest.trim_start_matches(['"', '\'']);
        rest.split(['"', '\'', '?', '>', ';', ' ']).next().and_then(named)
    };
    value("<?xml", "encoding").or_else(|| value("<meta", "charset"))
}

/// A charset by its name. One that cannot be (a declaration in ASCII that says UTF-16) is none.
fn named(label: &str) -> Option<&'static Encoding> {
    let label = label.trim().trim_matches(['"', '\'']);
    let encoding = Encoding::for_label(label.as_bytes())?;
    (encoding.is_ascii_compatible() && encoding != REPLACEMENT).then_some(encoding)
}

fn is_east_asian(encoding: &'static Encoding) -> bool {
    !encoding.is_single_byte() && encoding != UTF_8
}

fn tail(bytes: &[u8], skip: usize) -> &[u8] {
    bytes.get(skip..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{BIG5, EUC_KR, GBK, KOI8_R, SHIFT_JIS, WINDOWS_1251, WINDOWS_1256};

    const FEED: &str = "<?xml version=\"1.0\"?><rss><title>Größe · Ёлка · 信号</title></rss>";

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn utf32(text: &str, little: bool) -> Vec<u8> {
        let bytes = |c: char| {
            let number = u32::from(c);
            if little { number.to_le_bytes() } else { number.to_be_bytes() }
        };
        text.chars().flat_map(bytes).collect()
    }

    #[test]
    fn wide_charsets_are_read_with_and_without_mark() {
        let marked = format!("\u{feff}{FEED}");
        for little in [true, false] {
            for bytes in [
                utf16(FEED, little),
                utf16(&marked, little),
                utf32(FEED, little),
                utf32(&marked, little),
            ] {
                assert_eq!(to_text(&bytes, Some("text/xml; charset=utf-8")).unwrap(), FEED);
            }
        }
        assert_eq!(to_text(marked.as_bytes(), Some("text/xml; charset=koi8-r")).unwrap(), FEED);
    }

    #[test]
    fn charsets_are_read_by_header_and_by_declaration() {
        for (encoding, words) in [
            (GBK, "信号与趋势"),
            (BIG5, "訊號與趨勢"),
            (SHIFT_JIS, "未来の信号"),
            (EUC_KR, "미래 신호"),
            (KOI8_R, "Сигналы будущего"),
            (WINDOWS_1251, "Сигналы будущего"),
            (WINDOWS_1256, "إشارات المستقبل"),
            (WINDOWS_1252, "señales “débiles”"),
        ] {
            let name = encoding.name();
            let declared = format!("<?xml version='1.0' encoding='{name}'?><rss>{words}</rss>");
            let bytes = encoding.encode(&declared).0;
            assert_eq!(to_text(&bytes, None).unwrap(), declared, "{name}");
            let bare = format!("<rss>{words}</rss>");
            let header = format!("application/rss+xml; Charset=\"{name}\"");
            assert_eq!(to_text(&encoding.encode(&bare).0, Some(&header)).unwrap(), bare, "{name}");
        }
    }

    #[test]
    fn a_name_that_cannot_be_is_not_believed() {
        let lie = FEED.replace("?>", " encoding=\"iso-8859-1\"?>");
        assert_eq!(to_text(lie.as_bytes(), Some("text/xml; charset=iso-8859-1")).unwrap(), lie);
        let lie = FEED.replace("?>", " encoding=\"utf-16\"?>");
        assert_eq!(to_text(lie.as_bytes(), None).unwrap(), lie);
        let lie = "<?xml version='1.0' encoding='utf-8'?><rss>Сигналы будущего приходят</rss>";
        assert_eq!(to_text(&WINDOWS_1251.encode(lie).0, None).unwrap(), lie);
    }

    #[test]
    fn one_broken_byte_does_not_cost_the_text() {
        let mut bytes = FEED.as_bytes().to_vec();
        bytes.extend_from_slice(b"\xff");
        let text = to_text(&bytes, None).unwrap();
        assert!(text.starts_with(FEED) && text.ends_with(char::REPLACEMENT_CHARACTER));
    }

    #[test]
    fn forbidden_characters_become_spaces() {
        assert_eq!(to_text(b"<a>x\x0by\x00z\t</a>", None).unwrap(), "<a>x y z\t</a>");
        assert_eq!(to_text("a\u{ffff}b".as_bytes(), None).unwrap(), "a b");
        assert_eq!(to_text("don\u{92}t".as_bytes(), None).unwrap(), "don’t");
    }

    #[test]
    fn what_fits_no_charset_is_named() {
        let ebcdic = [0x4c, 0x6f, 0xa7, 0x94, 0x93];
        assert_eq!(to_text(&ebcdic, None).unwrap_err().reason, FailureReason::Charset);
        let wide = [0xff, 0xfe, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(to_text(&wide, None).unwrap_err().reason, FailureReason::Charset);
        let damaged_before = "\u{fffd}".repeat(40);
        assert_eq!(to_text(damaged_before.as_bytes(), None).unwrap(), damaged_before);
    }
}
