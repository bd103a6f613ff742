//! How a piece is cited: files for programs that keep references, lines for footnotes, and the marks
//! by which indexes of scholarship know it.
//!
//! Every writer begins at one [`Work`] and makes each value one line first, so that no value can begin
//! a line or a field of its own. Characters that steer the direction of text are kept: names in Arabic
//! have them, and they end with the value where the caller isolates it.

mod bibtex;
mod csl;
mod footnote;
mod highwire;
mod ris;

use observatory_model::identifier::{Identifier, Scheme};
use observatory_model::{Language, Timestamp};

pub use bibtex::bibtex;
pub use csl::csl_json;
pub use footnote::{Part, Words, apa, un};
pub use highwire::highwire;
pub use ris::ris;

/// A piece as others cite it: one version, in one language.
///
/// Texts are plain and may hold anything; the writers make them harmless for their formats. An empty
/// text is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// What sort of piece it is.
    pub kind: WorkKind,
    /// Its name within the site, the same in all languages and versions: the slug.
    pub name: String,
    /// Who wrote it, in the order in which they are named; may be empty.
    pub authors: Vec<Author>,
    /// Its title.
    pub title: String,
    /// What it is about, in a sentence or a paragraph; may be empty.
    pub summary: String,
    /// The name of its series; may be empty.
    pub series: String,
    /// Who publishes it: the name of the site.
    pub publisher: String,
    /// Its number in the series or its symbol, where it has one.
    pub number: Option<String>,
    /// The number of this version: 1, 2, 3, …
    pub version: u32,
    /// When this version was published; cited by its day in UTC.
    pub published: Timestamp,
    /// The language of this text.
    pub language: Language,
    /// The absolute address of this version.
    pub url: String,
    /// Its DOI; an identifier of another scheme is left out.
    pub doi: Option<Identifier>,
    /// What may be done with it: the address of a licence or its SPDX name.
    pub licence: Option<String>,
    /// What it is about, in words of its language.
    pub keywords: Vec<String>,
    /// The paragraph that a footnote points to: 1, 2, 3, … Files of references know none.
    pub paragraph: Option<u32>,
}

/// Who wrote a piece: a person or a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    /// The name as they write it themselves.
    pub name: String,
    /// Family and given name, only where the author gave them apart.
    ///
    /// Nothing here splits a name: Chinese names begin with the family, Spanish ones have two of them,
    /// Arabic and Javanese ones may have none, and a body has no given name. Without this pair a name
    /// stands as typed in every format, also where a style turns names round.
    pub parts: Option<(String, String)>,
    /// Their ORCID; an identifier of another scheme is left out.
    pub orcid: Option<Identifier>,
    /// Where they work.
    pub institution: Option<String>,
}

/// What sort of piece is cited; decides the type in the formats that have types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkKind {
    /// A brief or an explainer.
    Brief,
    /// A lesson.
    Lesson,
    /// A white paper.
    WhitePaper,
    /// A thought piece.
    ThoughtPiece,
    /// What a research sprint brought in.
    SprintContribution,
}

impl Work {
    /// Its DOI in normal form.
    fn doi(&self) -> Option<&str> {
        of_scheme(self.doi.as_ref(), Scheme::Doi).map(|doi| doi.value.as_str())
    }

    /// Its name in files of references: `everywhere-ar-v2`, of ASCII letters, digits, `-`, `_`, `.`.
    ///
    /// BibTeX ends a key at white space and at `,{}()%#"=\~`; the other formats take anything.
    fn key(&self) -> String {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name: String = self.name.chars().map(|c| if fits(c) { c } else { '-' }).collect();
        format!("{name}-{}-v{}", self.language, self.version)
    }
}

impl Author {
    /// Their ORCID as an address (<https://orcid.org/…>), the form that its owner asks for.
    fn orcid_url(&self) -> Option<String> {
        of_scheme(self.orcid.as_ref(), Scheme::Orcid).and_then(Identifier::url)
    }

    /// `Family, Given` where the author gave them apart, else the name as typed; one line.
    fn inverted(&self) -> String {
        match &self.parts {
            Some((family, given)) => format!("{}, {}", one_line(family), one_line(given)),
            None => one_line(&self.name),
        }
    }
}

fn of_scheme(identifier: Option<&Identifier>, scheme: Scheme) -> Option<&Identifier> {
    identifier.filter(|identifier| identifier.scheme == scheme)
}

