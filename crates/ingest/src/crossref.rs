//! What the REST API of Crossref answers (<https://api.crossref.org>): lists of works, page by page.

mod json;

use std::sync::Arc;

use observatory_model::source::{CrossrefWish, Failure, FailureReason};
use observatory_model::{Timestamp, WebAddress};
use observatory_text::one_line;

use crate::encoding::to_text;
use crate::entry::Text;
use crate::fetch::Fetch;
use crate::known::identifier;
use crate::markup::{Token, Tokens};
use crate::parsers::on_thread;
use crate::recognise::{Document, recognise};
use crate::records::{Collector, Record, Records, guarded, page_of};
use json::Json;

/// Most records of one answer: what the API allows to ask for at once.
pub const MAX_ROWS: u32 = 1_000;

/// Records that are asked for at once, where the operator does not say.
pub const ROWS: u32 = 100;

/// The cursor that begins a list.
pub const FIRST: &str = "*";

/// Longest cursor that is sent back, in bytes; those at hand have 1,200 and must fit into an address.
const MAX_CURSOR: usize = 1_800;

/// One answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its records.
    pub records: Records,
    /// How many records it has, those that could not be read included: none at the end of the list.
    pub seen: usize,
    /// How many the whole list has.
    pub total: Option<u64>,
    /// What asks for the next page; it does not end with the list.
    pub cursor: Option<String>,
}

/// Asks for the works from `cursor` on, those only that were deposited anew on or after `since`.
///
/// `mailbox` makes us known to Crossref, which serves those from another pool of machines.
///
/// # Errors
/// [`FailureReason::AddressRefused`] when the address would be too long.
pub fn page(
    base: &WebAddress,
    wish: &CrossrefWish,
    since: Option<Timestamp>,
    cursor: &str,
    mailbox: Option<&str>,
) -> Result<WebAddress, Failure> {
    let since = since.map(|since| format!("from-update-date:{}", since.date()));
    let filters = wish.filter.iter().chain(&since).map(String::as_str).collect::<Vec<_>>();
    let mut url = base.url().clone();
    {
        let mut query = url.query_pairs_mut();
        query.clear();
        if let Some(words) = &wish.query {
            query.append_pair("query", words);
        }
        if !filters.is_empty() {
            query.append_pair("filter", &filters.join(","));
        }
        query.append_pair("rows", &rows(wish).to_string()).append_pair("cursor", cursor);
        if let Some(mailbox) = mailbox {
            query.append_pair("mailto", mailbox);
        }
    }
    url.set_fragment(None);
    WebAddress::try_from(url).map_err(|error| Failure::new(FailureReason::AddressRefused, error))
}

/// How many records are asked for at once.
pub fn rows(wish: &CrossrefWish) -> u32 {
    wish.rows.unwrap_or(ROWS).clamp(1, MAX_ROWS)
}

/// Reads an answer, whatever its status: an error of Crossref is JSON or a line of text that says so.
///
/// # Errors
/// [`FailureReason::Declined`] with what Crossref says, [`FailureReason::NotAFeed`] when it is no list of
/// works, and the other reasons of a document that cannot be read.
pub fn read(
    bytes: &[u8],
    status: u16,
    content_type: Option<&str>,
    now: Timestamp,
) -> Result<Page, Failure> {
    guarded(|| read_text(&to_text(bytes, content_type)?, status, content_type, now))
}

/// The same as [`read`], on a thread of this crate.
///
/// # Errors
/// Those of [`read`].
pub async fn parse(fetch: Arc<Fetch>, now: Timestamp) -> Result<Page, Failure> {
    on_thread(move || read(&fetch.bytes, fetch.status, fetch.content_type.as_deref(), now)).await
}

fn read_text(
    text: &str,
    status: u16,
    content_type: Option<&str>,
    now: Timestamp,
) -> Result<Page, Failure> {
    let json = match recognise(text, content_type) {
        Ok(Document::Json(json)) => json,
        _ if status >= 400 => return Err(declined(status, text)),
        Ok(Document::Xml(_)) => return Err(no_list("the answer is XML")),
        Err(failure) => return Err(failure),
    };
    let root = json::parse(json)
        .map_err(|error| Failure::new(FailureReason::Malformed, format!("the JSON: {error}")))?;
    if status >= 400 || root.text("status").is_some_and(|status| status == "failed") {
        return Err(declined(status, &said(&root)));
    }
    let message = root.get("message");
    let kind = root.text("message-type").unwrap_or("something else");
    let items = message.and_then(|message| message.get("items")).and_then(Json::list);
    // The lists of funders, journals, members and types look the same from outside.
    let Some(items) = items.filter(|_| kind == "work-list") else {
        return Err(no_list(&format!("it is a “{}”", one_line(kind, 40))));
    };
    let mut collector = Collector::new(text.len(), now);
    for item in items {
        if collector.seen() >= usize::try_from(MAX_ROWS).unwrap_or(usize::MAX) {
            let detail = format!("the answer has more than {MAX_ROWS} records");
            return Err(Failure::new(FailureReason::TooComplex, detail));
        }
        collector.take(work(item));
    }
    let cursor = message.and_then(|message| message.text("next-cursor"));
    let cursor = cursor.filter(|cursor| (1..=MAX_CURSOR).contains(&cursor.len()));
    Ok(Page {
        seen: collector.seen(),
        records: collector.finish(),
        total: message.and_then(|message| message.get("total-results")).and_then(Json::number),
        cursor: cursor.map(str::to_owned),
    })
}

