//! What a feed says of an item becomes an entry: plain titles, safe HTML, one key, one language.

use std::borrow::Cow;
use std::rc::Rc;

use observatory_model::entry::IncomingEntry;
use observatory_model::rhythm::Timetable;
use observatory_model::{Language, Timestamp, WebAddress};
use observatory_text::{beginning, detect_beside, one_line, sanitize, to_plain};
use sha2::{Digest as _, Sha256};

use crate::links::Links;
use crate::parts::escape;

/// Longest title, in characters.
const MAX_TITLE: usize = 500;

/// How much of a text is read for a line of it, in bytes: enough for 500 characters between tags.
const MAX_LINE_BYTES: usize = 64 * 1024;

/// Longest title that is made from the beginning of the text, in characters: a line.
const MAX_MADE_TITLE: usize = 120;

/// Longest key, in bytes; longer ids are hashed, and those with control characters, which databases
/// and terminals read as they like.
const MAX_KEY: usize = 512;

/// Longest name of an author, in characters.
const MAX_AUTHOR: usize = 200;

/// Most authors.
const MAX_AUTHORS: usize = 20;

/// How much of title and text the language is detected from, in characters: more changes nothing.
const DETECT_FROM: usize = 2000;

/// Longest language tag that is kept (RFC 5646 §4.4.1 recommends to accept 35 characters).
const MAX_TAG: usize = 35;

/// A feed as it was read, before its entries are cleaned.
#[derive(Debug, Default)]
pub(crate) struct RawFeed<'a> {
    pub(crate) title: Option<Text<'a>>,
    pub(crate) homepage: Option<WebAddress>,
    pub(crate) language: Option<String>,
    /// Who wrote the entries that do not say so themselves.
    pub(crate) authors: Vec<String>,
    pub(crate) entries: Vec<RawEntry<'a>>,
    pub(crate) broke_off: bool,
    /// When it is worth reading, as it says.
    pub(crate) timetable: Timetable,
    /// Where its hub is.
    pub(crate) links: Links,
    /// Entries that could not even be read as far as that, each in a few words.
    pub(crate) problems: Vec<String>,
}

/// What a feed says of one item.
#[derive(Debug, Default)]
pub(crate) struct RawEntry<'a> {
    pub(crate) id: Option<String>,
    pub(crate) url: Option<WebAddress>,
    /// Where its address may be, the most telling first, when `url` does not say it.
    pub(crate) references: Vec<Reference<'a>>,
    pub(crate) title: Option<Text<'a>>,
    /// Its texts, the best first: the whole content, then summaries.
    pub(crate) bodies: Vec<Text<'a>>,
    pub(crate) authors: Vec<String>,
    pub(crate) published: Option<Timestamp>,
    pub(crate) updated: Option<Timestamp>,
    pub(crate) language: Option<String>,
    pub(crate) broke_off: bool,
}

impl RawEntry<'_> {
    /// The page it speaks of: what it says itself, else the first reference that is one.
    pub(crate) fn address(&self) -> Option<WebAddress> {
        self.url.clone().or_else(|| self.references.iter().find_map(Reference::address))
    }
}

/// An address as it is written, which may be none.
#[derive(Clone, Debug)]
pub(crate) struct Reference<'a> {
    /// Where it begins when it is relative; without that it must be whole.
    pub(crate) base: Option<Rc<WebAddress>>,
    pub(crate) written: Cow<'a, str>,
}

impl Reference<'_> {
    fn address(&self) -> Option<WebAddress> {
        let written = Some(self.written.trim()).filter(|written| !written.is_empty())?;
        match &self.base {
            Some(base) => base.join(written).ok(),
            None => written.parse().ok(),
        }
    }
}

/// A text, and how it is written.
#[derive(Clone, Debug)]
pub(crate) struct Text<'a> {
    pub(crate) value: Cow<'a, str>,
    pub(crate) is_html: bool,
    /// Where its relative links begin.
    pub(crate) base: Option<Rc<WebAddress>>,
}

impl Text<'_> {
    /// The text on one line, without markup.
    pub(crate) fn one_line(&self, max_chars: usize) -> String {
        let begin = self.value.get(..self.value.floor_char_boundary(MAX_LINE_BYTES));
        let begin = begin.unwrap_or_default();
        if self.is_html {
            one_line(&to_plain(begin), max_chars)
        } else {
            one_line(begin, max_chars)
        }
    }

    /// Safe HTML and plain text.
    fn cleaned(&self) -> (String, String) {
        let html = if self.is_html {
            sanitize(&self.value, self.base.as_deref())
        } else {
            sanitize(&paragraphs(&self.value), self.base.as_deref())
        };
        let text = to_plain(&html);
        (html, text)
    }
}

