//! The search for programs.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use observatory_model::Language;
use observatory_model::asked::Asked;
use observatory_model::search::{AlsoSearched, Facets, Note, SearchPage, SearchRequest};
use serde::Serialize;
use utoipa::ToSchema;

use super::list;
use super::nouns::Found;
use super::parameters::{OF_SEARCH, PAGES, Parameters};
use super::problem::{ApiError, Problem};
use crate::cache::Policy;
use crate::locale::Locale;
use crate::state::Site;
use crate::urls;

/// The answer to a search.
#[derive(Serialize, ToSchema)]
pub(crate) struct SearchAnswer {
    /// The name and version of this form.
    #[schema(example = "observatory.search/1")]
    schema: &'static str,
    /// The search as it was understood: the query string of its page.
    query: String,
    /// The same search as a page for people.
    #[schema(format = "uri")]
    page: String,
    /// How many documents match; versions of one work count once.
    total: u64,
    /// The documents, in order.
    hits: Vec<Found>,
    /// The address of the hits that follow; `null` after the last.
    #[schema(format = "uri")]
    next: Option<String>,
    /// Counts of what could be chosen further.
    facets: FacetCounts,
    /// What was done with the words that may not be expected: `too-long`, `too-many-terms`,
    /// `plain-words`, `only-exclusions`, `some-words`, `unknown-field`, `many-prefix-words`.
    #[schema(value_type = Vec<String>)]
    notes: Vec<Note>,
    /// Concepts of the glossary that were also searched by their other names.
    also: Vec<Also>,
    /// Words that would find something, where these find little or nothing.
    did_you_mean: Option<String>,
}

/// Matches per value of each filter, each counted as if nothing was chosen in its own filter.
#[derive(Serialize, ToSchema)]
pub(crate) struct FacetCounts {
    /// By language; `null` stands for all other languages.
    lang: Vec<Count>,
    /// By kind.
    kind: Vec<Count>,
    /// By series, pieces only.
    series: Vec<Count>,
    /// By topic.
    topic: Vec<Count>,
    /// By source.
    source: Vec<Count>,
    /// By institution.
    institution: Vec<Count>,
    /// By year.
    year: Vec<Count>,
}

/// How many documents have a value.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are those of the answer")]
pub(crate) struct Count {
    /// The value, as the parameter of the same name takes it.
    value: Option<String>,
    /// What it is called in the language of `hl`.
    label: String,
    /// How many.
    count: u64,
}

/// A concept that was also searched by its other names.
#[derive(Serialize, ToSchema)]
pub(crate) struct Also {
    /// The words of the search that name it.
    typed: String,
    /// Its word in the glossary.
    concept: String,
    /// The other names.
    labels: Vec<Label>,
}

/// A name in a language.
#[derive(Serialize, ToSchema)]
pub(crate) struct Label {
    /// The language (BCP 47).
    language: &'static str,
    /// The name.
    text: String,
}

impl Label {
    pub(super) fn new(language: Language, text: &str) -> Self {
        Self { language: language.code(), text: text.to_owned() }
    }
}

