//! The answer to a search on a terminal, in a pipe, and as JSON.

use std::io::{self, IsTerminal as _};

use observatory_model::change::DocumentKey;
use observatory_model::query::{Meaning, Part, SearchQuery};
use observatory_model::search::{
    AlsoSearched, Facets, Hit, Narrowing, Note, Reason, SearchPage, Ways,
};
use observatory_model::{Language, Timestamp};
use serde_json::{Value, json};

use crate::commands::Said;
use crate::output;

/// Longest title and passage of a row, in characters: a line of a wide terminal.
const MAX_CELL: usize = 110;

/// Hits for a person: in rows on a terminal, as values with tabs between them in a pipe.
pub(super) fn in_words(page: &SearchPage, explain: bool, said: Said) {
    let is_watched = io::stdout().is_terminal();
    for hit in &page.hits {
        output::result(&if is_watched { rows(hit) } else { tabbed(hit) });
        if explain {
            for reason in &hit.why {
                let reason = why(reason);
                output::result(&if is_watched {
                    format!("    {reason}")
                } else {
                    format!("\t{reason}")
                });
            }
        }
    }
    let also = |also: &AlsoSearched| {
        let labels: Vec<&str> = also.labels.iter().map(|(_, label)| label.as_str()).collect();
        format!("also searched for {}: {}", also.typed, labels.join(", "))
    };
    page.notes.iter().for_each(|note| said.tell(sentence(*note)));
    page.also.iter().for_each(|concept| said.tell(&also(concept)));
    if let Some(words) = &page.did_you_mean {
        said.tell(&format!("did you mean: {words}"));
    }
    for (narrowing, count) in &page.ways.without {
        said.tell(&format!("{count} without {}", in_one_word(narrowing)));
    }
    let pages = if page.last_page > 1 {
        format!(", page {} of {}", page.page, page.last_page)
    } else {
        String::new()
    };
    said.tell(&format!("{} found{pages}", page.total));
}

fn tabbed(hit: &Hit) -> String {
    format!(
        "{}\t{}\t{}\t{}\t{}",
        path(hit),
        hit.date.date(),
        hit.language.map_or("-", Language::code),
        output::foreign(&hit.title.text()),
        output::foreign(&hit.passage.text())
    )
}

/// A hit on a terminal: one row to choose by, and what stands there below it.
fn rows(hit: &Hit) -> String {
    let (date, language) = (hit.date.date(), hit.language.map_or("-", Language::code));
    let cell = |text: String| output::foreign(&text.chars().take(MAX_CELL).collect::<String>());
    let (title, passage) = (cell(hit.title.text()), cell(hit.passage.text()));
    let source = output::foreign(&hit.source_name);
    format!(
        "{date}  {language:<2}  {:<20}  {title}\n    {source}: {passage}\n    {}",
        hit.kind,
        path(hit)
    )
}

fn why(reason: &Reason) -> String {
    let fields: Vec<String> =
        reason.fields.iter().map(|place| format!("{place:?}").to_lowercase()).collect();
    let by = match (&reason.concept, reason.language) {
        (Some(concept), _) => format!(" ({concept})"),
        (None, Some(language)) => format!(" ({language})"),
        (None, None) => String::new(),
    };
    let searched = output::foreign(&reason.searched);
    format!("{} as {searched}{by} in {}", output::foreign(&reason.typed), fields.join(", "))
}

/// The path of a hit on the site.
fn path(hit: &Hit) -> String {
    match &hit.key {
        DocumentKey::Entry(id) => {
            let part = hit.passage_page.or(hit.paragraph).map(|number| format!("/pages/{number}"));
            format!("entries/{id}{}", part.unwrap_or_default())
        }
        DocumentKey::Brief { series, slug, language } => {
            let anchor = hit.paragraph.map(|number| format!("#p{number}")).unwrap_or_default();
            format!("{language}/{series}/{slug}{anchor}")
        }
    }
}

/// What a note says, in English as everything on the command line.
const fn sentence(note: Note) -> &'static str {
    match note {
        Note::TooLong => "note: the words were too long and were cut",
        Note::TooManyTerms => {
            "note: there were more words than are searched; the last were left out"
        }
        Note::PlainWords => {
            "note: the operators do not fit together; they were read as plain words"
        }
        Note::OnlyExclusions => "note: with words to leave out alone nothing can be found",
        Note::SomeWords => "note: nothing has all the words; these have the most of them",
        Note::LackOneWord => "note: the first have all the words; those after them lack one",
        Note::UnknownField => "note: there is no such field or value; it was read as plain words",
        Note::ManyPrefixWords => "note: a beginning stands for more words than are searched",
    }
}

