//! The identifiers of scholarly records, as their repositories write them.

use observatory_model::identifier::{Identifier, Scheme};

/// Longest DOI that is read, in bytes; the longest in use have about 100.
const MAX_DOI: usize = 250;

/// The DOI in `10.1000/182`, `doi:10.1000/182` or `https://doi.org/10.1000/182` (ISO 26324): it may be
/// all of a text or its end, but words around it make it a text about something else.
pub(crate) fn doi(text: &str) -> Option<Identifier> {
    let text = text.trim();
    let at = text.find("10.")?;
    let (before, value) = text.split_at_checked(at)?;
    let before = before.trim_end().to_ascii_lowercase();
    let is_named = before.is_empty()
        || before.ends_with("doi:")
        || before == "doi"
        || before.ends_with("doi.org/")
        || before.ends_with("info:doi/");
    let value = value.split_whitespace().next()?.trim_end_matches(['.', ',', ';']);
    let (prefix, suffix) = value.split_once('/')?;
    let registrant = prefix.strip_prefix("10.")?;
    let digits = registrant.bytes().filter(u8::is_ascii_digit).count();
    let valid = is_named
        && (4..=9).contains(&digits)
        && registrant.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && !suffix.is_empty()
        && value.len() <= MAX_DOI
        && !value.contains(|c: char| c.is_control() || matches!(c, '"' | '<' | '>'));
    valid.then(|| Identifier { scheme: Scheme::Doi, value: value.to_lowercase() })
}

/// The number in `http://arxiv.org/abs/2202.12139v1`, `arXiv:hep-th/9901001` or
/// `oai:arXiv.org:1804.08333`, without its version (<https://info.arxiv.org/help/arxiv_identifier.html>).
pub(crate) fn arxiv(text: &str) -> Option<Identifier> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let markers = ["arxiv.org/abs/", "arxiv.org/pdf/", "oai:arxiv.org:", "arxiv:"];
    let end = markers.iter().find_map(|marker| Some(lower.find(marker)? + marker.len()))?;
    let number =
        lower.get(end..)?.split(|c: char| c.is_whitespace() || c == '#' || c == '?').next()?;
    let number = number.strip_suffix(".pdf").unwrap_or(number);
    let number = match number.rsplit_once('v') {
        Some((number, version)) if !version.is_empty() && is_digits(version) => number,
        _ => number,
    };
    let new = number.split_once('.').is_some_and(|(month, serial)| {
        month.len() == 4 && is_digits(month) && matches!(serial.len(), 4 | 5) && is_digits(serial)
    });
    let old = number.split_once('/').is_some_and(|(archive, serial)| {
        let letters = |c: char| c.is_ascii_lowercase() || matches!(c, '-' | '.');
        !archive.is_empty()
            && archive.chars().all(letters)
            && serial.len() == 7
            && is_digits(serial)
    });
    (new || old).then(|| Identifier { scheme: Scheme::Arxiv, value: number.to_owned() })
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dois_are_read_as_they_are_written() {
        let value = |text| doi(text).map(|identifier| identifier.value);
        for text in [
            "10.1000/ABC.1",
            " doi:10.1000/abc.1.",
            "https://doi.org/10.1000/abc.1",
            "http://dx.doi.org/10.1000/abc.1",
            "info:doi/10.1000/abc.1",
            "DOI: 10.1000/abc.1 (version 2)",
        ] {
            assert_eq!(value(text).as_deref(), Some("10.1000/abc.1"), "{text}");
        }
        let others = [
            "10.1000",
            "10.12/x",
            "p. 10.1000/x",
            "10.10a0/x",
            "http://a.org/10.1000/x",
            "10.1000/",
        ];
        for text in others {
            assert_eq!(value(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_of_arxiv_lose_their_version() {
        let value = |text| arxiv(text).map(|identifier| identifier.value);
        assert_eq!(value("http://arxiv.org/abs/2202.12139v1").as_deref(), Some("2202.12139"));
        assert_eq!(value("https://arxiv.org/pdf/2202.12139v12.pdf").as_deref(), Some("2202.12139"));
        assert_eq!(value("oai:arXiv.org:0704.0001").as_deref(), Some("0704.0001"));
        assert_eq!(
            value("http://arxiv.org/abs/hep-th/9901001v2").as_deref(),
            Some("hep-th/9901001")
        );
        assert_eq!(value("arXiv:math.GT/0309136").as_deref(), Some("math.gt/0309136"));
        for text in
            ["https://arxiv.org/api/errors#x", "arXiv:abc", "2202.12139", "arxiv.org/abs/22.1"]
        {
            assert_eq!(value(text), None, "{text}");
        }
    }
}
