//! The text of a hit: its best passage, cut to size, with marks.

use std::collections::BTreeSet;
use std::ops::Range;

use observatory_model::marked::{Marked, Piece};
use unicode_segmentation::GraphemeCursor;

use crate::analyzers::Analyzer;
use crate::lexemes::Lexemes;
use crate::sought::{Match, Sought};

/// Longest passage that is shown, in characters: three lines on a telephone, two on a desk.
const LONGEST_SHOWN: usize = 240;

/// How much of a long passage stands before the first mark, in characters: enough to see how the
/// sentence goes, little enough that the mark is on the first line.
const BEFORE_FIRST_MARK: usize = 60;

/// How far a cut moves to meet the end of a word, in characters; in Chinese there is none to meet.
const NEAR: usize = 30;

/// Most of a document that is read for its best passage, in bytes: what a reader of a list is shown
/// should not cost more than finding it. It is about 10,000 words.
const MOST_READ: usize = 64 * 1024;

/// How much of it is read when something of what is sought was found, in bytes. Our pieces are half
/// as long, so that the best passage of all is found in them.
const ENOUGH_READ: usize = 32 * 1024;

/// A passage as it is kept in the index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept<'a> {
    /// Whether it is the summary above the text.
    pub(crate) is_summary: bool,
    pub(crate) number: Option<u32>,
    pub(crate) page: Option<u32>,
    pub(crate) text: &'a str,
}

/// The best passage of a document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Best {
    pub(crate) text: Marked,
    pub(crate) number: Option<u32>,
    pub(crate) page: Option<u32>,
}

/// Which of the sought things were seen where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) title: BTreeSet<usize>,
    pub(crate) summary: BTreeSet<usize>,
    pub(crate) body: BTreeSet<usize>,
}

/// Marks texts by the rules of one language.
pub(crate) struct Marker<'a> {
    pub(crate) analyzer: &'a Analyzer,
    pub(crate) sought: &'a Sought,
    pub(crate) lexemes: &'a mut Lexemes,
}

