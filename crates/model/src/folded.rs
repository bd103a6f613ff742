//! Words as they are compared: without case, accents and what writers of a script leave out.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The lengthening stroke of Arabic, which means nothing.
const TATWEEL: char = '\u{640}';

/// `text` in small letters without accents and vowel signs, with the digits and wide forms of other
/// scripts as those of ASCII: `Título` and `titulo`, `القرارَ` and `القرار`, `７１` and `71` are equal.
pub(crate) fn folded(text: &str) -> String {
    let letters = text.nfkd().filter(|letter| !is_combining_mark(*letter) && *letter != TATWEEL);
    letters.flat_map(char::to_lowercase).map(ascii_digit).collect()
}

/// The digit of ASCII for one of Arabic or Persian.
fn ascii_digit(letter: char) -> char {
    let digit = match letter {
        '\u{660}'..='\u{669}' => u32::from(letter) - 0x660,
        '\u{6f0}'..='\u{6f9}' => u32::from(letter) - 0x6f0,
        _ => return letter,
    };
    char::from_digit(digit, 10).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writings_of_one_word_are_equal() {
        assert_eq!(folded("TÍTULO"), "titulo");
        assert_eq!(folded("المراجَع"), folded("المراجع"));
        assert_eq!(folded("٧١ ۷۱ ７１"), "71 71 71");
    }
}
