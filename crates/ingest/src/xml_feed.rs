//! What the parts of RSS 0.9x, 1.0, 2.0 and of Atom 0.3, 1.0 mean.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use observatory_model::rhythm::Timetable;
use observatory_model::{Timestamp, WebAddress};

use crate::dates;
use crate::entities::named;
use crate::entry::{RawEntry, RawFeed, Reference, Text};
use crate::links::Links;
use crate::namespace::Vocabulary::{self, Content, DublinCore, Feed, Itunes, Xhtml};
use crate::namespace::lower;
use crate::parts::{Inherited, Item, Outline, Part, is_person};

/// Most texts of an entry that are looked at when one after the other turns out to say nothing.
const MAX_BODIES: usize = 8;

/// Most words that are looked at in a list of hours: 24 hours between their tags.
const MAX_SKIPPED: usize = 24 * 8;

/// Names of one meaning, the most telling first.
type Names = &'static [(Vocabulary, &'static str)];

const TITLES: Names = &[(Feed, "title"), (DublinCore, "title"), (Itunes, "title")];
const BODIES: Names = &[
    (Content, "encoded"),
    (Feed, "content"),
    (Xhtml, "body"),
    (Xhtml, "div"),
    (Feed, "body"),
    (Feed, "fullitem"),
    (Feed, "description"),
    (Feed, "summary"),
    (DublinCore, "description"),
    (DublinCore, "abstract"),
    (Feed, "abstract"),
    (Itunes, "summary"),
    (Itunes, "subtitle"),
];
const PUBLISHED: Names = &[
    (Feed, "published"),
    (Feed, "pubdate"),
    (Feed, "issued"),
    (DublinCore, "issued"),
    (DublinCore, "date"),
    (DublinCore, "available"),
    (Feed, "created"),
    (DublinCore, "created"),
    (Feed, "date"),
];
const UPDATED: Names =
    &[(Feed, "updated"), (Feed, "modified"), (DublinCore, "modified"), (Feed, "lastbuilddate")];
const LANGUAGES: Names = &[(Feed, "language"), (DublinCore, "language")];
const IDS: Names = &[(Feed, "id"), (Feed, "guid"), (DublinCore, "identifier")];

/// What a feed in XML says; `address` is where it was read.
pub(crate) fn read<'a>(mut outline: Outline<'a>, address: &WebAddress) -> RawFeed<'a> {
    let is_atom = outline.is_atom();
    let here = joined(address, &outline.inherited);
    let homepage = homepage(&outline.parts, &here);
    // Relative links count from xml:base, else from the site the feed speaks of, else from the feed.
    let base = if outline.inherited.bases.is_empty() { homepage.as_ref() } else { None };
    let base = base.unwrap_or(&here).clone();
    let depth = outline.inherited.bases.len();
    let reader = Reader { is_atom, base: Rc::new(base), depth, last_base: RefCell::default() };
    let authors = if is_atom { authors(&outline.parts) } else { Vec::new() };
    let language = first(&outline.parts, LANGUAGES)
        .map(|part| part.text.trim().to_owned())
        .filter(|language| !language.is_empty())
        .or_else(|| outline.inherited.language.as_deref().map(str::to_owned));
    RawFeed {
        language,
        entries: outline.entries.into_iter().map(|item| reader.entry(item)).collect(),
        authors,
        broke_off: outline.broke_off,
        timetable: timetable(&outline.parts),
        links: links(&outline.parts, &here),
        problems: Vec::new(),
        homepage,
        title: reader.take_texts(&mut outline.parts, TITLES, 1).pop(),
    }
}

struct Reader {
    is_atom: bool,
    /// Where relative links of the feed begin.
    base: Rc<WebAddress>,
    /// How many `xml:base` are already in `base`.
    depth: usize,
    /// What was joined last: most parts of a feed inherit the same.
    last_base: RefCell<Option<(Rc<Inherited>, Rc<WebAddress>)>>,
}

