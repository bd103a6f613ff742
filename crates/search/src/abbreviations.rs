//! Abbreviations: which words look like one, and which are words all the same.

use crate::letters::is_apostrophe;

/// Abbreviations of the glossary that, in small letters, are everyday words of a language or the name
/// of something else: they count in capitals only, as every abbreviation of two letters does.
const ORDINARY: [&str; 22] = [
    "cert", "epr", "esim", "ges", "haps", "its", "leo", "mec", "meo", "odd", "ods", "ott", "rag",
    "ran", "rep", "saal", "sala", "sids", "tal", "сми", "соо", "рос",
];

/// Whether all of several words are in capitals: then capitals mean nothing.
pub(crate) fn is_loud(words: &str) -> bool {
    words.contains(' ') && !words.chars().any(char::is_lowercase) && {
        words
            .split(' ')
            .filter(|word| word.chars().filter(|c| c.is_uppercase()).count() > 4)
            .count()
            > 0
    }
}

/// Whether a word is written as an abbreviation: two capitals follow each other in it.
pub(crate) fn is_abbreviation(word: &str) -> bool {
    let mut before = false;
    let has_two = word.chars().any(|letter| {
        let now = letter.is_uppercase();
        now && std::mem::replace(&mut before, now)
    });
    has_two && !word.contains(' ')
}

/// Whether a word as typed may be meant as an abbreviation: in capitals, unless everything is, or in
/// small letters when it has more than two of them and is no everyday word.
pub(crate) fn may_abbreviate(typed: &str, is_loud: bool) -> bool {
    if is_abbreviation(typed) && !is_loud {
        return true;
    }
    let small = typed.to_lowercase();
    // j'ai is ai with a pronoun before it.
    let small = small.rsplit(is_apostrophe).next().unwrap_or_default();
    small.chars().nth(2).is_some() && !ORDINARY.contains(&small)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_are_written_in_capitals() {
        for word in ["AI", "LLM", "SDGs", "ITU-T", "ИИ"] {
            assert!(is_abbreviation(word) && may_abbreviate(word, false), "{word}");
        }
        for word in ["it", "Smart", "5G", "A", "مدن", "人工", "UN AI"] {
            assert!(!is_abbreviation(word), "{word}");
        }
        for word in ["it", "us", "ai", "j'ai", "leo", "ODS"] {
            assert!(!may_abbreviate(word, true), "{word}");
        }
        assert!(may_abbreviate("llm", false));
    }

    #[test]
    fn capitals_everywhere_mean_nothing() {
        assert!(is_loud("THE ODD LEADERS RAN"));
        for words in ["UNESCO", "ITU LLM", "ODD leaders", "ITU 人工智能"] {
            assert!(!is_loud(words), "{words}");
        }
    }
}
