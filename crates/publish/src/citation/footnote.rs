//! References for people: the seventh edition of the style of the American Psychological Association,
//! and the footnotes of the *United Nations Editorial Manual*.
//!
//! What differs by language is handed over as [`Words`]. What comes out is a list of [`Part`]s, so that
//! the page can isolate names and titles whose direction is not that of the line (UAX #9 §2.7), mark
//! titles and link addresses.

use super::{Author, Work, address, one_line};

/// Most authors that APA names: 20; of more, the first 19 and the last (*Publication Manual*, 9.8).
const MAX_APA_AUTHORS: usize = 20;

/// Most authors that the United Nations name; of more, the first "and others".
const MAX_UN_AUTHORS: usize = 3;

/// A piece of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words and punctuation in the language of the reference.
    Text(String),
    /// The name of a person, a body or a series, in whatever language.
    Name(String),
    /// The title, in the language of the work; APA sets it in italics.
    Title(String),
    /// An absolute address.
    Address(String),
}

impl Part {
    /// What stands there.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Name(text) | Self::Title(text) | Self::Address(text) => text,
        }
    }
}

/// The words and signs of a language, with the spaces that belong to them.
///
/// Where `{}` stands in one, the value is put; one without `{}` stands alone. English values are given
/// as examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The day of publication in a footnote: `4 November 2026`.
    pub date: String,
    /// The day of publication in APA: `2026, November 4`.
    pub date_apa: String,
    /// Before a title in a footnote: `“`; in French with its space.
    pub open: String,
    /// After a title in a footnote: `”`.
    pub close: String,
    /// Between the parts of a footnote: `, `.
    pub comma: String,
    /// Between the parts in APA: `. `.
    pub stop: String,
    /// Between names: `, `.
    pub names: String,
    /// Before the last of several names in a footnote: ` and `.
    pub last_name: String,
    /// Before the last of several names in APA: `, & `.
    pub last_name_apa: String,
    /// In place of the names that APA leaves out: `, . . . `.
    pub names_apart: String,
    /// After the first of more than three names in a footnote: ` and others`. Empty: all are named.
    pub others: String,
    /// Between names and title in a footnote: `, `; in Russian a full stop.
    pub after_names: String,
    /// `version {}`.
    pub version: String,
    /// `Version {}`.
    pub version_apa: String,
    /// The number in a footnote: `No. {}`.
    pub number: String,
    /// The number in APA: `Report No. {}`.
    pub number_apa: String,
    /// The paragraph that is meant: `para. {}`.
    pub paragraph: String,
    /// The end of a footnote: `. Available at {}`.
    pub address: String,
}

/// An entry of a list of references after APA 7 (10.4, reports): names, date, title, number and
/// version, publisher, DOI or else address.
///
/// Names are turned round and shortened to initials only where the author gave family and given name
/// apart, else they stand as typed, as bodies do. Without names the title comes first. A publisher that
/// is the only author is not named again. The paragraph is not named: APA does that in the text.
pub fn apa(work: &Work, words: &Words) -> Vec<Part> {
    let mut parts = Parts::default();
    let names: Vec<String> =
        work.authors.iter().map(apa_name).filter(|name| !name.is_empty()).collect();
    let publisher = one_line(&work.publisher);
    let date = format!("({})", one_line(&words.date_apa));
    if names.is_empty() {
        apa_title(&mut parts, work, words);
        parts.text(&words.stop);
        parts.text(&date);
    } else {
        parts.names(&apa_names(&names), &words.names, &words.last_name_apa, &words.names_apart);
        // An initial ends with the full stop that would follow.
        let ends = names.last().is_some_and(|name| name.ends_with('.'));
        parts.text(if ends { " " } else { &words.stop });
        parts.text(&date);
        parts.text(&words.stop);
        apa_title(&mut parts, work, words);
    }
    parts.text(&words.stop);
    if !publisher.is_empty() && names != [publisher.as_str()] {
        parts.push(Part::Name(publisher));
        parts.text(&words.stop);
    }
    parts.push(Part::Address(link(work)));
    parts.0
}

fn apa_title(parts: &mut Parts, work: &Work, words: &Words) {
    parts.push(Part::Title(one_line(&work.title)));
    parts.text(" (");
    if let Some(number) = super::lines(&work.number).next() {
        parts.filled(&words.number_apa, Part::Name(number));
        parts.text("; ");
    }
    parts.filled(&words.version_apa, Part::Text(work.version.to_string()));
    parts.text(")");
}

/// The names that are named, `None` for those in between.
fn apa_names(names: &[String]) -> Vec<Option<&str>> {
    let all = || names.iter().map(|name| Some(name.as_str()));
    if names.len() <= MAX_APA_AUTHORS {
        return all().collect();
    }
    all().take(MAX_APA_AUTHORS - 1).chain([None]).chain(all().next_back()).collect()
}

fn apa_name(author: &Author) -> String {
    match &author.parts {
        Some((family, given)) => format!("{}, {}", one_line(family), initials(&one_line(given))),
        None => one_line(&author.name),
    }
}

