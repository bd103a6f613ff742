//! Letters: which of them make words, and which of them count as the same.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::han::simplified;

/// Longest word that is looked at, in letters: the rest of a longer one is not searched.
///
/// The longest words of the six languages have about 30 letters; what is longer is an address, a
/// key or a picture written as text, and only its beginning tells it from others.
pub(crate) const LONGEST_WORD: usize = 64;

/// What a character does to the words around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// A letter of Arabic.
    Arabic,
    /// A letter of any other script that writes words apart.
    Letter,
    /// A digit or a number sign such as `²`.
    Digit,
    /// An accent or vowel sign on the letter before it.
    Mark,
    /// Invisible inside a word: soft hyphen, (non-)joiners.
    Invisible,
    /// A character of a script that writes words without spaces between them.
    Ideograph,
    /// An apostrophe in any of its shapes.
    Apostrophe,
    /// A sign that holds the parts of a symbol together: `C23/52`, `e-mail`, `Y.3172`.
    Glue,
    /// Everything that stands between words.
    Gap,
}

/// The classes of the characters of which most texts are made: Latin, Cyrillic, Arabic and common
/// signs. To find them out costs ten times as much as to look them up.
static CLASSES: LazyLock<Vec<Class>> =
    LazyLock::new(|| ('\0'..'\u{2100}').map(find_class).collect());

/// The class of a character.
pub(crate) fn class(character: char) -> Class {
    if let Some(class) = class_in_ascii(character) {
        return class;
    }
    if matches!(character, '\u{4E00}'..='\u{9FFF}') {
        return Class::Ideograph;
    }
    let place = usize::try_from(u32::from(character)).unwrap_or(usize::MAX);
    CLASSES.get(place).copied().unwrap_or_else(|| find_class(character))
}

/// The class of a character that needs no table.
const fn class_in_ascii(character: char) -> Option<Class> {
    Some(match character {
        'a'..='z' | 'A'..='Z' => Class::Letter,
        '0'..='9' => Class::Digit,
        '\'' => Class::Apostrophe,
        '-' | '/' | '.' | '_' | '&' | '@' | ':' | '+' | ',' => Class::Glue,
        '\0'..='\u{7F}' => Class::Gap,
        _ => return None,
    })
}

fn find_class(character: char) -> Class {
    if let Some(class) = class_in_ascii(character) {
        return class;
    }
    match character {
        _ if is_apostrophe(character) => Class::Apostrophe,
        '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{FF0D}' | '\u{FF0F}' => Class::Glue,
        '\u{AD}' | '\u{200C}' | '\u{200D}' | '\u{2060}' => Class::Invisible,
        _ if is_ideograph(character) => Class::Ideograph,
        // Before letters: Unicode calls the vowel signs of Arabic alphabetic too.
        _ if is_combining_mark(character) => Class::Mark,
        '\u{620}'..='\u{6FF}'
        | '\u{750}'..='\u{77F}'
        | '\u{870}'..='\u{8FF}'
        | '\u{FB50}'..='\u{FDFF}'
        | '\u{FE70}'..='\u{FEFC}'
            if character.is_alphabetic() =>
        {
            Class::Arabic
        }
        _ if character.is_alphabetic() => Class::Letter,
        _ if character.is_numeric() => Class::Digit,
        _ => Class::Gap,
    }
}

/// The letters of an Arabic word without looking at their order, or that a word is an ordinary one:
/// by this, most words are told from those that are sought before they are normalised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LetterSet(u64);

/// The first of the 64 characters that a set tells apart.
const FIRST_IN_SET: u32 = 0x620;

impl LetterSet {
    /// Of such a word nothing can be said without normalising it.
    const UNTOLD: Self = Self(u64::MAX);

    /// These letters of Arabic; others do not count.
    pub(crate) const fn arabic(mut letters: &[char]) -> Self {
        let mut set = 0;
        while let [letter, rest @ ..] = letters {
            if matches!(letter, '\u{621}'..='\u{64A}') {
                set |= bit(*letter);
            }
            letters = rest;
        }
        Self(set)
    }

