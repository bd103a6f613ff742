//! A checked text becomes HTML, in as few bytes as HTML allows.
//!
//! A page has to fit into the first flight of a connection, so attributes stand without quotes where
//! their values need none, and end tags that cost little are kept for whoever reads the source.

use std::fmt::Write as _;

use comrak::Node;
use comrak::nodes::{ListType, NodeList, NodeValue, TableAlignment};
use observatory_model::brief::{Body, Heading};
use observatory_model::chart::MAX_CHARTS;
use observatory_model::{Language, Slug};

use super::citations::{Piece, pieces};
use super::{BlockKind, Citation, LinkTo, Rendered, charts};
use crate::words::count_words;

/// Writes a document in which nothing is left to refuse.
///
/// Without `evidence` nothing can be cited, and `[^id]` is text like any other.
pub(super) fn document(
    document: Node<'_>,
    language: Language,
    evidence: Option<&[Slug]>,
) -> Rendered {
    let mut writer = Writer {
        language,
        evidence,
        html: String::new(),
        plain: String::new(),
        body: Body::default(),
        citations: Vec::new(),
        links: Vec::new(),
        shape: Vec::new(),
        block_lines: Vec::new(),
    };
    for block in document.children() {
        writer.top_block(block);
    }
    let Writer { html, mut body, citations, links, shape, block_lines, .. } = writer;
    body.html = html;
    Rendered { body, citations, links, shape, block_lines }
}

#[derive(Debug)]
struct Writer<'a> {
    language: Language,
    evidence: Option<&'a [Slug]>,
    html: String,
    /// The words of the block that is being written.
    plain: String,
    body: Body,
    citations: Vec<Citation>,
    links: Vec<LinkTo>,
    shape: Vec<BlockKind>,
    block_lines: Vec<usize>,
}