impl Marker<'_> {
    /// A title with its marks.
    pub(crate) fn whole(&mut self, text: &str, seen: &mut Seen) -> Marked {
        let mut found = Vec::new();
        self.find(text, &mut found);
        seen.title.extend(found.iter().map(|found| found.what));
        marked(text, &(0..text.len()), &found)
    }

    /// The passage with the most of what is sought, then the one in which it stands closest; the
    /// first passage when none has any of it.
    pub(crate) fn best(&mut self, passages: &[Kept<'_>], seen: &mut Seen) -> Best {
        let mut best: Option<(usize, usize, Kept<'_>, Vec<Match>)> = None;
        let mut read = 0;
        let mut found = Vec::new();
        for passage in passages {
            let enough = if best.is_some() { ENOUGH_READ } else { MOST_READ };
            if self.sought.is_empty() || read > enough {
                break;
            }
            read += passage.text.len();
            self.find(passage.text, &mut found);
            if found.is_empty() {
                continue;
            }
            let place = if passage.is_summary { &mut seen.summary } else { &mut seen.body };
            place.extend(found.iter().map(|found| found.what));
            let different = different(&found);
            // Per 64 KiB, to compare whole numbers.
            let density = found.len() * MOST_READ / passage.text.len().max(1);
            if best
                .as_ref()
                .is_none_or(|(most, densest, ..)| (different, density) > (*most, *densest))
            {
                best = Some((different, density, *passage, found.clone()));
            }
        }
        let (passage, found) = match best {
            Some((_, _, passage, found)) => (passage, found),
            None => match passages.first() {
                Some(first) => (*first, Vec::new()),
                None => return Best::default(),
            },
        };
        let shown = window(passage.text, &found);
        let mut text = marked(passage.text, &shown, &found);
        add_ellipses(&mut text, passage.text, &shown);
        Best { text, number: passage.number, page: passage.page }
    }

    fn find(&mut self, text: &str, found: &mut Vec<Match>) {
        found.clear();
        if self.sought.is_empty() {
            return;
        }
        let (head, _) =
            text.split_at_checked(text.floor_char_boundary(MOST_READ)).unwrap_or((text, ""));
        self.analyzer.analyze_some(head, self.sought.hints(), self.lexemes);
        self.sought.find(head, self.lexemes, found);
    }
}

fn different(found: &[Match]) -> usize {
    let mut whats: Vec<usize> = found.iter().map(|found| found.what).collect();
    whats.sort_unstable();
    whats.dedup();
    whats.len()
}

/// The part of a text that is shown: the stretch with the most of what is sought.
fn window(text: &str, found: &[Match]) -> Range<usize> {
    if text.char_indices().nth(LONGEST_SHOWN).is_none() {
        return 0..text.len();
    }
    let mut best = (0, 0, 0);
    for (index, first) in found.iter().enumerate() {
        let end = after(text, first.start, LONGEST_SHOWN - BEFORE_FIRST_MARK);
        let following = found.get(index..).unwrap_or_default();
        let count = following.iter().take_while(|found| found.end <= end).count();
        let different = different(following.get(..count).unwrap_or_default());
        if (different, count) > (best.0, best.1) {
            best = (different, count, first.start);
        }
    }
    let start = start_of_window(text, best.2);
    start..end_of_window(text, start, found)
}

/// A place a little before the first mark at which a sentence or at least a word begins.
fn start_of_window(text: &str, first: usize) -> usize {
    let before = text.get(..first).unwrap_or_default();
    let earliest = before.char_indices().rev().nth(BEFORE_FIRST_MARK - 1).map_or(0, |(at, _)| at);
    if earliest == 0 {
        return 0;
    }
    let lead = before.get(earliest..).unwrap_or_default();
    let sentence = lead.char_indices().rev().find(|&(_, letter)| ends_sentence(letter));
    let word = || lead.char_indices().find(|&(_, letter)| letter.is_whitespace());
    let start = match sentence.or_else(word) {
        Some((at, letter)) => earliest + at + letter.len_utf8(),
        None => boundary_after(text, earliest),
    };
    let rest = text.get(start..).unwrap_or_default();
    start + (rest.len() - rest.trim_start().len())
}

/// A full stop only ends a sentence before a space, but a space follows where this is used: a wrong
/// guess only starts the passage at another word.
const fn ends_sentence(letter: char) -> bool {
    matches!(letter, '。' | '！' | '？' | '!' | '?' | '؟' | '\n')
}

fn end_of_window(text: &str, start: usize, found: &[Match]) -> usize {
    let end = after(text, start, LONGEST_SHOWN);
    if end == text.len() {
        return end;
    }
    let shown = text.get(start..end).unwrap_or_default();
    let space = shown.char_indices().rev().take(NEAR).find(|(_, letter)| letter.is_whitespace());
    let end = match space {
        Some((at, _)) => start + at,
        None => boundary_before(text, end),
    };
    // A mark is shown whole or not at all, unless it is longer than everything that is shown.
    let cut = found.iter().find(|found| found.start < end && end < found.end);
    cut.map_or(end, |cut| if cut.start > start { cut.start } else { end })
}

/// The byte after so many characters.
fn after(text: &str, start: usize, characters: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    rest.char_indices().nth(characters).map_or(text.len(), |(at, _)| start + at)
}

/// The nearest place at or before this one that cuts no grapheme.
fn boundary_before(text: &str, at: usize) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    match cursor.is_boundary(text, 0) {
        Ok(false) => cursor.prev_boundary(text, 0).ok().flatten().unwrap_or(0),
        Ok(true) | Err(_) => at,
    }
}

/// The nearest place at or after this one that cuts no grapheme.
fn boundary_after(text: &str, at: usize) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    match cursor.is_boundary(text, 0) {
        Ok(false) => cursor.next_boundary(text, 0).ok().flatten().unwrap_or(text.len()),
        Ok(true) | Err(_) => at,
    }
}

