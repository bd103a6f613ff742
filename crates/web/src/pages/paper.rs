//! A paper: what its entry shows beside the abstract, and one page or section of it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::EntryId;
use observatory_model::entry::Entry;
use observatory_model::paper::{Confidence, Fact, FactPlace, Paper, Unreadable};
use observatory_store::{PaperRecord, PartRecord};

use crate::cache::Policy;
use crate::chrome::{Chrome, Section, dir};
use crate::error::PageError;
use crate::html::Html;
use crate::locale::Locale;
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// Links to parts that one page shows.
const MOST_LINKS: u32 = 100;

/// Text that one page shows, in bytes: with the frame around it, it comes in one flight of TCP.
const PIECE_BYTES: usize = 14 * 1024;

/// What the entry of a paper shows beside the abstract.
pub(crate) struct PaperView {
    /// What kind of file it is, how long, and whether its end is missing.
    pub(crate) about: Html,
    /// Why it could not be read, and what to do.
    pub(crate) unreadable: Option<Html>,
    /// What it says of itself, and how sure that is.
    pub(crate) facts: Vec<Html>,
    /// Whether its parts are pages.
    pub(crate) is_paged: bool,
    /// Its parts.
    pub(crate) contents: Vec<(String, String)>,
}

impl PaperView {
    /// What is shown of a paper.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn new(
        site: &Site,
        reader: &Reader,
        id: EntryId,
        paper: &PaperRecord,
    ) -> Result<Self, PageError> {
        let locale = reader.locale;
        let headings = site.store().paper_headings(id, contents_limit(paper)).await?;
        let step = if paper.is_paged { paper.parts.div_ceil(MOST_LINKS).max(1) } else { 1 };
        let step = usize::try_from(step).unwrap_or(1);
        let contents = headings.into_iter().step_by(step).map(|(number, heading)| {
            let label = match heading {
                Some(heading) => heading,
                None if paper.is_paged => locale.number(u64::from(number)),
                None => name_of(locale, false, number),
            };
            (urls::entry_part(reader.language, id, number), label)
        });
        Ok(Self {
            about: about(locale, paper),
            unreadable: paper.read.as_ref().err().map(|why| unreadable(locale, why)),
            facts: paper.read.as_ref().map(|paper| facts(locale, paper)).unwrap_or_default(),
            is_paged: paper.is_paged,
            contents: contents.collect(),
        })
    }
}

/// Of pages only some are linked where there are many, of sections the first.
const fn contents_limit(paper: &PaperRecord) -> u32 {
    if paper.is_paged { paper.parts } else { MOST_LINKS }
}

/// `Page 14`, or `Section 3`.
fn name_of(locale: &Locale, is_paged: bool, number: u32) -> String {
    let values = [("number", &*locale.number(u64::from(number)))];
    if is_paged {
        locale.plain("paper.page", &values)
    } else {
        locale.plain("paper.section", &values)
    }
}

fn about(locale: &Locale, paper: &PaperRecord) -> Html {
    let mut sentences = Vec::new();
    let Ok(read) = &paper.read else {
        return locale.fill("paper.file", &[("name", Html::name(&paper.name))]);
    };
    let format = Html::text(locale.say(&format!("paper_format.{}", read.format.code())));
    let count = u64::from(paper.parts);
    let length =
        if paper.is_paged { locale.count("pages", count) } else { locale.count("sections", count) };
    let values = [("format", format), ("length", Html::text(&length))];
    sentences.push(locale.fill("paper.about", &values));
    if read.cut {
        sentences.push(Html::text(locale.say("paper.cut")));
    }
    locale.sentences(&sentences)
}

/// Why a document could not be read, what to do, and what exactly was seen.
fn unreadable(locale: &Locale, why: &Unreadable) -> Html {
    let code = why.reason.code();
    let mut sentences = vec![
        Html::strong(locale.say(&format!("unreadable.{code}"))),
        Html::text(locale.say(&format!("unreadable_remedy.{code}"))),
    ];
    if !why.detail.is_empty() {
        sentences.push(Html::text(locale.say("sources.detail")));
        sentences.push(Html::technical(&why.detail));
    }
    locale.sentences(&sentences)
}

/// What a paper says of itself, each with how sure that is and where it was read.
fn facts(locale: &Locale, paper: &Paper) -> Vec<Html> {
    let mut lines = Vec::new();
    let mut add = |key: &str, value: Html, (confidence, read_in): (Confidence, FactPlace)| {
        let values = [
            ("fact", Html::text(locale.say(key))),
            ("value", value),
            ("sure", Html::text(locale.say(sure(confidence)))),
            ("place", place(locale, read_in)),
        ];
        lines.push(locale.fill("paper.fact", &values));
    };
    if let Some(title) = &paper.title {
        add("paper_fact.title", Html::name(&title.value), from(title));
    }
    if let Some(first) = paper.authors.first() {
        let names = paper.authors.iter().take(20).map(|author| author.value.clone());
        add("paper_fact.authors", locale.names(&names.collect::<Vec<_>>()), from(first));
    }
    if let Some(date) = &paper.date {
        let value = locale.partial_date(&date.value.to_string());
        add("paper_fact.date", Html::text(&value), from(date));
    }
    if let Some(language) = &paper.language {
        add("paper_fact.language", Html::name(locale.tag(&language.value)), from(language));
    }
    for identifier in paper.identifiers.iter().take(5) {
        let text = identifier.value.to_string();
        let value =
            identifier.value.url().map_or_else(|| Html::name(&text), |url| Html::link(&url, &text));
        add("paper_fact.identifier", value, from(identifier));
    }
    lines
}