impl Writer<'_> {
    /// Writes HTML that is no text of the author.
    fn markup(&mut self, html: std::fmt::Arguments<'_>) {
        // Writing into a string cannot fail.
        self.html.write_fmt(html).unwrap_or_default();
    }

    /// The number that the block being written gets.
    fn number(&self) -> usize {
        self.body.paragraphs.len() + 1
    }

    fn top_block(&mut self, node: Node<'_>) {
        self.plain.clear();
        let chart = match &node.data().value {
            NodeValue::Paragraph if self.body.charts.len() < MAX_CHARTS => charts::chart(node),
            _ => None,
        };
        let kind = match &node.data().value {
            NodeValue::Heading(heading) => BlockKind::Heading(heading.level),
            NodeValue::List(_) => BlockKind::List,
            NodeValue::Table(_) => BlockKind::Table,
            NodeValue::BlockQuote => BlockKind::Quote,
            NodeValue::CodeBlock(_) => BlockKind::Code,
            NodeValue::Paragraph if matches!(chart, Some(Ok(_))) => BlockKind::Chart,
            NodeValue::Paragraph => BlockKind::Paragraph,
            _ => return self.html.push_str("<hr>\n"),
        };
        let number = self.number();
        match kind {
            BlockKind::Heading(level) => self.heading(node, level),
            BlockKind::Paragraph => {
                self.markup(format_args!(
                    "<p id=p{number}><a class=n href=#p{number}>¶\u{a0}{number}</a> "
                ));
                self.inlines(node);
                self.html.push_str("</p>\n");
            }
            BlockKind::List | BlockKind::Quote => {
                self.markup(format_args!(
                    "<div id=p{number} class=b><a class=n href=#p{number}>¶\u{a0}{number}</a>"
                ));
                self.block(node, false);
                self.html.push_str("</div>\n");
            }
            BlockKind::Chart => {
                self.body.charts.extend(chart.and_then(Result::ok));
                self.markup(format_args!(
                    "<figure id=p{number} class=b>\
                     <a class=n href=#p{number}>¶\u{a0}{number}</a></figure>\n"
                ));
            }
            // What is wider than the screen scrolls in a frame that the keyboard can reach, and
            // which is named by its number.
            BlockKind::Table | BlockKind::Code => {
                self.markup(format_args!(
                    "<div id=p{number} class=b>\
                     <a class=n id=n{number} href=#p{number}>¶\u{a0}{number}</a>"
                ));
                self.block(node, false);
                self.html.push_str("</div>\n");
            }
        }
        self.shape.push(kind);
        self.block_lines.push(node.data().sourcepos.start.line);
        let plain = self.plain.trim().to_owned();
        self.body.words = self.body.words.saturating_add(count_words(&plain, self.language));
        if !matches!(kind, BlockKind::Heading(_)) {
            self.body.paragraphs.push(plain);
        }
    }

    fn heading(&mut self, node: Node<'_>, level: u8) {
        let id = format!("s{}", self.body.headings.len() + 1);
        self.markup(format_args!("<h{level} id={id}>"));
        self.inlines(node);
        self.markup(format_args!("</h{level}>\n"));
        let text = self.plain.trim().to_owned();
        let first_paragraph = u32::try_from(self.number()).unwrap_or(u32::MAX);
        self.body.headings.push(Heading { id, level, text, first_paragraph });
    }

    /// Writes a block and what is in it; paragraphs of a tight list have no element of their own.
    fn block(&mut self, node: Node<'_>, tight: bool) {
        match &node.data().value {
            NodeValue::Paragraph => {
                self.html.push_str(if tight { "" } else { "<p>" });
                self.inlines(node);
                self.html.push_str(if tight { "" } else { "</p>" });
                self.end_line();
            }
            NodeValue::List(list) => self.list(node, list),
            NodeValue::Item(_) => self.element("li", node, tight),
            NodeValue::BlockQuote => self.element("blockquote", node, false),
            NodeValue::CodeBlock(code) => {
                let frame = self.frame();
                self.markup(format_args!("<pre{frame}><code>"));
                escape(&code.literal, &mut self.html);
                self.html.push_str("</code></pre>");
                self.plain.push_str(&code.literal);
                self.end_line();
            }
            NodeValue::Table(table) => self.table(node, &table.alignments),
            _ => self.html.push_str("<hr>"),
        }
    }

    fn element(&mut self, name: &str, node: Node<'_>, tight: bool) {
        self.markup(format_args!("<{name}>"));
        for child in node.children() {
            self.block(child, tight);
        }
        self.markup(format_args!("</{name}>"));
    }

    fn list(&mut self, node: Node<'_>, list: &NodeList) {
        let name = if list.list_type == ListType::Ordered { "ol" } else { "ul" };
        if list.list_type == ListType::Ordered && list.start != 1 {
            self.markup(format_args!("<ol start={}>", list.start));
        } else {
            self.markup(format_args!("<{name}>"));
        }
        for item in node.children() {
            self.block(item, list.tight);
        }
        self.markup(format_args!("</{name}>"));
    }

    fn table(&mut self, node: Node<'_>, alignments: &[TableAlignment]) {
        let frame = self.frame();
        self.markup(format_args!("<div{frame}><table>"));
        let mut in_body = false;
        for row in node.children() {
            let is_head = matches!(row.data().value, NodeValue::TableRow(true));
            if is_head {
                self.html.push_str("<thead>");
            } else if !in_body {
                self.html.push_str("<tbody>");
                in_body = true;
            }
            self.html.push_str("<tr>");
            for (column, cell) in row.children().enumerate() {
                if column > 0 {
                    self.plain.push_str(" | ");
                }
                let (name, scope) = if is_head { ("th", " scope=col") } else { ("td", "") };
                let class = match alignments.get(column) {
                    Some(TableAlignment::Right) => " class=r",
                    Some(TableAlignment::Center) => " class=c",
                    _ => "",
                };
                self.markup(format_args!("<{name}{scope}{class}>"));
                self.inlines(cell);
                self.markup(format_args!("</{name}>"));
            }
            self.html.push_str("</tr>");
            if is_head {
                self.html.push_str("</thead>");
            }
            self.end_line();
        }
        self.html.push_str(if in_body { "</tbody></table></div>" } else { "</table></div>" });
    }

    /// The attributes of an element that scrolls sideways; those inside another block have no link
    /// that could name them.
    fn frame(&self) -> String {
        let number = self.number();
        let named = self.html.ends_with(&format!(" href=#p{number}>¶\u{a0}{number}</a>"));
        if named {
            format!(" class=t tabindex=0 role=group aria-labelledby=n{number}")
        } else {
            " class=t tabindex=0".to_owned()
        }
    }

    fn end_line(&mut self) {
        if !self.plain.is_empty() && !self.plain.ends_with('\n') {
            self.plain.push('\n');
        }
    }

    fn inlines(&mut self, node: Node<'_>) {
        for child in node.children() {
            let data = child.data();
            let line = data.sourcepos.start.line;
            match &data.value {
                NodeValue::Text(text) => self.text(text, line),
                NodeValue::SoftBreak => self.soft_break(),
                NodeValue::LineBreak => {
                    self.html.push_str("<br>");
                    self.end_line();
                }
                NodeValue::Code(code) => {
                    self.html.push_str("<code>");
                    self.words(&code.literal);
                    self.html.push_str("</code>");
                }
                NodeValue::Emph => self.inline_element("em", child),
                NodeValue::Strong => self.inline_element("strong", child),
                NodeValue::Link(found) => {
                    self.link_start(&found.url, line);
                    self.inlines(child);
                    self.html.push_str("</a>");
                }
                _ => self.inlines(child),
            }
        }
    }

    fn inline_element(&mut self, name: &str, node: Node<'_>) {
        self.markup(format_args!("<{name}>"));
        self.inlines(node);
        self.markup(format_args!("</{name}>"));
    }

    /// A line that ends is a space, except between Chinese characters.
    fn soft_break(&mut self) {
        let joins =
            self.language == Language::Zh && !self.plain.ends_with(|last: char| last.is_ascii());
        if !joins {
            self.html.push('\n');
            self.plain.push(' ');
        }
    }

    fn link_start(&mut self, target: &str, line: usize) {
        let language =
            if target.starts_with('/') { format!("/{}", self.language) } else { String::new() };
        let address = format!("{language}{target}");
        let needs_no_quotes = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'#' | b'.' | b'_')
        };
        if address.bytes().all(needs_no_quotes) {
            self.markup(format_args!("<a href={address}>"));
        } else {
            self.html.push_str("<a href=\"");
            escape(&address, &mut self.html);
            self.html.push_str("\">");
        }
        self.links.push(LinkTo { target: target.to_owned(), line });
    }

    fn words(&mut self, text: &str) {
        escape(text, &mut self.html);
        self.plain.push_str(text);
    }

    fn text(&mut self, text: &str, line: usize) {
        let Some(evidence) = self.evidence else { return self.words(text) };
        let mut follows_citation = false;
        for piece in pieces(text) {
            match piece {
                Piece::Words(words) => {
                    if follows_citation {
                        self.html.push_str("</sup>");
                    }
                    self.words(words);
                    follows_citation = false;
                }
                Piece::Citation(id) => {
                    self.html.push_str(if follows_citation { " " } else { "<sup>" });
                    self.citation(id, evidence, line);
                    follows_citation = true;
                }
            }
        }
        if follows_citation {
            self.html.push_str("</sup>");
        }
    }

    /// Writes the number of a piece of evidence; the role makes it a note reference when read aloud,
    /// in the reader's own language.
    fn citation(&mut self, id: &str, evidence: &[Slug], line: usize) {
        let place = evidence.iter().position(|known| known.as_str() == id);
        let number = place.map_or(0, |place| place + 1);
        let use_number = self.citations.len() + 1;
        self.markup(format_args!(
            "<a role=doc-noteref id=c{use_number} href=#e-{id}>[{number}]</a>"
        ));
        let paragraph = u32::try_from(self.number()).unwrap_or(u32::MAX);
        self.citations.push(Citation { id: id.to_owned(), paragraph, line });
    }
}

/// Appends text as it stands in HTML, in elements and in quoted attributes.
fn escape(text: &str, html: &mut String) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            _ => html.push(character),
        }
    }
}
