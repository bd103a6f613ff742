//! How long a text is to its reader.

use observatory_model::Language;

use crate::scripts::is_han;

/// The words of plain `text`; in Chinese, its characters.
///
/// A word is what white space separates and what has a letter or digit in it; of Chinese text only
/// the Han characters count, neither punctuation nor words in other scripts.
pub fn count_words(text: &str, language: Language) -> u32 {
    let count = if language == Language::Zh {
        text.chars().filter(|character| is_han(*character)).count()
    } else {
        text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count()
    };
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_characters_are_counted() {
        assert_eq!(count_words("One — two,\nthree 5G", Language::En), 4);
        assert_eq!(count_words("国际电联（ITU）：5G。", Language::Zh), 4);
        assert_eq!(count_words("", Language::Ar), 0);
    }
}
