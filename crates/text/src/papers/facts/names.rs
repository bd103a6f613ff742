//! Names of people: told from other words, and parted where several stand on one line.

/// Longest name, in characters.
const MAX_NAME: usize = 80;

/// Words that no person is called by; what has one of them is a place of work, a heading or a notice.
const NOT_OF_PEOPLE: [&str; 62] = [
    "university",
    "universidad",
    "université",
    "universität",
    "institute",
    "institut",
    "instituto",
    "department",
    "school",
    "college",
    "centre",
    "center",
    "laboratory",
    "laboratories",
    "faculty",
    "academy",
    "journal",
    "software",
    "review",
    "repository",
    "archive",
    "license",
    "summary",
    "abstract",
    "introduction",
    "report",
    "paper",
    "working",
    "group",
    "association",
    "ministry",
    "council",
    "bank",
    "organization",
    "organisation",
    "nations",
    "international",
    "national",
    "research",
    "science",
    "sciences",
    "technology",
    "engineering",
    "inc",
    "ltd",
    "llc",
    "gmbh",
    "foundation",
    "agency",
    "committee",
    "commission",
    "office",
    "union",
    "press",
    "society",
    "published",
    "submitted",
    "draft",
    "version",
    "page",
    "contents",
    "doi",
];

/// Small words within names.
const PARTICLES: [&str; 28] = [
    "de", "del", "della", "der", "den", "di", "da", "dos", "das", "du", "la", "le", "van", "von",
    "zu", "zur", "bin", "ibn", "al", "el", "y", "e", "ter", "ten", "af", "av", "dos", "’t",
];

/// What is written where a person should be.
const NOBODY: [&str; 13] = [
    "user",
    "admin",
    "administrator",
    "author",
    "unknown",
    "owner",
    "root",
    "guest",
    "anonymous",
    "none",
    "n/a",
    "windows user",
    "default",
];

/// The names of a line that is a list of names: `Ada Lovelace; Alan Turing`, `Lovelace, Ada`,
/// `A. B. Cee and D. Eff`.
pub(crate) fn listed(line: &str) -> Vec<String> {
    let line = line.trim();
    if NOBODY.contains(&line.to_lowercase().as_str()) {
        return Vec::new();
    }
    let mut names = Vec::new();
    for part in line.split(';').flat_map(|part| part.split(" & ")).flat_map(conjoined) {
        let commas =
            part.split([',', '，', '、', '،']).map(str::trim).filter(|name| !name.is_empty());
        let commas = commas.collect::<Vec<_>>();
        match commas.as_slice() {
            // `Lovelace, Ada`: neither side is a whole name.
            [family, given] if !family.contains(' ') || !given.contains(' ') => {
                if family.contains(' ') {
                    names.extend([(*family).to_owned(), (*given).to_owned()]);
                } else {
                    names.push(format!("{given} {family}"));
                }
            }
            several => names.extend(several.iter().map(|name| (*name).to_owned())),
        }
    }
    let names = names.into_iter().map(|name| crate::plain::one_line(&name, MAX_NAME));
    names.filter(|name| name.contains(char::is_alphabetic)).collect()
}

/// The sides of `and` in the six languages.
fn conjoined(part: &str) -> Vec<&str> {
    let mut parts = vec![part];
    for and in [" and ", " AND ", " et ", " y ", " и ", " und ", ", and "] {
        parts = parts.into_iter().flat_map(|part| part.split(and)).collect();
    }
    parts
}

/// The names of a line beneath a title, with marks of notes and addresses of mail; empty when most of
/// the line is something else.
pub(crate) fn below_title(line: &str) -> Vec<String> {
    const MAX_CHARS: usize = 12_000;
    let line = line.chars().take(MAX_CHARS).collect::<String>();
    let line = line.trim_start_matches(|c: char| !c.is_alphabetic());
    let line = ["By ", "by ", "Par ", "Por ", "Authors: ", "Author: "]
        .into_iter()
        .find_map(|by| line.strip_prefix(by))
        .unwrap_or(line);
    let words = line.split_whitespace().filter(|word| !word.contains('@') && !word.contains("://"));
    let bare =
        words.map(without_marks).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let pieces = bare
        .split([',', ';', '，', '、', '،', '·', '|', '•'])
        .flat_map(|part| part.split(" & "))
        .flat_map(conjoined)
        .map(|piece| piece.trim().trim_start_matches("and ").trim())
        .filter(|piece| piece.chars().any(char::is_alphabetic))
        .collect::<Vec<_>>();
    let names = pieces.iter().filter(|piece| is_name(piece)).map(|piece| (*piece).to_owned());
    let names = names.collect::<Vec<_>>();
    if names.len() * 4 >= pieces.len() * 3 { names } else { Vec::new() }
}

