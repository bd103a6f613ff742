//! Bytes become a feed: recognised, decoded, read entry by entry, cleaned.
//!
//! Every entry is read on its own, whether the document around it is well-formed or not: so the same
//! entry gives the same key on the day its feed breaks, and one bad entry costs that entry only.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use observatory_model::entry::IncomingEntry;
use observatory_model::rhythm::Timetable;
use observatory_model::source::{Failure, FailureReason};
use observatory_model::{Timestamp, WebAddress};

use crate::encoding::to_text;
use crate::entry::{Common, RawEntry, RawFeed, Text, authors, clean, tag};
use crate::links::Links;
use crate::outline::outline;
use crate::parts::Outline;
use crate::recognise::{Document, recognise};
use crate::{json_feed, xml_feed};

/// Most entries of a feed that is read at all: ten times the longest of the real feeds at hand.
pub const MAX_ENTRIES: usize = 10_000;

/// Most problems that are named.
pub const MAX_PROBLEMS: usize = 20;

/// Most bytes that are made of each byte of a document: cleaning adds (`&` becomes `&amp;`, links
/// become absolute, a text is kept as HTML and as plain text), but no real feed triples.
const MAX_GROWTH: usize = 8;

/// What may be made of the shortest document, in bytes.
const LEAST_ROOM: usize = 64 * 1024;

/// Most bytes that are made of any document: 64 MiB.
const MOST_ROOM: usize = 64 * 1024 * 1024;

/// Longest title of a feed, in characters.
const MAX_FEED_TITLE: usize = 300;

/// A feed, cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Its title as plain text, at most 300 characters.
    pub title: Option<String>,
    /// The site it speaks of.
    pub homepage: Option<WebAddress>,
    /// The language tag it declares for itself, as written.
    pub declared_language: Option<String>,
    /// When it is worth reading, as it says.
    pub timetable: Timetable,
    /// Where its hub is, as it says.
    pub links: Links,
    /// Its entries in the order of the document, at most [`MAX_ENTRIES`], each with a key of its own.
    pub entries: Vec<IncomingEntry>,
    /// What could not be kept, each in a few words, at most [`MAX_PROBLEMS`].
    pub problems: Vec<String>,
}

/// Reads a feed: RSS 0.90–2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1.
///
/// `content_type` is the header as written, `base` the address that answered, and no time in the
/// result is later than `now`. Synchronous work of up to a second for a feed at the limits.
///
/// # Errors
/// A [`Failure`] with the reason of the harvest that applies; a panic is one of them.
pub fn parse_feed(
    bytes: &[u8],
    content_type: Option<&str>,
    base: &WebAddress,
    now: Timestamp,
) -> Result<Feed, Failure> {
    let read = AssertUnwindSafe(|| read(bytes, content_type, base, now));
    catch_unwind(read).unwrap_or_else(|_panic| Err(parser_failed()))
}

/// What is said when the parser panicked.
pub(crate) fn parser_failed() -> Failure {
    Failure::new(FailureReason::ParserFailed, "the parser failed on this document")
}

fn read(
    bytes: &[u8],
    content_type: Option<&str>,
    base: &WebAddress,
    now: Timestamp,
) -> Result<Feed, Failure> {
    FeedText::decode(bytes, content_type)?.split(base)?.clean(now)
}

/// The text of a document that may be a feed, recognised as XML or JSON.
#[derive(Debug)]
pub struct FeedText<'a> {
    text: Cow<'a, str>,
    content_type: Option<&'a str>,
}

impl<'a> FeedText<'a> {
    /// Decodes a document, as [`parse_feed`] does. Nothing is copied of what is UTF-8.
    ///
    /// # Errors
    /// [`FailureReason::Empty`], [`FailureReason::Charset`].
    pub fn decode(bytes: &'a [u8], content_type: Option<&'a str>) -> Result<Self, Failure> {
        if bytes.is_empty() {
            return Err(Failure::new(FailureReason::Empty, "the answer has no bytes"));
        }
        Ok(Self { text: to_text(bytes, content_type)?, content_type })
    }

    /// Splits it into its entries: each with its address, its times, and its texts as they are written, nothing
    /// of which is cleaned yet. That is what other readers of feeds call parsing.
    ///
    /// # Errors
    /// Those of [`parse_feed`] but the charset, and that no entry could be read.
    pub fn split(&self, base: &WebAddress) -> Result<SplitFeed<'_>, Failure> {
        let raw = match recognise(&self.text, self.content_type)? {
            Document::Json(text) => json_feed::read(text, base, MAX_ENTRIES)?,
            Document::Xml(text) => {
                let outline = outline(text, MAX_ENTRIES)?;
                if outline.parts.is_empty() && outline.entries.is_empty() {
                    check_emptiness(&outline)?;
                }
                xml_feed::read(outline, base)
            }
        };
        let room = self.text.len().saturating_mul(MAX_GROWTH).saturating_add(LEAST_ROOM);
        Ok(SplitFeed { raw, room: room.min(MOST_ROOM) })
    }
}