fn declined(status: u16, said: &str) -> Failure {
    let detail = format!("answered {status}: {}", one_line(said, 200));
    Failure::new(FailureReason::Declined, detail)
}

fn no_list(what: &str) -> Failure {
    Failure::new(FailureReason::NotAFeed, format!("no list of works of Crossref: {what}"))
}

/// What an error says: `message` is a text or a list of objects with a `message` each.
fn said(root: &Json) -> String {
    let Some(message) = root.get("message") else { return "without a reason".to_owned() };
    let of = |part: &Json| match part {
        Json::Text(text) => text.clone(),
        other => {
            let words = other.text("message").or_else(|| other.text("value"));
            words.unwrap_or_default().to_owned()
        }
    };
    match message.list() {
        Some(parts) => parts.iter().take(5).map(of).collect::<Vec<_>>().join("; "),
        None => of(message),
    }
}

/// A work. Most of its fields may be missing, or lists of one.
fn work(item: &Json) -> Record {
    let number = item.text("DOI").and_then(identifier);
    let key = number.as_ref().map(|number| format!("doi:{}", number.value)).unwrap_or_default();
    let first = |name: &str| item.get(name).and_then(Json::first_text).map(str::to_owned);
    let title = first("title").map(|title| match first("subtitle") {
        Some(subtitle) if !title.contains(&subtitle) => format!("{title}: {subtitle}"),
        _ => title,
    });
    let names = item.get("author").and_then(Json::list).unwrap_or_default();
    let dates = ["published", "issued", "published-online", "published-print", "posted"];
    let dates = dates.iter().filter_map(|name| date(item.get(name)?)).collect::<Vec<_>>();
    let changed = item.get("deposited").or_else(|| item.get("indexed"));
    let changed = changed.and_then(|date| date.text("date-time"));
    let addresses = item.text("URL").map(str::to_owned).into_iter().collect::<Vec<_>>();
    let identifiers = number.into_iter().collect::<Vec<_>>();
    Record {
        key,
        title: title.map(|title| jats(&title)),
        bodies: first("abstract").map(|text| html(&text)).into_iter().collect(),
        authors: names.iter().filter_map(author).collect(),
        dates: if dates.is_empty() {
            item.get("created").and_then(date).into_iter().collect()
        } else {
            dates
        },
        updated: changed.and_then(crate::dates::parse),
        url: page_of(&addresses, &identifiers),
        languages: item.text("language").map(str::to_owned).into_iter().collect(),
        identifiers,
        broke_off: false,
    }
}

fn author(name: &Json) -> Option<String> {
    match (name.text("given"), name.text("family")) {
        (Some(given), Some(family)) => Some(format!("{given} {family}")),
        (None, Some(family)) => Some(family.to_owned()),
        _ => name.text("name").or_else(|| name.text("given")).map(str::to_owned),
    }
}

/// `{"date-parts": [[2018, 11, 3]]}`: year, month and day, of which the last may be missing.
fn date(date: &Json) -> Option<String> {
    let parts = date.get("date-parts")?.list()?.first()?.list()?;
    let mut numbers = parts.iter().map_while(Json::number);
    let year = numbers.next().filter(|year| (1..=9999).contains(year))?;
    Some(match (numbers.next(), numbers.next()) {
        (Some(month), Some(day)) => format!("{year:04}-{month:02}-{day:02}"),
        (Some(month), None) => format!("{year:04}-{month:02}"),
        _ => format!("{year:04}"),
    })
}

fn html(abstract_: &str) -> Text<'static> {
    Text { value: jats(abstract_).into(), is_html: true, base: None }
}

/// The markup of JATS (<https://jats.nlm.nih.gov>) as that of HTML: paragraphs, headings, lists and
/// emphasis; everything else loses its tags and keeps its words.
fn jats(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for token in Tokens::new(text) {
        match token {
            Token::Start { name, empty, .. } => {
                if let Some((open, close)) = tags(name) {
                    out.push_str(open);
                    if empty {
                        out.push_str(close);
                    }
                }
            }
            Token::End { name } => out.push_str(tags(name).map_or("", |(_, close)| close)),
            Token::Escaped(text) => out.push_str(text),
            Token::Plain(text) => out.push_str(&crate::parts::escape(text)),
            Token::Doctype { .. } | Token::Declaration => {}
        }
    }
    out
}

