//! Pieces and entries as they stand in lists.

use std::collections::BTreeMap;

use observatory_model::brief::BriefAddress;
use observatory_model::entry::Entry;
use observatory_model::search::Hit;
use observatory_model::{Language, Timestamp};
use observatory_store::BriefSummary;

use crate::chrome::dir;
use crate::html::Html;
use crate::locale::Locale;
use crate::urls;

/// A piece in a list: in the reader's language, else in the language it was written in.
#[derive(Clone, Debug)]
pub(crate) struct PieceLine {
    /// The name of its series, where the list has several.
    pub(crate) series: Option<String>,
    /// The level of its heading: 3, or 2 where it follows the title of the page.
    pub(crate) level: u8,
    /// Its title.
    pub(crate) title: String,
    /// What it is about.
    pub(crate) standfirst: String,
    /// The language of the title.
    pub(crate) language: Language,
    /// Whether that is the reader's language.
    pub(crate) is_translated: bool,
    /// Where it is read.
    pub(crate) href: String,
    /// When it was published.
    pub(crate) date: Html,
    /// How sure its authors are, where they say.
    pub(crate) confidence: Option<String>,
}

/// The pieces behind language versions, in the order of the list: for each the version that a reader
/// of `language` is shown.
pub(crate) fn one_version_each(
    versions: Vec<BriefSummary>,
    language: Language,
) -> Vec<BriefSummary> {
    let mut order: Vec<BriefAddress> = Vec::new();
    let mut best: BTreeMap<BriefAddress, BriefSummary> = BTreeMap::new();
    let rank = |version: &BriefSummary| {
        (version.language != language, version.language != version.original)
    };
    for version in versions {
        match best.get(&version.address) {
            None => order.push(version.address.clone()),
            Some(known) if rank(&version) < rank(known) => {}
            Some(_) => continue,
        }
        best.insert(version.address.clone(), version);
    }
    order.into_iter().filter_map(|address| best.remove(&address)).collect()
}

impl PieceLine {
    /// The line of a piece for readers of a language.
    pub(crate) fn new(locale: &Locale, reader: Language, piece: &BriefSummary) -> Self {
        Self {
            series: Some(locale.series(piece.address.series).to_owned()),
            level: 3,
            title: piece.title.clone(),
            standfirst: piece.standfirst.clone(),
            language: piece.language,
            is_translated: piece.language == reader,
            href: urls::brief(piece.language, &piece.address),
            date: locale.date(piece.published),
            confidence: piece.confidence.map(|level| {
                locale.plain("confidence.short", &[("level", locale.confidence(level))])
            }),
        }
    }

    /// The same in the list of its series, right below the title of the page.
    pub(crate) fn in_its_series(self) -> Self {
        Self { series: None, level: 2, ..self }
    }
}

/// An entry in a list.
#[derive(Clone, Debug)]
pub(crate) struct SignalLine {
    /// The name of its source, where the list has several.
    pub(crate) source: Option<String>,
    /// Its title.
    pub(crate) title: String,
    /// The language of the title.
    pub(crate) language: Option<Language>,
    /// Its direction.
    pub(crate) dir: &'static str,
    /// Where it is read here.
    pub(crate) href: String,
    /// Its date.
    pub(crate) date: Html,
}

impl SignalLine {
    /// The line of an entry for readers of a language.
    pub(crate) fn new(locale: &Locale, reader: Language, entry: &Entry) -> Self {
        Self {
            source: Some(entry.source_name.clone()),
            title: entry.content.title.clone(),
            language: entry.content.language,
            dir: dir(entry.content.language),
            href: urls::entry(reader, entry.id),
            date: locale.date(entry.date()),
        }
    }
}

/// A document that is near to something, by its title alone.
#[derive(Clone, Debug)]
pub(crate) struct NearLine {
    /// Where it is read.
    pub(crate) href: String,
    /// Its title.
    pub(crate) title: String,
    /// The language of the title.
    pub(crate) language: Option<Language>,
    /// Its direction.
    pub(crate) dir: &'static str,
}

impl NearLine {
    /// The line of a hit for readers of a language.
    pub(crate) fn new(reader: Language, hit: &Hit) -> Self {
        Self {
            href: urls::document(reader, &hit.key),
            title: hit.title.text(),
            language: hit.language,
            dir: dir(hit.language),
        }
    }
}

/// The time of the newest of `times`; the beginning of 1970 when there is none.
pub(crate) fn newest(times: impl Iterator<Item = Timestamp>) -> Timestamp {
    times.max().unwrap_or(Timestamp::EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(address: &str, language: Language) -> BriefSummary {
        BriefSummary {
            address: address.parse().unwrap(),
            language,
            original: Language::Fr,
            title: language.code().to_owned(),
            standfirst: String::new(),
            bottom_line: None,
            published: Timestamp::EPOCH,
            version: 1,
            confidence: None,
            words: 1,
            topics: Vec::new(),
            authors: Vec::new(),
        }
    }

    #[test]
    fn each_piece_is_listed_once_in_the_readers_language_or_the_original() {
        let list = vec![
            version("learning-labs/b", Language::Ar),
            version("learning-labs/b", Language::Fr),
            version("learning-labs/a", Language::Fr),
            version("learning-labs/a", Language::En),
        ];
        let shown = |language| {
            one_version_each(list.clone(), language)
                .into_iter()
                .map(|piece| format!("{} {}", piece.address.slug, piece.title))
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(Language::En), ["b fr", "a en"]);
        assert_eq!(shown(Language::Ar), ["b ar", "a fr"]);
    }
}