impl Reader {
    fn entry<'a>(&self, mut item: Item<'a>) -> RawEntry<'a> {
        let parts = item.parts.as_slice();
        let text_of = |names: Names| first(parts, names).map(|part| part.text.trim().to_owned());
        let own_language = |part: &&Part<'_>| part.inherited.language != item.inherited.language;
        let language = text_of(LANGUAGES).filter(|language| !language.is_empty()).or_else(|| {
            let part = parts.iter().find(own_language);
            let language = part.map_or(&item.inherited, |part| &part.inherited);
            language.language.as_deref().map(str::to_owned)
        });
        let id = text_of(IDS).filter(|id| !id.is_empty());
        RawEntry {
            id: id.or_else(|| item.about.as_deref().map(str::to_owned)),
            url: None,
            references: self.references(&item),
            authors: authors(parts),
            published: date(parts, PUBLISHED),
            updated: date(parts, UPDATED),
            language,
            broke_off: item.broke_off,
            title: self.take_texts(&mut item.parts, TITLES, 1).pop(),
            bodies: self.take_texts(&mut item.parts, BODIES, MAX_BODIES),
        }
    }

    /// Takes texts out of the parts of these names, as many as there are to be at most; those that say nothing
    /// are passed over.
    fn take_texts<'a>(&self, parts: &mut [Part<'a>], names: Names, most: usize) -> Vec<Text<'a>> {
        let mut texts = Vec::new();
        for (vocabulary, name) in names {
            let is_so = |part: &&mut Part<'_>| part.vocabulary == *vocabulary && part.name == *name;
            for part in parts.iter_mut().filter(is_so) {
                if texts.len() == most {
                    return texts;
                }
                let text = self.take_text(part);
                texts.extend(Some(text).filter(|text| !text.value.trim().is_empty()));
            }
        }
        texts
    }

    /// Where the page an entry speaks of may be, the most telling first.
    fn references<'a>(&self, item: &Item<'a>) -> Vec<Reference<'a>> {
        let links =
            || item.parts.iter().filter(|part| part.vocabulary == Feed && part.name == "link");
        let is_alternate = |part: &Part<'_>| {
            part.attribute("rel").is_none_or(|rel| rel.eq_ignore_ascii_case("alternate"))
        };
        let is_page =
            |part: &Part<'_>| part.attribute("type").is_none_or(|kind| kind.contains("html"));
        let is_permanent = |part: &&Part<'_>| {
            part.vocabulary == Feed
                && part.name == "guid"
                && part.attribute("ispermalink").is_none_or(|is| !is.eq_ignore_ascii_case("false"))
        };
        let relative = |part: &Part<'a>, written: &Cow<'a, str>| Reference {
            base: Some(self.base_of(&part.inherited)),
            written: written.clone(),
        };
        let of = |part: &Part<'a>, name: &str| Some(relative(part, part.value(name)?));
        let href = |part: &Part<'a>| of(part, "href");
        let absolute = |written: &Cow<'a, str>| Reference { base: None, written: written.clone() };
        let alternates = || links().filter(|part| is_alternate(part));
        let written = alternates().filter(|part| part.attribute("href").is_none());
        let guid = item.parts.iter().find(is_permanent).map(|part| &part.text);
        let contents = item.parts.iter().filter(|part| part.name == "content");
        let mut found = Vec::new();
        found.extend(alternates().filter(|part| is_page(part)).filter_map(href));
        found.extend(alternates().filter(|part| !is_page(part)).filter_map(href));
        found.extend(written.map(|part| relative(part, &part.text)));
        found.extend(guid.into_iter().chain(item.about.as_ref()).map(absolute));
        found.extend(contents.filter_map(|part| of(part, "src")));
        found.extend(links().filter(|part| !is_alternate(part)).filter_map(href));
        found
    }

    fn base_of(&self, inherited: &Rc<Inherited>) -> Rc<WebAddress> {
        let mut last = self.last_base.borrow_mut();
        if let Some((_, base)) = last.as_ref().filter(|(of, _)| Rc::ptr_eq(of, inherited)) {
            return Rc::clone(base);
        }
        let own = inherited.bases.iter().skip(self.depth);
        let base =
            own.fold(Rc::clone(&self.base), |base, next| base.join(next).map_or(base, Rc::new));
        *last = Some((Rc::clone(inherited), Rc::clone(&base)));
        base
    }

    /// Takes the text of a part out, and tells how it is written: by its type in Atom, by habit in RSS.
    fn take_text<'a>(&self, part: &mut Part<'a>) -> Text<'a> {
        let base = Some(self.base_of(&part.inherited));
        let kind = part.attribute("type").map(|kind| lower(kind).into_owned()).unwrap_or_default();
        let escaped =
            part.attribute("mode").is_some_and(|mode| mode.eq_ignore_ascii_case("escaped"));
        if is_binary(part, &kind) {
            return Text { value: Cow::default(), is_html: false, base };
        }
        let is_markup = kind.contains("xhtml") || kind.ends_with("/xml") || kind.ends_with("+xml");
        let is_typed = self.is_atom || !kind.is_empty();
        let as_said = is_typed && part.vocabulary == Feed && part.name != "description";
        let from_markup = if part.vocabulary == Xhtml || (is_markup && !escaped) {
            true
        } else if kind.contains("html") {
            part.has_tags && !escaped
        } else {
            as_said && part.has_tags
        };
        if from_markup {
            return Text { value: part.take_markup().into(), is_html: true, base };
        }
        let is_title = part.name == "title";
        let is_html = if kind.contains("html") {
            true
        } else if as_said {
            // Many a feed forgets to say that its text is HTML.
            kind.is_empty() && !is_title && looks_like_html(&part.text)
        } else {
            part.has_tags || !is_title || looks_like_html(&part.text)
        };
        Text { value: std::mem::take(&mut part.text), is_html, base }
    }
}