/// A feed in its entries, before they are cleaned.
#[derive(Debug)]
pub struct SplitFeed<'a> {
    raw: RawFeed<'a>,
    /// How many bytes all entries together may have when they are cleaned.
    room: usize,
}

impl SplitFeed<'_> {
    /// How many entries it has, those that cannot be kept included.
    pub const fn entries(&self) -> usize {
        self.raw.entries.len()
    }

    /// Cleans its entries, as [`parse_feed`] does.
    ///
    /// # Errors
    /// [`FailureReason::Malformed`] where it breaks off and no entry could be read.
    pub fn clean(self, now: Timestamp) -> Result<Feed, Failure> {
        finish(self.raw, self.room, now)
    }
}

/// A feed in which nothing stands is a feed, when its root says so and it is whole.
fn check_emptiness(outline: &Outline<'_>) -> Result<(), Failure> {
    if outline.broke_off {
        let detail = "the feed breaks off before anything is said";
        return Err(Failure::new(FailureReason::Malformed, detail));
    }
    if matches!(outline.root.as_str(), "rss" | "feed") {
        return Ok(());
    }
    let detail = format!("a <{}> without anything of a feed in it", outline.root);
    Err(Failure::new(FailureReason::NotAFeed, detail))
}

/// `room` is how many bytes all entries together may have.
fn finish(raw: RawFeed<'_>, mut room: usize, now: Timestamp) -> Result<Feed, Failure> {
    let language = raw.language.as_deref().and_then(tag);
    let common = Common { language, authors: authors(&raw.authors) };
    let mut problems = raw.problems;
    let mut entries: Vec<IncomingEntry> = Vec::with_capacity(raw.entries.len());
    let mut seen = Keys::default();
    for (index, raw) in raw.entries.into_iter().enumerate() {
        let number = index + 1;
        // Nearly no entry has a problem that names it.
        let title = raw.title.clone();
        let name = || name(title.as_ref());
        match cleaned(raw, &common, now) {
            Ok(entry) => {
                let Some(left) = room.checked_sub(weight(&entry)) else {
                    problems
                        .push(format!("entry {number}{}: the feed makes much of little", name()));
                    break;
                };
                room = left;
                seen.keep(&mut entries, entry, number, &mut problems);
            }
            Err(why) => problems.push(format!("entry {number}{}: {why}", name())),
        }
    }
    if raw.broke_off && entries.is_empty() {
        let detail = "the feed breaks off, and no entry of it could be read";
        return Err(Failure::new(FailureReason::Malformed, detail));
    }
    if raw.broke_off && !problems.iter().any(|problem| problem.contains("breaks off")) {
        problems.push("the feed breaks off before its end".to_owned());
    }
    shorten(&mut problems);
    let title = raw.title.map(|title| title.one_line(MAX_FEED_TITLE));
    let title = title.filter(|title| !title.is_empty());
    let (homepage, links, timetable) = (raw.homepage, raw.links, raw.timetable);
    let declared_language = common.language;
    Ok(Feed { title, homepage, declared_language, timetable, links, entries, problems })
}

/// Cleans one entry; what makes a library panic costs that entry only.
fn cleaned(
    raw: RawEntry<'_>,
    feed: &Common,
    now: Timestamp,
) -> Result<IncomingEntry, &'static str> {
    let work = AssertUnwindSafe(|| clean(raw, feed, now));
    catch_unwind(work).unwrap_or(Err("the parser failed on it"))
}

/// The bytes an entry takes.
pub(crate) fn weight(entry: &IncomingEntry) -> usize {
    let address = entry.url.as_ref().map_or(0, |url| url.as_str().len());
    let authors = entry.authors.iter().map(String::len).sum::<usize>();
    entry.html.len() + entry.text.len() + entry.title.len() + authors + address
}

/// The keys of a feed, each with the place of its entry.
#[derive(Default)]
struct Keys {
    places: std::collections::BTreeMap<String, usize>,
}

impl Keys {
    /// Keeps an entry; of two with the same key the newer one, or the first when that cannot be told.
    fn keep(
        &mut self,
        entries: &mut Vec<IncomingEntry>,
        entry: IncomingEntry,
        number: usize,
        problems: &mut Vec<String>,
    ) {
        let Some(place) = self.places.get(&entry.key) else {
            self.places.insert(entry.key.clone(), entries.len());
            entries.push(entry);
            return;
        };
        let title = observatory_text::one_line(&entry.title, 60);
        problems.push(format!("entry {number} “{title}”: it has the id of another entry"));
        let date = |entry: &IncomingEntry| entry.updated.or(entry.published);
        if let Some(kept) = entries.get_mut(*place).filter(|kept| date(kept) < date(&entry)) {
            *kept = entry;
        }
    }
}