    /// Adds a character of a word.
    pub(crate) fn add(&mut self, character: char, class: Class) {
        match (class, character) {
            (Class::Arabic, '\u{621}'..='\u{64A}') => {
                self.0 |= bit(character);
            }
            // The vowel signs of Arabic do not count.
            (Class::Letter | Class::Digit, _) | (Class::Mark, '\u{64B}'..='\u{652}') => {}
            _ => *self = Self::UNTOLD,
        }
    }

    /// Whether these letters say enough.
    pub(crate) fn is_told(self) -> bool {
        self != Self::UNTOLD
    }

    /// Whether all these letters are in the other set.
    pub(crate) const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// With these letters too, where one of the others is in it.
    pub(crate) const fn or(self, others: Self, letters: Self) -> Self {
        if self.0 & others.0 == 0 { self } else { Self(self.0 | letters.0) }
    }
}

/// The place of a letter of Arabic in a set.
const fn bit(letter: char) -> u64 {
    1 << (letter as u32).wrapping_sub(FIRST_IN_SET)
}

/// An apostrophe in any of its shapes.
pub(crate) const fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '\u{2018}' | '\u{2019}' | '\u{2BC}' | '\u{FF07}')
}

/// Han, kana and Hangul: taken in pairs of neighbours instead of words.
///
/// Hangul has spaces, but its words carry endings that pairs get past without a dictionary.
fn is_ideograph(character: char) -> bool {
    matches!(character,
        '\u{3005}' | '\u{3007}'
        | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}' | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9D}' | '\u{20000}'..='\u{3FFFF}')
}

/// Whether this sign is one of the hyphens.
pub(crate) fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{2010}' | '\u{2011}')
}

/// A word in two writings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folded {
    /// Lower case, compatible forms unified (NFKC), accents kept.
    pub(crate) accented: String,
    /// The same without accents.
    pub(crate) plain: String,
}

impl Folded {
    /// Folds a word into both writings.
    ///
    /// NFKC, so that `５Ｇ` is 5g, `ﬁ` is fi and `CO₂` is co2. Without accents, because readers leave
    /// them out, capitals often have none, and keyboards lack them.
    pub(crate) fn set(&mut self, word: &str) {
        self.accented.clear();
        self.plain.clear();
        if word.bytes().all(|letter| letter.is_ascii_alphanumeric()) {
            self.plain.push_str(word.get(..LONGEST_WORD).unwrap_or(word));
            self.plain.make_ascii_lowercase();
            self.accented.push_str(&self.plain);
            return;
        }
        if word.is_ascii() {
            let letters = word.bytes().filter(u8::is_ascii_alphanumeric).take(LONGEST_WORD);
            self.plain.extend(letters.map(|letter| char::from(letter.to_ascii_lowercase())));
            self.accented.push_str(&self.plain);
            return;
        }
        if word.chars().all(is_plain_han) {
            self.plain.extend(word.chars().take(LONGEST_WORD).map(simplified));
            self.accented.push_str(&self.plain);
            return;
        }
        if word.chars().all(is_plain_arabic) {
            self.plain.extend(word.chars().take(LONGEST_WORD));
            self.accented.push_str(&self.plain);
            return;
        }
        if word.chars().all(is_plain_russian) {
            self.plain.extend(word.chars().take(LONGEST_WORD).map(lower_russian));
            self.accented.push_str(&self.plain);
            return;
        }
        let lower = word.nfkc().flat_map(char::to_lowercase).take(LONGEST_WORD);
        for character in lower {
            match class(character) {
                Class::Apostrophe | Class::Invisible | Class::Glue | Class::Gap => {}
                _ => spell_out(character, &mut self.accented),
            }
        }
        let mut previous = '\0';
        let plain = self.accented.nfkd().filter(|&character| {
            let is_kept = !is_accent(character) || is_short_i(previous, character);
            previous = character;
            is_kept
        });
        let plain: String = plain.nfc().collect();
        self.plain.push_str(&plain);
    }
}

