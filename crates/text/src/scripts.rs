//! The scripts a text is written in, counted by letters.

/// A script, as far as telling languages apart needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// Latin letters.
    Latin,
    /// Cyrillic letters.
    Cyrillic,
    /// Arabic letters.
    Arabic,
    /// Chinese characters, and the Japanese kana between them.
    Han,
    /// Korean syllables and letters.
    Hangul,
    /// All others.
    Other,
}

/// How many letters of each script a text has.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Letters {
    latin: usize,
    cyrillic: usize,
    arabic: usize,
    han: usize,
    hangul: usize,
    other: usize,
    /// Hiragana and katakana.
    pub(crate) kana: usize,
}

impl Letters {
    /// Counts the letters of `text`.
    pub(crate) fn of(text: &str) -> Self {
        let mut letters = Self::default();
        for character in text.chars() {
            // Most texts need no table of what is a letter.
            if character.is_ascii() {
                letters.latin += usize::from(character.is_ascii_alphabetic());
                continue;
            }
            match character {
                _ if !character.is_alphabetic() => {}
                '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' => letters.kana += 1,
                '\u{aa}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => {
                    letters.latin += 1;
                }
                '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' => letters.cyrillic += 1,
                '\u{600}'..='\u{6ff}'
                | '\u{750}'..='\u{77f}'
                | '\u{870}'..='\u{8ff}'
                | '\u{fb50}'..='\u{fdff}'
                | '\u{fe70}'..='\u{fefc}' => letters.arabic += 1,
                '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7a3}' => {
                    letters.hangul += 1;
                }
                _ if is_han(character) => letters.han += 1,
                _ => letters.other += 1,
            }
        }
        letters
    }

    /// The script that carries at least two thirds of the text, and its letters; else `None`.
    ///
    /// A Chinese character or Korean syllable weighs as much as two letters.
    pub(crate) fn main(&self) -> Option<(Script, usize)> {
        let east_asian = self.han + self.kana;
        let weights = [
            (Script::Latin, self.latin, self.latin),
            (Script::Cyrillic, self.cyrillic, self.cyrillic),
            (Script::Arabic, self.arabic, self.arabic),
            (Script::Han, east_asian, 2 * east_asian),
            (Script::Hangul, self.hangul, 2 * self.hangul),
            (Script::Other, self.other, self.other),
        ];
        let total = weights.iter().map(|(_, _, weight)| weight).sum::<usize>();
        let (script, count, weight) = weights.into_iter().max_by_key(|(_, _, weight)| *weight)?;
        (weight > 0 && 3 * weight >= 2 * total).then_some((script, count))
    }
}

/// Whether a character is a Chinese one (Unicode's CJK Unified Ideographs and their extensions).
pub(crate) const fn is_han(character: char) -> bool {
    matches!(
        character,
        '\u{3005}' | '\u{3007}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{323af}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_of_most_letters_is_the_main_one() {
        for (text, expected) in [
            ("ITU 2026", Some((Script::Latin, 3))),
            ("Доклад МСЭ", Some((Script::Cyrillic, 9))),
            ("الاتحاد ITU", Some((Script::Arabic, 7))),
            ("国际电联报告 5G", Some((Script::Han, 6))),
            ("국제 전기 통신 연합", Some((Script::Hangul, 8))),
            ("ελληνικά", Some((Script::Other, 8))),
            ("abcd где", None),
            ("2026 – 5", None),
        ] {
            assert_eq!(Letters::of(text).main(), expected, "{text}");
        }
    }
}
