//! What somebody knows about, and which of it a text is about.

use crate::folded::folded;
use crate::glossary::Glossary;
use crate::language::Language;

/// Most subjects of one person that are looked at: more than anybody reads.
pub const MAX_SUBJECTS: usize = 20;

/// Longest list of subjects as it is typed, in characters.
pub const MAX_KNOWS_CHARS: usize = 400;

/// The subjects in a list as somebody types it: between commas, semicolons or line ends of any script, at
/// most [`MAX_SUBJECTS`].
pub fn subjects(knows: &str) -> impl Iterator<Item = &str> {
    knows
        .split([',', ';', '\n', '،', '؛', '，', '；', '、'])
        .map(str::trim)
        .filter(|subject| !subject.is_empty())
        .take(MAX_SUBJECTS)
}

/// Those subjects of `knows` that `text` names, in whatever language: by their own words, or by a name
/// that the glossary has for them.
pub fn known_of<'a>(knows: &'a str, text: &str, glossary: &Glossary) -> Vec<&'a str> {
    let text = spaced(text);
    subjects(knows).filter(|subject| names(&text, subject, glossary)).collect()
}

fn names(text: &str, subject: &str, glossary: &Glossary) -> bool {
    let labels = glossary.concept(subject).into_iter().flat_map(|concept| {
        Language::ALL.into_iter().flat_map(|language| concept.labels(language))
    });
    std::iter::once(subject).chain(labels.map(String::as_str)).any(|label| {
        let label = spaced(label);
        // Between words; but those of Chinese stand together, and short ones of others are in many words.
        let word = label.trim();
        if word.is_empty() {
            return false;
        }
        if is_han(word) { text.contains(word) } else { text.contains(&label) }
    })
}

/// The words of a text between single spaces, with one before the first and after the last.
fn spaced(text: &str) -> String {
    let folded = folded(text);
    let words = folded.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(" ".to_owned(), |mut all, word| {
        all.push_str(word);
        all.push(' ');
        all
    })
}

fn is_han(word: &str) -> bool {
    word.chars().any(|sign| matches!(sign, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glossary() -> Glossary {
        let table = "concept\ten\tzh\tar\tfr\tru\tes\n\
            satellite\tsatellite\t卫星\tالأقمار الصناعية\tsatellite\tспутник\tsatélite\n";
        Glossary::read([table]).unwrap_or_default()
    }

    #[test]
    fn a_subject_is_found_in_any_language() {
        let knows = "Satélite; spectrum، AI";
        assert_eq!(subjects(knows).collect::<Vec<_>>(), ["Satélite", "spectrum", "AI"]);
        let named = |text| known_of(knows, text, &glossary());
        assert_eq!(named("小岛上的卫星通信"), ["Satélite"]);
        assert_eq!(named("How SPECTRUM is shared"), ["spectrum"]);
        assert_eq!(named("Ships said nothing of it"), Vec::<&str>::new(), "not within words");
        assert_eq!(known_of("", "satellite", &glossary()), Vec::<&str>::new());
    }
}
