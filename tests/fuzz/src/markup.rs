//! HTML of strangers and Markdown of editors: what comes out is of the allow-list, letter by letter.

use observatory_model::{Language, Slug, WebAddress};
use observatory_text::{detect, excerpt, markdown as pieces, one_line, sanitize, to_plain};

use crate::entries::strange;

/// Elements that may come out of cleaning.
const ELEMENTS: &str = " a abbr b bdi bdo blockquote br caption cite code dd del details dfn div dl dt em \
    figcaption figure h3 h4 h5 h6 hr i ins kbd li mark ol p pre q rp rt ruby s samp small span strong \
    sub summary sup table tbody td tfoot th thead tr u ul var wbr time col colgroup ";

/// Attributes that may come out of cleaning.
const ATTRIBUTES: &str = " href rel lang dir start colspan rowspan scope ";

pub(crate) fn html(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let base = "https://a.org/x/".parse::<WebAddress>().ok();
    let safe = sanitize(&text, base.as_ref());
    check_safe(&safe);
    check_safe(&sanitize(&text, None));
    // Nothing is woken up by cleaning again.
    check_safe(&sanitize(&safe, base.as_ref()));
    let plain = to_plain(&safe);
    assert!(!plain.contains('\0'), "{plain:?}");
    let line = one_line(&plain, 300);
    assert!(!line.contains(strange) && line.chars().count() <= 300, "{line:?}");
    assert!(excerpt(&plain, 100).chars().count() <= 101, "{:?}", excerpt(&plain, 100));
    let _language = detect(&plain);
}

/// Markdown as an editor hands it in: problems, or a page on which nothing runs. As a researcher hands it
/// in, always a page, with no link but those of the paragraphs.
pub(crate) fn markdown(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let evidence = ["one", "two"].into_iter().filter_map(|id| id.parse::<Slug>().ok());
    let evidence = evidence.collect::<Vec<_>>();
    let languages = Language::ALL;
    let language = languages.get(text.len() % languages.len()).copied().unwrap_or(Language::En);
    match pieces::render(&text, language, &evidence) {
        Err(problems) => assert!(!problems.is_empty()),
        Ok(rendered) => check_page(&rendered.body.html),
    }
    let manuscript = pieces::manuscript(&text, language);
    check_page(&manuscript.html);
    let links = manuscript.html.matches("<a ").count();
    assert_eq!(links, manuscript.paragraphs.len(), "{}", manuscript.html);
}

/// Nothing on a page of ours runs.
fn check_page(html: &str) {
    let html = html.to_ascii_lowercase();
    for tag in tags(&html, Quotes::Optional) {
        let name = tag.name.trim_start_matches('/');
        assert!(!["script", "style", "iframe", "object", "form", "svg"].contains(&name));
        for (name, value) in tag.attributes {
            assert!(!name.starts_with("on") && name != "style", "{name}");
            let value = value.trim_start();
            assert!(!value.starts_with("javascript:") && !value.starts_with("data:"));
        }
    }
}

/// Every element and attribute is one of those that may come out, and links are of the web.
pub(crate) fn check_safe(html: &str) {
    for tag in tags(html, Quotes::Always) {
        let name = tag.name.trim_start_matches('/');
        assert!(ELEMENTS.contains(&format!(" {name} ")), "<{name}> in {html}");
        for (name, value) in tag.attributes {
            assert!(ATTRIBUTES.contains(&format!(" {name} ")), "{name} in {html}");
            let is_web = value.starts_with("https://") || value.starts_with("http://");
            assert!(name != "href" || is_web, "{value} in {html}");
        }
    }
}

struct Tag<'a> {
    /// With its `/` where it ends something.
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
}

/// How values of attributes are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Always,
    /// Left out where HTML allows it: our own pages count bytes.
    Optional,
}

/// The tags of serialised HTML, in which no `<` is anything else: this is not forgiving, so that what a
/// browser could read in another way is found.
#[expect(clippy::expect_used, reason = "what cannot be read in one way only is a finding")]
fn tags(html: &str, quotes: Quotes) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut pieces = html.split('<');
    assert!(!pieces.next().unwrap_or_default().contains('\0'), "{html:?}");
    for piece in pieces {
        let name_end = piece.find([' ', '>']).expect("the end of a name");
        let (name, mut rest) = piece.split_at(name_end);
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '/';
        assert!(!name.is_empty() && name.chars().all(is_name), "{name:?} in {html}");
        let mut attributes = Vec::new();
        while let Some(attribute) = rest.strip_prefix(' ') {
            let end = attribute.find(['=', ' ', '>']).expect("the end of a name");
            let (name, after) = attribute.split_at(end);
            let is_name = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(!name.is_empty() && name.chars().all(is_name), "{name:?} in {html}");
            let (value, after) = match after.strip_prefix('=') {
                Some(value) => match value.strip_prefix('"') {
                    Some(value) => value.split_once('"').expect("the end of a value"),
                    None => unquoted(value, quotes),
                },
                None => ("", after),
            };
            attributes.push((name, value));
            rest = after;
        }
        assert!(rest.starts_with('>'), "{piece:?} in {html}");
        tags.push(Tag { name, attributes });
    }
    tags
}

/// A value without quotes, and what follows it.
#[expect(clippy::expect_used, reason = "what cannot be read in one way only is a finding")]
fn unquoted(text: &str, quotes: Quotes) -> (&str, &str) {
    assert!(quotes == Quotes::Optional, "a value without quotes: {text}");
    let (value, after) = text.split_at(text.find([' ', '>']).expect("the end of a value"));
    let ends = |c: char| c.is_whitespace() || c.is_control() || "\"'=`".contains(c);
    assert!(!value.is_empty() && !value.contains(ends), "{value:?}");
    (value, after)
}
