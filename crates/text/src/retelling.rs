//! Whether two entries tell one story: by what they are known by, and by their words.
//!
//! What is said here holds for pairs. Bulletins of earthquakes, floods or prices are written from one
//! form, and what tells them apart are their numbers and names: that most of their words agree is not
//! enough.

use std::collections::BTreeSet;

use observatory_model::identifier::Scheme;
use observatory_model::story::{Likeness, Marks, SameBy, Wording};
use observatory_model::{SourceId, Timestamp, WebAddress};

use crate::likeness::{ALIKE, FEWEST_SHINGLES, Shingles, number, words};

/// Days between two tellings of one story, where only its words say that it is one: what is said again
/// after a month is a notice that recurs.
const WINDOW_DAYS: i64 = 30;

/// The same where there is little more than a title.
const SHORT_WINDOW_DAYS: i64 = 3;

/// Fewest words of a title and text that are compared word for word.
const FEWEST_WORDS: usize = 8;

/// From so many shingles on, a text is long: it may differ in a number, and word for word the same it
/// is the same at any time.
const LONG: usize = 60;

/// From so many shingles on, a text may stand under another title: that of a shorter one may be what
/// stands under everything ("This article is for subscribers").
const VERY_LONG: usize = 100;

/// Share of numbers that two long texts have in common at least.
const SAME_NUMBERS: f64 = 0.8;

/// Likeness of two texts of one source from which they are one: a source has forms of its own.
const ALIKE_AT_HOME: f64 = 0.9;

/// Likeness from which two entries at one doubtful address are the same.
const ALIKE_AT_AN_ADDRESS: f64 = 0.5;

/// Fewest characters of a title that counts where it stands within another one.
const FEWEST_TITLE_CHARACTERS: usize = 16;

/// An entry as it is compared with others.
#[derive(Clone, Debug)]
pub struct Retelling {
    source: SourceId,
    seen: Timestamp,
    published: Option<Timestamp>,
    title: String,
    title_numbers: BTreeSet<String>,
    numbers: BTreeSet<String>,
    body: Shingles,
    known_by: BTreeSet<String>,
    marks: Marks,
}

impl Retelling {
    /// Reads what an entry says.
    pub fn of(wording: &Wording) -> Self {
        let (title_words, body_words) = (words(&wording.title), words(&wording.text));
        let body = Shingles::of_words(&body_words);
        let title = title_words.joined().to_owned();
        let whole = format!("{title}\n{}", body_words.joined());
        let (mut doi, mut arxiv, mut known_by) = (None, None, BTreeSet::new());
        for identifier in &wording.identifiers {
            let value = identifier.value.as_str();
            match (identifier.scheme, value.strip_prefix("10.48550/arxiv.")) {
                // arXiv registers its own papers there.
                (Scheme::Doi, Some(paper)) => {
                    arxiv = arxiv.or(Some(number(&format!("arxiv:{paper}"))));
                }
                (Scheme::Arxiv, _) => arxiv = arxiv.or(Some(number(&format!("arxiv:{value}")))),
                (Scheme::Doi, None) => {
                    known_by.insert(value.to_owned());
                    doi = doi.or(Some(number(&format!("doi:{value}"))));
                }
                (Scheme::Orcid | Scheme::Ror | Scheme::Issn | Scheme::Symbol, _) => {}
            }
        }
        let address = wording.url.as_ref().and_then(address).map(|key| number(&key));
        let is_long_enough = title_words.len() + body_words.len() >= FEWEST_WORDS;
        let known = format!("{doi:?} {arxiv:?} {address:?} {known_by:?}");
        let date = wording.published.map(Timestamp::millis);
        let print = number(&format!("{} {date:?} {known}\n{whole}", wording.source));
        Self {
            source: wording.source,
            seen: wording.first_seen,
            published: wording.published,
            title_numbers: numbers(&wording.title),
            numbers: numbers(&whole),
            marks: Marks {
                print,
                address,
                doi,
                arxiv,
                words: is_long_enough.then(|| number(&whole)),
                bands: body.bands(),
            },
            title,
            body,
            known_by,
        }
    }

