//! What the API of arXiv answers: Atom with numbers of pages
//! (<https://info.arxiv.org/help/api/user-manual.html>).

use std::borrow::Cow;
use std::sync::Arc;

use observatory_model::source::{ArxivWish, Failure, FailureReason};
use observatory_model::{Timestamp, WebAddress};
use observatory_text::one_line;

use crate::dates;
use crate::encoding::to_text;
use crate::entry::Text;
use crate::fetch::Fetch;
use crate::known::identifier;
use crate::parsers::on_thread;
use crate::recognise::recognise;
use crate::records::{Collector, Record, Records, guarded};
use crate::tree::{Element, Taken, Wanted, parts};

/// Most records of one answer: what the manual (§3.1.1.2) allows to ask for at once.
pub const MAX_ROWS: u32 = 2_000;

/// Records that are asked for at once, where the operator does not say.
pub const ROWS: u32 = 100;

/// One answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its records.
    pub records: Records,
    /// How many records it has, those that could not be read included.
    pub seen: usize,
    /// How many the whole list has.
    pub total: u64,
    /// The place of its first record in the list, from 0, as the answer says.
    pub start: Option<u64>,
    /// Whether it breaks off before its end.
    pub broke_off: bool,
}

/// Asks for the records from the place `start` (from 0) on, those that were changed last first.
///
/// # Errors
/// [`FailureReason::AddressRefused`] when the address would be too long.
pub fn page(base: &WebAddress, wish: &ArxivWish, start: u64) -> Result<WebAddress, Failure> {
    let mut url = base.url().clone();
    url.query_pairs_mut()
        .clear()
        .append_pair("search_query", &wish.query)
        .append_pair("sortBy", "lastUpdatedDate")
        .append_pair("sortOrder", "descending")
        .append_pair("start", &start.to_string())
        .append_pair("max_results", &rows(wish).to_string());
    url.set_fragment(None);
    WebAddress::try_from(url).map_err(|error| Failure::new(FailureReason::AddressRefused, error))
}

/// How many records are asked for at once.
pub fn rows(wish: &ArxivWish) -> u32 {
    wish.rows.unwrap_or(ROWS).clamp(1, MAX_ROWS)
}

/// Reads an answer, whatever its status: an error of arXiv is an entry that says so.
///
/// # Errors
/// [`FailureReason::Declined`] with what arXiv says of the query, [`FailureReason::NotAFeed`] when it is
/// no answer of the API, and the other reasons of a document that cannot be read.
pub fn read(bytes: &[u8], content_type: Option<&str>, now: Timestamp) -> Result<Page, Failure> {
    guarded(|| read_text(&to_text(bytes, content_type)?, content_type, now))
}

/// The same as [`read`], on a thread of this crate.
///
/// # Errors
/// Those of [`read`].
pub async fn parse(fetch: Arc<Fetch>, now: Timestamp) -> Result<Page, Failure> {
    on_thread(move || read(&fetch.bytes, fetch.content_type.as_deref(), now)).await
}

const PARTS: Wanted =
    Wanted { names: &["entry", "totalresults", "startindex"], begins_with: Some("id") };

fn read_text(text: &str, content_type: Option<&str>, now: Timestamp) -> Result<Page, Failure> {
    let mut page = Page::default();
    let mut total = None;
    let mut collector = Collector::new(text.len(), now);
    let whole = parts(text, PARTS, &mut |Taken { element, broke_off }| {
        match element.name.as_str() {
            "entry" => take_entry(&element, broke_off, &mut collector)?,
            "totalresults" => total = element.text().parse().ok(),
            _ => page.start = element.text().parse().ok(),
        }
        Ok(())
    })?;
    let Some(total) = total.filter(|_| whole.root == "feed") else {
        recognise(text, content_type)?;
        let detail = "the feed does not say how many results there are: no answer of arXiv's API";
        return Err(Failure::new(FailureReason::NotAFeed, detail));
    };
    page.total = total;
    page.broke_off = whole.broke_off;
    page.seen = collector.seen();
    page.records = collector.finish();
    Ok(page)
}

