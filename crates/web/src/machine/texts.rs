//! The other forms of a piece: plain text to paste or to print, and a reference for programs that
//! keep them.

use observatory_model::Language;
use observatory_model::brief::{Brief, Evidence};

use crate::locale::Locale;
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

/// The piece as plain text, every paragraph with its number.
pub(crate) fn plain(site: &Site, locale: &Locale, piece: &Brief) -> String {
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
        text.block(&format!("¶ {number}  {paragraph}"));
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

/// A reference in the format of BibTeX. Names stand in braces of their own, because teams and names of
/// many cultures have no last word to sort by.
pub(crate) fn bibtex(site: &Site, locale: &Locale, piece: &Brief) -> String {
    let (year, month, _) = piece.published.ymd();
    let slug = &piece.address.slug;
    let authors: Vec<String> =
        piece.authors.iter().map(|author| format!("{{{}}}", tex(author))).collect();
    let fields = [
        ("author", authors.join(" and ")),
        ("title", format!("{{{}}}", tex(&piece.title))),
        ("series", tex(locale.series(piece.address.series))),
        ("publisher", tex(locale.say("site.name"))),
        ("version", piece.version.to_string()),
        ("year", year.to_string()),
        ("month", month.to_string()),
        ("language", english_name(piece.language).to_owned()),
        ("url", site.absolute(&urls::brief(piece.language, &piece.address))),
    ];
    let fields = fields.map(|(name, value)| format!("  {name} = {{{value}}}")).join(",\n");
    format!("@misc{{{slug}-{}-v{},\n{fields}\n}}\n", piece.language, piece.version)
}

/// The name of a language as programs that set references expect it.
const fn english_name(language: Language) -> &'static str {
    match language {
        Language::Ar => "arabic",
        Language::Zh => "chinese",
        Language::En => "english",
        Language::Fr => "french",
        Language::Ru => "russian",
        Language::Es => "spanish",
    }
}

/// Text in which nothing is a command of TeX.
fn tex(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => safe.push_str("\\textbackslash{}"),
            '~' => safe.push_str("\\textasciitilde{}"),
            '^' => safe.push_str("\\textasciicircum{}"),
            '{' | '}' | '%' | '#' | '$' | '&' | '_' => {
                safe.push('\\');
                safe.push(character);
            }
            control if control.is_control() => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_no_commands() {
        assert_eq!(
            tex("a\\b {50%} x_1 ~\n"),
            "a\\textbackslash{}b \\{50\\%\\} x\\_1 \\textasciitilde{} "
        );
    }
}
