//! The other forms of a piece: plain text to paste or to print, and a reference for programs that
//! keep them.

use observatory_model::Series;
use observatory_model::brief::{Brief, Evidence};
use observatory_publish::{Author, Work, WorkKind};
use observatory_store::FrozenCharts;

use crate::foresight::figures;
use crate::locale::Locale;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// The content type of the plain text.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";

/// The content type of a reference in the format of BibTeX.
pub(crate) const BIBTEX: &str = "application/x-bibtex; charset=utf-8";

/// How a piece is cited, as plain text: who, what, where, which version, when, at which address.
pub(crate) fn citation(site: &Site, locale: &Locale, piece: &Brief) -> String {
    let values = [
        ("authors", &*piece.authors.join(locale.say("list.comma"))),
        ("title", &piece.title),
        ("series", locale.series(piece.address.series)),
        ("site", locale.say("site.name")),
        ("version", &piece.version.to_string()),
        ("date", &locale.day(piece.published)),
        ("address", &site.absolute(&urls::brief(piece.language, &piece.address))),
    ];
    locale.plain("brief.cite_text", &values)
}

/// The piece as plain text, every paragraph with its number, and its charts as their figures.
pub(crate) fn plain(site: &Site, reader: &Reader, piece: &Brief, frozen: &FrozenCharts) -> String {
    let locale = reader.locale;
    let mut charts = piece.body.charts.iter();
    let mut text = Lines::default();
    text.block(&piece.title);
    text.block(&piece.standfirst);
    text.block(&facts(locale, piece));
    if let Some((_, reason)) = &piece.confidence {
        text.block(reason);
    }
    if let Some(bottom_line) = &piece.bottom_line {
        text.heading(locale.say("brief.bottom_line"));
        text.block(bottom_line);
    }
    if !piece.questions.is_empty() {
        text.heading(locale.say("brief.questions"));
        text.list(
            piece.questions.iter().zip(1..).map(|(words, number)| format!("{number}. {words}")),
        );
    }
    let mut headings = piece.body.headings.iter().peekable();
    for (paragraph, number) in piece.body.paragraphs.iter().zip(1_u32..) {
        while let Some(heading) = headings.next_if(|heading| heading.first_paragraph <= number) {
            text.heading(&heading.text);
        }
        // A chart has a number and no words.
        let chart = if paragraph.is_empty() { charts.next() } else { None };
        let words = chart.map(|wish| figures::plain(reader, wish, frozen));
        text.block(&format!("¶ {number}  {}", words.as_ref().unwrap_or(paragraph)));
    }
    if !piece.unknowns.is_empty() {
        text.heading(locale.say("brief.unknowns"));
        text.list(piece.unknowns.iter().map(|words| format!("- {words}")));
    }
    if !piece.evidence.is_empty() {
        text.heading(locale.say("brief.evidence"));
        for (evidence, number) in piece.evidence.iter().zip(1..) {
            text.block(&source(locale, evidence, number));
        }
    }
    text.heading(locale.say("brief.cite"));
    text.block(&citation(site, locale, piece));
    text.0
}

/// Who, when, which version, how long, which original, how sure: the sentences of the page.
fn facts(locale: &Locale, piece: &Brief) -> String {
    let authors = piece.authors.join(locale.say("list.comma"));
    let mut sentences = Vec::new();
    if !authors.is_empty() {
        sentences.push(locale.plain("brief.by", &[("authors", &authors)]));
    }
    sentences.push(locale.plain("brief.published", &[("date", &locale.day(piece.published))]));
    sentences.push(locale.plain("brief.version", &[("version", &piece.version.to_string())]));
    sentences.push(locale.count("minutes", u64::from(piece.reading_minutes())));
    sentences
        .push(locale.plain("brief.original", &[("language", locale.language(piece.original))]));
    if let Some((level, _)) = &piece.confidence {
        sentences.push(locale.plain("confidence.label", &[("level", locale.confidence(*level))]));
    }
    if let Some(translation) = piece.translation {
        let version = translation.version.to_string();
        let made_from = [("version", &*version)];
        sentences.push(if translation.reviewed {
            locale.plain("brief.translated", &made_from)
        } else {
            locale.plain("brief.translated_unreviewed", &made_from)
        });
    }
    locale.run(&sentences)
}

/// A source: what it is, what it says, whether that was checked, and where it is cited.
fn source(locale: &Locale, evidence: &Evidence, number: u32) -> String {
    let date = evidence.date.as_deref().map(|date| locale.partial_date(date));
    let parts =
        [Some(evidence.publisher.as_str()), date.as_deref(), Some(locale.tag(&evidence.language))];
    let facts: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let mut lines = vec![
        format!("[{number}] {}", evidence.title),
        facts.join(locale.say("list.comma")),
        evidence.url.to_string(),
    ];
    lines.extend(evidence.quote.as_ref().map(|quote| format!("> {quote}")));
    let checked =
        if evidence.verified { locale.say("brief.checked") } else { locale.say("brief.unchecked") };
    let cited: Vec<String> = evidence.cited_in.iter().map(|number| format!("¶ {number}")).collect();
    let cited = if cited.is_empty() {
        String::new()
    } else {
        format!(" {} {}", locale.say("brief.cited_in"), cited.join(" "))
    };
    lines.push(format!("{checked}.{cited}"));
    lines.join("\n")
}

/// A text of blocks with an empty line between them.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn block(&mut self, words: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(words);
        self.0.push('\n');
    }

    fn heading(&mut self, words: &str) {
        self.block(&format!("\n== {words} =="));
    }

    fn list(&mut self, items: impl Iterator<Item = String>) {
        self.block(&items.collect::<Vec<_>>().join("\n"));
    }
}

/// A reference in the format of BibTeX.
pub(crate) fn bibtex(site: &Site, locale: &Locale, piece: &Brief) -> String {
    observatory_publish::bibtex(&work(site, locale, piece))
}

/// The piece as it is cited. Names are one text in `content/`, so they stand as typed.
fn work(site: &Site, locale: &Locale, piece: &Brief) -> Work {
    let authors = piece.authors.iter();
    Work {
        kind: match piece.address.series {
            Series::FutureVision | Series::DemystifyingDigital => WorkKind::Brief,
            Series::LearningLabs => WorkKind::Lesson,
            Series::AcademicNetwork => WorkKind::WhitePaper,
        },
        name: piece.address.slug.to_string(),
        authors: authors.map(|name| Author { name: name.clone(), ..Author::default() }).collect(),
        title: piece.title.clone(),
        summary: piece.standfirst.clone(),
        series: locale.series(piece.address.series).to_owned(),
        publisher: locale.say("site.name").to_owned(),
        number: None,
        version: piece.version,
        published: piece.published,
        language: piece.language,
        url: site.absolute(&urls::brief(piece.language, &piece.address)),
        doi: None,
        licence: None,
        keywords: Vec::new(),
        paragraph: None,
    }
}