/// Text on one line: control characters and ends of lines (also U+2028 and U+2029, at which some
/// programs split) are spaces, several spaces are one, and none stands at the ends.
fn one_line(text: &str) -> String {
    let is_gap = |c: char| c == ' ' || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.split(is_gap).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Texts on one line each, without those that are empty.
fn lines<'a>(texts: impl IntoIterator<Item = &'a String>) -> impl Iterator<Item = String> {
    texts.into_iter().map(|text| one_line(text)).filter(|line| !line.is_empty())
}

/// An address of ASCII characters that RFC 3986 allows; everything else becomes `%` and two digits, so
/// that no address closes a brace or ends a line.
fn address(url: &str) -> String {
    let mut address = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte) {
            address.push(char::from(byte));
        } else {
            address.push('%');
            let digits = [byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16));
            address.extend(digits.into_iter().flatten().map(|digit| digit.to_ascii_uppercase()));
        }
    }
    address
}

/// Works for the tests of each format.
#[cfg(test)]
mod sample {
    use super::*;

    pub(super) fn work() -> Work {
        Work {
            kind: WorkKind::Brief,
            name: "everywhere".to_owned(),
            authors: vec![
                Author {
                    name: "Ada M. Lovelace".to_owned(),
                    parts: Some(("Lovelace".to_owned(), "Ada Mary".to_owned())),
                    orcid: Identifier::parse("0000-0002-1825-0097"),
                    institution: Some("University of Geneva".to_owned()),
                },
                Author { name: "李明".to_owned(), ..Author::default() },
            ],
            title: "Spectrum for all".to_owned(),
            summary: "What it is about".to_owned(),
            series: "Future Vision".to_owned(),
            publisher: "Observatory".to_owned(),
            number: Some("2026/4".to_owned()),
            version: 2,
            published: "2026-11-04".parse().unwrap(),
            language: Language::En,
            url: "https://observatory.example/en/future-vision/everywhere/v2".to_owned(),
            doi: Identifier::parse("10.1000/182"),
            licence: Some("CC-BY-4.0".to_owned()),
            keywords: vec!["spectrum".to_owned(), "6G".to_owned()],
            paragraph: None,
        }
    }

    /// Text that every format has a reason to stumble over.
    pub(super) const HOSTILE: &str = "TY  - a\r\nER  - \n\nTI  - b } , evil = {x}, {{ \" ' % # $ & _ \\ ^ ~ \
        \u{202e}gnp.\u{2028}AU  - c\u{85}-- `` '' @misc{d, <i>e</i> \\end{f} \u{661} 界 \0";

    /// The work with hostile text wherever text can stand.
    pub(super) fn hostile() -> Work {
        let text = HOSTILE.to_owned();
        Work {
            name: text.clone(),
            authors: vec![
                // Readers of RIS split names at `;`, ` & ` and commas, and a reader of BibTeX takes every
                // `=`, also in braces, for its own form of names; nothing that is written prevents that.
                Author { name: text.replace(['&', ',', ';', '='], ""), ..Author::default() },
                Author { name: "and others {and} B".to_owned(), ..Author::default() },
            ],
            title: text.clone(),
            summary: text.clone(),
            series: text.clone(),
            publisher: text.clone(),
            number: Some(text.clone()),
            url: format!("https://observatory.example/{text}"),
            licence: Some(text.clone()),
            keywords: vec![text],
            ..work()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_one_line() {
        assert_eq!(
            one_line(" a\r\n\tb\u{2028}c\u{85}d\u{a0}: \u{202e}e\0"),
            "a b c d\u{a0}: \u{202e}e"
        );
        assert_eq!(one_line("\n \t"), "");
    }

    #[test]
    fn addresses_are_ascii() {
        let url = "https://a.example/x?b=%20&c=1#p2";
        assert_eq!(address(url), url);
        assert_eq!(
            address("https://a.example/{}\r\n\"é\\"),
            "https://a.example/%7B%7D%0D%0A%22%C3%A9%5C"
        );
    }

    #[test]
    fn identifiers_of_other_schemes_are_none() {
        let orcid = sample::work().authors[0].orcid.clone();
        let work = Work { doi: orcid, ..sample::work() };
        assert_eq!(work.doi(), None);
        let author = Author { orcid: Identifier::parse("10.1000/182"), ..Author::default() };
        assert_eq!(author.orcid_url(), None);
    }

    #[test]
    fn keys_are_words() {
        let work = Work { name: "a b,{ü}\n".to_owned(), ..sample::work() };
        assert_eq!(work.key(), "a-b------en-v2");
    }
}