const fn in_one_word(narrowing: &Narrowing) -> &'static str {
    match narrowing {
        Narrowing::Languages => "--lang",
        Narrowing::Classes => "--kind",
        Narrowing::Series => "--series",
        Narrowing::Topics => "--topic",
        Narrowing::Sources => "--source",
        Narrowing::Institutions => "--institution",
        Narrowing::Dates => "the dates",
        Narrowing::Words(_) => "a part of the words",
    }
}

/// Prints the answer, `observatory.search/1`.
pub(super) fn as_json(page: &SearchPage, words: &str, now: Timestamp) {
    let query = SearchQuery::parse(words, now);
    output::json(&json!({
        "schema": "observatory.search/1",
        "words": words,
        "understood": query.written(),
        "parts": query.parts.iter().map(part).collect::<Vec<_>>(),
        "total": page.total,
        "page": page.page,
        "last_page": page.last_page,
        "next": page.next.as_ref().map(ToString::to_string),
        "hits": page.hits.iter().map(hit).collect::<Vec<_>>(),
        "facets": facets(&page.facets),
        "notes": page.notes,
        "also": page.also.iter().map(also).collect::<Vec<_>>(),
        "did_you_mean": page.did_you_mean,
        "ways": ways(&page.ways),
    }));
}

fn part(part: &Part) -> Value {
    let (kind, value) = match &part.meaning {
        Meaning::Prefix(beginning) => ("prefix", beginning.clone()),
        Meaning::Title(words) => ("title", words.clone()),
        Meaning::Author(words) => ("author", words.clone()),
        Meaning::Identifier(identifier) => ("identifier", identifier.to_string()),
        Meaning::Filter(_) => ("filter", String::new()),
        Meaning::Year(year) => ("year", year.to_string()),
    };
    json!({
        "start": part.span.start,
        "end": part.span.end,
        "kind": kind,
        "value": value,
        "unwanted": part.is_unwanted,
    })
}

fn hit(hit: &Hit) -> Value {
    let version = |(key, language): &(DocumentKey, Option<Language>)| json!({ "key": key.to_string(), "language": language });
    json!({
        "key": hit.key.to_string(),
        "path": path(hit),
        "kind": hit.kind,
        "language": hit.language,
        "title": hit.title,
        "passage": hit.passage,
        "paragraph": hit.paragraph,
        "passage_page": hit.passage_page,
        "source": hit.source,
        "source_name": hit.source_name,
        "date": hit.date,
        "score": hit.score,
        "versions": hit.versions.iter().map(version).collect::<Vec<_>>(),
        "why": hit.why.iter().map(reason).collect::<Vec<_>>(),
    })
}

fn reason(reason: &Reason) -> Value {
    json!({
        "typed": reason.typed,
        "searched": reason.searched,
        "concept": reason.concept,
        "language": reason.language,
        "fields": reason.fields,
    })
}

fn counted<T: serde::Serialize>(values: &[(T, u64)]) -> Vec<Value> {
    values.iter().map(|(value, count)| json!({ "value": value, "count": count })).collect()
}

fn facets(facets: &Facets) -> Value {
    let source = |(slug, name, count): &(observatory_model::Slug, String, u64)| json!({ "value": slug, "name": name, "count": count });
    json!({
        "languages": counted(&facets.languages),
        "classes": counted(&facets.classes),
        "series": counted(&facets.series),
        "topics": counted(&facets.topics),
        "sources": facets.sources.iter().map(source).collect::<Vec<_>>(),
        "institutions": counted(&facets.institutions),
        "years": counted(&facets.years),
    })
}

fn also(also: &AlsoSearched) -> Value {
    let label =
        |(language, label): &(Language, String)| json!({ "language": language, "label": label });
    json!({
        "typed": also.typed,
        "concept": also.concept,
        "labels": also.labels.iter().map(label).collect::<Vec<_>>(),
    })
}

fn ways(ways: &Ways) -> Value {
    let without = |(narrowing, count): &(Narrowing, u64)| {
        let span = if let Narrowing::Words(span) = narrowing { Some(span) } else { None };
        json!({ "without": in_one_word(narrowing), "span": span, "count": count })
    };
    json!({
        "without": ways.without.iter().map(without).collect::<Vec<_>>(),
        "languages": counted(&ways.languages),
        "concept": ways.concept,
    })
}
