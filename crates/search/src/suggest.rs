//! What a reader may be about to type: titles, concepts, sources and identifiers.
//!
//! It is asked with every key, so each of its steps is bounded before it begins: dictionaries are read
//! from the prefix on, postings from their newest end, and texts only of what will be shown.

use observatory_model::Language;
use observatory_model::glossary::Concept;
use observatory_model::identifier::Identifier;
use observatory_model::search::{SuggestRequest, Suggested, Suggestion};
use tantivy::Term;

use crate::count::Deadline;
use crate::error::SearchError;
use crate::hits::reading;
use crate::labels::labels_like;
use crate::letters::{Class, class};
use crate::lexemes::Lexemes;
use crate::results::Rules;
use crate::schema::read_label;
use crate::snapshot::Snapshot;
use crate::surfaces::surface;

/// Longest text that is looked at, in characters: longer ones are pasted, not typed.
pub(crate) const LONGEST_TYPED: usize = 100;

/// Most suggestions.
pub(crate) const MOST: usize = 10;

/// Longest suggestion, in characters; the rest of a title is a sign of ellipsis.
const LONGEST_SHOWN: usize = 80;

/// About how many bytes all suggestions have as JSON, so that they fit into one packet: 1 kB.
const MOST_BYTES: usize = 1000;

/// About how many bytes a suggestion has beside its text: names, quotes and an address.
const BYTES_BESIDE: usize = 40;

/// Most documents that are looked at, of all languages together.
const MOST_CANDIDATES: usize = 2000;

/// Most suggestions of each sort, until all sorts have had their turn.
const SHARE_OF_TITLES: usize = 5;
const SHARE_OF_CONCEPTS: usize = 3;
const SHARE_OF_OTHERS: usize = 2;

/// What was typed, understood.
pub(crate) struct Typed {
    pub(crate) words: String,
    /// The beginning of the last word, as the dictionaries have it; empty after a space or a sign, and
    /// in scripts without word borders.
    pub(crate) prefix: String,
}

impl Typed {
    fn of(typed: &str) -> Self {
        let words: String = typed.trim_start().chars().take(LONGEST_TYPED).collect();
        let last = words.rsplit(|letter: char| !letter.is_alphanumeric()).next();
        let last = last.filter(|last| last.chars().all(|letter| !is_unspaced(letter)));
        let prefix = last.map(surface).unwrap_or_default();
        Self { words, prefix }
    }
}

/// Whether words of this letter's script stand without spaces.
fn is_unspaced(letter: char) -> bool {
    class(letter) == Class::Ideograph
}

/// Suggestions for what was typed.
pub(crate) struct Suggest<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) rules: &'a Rules,
    pub(crate) deadline: Deadline,
    pub(crate) typed: Typed,
    pub(crate) language: Language,
    pub(crate) limit: usize,
    pub(crate) lexemes: Lexemes,
    pub(crate) candidates_left: usize,
}

/// Suggests.
///
/// # Errors
/// [`SearchError::TooSlow`] after the deadline; [`SearchError::Unavailable`] when the index cannot be
/// read.
pub(crate) fn suggest(
    snapshot: &Snapshot,
    rules: &Rules,
    request: &SuggestRequest,
    deadline: Deadline,
) -> Result<Vec<Suggestion>, SearchError> {
    let typed = Typed::of(&request.typed);
    if !typed.words.chars().any(char::is_alphanumeric) {
        return Ok(Vec::new());
    }
    let limit = request.limit.clamp(1, MOST);
    let (language, lexemes) = (request.language, Lexemes::default());
    let candidates_left = MOST_CANDIDATES;
    let mut suggest =
        Suggest { snapshot, rules, deadline, typed, language, limit, lexemes, candidates_left };
    let titles = suggest.titles()?;
    let concepts = suggest.concepts();
    let sources = suggest.sources()?;
    let identifiers = suggest.identifiers()?;
    let mut sorts = [
        (titles, SHARE_OF_TITLES),
        (concepts, SHARE_OF_CONCEPTS),
        (sources, SHARE_OF_OTHERS),
        (identifiers, SHARE_OF_OTHERS),
    ];
    let mut chosen: Vec<Vec<Suggestion>> = Vec::new();
    let mut room = limit;
    for (sort, share) in &mut sorts {
        let count = sort.len().min(*share).min(room);
        room -= count;
        chosen.push(sort.drain(..count).collect());
    }
    for ((rest, _), chosen) in sorts.iter_mut().zip(&mut chosen) {
        let count = rest.len().min(room);
        room -= count;
        chosen.extend(rest.drain(..count));
    }
    let mut bytes = 0;
    let mut suggestions = chosen.concat();
    suggestions.retain(|suggestion| {
        bytes += suggestion.text.len() + BYTES_BESIDE;
        bytes <= MOST_BYTES
    });
    Ok(suggestions)
}