    /// Under what it is filed.
    pub const fn marks(&self) -> &Marks {
        &self.marks
    }

    /// What it has in common with another entry, if that makes them one story; the most certain first.
    ///
    /// `is_doubtful` says of a key that different stories have it, so that it alone says nothing.
    pub fn same(&self, other: &Self, is_doubtful: impl Fn(SameBy) -> bool) -> Option<Likeness> {
        let both = |left: Option<u64>, right: Option<u64>| left.is_some() && left == right;
        let (mine, others) = (&self.marks, &other.marks);
        let keys = [
            (SameBy::Doi, both(mine.doi, others.doi)),
            (SameBy::Arxiv, both(mine.arxiv, others.arxiv)),
            (SameBy::Address, both(mine.address, others.address)),
        ];
        for (by, is_same) in keys {
            let is_work = by != SameBy::Address;
            if is_same && (is_work || !self.contradicts(other)) {
                let is_plain = !is_doubtful(by) && !self.came_together(other);
                if is_plain || self.speaks_of_the_same(other) {
                    return Some(Likeness::whole(by));
                }
            }
        }
        if self.contradicts(other) { None } else { self.same_words(other) }
    }

    /// Whether both were brought by one answer of one source: by its own word they are two.
    fn came_together(&self, other: &Self) -> bool {
        self.source == other.source && self.seen == other.seen
    }

    fn speaks_of_the_same(&self, other: &Self) -> bool {
        let is_alike = self.body.likeness(&other.body) >= ALIKE_AT_AN_ADDRESS;
        self.title_numbers == other.title_numbers && (self.title == other.title || is_alike)
    }

    /// Whether both have DOIs and none in common.
    fn contradicts(&self, other: &Self) -> bool {
        let (mine, others) = (&self.known_by, &other.known_by);
        !mine.is_empty() && !others.is_empty() && mine.is_disjoint(others)
    }

    fn same_words(&self, other: &Self) -> Option<Likeness> {
        let shorter = self.body.len().min(other.body.len());
        if self.marks.words.is_some() && self.marks.words == other.marks.words {
            let is_near = match shorter {
                LONG.. => true,
                FEWEST_SHINGLES.. => self.within(other, WINDOW_DAYS),
                _ => self.source != other.source && self.within(other, SHORT_WINDOW_DAYS),
            };
            return is_near.then(|| Likeness::whole(SameBy::Words));
        }
        let likeness = self.body.likeness(&other.body);
        let is_one = likeness >= ALIKE
            && self.within(other, WINDOW_DAYS)
            && self.same_numbers(other, shorter)
            && if self.source == other.source {
                likeness >= ALIKE_AT_HOME && self.same_title(other)
            } else {
                self.same_title(other)
                    || (shorter >= VERY_LONG && self.body.missing(&other.body) <= 2)
            };
        is_one.then(|| Likeness { by: SameBy::Alike, percent: percent(likeness) })
    }

    /// Whether both were published within so many days; where one has no date, that is not known, and
    /// nothing speaks against it.
    fn within(&self, other: &Self, days: i64) -> bool {
        let (Some(mine), Some(others)) = (self.published, other.published) else { return true };
        (mine.millis() - others.millis()).abs() <= days * 86_400_000
    }

    fn same_numbers(&self, other: &Self, shorter: usize) -> bool {
        if self.title_numbers != other.title_numbers {
            return false;
        }
        if shorter < LONG {
            return self.numbers == other.numbers;
        }
        let common = count(self.numbers.intersection(&other.numbers).count());
        let all = count(self.numbers.union(&other.numbers).count());
        common >= SAME_NUMBERS * all
    }

    /// Whether the titles are the same, or one is a part of the other (with the name of a site behind).
    fn same_title(&self, other: &Self) -> bool {
        let (shorter, longer) = if self.title.len() <= other.title.len() {
            (&self.title, &other.title)
        } else {
            (&other.title, &self.title)
        };
        // Of Chinese, half as many characters say as much; its words here are pairs of them.
        shorter == longer
            || (shorter.chars().count() >= FEWEST_TITLE_CHARACTERS
                && (longer.starts_with(shorter.as_str()) || longer.ends_with(shorter.as_str())))
    }
}