/// `A. M.` for `Ada Mary`, `J.-P.` for `Jean-Paul`. A name in a script without capitals has no initials
/// and stays as it is.
fn initials(given: &str) -> String {
    let is_cased = |c: char| c.is_uppercase() || c.is_lowercase();
    if !given.split([' ', '-']).all(|name| name.starts_with(is_cased)) {
        return given.to_owned();
    }
    let of_word = |word: &str| {
        let first = |name: &str| name.chars().next().map(|c| format!("{c}."));
        word.split('-').filter_map(first).collect::<Vec<_>>().join("-")
    };
    given.split(' ').map(of_word).collect::<Vec<_>>().join(" ")
}

/// A footnote after the *United Nations Editorial Manual*: names, title in quotation marks, series,
/// number, publisher, version, paragraph, date, address, with an order that holds in all six languages.
///
/// Names stand as typed, and of more than three only the first, with [`Words::others`].
pub fn un(work: &Work, words: &Words) -> Vec<Part> {
    let mut parts = Parts::default();
    let names: Vec<String> = super::lines(work.authors.iter().map(|author| &author.name)).collect();
    let cut = names.len() > MAX_UN_AUTHORS && !words.others.is_empty();
    let all: Vec<_> = names.iter().map(|name| Some(name.as_str())).collect();
    if cut {
        parts.names(all.get(..1).unwrap_or_default(), "", "", "");
        parts.text(&words.others);
    } else {
        parts.names(&all, &words.names, &words.last_name, "");
    }
    if !names.is_empty() {
        parts.text(&words.after_names);
    }
    parts.text(&words.open);
    parts.push(Part::Title(one_line(&work.title)));
    parts.text(&words.close);
    for name in super::lines([&work.series]) {
        parts.text(&words.comma);
        parts.push(Part::Name(name));
    }
    for number in super::lines(&work.number) {
        parts.text(&words.comma);
        parts.filled(&words.number, Part::Name(number));
    }
    for name in super::lines([&work.publisher]) {
        parts.text(&words.comma);
        parts.push(Part::Name(name));
    }
    parts.text(&words.comma);
    parts.filled(&words.version, Part::Text(work.version.to_string()));
    if let Some(paragraph) = work.paragraph {
        parts.text(&words.comma);
        parts.filled(&words.paragraph, Part::Text(paragraph.to_string()));
    }
    parts.text(&words.comma);
    parts.text(&words.date);
    parts.filled(&words.address, Part::Address(address(&work.url)));
    parts.0
}

/// The address of the DOI, which stays, or else of the version.
fn link(work: &Work) -> String {
    let doi = work.doi.as_ref().filter(|_| work.doi().is_some());
    address(
        &doi.and_then(observatory_model::identifier::Identifier::url)
            .unwrap_or_else(|| work.url.clone()),
    )
}