fn name(title: Option<&Text<'_>>) -> String {
    let title = title.map(|title| title.one_line(60)).unwrap_or_default();
    if title.is_empty() { String::new() } else { format!(" “{title}”") }
}

pub(crate) fn shorten(problems: &mut Vec<String>) {
    let more = problems.len().saturating_sub(MAX_PROBLEMS - 1);
    if problems.len() > MAX_PROBLEMS {
        problems.truncate(MAX_PROBLEMS - 1);
        problems.push(format!("and {more} more"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Feed, Failure> {
        let base = "https://a.org/feed".parse().unwrap();
        parse_feed(text.as_bytes(), None, &base, "2026-11-24".parse().unwrap())
    }

    #[test]
    fn a_broken_entry_costs_itself_only() {
        let feed = parse(
            "<rss><channel><title>T &amp; U</title><link>http://b.org/</link><language>en-us</language>\
             <item><title>a &nbsp; & b</title><link>/1</link></item><item><x/></item>\
             <item><title>c</title><guid>2</guid></channel></rss>",
        )
        .unwrap();
        assert_eq!(feed.title.as_deref(), Some("T & U"));
        assert_eq!(feed.homepage.as_ref().map(WebAddress::as_str), Some("http://b.org/"));
        assert_eq!(feed.declared_language.as_deref(), Some("en-us"));
        let titles = feed.entries.iter().map(|entry| entry.title.as_str()).collect::<Vec<_>>();
        assert_eq!(titles, ["a & b", "c"]);
        assert_eq!(feed.problems, ["entry 2: it has neither title nor text nor address"]);
    }

    #[test]
    fn a_feed_that_breaks_off_keeps_what_was_whole() {
        let feed =
            parse("<rss><item><title>a</title><guid>1</guid></item><item><title>b</tit").unwrap();
        assert_eq!(feed.entries.len(), 1);
        assert_eq!(feed.problems.len(), 1, "{:?}", feed.problems);
        assert_eq!(parse("<rss><channel><title>x").unwrap_err().reason, FailureReason::Malformed);
        assert_eq!(parse("<rss").unwrap_err().reason, FailureReason::Malformed);
    }

    #[test]
    fn an_empty_feed_is_a_feed_and_other_rdf_is_none() {
        assert_eq!(parse("<rss/>").map(|feed| feed.entries), Ok(Vec::new()));
        assert_eq!(parse("<feed></feed>").map(|feed| feed.problems), Ok(Vec::new()));
        let friend = "<rdf:RDF xmlns:f='http://xmlns.com/foaf/0.1/'><f:Person><f:name/></f:Person></rdf:RDF>";
        for text in [friend, "<entry/>", "<channel/>"] {
            let reason = parse(text).map_err(|failure| failure.reason);
            assert!(
                matches!(reason, Err(FailureReason::NotAFeed)) || text == "<entry/>",
                "{reason:?}"
            );
        }
    }

    #[test]
    fn of_two_entries_with_one_id_the_newer_is_kept() {
        let item = |title: &str, date: &str| {
            format!("<item><guid>x</guid><title>{title}</title><pubDate>{date}</pubDate></item>")
        };
        let title = |items: &str| {
            let feed = parse(&format!("<rss>{items}</rss>")).unwrap();
            assert_eq!((feed.entries.len(), feed.problems.len()), (1, 1));
            feed.entries.into_iter().next().unwrap().title
        };
        assert_eq!(title(&(item("old", "2020-01-01") + &item("new", "2021-01-01"))), "new");
        assert_eq!(title(&(item("new", "2021-01-01") + &item("old", "2020-01-01"))), "new");
        assert_eq!(title(&(item("first", "") + &item("second", ""))), "first");
    }

    #[test]
    fn a_feed_that_makes_much_of_little_is_cut() {
        let author = format!("<author><name>{}</name></author>", "x".repeat(200)).repeat(20);
        let names =
            (0..20).map(|n| format!("<author><name>{n}{}</name></author>", "x".repeat(198)));
        let authors = names.collect::<String>();
        let entries = (0..2000).map(|n| format!("<entry><id>{n}</id><title>t</title></entry>"));
        let entries = entries.collect::<String>();
        let few = parse(&format!("<feed>{author}{entries}</feed>")).unwrap();
        assert_eq!((few.entries.len(), few.problems.len()), (2000, 0));
        let many = parse(&format!("<feed>{authors}{entries}</feed>")).unwrap();
        assert!(many.entries.len() < 500, "{}", many.entries.len());
        assert!(many.problems.first().unwrap().contains("makes much of little"));
    }

    #[test]
    fn only_so_many_problems_are_named() {
        let feed = parse(&format!("<rss><title>x</title>{}</rss>", "<item/>".repeat(50))).unwrap();
        assert_eq!(feed.problems.len(), MAX_PROBLEMS);
        assert_eq!(feed.problems.last().map(String::as_str), Some("and 31 more"));
    }
}