/// What a feed says of all its entries.
#[derive(Debug, Default)]
pub(crate) struct Common {
    pub(crate) language: Option<String>,
    pub(crate) authors: Vec<String>,
}

/// The entry that a feed means, or why it is none, in a few words.
pub(crate) fn clean(
    raw: RawEntry<'_>,
    feed: &Common,
    now: Timestamp,
) -> Result<IncomingEntry, &'static str> {
    let url = raw.address();
    let bodies = raw.bodies.iter().map(Text::cleaned);
    let (html, text) = bodies.into_iter().find(|(_, text)| !text.is_empty()).unwrap_or_default();
    let said = raw.title.map(|title| title.one_line(MAX_TITLE)).unwrap_or_default();
    let address = url.as_ref().map(|url| url.as_str().to_owned()).unwrap_or_default();
    if raw.broke_off && (said.is_empty() || (raw.id.is_none() && url.is_none())) {
        return Err("the feed breaks off in it");
    }
    let some = |title: String| Some(title).filter(|title| !title.is_empty());
    let title = some(said)
        .or_else(|| some(one_line(&text, MAX_MADE_TITLE)))
        .or_else(|| some(one_line(&address, MAX_TITLE)))
        .ok_or("it has neither title nor text nor address")?;
    let (key, derived_key) = match raw.id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty())
    {
        Some(id) => (key(&id), false),
        None => (derived_key(url.as_ref(), &title, &text), true),
    };
    let past = |time: &Timestamp| *time > Timestamp::EPOCH && *time <= now;
    let updated = raw.updated.filter(past);
    let declared_language = raw.language.as_deref().and_then(tag).or_else(|| feed.language.clone());
    let (language, detected_language) = language_of(&title, &text, declared_language.as_deref());
    Ok(IncomingEntry {
        key,
        derived_key,
        url,
        title,
        html,
        text,
        authors: Some(authors(&raw.authors))
            .filter(|own| !own.is_empty())
            .unwrap_or_else(|| feed.authors.clone()),
        // Atom demands only the time of the last change: better than the time it was first seen here.
        // A time that is yet to come would change at every harvest: it is none.
        published: raw.published.filter(past).or(updated),
        updated,
        declared_language,
        language,
        detected_language,
        raw_language: None,
        identifiers: Vec::new(),
    })
}

/// An id as a key: as it is, or hashed where that cannot be kept.
pub(crate) fn key(id: &str) -> String {
    let id = id.trim();
    if id.len() <= MAX_KEY && !id.contains(char::is_control) { id.to_owned() } else { hash(&[id]) }
}

/// The language of a text: detected where that is sure, else declared; and the detected code.
fn language_of(
    title: &str,
    text: &str,
    declared: Option<&str>,
) -> (Option<Language>, Option<String>) {
    let words = format!("{title}\n{}", beginning(text, DETECT_FROM));
    match detect_beside(beginning(&words, DETECT_FROM), declared) {
        Some(detected) => (detected.language, Some(detected.code)),
        None => (declared.and_then(Language::from_tag), None),
    }
}

/// A language tag as written, when it may be one.
pub(crate) fn tag(text: &str) -> Option<String> {
    let tag = text.trim();
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let usable = (1..=MAX_TAG).contains(&tag.len()) && tag.chars().all(letters);
    usable.then(|| tag.to_owned())
}

/// What makes an item without an id the same at the next harvest.
///
/// The part of the address after `#` belongs to it: a page that holds several items names each so.
fn derived_key(url: Option<&WebAddress>, title: &str, text: &str) -> String {
    let with_fragment = |url: &WebAddress| match url.url().fragment() {
        Some(fragment) if !fragment.is_empty() => format!("{}#{fragment}", url.canonical()),
        _ => url.canonical(),
    };
    match url.map(with_fragment) {
        Some(address) if address.len() <= MAX_KEY => address,
        Some(address) => hash(&[&address]),
        None => hash(&[title, text]),
    }
}

fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    let digest = hasher.finalize();
    digest.iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

pub(crate) fn authors(said: &[String]) -> Vec<String> {
    let mut authors: Vec<String> = Vec::new();
    for name in said {
        let name = one_line(name, MAX_AUTHOR);
        if !name.is_empty() && !authors.contains(&name) && authors.len() < MAX_AUTHORS {
            authors.push(name);
        }
    }
    authors
}