impl Suggest<'_> {
    fn concepts(&self) -> Vec<Suggestion> {
        let concepts = labels_like(&self.typed.words, self.language, MOST);
        let suggest = |concept: &Concept| Suggestion {
            text: cut(concept.preferred(self.language)),
            language: Some(self.language),
            what: Suggested::Concept(concept.name.clone()),
        };
        concepts.into_iter().map(suggest).collect()
    }

    /// Sources of which a word of the name begins so.
    fn sources(&self) -> Result<Vec<Suggestion>, SearchError> {
        let typed = surfaces_of(&self.typed.words);
        let mut sources = Vec::new();
        for label in self.snapshot.sources.iter() {
            let Some((slug, name)) = read_label(label) else { continue };
            if sources.len() >= MOST || !begins_a_word(&surfaces_of(name), &typed) {
                continue;
            }
            let term = Term::from_field_text(self.rules.fields.source_slug, slug);
            if let Ok(slug) = slug.parse()
                && self.snapshot.lives(&term).map_err(reading)?
            {
                let what = Suggested::Source(slug);
                sources.push(Suggestion { text: cut(name), language: None, what });
            }
        }
        Ok(sources)
    }

    /// Identifiers that begin so. Two characters at least: every symbol of a series begins with one.
    fn identifiers(&self) -> Result<Vec<Suggestion>, SearchError> {
        let begun =
            self.typed.words.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        if begun.chars().nth(1).is_none() {
            return Ok(Vec::new());
        }
        let field = self.rules.fields.identifier;
        let mut found = Vec::new();
        for term in self.endings(field, &begun).map_err(reading)? {
            if found.len() >= MOST {
                break;
            }
            if self.snapshot.lives(&Term::from_field_text(field, &term)).map_err(reading)? {
                let text = cut(&shown(&term));
                found.push(Suggestion { text, language: None, what: Suggested::Symbol });
            }
        }
        Ok(found)
    }
}

/// The words of a text, folded, with one space before each.
pub(crate) fn surfaces_of(text: &str) -> String {
    let mut surfaces = String::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric()) {
        let surface = surface(word);
        if !surface.is_empty() {
            surfaces.push(' ');
            surfaces.push_str(&surface);
        }
    }
    surfaces
}

/// Whether a word of the text begins what was typed; in scripts without word borders, any character.
pub(crate) fn begins_a_word(surfaces: &str, typed: &str) -> bool {
    let bare = typed.trim_start();
    let first = bare.chars().next();
    !bare.is_empty()
        && (surfaces.contains(typed) || (first.is_some_and(is_unspaced) && surfaces.contains(bare)))
}

/// An identifier as it is written, from its term.
fn shown(term: &str) -> String {
    Identifier::parse(term).map_or_else(|| term.to_uppercase(), |identifier| identifier.value)
}

