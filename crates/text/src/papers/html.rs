//! Web pages: sections by headings; the facts from what the page says for search engines.

use observatory_model::paper::PaperFormat;

use super::{Draft, Said, TEXT};
use crate::entities;
use crate::papers::facts::{dates, names};
use crate::plain::{one_line, to_plain};
use crate::tags::{Start, Token, tokens};

/// Reads a web page.
pub(crate) fn read(html: &str) -> Draft {
    let mut draft = Draft::new(PaperFormat::Html);
    draft.said = said(html);
    // Each heading closes what is before it; the text between goes through the one reader of HTML.
    let (mut between, mut heading, mut hidden) = (String::new(), None::<(u8, String)>, 0_u32);
    for token in tokens(html) {
        match token {
            Token::Start(tag) => {
                hidden = hidden.saturating_add(u32::from(is_hidden(tag.name)));
                if let Some(level) = level(tag.name) {
                    flush(&mut draft, &mut between);
                    heading = Some((level, String::new()));
                } else {
                    push_tag(
                        heading.as_mut().map_or(&mut between, |(_, text)| text),
                        tag.name,
                        "<",
                    );
                }
            }
            Token::End(name) => {
                hidden = hidden.saturating_sub(u32::from(is_hidden(name)));
                if level(name).is_some() {
                    if let Some((level, text)) = heading.take() {
                        draft.head(&one_line(&to_plain(&text), 300), level);
                    }
                } else {
                    push_tag(heading.as_mut().map_or(&mut between, |(_, text)| text), name, "</");
                }
            }
            Token::Text(text) if hidden == 0 => {
                heading.as_mut().map_or(&mut between, |(_, text)| text).push_str(text);
            }
            Token::Text(_) => {}
        }
    }
    if let Some((level, text)) = heading {
        draft.head(&one_line(&to_plain(&text), 300), level);
    }
    flush(&mut draft, &mut between);
    draft.parts.retain(|part| part.heading.is_some() || !part.text.is_empty());
    draft
}

fn push_tag(text: &mut String, name: &str, open: &str) {
    text.push_str(open);
    text.push_str(name);
    text.push('>');
}

fn flush(draft: &mut Draft, between: &mut String) {
    for paragraph in to_plain(between).split("\n\n") {
        draft.add(paragraph, TEXT);
    }
    between.clear();
}

/// The parts of a page that lead elsewhere.
fn is_hidden(name: &str) -> bool {
    name.eq_ignore_ascii_case("nav") || name.eq_ignore_ascii_case("template")
}

fn level(name: &str) -> Option<u8> {
    match name.as_bytes() {
        [b'h' | b'H', digit @ b'1'..=b'6'] => Some(digit - b'0'),
        _ => None,
    }
}

/// What the head says, in the words that scholarly search engines ask for.
fn said(html: &str) -> Said {
    let mut said = Said::default();
    let mut fallback = title(html);
    for token in tokens(html) {
        let Token::Start(tag) = token else { continue };
        if tag.name.eq_ignore_ascii_case("html") {
            said.language = tag.attribute("lang").map(str::to_owned);
        } else if tag.name.eq_ignore_ascii_case("meta") {
            meta(&mut said, &mut fallback, &tag);
        }
    }
    said.title = said.title.take().or(fallback);
    said
}

fn meta(said: &mut Said, fallback: &mut Option<String>, tag: &Start<'_>) {
    let name = tag.attribute("name").or_else(|| tag.attribute("property"));
    let (Some(name), Some(content)) = (name, tag.attribute("content")) else { return };
    let line = one_line(&entities::resolve(content), 5_000);
    if line.is_empty() {
        return;
    }
    match name.to_ascii_lowercase().as_str() {
        "citation_title" | "dc.title" | "dcterms.title" => {
            said.title = said.title.take().or(Some(line));
        }
        "og:title" => *fallback = Some(line),
        "citation_author" | "dc.creator" | "dcterms.creator" | "author" => {
            said.authors.extend(names::listed(&line));
        }
        "citation_publication_date"
        | "citation_date"
        | "dc.date"
        | "dcterms.issued"
        | "dcterms.date"
        | "article:published_time" => said.date = said.date.or_else(|| dates::first(&line)),
        "citation_doi" | "dc.identifier" | "citation_arxiv_id" => said.hints.push(line),
        "citation_abstract" | "dcterms.abstract" | "description" | "og:description" => {
            said.summary = said.summary.take().or(Some(line));
        }
        "citation_language" | "dc.language" => said.language = Some(line),
        _ => {}
    }
}

/// The text of the `title` element, which the reader of tags leaves out.
fn title(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let begin = open + lower.get(open..)?.find('>')? + 1;
    let end = begin + lower.get(begin..)?.find("</title")?;
    let line = one_line(&entities::resolve(html.get(begin..end)?), 500);
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_open_sections() {
        let draft = read(
            "<html lang=fr><head><title>Un &amp; deux</title><meta name=citation_author \
             content='Lovelace, Ada'></head><body><nav>menu</nav><p>Avant<h1>Le <i>titre</i></h1>\
             <p>Un<p>deux<h2>Suite</h2><ul><li>a<li>b</ul>",
        );
        let parts = draft.parts.iter().map(|part| (part.heading.as_deref(), part.text.as_str()));
        assert_eq!(
            parts.collect::<Vec<_>>(),
            [(None, "Avant"), (Some("Le titre"), "Un\n\ndeux"), (Some("Suite"), "a\nb")]
        );
        assert_eq!(draft.said.title.as_deref(), Some("Un & deux"));
        assert_eq!(draft.said.authors, ["Ada Lovelace"]);
        assert_eq!(draft.said.language.as_deref(), Some("fr"));
    }
}
