//! What documents are known by: DOIs, arXiv numbers, ORCID, ROR, ISSN, and the symbols of documents of
//! the United Nations and the ITU.
//!
//! Written forms differ and the thing is one: each is read into one normal form. In running text only
//! what is certain counts, because a wrong identifier leads readers to a wrong document; a text that
//! stands alone may be understood more freely.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

mod numbers;
mod resolutions;
mod symbols;
mod walk;

use walk::Walk;

/// How much of a text is looked at for identifiers, in bytes: the first 64 KiB. Papers name what they
/// are known by at their beginning.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Most identifiers that are found in one text: a list of references has about 100.
pub const MAX_FOUND: usize = 200;

/// Longest identifier, in bytes: twice the longest DOIs that publishers have made from whole citations.
pub const MAX_IDENTIFIER_BYTES: usize = 256;

/// An identifier in its normal form.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identifier {
    /// What it identifies by.
    pub scheme: Scheme,
    /// Its normal form: equal exactly when it names the same thing.
    pub value: String,
}

/// A scheme of identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// A digital object identifier: `10.1000/182`, in lower case.
    Doi,
    /// A preprint of arXiv: `1804.08333`, `hep-th/9901001`, without its version.
    Arxiv,
    /// A person: `0000-0002-1825-0097`.
    Orcid,
    /// An institution: `05a28rw58`.
    Ror,
    /// A serial: `2049-3630`.
    Issn,
    /// A document of the United Nations or the ITU: `A/RES/78/265`, `C23/52`, `ITU-T Y.3172`.
    Symbol,
}

/// Where a text stands that may be an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setting {
    /// In running text: only what is certain.
    Running,
    /// In running text, after a sign that belongs to an address: only DOIs.
    Address,
    /// Alone, meant as one thing: small letters and bare numbers count.
    Alone,
}

impl Identifier {
    /// Reads a text that is one identifier, in any of its written forms: `doi:10.1000/182`,
    /// `https://arxiv.org/abs/1804.08333v2`, `c23/52`, `Résolution 71 (Rév. Bucarest, 2022)`.
    ///
    /// Spaces around it and punctuation after it are left out. `None` when it is none, or more.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(|sign: char| sign.is_whitespace() || sign.is_control());
        if text.len() > 2 * MAX_IDENTIFIER_BYTES {
            return None;
        }
        let (length, identifier) = read(text, Setting::Alone)?;
        let rest = text.get(length..)?;
        (!rest.contains(char::is_alphanumeric)).then_some(identifier)
    }

    /// Where a reader finds it; `None` where no address is known to hold for all of its kind.
    pub fn url(&self) -> Option<String> {
        let value = &self.value;
        match self.scheme {
            Scheme::Doi => Some(format!("https://doi.org/{}", in_path(value))),
            Scheme::Arxiv => Some(format!("https://arxiv.org/abs/{value}")),
            Scheme::Orcid => Some(format!("https://orcid.org/{value}")),
            Scheme::Ror => Some(format!("https://ror.org/{value}")),
            Scheme::Issn => Some(format!("https://portal.issn.org/resource/ISSN/{value}")),
            Scheme::Symbol => {
                if let Some(number) = value.strip_prefix("ITU-T ") {
                    return Some(format!("https://www.itu.int/rec/T-REC-{number}"));
                }
                if let Some(number) = value.strip_prefix("ITU-R ") {
                    let base = number.split('-').next().unwrap_or(number);
                    return Some(format!("https://www.itu.int/rec/R-REC-{base}"));
                }
                // The Security Council's resolutions are found with their year only.
                let is_un = ["A/", "E/", "S/", "ST/"].iter().any(|organ| value.starts_with(organ));
                (is_un && !value.starts_with("S/RES/"))
                    .then(|| format!("https://undocs.org/{}", in_path(value)))
            }
        }
    }

    /// Under what a document known by this should be found: the normal form first, then shorter ones
    /// that people use for it: `C23/52` for `C23/52(Rev.1)`, `Y.3172` for `ITU-T Y.3172`,
    /// `Resolution 71` for `Resolution 71 (Rev. Bucharest, 2022)`. At most six.
    ///
    /// An index keeps all of them for a document and looks only for the normal form of what was asked:
    /// so the shorter finds the longer and never the other way round.
    pub fn forms(&self) -> Vec<String> {
        let shorter = match self.scheme {
            Scheme::Symbol if self.is_resolution() => resolutions::shorter(&self.value),
            Scheme::Symbol => symbols::shorter(&self.value),
            _ => Vec::new(),
        };
        std::iter::once(self.value.clone()).chain(shorter).take(6).collect()
    }

    fn is_resolution(&self) -> bool {
        self.value.starts_with("Resolution ") || self.value.starts_with("Decision ")
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.value)
    }
}

