//! What the first pages show: the title by its size, the names below it, the abstract by its heading.

use observatory_model::paper::PaperDate;

use super::{bare, dates, is_large, names};
use crate::papers::Opening;

/// Blocks of the first page among which the title is.
const TITLE_BLOCKS: usize = 25;

/// The headings of abstracts, without spaces and signs, in lower case.
const ABSTRACTS: [&str; 21] = [
    "abstract",
    "summary",
    "executivesummary",
    "résumé",
    "resume",
    "résuméanalytique",
    "sommaire",
    "resumen",
    "resumenejecutivo",
    "sumario",
    "аннотация",
    "резюме",
    "реферат",
    "摘要",
    "内容提要",
    "提要",
    "概要",
    "ملخص",
    "الملخص",
    "ملخصتنفيذي",
    "خلاصة",
];

/// The size of most of the text.
fn text_size(opening: &[Opening]) -> f64 {
    let mut sizes = opening.iter().map(|block| (block.size, block.text.len())).collect::<Vec<_>>();
    sizes.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let half = sizes.iter().map(|(_, length)| length).sum::<usize>() / 2;
    let mut seen = 0;
    let middle = sizes.iter().find(|(_, length)| {
        seen += length;
        seen >= half
    });
    middle.map_or(10.0, |(size, _)| *size)
}

fn first_page(opening: &[Opening]) -> impl Iterator<Item = &Opening> {
    let page = opening.first().and_then(|block| block.page);
    opening.iter().filter(move |block| block.page == page).take(TITLE_BLOCKS)
}

/// The title, where it stands, and whether its size tells it from the text.
pub(crate) fn title(opening: &[Opening]) -> Option<(&Opening, String, bool)> {
    let text_size = text_size(opening);
    let fits = |block: &&Opening| {
        let letters = block.text.chars().filter(|c| c.is_alphabetic()).count();
        let east_asian = block.text.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}'));
        let lower = block.text.to_lowercase();
        (letters >= 8 || (east_asian && letters >= 4))
            && block.text.len() <= 600
            && !lower.starts_with("arxiv:")
            && !lower.starts_with("http")
            && !ABSTRACTS.contains(&bare(&block.text).as_str())
    };
    let largest =
        first_page(opening).filter(fits).map(|block| block.size).max_by(f64::total_cmp)?;
    let mut blocks =
        first_page(opening).skip_while(|block| !fits(block) || block.size < 0.97 * largest);
    let first = blocks.next()?;
    let mut text = first.text.clone();
    // A title of several lines may fall into several blocks of the same size.
    for more in
        blocks.take_while(|block| (block.size - first.size).abs() < 0.03 * first.size).take(3)
    {
        if text.len() + more.text.len() > 300 {
            break;
        }
        text.push(' ');
        text.push_str(&more.text);
    }
    Some((first, text, is_large(first, text_size)))
}

/// The names that stand below the title, where, and whether several signs speak for them.
pub(crate) fn authors<'a>(
    opening: &'a [Opening],
    title: &str,
) -> Option<(&'a Opening, Vec<String>, bool)> {
    const NEAR: usize = 4;
    let title = bare(title);
    let after = opening.iter().take(2 * TITLE_BLOCKS).position(|block| {
        let block = bare(&block.text);
        !block.is_empty()
            && (title.starts_with(&block) || block.contains(&title))
            && block.len() >= 6
    })?;
    let mut below = opening.iter().skip(after + 1).skip_while(|block| {
        let block = bare(&block.text);
        title.contains(&block)
    });
    let mut blocks = below.by_ref().take(NEAR).take_while(|block| !is_abstract(&block.text));
    let (first, mut found) = blocks.find_map(|block| {
        let found = names::below_title(&block.text);
        (!found.is_empty()).then_some((block, found))
    })?;
    // Each name may be a block of its own, or a list may go on over the page.
    for block in blocks {
        let more = names::below_title(&block.text);
        if !more.is_empty() && (block.size - first.size).abs() < 0.05 * first.size {
            found.extend(more);
        }
    }
    let sure = found.len() > 1 || first.text.contains(|c: char| c.is_ascii_digit() || c == '*');
    Some((first, found, sure))
}

fn is_abstract(text: &str) -> bool {
    text.chars().count() < 40 && ABSTRACTS.contains(&bare(text).as_str())
}

/// The abstract: what follows its heading, or a paragraph that begins with the word.
pub(crate) fn summary(opening: &[Opening]) -> Option<(&Opening, String)> {
    const MAX_BLOCKS: usize = 6;
    const ENOUGH: usize = 400;
    let (at, heading) = opening
        .iter()
        .enumerate()
        .find(|(_, block)| is_abstract(&block.text) || after_word(&block.text).is_some())?;
    if let Some(text) = after_word(&heading.text) {
        return Some((heading, text.to_owned()));
    }
    let mut text = String::new();
    let below = opening.get(at + 1..).unwrap_or_default();
    for block in below.iter().take(MAX_BLOCKS) {
        let is_heading = block.text.chars().count() < 60
            && (block.size > 1.05 * below.first().map_or(0.0, |first| first.size)
                || !block.text.trim_end().ends_with(['.', '。', '؟', '!', '?', ':']));
        if (is_heading && !text.is_empty()) || text.chars().count() > ENOUGH {
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&block.text);
    }
    (text.chars().count() >= 40).then_some((heading, text))
}

