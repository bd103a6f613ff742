//! The little language of the search box: words, "phrases", -not, OR and parentheses.
//!
//! Reading never fails: what does not fit together is read as plain words, and a [`Note`] says so.
//! Everything is bounded before anything is searched, so that no text can make a search deep,
//! long or slow: at most [`MAX_WORDS_BYTES`], [`MAX_TERMS`] and [`MAX_DEPTH`].

use std::ops::Range;

use crate::clock::Timestamp;
use crate::document::Class;
use crate::identifier::Identifier;
use crate::language::Language;
use crate::search::{MAX_WORDS_BYTES, Note};
use crate::series::Series;
use crate::slug::Slug;

/// Most words in one search, those inside phrases counted: 32.
///
/// The longest questions of the public test collections have about 30 words; more words cost time
/// and find nothing better.
pub const MAX_TERMS: usize = 32;

/// Deepest nesting of parentheses: 5.
///
/// No reader nests deeper by hand, and what walks over a [`Clause`] may then call itself safely.
pub const MAX_DEPTH: usize = 5;

/// What a search asks for, as it was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    /// What is wanted.
    pub wanted: Wanted,
    /// What was done with the words that a reader may not expect.
    pub notes: Vec<Note>,
    /// What was understood as more than a word, in the order in which it stands.
    pub parts: Vec<Part>,
}

/// A part of the words that was understood as more than a word: readers see it as a tag that they can
/// take off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it stands in the words, with its minus; taking these bytes out takes it off.
    pub span: Range<usize>,
    /// What it means.
    pub meaning: Meaning,
    /// It was asked to leave these out.
    pub is_unwanted: bool,
}

/// What a part of the words means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Words that begin so.
    Prefix(String),
    /// Words in the title.
    Title(String),
    /// Words in the names of the authors.
    Author(String),
    /// An identifier.
    Identifier(Identifier),
    /// A choice.
    Filter(Filter),
    /// A year that may be a date or a word: documents of that year, and those that name it.
    Year(i32),
}

/// A choice that is written in the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// `lang:ar`
    Language(Language),
    /// `kind:entry`
    Class(Class),
    /// `kind:future-vision`
    Series(Series),
    /// `topic:data`
    Topic(Slug),
    /// `source:itu-news`
    Source(Slug),
    /// `2024..2026`, `date:2025-03`, `since:2w`, `until:2025`
    Dates {
        /// Documents of this time or later.
        from: Option<Timestamp>,
        /// Documents before this time.
        before: Option<Timestamp>,
    },
}

/// The documents that the words ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// No words: every document.
    Everything,
    /// Words with which nothing can be found: only signs, or only words to leave out.
    Nothing,
    /// Documents that fulfil this clause.
    These(Clause),
}

/// A condition on a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// A word as typed, with at least one letter or digit; it may still hold signs, as `C23/52` does.
    Word(String),
    /// Words that stand side by side in this order.
    Phrase(String),
    /// Words that begin so: at least two characters, or one of Chinese.
    Prefix(String),
    /// A word, phrase or prefix in the title.
    Title(Box<Self>),
    /// A word, phrase or prefix in the names of the authors.
    Author(Box<Self>),
    /// Documents known by this identifier, or that name it.
    Identifier(Identifier),
    /// A choice.
    Filter(Filter),
    /// Everything in `wanted` and nothing in `unwanted`.
    All {
        /// At least one condition.
        wanted: Vec<Self>,
        /// Conditions none of which may hold.
        unwanted: Vec<Self>,
    },
    /// At least one of two or more conditions.
    Any(Vec<Self>),
}

/// The operators do not fit together.
struct Misfit;

