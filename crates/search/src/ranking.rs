//! The first of what was found, in order: the best version of each work once.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use observatory_model::search::Cursor;
use tantivy::DocId;
use tantivy::columnar::{StrColumn, TermOrdHit};

use crate::snapshot::Snapshot;

/// Most versions of a work that are told: six languages, each in several editions.
const MOST_VERSIONS: usize = 24;

/// A document that may be shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    /// By what it is ordered first; 0 where the date alone orders.
    pub(crate) rank: f32,
    pub(crate) score: f32,
    pub(crate) date: i64,
    pub(crate) segment: usize,
    pub(crate) document: DocId,
    /// The place of its key in its segment.
    pub(crate) key: u64,
    /// 0: it stands alone.
    pub(crate) work: u64,
}

impl Candidate {
    /// Better before worse, newer before older.
    pub(crate) fn by_rank(&self, other: &Self) -> Ordering {
        other.rank.total_cmp(&self.rank).then(other.date.cmp(&self.date))
    }
}

/// Ordered within one segment, in which the places of keys are in the order of the keys; the
/// greatest is the worst.
struct Ranked(Candidate);

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.by_rank(&other.0).then(self.0.key.cmp(&other.0.key))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ranked {}

/// A document of a work that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) segment: usize,
    pub(crate) document: DocId,
    pub(crate) key: u64,
}

/// The documents of one work that match.
#[derive(Debug)]
struct Group {
    best: Candidate,
    /// One for each key of each segment.
    members: Vec<Member>,
}

/// Works by their numbers, in the order in which they were found.
#[derive(Debug, Default)]
pub(crate) struct Works {
    places: HashMap<u64, usize, Numbers>,
    groups: Vec<Group>,
}

impl Works {
    /// How many works were found.
    pub(crate) const fn len(&self) -> usize {
        self.groups.len()
    }

    /// Adds a document of a work.
    pub(crate) fn add(&mut self, candidate: Candidate) {
        let Candidate { segment, document, key, .. } = candidate;
        let member = Member { segment, document, key };
        let next = self.groups.len();
        let place = *self.places.entry(candidate.work).or_insert(next);
        let Some(group) = self.groups.get_mut(place) else {
            self.groups.push(Group { best: candidate, members: vec![member] });
            return;
        };
        let by_key = || (group.best.segment, group.best.key).cmp(&(segment, key));
        if group.best.by_rank(&candidate).then_with(by_key) == Ordering::Greater {
            group.best = candidate;
        }
        let is_new = |other: &Member| other.segment != segment || other.key != key;
        if group.members.len() < MOST_VERSIONS && group.members.iter().all(is_new) {
            group.members.push(member);
        }
    }

    /// What was found of a work.
    pub(crate) fn members(&self, work: u64) -> &[Member] {
        let group = self.places.get(&work).and_then(|place| self.groups.get(*place));
        group.map_or(&[], |group| &group.members)
    }
}

/// Works are numbered by a hash already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Numbers;

impl std::hash::BuildHasher for Numbers {
    type Hasher = Number;

    fn build_hasher(&self) -> Number {
        Number(0)
    }
}

/// The hash of numbers that are hashes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(u64);

impl std::hash::Hasher for Number {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // The multiplier of 64-bit FNV-like mixing by Knuth's golden ratio.
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// A place to go on from, in the numbers of one segment.
#[derive(Clone, Copy, Debug)]
struct After {
    place: Candidate,
    /// The first key that comes after.
    first_key: u64,
}

/// The first documents of one segment, in order.
pub(crate) struct First {
    keep: usize,
    after: Option<After>,
    heap: BinaryHeap<Ranked>,
}

impl First {
    /// At most `keep` of those after the cursor.
    ///
    /// # Errors
    /// What the engine says when a file cannot be read.
    pub(crate) fn new(
        snapshot: &Snapshot,
        segment: usize,
        cursor: Option<&Cursor>,
        keep: usize,
    ) -> tantivy::Result<Self> {
        let after = match cursor {
            None => None,
            Some(cursor) => {
                let columns = snapshot.segments.get(segment);
                let first_key = match columns.and_then(|columns| columns.keys.as_ref()) {
                    Some(keys) => first_after(keys, &cursor.key)?,
                    None => 0,
                };
                Some(After { place: place_of(cursor), first_key })
            }
        };
        Ok(Self { keep, after, heap: BinaryHeap::new() })
    }

    /// Whether a document with at most this rank may be among them.
    pub(crate) fn may_take(&self, rank: f32, date: i64) -> bool {
        if self.heap.len() < self.keep {
            return self.keep > 0;
        }
        self.heap.peek().is_none_or(|Ranked(worst)| {
            worst.rank.total_cmp(&rank).then(worst.date.cmp(&date)) != Ordering::Greater
        })
    }

    /// Offers a document.
    pub(crate) fn offer(&mut self, candidate: Candidate) {
        if let Some(after) = &self.after {
            let is_before = match candidate.by_rank(&after.place) {
                Ordering::Less => true,
                Ordering::Equal => candidate.key < after.first_key,
                Ordering::Greater => false,
            };
            if is_before {
                return;
            }
        }
        let ranked = Ranked(candidate);
        if self.heap.len() < self.keep {
            self.heap.push(ranked);
        } else if let Some(mut worst) = self.heap.peek_mut().filter(|worst| ranked < **worst) {
            *worst = ranked;
        }
    }

