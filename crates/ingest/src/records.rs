//! Scholarly records become entries, whatever protocol they came by.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::Datelike as _;
use observatory_model::entry::IncomingEntry;
use observatory_model::identifier::Identifier;
use observatory_model::source::Failure;
use observatory_model::{Timestamp, WebAddress};
use observatory_text::one_line;

use crate::dates;
use crate::entry::{Common, RawEntry, Text, clean};
use crate::feed::{MAX_PROBLEMS, parser_failed, shorten, weight};
use crate::spelling::tag_of;
use crate::xml_feed::looks_like_html;

/// Most identifiers of a record.
const MAX_IDENTIFIERS: usize = 20;

/// Most characters of what a record says of its language.
const MAX_RAW_LANGUAGE: usize = 100;

/// Most bytes that are made of each byte of an answer; see the same for feeds.
const MAX_GROWTH: usize = 8;

/// What may be made of the shortest answer, in bytes.
const LEAST_ROOM: usize = 64 * 1024;

/// The first year that a date of publication is believed to be of: that of the first journals.
const FIRST_YEAR: i32 = 1600;

/// One answer of a repository, read record by record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// Its records, in its order, each with a key of its own.
    pub entries: Vec<IncomingEntry>,
    /// The keys of the records that the repository has taken back.
    pub deleted: Vec<String>,
    /// Records that could not be read, each in a few words, at most [`MAX_PROBLEMS`].
    pub problems: Vec<String>,
}

/// What a record says, before it is cleaned.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// What it is called in its repository.
    pub(crate) key: String,
    pub(crate) title: Option<String>,
    /// Its texts, the best first.
    pub(crate) bodies: Vec<Text<'static>>,
    pub(crate) authors: Vec<String>,
    /// Dates of its publication, as written: the earliest counts, since repositories also write when
    /// they took it in.
    pub(crate) dates: Vec<String>,
    /// When the record was last changed.
    pub(crate) updated: Option<Timestamp>,
    pub(crate) url: Option<WebAddress>,
    /// Its languages, as spelled.
    pub(crate) languages: Vec<String>,
    pub(crate) identifiers: Vec<Identifier>,
    pub(crate) broke_off: bool,
}

/// Takes records one by one.
pub(crate) struct Collector {
    records: Records,
    places: BTreeMap<String, usize>,
    /// How many records were seen.
    seen: usize,
    /// How many bytes may still be made.
    room: usize,
    now: Timestamp,
}

impl Collector {
    /// For an answer of so many bytes.
    pub(crate) fn new(bytes: usize, now: Timestamp) -> Self {
        let room = bytes.saturating_mul(MAX_GROWTH).saturating_add(LEAST_ROOM);
        Self { records: Records::default(), places: BTreeMap::new(), seen: 0, room, now }
    }

    /// How many records were seen so far, whatever came of them.
    pub(crate) const fn seen(&self) -> usize {
        self.seen
    }

    /// Keeps a record, or names what is wrong with it.
    pub(crate) fn take(&mut self, record: Record) {
        self.seen += 1;
        let name = one_line(&record.key, 80);
        let now = self.now;
        let work = AssertUnwindSafe(|| entry(record, now));
        match catch_unwind(work).unwrap_or(Err("the parser failed on it")) {
            Ok(entry) => match self.room.checked_sub(weight(&entry)) {
                Some(left) => {
                    self.room = left;
                    self.keep(entry);
                }
                None => self.problem(&name, "the answer makes much of little"),
            },
            Err(why) => self.problem(&name, why),
        }
    }

    /// Notes that a record was taken back.
    pub(crate) fn take_back(&mut self, key: String) {
        self.seen += 1;
        if !self.records.deleted.contains(&key) {
            self.records.deleted.push(key);
        }
    }

    /// Names what is wrong with a record.
    pub(crate) fn problem(&mut self, name: &str, why: &str) {
        let number = self.seen;
        let name = if name.is_empty() { String::new() } else { format!(" “{name}”") };
        // Each is short, and an answer has at most some thousands.
        self.records.problems.push(format!("record {number}{name}: {why}"));
    }

    pub(crate) fn finish(mut self) -> Records {
        shorten(&mut self.records.problems);
        debug_assert!(self.records.problems.len() <= MAX_PROBLEMS, "they were shortened");
        self.records
    }