/// Whether a part is a picture or the like, written in base64 (RFC 4287 §4.1.3.3): nothing to read.
fn is_binary(part: &Part<'_>, kind: &str) -> bool {
    let is_text = kind.starts_with("text/") || kind.contains("html") || kind.contains("xml");
    let base64 = part.attribute("mode").is_some_and(|mode| mode.eq_ignore_ascii_case("base64"));
    base64 || (kind.contains('/') && !is_text && part.vocabulary == Feed)
}

/// Whether a text of which nobody says what it is has tags or references of HTML.
pub(crate) fn looks_like_html(text: &str) -> bool {
    let tag = |rest: &str| {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let name = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        rest.contains('>') && is_known_tag(&name.to_ascii_lowercase())
    };
    let reference = |rest: &str| {
        let name = rest.split(';').next().unwrap_or_default();
        let known = name.starts_with('#') || named(name).is_some();
        name.len() < rest.len() && name.len() < 32 && known
    };
    text.split('<').skip(1).any(tag) || text.split('&').skip(1).any(reference)
}

fn is_known_tag(name: &str) -> bool {
    const NAMES: [&str; 35] = [
        "a",
        "abbr",
        "b",
        "big",
        "blockquote",
        "br",
        "cite",
        "code",
        "del",
        "div",
        "em",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "hr",
        "i",
        "img",
        "ins",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "tt",
        "u",
        "ul",
    ];
    NAMES.contains(&name)
}

fn homepage(parts: &[Part<'_>], here: &WebAddress) -> Option<WebAddress> {
    let links = || parts.iter().filter(|part| part.vocabulary == Feed && part.name == "link");
    let alternate = |part: &&Part<'_>| {
        part.attribute("rel").is_none_or(|rel| rel.eq_ignore_ascii_case("alternate"))
    };
    let not_empty = |text: &str| !text.trim().is_empty();
    let written =
        links().filter(|part| part.attribute("href").is_none()).map(|part| part.text.as_ref());
    let linked = links().filter(alternate).filter_map(|part| part.attribute("href"));
    written.chain(linked).filter(|text| not_empty(text)).find_map(|text| here.join(text).ok())
}

/// Where its hub is (WebSub §4): `link` of Atom, also within RSS.
fn links(parts: &[Part<'_>], here: &WebAddress) -> Links {
    let mut links = Links::default();
    for part in parts.iter().filter(|part| part.vocabulary == Feed && part.name == "link") {
        if let (Some(rel), Some(href)) = (part.attribute("rel"), part.attribute("href")) {
            links.note(here, href, rel);
        }
    }
    links
}

/// When a feed is worth reading (RSS 2.0 `ttl`, RSS 0.91 `skipHours` and `skipDays`).
fn timetable(parts: &[Part<'_>]) -> Timetable {
    let of = |name: &'static str| {
        let parts = parts.iter().filter(move |part| part.vocabulary == Feed && part.name == name);
        parts.map(|part| part.text.trim())
    };
    let ttl_minutes = of("ttl").find_map(|ttl| ttl.parse().ok()).unwrap_or_default();
    // `<hour>0</hour><hour>1</hour>`: the names of the elements are no numbers and no days.
    let words = |name: &'static str| {
        of(name).flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric())).take(MAX_SKIPPED)
    };
    let timetable = Timetable { ttl_minutes, ..Timetable::default() };
    let hours = words("skiphours").filter_map(|word| word.parse().ok());
    let timetable = hours.fold(timetable, Timetable::without_hour);
    words("skipdays").fold(timetable, Timetable::without_day)
}