    /// Those that were kept.
    pub(crate) fn finish(self) -> impl Iterator<Item = Candidate> {
        self.heap.into_iter().map(|Ranked(candidate)| candidate)
    }
}

/// The place of the first key after this one.
fn first_after(keys: &StrColumn, key: &str) -> tantivy::Result<u64> {
    Ok(match keys.dictionary().term_ord_or_next(key)? {
        TermOrdHit::Exact(place) => place + 1,
        TermOrdHit::Next(place) => place,
    })
}

fn place_of(cursor: &Cursor) -> Candidate {
    let (segment, document, key, work) = (0, 0, 0, 0);
    let Cursor { score, date, .. } = *cursor;
    Candidate { rank: score, score, date: date.millis(), segment, document, key, work }
}

/// The best of all segments and works; where rank and date are the same, in the order of their keys.
///
/// # Errors
/// What the engine says when a file cannot be read.
pub(crate) fn put_in_order(
    snapshot: &Snapshot,
    alone: Vec<Candidate>,
    works: &Works,
    cursor: Option<&Cursor>,
    keep: usize,
) -> tantivy::Result<Vec<Candidate>> {
    let mut candidates = alone;
    for group in &works.groups {
        let is_after = match cursor {
            None => true,
            Some(cursor) => match group.best.by_rank(&place_of(cursor)) {
                Ordering::Less => false,
                Ordering::Equal => {
                    key_of(snapshot, group.best.segment, group.best.key)? > cursor.key
                }
                Ordering::Greater => true,
            },
        };
        if is_after {
            candidates.push(group.best);
        }
    }
    candidates.sort_by(|left, right| {
        left.by_rank(right).then(left.segment.cmp(&right.segment)).then(left.key.cmp(&right.key))
    });
    let mut done = 0;
    // Keys are only looked up where they decide: among equals from different segments.
    let same = |left: &Candidate, right: &Candidate| left.by_rank(right) == Ordering::Equal;
    for equals in candidates.chunk_by_mut(same) {
        if done >= keep {
            break;
        }
        done += equals.len();
        let one_segment =
            equals.iter().all(|one| Some(one.segment) == equals.first().map(|first| first.segment));
        if one_segment {
            continue;
        }
        let mut keyed = Vec::with_capacity(equals.len());
        for candidate in equals.iter() {
            keyed.push((key_of(snapshot, candidate.segment, candidate.key)?, *candidate));
        }
        keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
        for (place, (_, candidate)) in equals.iter_mut().zip(keyed) {
            *place = candidate;
        }
    }
    candidates.truncate(keep);
    Ok(candidates)
}

/// The text of a key.
///
/// # Errors
/// What the engine says when a file cannot be read.
pub(crate) fn key_of(snapshot: &Snapshot, segment: usize, place: u64) -> tantivy::Result<String> {
    let mut key = String::new();
    if let Some(keys) = snapshot.segments.get(segment).and_then(|columns| columns.keys.as_ref()) {
        keys.ord_to_str(place, &mut key)?;
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::{En, Fr, Zh};
    use observatory_model::search::{Order, SearchPage, SearchRequest};

    use crate::Search;
    use crate::fixture::{batch, document, index_of, number_of, piece};

    async fn page(search: &Search, request: SearchRequest) -> SearchPage {
        search.search(request).await.unwrap()
    }

    /// Entries in several segments, many of the same rank, and works between them.
    async fn many() -> (tempfile::TempDir, Search) {
        let (folder, search) = index_of(Vec::new()).await;
        for first in [0, 20, 40] {
            let mut documents: Vec<_> = (first..first + 20)
                .map(|number| {
                    let text = if number % 3 == 0 { "word word other" } else { "word of it" };
                    let mut document = document(number * 7 % 60, Some(En), "", text);
                    document.date = "2026-01-01".parse().unwrap();
                    document
                })
                .collect();
            for language in [En, Fr] {
                let mut piece = piece(&format!("p{first}"), language, "Word", &["word"]);
                piece.work = Some(format!("p{first}"));
                documents.push(piece);
            }
            search.apply(batch(documents, 1)).await.unwrap();
            search.commit().await.unwrap();
        }
        (folder, search)
    }

    #[tokio::test]
    async fn a_cursor_goes_through_everything_once_and_in_order() {
        let (_folder, search) = many().await;
        for (words, order) in [
            ("word", Order::Best),
            ("word", Order::Newest),
            ("", Order::Best),
            ("wor*", Order::Best),
        ] {
            let words = words.to_owned();
            let request = SearchRequest { words, order, per_page: Some(100), ..Default::default() };
            let all = page(&search, request.clone()).await;
            assert_eq!((all.total, all.hits.len(), &all.next), (63, 63, &None));
            let mut seen = Vec::new();
            let mut after = None;
            loop {
                let request = SearchRequest { after, per_page: Some(7), ..request.clone() };
                let page = page(&search, request).await;
                assert_eq!(page.total, 63);
                seen.extend(page.hits);
                let Some(next) = page.next else { break };
                // As text and back.
                after = Some(next.to_string().parse().unwrap());
            }
            let keys = |hits: &[observatory_model::search::Hit]| -> Vec<String> {
                hits.iter().map(|hit| hit.key.to_string()).collect()
            };
            assert_eq!(keys(&seen), keys(&all.hits), "{order:?}");
        }
    }

    #[tokio::test]
    async fn pages_tell_where_the_next_begins() {
        let (_folder, search) = many().await;
        let request = SearchRequest { words: "word".to_owned(), page: 1, ..Default::default() };
        let first = page(&search, request.clone()).await;
        let second = page(&search, SearchRequest { page: 2, ..request.clone() }).await;
        let after = page(&search, SearchRequest { after: first.next, ..request.clone() }).await;
        assert_eq!(after.hits, second.hits);
        let last = page(&search, SearchRequest { page: 4, ..request }).await;
        assert_eq!((last.hits.len(), last.next), (3, None));
    }

    #[tokio::test]
    async fn what_comes_meanwhile_hides_nothing() {
        let (_folder, search) = many().await;
        let request = SearchRequest { order: Order::Newest, ..Default::default() };
        let first = page(&search, request.clone()).await;
        let mut new = document(900, Some(En), "", "word");
        new.date = "2026-06-01".parse().unwrap();
        search.apply(batch(vec![new], 9)).await.unwrap();
        search.commit().await.unwrap();
        let next = page(&search, SearchRequest { after: first.next.clone(), ..request }).await;
        let seen: Vec<_> = first.hits.iter().chain(&next.hits).map(|hit| &hit.key).collect();
        let mut unique = seen.clone();
        unique.sort();
        unique.dedup();
        assert_eq!((unique.len(), seen.len()), (40, 40));
    }

    #[tokio::test]
    async fn a_new_entry_counts_a_little_more() {
        let entry = |number, date: &str, text: &str| {
            let mut document = document(number, Some(En), "", text);
            document.date = date.parse().unwrap();
            document
        };
        let (_folder, search) = index_of(vec![
            entry(0, "2020-01-01", "satellites in orbit"),
            entry(1, "2026-11-20", "satellites in orbit now"),
            entry(2, "2026-11-20", "ponds and things and satellites and more of what is not asked"),
        ])
        .await;
        let first = async |now: &str| -> Vec<u32> {
            let now = now.parse().unwrap();
            let words = "satellites".to_owned();
            let page = page(&search, SearchRequest { words, now, ..Default::default() }).await;
            page.hits.iter().map(|hit| number_of(&hit.key)).collect()
        };
        // Shorter is better, unless the other is new; what matches clearly worse stays behind.
        assert_eq!(first("1970-01-01").await, [0, 1, 2]);
        assert_eq!(first("2026-11-25").await, [1, 0, 2]);
        assert_eq!(first("2026-11-25T23:59:59Z").await, first("2026-11-25").await);
        assert_eq!(first("2030-11-25").await, [0, 1, 2]);
    }

    #[tokio::test]
    async fn words_side_by_side_come_first_and_find_nothing_more() {
        let (_folder, search) = index_of(vec![
            document(0, Some(En), "", "rivers of green and the red apple trees"),
            document(1, Some(En), "", "rivers of red and the green apple trees"),
            document(2, Some(En), "", "rivers of red and the green pear trees"),
        ])
        .await;
        let request = SearchRequest { words: "green apple".to_owned(), ..Default::default() };
        let page = page(&search, request).await;
        let numbers: Vec<u32> = page.hits.iter().map(|hit| number_of(&hit.key)).collect();
        assert_eq!(numbers, [1, 0]);
    }

    #[tokio::test]
    async fn words_side_by_side_count_in_a_question_too() {
        let (_folder, search) = index_of(vec![
            document(
                0,
                Some(En),
                "",
                "rivers of green and the red apple trees by a sea of the north",
            ),
            document(
                1,
                Some(En),
                "",
                "rivers of red and the green apple trees by a sea of the north",
            ),
        ])
        .await;
        let words = "in which rivers of the north does a green apple float to the sea".to_owned();
        let page = page(&search, SearchRequest { words, ..Default::default() }).await;
        let numbers: Vec<u32> = page.hits.iter().map(|hit| number_of(&hit.key)).collect();
        assert_eq!(numbers, [1, 0]);
    }

    #[tokio::test]
    async fn characters_side_by_side_count_by_their_pairs_alone() {
        // The same characters and pairs; of equals, the newest comes first.
        let (_folder, search) = index_of(vec![
            document(0, Some(Zh), "", "甲乙丙，丁"),
            document(1, Some(Zh), "", "甲乙，乙丙"),
        ])
        .await;
        let request = SearchRequest { words: "甲乙丙".to_owned(), ..Default::default() };
        let page = page(&search, request).await;
        let numbers: Vec<u32> = page.hits.iter().map(|hit| number_of(&hit.key)).collect();
        assert_eq!(numbers, [1, 0]);
    }
}
