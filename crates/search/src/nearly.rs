//! Where few documents have all the words of a search, those that lack one of them follow.

use tantivy::query::{BooleanQuery, ConstScoreQuery, Occur, Query};

use crate::query::one_of;

/// Fewest words of which one may be missing: with two, half of the search would be.
pub(crate) const FEWEST_TO_LACK_ONE: usize = 3;

/// What is added to the score of a document that has all the words, where others lack one: far more than
/// words can add up to, and a power of two, so that as little as possible of the score is rounded off.
pub(crate) const HAS_ALL: f32 = 1024.0;

/// So many of `count` words, and before those what has all.
pub(crate) fn nearly_all(
    found: Vec<Box<dyn Query>>,
    count: usize,
    needed: usize,
) -> Vec<(Occur, Box<dyn Query>)> {
    let all = (found.len() == count).then(|| {
        let each = found.iter().map(|query| (Occur::Must, query.box_clone())).collect();
        Box::new(ConstScoreQuery::new(one_of(each), HAS_ALL)) as Box<dyn Query>
    });
    let any = found.into_iter().map(|query| (Occur::Should, query)).collect();
    let most = BooleanQuery::with_minimum_required_clauses(any, needed);
    let all = all.into_iter().map(|query| (Occur::Should, query));
    std::iter::once((Occur::Must, Box::new(most) as Box<dyn Query>)).chain(all).collect()
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::{En, Zh};
    use observatory_model::search::{Note, Order, SearchRequest};

    use crate::fixture::{ask, document, index_of, index_of_texts, number_of};

    #[tokio::test]
    async fn what_lacks_one_word_comes_behind_what_has_all() {
        let long = "fast counters in many words about this and that, among them a transistor";
        let (_folder, search) = index_of(vec![
            document(0, Some(En), "", long),
            document(
                1,
                Some(En),
                "Transistor counters",
                "transistor counters, transistor counters",
            ),
            document(2, Some(En), "Transistor", "a transistor alone"),
            document(3, Some(En), "", "fast and slow counters"),
        ])
        .await;
        let now = "2026-01-06".parse().unwrap();
        let words = "fast transistor counters".to_owned();
        let request = SearchRequest { words, now, ..SearchRequest::default() };
        let page = search.search(request.clone()).await.unwrap();
        let numbers = page.hits.iter().map(|hit| number_of(&hit.key)).collect::<Vec<_>>();
        assert_eq!((numbers.as_slice(), page.total), ([0, 1, 3].as_slice(), 3));
        assert_eq!(page.notes, [Note::LackOneWord]);
        let newest = SearchRequest { order: Order::Newest, ..request.clone() };
        assert_eq!(search.search(newest).await.unwrap().total, 1, "a date tells nothing of words");
        let two = ask(&search, "fast transistor").await;
        assert_eq!((two.total, two.notes.as_slice()), (1, [].as_slice()));

        let first = SearchRequest { per_page: Some(1), ..request };
        let next = search.search(first.clone()).await.unwrap().next;
        let second = SearchRequest { after: next, ..first };
        let page = search.search(second).await.unwrap();
        assert_eq!(page.hits.iter().map(|hit| number_of(&hit.key)).collect::<Vec<_>>(), [1]);
    }

    #[tokio::test]
    async fn an_ideograph_does_not_lack() {
        let texts = [(Some(Zh), "智慧城市规划"), (Some(Zh), "智慧农村规划")];
        let (_folder, search) = index_of_texts(&texts).await;
        assert_eq!(ask(&search, "智慧城市").await.total, 1);
    }

    #[tokio::test]
    async fn in_a_question_hyphenated_words_may_stand_apart() {
        let (_folder, search) = index_of_texts(&[
            (Some(En), "a layer near the boundary"),
            (Some(En), "the boundary layer"),
            (Some(En), "flow past a plate"),
        ])
        .await;
        let question = "what happens inside their boundary-layer whenever somebody looks";
        let page = ask(&search, question).await;
        let numbers = page.hits.iter().map(|hit| number_of(&hit.key)).collect::<Vec<_>>();
        assert_eq!(numbers, [1, 0], "side by side is better");
        assert_eq!(ask(&search, "boundary-layer").await.total, 1, "a short search means it");
    }
}
