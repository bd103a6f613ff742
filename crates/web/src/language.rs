//! Which of the six languages a browser asks for.

use observatory_model::Language;

/// Longest `Accept-Language` that is read, in bytes; browsers send less than 200.
const MAX_HEADER_BYTES: usize = 1024;

/// Most entries of the header that are read.
const MAX_ENTRIES: usize = 32;

/// The language that fits `Accept-Language` best (RFC 9110 §12.5.4), or `None` when none of the six
/// is asked for.
///
/// Of languages with the same weight the earlier one wins, as browsers mean it.
pub(crate) fn negotiate(header: Option<&str>) -> Option<Language> {
    let header = header.filter(|header| header.len() <= MAX_HEADER_BYTES)?;
    let mut best: Option<(u16, Language)> = None;
    for entry in header.split(',').take(MAX_ENTRIES) {
        let mut parts = entry.split(';');
        let Some(language) = parts.next().and_then(Language::from_tag) else { continue };
        let weight = parts.find_map(weight).unwrap_or(1000);
        if weight > 0 && best.is_none_or(|(known, _)| weight > known) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// Thousandths of a `q=0.8` parameter; a weight that cannot be read counts as 0.
fn weight(parameter: &str) -> Option<u16> {
    let value = parameter.trim().strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('=')?.trim();
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let read = match (whole, fraction.len(), fraction.bytes().all(|byte| byte.is_ascii_digit())) {
        ("0", 0..=3, true) => format!("{fraction:0<3}").parse().unwrap_or(0),
        ("1", 0..=3, true) => 1000,
        _ => 0,
    };
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_of_the_six_wins() {
        let cases = [
            ("fr", Some(Language::Fr)),
            ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", Some(Language::Fr)),
            ("de, en;q=0.3, ar;q=0.7", Some(Language::Ar)),
            ("zh-Hant-TW,en;q=0.9", Some(Language::Zh)),
            ("en;q=0, ru;q=0.001", Some(Language::Ru)),
            ("EN-us;Q=1.000", Some(Language::En)),
            ("es, fr", Some(Language::Es)),
            ("de, pt;q=0.5", None),
            ("*", None),
            ("", None),
            ("en;q=NaN", None),
            ("en;q=9", None),
        ];
        for (header, expected) in cases {
            assert_eq!(negotiate(Some(header)), expected, "{header}");
        }
        assert_eq!(negotiate(None), None);
        assert_eq!(negotiate(Some(&"en,".repeat(1000))), None);
    }
}