/// Plain text as HTML: paragraphs where it has empty lines.
fn paragraphs(text: &str) -> String {
    let lines = text.replace("\r\n", "\n");
    let blocks = lines.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    blocks.fold(String::new(), |html, block| html + "<p>" + &escape(block) + "</p>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-24".parse().unwrap()
    }

    fn html(value: &str) -> Text<'_> {
        Text { value: value.into(), is_html: true, base: None }
    }

    fn text(value: &str) -> Text<'_> {
        Text { is_html: false, ..html(value) }
    }

    fn entry(raw: RawEntry<'_>) -> IncomingEntry {
        clean(raw, &Common::default(), now()).unwrap()
    }

    #[test]
    fn keys_are_those_of_the_feed_or_derived_the_same_way_each_time() {
        let url = |text: &str| text.parse::<WebAddress>().ok();
        let own = entry(RawEntry {
            id: Some(" tag:x ".into()),
            title: Some(text("a")),
            ..RawEntry::default()
        });
        assert_eq!((own.key.as_str(), own.derived_key), ("tag:x", false));
        let by_address =
            RawEntry { url: url("http://www.a.org/b/?utm_source=c"), ..RawEntry::default() };
        let by_address = entry(by_address);
        assert_eq!((by_address.key.as_str(), by_address.derived_key), ("https://a.org/b", true));
        let part = RawEntry { url: url("https://a.org/b#p7"), ..RawEntry::default() };
        assert_eq!(entry(part).key, "https://a.org/b#p7", "another item of the same page");
        let words = |title: &str, body: &str| {
            let bodies = vec![html(body)];
            entry(RawEntry { title: Some(text(title)), bodies, ..RawEntry::default() }).key
        };
        assert_eq!(words("a", "<p>b</p>"), words("a", "<div>b</div>"));
        assert_ne!(words("a", "b"), words("a b", ""));
        assert_ne!(words("ab", "c"), words("a", "bc"));
        assert!(words("a", "b").starts_with("sha256:"));
        let long =
            RawEntry { id: Some("x".repeat(9000)), title: Some(text("a")), ..RawEntry::default() };
        assert_eq!(entry(long).key.len(), 71);
        let broken = |id: &str| {
            let id = Some(id.to_owned());
            entry(RawEntry { id, title: Some(text("a")), ..RawEntry::default() }).key
        };
        assert_ne!(broken("a\0b"), broken("ab"));
        assert!(!broken("a\u{1b}[2Jb").contains(char::is_control));
    }

    #[test]
    fn titles_are_plain_and_always_there() {
        let title = |title: Option<Text<'_>>, body: &str| {
            let bodies = vec![html(body)];
            entry(RawEntry { title, bodies, ..RawEntry::default() }).title
        };
        assert_eq!(title(Some(html("AT&amp;T <b>now</b>")), ""), "AT&T now");
        assert_eq!(title(Some(text("a <b> tag\n and more")), ""), "a <b> tag and more");
        assert_eq!(title(None, "<p>The text</p><p>goes on</p>"), "The text goes on");
        assert_eq!(title(Some(html("<img src=x>")), "text"), "text");
        assert_eq!(
            clean(RawEntry::default(), &Common::default(), now()),
            Err("it has neither title nor text nor address")
        );
    }

    #[test]
    fn times_that_cannot_be_are_none() {
        let with = |published: &str, updated: Option<&str>| {
            let time = |text: &str| text.parse::<Timestamp>().unwrap();
            entry(RawEntry {
                title: Some(text("a")),
                published: Some(time(published)),
                updated: updated.map(time),
                ..RawEntry::default()
            })
            .published
            .map(Timestamp::date)
        };
        assert_eq!(with("2020-01-01", None).as_deref(), Some("2020-01-01"));
        assert_eq!(with("2030-01-01", None), None);
        assert_eq!(with("0001-01-01", Some("2021-01-01")).as_deref(), Some("2021-01-01"));
    }

    #[test]
    fn languages_are_detected_before_they_are_believed() {
        let body = "The working group met on Monday to discuss the future of digital governance, and it \
                    agreed that more evidence from small countries is needed before the next meeting.";
        let raw = |words: &'static str| RawEntry {
            title: Some(text("News")),
            bodies: vec![html(words)],
            language: Some("fr".into()),
            ..RawEntry::default()
        };
        let lying = entry(raw(body));
        assert_eq!(lying.language, Some(Language::En));
        assert_eq!(lying.declared_language.as_deref(), Some("fr"));
        assert!(lying.language_is_contradicted());
        let short = entry(raw("ok"));
        assert_eq!((short.language, short.detected_language), (Some(Language::Fr), None));
    }

    #[test]
    fn plain_text_becomes_paragraphs() {
        let bodies = vec![text("a < b\n\nc & d")];
        let made = entry(RawEntry { bodies, ..RawEntry::default() });
        assert_eq!(made.text, "a < b\n\nc & d");
        assert!(made.html.contains("<p>a &lt; b</p>"), "{}", made.html);
    }
}
