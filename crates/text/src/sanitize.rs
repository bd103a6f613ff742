//! HTML from strangers becomes HTML that is safe to show on a page of the observatory.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use observatory_model::WebAddress;

use crate::tidy::{self, Form};
pub use crate::tidy::{MAX_DEPTH, MAX_HTML_BYTES};

/// Elements that stay. No image, form, frame, drawing or formula; nothing that plays.
pub(crate) const ALLOWED: [&str; 52] = [
    "a",
    "abbr",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];

/// Attributes that stay, by element.
pub(crate) const ATTRIBUTES: [(&str, &[&str]); 14] = [
    ("a", &["href"]),
    ("bdo", &["dir"]),
    ("blockquote", DIRECTED),
    ("div", DIRECTED),
    ("h3", DIRECTED),
    ("h4", DIRECTED),
    ("h5", DIRECTED),
    ("h6", DIRECTED),
    ("li", DIRECTED),
    ("ol", &["start"]),
    ("p", DIRECTED),
    ("span", DIRECTED),
    ("td", &["colspan", "rowspan"]),
    ("th", &["colspan", "rowspan", "scope"]),
];
const DIRECTED: &[&str] = &["lang", "dir"];

/// `html` without anything that runs, loads, covers the page or pretends to be part of it.
///
/// Elements and attributes outside the list are dropped, their text is kept (that of scripts, styles
/// and text fields is not). Headings move two levels down. Links are made absolute with `base`, the
/// address of the page they stood on; those that are no web address are dropped; the others are
/// `nofollow noopener noreferrer`. At most [`MAX_HTML_BYTES`] are read, [`MAX_DEPTH`] levels kept.
///
/// What is written here has no tag and no attribute that is not one of the names of this file, and nothing
/// else that begins like a tag: most texts are that already. What browsers may move or close by themselves
/// (words between the cells of a table, notes of how to read a word) is parsed once more as browsers do.
pub fn sanitize(html: &str, base: Option<&WebAddress>) -> String {
    let written = tidy::write(html, base, Form::Final);
    if written.is_settled { written.html } else { cleaned(html, base) }
}

/// The same by the whole way: `html` is made tidy, parsed as browsers parse, and written again.
fn cleaned(html: &str, base: Option<&WebAddress>) -> String {
    CLEANER.clean(&tidy::write(html, base, Form::Draft).html).to_string()
}

/// What links say of where they lead.
pub(crate) const LINK_REL: &str = "nofollow noopener noreferrer";