impl SearchQuery {
    /// Reads the words of a search box.
    ///
    /// `OR` joins its two neighbours and binds tighter than the space, which means "and": `a b OR c`
    /// wants a, and b or c. `AND` may be written and changes nothing. A minus counts where a word
    /// begins. Quotes of all six languages make phrases: `"…"`, `“…”`, `«…»`, `「…」`.
    pub fn parse(words: &str, _now: Timestamp) -> Self {
        let (words, mut notes) = cut(words);
        if words.chars().all(is_space) {
            return Self { wanted: Wanted::Everything, notes, parts: Vec::new() };
        }
        let mut reading = Reading::new(words);
        let clause = reading.read().unwrap_or_else(|Misfit| {
            notes.push(Note::PlainWords);
            reading = Reading::new(words);
            reading.read_plainly()
        });
        if reading.is_full {
            notes.push(Note::TooManyTerms);
        }
        if reading.only_exclusions {
            notes.push(Note::OnlyExclusions);
        }
        Self { wanted: clause.map_or(Wanted::Nothing, Wanted::These), notes, parts: Vec::new() }
    }

    /// Whether what is wanted are only words, with phrases between them at most: such a search may be
    /// done more freely when nothing has all of them. One phrase alone is meant exactly.
    pub fn is_plain(&self) -> bool {
        match &self.wanted {
            Wanted::These(Clause::All { wanted, .. }) => {
                let is_phrase = |clause| matches!(clause, &Clause::Phrase(_));
                let is_word = |clause| matches!(clause, &Clause::Word(_));
                wanted.iter().all(|clause| is_word(clause) || is_phrase(clause))
                    && (wanted.len() > 1 || wanted.iter().all(is_word))
            }
            Wanted::These(Clause::Word(_)) => true,
            Wanted::These(_) | Wanted::Everything | Wanted::Nothing => false,
        }
    }
}

/// The words, at most [`MAX_WORDS_BYTES`] of them, cut where a word ends if there is such a place.
fn cut(words: &str) -> (&str, Vec<Note>) {
    let longest = words.floor_char_boundary(MAX_WORDS_BYTES);
    match words.split_at_checked(longest) {
        // Half a word would have to be found too, and mostly cannot.
        Some((head, rest)) if !rest.is_empty() => {
            let whole = if rest.starts_with(is_space) { None } else { head.rsplit_once(is_space) };
            (whole.map_or(head, |(whole, _)| whole), vec![Note::TooLong])
        }
        Some(_) | None => (words, Vec::new()),
    }
}

/// White space, and control characters: a pasted line may hold any of them.
fn is_space(character: char) -> bool {
    character.is_whitespace() || character.is_control()
}

/// The quotes that end what this one begins; `None` when it is no quote.
///
/// Several ends for one beginning, because German and Swedish habits turn the English ones round.
const fn quote_ends(character: char) -> Option<&'static [char]> {
    match character {
        '"' | '＂' => Some(&['"', '＂']),
        '“' | '”' | '„' => Some(&['“', '”']),
        '«' => Some(&['»']),
        '「' => Some(&['」']),
        '『' => Some(&['』']),
        _ => None,
    }
}

/// What stands between two parentheses, or the whole.
#[derive(Default)]
struct Group {
    wanted: Vec<Clause>,
    unwanted: Vec<Clause>,
    /// The group as a whole is unwanted.
    is_unwanted: bool,
    /// An `OR` waits for its right neighbour.
    is_joining: bool,
    /// The last thing added is wanted, so that an `OR` can join it.
    can_join: bool,
}

impl Group {
    fn add(&mut self, clause: Clause, is_unwanted: bool) -> Result<(), Misfit> {
        if self.is_joining {
            if is_unwanted {
                return Err(Misfit);
            }
            let joined = match self.wanted.pop().ok_or(Misfit)? {
                Clause::Any(mut choices) => {
                    choices.push(clause);
                    choices
                }
                first => vec![first, clause],
            };
            self.wanted.push(Clause::Any(joined));
            self.is_joining = false;
        } else if is_unwanted {
            self.unwanted.push(clause);
        } else {
            self.wanted.push(clause);
        }
        self.can_join = !is_unwanted;
        Ok(())
    }

    fn join(&mut self) -> Result<(), Misfit> {
        if self.is_joining || !self.can_join {
            return Err(Misfit);
        }
        self.is_joining = true;
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.unwanted.is_empty()
    }