fn authors(parts: &[Part<'_>]) -> Vec<String> {
    let person = |part: &Part<'_>| {
        let inner = |name: &str| {
            let found = part.inner.iter().find(|(inner, _)| inner == name);
            found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
        };
        let said = inner("name").or_else(|| inner("email")).unwrap_or(&part.text);
        without_mailbox(said)
    };
    let written = parts.iter().filter(|part| is_person(part) && part.name == "author").map(person);
    let creators = parts_of(parts, &[(DublinCore, "creator"), (DublinCore, "author")]);
    let found = written.chain(creators.map(|part| without_mailbox(&part.text)));
    let found = found.filter(|name| !name.is_empty()).collect::<Vec<_>>();
    if !found.is_empty() {
        return found;
    }
    parts_of(parts, &[(Itunes, "author")]).map(|part| part.text.trim().to_owned()).collect()
}

/// The name in `a@b.org (Name)` and `Name <a@b.org>`; the whole where there is no name.
fn without_mailbox(said: &str) -> String {
    let said = said.trim();
    let name = match (said.split_once('('), said.split_once('<')) {
        (Some((mailbox, name)), _) if mailbox.contains('@') => name.trim().trim_end_matches(')'),
        (_, Some((name, mailbox))) if mailbox.contains('@') => name,
        _ => said,
    };
    let name = name.trim();
    if name.is_empty() { said.to_owned() } else { name.to_owned() }
}

fn date(parts: &[Part<'_>], names: Names) -> Option<Timestamp> {
    parts_of(parts, names).find_map(|part| dates::parse(&part.text))
}

fn first<'p, 'a>(parts: &'p [Part<'a>], names: Names) -> Option<&'p Part<'a>> {
    parts_of(parts, names).find(|part| !part.text.trim().is_empty())
}

/// The parts of one meaning, in the order of their names.
fn parts_of<'p, 'a>(parts: &'p [Part<'a>], names: Names) -> impl Iterator<Item = &'p Part<'a>> {
    names.iter().flat_map(move |(vocabulary, name)| {
        parts.iter().filter(move |part| part.vocabulary == *vocabulary && part.name == *name)
    })
}

