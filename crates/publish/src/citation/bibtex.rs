//! References in the format of BibTeX, for people who write with LaTeX (Patashnik, `BibTeXing`, 1988;
//! the fields `language`, `version`, `url`, `doi` after the manual of `biblatex`).

use observatory_model::Language;

use super::{Work, address, lines, one_line};

/// A reference of the type `@misc`, named `NAME-LANGUAGE-vVERSION`, with an end of line at its end.
///
/// `@misc`, because `@techreport` of BibTeX demands an institution and knows no version. Names stand in
/// braces of their own, because teams and names of many cultures have no last word to sort by; where
/// the author gave family and given name apart, they stand as `{Family}, {Given}`. The licence is
/// `copyright`, as programs that import references read it.
pub fn bibtex(work: &Work) -> String {
    let (year, month, _) = work.published.ymd();
    let authors = work.authors.iter().filter_map(|author| match &author.parts {
        Some((family, given)) => Some(format!("{{{}}}, {{{}}}", tex(family), tex(given))),
        None => Some(format!("{{{}}}", tex(&author.name))).filter(|name| name != "{}"),
    });
    let authors: Vec<String> = authors.collect();
    let title = Some(tex(&work.title)).filter(|title| !title.is_empty());
    let keywords: Vec<String> = lines(&work.keywords).map(|word| tex(&word)).collect();
    let optional = |text: &Option<String>| text.as_deref().map(tex).unwrap_or_default();
    let fields = [
        ("author", authors.join(" and ")),
        // A second pair of braces keeps the capitals.
        ("title", title.map(|title| format!("{{{title}}}")).unwrap_or_default()),
        ("series", tex(&work.series)),
        ("number", optional(&work.number)),
        ("publisher", tex(&work.publisher)),
        ("version", work.version.to_string()),
        ("year", year.to_string()),
        ("month", month.to_string()),
        ("language", english_name(work.language).to_owned()),
        ("doi", work.doi().map(verbatim).unwrap_or_default()),
        ("copyright", optional(&work.licence)),
        ("keywords", keywords.join(", ")),
        ("abstract", tex(&work.summary)),
        ("url", address(&work.url)),
    ];
    let fields = fields.iter().filter(|(_, value)| !value.is_empty());
    let fields: Vec<String> =
        fields.map(|(name, value)| format!("  {name} = {{{value}}}")).collect();
    format!("@misc{{{},\n{}\n}}\n", work.key(), fields.join(",\n"))
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

/// A value of a field in which nothing is a command, as `doi`: without braces and backslashes, which no
/// DOI in use has.
fn verbatim(text: &str) -> String {
    one_line(text).replace(['{', '}', '\\'], "")
}

/// Text on one line in which nothing is a command of TeX.
///
/// A brace is written by its name: BibTeX counts braces whether or not a backslash stands before them,
/// so that one alone would end the field. Two signs that TeX would draw together to another (`--`,
/// `''`, <code>\`\`</code>) are held apart.
fn tex(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut before = None;
    for character in one_line(text).chars() {
        match character {
            '\\' => safe.push_str("\\textbackslash{}"),
            '~' => safe.push_str("\\textasciitilde{}"),
            '^' => safe.push_str("\\textasciicircum{}"),
            '{' => safe.push_str("\\textbraceleft{}"),
            '}' => safe.push_str("\\textbraceright{}"),
            '%' | '#' | '$' | '&' | '_' => {
                safe.push('\\');
                safe.push(character);
            }
            '-' | '\'' | '`' if before == Some(character) => {
                safe.push_str("{}");
                safe.push(character);
            }
            other => safe.push(other),
        }
        before = Some(character);
    }
    safe
}

#[cfg(test)]
mod tests {
    use biblatex::{Bibliography, ChunksExt, Entry, Person};
    use proptest::prelude::*;

    use super::*;
    use crate::citation::sample::{HOSTILE, hostile, work};
    use crate::citation::{Author, WorkKind};

    /// The fields, in alphabetical order.
    const FIELDS: [&str; 14] = [
        "abstract",
        "author",
        "copyright",
        "doi",
        "keywords",
        "language",
        "month",
        "number",
        "publisher",
        "series",
        "title",
        "url",
        "version",
        "year",
    ];

    fn read(text: &str) -> Entry {
        let mut entries = Bibliography::parse(text).unwrap().into_vec();
        assert_eq!(entries.len(), 1, "{text}");
        entries.remove(0)
    }

    fn field(entry: &Entry, name: &str) -> String {
        entry.get(name).map(ChunksExt::format_verbatim).unwrap_or_default()
    }

    fn names(entry: &Entry) -> Vec<(String, String)> {
        let people: Vec<Person> = entry.author().unwrap();
        people.into_iter().map(|person| (person.name, person.given_name)).collect()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let entry = read(&bibtex(&work()));
        assert_eq!(entry.key, "everywhere-en-v2");
        let names = names(&entry);
        assert_eq!(names[0], ("Lovelace".to_owned(), "Ada Mary".to_owned()));
        assert_eq!(names[1], ("李明".to_owned(), String::new()));
        for (name, value) in [
            ("title", "Spectrum for all"),
            ("series", "Future Vision"),
            ("number", "2026/4"),
            ("publisher", "Observatory"),
            ("version", "2"),
            ("year", "2026"),
            ("month", "11"),
            ("language", "english"),
            ("doi", "10.1000/182"),
            ("copyright", "CC-BY-4.0"),
            ("keywords", "spectrum, 6G"),
            ("abstract", "What it is about"),
            ("url", "https://observatory.example/en/future-vision/everywhere/v2"),
        ] {
            assert_eq!(field(&entry, name), value, "{name}");
        }
    }

    #[test]
    fn no_value_leaves_its_field() {
        let text = bibtex(&hostile());
        let entry = read(&text);
        assert_eq!(entry.fields.keys().map(String::as_str).collect::<Vec<_>>(), FIELDS);
        for name in ["title", "series", "number", "publisher", "copyright", "keywords", "abstract"]
        {
            assert_eq!(field(&entry, name), one_line(HOSTILE), "{name}");
        }
        let names = names(&entry);
        assert_eq!(names[0], (one_line(&hostile().authors[0].name), String::new()));
        assert_eq!(names[1].0, "and others {and} B");
        assert_eq!(names.len(), 2);
        assert!(balanced(&text), "{text}");
    }

    /// Whether braces balance as BibTeX counts them: each one, whatever stands before it.
    fn balanced(text: &str) -> bool {
        let mut depth = 0_i32;
        for character in text.chars() {
            depth += match character {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            if depth < 0 {
                return false;
            }
        }
        depth == 0
    }

    #[test]
    fn titles_are_no_commands() {
        assert_eq!(
            tex("a\\b {50%} x_1 ~\n"),
            "a\\textbackslash{}b \\textbraceleft{}50\\%\\textbraceright{} x\\_1 \\textasciitilde{}"
        );
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let bare = Work {
            kind: WorkKind::Lesson,
            authors: vec![Author::default()],
            summary: String::new(),
            series: " \n".to_owned(),
            number: None,
            doi: None,
            licence: None,
            keywords: vec![],
            ..work()
        };
        let entry = read(&bibtex(&bare));
        let fields: Vec<_> = entry.fields.keys().map(String::as_str).collect();
        assert_eq!(fields, ["language", "month", "publisher", "title", "url", "version", "year"]);
    }

    proptest! {
        #[test]
        fn any_title_is_read_back(title in "(\\PC|[{}%\\\\\"'`~^#$&_\n-]){0,40}x", name in "([^=\\pC]|[{}\\\\\"']| and ){0,20}x") {
            let author = Author { name: name.clone(), ..Author::default() };
            let work = Work { title: title.clone(), authors: vec![author], ..work() };
            let text = bibtex(&work);
            prop_assert!(balanced(&text));
            let entry = read(&text);
            // The reader makes every kind of space an ordinary one.
            let spaced = |text: &str| {
                let spaced: String =
                    text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
                one_line(&spaced)
            };
            prop_assert_eq!(spaced(&field(&entry, "title")), spaced(&title));
            prop_assert_eq!(spaced(&names(&entry)[0].0), spaced(&name));
            prop_assert_eq!(entry.fields.len(), FIELDS.len());
        }
    }
}