    /// One clause for all; `None` when nothing is wanted.
    ///
    /// Parentheses around words that are all wanted mean nothing, as in a title that was pasted.
    fn into_clause(self) -> Option<Clause> {
        let mut wanted = Vec::with_capacity(self.wanted.len());
        for clause in self.wanted {
            match clause {
                Clause::All { wanted: mut inner, unwanted } if unwanted.is_empty() => {
                    wanted.append(&mut inner);
                }
                other => wanted.push(other),
            }
        }
        match (wanted.len(), self.unwanted.len()) {
            (0, _) => None,
            (1, 0) => wanted.pop(),
            _ => Some(Clause::All { wanted, unwanted: self.unwanted }),
        }
    }
}

/// One walk over the words, from left to right, with its own stack instead of the program's.
struct Reading<'a> {
    rest: &'a str,
    outer: Vec<Group>,
    group: Group,
    terms: usize,
    is_full: bool,
    only_exclusions: bool,
}

impl<'a> Reading<'a> {
    fn new(words: &'a str) -> Self {
        Self {
            rest: words,
            outer: Vec::new(),
            group: Group::default(),
            terms: 0,
            is_full: false,
            only_exclusions: false,
        }
    }

    fn read(&mut self) -> Result<Option<Clause>, Misfit> {
        let mut is_unwanted = false;
        while let Some(first) = self.next_character() {
            let after = self.rest.get(first.len_utf8()..).unwrap_or_default();
            if is_minus(first) && !is_unwanted && begins_a_term(after) {
                self.rest = after;
                is_unwanted = true;
                continue;
            }
            if let Some(ends) = quote_ends(first) {
                let (phrase, rest) = after.split_once(ends).ok_or(Misfit)?;
                self.rest = rest;
                self.add_phrase(phrase, is_unwanted)?;
            } else if matches!(first, '(' | '（') {
                self.rest = after;
                self.open(is_unwanted)?;
            } else if matches!(first, ')' | '）') {
                self.rest = after;
                self.close()?;
            } else {
                let word = self.take_word();
                self.add_word(word, is_unwanted)?;
            }
            is_unwanted = false;
            if self.is_full {
                // The rest is left out: what waits for it must not count as a mistake.
                self.group.is_joining = false;
                while !self.outer.is_empty() {
                    self.close()?;
                    self.group.is_joining = false;
                }
                break;
            }
        }
        if !self.outer.is_empty() || self.group.is_joining {
            return Err(Misfit);
        }
        let whole = std::mem::take(&mut self.group);
        self.only_exclusions = whole.wanted.is_empty() && !whole.unwanted.is_empty();
        Ok(whole.into_clause())
    }

    /// Every word for itself; signs are left to whoever takes the words apart.
    fn read_plainly(&mut self) -> Option<Clause> {
        for word in self.rest.split(is_space) {
            if has_letter_or_digit(word) && self.count(1) == 1 {
                self.group.wanted.push(Clause::Word(word.to_owned()));
            }
        }
        std::mem::take(&mut self.group).into_clause()
    }

    /// The next character that is no space; `rest` begins with it.
    fn next_character(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start_matches(is_space);
        self.rest.chars().next()
    }