/// The shown part in pieces.
fn marked(text: &str, shown: &Range<usize>, found: &[Match]) -> Marked {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut push = |range: Range<usize>, is_marked: bool| {
        let Some(text) = text.get(range).filter(|text| !text.is_empty()) else { return };
        match pieces.last_mut().filter(|last| last.marked == is_marked) {
            Some(last) => last.text.push_str(text),
            None => pieces.push(Piece { text: text.to_owned(), marked: is_marked }),
        }
    };
    let mut at = shown.start;
    for range in found.iter().map(Match::range) {
        let start = boundary_before(text, range.start).max(at);
        let end = boundary_after(text, range.end).min(shown.end);
        if start < end {
            push(at..start, false);
            push(start..end, true);
            at = end;
        }
    }
    push(at..shown.end, false);
    Marked(pieces)
}

/// Says where something was cut off.
fn add_ellipses(marked: &mut Marked, text: &str, shown: &Range<usize>) {
    let Marked(pieces) = marked;
    if shown.start > 0 {
        match pieces.first_mut() {
            Some(first) if !first.marked => first.text.insert(0, '…'),
            _ => pieces.insert(0, Piece { text: "…".to_owned(), marked: false }),
        }
    }
    if shown.end < text.trim_end().len() {
        match pieces.last_mut() {
            Some(last) if !last.marked => last.text.push('…'),
            _ => pieces.push(Piece { text: "…".to_owned(), marked: false }),
        }
    }
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::{self, Ar, En, Fr, Ru, Zh};
    use observatory_model::marked::Marked;
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation as _;

    use super::{Kept, LONGEST_SHOWN, Marker, Seen};
    use crate::analyzers::Analyzer;
    use crate::fixture::{ask, document, index_of, piece};
    use crate::lexemes::Lexemes;
    use crate::sought::{Sought, Trace};

    /// The text with its marks in brackets.
    fn shown(marked: &Marked) -> String {
        let piece = |piece: &observatory_model::marked::Piece| {
            if piece.marked { format!("[{}]", piece.text) } else { piece.text.clone() }
        };
        marked.0.iter().map(piece).collect()
    }

    #[track_caller]
    fn check(passage: &Marked, expected: &str) {
        assert_eq!(shown(passage), expected);
    }

    async fn passage(language: Language, text: &str, words: &str) -> Marked {
        let (_folder, search) = index_of(vec![document(0, Some(language), "", text)]).await;
        let page = ask(&search, words).await;
        page.hits.into_iter().next().unwrap_or_else(|| panic!("{words}")).passage
    }

    #[tokio::test]
    async fn words_are_marked_as_they_stand() {
        check(
            &passage(En, "Connected schools use a satellite.", "school satellites").await,
            "Connected [schools] use a [satellite].",
        );
        check(&passage(Fr, "L’accès à l’eau", "eau acces").await, "L’[accès] à l’[eau]");
        check(&passage(Ru, "Новые ёлки", "елка").await, "Новые [ёлки]");
        check(&passage(En, "See C23/52 and 52.", "C23/52").await, "See [C23/52] and 52.");
        check(
            &passage(En, "The internet of things, things of it", "\"internet of things\"").await,
            "The [internet of things], things of it",
        );
        check(&passage(En, "Ａ ５Ｇ e\u{301}poque", "5g").await, "Ａ [５Ｇ] e\u{301}poque");
        check(
            &passage(En, "an internet internet of things", "\"internet of things\"").await,
            "an internet [internet of things]",
        );
        // The sign of Arabic numbers is one grapheme with the digit after it.
        check(&passage(En, "x \u{600}5G y", "5G").await, "x [\u{600}5G] y");
        check(&passage(En, "red not green", "red -blue").await, "[red] not green");
    }

    #[tokio::test]
    async fn arabic_words_are_marked_whole_and_articles_are_not() {
        check(
            &passage(Ar, "أطلقت الوكالة الأقمار والمركبات في الفضاء", "أقمار").await,
            "أطلقت الوكالة [الأقمار] والمركبات في الفضاء",
        );
        check(
            &passage(Ar, "الحكومة وبالحُكُومَةِ والناس", "الحكومة").await,
            "[الحكومة] [وبالحُكُومَةِ] والناس",
        );
    }

    #[tokio::test]
    async fn chinese_is_marked_by_the_characters_that_match() {
        check(&passage(Zh, "这是一段简体中文", "段简").await, "这是一[段简]体中文");
        check(&passage(Zh, "人工智能与智能手机", "人工智能").await, "[人工智能]与[智能]手机");
        check(&passage(Zh, "人工智能与智能手机", "\"人工智能\"").await, "[人工智能]与智能手机");
        check(&passage(Zh, "网络与网", "网").await, "[网]络与[网]");
        check(&passage(Zh, "中國的網絡", "网络").await, "中國的[網絡]");
    }

    #[tokio::test]
    async fn the_passage_with_the_most_of_it_is_shown_with_its_number() {
        let (_folder, search) = index_of(vec![piece(
            "a",
            En,
            "Satellites",
            &["Satellites fly.", "Satellites reach schools.", "Schools are open and wait."],
        )])
        .await;
        let page = ask(&search, "satellite school").await;
        let hit = page.hits.first().unwrap();
        check(&hit.passage, "[Satellites] reach [schools].");
        assert_eq!(hit.paragraph, Some(2));
        check(&hit.title, "[Satellites]");
    }

    #[tokio::test]
    async fn of_a_very_long_text_the_best_passage_is_found() {
        let filler = "lorem ipsum dolor sit amet ".repeat(4000);
        for filler in ["lorem ipsum", &filler] {
            let passages = ["Satellites fly.", filler, "Satellites reach schools."];
            let (_folder, search) = index_of(vec![piece("a", En, "", &passages)]).await;
            let page = ask(&search, "satellite school").await;
            let hit = page.hits.first().unwrap();
            check(&hit.passage, "[Satellites] reach [schools].");
            assert_eq!((page.hits.len(), hit.paragraph), (1, Some(3)));
        }
    }

    #[tokio::test]
    async fn long_passages_are_cut_around_their_marks_at_words() {
        let filler = "lorem ipsum dolor sit amet ".repeat(40);
        let text = format!("{filler}the satellites reach every school {filler}");
        let passage = passage(En, &text, "satellite school").await;
        let line = shown(&passage);
        assert!(line.starts_with('…') && line.ends_with('…'), "{line}");
        assert!(line.contains("the [satellites] reach every [school] lorem"), "{line}");
        let first = line.trim_start_matches('…').split(' ').next().unwrap();
        assert!(filler.split(' ').any(|word| word == first), "{line}");
        assert!(passage.text().chars().count() <= LONGEST_SHOWN + 2);
    }

    #[tokio::test]
    async fn long_chinese_passages_are_cut_too() {
        let text =
            format!("{}卫星{}", "天地玄黄宇宙洪荒。".repeat(60), "日月盈昃辰宿列张".repeat(60));
        let line = shown(&passage(Zh, &text, "卫星").await);
        assert!(line.contains("[卫星]"), "{line}");
        assert!(line.chars().count() <= LONGEST_SHOWN + 4);
    }

    proptest! {
        #[test]
        fn marks_cut_nothing_and_lose_nothing(text in "\\PC{0,300}", word in "\\PC{1,3}") {
            for language in [None, Some(Ar), Some(Zh), Some(En)] {
                let analyzer = Analyzer::new(language);
                let mut lexemes = Lexemes::default();
                let mut sought = Sought::default();
                analyzer.analyze(&format!("{text} {word}"), &mut lexemes);
                for lexeme in lexemes.items().iter().step_by(3) {
                    let writings = vec![vec![(0, lexemes.term(lexeme).to_owned())]];
                    sought.add(Trace { writings, ..Trace::default() });
                }
                let mut marker =
                    Marker { analyzer: &analyzer, sought: &sought, lexemes: &mut lexemes };
                let mut seen = Seen::default();
                let whole = marker.whole(&text, &mut seen);
                prop_assert_eq!(whole.text(), text.as_str());
                let borders: Vec<usize> =
                    text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
                let mut at = 0;
                for piece in &whole.0 {
                    at += piece.text.len();
                    prop_assert!(borders.contains(&at), "{:?}", whole);
                }
                let kept = Kept { is_summary: false, number: None, page: None, text: &text };
                let best = marker.best(&[kept], &mut seen).text;
                prop_assert!(text.contains(best.text().trim_matches('…')) || text.contains('…'));
                prop_assert!(best.text().chars().count() <= LONGEST_SHOWN + 2 + 64);
            }
        }
    }
}