fn tags(name: &str) -> Option<(&'static str, &'static str)> {
    let local = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
    Some(match local.as_str() {
        "p" | "sec" => ("<p>", "</p>"),
        "title" => ("<p><strong>", "</strong></p>"),
        "italic" | "i" | "em" => ("<em>", "</em>"),
        "bold" | "b" | "strong" => ("<strong>", "</strong>"),
        "sub" => ("<sub>", "</sub>"),
        "sup" => ("<sup>", "</sup>"),
        "list" => ("<ul>", "</ul>"),
        "list-item" => ("<li>", "</li>"),
        "break" => ("<br>", ""),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_json(status: u16, text: &str) -> Result<Page, Failure> {
        read(text.as_bytes(), status, Some("application/json"), "2026-11-25".parse().unwrap())
    }

    #[test]
    fn a_work_becomes_an_entry() {
        let text = r#"{"status":"ok","message-type":"work-list","message":{"total-results":2,
            "next-cursor":"Dn==","items":[{"DOI":"10.1000\/ABC","title":["Low orbit"],"subtitle":["A view"],
            "abstract":"<jats:title>Abstract</jats:title><jats:p>One &amp; <jats:italic>two</jats:italic>.</jats:p>",
            "author":[{"given":"Ada","family":"Lo"},{"name":"A Group"}],"language":"eng",
            "published":{"date-parts":[[2018,11]]},"created":{"date-parts":[[2019,1,1]]},
            "deposited":{"date-time":"2026-11-01T00:00:00Z"},"URL":"https:\/\/doi.org\/10.1000\/abc",
            "reference":[{"DOI":"10.1000\/other","unstructured":"x"}]},
            {"title":"wrong","author":7},{"DOI":"10.1000\/empty"},3]}}"#;
        let page = read_json(200, text).unwrap();
        assert_eq!((page.total, page.seen, page.cursor.as_deref()), (Some(2), 4, Some("Dn==")));
        assert_eq!(page.records.problems.len(), 3, "{:?}", page.records.problems);
        let entry = &page.records.entries[0];
        assert_eq!(
            (entry.key.as_str(), entry.title.as_str()),
            ("doi:10.1000/abc", "Low orbit: A view")
        );
        assert_eq!(entry.text, "Abstract\n\nOne & two.");
        assert!(entry.html.contains("<em>two</em>"), "{}", entry.html);
        assert_eq!(entry.authors, ["Ada Lo", "A Group"]);
        assert_eq!(entry.published.unwrap().date(), "2018-11-01");
        assert_eq!(
            (entry.declared_language.as_deref(), entry.raw_language.as_deref()),
            (Some("en"), Some("eng"))
        );
        assert_eq!(entry.identifiers[0].value, "10.1000/abc");
    }

    #[test]
    fn errors_are_named() {
        let text = r#"{"status":"failed","message-type":"validation-failure","message":[
            {"type":"filter-not-available","value":"x","message":"Filter 'x' specified"}]}"#;
        for (status, text, words) in [
            (400, text, "answered 400: Filter 'x' specified"),
            (404, "Resource not found.", "answered 404: Resource not found."),
            (404, "{}", "answered 404: without a reason"),
            (200, text, "answered 200: Filter 'x' specified"),
        ] {
            let failure = read_json(status, text).unwrap_err();
            assert_eq!((failure.reason, failure.detail.as_str()), (FailureReason::Declined, words));
        }
        let reason = |text: &str| read_json(200, text).unwrap_err().reason;
        assert_eq!(
            reason(r#"{"status":"ok","message-type":"journal","message":{"title":"x"}}"#),
            FailureReason::NotAFeed
        );
        let funders =
            r#"{"status":"ok","message-type":"funder-list","message":{"items":[{"name":"x"}]}}"#;
        assert_eq!(reason(funders), FailureReason::NotAFeed);
        assert_eq!(reason("{\"message\":{\"items\":["), FailureReason::Malformed);
        assert_eq!(reason("<html>"), FailureReason::WebPage);
        assert_eq!(reason("<rss/>"), FailureReason::NotAFeed);
    }

    #[test]
    fn pages_are_asked_for_by_cursor() {
        let base = "https://api.crossref.org/works?rows=9".parse().unwrap();
        let wish =
            CrossrefWish { filter: Some("issn:2049-3630".to_owned()), ..CrossrefWish::default() };
        let since = Some("2026-11-20T10:00:00Z".parse().unwrap());
        assert_eq!(
            page(&base, &wish, since, FIRST, Some("a@b.org")).unwrap().as_str(),
            "https://api.crossref.org/works?filter=issn%3A2049-3630%2Cfrom-update-date%3A2026-11-20\
             &rows=100&cursor=*&mailto=a%40b.org"
        );
    }
}