    /// Takes a word: up to a space, a quote, or the parenthesis that ends the group.
    ///
    /// Parentheses inside a word belong to it: `word(s)`, `国际电信联盟（ITU）`.
    fn take_word(&mut self) -> &'a str {
        let mut open = 0_usize;
        let mut end = self.rest.len();
        for (at, character) in self.rest.char_indices() {
            let ends = match character {
                '(' | '（' => {
                    open += 1;
                    false
                }
                ')' | '）' if open > 0 => {
                    open -= 1;
                    false
                }
                ')' | '）' => !self.outer.is_empty(),
                other => is_space(other) || quote_ends(other).is_some(),
            };
            if ends {
                end = at;
                break;
            }
        }
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        word
    }

    fn add_word(&mut self, word: &str, is_unwanted: bool) -> Result<(), Misfit> {
        match word {
            "OR" if !is_unwanted => self.group.join(),
            "AND" if !is_unwanted && self.group.can_join && !self.group.is_joining => Ok(()),
            _ if has_letter_or_digit(word) && self.count(1) == 1 => {
                self.group.add(Clause::Word(word.to_owned()), is_unwanted)
            }
            _ => Ok(()),
        }
    }

    fn add_phrase(&mut self, phrase: &str, is_unwanted: bool) -> Result<(), Misfit> {
        let words: Vec<&str> =
            phrase.split(is_space).filter(|word| has_letter_or_digit(word)).collect();
        let taken = self.count(words.len());
        match words.get(..taken) {
            None | Some([]) => Ok(()),
            Some(words) => self.group.add(Clause::Phrase(words.join(" ")), is_unwanted),
        }
    }

    /// Counts terms and says how many of them are still taken.
    fn count(&mut self, terms: usize) -> usize {
        let taken = terms.min(MAX_TERMS - self.terms);
        self.terms += taken;
        self.is_full |= taken < terms;
        taken
    }

    fn open(&mut self, is_unwanted: bool) -> Result<(), Misfit> {
        if self.outer.len() == MAX_DEPTH {
            return Err(Misfit);
        }
        let inner = Group { is_unwanted, ..Group::default() };
        self.outer.push(std::mem::replace(&mut self.group, inner));
        Ok(())
    }

    fn close(&mut self) -> Result<(), Misfit> {
        let outer = self.outer.pop().ok_or(Misfit)?;
        let inner = std::mem::replace(&mut self.group, outer);
        if inner.is_joining {
            return Err(Misfit);
        }
        if inner.is_empty() {
            return Ok(());
        }
        let is_unwanted = inner.is_unwanted;
        // Only exclusions between parentheses: nothing says from what to leave them out.
        let clause = inner.into_clause().ok_or(Misfit)?;
        self.group.add(clause, is_unwanted)
    }
}

fn is_minus(character: char) -> bool {
    matches!(character, '-' | '−' | '－')
}

/// Whether a minus before this text is an operator: ` - ` and `--` are only signs.
fn begins_a_term(text: &str) -> bool {
    text.chars()
        .next()
        .is_some_and(|next| !is_space(next) && !is_minus(next) && !matches!(next, ')' | '）'))
}