/// Searches everything that is published and every entry of the sources.
#[utoipa::path(
    get,
    path = "/api/v1/search",
    operation_id = "search",
    params(
        ("q" = Option<String>, Query, description = "The words, at most 512 bytes; with \"phrases\", -excluded words, field:value, OR, ( ). Empty: everything that the filters leave, the newest first."),
        ("lang" = Option<Vec<String>>, Query, description = "Only these languages: ar, zh, en, fr, ru, es."),
        ("kind" = Option<Vec<String>>, Query, description = "Only these kinds: piece, paper, entry."),
        ("series" = Option<Vec<String>>, Query, description = "Only pieces of these series."),
        ("topic" = Option<Vec<String>>, Query, description = "Only what is about one of these topics."),
        ("source" = Option<Vec<String>>, Query, description = "Only these sources."),
        ("institution" = Option<Vec<String>>, Query, description = "Only these institutions, by name."),
        ("year" = Option<Vec<String>>, Query, description = "Only these years."),
        ("from" = Option<String>, Query, description = "The first day: 2025, 2025-03 or 2025-03-31."),
        ("until" = Option<String>, Query, description = "The last day, which is part of it."),
        ("order" = Option<String>, Query, description = "best (as usual) or newest."),
        ("across" = Option<String>, Query, description = "off: only with the words as typed, without their names in other languages."),
        ("page" = Option<u32>, Query, description = "A page, 1–50; `after` goes further and repeats nothing."),
        ("limit" = Option<u32>, Query, description = "Hits of an answer, 1–100; 20 as usual."),
        ("after" = Option<String>, Query, description = "The place to go on from, as `next` has it."),
        ("hl" = Option<String>, Query, description = "The language of labels; en as usual."),
    ),
    responses(
        (status = 200, description = "The answer.", body = SearchAnswer),
        (status = 304, description = "The answer has not changed since `If-None-Match`."),
        (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too much is going on; see `Retry-After`.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn search(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let query = query.unwrap_or_default();
    let parameters = Parameters::read(&query, OF_SEARCH)?;
    parameters.check_filters()?;
    let asked = Asked::parse(&query);
    let request = SearchRequest {
        page: parameters.number("page", &PAGES)?.unwrap_or(1),
        per_page: Some(parameters.limit()?),
        after: parameters.after()?,
        ..asked.request(site.now())
    };
    let found = site.search().search(request).await?;
    let answer = answer(&site, &parameters, &asked, &found);
    Ok(list(Policy::Search, &answer, answer.next.as_deref()))
}

fn answer(site: &Site, parameters: &Parameters, asked: &Asked, found: &SearchPage) -> SearchAnswer {
    let (locale, language) = (parameters.locale(), parameters.language);
    let next = |after: &observatory_model::search::Cursor| {
        let path = parameters.next(&urls::search_of_programs(""), &after.to_string());
        site.absolute(&path)
    };
    let query = asked.on_page(1).query();
    SearchAnswer {
        schema: "observatory.search/1",
        page: site.absolute(&urls::search(language, &query)),
        query,
        total: found.total,
        hits: found.hits.iter().map(|hit| Found::new(site, locale, language, hit)).collect(),
        next: found.next.as_ref().map(next),
        facets: facets(locale, language, &found.facets),
        notes: found.notes.clone(),
        also: found.also.iter().map(also).collect(),
        did_you_mean: found.did_you_mean.clone(),
    }
}

fn also(also: &AlsoSearched) -> Also {
    Also {
        typed: also.typed.clone(),
        concept: also.concept.as_str().to_owned(),
        labels: also.labels.iter().map(|(language, text)| Label::new(*language, text)).collect(),
    }
}

fn facets(locale: &Locale, reader: Language, facets: &Facets) -> FacetCounts {
    let count = |value: &str, label: &str, count: u64| Count {
        value: Some(value.to_owned()),
        label: label.to_owned(),
        count,
    };
    let of_language = |(language, number): &(Option<Language>, u64)| match language {
        Some(language) => count(language.code(), locale.language(*language), *number),
        None => {
            Count { value: None, label: locale.say("language.rest").to_owned(), count: *number }
        }
    };
    let topic = |topic| crate::concepts::topic(locale, reader, topic);
    FacetCounts {
        lang: facets.languages.iter().map(of_language).collect(),
        kind: facets.classes.iter().map(|(c, n)| count(c.code(), locale.class(*c), *n)).collect(),
        series: facets.series.iter().map(|(s, n)| count(s.slug(), locale.series(*s), *n)).collect(),
        topic: facets.topics.iter().map(|(t, n)| count(t.as_str(), &topic(t), *n)).collect(),
        source: facets.sources.iter().map(|(s, name, n)| count(s.as_str(), name, *n)).collect(),
        institution: facets.institutions.iter().map(|(name, n)| count(name, name, *n)).collect(),
        year: facets
            .years
            .iter()
            .map(|(year, n)| count(&year.to_string(), &year.to_string(), *n))
            .collect(),
    }
}
