//! Ways on from a search that found nothing. Each is counted before it is told.

use observatory_model::glossary::Concept;
use observatory_model::query::{Meaning, SearchQuery};
use observatory_model::search::{Narrowing, SearchPage, SearchRequest, Ways};

use crate::error::SearchError;
use crate::labels::nearest;

/// Most filters in the words that are tried: each costs a search.
const MOST_TYPED: usize = 5;

/// A search that is counted.
pub(crate) type Count<'a> = dyn Fn(&SearchRequest) -> Result<SearchPage, SearchError> + 'a;

/// The ways on from a search. When the time is over, those that were counted until then.
///
/// # Errors
/// [`SearchError::Unavailable`] when the index cannot be read.
pub(crate) fn ways(
    request: &SearchRequest,
    query: &SearchQuery,
    count: &Count<'_>,
) -> Result<Ways, SearchError> {
    let mut ways = Ways { concept: concept(request, query), ..Ways::default() };
    let first = SearchRequest { page: 1, per_page: Some(1), after: None, ..request.clone() };
    for (narrowing, wider) in wider(&first, query) {
        match count(&wider) {
            Ok(page) if page.total > 0 => ways.without.push((narrowing, page.total)),
            Ok(_) => {}
            Err(SearchError::TooSlow) => return Ok(ways),
            Err(error) => return Err(error),
        }
    }
    ways.without.sort_by_key(|(_, total)| std::cmp::Reverse(*total));
    // Without a filter there is nothing to be taken off: it was counted already.
    if first != unfiltered(&first) || !typed_filters(query).is_empty() {
        let words = without_parts(&first.words, query);
        match count(&SearchRequest { words, ..unfiltered(&first) }) {
            Ok(page) => {
                let found = page.facets.languages.into_iter();
                ways.languages = found.filter(|(_, count)| *count > 0).collect();
            }
            Err(SearchError::TooSlow) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(ways)
}

/// The same search without each of its filters.
fn wider(request: &SearchRequest, query: &SearchQuery) -> Vec<(Narrowing, SearchRequest)> {
    let chosen = [
        (Narrowing::Languages, SearchRequest { languages: Vec::new(), ..request.clone() }),
        (Narrowing::Classes, SearchRequest { classes: Vec::new(), ..request.clone() }),
        (Narrowing::Series, SearchRequest { series: Vec::new(), ..request.clone() }),
        (Narrowing::Topics, SearchRequest { topics: Vec::new(), ..request.clone() }),
        (Narrowing::Sources, SearchRequest { sources: Vec::new(), ..request.clone() }),
        (Narrowing::Institutions, SearchRequest { institutions: Vec::new(), ..request.clone() }),
        (
            Narrowing::Dates,
            SearchRequest { years: Vec::new(), from: None, before: None, ..request.clone() },
        ),
    ];
    let mut wider: Vec<_> = chosen.into_iter().filter(|(_, wider)| wider != request).collect();
    for span in typed_filters(query) {
        if let Some(words) = without(&request.words, span) {
            let request = SearchRequest { words, ..request.clone() };
            wider.push((Narrowing::Words(span.clone()), request));
        }
    }
    wider
}

/// Where the filters stand in the words.
fn typed_filters(query: &SearchQuery) -> Vec<&std::ops::Range<usize>> {
    let filters = query.parts.iter().filter(|part| matches!(part.meaning, Meaning::Filter(_)));
    filters.map(|part| &part.span).take(MOST_TYPED).collect()
}

/// The search with nothing chosen.
fn unfiltered(request: &SearchRequest) -> SearchRequest {
    SearchRequest {
        words: request.words.clone(),
        order: request.order,
        only_typed: request.only_typed,
        page: request.page,
        per_page: request.per_page,
        now: request.now,
        ..SearchRequest::default()
    }
}

fn without(words: &str, span: &std::ops::Range<usize>) -> Option<String> {
    Some(format!("{} {}", words.get(..span.start)?, words.get(span.end..)?).trim().to_owned())
}

/// The words without their filters.
fn without_parts(words: &str, query: &SearchQuery) -> String {
    let mut spans = typed_filters(query);
    spans.sort_by_key(|span| std::cmp::Reverse(span.start));
    let mut rest = words.to_owned();
    for span in spans {
        rest = without(&rest, span).unwrap_or(rest);
    }
    rest
}

fn concept(request: &SearchRequest, query: &SearchQuery) -> Option<observatory_model::Slug> {
    let near: Option<&'static Concept> = nearest(&without_parts(&request.words, query));
    near.map(|concept| concept.name.clone())
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::{En, Fr};
    use observatory_model::document::Class;

    use super::*;
    use crate::fixture::{document, index_of, slug};

    #[tokio::test]
    async fn each_filter_is_taken_off_and_counted() {
        let (_folder, search) = index_of(vec![
            document(0, Some(En), "Satellites", "fly"),
            document(1, Some(En), "Satellites", "fly"),
            document(2, Some(Fr), "Satellites", "volent"),
        ])
        .await;
        let request = SearchRequest {
            words: "satellites kind:entry lang:fr".to_owned(),
            languages: vec![En],
            classes: vec![Class::Entry],
            sources: vec![slug("en")],
            now: "2026-11-25".parse().unwrap(),
            ..SearchRequest::default()
        };
        let page = search.search(request.clone()).await.unwrap();
        assert_eq!(page.total, 0);
        // Without lang:fr both English ones; without languages still the source of the English ones.
        assert_eq!(page.ways.without, [(Narrowing::Words(22..29), 2)]);
        assert_eq!(page.ways.languages, [(Some(En), 2), (Some(Fr), 1)]);
        let found = SearchRequest { words: "satellites".to_owned(), ..request };
        assert_eq!(search.search(found).await.unwrap().ways, Ways::default());
    }

    #[tokio::test]
    async fn the_concept_that_the_words_resemble_is_told() {
        let (_folder, search) = index_of(vec![document(0, Some(En), "Satellites", "fly")]).await;
        for (words, concept) in [
            ("artifical inteligence", Some("artificial-intelligence")),
            ("neuronal networks", Some("neural-network")),
            ("zebra", None),
        ] {
            let request = SearchRequest { words: words.to_owned(), ..SearchRequest::default() };
            let page = search.search(request).await.unwrap();
            let told = page.ways.concept;
            assert_eq!(told.as_ref().map(observatory_model::Slug::as_str), concept, "{words}");
        }
    }
}