/// `Abstract—Text`, `Abstract. Text`, `摘要：文`: the text.
fn after_word(text: &str) -> Option<&str> {
    let (word, rest) = text.split_at(text.find(|c: char| !c.is_alphabetic())?);
    let rest = rest.trim_start();
    let is_word = ABSTRACTS.contains(&word.to_lowercase().as_str());
    let parted =
        rest.starts_with(['—', '–', '-', '.', ':', '：']) || word.chars().all(char::is_uppercase);
    let body = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
    (is_word && parted && body.chars().count() >= 80).then_some(body)
}

/// The date of publication that the first two pages show, and whether a word says that it is one.
pub(crate) fn date(opening: &[Opening]) -> Option<(&Opening, PaperDate, bool)> {
    const LABELS: [&str; 16] = [
        "published",
        "publication date",
        "date of publication",
        "issued",
        "released",
        "publié",
        "date de publication",
        "publicado",
        "fecha de publicación",
        "опубликован",
        "дата публикации",
        "تاريخ النشر",
        "نشر في",
        "发布日期",
        "出版日期",
        "发表日期",
    ];
    let early = || opening.iter().filter(|block| block.page.is_none_or(|page| page <= 2)).take(60);
    for block in early() {
        let lower = block.text.to_lowercase();
        for label in LABELS {
            let Some((_, after)) = lower.split_once(label) else { continue };
            let near = after.chars().take(60).collect::<String>();
            if let Some(date) = dates::first(&near) {
                return Some((block, date, true));
            }
        }
    }
    // A short line with a date stands near the title; sentences speak of other days.
    let short = first_page(opening).filter(|block| block.text.chars().count() < 160);
    let mut short = short.filter_map(|block| {
        let waits = ["received", "submitted", "accepted", "accessed", "retrieved"];
        let lower = block.text.to_lowercase();
        if waits.iter().any(|word| lower.contains(word)) {
            return None;
        }
        Some((block, dates::first(&block.text)?, false))
    });
    short.next()
}

/// The blocks in which a document says what it is known by, and whether a word says so.
pub(crate) fn labels(opening: &[Opening]) -> impl Iterator<Item = (&Opening, bool)> {
    let page = opening.first().and_then(|block| block.page);
    opening
        .iter()
        .filter(move |block| block.page.is_none_or(|found| Some(found) == page))
        .take(40)
        .filter_map(|block| {
            let lower = block.text.trim_start().to_lowercase();
            let labelled =
                ["doi", "https://doi.org/", "http://dx.doi.org/", "arxiv:", "document ", "симв"]
                    .iter()
                    .any(|label| lower.starts_with(label));
            (labelled || block.text.chars().count() < 160).then_some((block, labelled))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str, size: f64) -> Opening {
        Opening { page: Some(1), text: text.to_owned(), size }
    }

    fn page() -> Vec<Opening> {
        vec![
            block("Journal of Things", 9.0),
            block("A title of some length", 18.0),
            block("Ada Lovelace 1 and Alan Turing 2", 12.0),
            block("1 University of Somewhere", 9.0),
            block("DOI: 10.1000/182", 9.0),
            block("Submitted: 1 May 2018 Published: 12 November 2018", 9.0),
            block("Abstract", 12.0),
            block("This is what the paper says in short, and it is long enough to be one.", 10.0),
            block("Introduction", 12.0),
            block(&"Words of the text. ".repeat(40), 10.0),
        ]
    }

    #[test]
    fn a_first_page_tells_its_facts() {
        let page = page();
        let (_, found, sure) = title(&page).unwrap();
        assert_eq!((found.as_str(), sure), ("A title of some length", true));
        assert_eq!(authors(&page, &found).unwrap().1, ["Ada Lovelace", "Alan Turing"]);
        assert!(summary(&page).unwrap().1.starts_with("This is what"));
        let (_, found, labelled) = date(&page).unwrap();
        assert_eq!((found.to_string().as_str(), labelled), ("2018-11-12", true));
        assert!(labels(&page).any(|(block, sure)| sure && block.text.starts_with("DOI")));
    }

    #[test]
    fn abstracts_may_follow_their_word() {
        let text = format!("Abstract—{}", "This paper says something. ".repeat(5));
        assert!(summary(&[block(&text, 10.0)]).unwrap().1.starts_with("This paper"));
        assert!(summary(&[block("Abstract art is not meant here.", 10.0)]).is_none());
    }
}
