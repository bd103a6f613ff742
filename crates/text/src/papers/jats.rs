//! Articles in JATS (ANSI/NISO Z39.96): every fact has a field of its own.

use observatory_model::paper::{PaperDate, PaperFormat, Unreadable, UnreadableReason};

use super::xml::{self, Node, attribute};
use super::{Draft, TEXT};
use crate::plain::one_line;

/// Reads an article.
pub(crate) fn read(text: &str) -> Result<Draft, Unreadable> {
    let mut article = Article::default();
    let end = xml::walk(text, |node| article.take(&node));
    let mut draft = article.draft;
    if draft.parts.is_empty() && draft.said.title.is_none() {
        let problem = match end {
            Ok(()) => {
                Unreadable::new(UnreadableReason::Unsupported, "XML of another kind than JATS")
            }
            Err(problem) => Unreadable::new(UnreadableReason::Broken, problem),
        };
        return Err(problem);
    }
    draft.cut |= end.is_err();
    if let Some(summary) = draft.said.summary.clone()
        && draft.parts.is_empty()
    {
        draft.add(&summary, TEXT);
    }
    Ok(draft)
}

/// An article that is being read.
#[derive(Debug)]
struct Article {
    draft: Draft,
    /// The open elements.
    path: Vec<String>,
    /// The text of the innermost block.
    text: String,
    given: String,
    family: String,
    date: (Option<u16>, Option<u8>, Option<u8>),
    summary: String,
    /// Elements whose text is not the article's own: references, notes of the publisher.
    aside: u32,
    is_author: bool,
}

impl Default for Article {
    fn default() -> Self {
        Self {
            draft: Draft::new(PaperFormat::Jats),
            path: Vec::new(),
            text: String::new(),
            given: String::new(),
            family: String::new(),
            date: (None, None, None),
            summary: String::new(),
            aside: 0,
            is_author: false,
        }
    }
}

impl Article {
    fn take(&mut self, node: &Node<'_>) {
        match node {
            Node::Start { name, attributes } => self.open(name, attributes),
            Node::Text(text) => self.text.push_str(text),
            Node::End(name) => self.close(name),
        }
    }

    fn is_in(&self, name: &str) -> bool {
        self.path.iter().any(|open| open == name)
    }

    fn open(&mut self, name: &str, attributes: &[(String, String)]) {
        match name {
            "article" => {
                self.draft.said.language = attribute(attributes, "lang").map(str::to_owned);
            }
            "ref-list" | "sub-article" | "response" | "fn-group" | "trans-abstract" => {
                self.aside += 1;
            }
            "contrib" => {
                let kind = attribute(attributes, "contrib-type");
                self.is_author = kind.is_none_or(|kind| kind == "author");
                (self.given, self.family) = (String::new(), String::new());
            }
            "pub-date" => self.date = (None, None, None),
            "article-id" => {
                let kind = attribute(attributes, "pub-id-type").unwrap_or_default();
                self.path.push(format!("article-id {kind}"));
                self.text.clear();
                return;
            }
            _ => {}
        }
        if is_block(name) {
            // A paragraph that holds a list or a table ends before it.
            self.flush(false);
        }
        self.path.push(name.to_owned());
    }

    fn close(&mut self, name: &str) {
        let element = self.path.pop().unwrap_or_default();
        if is_block(name) {
            self.field(&element);
            self.text.clear();
        }
        match name {
            "ref-list" | "sub-article" | "response" | "fn-group" | "trans-abstract" => {
                self.aside = self.aside.saturating_sub(1);
            }
            "contrib" if self.is_author && self.aside == 0 => {
                let name = one_line(&format!("{} {}", self.given, self.family), 200);
                if !name.is_empty() {
                    self.draft.said.authors.push(name);
                }
            }
            "pub-date" => self.dated(),
            "abstract" if self.aside == 0 && self.draft.said.summary.is_none() => {
                let summary = one_line(&self.summary, 5_000);
                self.draft.said.summary = (!summary.is_empty()).then_some(summary);
            }
            _ => {}
        }
    }

