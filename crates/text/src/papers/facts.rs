//! What a document tells of itself: from its fields, from its first pages, and how sure that is.

pub(crate) mod dates;
mod first_page;
pub(crate) mod names;

use observatory_model::identifier::{Identifier, Scheme};
use observatory_model::paper::{Confidence, Fact, FactPlace, Paper, PaperDate};

use super::{Draft, Opening, Said, TEXT};
use crate::language::detect;
use crate::plain::one_line;

/// Longest title, in characters.
const MAX_TITLE: usize = 500;

/// Longest language tag, in characters, as long as those of records.
const MAX_TAG: usize = 100;

/// A document with its facts.
pub(crate) fn paper(draft: Draft) -> Paper {
    let Draft { format, mut said, opening, parts, cut } = draft;
    let opening = opening.as_slice();
    said.title = said.title.take().and_then(|title| plausible_title(&title));
    let title = title(&said, opening);
    let authors = authors(&said, opening, title.as_ref());
    let margins =
        parts.iter().take(5).map(|part| part.margin.as_str()).collect::<Vec<_>>().join("\n");
    let language = language(&said, &parts);
    let declared = said.language.as_deref().map(|tag| one_line(tag, MAX_TAG));
    Paper {
        format,
        summary: summary(&said, opening),
        date: date(&said, opening, &margins),
        identifiers: identifiers(&said, opening, &margins),
        title,
        authors,
        language,
        declared_language: declared.filter(|tag| !tag.is_empty()),
        parts,
        cut,
    }
}

fn place(opening: &Opening) -> FactPlace {
    opening.page.map_or(FactPlace::Text, FactPlace::Page)
}

const fn fact<T>(value: T, confidence: Confidence, read_in: FactPlace) -> Fact<T> {
    Fact { value, confidence, read_in }
}

/// A title of the file's fields, unless a program has put it there.
fn plausible_title(title: &str) -> Option<String> {
    let title = title
        .trim()
        .trim_start_matches("Microsoft Word - ")
        .trim_start_matches("Microsoft PowerPoint - ");
    let lower = title.to_lowercase();
    let is_file = [
        ".doc", ".docx", ".pdf", ".tex", ".dvi", ".indd", ".qxd", ".rtf", ".txt", ".odt", ".ps",
        ".xls",
    ]
    .iter()
    .any(|end| lower.ends_with(end));
    let by_program =
        ["untitled", "document", "powerpoint", "slide", "presentation", "title", "layout", "print"]
            .iter()
            .any(|word| lower.strip_prefix(word).is_some_and(|rest| rest.trim().len() <= 3));
    let letters = title.chars().filter(|c| c.is_alphabetic()).count();
    let is_code =
        !title.contains(' ') && (title.contains('_') || title.chars().any(|c| c.is_ascii_digit()));
    (letters >= 3 && !is_file && !by_program && !is_code).then(|| one_line(title, MAX_TITLE))
}

/// Letters and digits in lower case: what two spellings of a text share.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn title(said: &Said, opening: &[Opening]) -> Option<Fact<String>> {
    let shown = first_page::title(opening);
    let Some(told) = &said.title else {
        let (opening, text, sure) = shown?;
        let confidence = if sure { Confidence::Medium } else { Confidence::Low };
        return Some(fact(one_line(&text, MAX_TITLE), confidence, place(opening)));
    };
    let told_bare = bare(told);
    let seen = opening.iter().take(40).any(|block| bare(&block.text).contains(&told_bare));
    if let Some((opening, text, true)) = shown {
        let shown_bare = bare(&text);
        // The field holds the beginning only, or a short form.
        if shown_bare != told_bare && shown_bare.contains(&told_bare) && text.len() < 4 * told.len()
        {
            return Some(fact(one_line(&text, MAX_TITLE), Confidence::High, place(opening)));
        }
        if !seen && !told.contains(' ') {
            return Some(fact(one_line(&text, MAX_TITLE), Confidence::Medium, place(opening)));
        }
    }
    let confidence = if seen || opening.is_empty() { Confidence::High } else { Confidence::Medium };
    Some(fact(told.clone(), confidence, FactPlace::Metadata))
}

