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

/// Longest identifier, in bytes; of 100 million registered DOIs, almost all have fewer than 100.
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
            '<' | '>' | '#' | '?' | '%' | '"' | '[' | ']' => {
                path.push_str(&format!("%{:02X}", u32::from(sign)));
            }
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
        None => Some(Setting::Running),
        Some('/' | '=') => Some(Setting::Address),
        Some('-' | '.' | '_' | '\\' | '@' | '~' | '%' | '#' | '+' | '&') => None,
        // Between ideographs there are no spaces.
        Some(letter) if letter.is_alphanumeric() && u32::from(letter) < 0x2e80 => None,
        Some(_) => Some(Setting::Running),
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
        _ if first.is_ascii_alphabetic() || first == 'М' => in_address(walk)
            .or_else(|| labelled(walk))
            .or_else(|| symbols::recommendation(walk))
            .or_else(|| symbols::slashed(walk, is_alone))
            .or_else(|| numbers::old_arxiv(walk)),
        _ => None,
    };
    bare.or_else(|| resolutions::resolution(walk).filter(|_| resolutions::may_begin(first)))
        .or_else(|| is_alone.then(|| only_alone(walk)).flatten())
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
        numbers::doi(walk, true)
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