fn has_letter_or_digit(word: &str) -> bool {
    word.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Clause {
        Clause::Word(text.to_owned())
    }

    fn phrase(text: &str) -> Clause {
        Clause::Phrase(text.to_owned())
    }

    fn all(wanted: &[Clause], unwanted: &[Clause]) -> Clause {
        Clause::All { wanted: wanted.to_vec(), unwanted: unwanted.to_vec() }
    }

    fn any(choices: &[Clause]) -> Clause {
        Clause::Any(choices.to_vec())
    }

    #[track_caller]
    fn check(words: &str, wanted: Clause, notes: &[Note]) {
        let query = SearchQuery::parse(words, Timestamp::EPOCH);
        assert_eq!(query.wanted, Wanted::These(wanted), "{words}");
        assert_eq!(query.notes, notes, "{words}");
    }

    #[test]
    fn operators_are_read() {
        let [a, b, c] = ["a", "b", "c"].map(word);
        check("a", a.clone(), &[]);
        check("a b", all(&[a.clone(), b.clone()], &[]), &[]);
        check("a AND b", all(&[a.clone(), b.clone()], &[]), &[]);
        check("a -b", all(std::slice::from_ref(&a), std::slice::from_ref(&b)), &[]);
        check("a b OR c", all(&[a.clone(), any(&[b.clone(), c.clone()])], &[]), &[]);
        check("a OR b OR c", any(&[a.clone(), b.clone(), c.clone()]), &[]);
        check("(a b) OR c", any(&[all(&[a.clone(), b.clone()], &[]), c.clone()]), &[]);
        check("a -(b OR c)", all(std::slice::from_ref(&a), &[any(&[b.clone(), c.clone()])]), &[]);
        check("a -\"b  c\"", all(std::slice::from_ref(&a), &[phrase("b c")]), &[]);
        check("((a))", a.clone(), &[]);
        check("(a b) c", all(&[a.clone(), b.clone(), c.clone()], &[]), &[]);
        check(
            "((a b) OR c) -a",
            all(&[any(&[all(&[a.clone(), b.clone()], &[]), c])], std::slice::from_ref(&a)),
            &[],
        );
        check("a () b", all(&[a, b], &[]), &[]);
    }

    #[test]
    fn quotes_of_all_languages_make_phrases() {
        for words in ["\"à la une\"", "“à la une”", "«à la une»", "« à la une »", "„à la une“"]
        {
            check(words, phrase("à la une"), &[]);
        }
        check("「人工智能」", phrase("人工智能"), &[]);
    }

    #[test]
    fn signs_inside_words_are_no_operators() {
        for symbol in
            ["C23/52", "A/RES/78/265", "e-mail", "word(s)", "b)", "l'eau", "国际电信联盟（ITU）"]
        {
            check(symbol, word(symbol), &[]);
        }
        check("a - b", all(&[word("a"), word("b")], &[]), &[]);
        check("a --b", all(&[word("a"), word("--b")], &[]), &[]);
        check("(see word(s))", all(&[word("see"), word("word(s)")], &[]), &[]);
        check("-OR a", all(&[word("a")], &[word("OR")]), &[]);
    }

    #[test]
    fn what_does_not_fit_is_plain_words() {
        for words in ["(a b", "a b )", "OR a b", "a b OR", "\"a b", "a (-b)", "a OR -b"] {
            let query = SearchQuery::parse(words, Timestamp::EPOCH);
            assert_eq!(query.notes, [Note::PlainWords], "{words}");
            assert!(query.is_plain(), "{words}");
        }
        let deep = format!("{}a{}", "(".repeat(6), ")".repeat(6));
        assert_eq!(SearchQuery::parse(&deep, Timestamp::EPOCH).notes, [Note::PlainWords]);
        let just_right = format!("{}a{}", "(".repeat(5), ")".repeat(5));
        check(&just_right, word("a"), &[]);
    }

    #[test]
    fn words_with_phrases_and_exclusions_are_plain() {
        for words in ["a", "a b", "a \"b c\"", "(a b) c", "a -b", "a b -(c OR d)"] {
            assert!(SearchQuery::parse(words, Timestamp::EPOCH).is_plain(), "{words}");
        }
        for words in ["", "\"a b\"", "\"a b\" -c", "a OR b", "a b OR c", "-a"] {
            assert!(!SearchQuery::parse(words, Timestamp::EPOCH).is_plain(), "{words}");
        }
    }

    #[test]
    fn nothing_everything_and_only_exclusions_are_told_apart() {
        assert_eq!(
            SearchQuery::parse(" \t\u{3000}\u{0} ", Timestamp::EPOCH).wanted,
            Wanted::Everything
        );
        assert_eq!(SearchQuery::parse("?! …", Timestamp::EPOCH).wanted, Wanted::Nothing);
        let exclusions = SearchQuery::parse("-a -b", Timestamp::EPOCH);
        assert_eq!(exclusions.wanted, Wanted::Nothing);
        assert_eq!(exclusions.notes, [Note::OnlyExclusions]);
    }

    #[test]
    fn long_searches_are_cut_with_a_note() {
        let query = SearchQuery::parse(&"w ".repeat(40), Timestamp::EPOCH);
        assert_eq!(query.notes, [Note::TooManyTerms]);
        let Wanted::These(Clause::All { wanted, .. }) = query.wanted else { panic!("words") };
        assert_eq!(wanted.len(), MAX_TERMS);

        let in_a_phrase =
            SearchQuery::parse(&format!("x OR ({}", "\"a b\" ".repeat(40)), Timestamp::EPOCH);
        assert_eq!(in_a_phrase.notes, [Note::TooManyTerms]);

        let bytes = SearchQuery::parse(
            &format!("{} {}", "é".repeat(250), "é".repeat(250)),
            Timestamp::EPOCH,
        );
        assert_eq!(bytes.notes, [Note::TooLong]);
        assert_eq!(bytes.wanted, Wanted::These(word(&"é".repeat(250))));
        let one_long_word = SearchQuery::parse(&"字".repeat(300), Timestamp::EPOCH);
        assert_eq!(one_long_word.wanted, Wanted::These(word(&"字".repeat(170))));
    }
}
