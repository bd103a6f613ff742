//! What the answers for programs have in common.

use observatory_model::change::DocumentKey;
use observatory_model::marked::Marked;
use observatory_model::search::{Hit, Place, Reason};
use observatory_model::{Language, Slug};
use serde::Serialize;
use utoipa::ToSchema;

use crate::locale::Locale;
use crate::state::Site;
use crate::urls;

/// A text and the parts of it that match a search.
#[derive(Serialize, ToSchema)]
pub(super) struct MarkedText {
    /// The text, as it stands in the document: plain, not HTML.
    text: String,
    /// The parts that match, each as its beginning and its end, counted in Unicode code points of
    /// `text` from 0; the end is not part of it.
    marks: Vec<[u32; 2]>,
}

impl MarkedText {
    pub(super) fn new(marked: &Marked) -> Self {
        let (mut marks, mut place) = (Vec::new(), 0_u32);
        for piece in &marked.0 {
            let length = u32::try_from(piece.text.chars().count()).unwrap_or(u32::MAX);
            let end = place.saturating_add(length);
            if piece.marked && length > 0 {
                marks.push([place, end]);
            }
            place = end;
        }
        Self { text: marked.text(), marks }
    }
}

/// A word of this site and what people call it.
#[derive(Serialize, ToSchema)]
pub(super) struct Named {
    /// The word in addresses and filters.
    value: String,
    /// What it is called in the language of `hl`.
    label: String,
}

impl Named {
    pub(super) fn new(value: &str, label: &str) -> Self {
        Self { value: value.to_owned(), label: label.to_owned() }
    }

    pub(super) fn topic(locale: &Locale, reader: Language, topic: &Slug) -> Self {
        Self::new(topic.as_str(), &crate::concepts::topic(locale, reader, topic))
    }
}

/// Where a document comes from.
#[derive(Serialize, ToSchema)]
pub(super) struct Origin {
    /// The word of the source in addresses and filters; `null` for pieces of this site.
    slug: Option<String>,
    /// The name of the source, or of the authors.
    name: String,
}

impl Origin {
    pub(super) fn new(slug: Option<&Slug>, name: &str) -> Self {
        Self { slug: slug.map(|slug| slug.as_str().to_owned()), name: name.to_owned() }
    }
}

/// The same work in another language or form.
#[derive(Serialize, ToSchema)]
pub(super) struct Version {
    /// Its key.
    key: String,
    /// Its language (BCP 47); `null` when it is none of the six or not known.
    #[schema(example = "ar")]
    language: Option<&'static str>,
    /// Its page.
    #[schema(format = "uri")]
    url: String,
}

impl Version {
    pub(super) fn new(
        site: &Site,
        reader: Language,
        key: &DocumentKey,
        language: Option<Language>,
    ) -> Self {
        Self {
            key: key.to_string(),
            language: language.map(Language::code),
            url: site.absolute(&urls::document(reader, key)),
        }
    }
}

/// A word of a search and where a document has it.
#[derive(Serialize, ToSchema)]
pub(super) struct Why {
    /// The word as typed.
    typed: String,
    /// The word as it was searched: another name of a concept, or the same.
    searched: String,
    /// The concept of the glossary that joins the two.
    concept: Option<String>,
    /// The language by whose rules it was compared.
    language: Option<&'static str>,
    /// Where it stands.
    fields: Vec<&'static str>,
}

impl Why {
    fn new(reason: &Reason) -> Self {
        let field = |place: &Place| match place {
            Place::Title => "title",
            Place::Abstract => "abstract",
            Place::Heading => "heading",
            Place::Body => "body",
            Place::Identifier => "identifier",
            Place::Author => "author",
        };
        Self {
            typed: reason.typed.clone(),
            searched: reason.searched.clone(),
            concept: reason.concept.as_ref().map(|concept| concept.as_str().to_owned()),
            language: reason.language.map(Language::code),
            fields: reason.fields.iter().map(field).collect(),
        }
    }
}

/// A document that was found.
#[derive(Serialize, ToSchema)]
pub(super) struct Found {
    /// Its key, for `documents` and `related`.
    #[schema(example = "brief:future-vision/satellites/en")]
    key: String,
    /// Its page.
    #[schema(format = "uri")]
    url: String,
    /// The same place for programs.
    #[schema(format = "uri")]
    document: String,
    /// Its kind.
    kind: Named,
    /// The language of its text (BCP 47); `null` when it is none of the six or not known.
    #[schema(example = "en")]
    language: Option<&'static str>,
    /// Its title.
    title: MarkedText,
    /// The passage that matches best.
    passage: MarkedText,
    /// The ¶ number of that passage.
    paragraph: Option<u32>,
    /// The page of the document that passage stands on, from 1.
    page: Option<u32>,
    /// That passage on its page.
    #[schema(format = "uri")]
    passage_url: Option<String>,
    /// Where it comes from.
    source: Origin,
    /// Its date (RFC 3339).
    #[schema(format = DateTime)]
    date: String,
    /// How well it matches; comparable within one answer only.
    score: f32,
    /// Other versions of the same work that match too.
    versions: Vec<Version>,
    /// Which words it was found by.
    why: Vec<Why>,
}

impl Found {
    pub(super) fn new(site: &Site, locale: &Locale, reader: Language, hit: &Hit) -> Self {
        let path = urls::document(reader, &hit.key);
        let version = |(key, language): &(DocumentKey, Option<Language>)| {
            Version::new(site, reader, key, *language)
        };
        Self {
            key: hit.key.to_string(),
            document: site.absolute(&urls::document_of_programs(&hit.key)),
            kind: Named::new(hit.kind.code(), locale.kind(hit.kind)),
            language: hit.language.map(Language::code),
            title: MarkedText::new(&hit.title),
            passage: MarkedText::new(&hit.passage),
            paragraph: hit.paragraph,
            page: hit.passage_page,
            passage_url: urls::passage(reader, &hit.key, hit.paragraph, hit.passage_page)
                .map(|path| site.absolute(&path)),
            url: site.absolute(&path),
            source: Origin::new(hit.source.as_ref(), &hit.source_name),
            date: hit.date.rfc3339(),
            score: hit.score,
            versions: hit.versions.iter().map(version).collect(),
            why: hit.why.iter().map(Why::new).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use observatory_model::marked::Piece;

    use super::*;

    #[test]
    fn marks_are_counted_in_characters() {
        let piece = |text: &str, marked| Piece { text: text.to_owned(), marked };
        let text = Marked(vec![
            piece("l’", false),
            piece("été", true),
            piece("", true),
            piece(" 智能", true),
        ]);
        let text = MarkedText::new(&text);
        assert_eq!(text.text, "l’été 智能");
        assert_eq!(text.marks, [[2, 5], [5, 8]]);
    }
}