/// The list above, enforced on a tree that was parsed as browsers parse.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    let attributes = ATTRIBUTES.iter().map(|(tag, names)| (*tag, names.iter().copied().collect()));
    builder
        .tags(HashSet::from(ALLOWED))
        .tag_attributes(attributes.collect::<HashMap<_, _>>())
        .clean_content_tags(HashSet::from(["script", "style"]))
        .url_schemes(HashSet::from(["http", "https"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some(LINK_REL))
        .strip_comments(true);
    builder
});

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::time::{Duration, Instant};

    use html5ever::tendril::StrTendril;
    use html5ever::tokenizer::{
        BufferQueue, Tag, Token as HtmlToken, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
    };
    use proptest::prelude::*;

    use super::*;
    use crate::entities;
    use crate::tidy::MAX_ELEMENTS;

    fn page() -> WebAddress {
        "https://example.org/news/1".parse().unwrap()
    }

    fn clean(html: &str) -> String {
        sanitize(html, Some(&page()))
    }

    fn cleaned_whole(html: &str) -> String {
        cleaned(html, Some(&page()))
    }

    /// Collects the tags of a text with another tokenizer than the one under test.
    #[derive(Default)]
    struct Tags(RefCell<Vec<Tag>>);

    impl TokenSink for Tags {
        type Handle = ();

        fn process_token(&self, token: HtmlToken, _line: u64) -> TokenSinkResult<()> {
            match token {
                HtmlToken::TagToken(tag) => self.0.borrow_mut().push(tag),
                HtmlToken::CommentToken(text) => panic!("a comment is left: {text}"),
                HtmlToken::DoctypeToken(_) => panic!("a doctype is left"),
                _ => {}
            }
            TokenSinkResult::Continue
        }
    }

    /// Fails when anything outside the list is left.
    fn assert_safe(html: &str, input: &str) {
        let queue = BufferQueue::default();
        queue.push_back(StrTendril::from(html));
        let tokenizer = Tokenizer::new(Tags::default(), TokenizerOpts::default());
        let _done = tokenizer.feed(&queue);
        tokenizer.end();
        for tag in tokenizer.sink.0.take() {
            let name = tag.name.to_string();
            assert!(ALLOWED.contains(&name.as_str()), "<{name}> is left of {input}");
            for attribute in tag.attrs {
                let attribute_name = attribute.name.local.to_string();
                let value = attribute.value.to_string();
                let known = match attribute_name.as_str() {
                    "rel" => name == "a" && value == "nofollow noopener noreferrer",
                    "href" => name == "a" && value.parse::<WebAddress>().is_ok(),
                    "dir" | "lang" | "start" | "colspan" | "rowspan" | "scope" => true,
                    _ => false,
                };
                assert!(known, "{attribute_name}={value} is left of {input}");
            }
        }
    }

    #[test]
    fn articles_keep_their_shape() {
        let link = "rel=\"nofollow noopener noreferrer\"";
        for (html, expected) in [
            ("<p>One<p>two", "<p>One</p><p>two</p>".to_owned()),
            ("<h1>A</h1><h2 id=x>B</h2><h6>C", "<h3>A</h3><h4>B</h4><h6>C</h6>".to_owned()),
            ("<ul><li>a<li>b</ul>c", "<ul><li>a</li><li>b</li></ul>c".to_owned()),
            ("<a href='/x?a=1&amp;b' onclick=x>y</a>", format!("<a href=\"https://example.org/x?a=1&amp;b\" {link}>y</a>")),
            ("<a href='javascript:x'>y</a> <a>z</a>", "y z".to_owned()),
            ("<a href='https://u:p@b.org/'>y</a>", "y".to_owned()),
            ("<p style=color:red class=a id=b dir=rtl lang=ar>x", "<p lang=\"ar\" dir=\"rtl\">x</p>".to_owned()),
            ("<table><tr><th scope=col>a<td colspan=2 width=9>b</table>", "<table><tbody><tr><th scope=\"col\">a</th><td colspan=\"2\">b</td></tr></tbody></table>".to_owned()),
            ("<img src=x onerror=y>a<svg><b>c</b></svg><form><input>d</form>", "a<b>c</b>d".to_owned()),
            ("<b>x</i></b> 1 < 2 & 3 &lt;b>", "<b>x</b> 1 &lt; 2 &amp; 3 &lt;b&gt;".to_owned()),
            ("<section><h1>T</h1></section><script>a</script>", "<div><h3>T</h3></div>".to_owned()),
            ("<p>a<br>b</p><hr>", "<p>a<br>b</p><hr>".to_owned()),
            ("<pre>\n\na</pre><pre>&#10;b</pre><pre><b>\nc", "<pre>\na</pre><pre>b</pre><pre><b>\nc</b></pre>".to_owned()),
            ("<pre><!-- -->\r\n\nd</pre>", "<pre>\nd</pre>".to_owned()),
            ("<table> <thead><td>a<td>b</thead>\n<tr><td>c</table>", "<table> <thead><tr><td>a</td><td>b</td></tr></thead>\n<tbody><tr><td>c</td></tr></tbody></table>".to_owned()),
            ("<table>a<tr>b<td>c<caption>d</table>e", "ab<table><tbody><tr><td>c</td></tr></tbody><caption>d</caption></table>e".to_owned()),
            ("<table><tr><td>a</p>b</td></tr></table>", "<table><tbody><tr><td>ab</td></tr></tbody></table>".to_owned()),
            ("", String::new()),
        ] {
            assert_eq!(clean(html), expected, "{html}");
        }
    }

    #[test]
    fn without_a_page_only_whole_addresses_are_links() {
        assert_eq!(sanitize("<a href=/x>y</a>", None), "y");
        assert!(sanitize("<a href=https://b.org/>y</a>", None).contains("href=\"https://b.org/\""));
    }

    #[test]
    fn piles_of_anything_end_quickly() {
        let numbers = |count: u32| (0..count).map(|at| at.to_string()).collect::<Vec<_>>();
        let numbered = numbers(40_000).join("></div><div><b lang=x");
        let long_base = format!("https://example.org/{}/", "x".repeat(1900)).parse().unwrap();
        let piles = [
            "<b>".repeat(100_000),
            "<blockquote>".repeat(80_000),
            "<a href=//b.org>".repeat(60_000),
            "<p><b><table><tr><td>".repeat(40_000),
            format!("<a {}>", "x ".repeat(400_000)),
            format!("<a {}>", numbers(90_000).join("=1 x")),
            format!("{}{}", "<i>".repeat(300), "</b>".repeat(200_000)),
            "<!--".repeat(250_000),
            "<script>".repeat(120_000),
            "<a href=y>".repeat(100_000),
            "&amp;<b>".repeat(120_000),
            numbered,
        ];
        for pile in piles {
            let shown = pile.get(..40).unwrap_or_default().to_owned();
            let begun = Instant::now();
            let html = sanitize(&pile, Some(&long_base));
            // Ten times what a slow machine needs without optimisation; what grows with the square
            // of the size needs minutes.
            assert!(begun.elapsed() < Duration::from_secs(20), "{shown}: {:?}", begun.elapsed());
            assert!(html.len() < 6 * MAX_HTML_BYTES, "{shown}: {} bytes", html.len());
            assert_safe(&html, &shown);
        }
    }

    #[test]
    fn letters_that_never_end_are_not_opened_again_and_again() {
        let letters = "<b><b><b><code><code><code><em><em><em><i><i><i><u><u><u>";
        for (first, then) in [
            ("<p>", "<p>x"),
            ("<li>", "<li>x"),
            ("<li><div>", "<li>x"),
            ("<dd>", "<dt>x"),
            ("<h3>", "<h4>x"),
            ("<p>", "<hr>x"),
            ("<table>", "<tr></tr>x"),
            ("<table>", "<tr><td>x</td></tr>x"),
            ("<table><caption>", "<tr>x"),
            ("<table><tr><td>", "<td>x"),
            ("<a href=//a.org>", "<p><a href=//b.org>x</p>"),
            ("<ruby><p>", "<rt>x"),
            ("<p><blockquote>", "</p>x"),
        ] {
            let input = format!("{first}{letters}{}", then.repeat(500));
            let html = clean(&input);
            assert!(html.len() < 12 * input.len(), "{first} {then}: {} bytes", html.len());
            assert!(html.matches("<b>").count() < 20, "{first} {then}");
            assert_eq!(html.matches('x').count(), input.matches('x').count(), "{first} {then}");
        }
    }

    #[test]
    fn of_a_flood_of_elements_the_text_is_kept() {
        let html = clean(&"<b>x</b>".repeat(100_000));
        assert_eq!(html.matches("<b>").count(), MAX_ELEMENTS);
        assert_eq!(html.matches('x').count(), 100_000);
    }

    #[test]
    fn long_addresses_do_not_make_much_of_little() {
        let base = format!("https://example.org/{}/", "x".repeat(1900)).parse().unwrap();
        let html = "<a href=y>z</a>".repeat(1000);
        let cleaned = sanitize(&html, Some(&base));
        assert!(cleaned.len() < 6 * html.len(), "{} bytes", cleaned.len());
        assert_eq!(cleaned.matches('z').count(), 1000);
        assert!(sanitize("<a href=y>z</a>", Some(&base)).contains("href"));
    }

    #[test]
    fn a_megabyte_of_what_is_escaped_takes_no_longer_than_other_text() {
        for piece in ["&", "&amp;", "\u{a0}", "°", "&nbsp;", "x\u{a0}<b>&"] {
            let html = piece.repeat(MAX_HTML_BYTES / piece.len());
            let begun = Instant::now();
            let cleaned = clean(&html);
            let took = begun.elapsed();
            eprintln!("{piece}: {took:?}");
            // Fifty times what it takes; the serializer that is used needs half a minute for one text.
            assert!(took < Duration::from_secs(10), "{piece}: {took:?}");
            assert!(!cleaned.contains("<!--"), "{piece}");
            assert_eq!(clean(&cleaned).get(..1000), cleaned.get(..1000), "{piece}");
        }
        let words = "one &amp; two « three » ".repeat(2_000);
        assert_eq!(clean(&words), words.trim_end().to_owned() + " ");
    }

    #[test]
    fn deep_text_is_kept_and_depth_is_not() {
        let html = clean(&format!("{}deep", "<blockquote>".repeat(5_000)));
        assert_eq!(html.matches("<blockquote>").count(), MAX_DEPTH);
        assert!(html.contains("deep"));
    }

    #[test]
    fn what_is_too_long_is_cut_between_characters() {
        let html = clean(&"é".repeat(MAX_HTML_BYTES));
        assert_eq!(html.len(), MAX_HTML_BYTES);
    }

    proptest! {
        #[test]
        fn nothing_outside_the_list_is_left_of_anything(html in any::<String>()) {
            assert_safe(&clean(&html), &html);
        }

        #[test]
        fn nothing_outside_the_list_is_left_of_markup(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "<", ">", "</", "/>", "\"", "'", "=", " ", "\n", "a", "b", "p", "td", "table",
                    "svg", "math", "style", "script", "template", "select", "noscript", "title",
                    "img src=x onerror=alert(1)", "a href=", "javascript:alert(1)", "&#106;", "&lt;",
                    "<!--", "-->", "<![CDATA[", "]]>", "<a href=\"", "<p lang=", "mi", "mtext",
                    "annotation-xml", "desc", "\0", "onclick=x", "id=x", "<b>", "</b>", "</p>",
                    "<p>", "<li>", "<table>", "<tr>", "<td>", "</td>", "</table>", "<i>", "<dd>",
                    "<a href=//a.org>", "</a>", "<ul>", "</ul>", "<caption>", "<ruby>", "<rt>", "x",
                    "<pre>", "</pre>", "<h6>", "</h6>", "<br>", "<hr>", "<span dir=rtl>", "</span>",
                    "<blockquote lang=fr>", "</blockquote>", "<dl>", "<dt>", "</dl>", "<section>", "\r",
                    "</section>", "<tbody>", "</tbody>", "<thead>", "</tr>", "<th colspan=2>", "</caption>", "\u{c}", "&#32;", "<strike>", "<em>", "</em>", "&amp;", "&#", "&nbsp", ";", "&eacute;", "amp",
                ]),
                0..40,
            ),
        ) {
            let html = parts.concat();
            let cleaned = clean(&html);
            assert_safe(&cleaned, &html);
            // Whatever it is made of, it does not grow without measure.
            prop_assert!(cleaned.len() <= 16 * html.len() + 8 * 1024);
            // The short way and the whole way end at the same place.
            prop_assert_eq!(&cleaned, &cleaned_whole(&html));
            // What is clean stays as it is (headings apart, and there are none; the serializer forgets that
            // a line break after `<pre>` is swallowed).
            if !cleaned.contains("<pre>\n") {
                prop_assert_eq!(clean(&cleaned), cleaned);
            }
        }
    }

    /// The folder of shared test material beside the project, where there is one.
    fn shared(path: &str) -> Option<PathBuf> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?;
        let found = root.parent()?.join("shared").join(path);
        found.exists().then_some(found)
    }

    /// Unpacks an archive of the shared material; `None`, and why, where that cannot be.
    fn unpacked(path: &str) -> Option<tempfile::TempDir> {
        let Some(archive) = shared(path) else {
            eprintln!("skipped: no shared/{path} beside the project");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let unpacked =
            Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(folder.path()).status();
        if !unpacked.is_ok_and(|status| status.success()) {
            eprintln!("skipped: tar cannot unpack {}", archive.display());
            return None;
        }
        Some(folder)
    }

    /// What stands in these elements of feeds, and in what is marked as text, as HTML.
    fn texts(feed: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in ["description", "content", "content:encoded", "summary"] {
            for piece in feed.split(&format!("<{element}")).skip(1) {
                let text = piece.split_once('>').map_or("", |(_, text)| text);
                let text = text.split(&format!("</{element}>")).next().unwrap_or_default();
                let text = text.trim();
                let marked = text.strip_prefix("<![CDATA[").and_then(|it| it.strip_suffix("]]>"));
                texts.push(
                    marked.map_or_else(|| entities::resolve(text).into_owned(), str::to_owned),
                );
            }
        }
        texts
    }

    #[test]
    fn real_feeds_are_cleaned_alike_both_ways() {
        let Some(folder) = unpacked("data/feeds/feeds-publishers.tar.xz") else { return };
        let (mut count, mut settled) = (0_u32, 0_u32);
        let mut open = vec![folder.path().to_path_buf()];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let feed = std::fs::read(&path).unwrap();
            for text in texts(&String::from_utf8_lossy(&feed)) {
                assert_eq!(clean(&text), cleaned_whole(&text), "{}: {text}", path.display());
                count += 1;
                settled += u32::from(tidy::write(&text, Some(&page()), Form::Final).is_settled);
            }
        }
        assert!(count > 2_000 && settled * 10 > count * 8, "{settled} of {count}");
    }

    #[test]
    fn known_attacks_leave_nothing() {
        let Some(archive) = shared("hostile/html-payloads.tar.zst") else {
            eprintln!("skipped: no shared/hostile/html-payloads.tar.zst beside the project");
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let unpacked = Command::new("tar")
            .args(["--use-compress-program", "zstd", "-xf"])
            .arg(&archive)
            .arg("-C")
            .arg(folder.path())
            .status();
        if !unpacked.is_ok_and(|status| status.success()) {
            eprintln!("skipped: tar and zstd cannot unpack {}", archive.display());
            return;
        }
        let mut count = 0;
        for set in std::fs::read_dir(folder.path().join("html-payloads")).unwrap() {
            let lines =
                std::fs::read_to_string(set.unwrap().path().join("payloads.jsonl")).unwrap();
            for line in lines.lines() {
                let payload: serde_json::Value = serde_json::from_str(line).unwrap();
                let html = payload["input"].as_str().unwrap();
                assert_safe(&clean(html), html);
                assert_eq!(clean(html), cleaned_whole(html), "{html}");
                assert_safe(&sanitize(&format!("<p title=\"{html}\">{html}"), None), html);
                count += 1;
            }
        }
        assert!(count > 2_000, "only {count} payloads were found");
    }
}
