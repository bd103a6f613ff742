//! What changed between two versions of a text, word by word.

use similar::{Algorithm, capture_diff_slices};
use unicode_segmentation::UnicodeSegmentation as _;

/// Most words that are compared one by one, those of both texts together; spaces and signs count too.
///
/// Twenty times the longest piece of the house, which has its answer within milliseconds; the worst texts
/// of this length take a second.
pub const MAX_COMPARED_WORDS: usize = 100_000;

/// A part of one of two texts, or of both; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It stands in both.
    Same(String),
    /// It stands in the old text alone.
    Gone(String),
    /// It stands in the new text alone.
    New(String),
}

/// What became of `old` in `new`, in order.
///
/// `Same` and `Gone` together are `old`, `Same` and `New` together are `new`, byte for byte. No two
/// parts of a kind follow each other, and between two that are the same `Gone` comes before `New`.
/// Words, numbers, spaces and signs are compared as they are written; in Chinese, characters.
///
/// Where what lies between the first and the last change has more than [`MAX_COMPARED_WORDS`], paragraphs
/// are compared first, and then the words of those that changed. What is too much even so is `Gone` and
/// `New` as a whole: the search takes longer than in proportion, and a clock that ended it would give
/// other parts each time. For the same reason it is content with a good answer: the parts are not always
/// the fewest.
///
/// Word boundaries of UAX #29; the algorithm of E. W. Myers, "An O(ND) Difference Algorithm and Its
/// Variations" (1986), with the limits that Git sets it.
pub fn difference(old: &str, new: &str) -> Vec<Change> {
    let parts = parts(old, new, words).or_else(|| parts_of_paragraphs(old, new));
    let mut changes = Changes::default();
    for (old, new) in parts.unwrap_or_else(|| vec![(old.to_owned(), new.to_owned())]) {
        changes.add(&old, &new);
    }
    changes.end()
}

/// What stands in the old text and in the new at the same place, in order: together they are the texts.
type Parts = Vec<(String, String)>;

/// The parts that are the same and those that are not; `None` where there are too many pieces.
fn parts(old: &str, new: &str, pieces: fn(&str) -> Vec<&str>) -> Option<Parts> {
    let (old, new) = (pieces(old), pieces(new));
    let same = |(old, new): &(&&str, &&str)| old == new;
    let begin = old.iter().zip(&new).take_while(same).count();
    let end =
        old.iter().skip(begin).rev().zip(new.iter().skip(begin).rev()).take_while(same).count();
    if old.len() + new.len() - 2 * (begin + end) > MAX_COMPARED_WORDS {
        return None;
    }
    let text = |pieces: &[&str], range| pieces.get(range).map(<[&str]>::concat).unwrap_or_default();
    let parts = capture_diff_slices(Algorithm::Myers, &old, &new).into_iter();
    Some(parts.map(|part| (text(&old, part.old_range()), text(&new, part.new_range()))).collect())
}

fn parts_of_paragraphs(old: &str, new: &str) -> Option<Parts> {
    let by_words = |(old, new): (String, String)| match parts(&old, &new, words) {
        Some(parts) => parts,
        None => vec![(old, new)],
    };
    Some(parts(old, new, paragraphs)?.into_iter().flat_map(by_words).collect())
}

fn words(text: &str) -> Vec<&str> {
    text.split_word_bounds().collect()
}