    /// Of two records with the same key the one that was changed last counts.
    fn keep(&mut self, entry: IncomingEntry) {
        let Some(place) = self.places.get(&entry.key) else {
            self.places.insert(entry.key.clone(), self.records.entries.len());
            self.records.entries.push(entry);
            return;
        };
        let kept = self.records.entries.get_mut(*place);
        if let Some(kept) = kept.filter(|kept| kept.updated <= entry.updated) {
            *kept = entry;
        }
        self.problem("", "it has the key of another record of this answer");
    }
}

/// The entry that a record means, or why it is none.
fn entry(record: Record, now: Timestamp) -> Result<IncomingEntry, &'static str> {
    if record.key.trim().is_empty() {
        return Err("it has no identifier");
    }
    if record.broke_off {
        // Its last part may be half of itself, and it comes again when the list is asked for again.
        return Err("the answer breaks off in it");
    }
    let has_words = record.title.is_some() || !record.bodies.is_empty();
    if !has_words {
        return Err("it is empty: neither title nor text");
    }
    let published = published(&record.dates, now);
    let raw_language = one_line(&record.languages.join("; "), MAX_RAW_LANGUAGE);
    let tag = record.languages.iter().find_map(|spelling| tag_of(spelling));
    let raw = RawEntry {
        id: Some(record.key),
        url: record.url,
        title: record.title.map(text),
        bodies: record.bodies,
        authors: record.authors,
        updated: record.updated,
        language: tag.clone(),
        ..RawEntry::default()
    };
    let mut entry = clean(raw, &Common::default(), now)?;
    // A work may be older than the time that feeds count from.
    entry.published = published.or(entry.published);
    let differs = tag.as_deref() != Some(raw_language.as_str());
    entry.raw_language = Some(raw_language).filter(|raw| differs && !raw.is_empty());
    for identifier in record.identifiers {
        if entry.identifiers.len() < MAX_IDENTIFIERS && !entry.identifiers.contains(&identifier) {
            entry.identifiers.push(identifier);
        }
    }
    Ok(entry)
}

/// A text of a record: nobody says whether it is HTML.
pub(crate) fn text(value: String) -> Text<'static> {
    let is_html = looks_like_html(&value);
    Text { value: value.into(), is_html, base: None }
}

/// The earliest of several dates that can be one of publication.
fn published(said: &[String], now: Timestamp) -> Option<Timestamp> {
    let dates = said.iter().filter_map(|said| date(said));
    dates.filter(|date| *date <= now && date.ymd().0 >= FIRST_YEAR).min()
}

/// A date as it stands in records: also `1998?`, `1998-2003`, `1990's`, `[1998]`, `c1998`.
pub(crate) fn date(said: &str) -> Option<Timestamp> {
    let said = said.trim();
    dates::parse(said).or_else(|| {
        let begin = said.trim_start_matches(|c: char| !c.is_ascii_digit());
        // Words before a number make it anything: `NO_RESTRICTION:2016`.
        if said.len() - begin.len() > 2 {
            return None;
        }
        let (year, rest) = begin.split_at_checked(4)?;
        let ends = !rest.starts_with(|c: char| c.is_ascii_digit());
        let year = year.parse::<i32>().ok().filter(|_| ends)?;
        let day = chrono::NaiveDate::from_yo_opt(year, 1)?;
        (day.year() >= FIRST_YEAR).then(|| {
            Timestamp::from_millis(
                day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis(),
            )
        })
    })
}

/// Reads an answer; a panic is a failure.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_panic| Err(parser_failed()))
}