#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn push(&mut self, part: Part) {
        if part.as_str().is_empty() {
            return;
        }
        if let (Some(Part::Text(last)), Part::Text(more)) = (self.0.last_mut(), &part) {
            last.push_str(more);
        } else {
            self.0.push(part);
        }
    }

    fn text(&mut self, text: &str) {
        self.push(Part::Text(text.to_owned()));
    }

    /// Words with a value in the place of `{}`.
    fn filled(&mut self, words: &str, value: Part) {
        match words.split_once("{}") {
            Some((before, after)) => {
                self.text(before);
                self.push(value);
                self.text(after);
            }
            None => self.text(words),
        }
    }

    /// Names with what stands between them; `None` is written as `apart` and needs nothing around it.
    fn names(&mut self, names: &[Option<&str>], between: &str, last: &str, apart: &str) {
        let count = names.len();
        let mut is_apart = true;
        for (name, number) in names.iter().zip(1_usize..) {
            if let Some(name) = name {
                if !is_apart {
                    self.text(if number == count { last } else { between });
                }
                self.push(Part::Name((*name).to_owned()));
                is_apart = false;
            } else {
                self.text(apart);
                is_apart = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citation::sample::{HOSTILE, hostile, work};

    fn english() -> Words {
        let words = |text: &str| text.to_owned();
        Words {
            date: words("4 November 2026"),
            date_apa: words("2026, November 4"),
            open: words("“"),
            close: words("”"),
            comma: words(", "),
            stop: words(". "),
            names: words(", "),
            last_name: words(" and "),
            last_name_apa: words(", & "),
            names_apart: words(", . . . "),
            others: words(" and others"),
            after_names: words(", "),
            version: words("version {}"),
            version_apa: words("Version {}"),
            number: words("No. {}"),
            number_apa: words("Report No. {}"),
            paragraph: words("para. {}"),
            address: words(". Available at {}"),
        }
    }

    fn chinese() -> Words {
        let words = |text: &str| text.to_owned();
        Words {
            date: words("2026年11月4日"),
            open: words("《"),
            close: words("》"),
            comma: words("，"),
            names: words("、"),
            last_name: words("和"),
            after_names: words("，"),
            version: words("第{}版"),
            number: words("第{}号"),
            paragraph: words("第{}段"),
            address: words("。可查阅：{}"),
            ..english()
        }
    }

    fn written(parts: &[Part]) -> String {
        parts.iter().map(Part::as_str).collect()
    }

    fn named(names: &[&str]) -> Work {
        let authors =
            names.iter().map(|name| Author { name: (*name).to_owned(), ..Author::default() });
        Work { authors: authors.collect(), ..work() }
    }

    #[test]
    fn references_follow_apa() {
        assert_eq!(
            written(&apa(&work(), &english())),
            "Lovelace, A. M., & 李明. (2026, November 4). Spectrum for all (Report No. 2026/4; \
            Version 2). Observatory. https://doi.org/10.1000/182"
        );
        let mut one = Work { doi: None, number: None, ..work() };
        one.authors.truncate(1);
        assert_eq!(
            written(&apa(&one, &english())),
            "Lovelace, A. M. (2026, November 4). Spectrum for all (Version 2). Observatory. \
            https://observatory.example/en/future-vision/everywhere/v2"
        );
        let own = Work { doi: None, number: None, ..named(&["Observatory"]) };
        assert_eq!(
            written(&apa(&own, &english())),
            "Observatory. (2026, November 4). Spectrum for all (Version 2). \
            https://observatory.example/en/future-vision/everywhere/v2"
        );
        let nobody = Work { doi: None, number: None, ..named(&[" "]) };
        assert_eq!(
            written(&apa(&nobody, &english())),
            "Spectrum for all (Version 2). (2026, November 4). Observatory. \
            https://observatory.example/en/future-vision/everywhere/v2"
        );
    }

    #[test]
    fn apa_names_twenty() {
        let names: Vec<String> = (1..=21).map(|number| format!("N{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let twenty = written(&apa(&named(&names[..20]), &english()));
        assert!(twenty.starts_with("N1, N2, ") && twenty.contains("N19, & N20. ("), "{twenty}");
        let more = written(&apa(&named(&names), &english()));
        assert!(more.contains(", N19, . . . N21. (") && !more.contains("N20"), "{more}");
    }

    #[test]
    fn initials_are_of_scripts_that_have_them() {
        for (given, expected) in [
            ("Jean-Paul", "J.-P."),
            ("Лев Николаевич", "Л. Н."),
            ("明", "明"),
            ("محمد", "محمد"),
            ("", ""),
        ] {
            assert_eq!(initials(given), expected);
        }
    }

    #[test]
    fn footnotes_follow_the_manual() {
        let pinpoint = Work { paragraph: Some(4), ..work() };
        let parts = un(&pinpoint, &english());
        assert_eq!(
            written(&parts),
            "Ada M. Lovelace and 李明, “Spectrum for all”, Future Vision, No. 2026/4, Observatory, \
            version 2, para. 4, 4 November 2026. Available at \
            https://observatory.example/en/future-vision/everywhere/v2"
        );
        assert_eq!(parts[0], Part::Name("Ada M. Lovelace".to_owned()));
        assert_eq!(parts[4], Part::Title("Spectrum for all".to_owned()));
        assert_eq!(
            written(&un(&pinpoint, &chinese())),
            "Ada M. Lovelace和李明，《Spectrum for all》，Future Vision，第2026/4号，Observatory，\
            第2版，第4段，2026年11月4日。可查阅：\
            https://observatory.example/en/future-vision/everywhere/v2"
        );
        let nobody = Work { series: String::new(), number: None, ..named(&[]) };
        assert_eq!(
            written(&un(&nobody, &english())),
            "“Spectrum for all”, Observatory, version 2, 4 November 2026. Available at \
            https://observatory.example/en/future-vision/everywhere/v2"
        );
    }

    #[test]
    fn footnotes_name_three() {
        let names = ["A", "B", "C", "D"];
        let three = written(&un(&named(&names[..3]), &english()));
        assert!(three.starts_with("A, B and C, “"), "{three}");
        let four = written(&un(&named(&names), &english()));
        assert!(four.starts_with("A and others, “"), "{four}");
        let all = written(&un(&named(&names), &Words { others: String::new(), ..english() }));
        assert!(all.starts_with("A, B, C and D, “"), "{all}");
    }

    #[test]
    fn values_stay_in_their_parts() {
        for parts in [apa(&hostile(), &english()), un(&hostile(), &english())] {
            let titles = parts.iter().filter(|part| matches!(part, Part::Title(_)));
            assert_eq!(titles.collect::<Vec<_>>(), [&Part::Title(one_line(HOSTILE))]);
            for part in &parts {
                assert!(!part.as_str().contains(char::is_control), "{part:?}");
                let from_outside =
                    part.as_str().contains('\u{202e}') || part.as_str().contains("evil");
                assert!(!from_outside || !matches!(part, Part::Text(_)), "{part:?}");
            }
        }
    }
}
