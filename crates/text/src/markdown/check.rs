//! What in a text cannot be published, found before anything is written.

use comrak::Node;
use comrak::arena_tree::NodeEdge;
use comrak::nodes::NodeValue;
use observatory_model::chart::MAX_CHARTS;
use observatory_model::{Language, Slug};

use super::citations::{Piece, pieces};
use super::{MAX_MARKDOWN_BYTES, MAX_NESTING, MarkdownFault, MarkdownProblem, charts};

/// Finds what would make parsing itself too expensive.
pub(super) fn bounds(markdown: &str) -> Vec<MarkdownProblem> {
    if markdown.len() > MAX_MARKDOWN_BYTES {
        let what =
            MarkdownFault::TooMuch { what: "the length in bytes", limit: MAX_MARKDOWN_BYTES };
        return vec![MarkdownProblem { line: 1, what }];
    }
    let opens = |line: &str| {
        // Only these can open a quotation or a list item, one each at most.
        let marks = line.chars().take_while(|at| " \t>-+*0123456789.)".contains(*at));
        marks.filter(|mark| matches!(mark, '>' | '-' | '+' | '*' | '.' | ')')).count()
    };
    let deep = markdown.lines().position(|line| opens(line) > MAX_NESTING);
    deep.map(|line| too_deep(line + 1)).into_iter().collect()
}

fn too_deep(line: usize) -> MarkdownProblem {
    let what = MarkdownFault::TooMuch { what: "the nesting", limit: MAX_NESTING };
    MarkdownProblem { line, what }
}

/// The first line with something nested deeper than [`MAX_NESTING`].
pub(super) fn deep_line(document: Node<'_>) -> Option<usize> {
    let mut depth = 0_usize;
    for edge in document.traverse() {
        match edge {
            NodeEdge::Start(node) if depth > MAX_NESTING => {
                return Some(node.data().sourcepos.start.line);
            }
            NodeEdge::Start(_) => depth += 1,
            NodeEdge::End(_) => depth -= 1,
        }
    }
    None
}

/// Finds everything that cannot be published, by line.
pub(super) fn document(
    document: Node<'_>,
    markdown: &str,
    evidence: &[Slug],
) -> Vec<MarkdownProblem> {
    if let Some(line) = deep_line(document) {
        return vec![too_deep(line)];
    }
    let mut check = Check { evidence, problems: Vec::new(), in_section: false, charts: 0 };
    let mut parents = Vec::new();
    for edge in document.traverse() {
        match edge {
            NodeEdge::Start(node) => {
                check.node(node, &parents);
                parents.push(node);
            }
            NodeEdge::End(_) => {
                parents.pop();
            }
        }
    }
    check.footnotes(markdown);
    check.problems.sort_by_key(|problem| problem.line);
    check.problems
}

#[derive(Debug)]
struct Check<'a> {
    evidence: &'a [Slug],
    problems: Vec<MarkdownProblem>,
    /// Whether a heading of level 2 has been seen.
    in_section: bool,
    /// Charts that were seen.
    charts: usize,
}

impl Check<'_> {
    fn add(&mut self, line: usize, what: MarkdownFault) {
        self.problems.push(MarkdownProblem { line, what });
    }

    fn node(&mut self, node: Node<'_>, parents: &[Node<'_>]) {
        let data = node.data();
        let line = data.sourcepos.start.line;
        match &data.value {
            NodeValue::HtmlBlock(_) | NodeValue::HtmlInline(_) => {
                self.add(line, MarkdownFault::RawHtml);
            }
            NodeValue::Image(_) => self.add(line, MarkdownFault::Image),
            NodeValue::Heading(heading) => {
                let fits = match heading.level {
                    2 => true,
                    3 => self.in_section,
                    _ => false,
                };
                self.in_section |= heading.level == 2;
                if !fits || parents.len() > 1 {
                    self.add(line, MarkdownFault::Heading { level: heading.level });
                }
            }
            NodeValue::Link(found) if !leads_to_a_piece(&found.url) => {
                self.add(line, MarkdownFault::Link { target: found.url.clone() });
            }
            NodeValue::Paragraph if parents.len() == 1 => self.chart(node, line),
            NodeValue::Text(text) => {
                self.text(text, line, parents);
                self.directive(node, text, line, parents);
            }
            _ => {}
        }
    }

    fn chart(&mut self, paragraph: Node<'_>, line: usize) {
        match charts::chart(paragraph) {
            Some(Ok(_)) => {
                self.charts += 1;
                if self.charts == MAX_CHARTS + 1 {
                    let what = "the number of charts";
                    self.add(line, MarkdownFault::TooMuch { what, limit: MAX_CHARTS });
                }
            }
            Some(Err(fault)) => self.add(line, fault),
            None => {}
        }
    }

    /// Finds directives at the beginning of a line, where [`Self::chart`] does not look: below other
    /// lines, and in other blocks.
    fn directive(&mut self, node: Node<'_>, text: &str, line: usize, parents: &[Node<'_>]) {
        let Some((word, _)) = charts::directive(text) else { return };
        let begins = match node.previous_sibling() {
            Some(before) => {
                matches!(before.data().value, NodeValue::SoftBreak | NodeValue::LineBreak)
            }
            None => parents.len() > 2,
        };
        let is_in_paragraph = parents
            .last()
            .is_some_and(|parent| matches!(parent.data().value, NodeValue::Paragraph));
        if begins && is_in_paragraph {
            self.add(line, charts::misplaced(word));
        }
    }

    fn text(&mut self, text: &str, line: usize, parents: &[Node<'_>]) {
        let is_in = |wanted: fn(&NodeValue) -> bool| {
            parents.iter().any(|parent| wanted(&parent.data().value))
        };
        for piece in pieces(text) {
            let Piece::Citation(id) = piece else { continue };
            let why = if !self.evidence.iter().any(|known| known.as_str() == id) {
                "is not in the evidence"
            } else if is_in(|value| matches!(value, NodeValue::Heading(_))) {
                "cannot stand in a heading"
            } else if is_in(|value| matches!(value, NodeValue::Link(_))) {
                "cannot stand in a link"
            } else {
                continue;
            };
            self.add(line, MarkdownFault::Citation { id: id.to_owned(), why });
        }
    }

    /// Finds `[^id]: …` below the text, which Markdown takes for the address of a link.
    fn footnotes(&mut self, markdown: &str) {
        for (number, line) in (1..).zip(markdown.lines()) {
            let Some(begun) = line.trim_start().strip_prefix("[^") else { continue };
            if let Some((id, _)) = begun.split_once("]:") {
                let why = "is explained in the evidence of the front matter, not below the text";
                self.add(number, MarkdownFault::Citation { id: id.to_owned(), why });
            }
        }
    }
}

/// Whether a link stays on the site: `/path` without language, or `#place` on the same page.
fn leads_to_a_piece(target: &str) -> bool {
    if let Some(place) = target.strip_prefix('#') {
        return !place.is_empty();
    }
    let Some(path) = target.strip_prefix('/') else { return false };
    let first = path.split(['/', '?', '#']).next().unwrap_or_default();
    !path.starts_with(['/', '\\']) && first.parse::<Language>().is_err()
}