/// What an address's path may not hold, written with `%`.
fn in_path(value: &str) -> String {
    let mut path = String::with_capacity(value.len());
    for sign in value.chars() {
        match sign {
            '<' => path.push_str("%3C"),
            '>' => path.push_str("%3E"),
            '#' => path.push_str("%23"),
            '?' => path.push_str("%3F"),
            '%' => path.push_str("%25"),
            '[' => path.push_str("%5B"),
            ']' => path.push_str("%5D"),
            other => path.push(other),
        }
    }
    path
}

/// The identifiers in running text, in the order in which they stand, with their bytes.
///
/// Only what is certain counts: a bare number such as `1804.08333` or `2049-3630` does not. Looks at
/// the first [`MAX_TEXT_BYTES`] and finds at most [`MAX_FOUND`], the same one as often as it stands.
pub fn find(text: &str) -> Vec<(Range<usize>, Identifier)> {
    let text = text.get(..text.floor_char_boundary(MAX_TEXT_BYTES)).unwrap_or_default();
    let mut found = Vec::new();
    let mut at = 0;
    let mut before: Option<char> = None;
    while let Some(rest) = text.get(at..) {
        let Some(first) = rest.chars().next() else { break };
        let read = setting(before).and_then(|setting| read(rest, setting));
        let length = if let Some((length, identifier)) = read {
            found.push((at..at + length, identifier));
            length
        } else {
            first.len_utf8()
        };
        before = rest.get(..length).and_then(|passed| passed.chars().next_back());
        at += length;
        if found.len() == MAX_FOUND {
            break;
        }
    }
    found
}

/// The identifier with which `text` begins, and its length, as part of a text that was typed.
pub(crate) fn begins(text: &str) -> Option<(usize, Identifier)> {
    read(text, Setting::Alone)
}

/// How an identifier may begin after this character; `None` when it cannot.
fn setting(before: Option<char>) -> Option<Setting> {
    match before {
        Some('/' | '=') => Some(Setting::Address),
        Some('-' | '.' | '_' | '\\' | '@' | '~' | '%' | '#' | '+' | '&') => None,
        // Between ideographs there are no spaces.
        Some(letter) if letter.is_alphanumeric() && u32::from(letter) < 0x2e80 => None,
        _ => Some(Setting::Running),
    }
}

/// The identifier with which `text` begins, and its length in bytes.
fn read(text: &str, setting: Setting) -> Option<(usize, Identifier)> {
    let walk = Walk::new(text);
    let first = walk.peek()?;
    let is_alone = setting == Setting::Alone;
    if setting == Setting::Address {
        return numbers::doi(walk, true).filter(|_| first == '1');
    }
    let bare = match first {
        '1' => numbers::doi(walk, false),
        '0' => numbers::orcid(walk),
        _ if first.is_ascii_alphabetic() || first == 'М' => word(walk, first, is_alone),
        _ => None,
    };
    bare.or_else(|| resolutions::may_begin(first).then(|| resolutions::resolution(walk)).flatten())
        .or_else(|| is_alone.then(|| only_alone(walk)).flatten())
}

