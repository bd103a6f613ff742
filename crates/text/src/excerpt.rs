//! The beginning of a text, cut where a reader would cut it.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::plain::{begin, folded};

/// The beginning of plain `text` in one line, at most `max_chars` characters.
///
/// It ends after a sentence when one ends in the second half of the room; else after a word, with
/// `…`. Words and sentences are those of Unicode (UAX 29), so that Chinese is cut between characters.
pub fn excerpt(text: &str, max_chars: usize) -> String {
    let line = folded(text, max_chars.saturating_add(1));
    if line.chars().nth(max_chars).is_none() {
        return line;
    }
    let Some(room) = max_chars.checked_sub(1) else { return String::new() };
    // The last sentence of the folded line may go on, so only those before it are whole.
    let mut sentences = line.split_sentence_bounds().collect::<Vec<_>>();
    sentences.pop();
    let whole = begin(sentences.into_iter(), max_chars);
    if whole.chars().count() * 2 >= max_chars {
        return whole;
    }
    let mut cut = begin(line.split_word_bounds(), room);
    if cut.is_empty() {
        cut = begin(line.graphemes(true), room);
    }
    cut.truncate(cut.trim_end_matches([',', ';', ':', '،', '；', '，', '：', '、']).len());
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_where_readers_would() {
        for (text, room, expected) in [
            ("All of it.", 10, "All of it."),
            ("One sentence here. Then another one follows.", 25, "One sentence here."),
            ("Hi. Then a much longer sentence follows here.", 23, "Hi. Then a much longer…"),
            ("One, two, three", 10, "One, two…"),
            (
                "国际电信联盟是联合国专门机构。它成立于一八六五年。",
                16,
                "国际电信联盟是联合国专门机构。",
            ),
            ("国际电信联盟是联合国专门机构。", 6, "国际电信联…"),
            ("Internationalisation", 6, "Inter…"),
            ("abc", 0, ""),
        ] {
            let cut = excerpt(text, room);
            assert_eq!(cut, expected);
            assert!(cut.chars().count() <= room, "{cut}");
        }
    }
}
