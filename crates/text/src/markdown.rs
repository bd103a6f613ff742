//! The Markdown of a piece becomes its page: every block numbered, every claim tied to its evidence.
//!
//! Editors write `CommonMark` with tables, and cite evidence as `[^id]`. What does not belong in a
//! piece (HTML, images, links to elsewhere) is refused with its line, all of it at once.

mod charts;
mod check;
mod citations;
mod manuscript;
mod write;

use std::fmt;

use comrak::{Arena, Options, parse_document};
use observatory_model::brief::Body;
use observatory_model::{Language, Slug};

pub use manuscript::manuscript;

/// Longest Markdown that is read, in bytes: 1 MiB.
pub const MAX_MARKDOWN_BYTES: usize = 1024 * 1024;

/// Deepest nesting of quotes, lists and emphasis; a page of ours needs five.
pub const MAX_NESTING: usize = 256;

/// A text made ready for its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Its HTML, sections and numbered blocks.
    pub body: Body,
    /// Every `[^id]`, in order.
    pub citations: Vec<Citation>,
    /// Every link as written, in order.
    pub links: Vec<LinkTo>,
    /// Its top-level blocks, in order: a translation has the same.
    pub shape: Vec<BlockKind>,
    /// The line of the Markdown on which each block of `shape` begins, from 1.
    pub block_lines: Vec<usize>,
}

/// A place where evidence is cited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// The evidence.
    pub id: String,
    /// The number of the ¶ it stands in.
    pub paragraph: u32,
    /// The line of the Markdown, from 1.
    pub line: usize,
}

/// A link to another place of the site: `/series/slug#p3` or `#p3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkTo {
    /// Where it leads, as written: without language.
    pub target: String,
    /// The line of the Markdown, from 1.
    pub line: usize,
}

/// A block at the top level of a text. All but headings carry a ¶ number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// A heading of this level, 2 or 3.
    Heading(u8),
    /// A paragraph.
    Paragraph,
    /// A list, with or without numbers.
    List,
    /// A table.
    Table,
    /// A quotation.
    Quote,
    /// Code, or other text that keeps its lines.
    Code,
    /// A chart of a trend.
    Chart,
}

/// Something in the Markdown that cannot be published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct MarkdownProblem {
    /// The line of the Markdown, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: MarkdownFault,
}

/// What is wrong with a place in the Markdown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkdownFault {
    /// HTML instead of Markdown.
    #[error("raw HTML is not published; write it in Markdown")]
    RawHtml,
    /// A picture.
    #[error("images are not published")]
    Image,
    /// A heading of another level, or in another place, than sections have.
    #[error(
        "a heading of level {level} cannot stand here: sections begin with ##, parts of them with \
         ###, and neither stands in a list or quotation"
    )]
    Heading {
        /// Its level.
        level: u8,
    },
    /// A link that leads away from the site, or nowhere.
    #[error(
        "the link {target:?} leads to no piece: write /series/slug or #p3; what stands elsewhere is \
         evidence"
    )]
    Link {
        /// Where it leads, as written.
        target: String,
    },
    /// A citation of something unknown, or in a wrong place.
    #[error("[^{id}] {why}")]
    Citation {
        /// What it cites, as written.
        id: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A directive that cannot be followed.
    #[error("::{word} {why}")]
    Directive {
        /// The word after the colons.
        word: String,
        /// What is wrong with it.
        why: String,
    },
    /// More than any piece needs.
    #[error("{what} is more than {limit}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// The most there may be.
        limit: usize,
    },
}

/// Renders the Markdown of a piece in `language`.
///
/// `evidence` are the ids that may be cited; the number shown is the place in that list, so callers
/// give them in the order in which the original first cites them. A numbered block is one element
/// `id="pN"` that begins with a link to itself, `¶ N`; sections are `s1`, `s2`, … in every language;
/// a citation links to `#e-id`. Links to pieces get the language as prefix.
///
/// `::chart trend=… from=… to=…` ([`ChartWish`](observatory_model::chart::ChartWish)) on a line of its
/// own is a chart: a numbered `<figure>` in which nothing is drawn yet.
///
/// The HTML is written from the parsed text, escaped: no markup of the author reaches it.
///
/// # Errors
/// Every [`MarkdownProblem`] of the text, by line.
pub fn render(
    markdown: &str,
    language: Language,
    evidence: &[Slug],
) -> Result<Rendered, Vec<MarkdownProblem>> {
    let problems = check::bounds(markdown);
    if !problems.is_empty() {
        return Err(problems);
    }
    let arena = Arena::new();
    let document = parse_document(&arena, markdown, &options());
    let problems = check::document(document, markdown, evidence);
    if problems.is_empty() {
        Ok(write::document(document, language, Some(evidence)))
    } else {
        Err(problems)
    }
}