/// What begins with a letter. Most words of a text are none of these: their first letter says so.
fn word(walk: Walk<'_>, first: char, is_alone: bool) -> Option<(usize, Identifier)> {
    let small = first.to_ascii_lowercase();
    let is_one_of = |letters: &str| letters.contains(small);
    let named = is_one_of("hwdaeioru").then(|| in_address(walk)).flatten();
    let named = named.or_else(|| is_one_of("daoreip").then(|| labelled(walk)).flatten());
    let named = named.or_else(|| {
        (first == 'М' || is_one_of("iur")).then(|| symbols::recommendation(walk)).flatten()
    });
    let named = named.or_else(|| {
        (is_alone || first.is_ascii_uppercase()).then(|| symbols::slashed(walk, is_alone)).flatten()
    });
    named.or_else(|| numbers::old_arxiv(walk))
}

/// Numbers that are too common to count in running text.
fn only_alone(walk: Walk<'_>) -> Option<(usize, Identifier)> {
    let is_digit = walk.peek().is_some_and(|first| first.is_ascii_digit());
    if !is_digit {
        return None;
    }
    let has_letter = walk.rest().chars().any(|sign| sign.is_ascii_alphabetic());
    numbers::arxiv(walk)
        .or_else(|| numbers::ror(walk).filter(|_| has_letter))
        .or_else(|| numbers::issn(walk).filter(|(_, issn)| !is_years(&issn.value)))
}

/// Whether this may as well be two years: `1995-2003`.
fn is_years(issn: &str) -> bool {
    let is_year = |part: &str| part.parse().is_ok_and(|year: u32| (1800..=2100).contains(&year));
    issn.split('-').all(is_year)
}

/// After `https://doi.org/`, `arxiv.org/abs/` and their like.
fn in_address(mut walk: Walk<'_>) -> Option<(usize, Identifier)> {
    walk.eat_one_of(&["https://", "http://"]);
    walk.eat_one_of(&["www.", "dx.", "export."]);
    let host = walk;
    if walk.eat_word("doi.org/") {
        let (length, identifier) = numbers::doi(walk, true)?;
        walk.skip(length - walk.at());
        // What the address asks of the page is no part of it.
        if matches!(walk.peek(), Some('?' | '#')) {
            walk.take_while(|sign| sign.is_ascii_alphanumeric() || "?#&=_-.%/".contains(sign));
        }
        Some((walk.at(), identifier))
    } else if walk.eat_one_of(&["arxiv.org/abs/", "arxiv.org/pdf/"]) {
        let (length, identifier) = numbers::arxiv(walk)?;
        walk.skip(length - walk.at());
        walk.eat_word(".pdf");
        Some((walk.at(), identifier))
    } else if walk.eat_word("orcid.org/") {
        numbers::orcid(walk)
    } else if walk.eat_word("ror.org/") {
        numbers::ror(walk)
    } else if walk.eat_one_of(&["undocs.org/", "docs.un.org/"]) {
        walk.eat_one_of(&["en/", "fr/", "es/", "ru/", "ar/", "zh/"]);
        symbols::slashed(walk, true)
    } else if walk.eat_one_of(&["itu.int/rec/", "itu.int/ITU-T/rec/"]) {
        symbols::recommendation_in_address(walk)
    } else {
        debug_assert_eq!(host.at(), walk.at(), "nothing was taken");
        None
    }
}