/// At most [`LONGEST_SHOWN`] characters.
pub(crate) fn cut(text: &str) -> String {
    if text.char_indices().nth(LONGEST_SHOWN).is_none() {
        return text.to_owned();
    }
    let kept = text.chars().take(LONGEST_SHOWN - 1).collect::<String>();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::{Ar, En, Es, Fr, Ru, Zh};

    use super::*;
    use crate::fixture::{batch, document, entry, index_of, piece};
    use crate::{Batch, Search};

    async fn suggested(search: &Search, typed: &str, language: Language) -> Vec<Suggestion> {
        let request = SuggestRequest { typed: typed.to_owned(), language, limit: 10 };
        search.suggest(request).await.unwrap()
    }

    async fn texts(search: &Search, typed: &str, language: Language) -> Vec<String> {
        suggested(search, typed, language).await.into_iter().map(|one| one.text).collect()
    }

    async fn titles() -> (tempfile::TempDir, Search) {
        index_of(vec![
            document(0, Some(En), "Satellites for rural schools", "x"),
            document(1, Some(En), "Connecting the unconnected", "x"),
            document(2, Some(En), "Saturday in Geneva", "x"),
            document(3, Some(Fr), "Événements de l’été", "x"),
            document(4, Some(Ru), "Ёлки и спутники", "x"),
            document(5, Some(Ar), "الأقمار الصناعية", "x"),
            document(6, Some(Zh), "卫星网络的发展", "x"),
            document(7, Some(Es), "Satélites de órbita baja", "x"),
            piece("satellites", En, "Satellites and us", &["x"]),
        ])
        .await
    }

    #[tokio::test]
    async fn titles_are_offered_from_the_first_character_pieces_and_own_language_first() {
        let (_folder, search) = titles().await;
        for (typed, language, expected) in [
            (
                "s",
                En,
                &["Satellites and us", "Saturday in Geneva", "Satellites for rural schools"][..],
            ),
            ("satell", En, &["Satellites and us", "Satellites for rural schools"]),
            ("satellites f", En, &["Satellites for rural schools"]),
            ("connecti", En, &["Connecting the unconnected"]),
            ("evenem", Fr, &["Événements de l’été"]),
            ("éte", Fr, &["Événements de l’été"]),
            ("елк", Ru, &["Ёлки и спутники"]),
            ("ёл", Ru, &["Ёлки и спутники"]),
            ("الاقم", Ar, &["الأقمار الصناعية"]),
            ("أقمـ", Ar, &["الأقمار الصناعية"]),
            ("卫", Zh, &["卫星网络的发展"]),
            ("网络", Zh, &["卫星网络的发展"]),
            ("網絡", Zh, &["卫星网络的发展"]),
        ] {
            let found = texts(&search, typed, language).await;
            let own: Vec<&str> =
                found.iter().map(String::as_str).filter(|text| expected.contains(text)).collect();
            assert_eq!(own, expected, "{typed}: {found:?}");
        }
        let spanish = texts(&search, "satel", Es).await;
        assert_eq!(spanish.first().map(String::as_str), Some("Satélites de órbita baja"));
        assert!(spanish.iter().any(|text| text == "Satellites and us"), "{spanish:?}");
    }

    #[tokio::test]
    async fn concepts_are_offered_as_the_reader_calls_them() {
        let (_folder, search) = titles().await;
        let found = suggested(&search, "smart cit", Fr).await;
        let city = found.iter().find(|one| one.text == "ville intelligente").unwrap();
        assert_eq!(city.what, Suggested::Concept("smart-city".parse().unwrap()));
        assert_eq!(city.language, Some(Fr));
        assert!(texts(&search, "ville int", Fr).await.contains(&"ville intelligente".to_owned()));
        assert!(texts(&search, "智慧", En).await.contains(&"smart city".to_owned()));
        assert!(texts(&search, "LLM", En).await.contains(&"large language model".to_owned()));
    }

    #[tokio::test]
    async fn sources_are_offered_and_what_was_taken_away_is_not() {
        let (_folder, search) = titles().await;
        assert!(texts(&search, "source z", En).await.contains(&"Source zh".to_owned()));
        assert!(texts(&search, "saturd", En).await.contains(&"Saturday in Geneva".to_owned()));
        let removals = vec![entry(2), entry(6)];
        search.apply(Batch { removals, ..batch(Vec::new(), 2) }).await.unwrap();
        search.commit().await.unwrap();
        assert!(texts(&search, "saturd", En).await.is_empty());
        assert!(!texts(&search, "source z", En).await.contains(&"Source zh".to_owned()));
    }

    #[tokio::test]
    async fn any_text_is_answered_in_bounds() {
        let long = "Satellites ".repeat(40);
        let many: Vec<_> =
            (0..300).map(|n| document(n, Some(En), &format!("{long}{n}"), "x")).collect();
        let (_folder, search) = index_of(many).await;
        for typed in
            ["", " ", "?!", "s", "S ", "(\"", "ال", "网", "\u{0}", &"satellites ".repeat(99)]
        {
            let found = suggested(&search, typed, En).await;
            let bytes: usize = found.iter().map(|one| one.text.len() + BYTES_BESIDE).sum();
            assert!(found.len() <= 10 && bytes <= MOST_BYTES, "{typed}");
            assert!(found.iter().all(|one| one.text.chars().count() <= LONGEST_SHOWN), "{typed}");
        }
        assert!(suggested(&search, "sat", En).await.len() >= 8);
    }
}
