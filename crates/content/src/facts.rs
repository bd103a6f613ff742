//! The part of front matter that only the original has, and every language shares.

use observatory_model::brief::{Audience, BriefAddress, Confidence};
use observatory_model::{Institution, Language, Series, Slug, Timestamp};

use crate::fields::{Fields, Need};

const MAX_NAME_CHARS: usize = 120;

/// What front matter says that is not translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) authors: Vec<String>,
    pub(crate) institution: Option<Institution>,
    pub(crate) audience: Audience,
    pub(crate) published: Timestamp,
    pub(crate) version: u32,
    pub(crate) topics: Vec<Slug>,
    pub(crate) confidence: Option<Confidence>,
    /// Other pieces, with the lines that name them.
    pub(crate) related: Vec<(BriefAddress, usize)>,
}

/// Reads the facts; `None` when any of them is missing or wrong.
pub(crate) fn read(
    fields: &mut Fields<'_, '_>,
    series: Series,
    language: Language,
) -> Option<Facts> {
    let authors = fields.texts("authors", Need::Required, MAX_NAME_CHARS);
    let has_authors = authors.as_ref().is_some_and(|authors| !authors.is_empty());
    if authors.is_some() && !has_authors {
        fields.add("authors", "names nobody");
    }
    let institution = fields.parsed::<Institution>("institution", Need::Optional);
    let says_whom = fields.has("audience");
    let audience = fields.parsed::<Audience>("audience", Need::Optional);
    let published = fields.parsed("published", Need::Required);
    let version = fields.number("version");
    let original = fields.parsed::<Language>("original", Need::Required);
    if let Some(other) = original.filter(|original| *original != language) {
        fields.add("original", format_args!("is {other}, but this file is index.{language}.md"));
    }
    let topics = topics(fields);
    let confidence = confidence(fields, series);
    let related = related(fields);
    let facts = Facts {
        authors: authors?,
        institution,
        // What cannot be read must not make a piece public.
        audience: if says_whom { audience? } else { Audience::Public },
        published: published?,
        version: version?,
        topics: topics?,
        confidence: confidence?,
        related: related?,
    };
    (has_authors && original == Some(language)).then_some(facts)
}

fn topics(fields: &mut Fields<'_, '_>) -> Option<Vec<Slug>> {
    let names = fields.texts("topics", Need::Required, MAX_NAME_CHARS)?;
    let mut topics = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        match name.parse::<Slug>() {
            Ok(topic) if topics.contains(&topic) => {
                fields.add_to_item("topics", index, "is named twice");
            }
            Ok(topic) => topics.push(topic),
            Err(why) => fields.add_to_item("topics", index, format_args!("is {name:?}: {why}")),
        }
    }
    if names.is_empty() {
        fields.add("topics", "names none");
    }
    (!names.is_empty() && topics.len() == names.len()).then_some(topics)
}

/// How sure the authors are: `Some(None)` where a series does not say.
#[expect(
    clippy::option_option,
    reason = "the outer option says whether all is right, as elsewhere"
)]
fn confidence(fields: &mut Fields<'_, '_>, series: Series) -> Option<Option<Confidence>> {
    if !series.needs_confidence() {
        let refused = fields.has("confidence");
        fields.text("confidence", Need::Refused, MAX_NAME_CHARS);
        return (!refused).then_some(None);
    }
    let word = fields.text("confidence", Need::Required, MAX_NAME_CHARS)?;
    let found = Confidence::ALL.into_iter().find(|confidence| confidence.code() == word);
    if found.is_none() {
        fields.add("confidence", format_args!("is {word:?}: it is high, medium or low"));
    }
    found.map(Some)
}

fn related(fields: &mut Fields<'_, '_>) -> Option<Vec<(BriefAddress, usize)>> {
    let names = fields.texts("related", Need::Optional, 2 * MAX_NAME_CHARS)?;
    let mut related = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        match name.parse::<BriefAddress>() {
            Ok(address) => related.push((address, fields.line_of_item("related", index))),
            Err(misfit) => {
                fields.add_to_item("related", index, format_args!("is {name:?}: {misfit}"));
            }
        }
    }
    (related.len() == names.len()).then_some(related)
}