/// Paragraphs with the empty lines after them: together they are the text.
fn paragraphs(text: &str) -> Vec<&str> {
    let mut paragraphs = Vec::new();
    let (mut rest, mut end) = (text, 0_usize);
    let mut was_empty = false;
    for line in text.split_inclusive('\n') {
        let is_empty = line.trim().is_empty();
        if was_empty && !is_empty {
            let (paragraph, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            paragraphs.push(paragraph);
            (rest, end) = (after, 0);
        }
        end += line.len();
        was_empty = is_empty;
    }
    paragraphs.push(rest);
    paragraphs
}

/// Changes in order, and those that nothing that is the same has followed yet.
#[derive(Debug, Default)]
struct Changes {
    done: Vec<Change>,
    gone: String,
    new: String,
}

impl Changes {
    fn add(&mut self, old: &str, new: &str) {
        if old != new {
            self.gone.push_str(old);
            self.new.push_str(new);
        } else if !old.is_empty() {
            self.close();
            if let Some(Change::Same(before)) = self.done.last_mut() {
                before.push_str(old);
            } else {
                self.done.push(Change::Same(old.to_owned()));
            }
        }
    }

    fn close(&mut self) {
        if !self.gone.is_empty() {
            self.done.push(Change::Gone(std::mem::take(&mut self.gone)));
        }
        if !self.new.is_empty() {
            self.done.push(Change::New(std::mem::take(&mut self.new)));
        }
    }

    fn end(mut self) -> Vec<Change> {
        self.close();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::Change::{Gone, New, Same};
    use super::*;

    /// `=same`, `-gone` and `+new`.
    fn shown(old: &str, new: &str) -> Vec<String> {
        let shown = |change| match change {
            Same(text) => format!("={text}"),
            Gone(text) => format!("-{text}"),
            New(text) => format!("+{text}"),
        };
        difference(old, new).into_iter().map(shown).collect()
    }

    #[test]
    fn words_are_compared_in_every_script() {
        for (old, new, expected) in [
            ("", "", &[][..]),
            ("a", "a", &["=a"]),
            ("", "a b", &["+a b"]),
            ("a b", "", &["-a b"]),
            ("the old bridge", "the older bridge", &["=the ", "-old", "+older", "= bridge"]),
            ("it's 3.5 km", "it's 3.6 km", &["=it's ", "-3.5", "+3.6", "= km"]),
            ("one two", "one, two", &["=one", "+,", "= two"]),
            ("a\r\n\r\nb", "a\n\nb", &["=a", "-\r\n\r\n", "+\n\n", "=b"]),
            ("cafe\u{301} noir", "cafe noir", &["-cafe\u{301}", "+cafe", "= noir"]),
            ("👩‍🔬 x", "👩 x", &["-👩‍🔬", "+👩", "= x"]),
            ("مدينة كبيرة جدا", "مدينة صغيرة جدا", &["=مدينة ", "-كبيرة", "+صغيرة", "= جدا"]),
            ("كِتاب جديد", "كُتاب جديد", &["-كِتاب", "+كُتاب", "= جديد"]),
            ("国际电联是机构", "国际电联曾是机构", &["=国际电联", "+曾", "=是机构"]),
            ("联合国总部", "联合国大会", &["=联合国", "-总部", "+大会"]),
            ("Новый мост", "Старый мост", &["-Новый", "+Старый", "= мост"]),
        ] {
            assert_eq!(shown(old, new), expected, "{old:?} {new:?}");
        }
    }

    #[test]
    fn a_paragraph_that_is_parted_keeps_its_words() {
        let new = "One two three.\n\nFour five six.\n\nSeven.";
        assert_eq!(
            shown("One two three. Four five six.\n\nSeven.", new),
            ["=One two three.", "- ", "+\n\n", "=Four five six.\n\nSeven."]
        );
    }

    /// This many words, spaces among them, that nobody can guess, from a vocabulary of this size.
    fn noise(mut seed: u64, vocabulary: u64, count: usize) -> String {
        let word = |_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            format!("{:x} ", (seed >> 33) % vocabulary)
        };
        (0..count / 2).map(word).collect::<Vec<_>>().concat()
    }

    #[test]
    fn long_texts_are_compared_by_paragraphs_first() {
        let (gone, new) = (noise(1, 999, MAX_COMPARED_WORDS), noise(2, 999, MAX_COMPARED_WORDS));
        let same = noise(3, 999, MAX_COMPARED_WORDS);
        assert_eq!(
            difference(
                &format!("a b\n\n{gone}\n \n{same}\n"),
                &format!("a x\n\n{new}\n \n{same}\n")
            ),
            [
                // Too many words to compare even by themselves.
                Gone(format!("a b\n\n{gone}\n \n")),
                New(format!("a x\n\n{new}\n \n")),
                Same(format!("{same}\n")),
            ]
        );
        assert_eq!(
            difference(&format!("a b\n\n{same}\n\nc d"), &format!("a x\n\n{same}\n\nc y")),
            [
                Same("a ".to_owned()),
                Gone("b".to_owned()),
                New("x".to_owned()),
                Same(format!("\n\n{same}\n\nc ")),
                Gone("d".to_owned()),
                New("y".to_owned()),
            ]
        );
        assert_eq!(paragraphs("\n\na\nb\n \n\nc"), ["\n\n", "a\nb\n \n\n", "c"]);
    }

    #[test]
    fn one_change_in_a_long_text_is_one_word() {
        let same = noise(1, 999, MAX_COMPARED_WORDS);
        assert_eq!(
            difference(&format!("{same}a {same}"), &format!("{same}b {same}")),
            [
                Same(same.clone()),
                Gone("a".to_owned()),
                New("b".to_owned()),
                Same(format!(" {same}")),
            ]
        );
    }

    #[test]
    fn the_worst_texts_take_seconds_at_most() {
        for vocabulary in [16, 2_000] {
            let begun = Instant::now();
            let old = noise(1, vocabulary, MAX_COMPARED_WORDS / 2);
            let new = noise(2, vocabulary, MAX_COMPARED_WORDS / 2);
            assert!(difference(&old, &new).len() > 1_000, "word by word");
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "{vocabulary} {:?}",
                begun.elapsed()
            );
        }
    }

    fn check(old: &str, new: &str) {
        let changes = difference(old, new);
        let (mut of_old, mut of_new) = (String::new(), String::new());
        for change in &changes {
            let (Same(text) | Gone(text) | New(text)) = change;
            assert!(!text.is_empty(), "{changes:?}");
            if !matches!(change, New(_)) {
                of_old.push_str(text);
            }
            if !matches!(change, Gone(_)) {
                of_new.push_str(text);
            }
        }
        assert_eq!((of_old.as_str(), of_new.as_str()), (old, new), "{changes:?}");
        for pair in changes.windows(2) {
            let in_order =
                matches!(pair, [Same(_), _] | [Gone(_), Same(_) | New(_)] | [New(_), Same(_)]);
            let differ = !matches!(pair, [Same(_), Same(_)]);
            assert!(in_order && differ, "{changes:?}");
        }
    }

    fn parts() -> impl Strategy<Value = String> {
        let words = vec![
            "a",
            "b",
            " ",
            "\n",
            "\r\n",
            "\n\n",
            ".",
            "国",
            "际",
            "كتاب",
            "\u{301}",
            "👩‍🔬",
            "١",
        ];
        prop::collection::vec(prop::sample::select(words), 0..40).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn both_texts_are_read_from_the_changes(old in any::<String>(), new in any::<String>()) {
            check(&old, &new);
        }

        #[test]
        fn both_texts_are_read_from_the_changes_of_words(old in parts(), new in parts()) {
            check(&old, &new);
            prop_assert_eq!(paragraphs(&old).concat(), old);
        }
    }
}