/// The key of an address: canonical, with its fragment, since a long page has an entry for each of its
/// parts. `None` for the beginning of a site, which is the address of everything.
fn address(url: &WebAddress) -> Option<String> {
    let parts = url.url();
    if parts.path().trim_matches('/').is_empty() && parts.query().is_none() {
        return None;
    }
    let fragment = parts.fragment().unwrap_or_default();
    Some(format!("{}#{fragment}", url.canonical()))
}

/// The numbers in a text, with their decimals: `6.4` is one.
fn numbers(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_numeric() || matches!(c, '.' | ',');
    let mut numbers = BTreeSet::new();
    let mut rest = text;
    while let Some((_, found)) = rest.find(is_part).and_then(|at| rest.split_at_checked(at)) {
        let end = found.find(|c: char| !is_part(c)).unwrap_or(found.len());
        let (run, after) = found.split_at_checked(end).unwrap_or((found, ""));
        let run = run.trim_matches(['.', ',']);
        if !run.is_empty() {
            numbers.insert(run.to_owned());
        }
        rest = after;
    }
    numbers
}

#[expect(clippy::cast_precision_loss, reason = "at most some thousand numbers")]
fn count(number: usize) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share between 0 and 1 becomes 0 to 100"
)]
fn percent(likeness: f64) -> u8 {
    (likeness.clamp(0.0, 1.0) * 100.0).floor() as u8
}

#[cfg(test)]
mod tests {
    use observatory_model::EntryId;
    use observatory_model::identifier::Identifier;

    use super::*;

