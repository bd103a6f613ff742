//! The form under which a word is counted: what its case, number, accent or ending makes no other word.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The endings of Russian nouns and adjectives, longest first within what begins alike.
const RUSSIAN: &[&str] = &[
    "иями", "ями", "ами", "ыми", "ими", "ого", "его", "ому", "ему", "иях", "иям", "ием", "ый",
    "ий", "ой", "ей", "ая", "яя", "ое", "ее", "ые", "ие", "ую", "юю", "ым", "им", "ом", "ем", "ых",
    "их", "ах", "ях", "ов", "ев", "ам", "ям", "ою", "ею", "ия", "ии", "ию", "ья", "ьи", "ью", "а",
    "е", "и", "й", "о", "у", "ы", "ь", "ю", "я",
];

/// The shortest stem of a Russian word, in letters.
const MIN_RUSSIAN_STEM: usize = 3;

/// The form under which `word` is counted.
pub(crate) fn key(word: &str) -> String {
    if word.is_ascii() {
        return fold_plural(word.to_ascii_lowercase());
    }
    let lower = word.to_lowercase();
    match lower.chars().find(|c| !c.is_ascii()) {
        Some('\u{400}'..='\u{4ff}') => russian(&lower),
        Some('\u{600}'..='\u{6ff}') => arabic(&lower),
        Some('\u{80}'..='\u{24f}') => {
            let bare = lower.nfd().filter(|c| !is_combining_mark(*c)).collect::<String>();
            if bare.is_ascii() { fold_plural(bare) } else { bare }
        }
        _ => lower,
    }
}

/// The singular of an English word, where a rule knows it.
fn fold_plural(mut word: String) -> String {
    if word.len() <= 3 || !word.ends_with('s') {
        return word;
    }
    if !matches!(word.as_str(), "gpus" | "cpus") {
        if ["ss", "us", "is", "as"].iter().any(|end| word.ends_with(end)) {
            return word;
        }
        if word.ends_with("ies") && word.len() > 4 {
            word.truncate(word.len() - 3);
            word.push('y');
            return word;
        }
        if ["ches", "shes", "xes"].iter().any(|end| word.ends_with(end)) {
            word.truncate(word.len() - 2);
            return word;
        }
    }
    word.truncate(word.len() - 1);
    word
}

/// A Russian word without its ending, so that the cases of a word are one.
fn russian(lower: &str) -> String {
    let word = lower.replace('ё', "е");
    let stem = RUSSIAN.iter().find_map(|end| {
        word.strip_suffix(end).filter(|stem| stem.chars().count() >= MIN_RUSSIAN_STEM)
    });
    stem.map_or_else(|| word.clone(), str::to_owned)
}

/// An Arabic word without article and without what is written in more than one way.
fn arabic(lower: &str) -> String {
    let same = lower.chars().map(|c| match c {
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' => 'ي',
        'ة' => 'ه',
        other => other,
    });
    let word = same.collect::<String>();
    let bare = ["وال", "بال", "كال", "فال", "لل", "ال"]
        .iter()
        .find_map(|article| word.strip_prefix(article).filter(|bare| bare.chars().count() >= 3));
    bare.map_or_else(|| word.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_are_one() {
        for (one, other) in [
            ("networks", "Network"),
            ("policies", "policy"),
            ("GPUs", "gpu"),
            ("boxes", "box"),
            ("données", "DONNÉE"),
            ("обучения", "обучение"),
            ("машинного", "машинное"),
            ("сетей", "сети"),
            ("الذكاء", "ذكاء"),
            ("والذكاء", "ذكاء"),
            ("الإصطناعي", "اصطناعى"),
        ] {
            assert_eq!(key(one), key(other), "{one} {other}");
        }
        for (one, other) in [("virus", "viru"), ("analysis", "analysi"), ("5g", "5")] {
            assert_ne!(key(one), key(other), "{one} {other}");
        }
    }
}