    /// Keeps the earliest day that is told to the day.
    fn dated(&mut self) {
        let (Some(year), month, day) = self.date else { return };
        let Ok(date) = PaperDate::new(year, month, day.filter(|_| month.is_some())) else { return };
        let kept = self.draft.said.date;
        let better =
            kept.is_none_or(|kept| (date.day().is_some(), kept) > (kept.day().is_some(), date));
        if better {
            self.draft.said.date = Some(date);
        }
    }

    fn field(&mut self, element: &str) {
        let line = one_line(&self.text, 200_000);
        if line.is_empty() || self.aside > 0 {
            return;
        }
        let in_meta = self.is_in("article-meta");
        match element {
            "article-title" if in_meta => {
                self.draft.said.title = self.draft.said.title.take().or(Some(line));
            }
            "surname" | "collab" if self.is_in("contrib") => self.family = line,
            "given-names" if self.is_in("contrib") => self.given = line,
            "year" if self.is_in("pub-date") => self.date.0 = line.parse().ok(),
            "month" if self.is_in("pub-date") => self.date.1 = line.parse().ok(),
            "day" if self.is_in("pub-date") => self.date.2 = line.parse().ok(),
            "article-id doi" | "article-id arxiv" => self.draft.said.hints.push(line),
            _ => self.flush(element == "title"),
        }
    }

    /// Takes the text of a block to the abstract or to the section it stands in.
    fn flush(&mut self, is_heading: bool) {
        let line = one_line(&self.text, 200_000);
        if line.is_empty() || self.aside > 0 {
            return;
        }
        if self.is_in("abstract") {
            self.summary.push_str(&line);
            self.summary.push(' ');
        } else if self.is_in("body") || self.is_in("back") {
            if is_heading { self.draft.head(&line, 2) } else { self.draft.add(&line, TEXT) }
        }
        self.text.clear();
    }
}

/// Elements that hold text of their own.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "title"
            | "article-title"
            | "surname"
            | "given-names"
            | "collab"
            | "year"
            | "month"
            | "day"
            | "article-id"
            | "td"
            | "th"
            | "label"
            | "list-item"
            | "disp-quote"
            | "caption"
            | "sec"
            | "abstract"
            | "body"
            | "mixed-citation"
            | "element-citation"
            | "journal-title"
            | "aff"
            | "code"
            | "preformat"
            | "def"
            | "term"
            | "tex-math"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_read_where_it_stands() {
        let draft = read(
            "<!DOCTYPE article><article xml:lang='en'><front><article-meta>\
             <article-id pub-id-type='doi'>10.1/a</article-id><title-group><article-title>A \
             <italic>title</italic></article-title></title-group><contrib-group>\
             <contrib contrib-type='author'><name><surname>Lovelace</surname><given-names>Ada\
             </given-names></name></contrib><contrib contrib-type='editor'><name><surname>No\
             </surname></name></contrib></contrib-group><pub-date><day>6</day><month>5</month>\
             <year>2024</year></pub-date><abstract><p>In short.</p></abstract></article-meta></front>\
             <body><sec><title>One</title><p>Text <bold>bold</bold>.</p><list><list-item><p>a</p>\
             </list-item></list></sec></body><back><ref-list><title>References</title><ref>\
             <mixed-citation>Gone</mixed-citation></ref></ref-list></back></article>",
        )
        .unwrap();
        assert_eq!(draft.said.title.as_deref(), Some("A title"));
        assert_eq!(draft.said.authors, ["Ada Lovelace"]);
        assert_eq!(draft.said.summary.as_deref(), Some("In short."));
        assert_eq!(draft.said.hints, ["10.1/a"]);
        assert_eq!(draft.said.date.map(|date| date.to_string()).as_deref(), Some("2024-05-06"));
        let parts = draft.parts.iter().map(|part| (part.heading.as_deref(), part.text.as_str()));
        assert_eq!(parts.collect::<Vec<_>>(), [(Some("One"), "Text bold.\n\na")]);
    }
}