/// What is Markdown here.
fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    // In Chinese no space stands between bold words and their neighbours.
    options.extension.cjk_friendly_emphasis = true;
    options
}

impl fmt::Display for BlockKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heading(level) => write!(formatter, "a heading of level {level}"),
            Self::Paragraph => formatter.write_str("a paragraph"),
            Self::List => formatter.write_str("a list"),
            Self::Table => formatter.write_str("a table"),
            Self::Quote => formatter.write_str("a quotation"),
            Self::Code => formatter.write_str("code"),
            Self::Chart => formatter.write_str("a chart"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::BlockKind::{Code, Heading, List, Paragraph, Quote};
    use super::*;

    fn slugs(ids: &[&str]) -> Vec<Slug> {
        ids.iter().map(|id| id.parse().unwrap()).collect()
    }

    fn rendered(markdown: &str) -> Rendered {
        render(markdown, Language::Fr, &slugs(&["a", "b-2"])).unwrap()
    }

    fn problems(markdown: &str) -> Vec<String> {
        let problems = render(markdown, Language::En, &slugs(&["a"])).unwrap_err();
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_block_is_numbered() {
        let markdown = "One.\n\n## Two & three\n\n- a\n- b\n\n### Four\n\n> Five\n\n```\n<six>\n```\n\n---\n\nSeven";
        let found = rendered(markdown);
        assert_eq!(
            found.body.html,
            "<p id=p1><a class=n href=#p1>¶\u{a0}1</a> One.</p>\n\
             <h2 id=s1>Two &amp; three</h2>\n\
             <div id=p2 class=b><a class=n href=#p2>¶\u{a0}2</a><ul><li>a</li><li>b</li></ul></div>\n\
             <h3 id=s2>Four</h3>\n\
             <div id=p3 class=b><a class=n href=#p3>¶\u{a0}3</a><blockquote><p>Five</p></blockquote></div>\n\
             <div id=p4 class=b><a class=n id=n4 href=#p4>¶\u{a0}4</a>\
             <pre class=t tabindex=0 role=group aria-labelledby=n4><code>&lt;six&gt;\n</code></pre></div>\n\
             <hr>\n\
             <p id=p5><a class=n href=#p5>¶\u{a0}5</a> Seven</p>\n"
        );
        assert_eq!(found.body.paragraphs, ["One.", "a\nb", "Five", "<six>", "Seven"]);
        assert_eq!(found.body.words, 9);
        let headings = found.body.headings.iter().map(|heading| {
            (heading.id.as_str(), heading.level, heading.text.as_str(), heading.first_paragraph)
        });
        assert_eq!(
            headings.collect::<Vec<_>>(),
            [("s1", 2, "Two & three", 2), ("s2", 3, "Four", 3)]
        );
        assert_eq!(found.shape, [Paragraph, Heading(2), List, Heading(3), Quote, Code, Paragraph]);
    }

    #[test]
    fn tables_scroll_in_a_frame_of_their_own() {
        let found = rendered("| x | y |\n|---|--:|\n| 1[^a] | 2 |\n");
        assert_eq!(
            found.body.html,
            "<div id=p1 class=b><a class=n id=n1 href=#p1>¶\u{a0}1</a>\
             <div class=t tabindex=0 role=group aria-labelledby=n1><table>\
             <thead><tr><th scope=col>x</th><th scope=col class=r>y</th></tr></thead>\
             <tbody><tr><td>1<sup><a role=doc-noteref id=c1 href=#e-a>[1]</a></sup></td>\
             <td class=r>2</td></tr></tbody></table></div></div>\n"
        );
        assert_eq!(found.body.paragraphs, ["x | y\n1 | 2"]);
        assert_eq!(found.shape, [BlockKind::Table]);
    }

    #[test]
    fn citations_are_numbered_by_the_list_and_grouped() {
        let found = rendered("First[^b-2][^a], then\nagain[^a].\n\n`[^a]` is code.");
        assert_eq!(
            found.body.html,
            "<p id=p1><a class=n href=#p1>¶\u{a0}1</a> First<sup>\
             <a role=doc-noteref id=c1 href=#e-b-2>[2]</a> \
             <a role=doc-noteref id=c2 href=#e-a>[1]</a></sup>, then\n\
             again<sup><a role=doc-noteref id=c3 href=#e-a>[1]</a></sup>.</p>\n\
             <p id=p2><a class=n href=#p2>¶\u{a0}2</a> <code>[^a]</code> is code.</p>\n"
        );
        assert_eq!(found.body.paragraphs, ["First, then again.", "[^a] is code."]);
        let citations = found.citations.iter();
        let citations =
            citations.map(|citation| (citation.id.as_str(), citation.paragraph, citation.line));
        assert_eq!(citations.collect::<Vec<_>>(), [("b-2", 1, 1), ("a", 1, 1), ("a", 1, 2)]);
    }

    #[test]
    fn links_get_the_language() {
        let found = rendered(
            "See [**ITU**](/demystifying-digital/itu-101#p3), [¶ 1](#p1),\n[find](/search?q=\"a\"&b).",
        );
        assert!(
            found
                .body
                .html
                .contains("<a href=/fr/demystifying-digital/itu-101#p3><strong>ITU</strong></a>")
        );
        assert!(found.body.html.contains("<a href=#p1>¶ 1</a>"));
        assert!(found.body.html.contains("<a href=\"/fr/search?q=&quot;a&quot;&amp;b\">find</a>"));
        let links = found.links.iter().map(|link| (link.target.as_str(), link.line));
        assert_eq!(
            links.collect::<Vec<_>>(),
            [("/demystifying-digital/itu-101#p3", 1), ("#p1", 1), ("/search?q=\"a\"&b", 2)]
        );
    }

    #[test]
    fn lists_keep_their_numbers_and_paragraphs() {
        let found = rendered("3. a\n\n   b\n4. - c\n");
        assert!(
            found
                .body
                .html
                .contains("<ol start=3><li><p>a</p><p>b</p></li><li><ul><li>c</li></ul></li></ol>"),
            "{}",
            found.body.html
        );
        assert_eq!(found.body.paragraphs, ["a\nb\nc"]);
    }

    #[test]
    fn chinese_lines_are_joined_without_space() {
        let found = render("国际电联**是**\n联合国\n机构。", Language::Zh, &[]).unwrap();
        assert_eq!(found.body.paragraphs, ["国际电联是联合国机构。"]);
        assert_eq!(found.body.words, 10);
        assert!(found.body.html.contains("国际电联<strong>是</strong>联合国"));
    }

    #[test]
    fn every_problem_is_named_with_its_line() {
        let markdown = "# One\n\nTwo <b>x</b> ![i](/x)\n\n<div>\n\n### Three\n\n[x](https://a.org) [y](/en/learning-labs/z)\n\
                        [z](nowhere)\n\nSix[^no] [^a]\n\n> ## Seven\n\n## Eight[^a]\n\n[^a]: https://a.org\n\n[[^a]](#p1)";
        let found = problems(markdown);
        let starts = [
            "line 1: a heading of level 1",
            "line 3: raw HTML",
            "line 3: raw HTML",
            "line 3: images",
            "line 5: raw HTML",
            "line 7: a heading of level 3",
            "line 9: the link \"https://a.org\"",
            "line 9: the link \"/en/learning-labs/z\"",
            "line 10: the link \"nowhere\"",
            "line 12: [^no] is not in the evidence",
            "line 12: the link \"https://a.org\"",
            "line 14: a heading of level 2",
        ];
        assert_eq!(found.len(), starts.len() + 3, "{found:#?}");
        for (found, start) in found.iter().zip(starts) {
            assert!(found.starts_with(start), "{found} instead of {start}");
        }
        assert!(found.iter().any(|problem| problem.starts_with("line 18: [^a] is explained")));
    }

    #[test]
    fn a_chart_is_a_numbered_figure_with_nothing_in_it() {
        let found = rendered("One.\n\n::chart trend=mesh from=2020 to=2024\n\nTwo.");
        assert!(
            found.body.html.contains(
                "\n<figure id=p2 class=b><a class=n href=#p2>¶\u{a0}2</a></figure>\n<p id=p3>"
            ),
            "{}",
            found.body.html
        );
        assert_eq!(found.body.paragraphs, ["One.", "", "Two."]);
        assert_eq!(found.body.words, 2);
        assert_eq!(found.shape, [Paragraph, BlockKind::Chart, Paragraph]);
        let wishes = found.body.charts.iter().map(ToString::to_string);
        assert_eq!(wishes.collect::<Vec<_>>(), ["trend=mesh from=2020 to=2024"]);
        assert!(rendered("a ::chart trend=mesh").body.charts.is_empty(), "within a sentence");
        let typed = manuscript("::chart trend=mesh\n\n::chart of mine", Language::En);
        assert_eq!(
            (typed.charts.len(), typed.paragraphs),
            (1, vec![String::new(), "::chart of mine".to_owned()])
        );
    }

    #[test]
    fn a_directive_that_cannot_be_followed_is_named_with_its_line() {
        let five = "\n\n::chart trend=mesh".repeat(5);
        for (markdown, problem) in [
            ("::chart", "line 1: ::chart cannot be drawn: it does not say which"),
            ("a\n\n::chart trend=a b", "line 3: ::chart cannot be drawn: \"b\" is none of"),
            ("::map of=x", "line 1: ::map is unknown"),
            ("a\n::chart trend=mesh", "line 2: ::chart has to stand on a line of its own"),
            ("::chart trend=mesh\nb", "line 1: ::chart has to stand on a line of its own"),
            ("::chart trend=*mesh*", "line 1: ::chart has to stand on a line of its own"),
            ("- ::chart trend=mesh", "line 1: ::chart has to stand on a line of its own"),
            (&five, "line 11: the number of charts is more than 4"),
        ] {
            let found = problems(markdown);
            assert_eq!(found.len(), 1, "{markdown:?}: {found:?}");
            assert!(found[0].starts_with(problem), "{markdown:?}: {found:?}");
        }
    }

    #[test]
    fn citations_stand_in_blocks_only() {
        assert_eq!(problems("## A[^a]"), ["line 1: [^a] cannot stand in a heading"]);
        assert_eq!(problems("[x [^a]](#p1)"), ["line 1: [^a] cannot stand in a link"]);
    }

    #[test]
    fn what_is_too_much_is_refused_at_once() {
        let begun = Instant::now();
        for markdown in [
            "x".repeat(MAX_MARKDOWN_BYTES + 1),
            ">".repeat(100_000),
            "- ".repeat(50_000),
            format!("{}x{}", "**a ".repeat(20_000), " b**".repeat(20_000)),
        ] {
            let found = problems(&markdown);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].contains(" is more than "), "{found:?}");
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }

    /// The elements that are ever written.
    pub(super) const WRITTEN: [&str; 23] = [
        "p",
        "a",
        "h2",
        "h3",
        "div",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
        "em",
        "strong",
        "sup",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "br",
        "hr",
        "figure",
    ];

    proptest::proptest! {
        #[test]
        fn nothing_written_becomes_markup_of_the_author(
            parts in proptest::collection::vec(
                proptest::sample::select(vec![
                    "<", ">", "&", "\"", "'", "a", " ", "\n", "\n\n", "[", "](", ")", "[^a]", "*", "_",
                    "`", "```\n", "- ", "1. ", "> ", "| a |\n|---|\n", "/future-vision/x", "#p1",
                    "javascript:x", "\\", "## ", "::chart trend=a\n\n", "&lt;", "&#60;", "&quot;", "國",
                ]),
                0..60,
            ),
        ) {
            if let Ok(found) = render(&parts.concat(), Language::En, &slugs(&["a"])) {
                for tag in found.body.html.split('<').skip(1) {
                    let (tag, _) = tag.split_once('>').expect("a tag ends");
                    let name = tag.trim_start_matches('/').split(' ').next();
                    assert!(name.is_some_and(|name| WRITTEN.contains(&name)), "<{tag}>");
                    // "#p1javascript:x" is a place on this page, however it reads: what is run is
                    // told by how an address begins.
                    for address in tag.split(" href=").skip(1) {
                        let address = address.trim_start_matches('"');
                        assert!(address.starts_with(['/', '#']), "<{tag}>");
                    }
                }
                let blocks = found.shape.iter().filter(|kind| !matches!(kind, Heading(_)));
                assert_eq!(blocks.count(), found.body.paragraphs.len());
            }
        }
    }
}
