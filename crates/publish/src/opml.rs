//! The list of sources, for other readers of feeds: OPML 2.0 (<http://opml.org/spec2.opml>).

use std::fmt::Write as _;

use observatory_model::Timestamp;
use observatory_model::source::{Source, SourceKind};

/// The feeds among `sources` as a list, in their folders, in the order given.
///
/// Repositories are left out: no reader of OPML could ask them. `text` and `title` are both the name,
/// since programs read one or the other.
pub fn opml(title: &str, sources: &[Source], now: Timestamp) -> String {
    let mut out =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n");
    let (title, date) = (escaped(title), now.http_date());
    line(
        &mut out,
        0,
        &format!("<head><title>{title}</title><dateCreated>{date}</dateCreated></head>"),
    );
    line(&mut out, 0, "<body>");
    let mut feeds =
        sources.iter().filter(|source| source.kind == SourceKind::Feed).collect::<Vec<_>>();
    // Those without a folder first, then each folder once; the order within stays.
    feeds.sort_by(|a, b| a.folder.cmp(&b.folder));
    let mut open: &[String] = &[];
    for feed in feeds {
        let common = open.iter().zip(&feed.folder).take_while(|(a, b)| a == b).count();
        for depth in (common..open.len()).rev() {
            line(&mut out, depth + 1, "</outline>");
        }
        for (depth, name) in feed.folder.iter().enumerate().skip(common) {
            let name = escaped(name);
            line(&mut out, depth + 1, &format!("<outline text=\"{name}\" title=\"{name}\">"));
        }
        open = &feed.folder;
        line(&mut out, open.len() + 1, &outline(feed));
    }
    for depth in (0..open.len()).rev() {
        line(&mut out, depth + 1, "</outline>");
    }
    line(&mut out, 0, "</body>");
    out.push_str("</opml>\n");
    out
}

fn outline(feed: &Source) -> String {
    let name = escaped(&feed.name);
    let mut outline = format!("<outline type=\"rss\" text=\"{name}\" title=\"{name}\"");
    // Writing into a `String` cannot fail.
    write!(outline, " xmlUrl=\"{}\"", escaped(feed.url.as_str())).unwrap_or_default();
    if let Some(homepage) = &feed.homepage {
        write!(outline, " htmlUrl=\"{}\"", escaped(homepage.as_str())).unwrap_or_default();
    }
    outline + "/>"
}

fn line(out: &mut String, depth: usize, text: &str) {
    out.extend(std::iter::repeat_n("  ", depth));
    out.push_str(text);
    out.push('\n');
}

/// Text as XML 1.0 takes it, also in an attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use observatory_model::SourceId;
    use observatory_model::source::{ArxivWish, Health, SourceState};

    use super::*;

    fn source(name: &str, url: &str, folder: &[&str]) -> Source {
        Source {
            id: SourceId::new(Timestamp::EPOCH),
            slug: "s".parse().unwrap(),
            name: name.to_owned(),
            url: url.parse().unwrap(),
            kind: SourceKind::Feed,
            folder: folder.iter().map(|name| (*name).to_owned()).collect(),
            homepage: None,
            declared_language: None,
            state: SourceState::Active,
            health: Health::default(),
            institution: None,
            region: None,
            progress: None,
        }
    }

    #[test]
    fn folders_are_nested_and_names_escaped() {
        let mut query = source("A query", "https://export.arxiv.org/api/query", &[]);
        query.kind = SourceKind::Arxiv(ArxivWish { query: "cat:cs.NI".to_owned(), rows: None });
        let mut three = source("Three \"3\"", "https://c.org/?a=1&b=2", &["Asia", "Japan"]);
        three.homepage = Some("https://c.org/".parse().unwrap());
        let sources = [
            three,
            source("One\u{1}", "https://a.org/feed", &[]),
            query,
            source("Two", "https://b.org/feed", &["Asia"]),
            source("Four", "https://d.org/feed", &["News & more"]),
        ];
        let text = opml("Sources", &sources, "2026-11-25T10:00:00Z".parse().unwrap());
        let expected = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<opml version=\"2.0\">
<head><title>Sources</title><dateCreated>Wed, 25 Nov 2026 10:00:00 GMT</dateCreated></head>
<body>
  <outline type=\"rss\" text=\"One \" title=\"One \" xmlUrl=\"https://a.org/feed\"/>
  <outline text=\"Asia\" title=\"Asia\">
    <outline type=\"rss\" text=\"Two\" title=\"Two\" xmlUrl=\"https://b.org/feed\"/>
    <outline text=\"Japan\" title=\"Japan\">
      <outline type=\"rss\" text=\"Three &quot;3&quot;\" title=\"Three &quot;3&quot;\" xmlUrl=\"https://c.org/?a=1&amp;b=2\" htmlUrl=\"https://c.org/\"/>
    </outline>
  </outline>
  <outline text=\"News &amp; more\" title=\"News &amp; more\">
    <outline type=\"rss\" text=\"Four\" title=\"Four\" xmlUrl=\"https://d.org/feed\"/>
  </outline>
</body>
</opml>
";
        assert_eq!(text, expected);
    }
}