/// A word without digits and signs that point at notes; commas stay.
fn without_marks(word: &str) -> String {
    let is_mark = |c: char| {
        c.is_numeric()
            || matches!(
                c,
                '*' | '†' | '‡' | '§' | '¶' | '∗' | '⋆' | '⁎' | '#' | '\u{2460}'..='\u{24ff}'
            )
    };
    let kept = word.chars().filter(|c| !is_mark(*c)).collect::<String>();
    let kept = kept.trim_matches(['(', ')', '[', ']']);
    if kept.chars().all(|c| c == ',') && !kept.is_empty() {
        ",".to_owned()
    } else {
        kept.to_owned()
    }
}

/// Whether a text may be the name of a person.
pub(crate) fn is_name(text: &str) -> bool {
    let words = text.split_whitespace().collect::<Vec<_>>();
    let east_asian = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}');
    if text.chars().all(|c| east_asian(c) || c == ' ' || c == '·') {
        return (2..=6).contains(&text.chars().filter(|c| east_asian(*c)).count());
    }
    if !(2..=6).contains(&words.len()) || text.chars().count() > MAX_NAME || text.ends_with(':') {
        return false;
    }
    if text
        .contains(|c: char| c.is_numeric() || matches!(c, '/' | '@' | '(' | ':' | '?' | '!' | '='))
    {
        return false;
    }
    let lower = |word: &str| word.trim_matches(['.', ',']).to_lowercase();
    if words.iter().any(|word| NOT_OF_PEOPLE.contains(&lower(word).as_str())) {
        return false;
    }
    // Scripts without capitals give no more to go by than the number of words.
    let capital = |word: &str| {
        let first = word.chars().find(|c| c.is_alphabetic());
        first.is_some_and(|c| !c.is_lowercase()) || word.starts_with(['’', '\'', 'd'])
    };
    words.iter().all(|word| capital(word) || PARTICLES.contains(&word.to_lowercase().as_str()))
        && words.iter().filter(|word| capital(word)).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_parted() {
        for (line, expected) in [
            ("Ada Lovelace; Alan Turing", &["Ada Lovelace", "Alan Turing"][..]),
            ("Lovelace, Ada", &["Ada Lovelace"]),
            (
                "Ada Lovelace, Alan Turing and Grace Hopper",
                &["Ada Lovelace", "Alan Turing", "Grace Hopper"],
            ),
            ("Lovelace, Ada; Turing, Alan", &["Ada Lovelace", "Alan Turing"]),
            ("Иван Петров и Анна Иванова", &["Иван Петров", "Анна Иванова"]),
            ("admin", &[]),
        ] {
            assert_eq!(listed(line), expected, "{line}");
        }
    }

    #[test]
    fn marks_of_notes_are_no_letters() {
        for (line, expected) in [
            (
                "Lorena A. Barba 1 and Gilbert F. Forsyth 1, 2",
                &["Lorena A. Barba", "Gilbert F. Forsyth"][..],
            ),
            (
                "Bernard Marius ’t Hart 1, Xaq Pitkow 43,37, N Alex Cayco Gajic 20",
                &["Bernard Marius ’t Hart", "Xaq Pitkow", "N Alex Cayco Gajic"],
            ),
            ("张伟，李娜", &["张伟", "李娜"]),
            ("1 The George Washington University 2 Capital One", &[]),
            ("This is a sample document with two columns", &[]),
        ] {
            assert_eq!(below_title(line), expected, "{line}");
        }
    }
}