fn take_entry(entry: &Element, broke_off: bool, collector: &mut Collector) -> Result<(), Failure> {
    let id = entry.said("id").unwrap_or_default();
    if id.contains("/api/errors") {
        let said = entry.said("summary").unwrap_or_default();
        let detail = format!("arXiv answers: {}", one_line(&said, 200));
        return Err(Failure::new(FailureReason::Declined, detail));
    }
    if collector.seen() >= usize::try_from(MAX_ROWS).unwrap_or(usize::MAX) {
        let detail = format!("the answer has more than {MAX_ROWS} records");
        return Err(Failure::new(FailureReason::TooComplex, detail));
    }
    let number = identifier(&id);
    let mut links = entry.all("link").filter(|link| {
        link.attribute("rel").is_none_or(|rel| rel.eq_ignore_ascii_case("alternate"))
    });
    let page = links.find_map(|link| link.attribute("href")?.parse::<WebAddress>().ok());
    let dois = entry.texts("doi");
    let authors = entry.all("author").filter_map(|author| author.said("name"));
    // The next version of a preprint is the same entry, changed.
    let key =
        number.as_ref().map_or_else(|| id.clone(), |number| format!("arXiv:{}", number.value));
    collector.take(Record {
        key,
        title: entry.said("title"),
        bodies: entry.said("summary").map(plain).into_iter().collect(),
        authors: authors.collect(),
        dates: entry.texts("published"),
        updated: entry.said("updated").as_deref().and_then(dates::parse),
        url: page.or_else(|| id.parse().ok()),
        languages: Vec::new(),
        identifiers: number
            .into_iter()
            .chain(dois.iter().filter_map(|said| identifier(said)))
            .collect(),
        broke_off,
    });
    Ok(())
}

/// Abstracts are plain text with TeX in it: `$a<b$` is no tag.
const fn plain(value: String) -> Text<'static> {
    Text { value: Cow::Owned(value), is_html: false, base: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Page, Failure> {
        read(text.as_bytes(), Some("application/atom+xml"), "2026-11-25".parse().unwrap())
    }

    fn feed(total: u32, inside: &str) -> String {
        format!(
            "<feed xmlns:opensearch=\"x\" xmlns=\"http://www.w3.org/2005/Atom\"><id>q</id>\
             <opensearch:totalResults>{total}</opensearch:totalResults>\
             <opensearch:startIndex>20</opensearch:startIndex>{inside}</feed>"
        )
    }

    #[test]
    fn a_preprint_becomes_an_entry() {
        let text = feed(
            7,
            "<entry><id>http://arxiv.org/abs/2202.12139v3</id><title>Low\n  orbit</title>\
             <updated>2026-11-20T10:00:00Z</updated><published>2022-02-24T15:05:19Z</published>\
             <link href=\"https://arxiv.org/abs/2202.12139v3\" rel=\"alternate\" type=\"text/html\"/>\
             <summary>If $a&lt;b$ then &lt;i&gt; stays.</summary><author><name>Ada A.</name></author>\
             <arxiv:doi>10.1000/X</arxiv:doi></entry>",
        );
        let page = read_text(&text).unwrap();
        assert_eq!((page.total, page.start, page.seen), (7, Some(20), 1));
        let entry = &page.records.entries[0];
        assert_eq!((entry.key.as_str(), entry.title.as_str()), ("arXiv:2202.12139", "Low orbit"));
        assert_eq!(entry.text, "If $a<b$ then <i> stays.");
        let known = entry.identifiers.iter().map(|known| known.value.as_str()).collect::<Vec<_>>();
        assert_eq!(known, ["2202.12139", "10.1000/x"]);
        assert_eq!(entry.published.unwrap().date(), "2022-02-24");
    }

    #[test]
    fn errors_and_other_feeds_are_told_apart() {
        let error = "<entry><id>https://arxiv.org/api/errors#x</id><title>Error</title>\
            <summary>incorrect id format for abc</summary></entry>";
        let failure = read_text(&feed(1, error)).unwrap_err();
        assert_eq!(failure.reason, FailureReason::Declined);
        assert!(failure.detail.contains("incorrect id format for abc"));
        let other = read_text("<feed><entry><id>1</id></entry></feed>").unwrap_err();
        assert_eq!(other.reason, FailureReason::NotAFeed);
        assert_eq!(
            read_text("<html><body>Rate exceeded.").unwrap_err().reason,
            FailureReason::WebPage
        );
        assert_eq!(read_text(&feed(0, "")).unwrap().seen, 0);
    }

    #[test]
    fn pages_are_asked_for_by_place() {
        let base = "https://export.arxiv.org/api/query?x=y".parse().unwrap();
        let wish =
            ArxivWish { query: "cat:cs.NI AND ti:\"low orbit\"".to_owned(), rows: Some(9_000) };
        assert_eq!(
            page(&base, &wish, 40).unwrap().as_str(),
            "https://export.arxiv.org/api/query?search_query=cat%3Acs.NI+AND+ti%3A%22low+orbit%22\
             &sortBy=lastUpdatedDate&sortOrder=descending&start=40&max_results=2000"
        );
    }
}
