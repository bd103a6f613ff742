//! What readers could choose further, from what a pass has counted.

use observatory_model::Slug;
use observatory_model::document::{Class, Kind};
use observatory_model::search::{Facets, SearchRequest};

use crate::schema::{language_of, set_of};
use crate::snapshot::{Snapshot, Values, source_of};
use crate::tally::Tally;

/// Most topics, sources and institutions that are told.
const MOST_TOLD: usize = 20;

/// Most years that are told.
const MOST_YEARS: usize = 30;

/// The facets of a pass. What was chosen is told even when nothing is left of it: to be taken back.
pub(crate) fn facets(snapshot: &Snapshot, request: &SearchRequest, tally: &Tally) -> Facets {
    let languages = (0..).zip(tally.languages).filter(|&(set, count)| {
        let mut chosen = request.languages.iter();
        count > 0 || chosen.any(|language| set_of(Some(*language)) == set)
    });
    let classes = Class::ALL.into_iter().zip(tally.classes);
    let series = Kind::ALL.into_iter().zip(tally.series);
    let series = series.filter_map(|(kind, count)| kind.series().map(|series| (series, count)));
    let years = tally.years().filter(|(year, count)| *count > 0 || request.years.contains(year));
    let mut years: Vec<(i32, u64)> = years.collect();
    // Chosen ones first, so that they are told, then in their order again.
    years.sort_by_key(|(year, _)| !request.years.contains(year));
    years.truncate(MOST_YEARS.max(request.years.len()));
    years.sort_by_key(|(year, _)| std::cmp::Reverse(*year));
    Facets {
        languages: languages.map(|(set, count)| (language_of(set), count)).collect(),
        classes: classes
            .filter(|(class, count)| *count > 0 || request.classes.contains(class))
            .collect(),
        series: series
            .filter(|(series, count)| *count > 0 || request.series.contains(series))
            .collect(),
        topics: told(&snapshot.topics, &tally.topics, &slugs(&request.topics))
            .into_iter()
            .filter_map(|(topic, count)| Some((topic.parse().ok()?, count)))
            .collect(),
        sources: sources(snapshot, request, tally),
        institutions: told(&snapshot.institutions, &tally.institutions, &request.institutions),
        years,
    }
}

fn slugs(slugs: &[Slug]) -> Vec<String> {
    slugs.iter().map(ToString::to_string).collect()
}

/// The values with the most documents, and the chosen ones.
fn told(values: &Values, counts: &[u64], chosen: &[String]) -> Vec<(String, u64)> {
    let all = values.iter().zip(counts).map(|(value, count)| (value.to_owned(), *count));
    let mut all: Vec<(String, u64)> = all.filter(|(_, count)| *count > 0).collect();
    // What no document has any more may be chosen too.
    for value in chosen {
        if all.iter().all(|(other, _)| other != value) {
            all.push((value.clone(), 0));
        }
    }
    most(all, |(value, _)| chosen.contains(value))
}

/// The first in the order of their counts, the chosen ones among them.
fn most(
    mut all: Vec<(String, u64)>,
    is_chosen: impl Fn(&(String, u64)) -> bool,
) -> Vec<(String, u64)> {
    let by_count =
        |left: &(String, u64), right: &(String, u64)| (right.1, &left.0).cmp(&(left.1, &right.0));
    let by_choice = |left: &(String, u64), right: &(String, u64)| {
        is_chosen(right).cmp(&is_chosen(left)).then_with(|| by_count(left, right))
    };
    all.sort_by(by_choice);
    all.truncate(MOST_TOLD);
    all.sort_by(by_count);
    all
}

fn sources(
    snapshot: &Snapshot,
    request: &SearchRequest,
    tally: &Tally,
) -> Vec<(Slug, String, u64)> {
    let is_chosen = |slug: &str| request.sources.iter().any(|chosen| chosen.as_str() == slug);
    let mut all: Vec<(String, u64)> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    // A source that has changed its name stands side by side with itself, as labels are sorted.
    for (label, count) in snapshot.sources.iter().zip(&tally.sources) {
        let Some((slug, name)) = source_of(label) else { continue };
        if let Some((_, sum)) = all.last_mut().filter(|(last, _)| last == slug) {
            *sum += count;
        } else {
            all.push((slug.to_owned(), *count));
            names.push(name.to_owned());
        }
    }
    let name_of: std::collections::BTreeMap<String, String> =
        all.iter().map(|(slug, _)| slug.clone()).zip(names).collect();
    all.retain(|(slug, count)| *count > 0 || is_chosen(slug));
    let all = most(all, |(slug, _)| is_chosen(slug));
    let source = |(slug, count): (String, u64)| {
        let name = name_of.get(&slug).cloned().unwrap_or_default();
        Some((slug.parse().ok()?, name, count))
    };
    all.into_iter().filter_map(source).collect()
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::{En, Fr};
    use observatory_model::Series;
    use observatory_model::document::Class;
    use observatory_model::search::SearchRequest;

    use crate::fixture::{document, index_of, piece, slug};

    #[tokio::test]
    async fn every_facet_counts_without_its_own_choice_and_with_the_others() {
        let mut documents = Vec::new();
        for number in 0..12 {
            let mut document = document(number, Some(En), "", "word");
            document.topics = vec![slug("data")];
            if number % 2 == 0 {
                document.topics.push(slug("cities"));
            }
            document.institution = (number % 3 == 0).then(|| "World Bank".to_owned());
            let year = if number < 4 { "2024-03-01" } else { "2025-03-01" };
            document.date = year.parse().unwrap();
            documents.push(document);
        }
        documents.push(piece("a", Fr, "Word", &["word"]));
        let (_folder, search) = index_of(documents).await;
        let request = SearchRequest { words: "word".to_owned(), ..Default::default() };
        let all = search.search(request.clone()).await.unwrap();
        let facets = &all.facets;
        assert_eq!(facets.topics, [(slug("data"), 12), (slug("cities"), 6)]);
        assert_eq!(facets.institutions, [("World Bank".to_owned(), 4)]);
        assert_eq!(facets.years, [(2025, 9), (2024, 4)]);
        assert_eq!(facets.classes, [(Class::Piece, 1), (Class::Entry, 12)]);
        assert_eq!(facets.series, [(Series::FutureVision, 1)]);

        let chosen = SearchRequest {
            topics: vec![slug("cities"), slug("gone")],
            years: vec![2024, 1999],
            institutions: vec!["World Bank".to_owned(), "Gone".to_owned()],
            ..request.clone()
        };
        let page = search.search(chosen).await.unwrap();
        // 0 only: 2024 are 0 to 3, cities are even, the bank has 0 and 3.
        assert_eq!(page.total, 1);
        assert_eq!(page.facets.topics, [(slug("data"), 2), (slug("cities"), 1), (slug("gone"), 0)]);
        assert_eq!(page.facets.years, [(2025, 1), (2024, 1), (1999, 0)]);
        let institutions = [("World Bank".to_owned(), 1), ("Gone".to_owned(), 0)];
        assert_eq!(page.facets.institutions, institutions);
        assert_eq!(page.facets.languages, [(Some(En), 1)]);

        let either =
            SearchRequest { topics: vec![slug("cities"), slug("data")], ..request.clone() };
        assert_eq!(search.search(either).await.unwrap().total, 12);
        let piece = SearchRequest { series: vec![Series::FutureVision], ..request };
        let piece = search.search(piece).await.unwrap();
        assert_eq!(
            (piece.total, piece.facets.classes.as_slice()),
            (1, [(Class::Piece, 1)].as_slice())
        );
    }
}