    const TEXT: &str = "The Council of the Union opened its session in Geneva on Tuesday with a debate \
        about connectivity for schools in rural districts. Delegates of forty States asked how \
        satellites could help, and what they would cost.";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::EPOCH.plus_seconds(seconds)
    }

    fn entry(source: i64, title: &str, text: &str) -> Wording {
        Wording {
            entry: EntryId::new(at(0)),
            source: format!("00000000-0000-7000-8000-{source:012}").parse().unwrap(),
            first_seen: at(0),
            url: None,
            title: title.to_owned(),
            text: text.to_owned(),
            published: Some(at(0)),
            identifiers: Vec::new(),
        }
    }

    fn with(mut entry: Wording, url: &str, identifiers: &[&str]) -> Wording {
        entry.url = (!url.is_empty()).then(|| url.parse().unwrap());
        let read = |text: &&str| Identifier::parse(text).unwrap();
        entry.identifiers = identifiers.iter().map(read).collect();
        entry
    }

    fn same(left: &Wording, right: &Wording) -> Option<(SameBy, u8)> {
        let (left, right) = (Retelling::of(left), Retelling::of(right));
        let found = left.same(&right, |_| false);
        assert_eq!(found, right.same(&left, |_| false), "it is the same from both sides");
        found.map(|likeness| (likeness.by, likeness.percent))
    }

    #[test]
    fn keys_make_one_story_whatever_the_words() {
        let one = |source, url, ids: &[&str]| with(entry(source, "One", ""), url, ids);
        let two = |source, url, ids: &[&str]| with(entry(source, "Deux", ""), url, ids);
        let doi = ["doi:10.1000/182"];
        assert_eq!(same(&one(1, "", &doi), &two(2, "", &doi)), Some((SameBy::Doi, 100)));
        let preprint = one(1, "", &["arXiv:1804.08333"]);
        let registered = two(2, "", &["doi:10.48550/arXiv.1804.08333"]);
        assert_eq!(same(&preprint, &registered), Some((SameBy::Arxiv, 100)));
        let page = one(1, "https://www.example.org/a/?utm_source=x", &[]);
        assert_eq!(same(&page, &two(2, "http://example.org/a", &[])), Some((SameBy::Address, 100)));
        assert_eq!(same(&page, &two(2, "http://example.org/a#part", &[])), None);
        let home = "https://example.org/";
        assert_eq!(same(&one(1, home, &[]), &two(2, home, &[])), None, "the address of everything");
        let other = two(2, "http://example.org/a", &["doi:10.1000/183"]);
        assert_eq!(same(&one(1, "http://example.org/a", &doi), &other), None, "two works");
    }

    #[test]
    fn what_one_answer_brings_is_not_one_for_its_address() {
        let url = "https://example.org/news";
        let (first, second) =
            (with(entry(1, "One", ""), url, &[]), with(entry(1, "Two", ""), url, &[]));
        assert_eq!(same(&first, &second), None);
        let mut later = second;
        later.first_seen = at(60);
        assert_eq!(same(&first, &later), Some((SameBy::Address, 100)), "a changed title");
        let (first, later) = (Retelling::of(&first), Retelling::of(&later));
        assert_eq!(first.same(&later, |by| by == SameBy::Address), None);
    }

    #[test]
    fn words_make_one_story_within_their_time() {
        let first = entry(1, "Council opens", TEXT);
        assert_eq!(same(&first, &entry(2, "COUNCIL OPENS", TEXT)), Some((SameBy::Words, 100)));
        let more = entry(2, "Council opens", &format!("{TEXT} Read more."));
        let (by, percent) = same(&first, &more).unwrap();
        assert!(by == SameBy::Alike && (90..100).contains(&percent), "{percent}");
        let mut late = more.clone();
        late.published = Some(at(40 * 86_400));
        assert_eq!(same(&first, &late), None, "it recurs");
        late.published = None;
        assert!(same(&first, &late).is_some(), "nothing speaks against it");
        assert_eq!(same(&first, &entry(2, "Council closes", TEXT)), None, "short, another title");
        let long = format!("{TEXT} {}", TEXT.replace(' ', " so "));
        let (one, two) = (entry(1, "Council opens", &long), entry(2, "Schools wait", &long));
        assert_eq!(same(&one, &two), Some((SameBy::Alike, 100)), "long, another title");
        let at_home = entry(1, "Schools wait", &long);
        assert_eq!(same(&one, &at_home), None, "a source that says it is two");
    }

    #[test]
    fn numbers_tell_bulletins_apart() {
        let bulletin = |magnitude: &str| {
            let text = format!(
                "On 7/28/2018 10:47:36 PM, an earthquake occurred in Indonesia potentially affecting \
                 people in 100km. The earthquake had Magnitude {magnitude}M, Depth:14km. It was \
                 reported by the agencies of the region, and further news will follow here as soon \
                 as they come in from the districts that were nearest to its centre."
            );
            (text, "Green earthquake alert in Indonesia")
        };
        let ((one, title), (two, _)) = (bulletin("4.5"), bulletin("4.6"));
        let alike = Shingles::of(&one).likeness(&Shingles::of(&two));
        assert!(alike >= ALIKE, "else this shows nothing: {alike}");
        assert_eq!(same(&entry(1, title, &one), &entry(2, title, &two)), None);
        let again = entry(2, title, &one.replace("further", "more"));
        assert!(same(&entry(1, title, &one), &again).is_some());
    }

    #[test]
    fn titles_alone_are_one_for_few_days() {
        let title = "Ministers of nine States agree on rules for satellites";
        let (first, mut other) = (entry(1, title, ""), entry(2, title, ""));
        assert_eq!(same(&first, &other), Some((SameBy::Words, 100)));
        assert_eq!(same(&first, &entry(1, title, "")), None);
        other.published = Some(at(4 * 86_400));
        assert_eq!(same(&first, &other), None);
        assert_eq!(
            same(&entry(1, "Daily news digest", ""), &entry(2, "Daily news digest", "")),
            None
        );
    }

    #[test]
    fn a_print_is_the_same_as_long_as_nothing_counts() {
        let first = entry(1, "Council opens", TEXT);
        let print = |entry: &Wording| Retelling::of(entry).marks().print;
        let mut touched = first.clone();
        touched.first_seen = at(9);
        assert_eq!(print(&touched), print(&first));
        touched.title = "Council closes".to_owned();
        assert_ne!(print(&touched), print(&first));
    }
}