/// The characters of everyday Chinese: nothing but their script is to be unified.
fn is_plain_han(character: char) -> bool {
    matches!(character, '\u{4E00}'..='\u{9FFF}')
}

/// The letters of Arabic and their vowel signs, which the rules of Arabic take care of.
fn is_plain_arabic(character: char) -> bool {
    matches!(character, '\u{621}'..='\u{652}')
}

/// The 64 letters of modern Russian: they need no normalisation at all.
fn is_plain_russian(character: char) -> bool {
    matches!(character, '\u{410}'..='\u{44F}' | 'ё' | 'Ё')
}

/// Lower case; ё becomes е, as nearly all Russian texts write it.
pub(crate) fn lower_russian(character: char) -> char {
    match character {
        'ё' | 'Ё' => 'е',
        _ => character.to_lowercase().next().unwrap_or(character),
    }
}

/// й is a letter of its own, although Unicode can take it apart into и and an accent: without it
/// the Russian endings -ий and -ой would not be recognised.
fn is_short_i(previous: char, character: char) -> bool {
    character == '\u{306}' && matches!(previous, 'и' | 'у')
}

/// Accents of Latin, Greek and Cyrillic, vowel signs of Arabic and points of Hebrew.
///
/// Not those of Indic scripts, in which vowel signs make different words.
fn is_accent(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5C7}')
        || is_arabic_vowel_sign(character)
}

/// Harakat and the signs of the Quran: readers never type them, religious and school texts do.
pub(crate) fn is_arabic_vowel_sign(character: char) -> bool {
    matches!(character,
        '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6ED}'
        | '\u{8D3}'..='\u{8FF}')
}

/// Letters that normalisation does not take apart, written as readers type them who lack the key.
fn spell_out(character: char, into: &mut String) {
    match character {
        'œ' => into.push_str("oe"),
        'æ' => into.push_str("ae"),
        'ß' => into.push_str("ss"),
        'þ' => into.push_str("th"),
        'ø' => into.push('o'),
        'ł' => into.push('l'),
        'đ' | 'ð' => into.push('d'),
        'ı' => into.push('i'),
        'ς' => into.push('σ'),
        // Arabic and Persian digits: the same numbers are written both ways, often in one text.
        '\u{660}'..='\u{669}' => into.push(digit(character, 0x660)),
        '\u{6F0}'..='\u{6F9}' => into.push(digit(character, 0x6F0)),
        _ => into.push(simplified(character)),
    }
}

fn digit(character: char, zero: u32) -> char {
    char::from_digit(u32::from(character).wrapping_sub(zero), 10).unwrap_or(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(word: &str) -> String {
        let mut folded = Folded::default();
        folded.set(word);
        folded.plain
    }

    #[test]
    fn accents_case_and_width_do_not_matter() {
        for (left, right) in [
            ("Événement", "evenement"),
            ("e\u{301}ve\u{301}nement", "evenement"),
            ("Dípticos", "dipticos"),
            ("ŒUVRE", "oeuvre"),
            ("５Ｇ", "5g"),
            ("CO₂", "co2"),
            ("ﬁbre", "fibre"),
            ("İstanbul", "istanbul"),
            ("٢٠٢٦", "2026"),
            ("Straße", "strasse"),
            ("don’t", "dont"),
            ("soft\u{AD}ware", "software"),
        ] {
            assert_eq!(plain(left), right);
        }
    }

    #[test]
    fn russian_keeps_its_short_i_and_loses_the_dots() {
        assert_eq!(plain("Ёлка"), "елка");
        assert_eq!(plain("е\u{308}лка"), "елка");
        assert_eq!(plain("замо\u{301}к"), "замок");
        assert_eq!(plain("Российский"), "российский");
        assert_eq!(plain("российск\u{438}\u{438}\u{306}"), "российский");
    }

    #[test]
    fn vowel_signs_of_indic_scripts_stay() {
        assert_eq!(plain("हिन्दी"), "हिन्दी");
    }
}