const fn from<T>(fact: &Fact<T>) -> (Confidence, FactPlace) {
    (fact.confidence, fact.read_in)
}

const fn sure(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "paper_sure.high",
        Confidence::Medium => "paper_sure.medium",
        Confidence::Low => "paper_sure.low",
    }
}

fn place(locale: &Locale, place: FactPlace) -> Html {
    let text = |key| Html::text(locale.say(key));
    match place {
        FactPlace::Metadata => text("paper_place.metadata"),
        FactPlace::Page(page) => {
            let page = Html::text(&locale.number(u64::from(page)));
            locale.fill("paper_place.page", &[("page", page)])
        }
        FactPlace::RunningHead => text("paper_place.running-head"),
        FactPlace::Text => text("paper_place.text"),
        FactPlace::WholeText => text("paper_place.whole-text"),
    }
}

#[derive(Template)]
#[template(path = "pages/paper.html")]
struct PaperPage {
    c: Chrome,
    entry_href: String,
    heading: String,
    /// Whether the heading is a name of ours and not the author's.
    is_ours: bool,
    place: Option<String>,
    dir: &'static str,
    paragraphs: Vec<String>,
    previous: Option<(String, String)>,
    next: Option<(String, String)>,
    e: Entry,
}

/// `/{lang}/entries/{id}/pages/{number}?piece=`
pub(crate) async fn part(State(site): State<Site>, reader: Reader) -> Result<Response, PageError> {
    let id: EntryId = reader.part(1)?;
    let number: u32 = reader.part(3)?;
    // What the public may not read of an entry it may not read of its paper.
    let Some(entry) = site.store().entry(id).await? else {
        let gone = site.store().entry_is_gone(id).await?;
        return Err(if gone { PageError::Gone } else { PageError::NotFound });
    };
    let paper = site.store().paper(id).await?.ok_or(PageError::NotFound)?;
    let part = site.store().paper_part(id, number).await?.ok_or(PageError::NotFound)?;
    let asked = reader.parameter("piece").and_then(|piece| piece.parse().ok()).unwrap_or(1_usize);
    show(&page(&site, &reader, entry, &paper, &part, asked), Policy::Page)
}

fn page(
    site: &Site,
    reader: &Reader,
    entry: Entry,
    paper: &PaperRecord,
    part: &PartRecord,
    asked: usize,
) -> PaperPage {
    let (locale, id) = (reader.locale, entry.id);
    let pieces = pieces(&part.part.text);
    let piece = asked.clamp(1, pieces.len().max(1));
    let text = pieces.get(piece - 1).copied().unwrap_or_default();
    let own = name_of(locale, paper.is_paged, part.number);
    let link = |number: u32, piece: usize| {
        let href = urls::entry_piece(reader.language, id, number, piece);
        (href, name_of(locale, paper.is_paged, number))
    };
    let before = (piece > 1).then(|| link(part.number, piece - 1));
    let after = (piece < pieces.len()).then(|| link(part.number, piece + 1));
    let of = locale.number(u64::from(paper.parts));
    let place = locale.plain("paper.of", &[("place", own.as_str()), ("count", of.as_str())]);
    let title = format!("{} · {own}", entry.content.title);
    PaperPage {
        c: Chrome::new(site, reader, &title)
            .section(reader, Section::Sources)
            .unlisted()
            .reading(false),
        entry_href: urls::entry(reader.language, id),
        is_ours: part.part.heading.is_none(),
        // Where the author gave no heading, the place is the heading.
        heading: part.part.heading.clone().unwrap_or_else(|| place.clone()),
        place: part.part.heading.is_some().then_some(place),
        dir: dir(entry.content.language),
        paragraphs: paragraphs(text),
        previous: before.or_else(|| part.previous.map(|number| link(number, 1))),
        next: after.or_else(|| part.next.map(|number| link(number, 1))),
        e: entry,
    }
}

fn paragraphs(text: &str) -> Vec<String> {
    let paragraphs = text.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
    paragraphs.map(str::to_owned).collect()
}

/// A text in pieces of at most [`PIECE_BYTES`]: at a paragraph where one ends in the second half, else
/// at a space, else anywhere.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > PIECE_BYTES {
        let longest = rest.floor_char_boundary(PIECE_BYTES);
        let head = rest.get(..longest).unwrap_or_default();
        let end = |found: Option<usize>| found.filter(|end| *end > longest / 2);
        let cut = end(head.rfind("\n\n")).or_else(|| end(head.rfind(' '))).unwrap_or(longest);
        let (piece, after) = rest.split_at_checked(cut).unwrap_or((rest, ""));
        pieces.push(piece);
        rest = after;
    }
    if !rest.trim().is_empty() || pieces.is_empty() {
        pieces.push(rest);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shown_in_pieces_and_nothing_is_lost() {
        for text in [
            String::new(),
            "short".to_owned(),
            "word ".repeat(20_000),
            "é".repeat(40_000),
            format!("{}\n\n{}", "a".repeat(10_000), "b".repeat(10_000)),
        ] {
            let pieces = pieces(&text);
            assert!(pieces.iter().all(|piece| piece.len() <= PIECE_BYTES));
            assert_eq!(pieces.concat().trim_end(), text.trim_end());
        }
        let two = format!("{}\n\n{}", "a".repeat(10_000), "b".repeat(10_000));
        assert_eq!(pieces(&two).first().unwrap().len(), 10_000);
    }
}