fn joined(address: &WebAddress, inherited: &Inherited) -> WebAddress {
    inherited.bases.iter().fold(address.clone(), |base, next| base.join(next).unwrap_or(base))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outline::outline;

    fn feed(text: &str) -> RawFeed<'_> {
        read(outline(text, 100).unwrap(), &"https://a.org/feed.xml".parse().unwrap())
    }

    fn only(text: &str) -> RawEntry<'_> {
        feed(text).entries.pop().unwrap()
    }

    #[test]
    fn a_feed_says_when_it_is_worth_reading() {
        let told = feed(
            "<rss><channel><ttl> 60 </ttl><skipHours><hour>0</hour><hour> 23</hour></skipHours>\
             <skipDays><day>Saturday</day><day>sunday</day></skipDays></channel></rss>",
        );
        let expected =
            Timetable { ttl_minutes: 60, skip_hours: 1 | 1 << 23, skip_days: 1 << 5 | 1 << 6 };
        assert_eq!(told.timetable, expected);
        let odd = feed("<rss><channel><ttl>-5</ttl><skipHours>99 x</skipHours></channel></rss>");
        assert_eq!(odd.timetable, Timetable::default());
    }

    #[test]
    fn links_are_found_where_each_format_puts_them() {
        for (text, url) in [
            ("<rss><item><link> /x </link></item></rss>", "https://a.org/x"),
            (
                "<rss><channel><link>http://b.org/c/</link><item><link>x</link></item></channel></rss>",
                "http://b.org/c/x",
            ),
            ("<rss><item><guid>http://b.org/1</guid></item></rss>", "http://b.org/1"),
            ("<rdf:RDF><item rdf:about='http://b.org/2'/></rdf:RDF>", "http://b.org/2"),
            (
                "<feed xml:base='http://b.org/'><entry xml:base='c/'><link rel='self' href='no'/><link href='d'/></entry></feed>",
                "http://b.org/c/d",
            ),
            (
                "<feed><entry><link rel='alternate' type='application/pdf' href='/p'/><link type='text/html' href='/h'/></entry></feed>",
                "https://a.org/h",
            ),
            ("<feed><entry><content src='/s'/></entry></feed>", "https://a.org/s"),
            (
                "<rss xmlns:atom='http://www.w3.org/2005/Atom'><item><atom:link href='/q'/></item></rss>",
                "https://a.org/q",
            ),
        ] {
            assert_eq!(only(text).address().map(String::from).as_deref(), Some(url), "{text}");
        }
        assert_eq!(
            only("<rss><item><guid isPermaLink='false'>http://b.org/1</guid></item></rss>")
                .address(),
            None
        );
        assert_eq!(
            only("<rss><item><link>javascript:alert(1)</link></item></rss>").address(),
            None
        );
    }

    #[test]
    fn texts_are_html_or_plain_as_each_format_says() {
        let title = |text: &str| {
            let title = only(text).title.unwrap();
            (title.value.into_owned(), title.is_html)
        };
        let rss = |inside: &str| title(&format!("<rss><item><title>{inside}</title></item></rss>"));
        assert_eq!(rss("AT&amp;T"), ("AT&T".to_owned(), false));
        assert_eq!(rss("AT&amp;amp;T"), ("AT&amp;T".to_owned(), true));
        assert_eq!(rss("&lt;b&gt;x&lt;/b&gt;"), ("<b>x</b>".to_owned(), true));
        assert_eq!(rss("a &lt; b"), ("a < b".to_owned(), false));
        assert_eq!(rss("a <b>c</b>"), ("a <b>c</b>".to_owned(), true));
        let atom = |kind: &str, inside: &str| {
            title(&format!("<feed><entry><title {kind}>{inside}</title></entry></feed>"))
        };
        assert_eq!(atom("", "&lt;b&gt;"), ("<b>".to_owned(), false));
        assert_eq!(atom("type='html'", "&lt;b&gt;"), ("<b>".to_owned(), true));
        assert_eq!(
            atom("type='xhtml'", "<div>a &lt; b</div>"),
            ("<div>a &lt; b</div>".to_owned(), true)
        );
        assert_eq!(atom("type='text/plain'", "a"), ("a".to_owned(), false));
        for binary in ["type='image/png'", "type='text/html' mode='base64'"] {
            let text = format!("<feed><entry><title {binary}>iVBORw0KGgo=</title></entry></feed>");
            assert!(only(&text).title.is_none(), "{binary}");
        }
        assert_eq!(atom("type='text/html' mode='escaped'", "&lt;b&gt;"), ("<b>".to_owned(), true));
    }

    #[test]
    fn names_dates_and_languages_are_found() {
        let text = "<rss><channel><language>fr</language><item><author>a@b.org (Ada L.)</author>\
            <dc:creator>Bo</dc:creator><pubDate>not a date</pubDate><dc:date>2020-01-02</dc:date>\
            <dc:language>es</dc:language><title>x</title></item></channel></rss>";
        let entry = only(text);
        assert_eq!(entry.authors, ["Ada L.", "Bo"]);
        assert_eq!(entry.published.map(Timestamp::date).as_deref(), Some("2020-01-02"));
        assert_eq!(entry.language.as_deref(), Some("es"));
        assert_eq!(feed(text).language.as_deref(), Some("fr"));
        let text = "<feed><author><name>Ada</name><email>a@b.org</email></author><entry>\
            <issued>2003-12-13T08:29:29-04:00</issued><modified>2004-01-01</modified></entry></feed>";
        let entry = only(text);
        assert_eq!((entry.authors.len(), feed(text).authors), (0, vec!["Ada".to_owned()]));
        assert_eq!(
            entry.published.map(Timestamp::rfc3339).as_deref(),
            Some("2003-12-13T12:29:29Z")
        );
        assert!(entry.updated.is_some());
    }
}
