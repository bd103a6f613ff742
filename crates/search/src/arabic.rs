//! Arabic words: one writing for all the ways in which the same word is written.

use crate::letters::{LetterSet, is_arabic_vowel_sign};

/// Writes an Arabic word in its plain form: without vowel signs and with one letter for each group
/// of letters that writers, keyboards and typesetters use for one another.
pub(crate) fn normalise(word: &str, into: &mut String) {
    into.clear();
    let mut letters = word.chars().peekable();
    while let Some(character) = letters.next() {
        match character {
            // Alef with hamza, madda or wasla: mostly typed as a bare alef.
            'أ' | 'إ' | 'آ' | 'ٱ' | '\u{672}' | '\u{673}' => into.push('ا'),
            // Ta marbuta is often written without its dots; the three forms of ha are one letter.
            'ة' | '\u{6C1}' | '\u{6C0}' | '\u{6BE}' | '\u{6D5}' => into.push('ه'),
            // Persian and Urdu keyboards have another kaf.
            '\u{6A9}' => into.push('ك'),
            'ؤ' => into.push('و'),
            // مسؤول and مسئول, شؤون and شئون: two schools put the same hamza on two seats.
            'ئ' if letters.peek() == Some(&'و') => into.push('و'),
            // Final ya is written without its dots in Egypt, and comes so from Persian keyboards.
            'ئ' | 'ى' | '\u{6CC}' | '\u{6D2}' => into.push('ي'),
            // Tatweel only stretches a word for the eye.
            'ـ' => {}
            _ if is_arabic_vowel_sign(character) => {}
            _ => into.push(character),
        }
    }
    // The hamza on the line is often left out (سماء, سما), but in short words it tells them apart:
    // ماء, water, must not be found for every ما, what.
    if into.contains('ء') && into.chars().count() > 3 {
        into.retain(|character| character != 'ء');
    }
}

/// The word without its article, with or without the conjunctions and prepositions that are written
/// together with it: الهاتف، والهاتف، بالهاتف، فالهاتف، كالهاتف and للهاتف are all هاتف.
///
/// Done until nothing changes, so that a word that begins with the letters of the article itself
/// (إلكترونية, التزام) meets its own form with the article before it. A word of two letters may
/// remain after the bare article (اليد, يد), three after the longer ones: وكالات is no كال + ات.
pub(crate) fn without_article(word: &str) -> &str {
    let mut word = word;
    while let Some(bare) = strip_article(word) {
        word = bare;
    }
    word
}

fn strip_article(word: &str) -> Option<&str> {
    // "God" is not the article and له, "to him", which every page has.
    if word.ends_with("الله") || word == "لله" {
        return None;
    }
    let longer = |rest: &&str| rest.chars().nth(2).is_some();
    let after_conjunction = word.strip_prefix(['و', 'ف']);
    for start in after_conjunction.into_iter().chain([word]) {
        for preposition in ['ب', 'ك', 'ل'] {
            let with_article =
                start.strip_prefix(preposition).and_then(|rest| rest.strip_prefix("ال"));
            if let Some(rest) = with_article.filter(longer) {
                return Some(rest);
            }
        }
        if let Some(rest) = start.strip_prefix("لل") {
            // للغة is ل and لغة: the second ل belongs to the word when too little is left without it.
            return if longer(&rest) {
                Some(rest)
            } else {
                start.strip_prefix('ل').filter(longer)
            };
        }
    }
    if let Some(rest) = after_conjunction.and_then(|rest| rest.strip_prefix("ال")).filter(longer)
    {
        return Some(rest);
    }
    word.strip_prefix("ال").filter(|rest| rest.chars().nth(1).is_some())
}

/// The word without the plural ending of most feminine nouns, where a word of three letters remains:
/// جامعات, universities, meets جامعة, university.
pub(crate) fn without_plural(word: &str) -> &str {
    word.strip_suffix("ات").filter(|rest| rest.chars().nth(2).is_some()).unwrap_or(word)
}

/// Whether nothing but an article is left, as before a Latin name: الـITU.
pub(crate) fn is_bare_article(word: &str) -> bool {
    matches!(word, "ال" | "وال" | "فال" | "بال" | "كال" | "لل" | "ولل" | "فلل" | "وبال")
}

const ALEFS: LetterSet = LetterSet::arabic(&['أ', 'إ', 'آ']);
const SEATS_OF_WAW: LetterSet = LetterSet::arabic(&['ؤ', 'ئ']);
const SEATS_OF_YA: LetterSet = LetterSet::arabic(&['ئ', 'ى']);
const TA_MARBUTA: LetterSet = LetterSet::arabic(&['ة']);
const OF_ARTICLES: LetterSet =
    LetterSet::arabic(&['ا', 'أ', 'إ', 'آ', 'ل', 'و', 'ؤ', 'ئ', 'ف', 'ب', 'ك', 'ء', 'ـ']);

/// All letters that may be in a word after [`normalise`], from its letters before.
pub(crate) const fn normal_letters(letters: LetterSet) -> LetterSet {
    letters
        .or(ALEFS, LetterSet::arabic(&['ا']))
        .or(TA_MARBUTA, LetterSet::arabic(&['ه']))
        .or(SEATS_OF_WAW, LetterSet::arabic(&['و']))
        .or(SEATS_OF_YA, LetterSet::arabic(&['ي']))
}

/// Whether a word of these letters may turn out to be a bare article.
pub(crate) const fn may_be_article(letters: LetterSet) -> bool {
    letters.is_within(OF_ARTICLES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(word: &str) -> String {
        let mut normal = String::new();
        normalise(word, &mut normal);
        without_article(&normal).to_owned()
    }

    #[test]
    fn the_article_comes_off_with_what_is_written_before_it() {
        for word in [
            "هاتف",
            "الهاتف",
            "والهاتف",
            "فالهاتف",
            "بالهاتف",
            "كالهاتف",
            "للهاتف",
            "وللهاتف",
            "وبالهاتف",
        ] {
            assert_eq!(plain(word), "هاتف", "{word}");
        }
        for (with, without) in [
            ("الإلكترونية", "إلكترونية"),
            ("الالتزام", "التزام"),
            ("ألمانيا", "لألمانيا"),
            ("اليد", "يد"),
            ("اللغة", "للغة"),
            ("اللغة", "لغة"),
            ("الوكالات", "وكالات"),
        ] {
            assert_eq!(plain(with), plain(without));
        }
        assert_eq!(plain("والد"), "والد");
        assert_eq!(plain("إلى"), "الي");
        assert_ne!(plain("الله"), plain("له"));
    }

    #[test]
    fn writings_of_one_word_are_one() {
        for (left, right) in [
            ("أحمد", "احمد"),
            ("القرآن", "القران"),
            ("مدرسة", "مدرسه"),
            ("مستشفى", "مستشفي"),
            ("مسؤول", "مسئول"),
            ("شؤون", "شئون"),
            ("مسؤول", "مسوول"),
            ("سماء", "سما"),
            ("اتصـــالات", "اتصالات"),
            ("کتاب", "كتاب"),
        ] {
            assert_eq!(plain(left), plain(right));
        }
        assert_ne!(plain("ماء"), plain("ما"));
    }
}