/// The page of a record among its addresses: one that is no file, where there is one.
pub(crate) fn page_of(addresses: &[String], identifiers: &[Identifier]) -> Option<WebAddress> {
    let urls = addresses.iter().filter_map(|said| said.trim().parse::<WebAddress>().ok());
    let urls = urls.take(MAX_IDENTIFIERS).collect::<Vec<_>>();
    let is_file = |url: &&WebAddress| {
        let path = url.url().path().to_ascii_lowercase();
        [".pdf", ".ps", ".doc", ".docx", ".zip", ".jpg", ".tif", ".txt"]
            .iter()
            .any(|end| path.ends_with(end))
    };
    urls.iter().find(|url| !is_file(url)).or_else(|| urls.first()).cloned().or_else(|| {
        let doi = identifiers
            .iter()
            .find(|identifier| identifier.scheme == observatory_model::identifier::Scheme::Doi)?;
        "https://doi.org/".parse::<WebAddress>().ok()?.join(&doi.value).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-25".parse().unwrap()
    }

    fn record(key: &str) -> Record {
        Record { key: key.to_owned(), title: Some("A title".to_owned()), ..Record::default() }
    }

    #[test]
    fn the_earliest_date_counts_and_half_dates_are_read() {
        let of = |said: &[&str]| {
            let said = said.iter().map(|said| (*said).to_owned()).collect::<Vec<_>>();
            published(&said, now()).map(Timestamp::date)
        };
        let day = |text: &str| Some(text.to_owned());
        assert_eq!(
            of(&["2016-05-05T17:47:01Z", "2016-05-05T17:47:01Z", "1998-05"]),
            day("1998-05-01")
        );
        for (said, year) in [
            ("1908?", "1908"),
            ("1908-1920", "1908"),
            ("1990's", "1990"),
            ("c1908", "1908"),
            ("[1908]", "1908"),
            ("1925? - Video", "1925"),
        ] {
            assert_eq!(of(&[said]), day(&format!("{year}-01-01")), "{said}");
        }
        for said in
            ["undated", "NO_RESTRICTION", "MONTHS_WITHHELD:2016", "19081", "0000", "2099", ""]
        {
            assert_eq!(of(&[said]), None, "{said}");
        }
    }

    #[test]
    fn languages_are_tags_and_what_was_written_is_kept() {
        let of = |languages: &[&str]| {
            let languages = languages.iter().map(|said| (*said).to_owned()).collect();
            let entry = entry(Record { languages, ..record("1") }, now()).unwrap();
            (entry.declared_language, entry.raw_language)
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(of(&["en"]), (text("en"), None));
        assert_eq!(of(&["en_US"]), (text("en-US"), text("en_US")));
        assert_eq!(of(&["eng", "English"]), (text("en"), text("eng; English")));
        assert_eq!(of(&["Multiple"]), (None, text("Multiple")));
        assert_eq!(of(&[]), (None, None));
    }

    #[test]
    fn what_the_text_is_in_beats_what_is_declared() {
        let words =
            "Les satellites en orbite basse apportent le haut débit aux îles éloignées du monde.";
        let bodies = vec![text(words.to_owned())];
        let record = Record { bodies, languages: vec!["English".to_owned()], ..record("1") };
        let entry = entry(record, now()).unwrap();
        assert_eq!(entry.language, Some(observatory_model::Language::Fr));
        assert!(entry.language_is_contradicted());
    }

    #[test]
    fn empty_records_are_named_and_twins_are_one() {
        let mut collector = Collector::new(1000, now());
        collector.take(Record { title: None, ..record("oai:a:1") });
        collector.take(record("oai:a:2"));
        collector.take(Record { updated: Some(now()), ..record("oai:a:2") });
        collector.take(record(" "));
        collector.take_back("oai:a:3".to_owned());
        assert_eq!(collector.seen(), 5);
        let records = collector.finish();
        assert_eq!((records.entries.len(), records.deleted.len()), (1, 1));
        assert_eq!(records.entries[0].updated, Some(now()));
        assert_eq!(records.problems.len(), 3, "{:?}", records.problems);
        assert!(records.problems[0].contains("record 1 “oai:a:1”: it is empty"));
    }

    #[test]
    fn the_page_is_no_file() {
        let page = |said: &[&str], doi: &str| {
            let said = said.iter().map(|said| (*said).to_owned()).collect::<Vec<_>>();
            let known = crate::known::identifier(doi).into_iter().collect::<Vec<_>>();
            page_of(&said, &known).map(|url| url.as_str().to_owned())
        };
        let url = |text: &str| Some(text.to_owned());
        assert_eq!(
            page(&["x.tif", "http://a.org/1.pdf", "http://a.org/1"], ""),
            url("http://a.org/1")
        );
        assert_eq!(page(&["http://a.org/1.pdf"], ""), url("http://a.org/1.pdf"));
        assert_eq!(page(&["ISSN 1"], "10.1000/a<b"), None);
        assert_eq!(page(&[], "10.1000/a"), url("https://doi.org/10.1000/a"));
    }
}
