//! `::chart …` on a line of its own.

use comrak::Node;
use comrak::nodes::NodeValue;
use observatory_model::chart::ChartWish;

use super::MarkdownFault;

/// The words of a text that begins with `::` and a letter: the word after it, and the rest.
pub(super) fn directive(text: &str) -> Option<(&str, &str)> {
    let rest = text.trim().strip_prefix("::")?;
    let begins = rest.starts_with(|first: char| first.is_ascii_alphabetic());
    begins.then(|| rest.split_once(char::is_whitespace).unwrap_or((rest, "")))
}

/// The chart that a paragraph at the top of a text asks for; `None` for any other paragraph.
///
/// # Errors
/// [`MarkdownFault::Directive`] when it begins like a directive and is none that can be followed.
pub(super) fn chart(paragraph: Node<'_>) -> Option<Result<ChartWish, MarkdownFault>> {
    let first = paragraph.first_child()?;
    let data = first.data();
    let NodeValue::Text(text) = &data.value else { return None };
    let (word, rest) = directive(text)?;
    if first.next_sibling().is_some() {
        return Some(Err(misplaced(word)));
    }
    if word != "chart" {
        return Some(Err(fault(word, "is unknown: there is ::chart".to_owned())));
    }
    let read = rest.parse::<ChartWish>();
    Some(read.map_err(|invalid| fault(word, format!("cannot be drawn: {invalid}"))))
}

/// What is said of a directive within something else.
pub(super) fn misplaced(word: &str) -> MarkdownFault {
    let why =
        "has to stand on a line of its own, in plain words, with an empty line before and after";
    fault(word, why.to_owned())
}

fn fault(word: &str, why: String) -> MarkdownFault {
    MarkdownFault::Directive { word: word.chars().take(40).collect(), why }
}