/// After `doi:`, `arXiv:`, `ISSN` and their like.
fn labelled(mut walk: Walk<'_>) -> Option<(usize, Identifier)> {
    let separated = |walk: &mut Walk<'_>| {
        walk.eat(':');
        walk.spaces();
    };
    if walk.eat_word("doi") {
        separated(&mut walk);
        return numbers::doi(walk, false).or_else(|| in_address(walk));
    }
    if walk.eat_word("arxiv") {
        separated(&mut walk);
        return numbers::arxiv(walk);
    }
    if walk.eat_word("orcid") {
        walk.eat_word(" id");
        separated(&mut walk);
        return numbers::orcid(walk).or_else(|| in_address(walk));
    }
    if walk.eat_word("ror:") {
        walk.spaces();
        return numbers::ror(walk).or_else(|| in_address(walk));
    }
    walk.eat_one_of(&["e-", "p-", "e", "p"]);
    if !walk.eat_word("issn") {
        return None;
    }
    walk.eat_word("-l");
    walk.spaces();
    walk.eat_one_of(&["(online)", "(print)", "(electronic)"]);
    separated(&mut walk);
    numbers::issn(walk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(scheme: Scheme, value: &str, writings: &[&str]) {
        for written in writings {
            let expected = Some(Identifier { scheme, value: value.to_owned() });
            assert_eq!(Identifier::parse(written), expected, "{written}");
        }
        assert_eq!(Identifier::parse(value).map(|read| read.value).as_deref(), Some(value));
    }

    fn values(text: &str) -> Vec<String> {
        find(text).into_iter().map(|(_, identifier)| identifier.value).collect()
    }

    #[test]
    fn registered_numbers_are_read_in_every_form() {
        let writings = [
            "10.1000/182",
            "doi:10.1000/182",
            "DOI: 10.1000/182.",
            "https://doi.org/10.1000/182",
            "http://dx.doi.org/10.1000%2F182",
            "doi.org/10.1000/182?x=1",
        ];
        check(Scheme::Doi, "10.1000/182", &writings);
        check(Scheme::Doi, "10.1016/s0140-6736(05)67889-0", &["10.1016/S0140-6736(05)67889-0)"]);
        let wiley = "10.1002/(sici)1097-4571(1998)49:8<693::aid-asi4>3.0.co;2-0";
        check(Scheme::Doi, wiley, &[&wiley.to_uppercase()]);
        let writings = [
            "arXiv:1804.08333v2",
            "https://arxiv.org/abs/1804.08333",
            "arxiv.org/pdf/1804.08333v1.pdf",
            "10.48550/arXiv.1804.08333",
        ];
        check(Scheme::Arxiv, "1804.08333", &writings);
        check(Scheme::Arxiv, "math/0309136", &["math.GT/0309136", "arXiv:math/0309136v1"]);
        let writings = ["https://orcid.org/0000-0002-1825-0097", "ORCID iD: 0000-0002-1825-0097"];
        check(Scheme::Orcid, "0000-0002-1825-0097", &writings[..1]);
        check(Scheme::Orcid, "0000-0002-1694-233X", &["0000-0002-1694-233x"]);
        for ror in ["05a28rw58", "00k4n6c32", "013meh722"] {
            check(Scheme::Ror, ror, &[&format!("https://ror.org/{ror}"), &format!("ror:{ror}")]);
        }
        check(Scheme::Issn, "2049-3630", &["ISSN 2049-3630", "eISSN: 2049-3630"]);
        check(Scheme::Issn, "0000-006X", &["ISSN 0000-006x"]);
    }

    #[test]
    fn wrong_check_digits_are_no_identifiers() {
        for wrong in [
            "0000-0002-1825-0098",
            "https://ror.org/05a28rw59",
            "ISSN 2049-3631",
            "1804.8333",
            "1813.08333",
            "1995-2003",
            "arXiv:0603.1234",
            "10.12/3",
            "10.1000/",
            "https://doi.org/10.1002/4144and4(s93%2E",
            "https://doi.org/10.1000/%3Cb%3E",
        ] {
            assert_eq!(Identifier::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn symbols_are_read_in_every_form() {
        for symbol in [
            "A/RES/78/265",
            "A/79/L.2",
            "A/C.3/78/L.49/Rev.1",
            "A/HRC/RES/47/16",
            "A/CONF.232/2023/4",
            "A/RES/ES-11/1",
            "A/RES/217(III)",
            "E/2023/1",
            "E/CN.6/2023/L.1",
            "S/2015/123",
            "S/PV.7000",
            "S/PRST/2015/1",
            "CEDAW/C/GC/37",
            "ST/SGB/2019/8",
            "UNEP/EA.5/Res.14",
            "FCCC/CP/2015/10/Add.1",
            "TD/B/EX(68)/2",
            "C23/52",
            "C24/DT/3",
            "C23/52(Rev.1)",
            "PP-22/55",
            "WTDC-22/24",
            "WRC-23/4(Add.1)",
            "ITU-T Y.3172",
            "ITU-T G.984.3",
            "ITU-R M.2150-2",
            "Report ITU-R M.2516",
        ] {
            check(Scheme::Symbol, symbol, &[&symbol.to_lowercase(), &format!("{symbol}.")]);
        }
        check(Scheme::Symbol, "S/RES/2222", &["S/RES/2222 (2015)", "S/RES/2222(2015)"]);
        check(Scheme::Symbol, "C23/52", &["C23/52-E", "c23/52-f"]);
        check(Scheme::Symbol, "PP-22/55", &["PP22/55"]);
        let writings = [
            "ITU-T Y.3172 (06/2019)",
            "ITU‑T Y.3172",
            "ITU-T Rec. Y.3172",
            "UIT-T Y.3172",
            "МСЭ-Т Y.3172",
            "https://www.itu.int/rec/T-REC-Y.3172-201906-I/en",
            "https://www.itu.int/rec/T-REC-Y.3172",
        ];
        check(Scheme::Symbol, "ITU-T Y.3172", &writings);
        let writings = ["https://undocs.org/en/A/RES/78/265", "https://docs.un.org/A/RES/78/265"];
        check(Scheme::Symbol, "A/RES/78/265", &writings);
    }

    #[test]
    fn resolutions_of_six_languages_are_one() {
        let writings = [
            "Resolution 71 (Rev. Bucharest, 2022)",
            "Resolution 71 (Rev.Bucharest, 2022)",
            "Résolution 71 (Rév. Bucarest, 2022)",
            "Resolución 71 (Rev. Bucarest, 2022)",
            "Резолюция 71 (Пересм. Бухарест, 2022 г.)",
            "القرار 71 (المراجَع في بوخارست، 2022)",
            "القرار ٧١ (المراجَع في بوخارست، ٢٠٢٢)",
            "第71号决议（2022年，布加勒斯特，修订版）",
        ];
        check(Scheme::Symbol, "Resolution 71 (Rev. Bucharest, 2022)", &writings);
        let writings = [
            "Résolution 750 (Rév.CMR-19)",
            "Резолюция 750 (Пересм. ВКР-19)",
            "第750号决议（WRC-19，修订版）",
        ];
        check(Scheme::Symbol, "Resolution 750 (Rev. WRC-19)", &writings);
        check(
            Scheme::Symbol,
            "Decision 5 (Rev. Bucharest, 2022)",
            &["第5号决定（2022年，布加勒斯特，修订版）"],
        );
        check(Scheme::Symbol, "Resolution 200 (Busan, 2014)", &["Résolution 200 (Busan, 2014)"]);
        for wrong in [
            "Resolution 71",
            "Resolution 71 (2022)",
            "Resolution 71 (see Annex)",
            "Resolutions (Bucharest, 2022)",
        ] {
            assert_eq!(Identifier::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn common_signs_are_no_identifiers() {
        let text = "on 12/05, 1/2 and/or HTTP/1.1, 24/7; A/B tests, N/A, S/N 12/3, C/O, TCP/IP, \
            data/C23/52, /etc/A/RES/1, C60/70, A/4/5, E/5/6, CD/DVD/2, 1804.08333, 1995-2003, \
            src/A/79/L.2, km/h, 9/11, I/O, w/o, 5G/6G, ITU-T SG13, x10.1000/182, H.264/AVC, \
            GC/MS/2, a/79/l.2, T/2, ST/2 and 0000-0000-0000-0000";
        assert_eq!(values(text), Vec::<String>::new());
    }

    #[test]
    fn the_longest_identifier_has_its_bound_with_everything() {
        let doi = |letters: usize| format!("10.1002/{}", "a".repeat(letters));
        let (longest, longer) = (doi(MAX_IDENTIFIER_BYTES - 8), doi(MAX_IDENTIFIER_BYTES - 7));
        assert_eq!(Identifier::parse(&longest).unwrap().value, longest);
        assert_eq!(Identifier::parse(&longer), None);
        assert_eq!(find(&longer), []);
    }

    #[test]
    fn identifiers_are_found_in_running_text() {
        let text = "See A/RES/78/265 and (doi:10.1000/182), \"C23/52(Rev.1)\"; 见第71号决议（2022年，\
            布加勒斯特，修订版）。ITU-T Y.3172 (06/2019) [10.1000/183](https://doi.org/10.1000/183), \
            S/RES/2222 (2015). https://journals.plos.org/x?id=10.1371/journal.pone.1&b=2, hep-th/9901001.";
        let expected = [
            "A/RES/78/265",
            "10.1000/182",
            "C23/52(Rev.1)",
            "Resolution 71 (Rev. Bucharest, 2022)",
            "ITU-T Y.3172",
            "10.1000/183",
            "10.1000/183",
            "S/RES/2222",
            "10.1371/journal.pone.1",
            "hep-th/9901001",
        ];
        assert_eq!(values(text), expected);
        for (span, identifier) in find(text) {
            assert_eq!(Identifier::parse(text.get(span).unwrap()), Some(identifier));
        }
        assert_eq!(find(&"10.1000/1 ".repeat(10_000)).len(), MAX_FOUND);
    }

    #[test]
    fn addresses_are_known_for_some() {
        let url = |text: &str| Identifier::parse(text).unwrap().url();
        for (text, expected) in [
            ("10.1000/A<B", "https://doi.org/10.1000/a"),
            ("1804.08333", "https://arxiv.org/abs/1804.08333"),
            ("A/RES/78/265", "https://undocs.org/A/RES/78/265"),
            ("ITU-T Y.3172", "https://www.itu.int/rec/T-REC-Y.3172"),
            ("ITU-R M.2150-2", "https://www.itu.int/rec/R-REC-M.2150"),
        ] {
            let text = text.split('<').next().unwrap();
            assert_eq!(url(text).as_deref(), Some(expected));
        }
        for text in ["C23/52", "S/RES/2222", "Report ITU-R M.2516"] {
            assert_eq!(url(text), None, "{text}");
        }
    }

    #[test]
    fn shorter_forms_are_known() {
        let forms = |text: &str| Identifier::parse(text).unwrap().forms();
        assert_eq!(forms("C23/52(Rev.1)"), ["C23/52(Rev.1)", "C23/52"]);
        assert_eq!(
            forms("A/78/100/Add.1/Rev.2"),
            ["A/78/100/Add.1/Rev.2", "A/78/100/Add.1", "A/78/100"]
        );
        assert_eq!(forms("ITU-R M.2150-2"), ["ITU-R M.2150-2", "ITU-R M.2150", "M.2150-2"]);
        assert_eq!(forms("ITU-T Y.3172"), ["ITU-T Y.3172", "Y.3172"]);
        assert_eq!(
            forms("Resolution 71 (Rev. Bucharest, 2022)"),
            [
                "Resolution 71 (Rev. Bucharest, 2022)",
                "Resolution 71 (Bucharest, 2022)",
                "Resolution 71"
            ]
        );
        assert_eq!(forms("10.1000/182"), ["10.1000/182"]);
    }

    mod properties {
        use proptest::prelude::*;

        use super::{Identifier, find};

        proptest! {
            #[test]
            fn any_text_is_searched(text in "(\\PC|10\\.[0-9]{4}/|A/|C23/|ITU-T |Resolution 7 \\(){0,200}") {
                for (span, identifier) in find(&text) {
                    prop_assert!(text.get(span).is_some());
                    prop_assert_eq!(Identifier::parse(&identifier.value), Some(identifier));
                }
            }
        }
    }
}
