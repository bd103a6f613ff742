//! Markdown that others wrote: sections by headings, facts from the front matter. Read tolerantly;
//! pieces of our own go through [`crate::markdown`], which is strict.

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, parse_document};
use observatory_model::paper::PaperFormat;

use super::{Draft, Said, TEXT};
use crate::papers::facts::{dates, names};
use crate::plain::{one_line, to_plain};

/// Longest Markdown that is parsed, in bytes; the rest is read as plain text.
const MAX_MARKDOWN: usize = 4 * 1024 * 1024;

/// Reads Markdown.
pub(crate) fn read(text: &str) -> Draft {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let (front, body) = front_matter(&text);
    let (body, rest) = body.split_at(body.floor_char_boundary(MAX_MARKDOWN));
    let mut draft = Draft::new(PaperFormat::Markdown);
    draft.said = said(front);
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.footnotes = true;
    options.extension.strikethrough = true;
    let arena = Arena::new();
    let root = parse_document(&arena, &shallow(body), &options);
    for block in root.children() {
        let heading = match &block.data.borrow().value {
            NodeValue::Heading(heading) => Some(heading.level),
            _ => None,
        };
        let text = text_of(block);
        match heading {
            Some(level) => draft.head(&one_line(&text, 300), level),
            None => {
                for paragraph in text.split("\n\n") {
                    draft.add(paragraph, TEXT);
                }
            }
        }
    }
    for paragraph in rest.split("\n\n") {
        draft.add(&one_line(paragraph, 200_000), TEXT);
    }
    draft
}

/// The front matter and what follows it.
fn front_matter(text: &str) -> (&str, &str) {
    let split = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    split.unwrap_or(("", text))
}

/// Markdown without quotes and lists that are nested deeper than anybody writes.
fn shallow(text: &str) -> String {
    let mut shallow = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let marks = line.find(|c: char| !matches!(c, '>' | ' ' | '-' | '*' | '+' | '[' | '!'));
        let marks = marks.unwrap_or(0);
        let (_, kept) = line.split_at(marks.saturating_sub(40));
        shallow.push_str(kept);
    }
    shallow
}

/// The text of a block; its own blocks are separated by an empty line, cells by a space.
fn text_of<'a>(block: &'a AstNode<'a>) -> String {
    let mut text = String::new();
    for node in block.descendants() {
        match &node.data.borrow().value {
            NodeValue::Text(more) => text.push_str(more),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::CodeBlock(code) => text.push_str(&code.literal),
            NodeValue::HtmlBlock(html) => text.push_str(&to_plain(&html.literal)),
            NodeValue::SoftBreak | NodeValue::TableCell => text.push(' '),
            NodeValue::LineBreak | NodeValue::TableRow(_) => text.push('\n'),
            NodeValue::Paragraph | NodeValue::Item(_) if !text.is_empty() => text.push_str("\n\n"),
            _ => {}
        }
    }
    text
}

/// The fields of the front matter that stand on one line each, and lists below them.
fn said(front: &str) -> Said {
    let mut said = Said::default();
    let mut field = String::new();
    for line in front.lines() {
        let bare = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
        if let Some(item) = line.trim_start().strip_prefix("- ") {
            let item = item.trim_start().strip_prefix("name:").unwrap_or(item);
            if matches!(field.as_str(), "author" | "authors") && !item.contains(':') {
                said.authors.extend(names::listed(&bare(item)));
            }
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = bare(value);
        if line.starts_with(char::is_whitespace) {
            continue;
        }
        field = name.trim().to_lowercase();
        if value.is_empty() {
            continue;
        }
        match field.as_str() {
            "title" => said.title = Some(value),
            "author" | "authors" => {
                said.authors.extend(names::listed(value.trim_matches(['[', ']'])));
            }
            "date" | "published" | "publishdate" => said.date = dates::first(&value),
            "lang" | "language" => said.language = Some(value),
            "abstract" | "summary" | "description" | "excerpt" => said.summary = Some(value),
            "doi" | "identifier" => said.hints.push(value),
            _ => {}
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_and_headings_are_read() {
        let draft = read(
            "---\ntitle: \"A: title\"\nauthors:\n  - name: Ada Lovelace\n    orcid: 1\n  - Alan Turing\ndate: 2024-05-06\n\
             ---\nBefore\n\n# One\n\nText *bold*\nand more\n\n- a\n- b\n\n| c | d |\n|---|---|\n| e | f |\n",
        );
        assert_eq!(draft.said.title.as_deref(), Some("A: title"));
        assert_eq!(draft.said.authors, ["Ada Lovelace", "Alan Turing"]);
        assert_eq!(draft.parts[0].text, "Before");
        assert_eq!(draft.parts[1].heading.as_deref(), Some("One"));
        assert!(draft.parts[1].text.starts_with("Text bold and more"), "{:?}", draft.parts[1]);
    }

    #[test]
    fn no_control_character_becomes_part_of_a_name() {
        let body = "We measure what schools in rural districts have. ".repeat(20);
        let text = format!("## Towards a measure\n\nAda\u{81} Lovelace, Alan Turing\n\n{body}\n");
        let paper = crate::papers::read(text.as_bytes(), Some("paper.md")).unwrap();
        let names = paper.authors.iter().map(|author| author.value.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["Ada Lovelace", "Alan Turing"]);
    }

    #[test]
    fn deep_nesting_is_flat() {
        let draft = read(&format!("{}deep", "> ".repeat(100_000)));
        assert_eq!(draft.parts[0].text, "deep");
    }
}