fn authors(said: &Said, opening: &[Opening], title: Option<&Fact<String>>) -> Vec<Fact<String>> {
    let pages = opening.iter().take(40).map(|block| bare(&block.text)).collect::<String>();
    let below = title.and_then(|title| first_page::authors(opening, &title.value));
    let told = said.authors.iter().take(Paper::MAX_AUTHORS);
    let told = told.map(|name| {
        let seen = pages.contains(&bare(name)) || said.authors.len() > 1;
        fact(
            name.clone(),
            if seen { Confidence::High } else { Confidence::Low },
            FactPlace::Metadata,
        )
    });
    let told = told.collect::<Vec<_>>();
    match below {
        // Who typed the file stands in its fields; who wrote it stands below the title.
        Some((block, names, sure)) if told.len() < names.len() && told.len() <= 1 => {
            let confidence = if sure { Confidence::Medium } else { Confidence::Low };
            let names = names.into_iter().take(Paper::MAX_AUTHORS);
            names.map(|name| fact(name, confidence, place(block))).collect()
        }
        _ => told,
    }
}

fn summary(said: &Said, opening: &[Opening]) -> Option<Fact<String>> {
    if let Some((block, text)) = first_page::summary(opening) {
        return Some(fact(one_line(&text, Paper::MAX_SUMMARY), Confidence::High, place(block)));
    }
    let told = said.summary.as_deref()?;
    Some(fact(one_line(told, Paper::MAX_SUMMARY), Confidence::Medium, FactPlace::Metadata))
}

fn date(said: &Said, opening: &[Opening], margins: &str) -> Option<Fact<PaperDate>> {
    if let Some(date) = said.date {
        return Some(fact(date, Confidence::High, FactPlace::Metadata));
    }
    if let Some((block, date, labelled)) = first_page::date(opening) {
        let confidence = if labelled { Confidence::High } else { Confidence::Medium };
        return Some(fact(date, confidence, place(block)));
    }
    if let Some(date) = dates::first(margins) {
        return Some(fact(date, Confidence::Medium, FactPlace::RunningHead));
    }
    // The day a file was made is often the day it was published, and often not.
    said.made.map(|date| fact(date, Confidence::Low, FactPlace::Metadata))
}

fn language(said: &Said, parts: &[observatory_model::paper::PaperPart]) -> Option<Fact<String>> {
    let mut sample = String::new();
    // First pages hold names and addresses, so the middle is looked at as well.
    let middle = parts.iter().skip(parts.len() / 2);
    for part in middle.chain(parts) {
        sample.push_str(&part.text);
        sample.push('\n');
        if sample.len() > 20_000 {
            break;
        }
    }
    let told = said.language.as_deref().map(|tag| tag.trim().to_lowercase());
    let told =
        told.as_deref().and_then(|tag| tag.split(['-', '_']).next()).filter(|code| code.len() >= 2);
    match detect(&sample) {
        Some(detected) => {
            let agreed = told.is_none_or(|told| told == detected.code);
            let confidence = if agreed { Confidence::High } else { Confidence::Medium };
            Some(fact(detected.code, confidence, FactPlace::WholeText))
        }
        None => told.map(|code| fact(code.to_owned(), Confidence::Low, FactPlace::Metadata)),
    }
}

/// What the document itself is known by. What its text cites is not.
fn identifiers(said: &Said, opening: &[Opening], margins: &str) -> Vec<Fact<Identifier>> {
    const MAX: usize = 20;
    let mut found = Vec::<Fact<Identifier>>::new();
    let mut add = |text: &str, confidence: Confidence, read_in: FactPlace| {
        for (_, identifier) in observatory_model::identifier::find(text) {
            let own = matches!(
                identifier.scheme,
                Scheme::Doi | Scheme::Arxiv | Scheme::Symbol | Scheme::Issn
            );
            if let Some(known) = found.iter_mut().find(|fact| fact.value == identifier) {
                known.confidence = Confidence::High;
            } else if own && found.len() < MAX {
                found.push(fact(identifier, confidence, read_in));
            }
        }
    };
    for hint in &said.hints {
        add(hint, Confidence::Medium, FactPlace::Metadata);
    }
    for (block, sure) in first_page::labels(opening) {
        add(&block.text, if sure { Confidence::High } else { Confidence::Medium }, place(block));
    }
    add(margins, Confidence::High, FactPlace::RunningHead);
    found
}

/// Whether a block is set larger than text.
fn is_large(block: &Opening, text_size: f64) -> bool {
    block.size > 1.12 * text_size.min(if block.page.is_none() { TEXT } else { f64::INFINITY })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_of_programs_are_not_believed() {
        for none in
            ["Microsoft Word - draft_3.docx", "untitled", "Document1", "WP_2024_17", "", "12"]
        {
            assert_eq!(plausible_title(none), None, "{none}");
        }
        assert_eq!(plausible_title("Microsoft Word - A plan").as_deref(), Some("A plan"));
    }
}
