//! The little language of the search box: words, "phrases", -not, OR, parentheses, fields, dates,
//! beginnings of words and identifiers.
//!
//! Reading never fails: what does not fit together is read as plain words, and a [`Note`] says so.
//! Everything is bounded before anything is searched, so that no text can make a search deep,
//! long or slow: at most [`MAX_WORDS_BYTES`], [`MAX_TERMS`], [`MAX_FILTERS`], [`MAX_PREFIXES`] and
//! [`MAX_DEPTH`].

use std::ops::Range;

use crate::clock::Timestamp;
use crate::document::Class;
use crate::identifier::Identifier;
use crate::language::Language;
use crate::search::{MAX_WORDS_BYTES, Note};
use crate::series::Series;
use crate::slug::Slug;

pub(crate) mod dates;
mod fields;
mod reading;
mod written;

use reading::{Misfit, Reading};

/// Most words in one search, those inside phrases counted: 32.
///
/// The longest questions of the public test collections have about 30 words; more words cost time
/// and find nothing better.
pub const MAX_TERMS: usize = 32;

/// Most choices in one search, such as `lang:ar`, those of years counted: 16. A form has fewer.
pub const MAX_FILTERS: usize = 16;

/// Most beginnings of words in one search, as `intell*`: 4. Each stands for many words of the index.
pub const MAX_PREFIXES: usize = 4;

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
    /// `institution:"World Bank"`: by name, 1–120 characters, compared as the filter of the same name.
    Institution(String),
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

impl SearchQuery {
    /// Reads the words of a search box.
    ///
    /// `OR` joins its two neighbours and binds tighter than the space, which means "and": `a b OR c`
    /// wants a, and b or c. `AND` may be written and changes nothing. A minus counts where a word
    /// begins. Quotes of all six languages make phrases: `"…"`, `“…”`, `«…»`, `「…」`.
    ///
    /// A year, or an identifier that stands as a word, is both: `2025` finds documents of 2025 and what
    /// says 2025; `C23/52` finds what is known by it and what its words find. See
    /// [`Clause::either_way`]. With a field it is meant exactly: `year:2025`, `symbol:C23/52`.
    ///
    /// `since:2w` is counted from the midnight before `now`.
    pub fn parse(words: &str, now: Timestamp) -> Self {
        let (words, mut notes) = cut(words);
        if words.chars().all(is_space) {
            return Self { wanted: Wanted::Everything, notes, parts: Vec::new() };
        }
        let mut reading = Reading::new(words, now);
        let clause = reading.read().unwrap_or_else(|Misfit| {
            notes.push(Note::PlainWords);
            reading = Reading::new(words, now);
            reading.read_plainly()
        });
        notes.append(&mut reading.notes);
        let wanted = clause.map_or(Wanted::Nothing, Wanted::These);
        Self { wanted, notes, parts: reading.parts }
    }

    /// The search in words again, the same for all writings that mean the same: for rules and logs.
    ///
    /// Read again, they ask for the same, unless they are longer than [`MAX_WORDS_BYTES`]: the dates
    /// of `since:2w` may need more room than it. They are days by then, so that what shall go on
    /// counting from the present must be kept as it was typed.
    pub fn written(&self) -> String {
        written::written(self)
    }

    /// The choices that always hold, and what else is wanted.
    ///
    /// The filters are those that stand beside the other words, not below an `OR` or a minus: each must
    /// hold, and they neither score nor give way when words are relaxed. The rest is the same search
    /// without them; `None` when nothing else is wanted, so that the filters alone say what is found.
    /// Where only filters are wanted and something is not (`lang:fr -draft`), the rest is the whole
    /// clause, filters included, so that a clause with `unwanted` always has something it takes from.
    ///
    /// `None` with no filters for [`Wanted::Everything`] and [`Wanted::Nothing`].
    pub fn split(&self) -> (Vec<&Filter>, Option<Clause>) {
        let Wanted::These(clause) = &self.wanted else { return (Vec::new(), None) };
        let (wanted, unwanted) = match clause {
            Clause::Filter(filter) => return (vec![filter], None),
            Clause::All { wanted, unwanted } => (wanted, unwanted),
            other => return (Vec::new(), Some(other.clone())),
        };
        let mut filters = Vec::new();
        let mut others = Vec::new();
        for clause in wanted {
            match clause {
                Clause::Filter(filter) => filters.push(filter),
                other => others.push(other.clone()),
            }
        }
        let rest = match (others.len(), unwanted.is_empty()) {
            (0, true) => None,
            (0, false) => Some(clause.clone()),
            (1, true) => others.pop(),
            _ => Some(Clause::All { wanted: others, unwanted: unwanted.clone() }),
        };
        (filters, rest)
    }

    /// Whether what is wanted are only words, with phrases, years and identifiers between them at most:
    /// such a search may be done more freely when nothing has all of them. One phrase alone is meant
    /// exactly. Filters beside them ([`Self::split`]) always hold and change nothing of this; for a
    /// search of filters alone it is `false`.
    pub fn is_plain(&self) -> bool {
        let is_phrase = |clause: &Clause| matches!(clause, Clause::Phrase(_));
        let is_word =
            |clause: &Clause| matches!(clause, Clause::Word(_)) || clause.either_way().is_some();
        match self.split().1 {
            Some(clause) if is_word(&clause) => true,
            Some(Clause::All { wanted, .. }) => {
                wanted.iter().all(|clause| is_word(clause) || is_phrase(clause))
                    && (wanted.len() > 1 || wanted.iter().all(is_word))
            }
            Some(_) | None => false,
        }
    }
}

impl Clause {
    /// What a year or an identifier among the words may mean, and the words that it is otherwise: one of
    /// the two must hold. `None` for any other clause, also for an `OR` that was typed.
    ///
    /// Of a year: [`Filter::Dates`] and a [`Clause::Word`]. Of an identifier: [`Clause::Identifier`] and
    /// a [`Clause::Word`], or [`Clause::All`] of words where it has several (`ITU-T Y.3172`). The words
    /// stay, because a document may name the thing in a form that no rule knows, or at a distance; so a
    /// search finds at least what it would find without knowing identifiers. They are all wanted,
    /// not a phrase, for the same reason.
    pub fn either_way(&self) -> Option<(&Self, &Self)> {
        let Self::Any(choices) = self else { return None };
        match choices.as_slice() {
            [words @ Self::Word(word), meaning @ Self::Filter(Filter::Dates { from, before })] => {
                let year = dates::year(word).and_then(|_| dates::span(word))?;
                let is_year = (*from, *before) == (Some(year.first), Some(year.before));
                is_year.then_some((meaning, words))
            }
            [meaning @ Self::Identifier(identifier), words] => {
                let text = words.plain_words()?;
                (Identifier::parse(&text).as_ref() == Some(identifier)).then_some((meaning, words))
            }
            _ => None,
        }
    }

    /// The words, where there are only words that are all wanted.
    fn plain_words(&self) -> Option<String> {
        match self {
            Self::Word(word) => Some(word.clone()),
            Self::All { wanted, unwanted } if unwanted.is_empty() => {
                let word = |clause: &Self| match clause {
                    Self::Word(word) => Some(word.clone()),
                    _ => None,
                };
                wanted.iter().map(word).collect::<Option<Vec<_>>>().map(|words| words.join(" "))
            }
            _ => None,
        }
    }
}

/// What was typed for a year or an identifier among the words.
fn typed(clause: &Clause) -> Option<String> {
    clause.either_way().and_then(|(_, words)| words.plain_words())
}

/// What a word that ends in a star begins with: letters and digits only, at least two, or one ideograph.
fn prefix(word: &str) -> Option<&str> {
    let beginning = word.strip_suffix(['*', '＊'])?;
    let is_part =
        |c: char| c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c);
    let is_ideograph =
        |c: char| matches!(u32::from(c), 0x2e80..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff);
    let letters = beginning.chars().filter(|c| c.is_alphanumeric()).count();
    let is_long = letters > 1 || beginning.chars().next().is_some_and(is_ideograph);
    (is_long && beginning.chars().all(is_part)).then_some(beginning)
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
        for symbol in ["AC/DC", "and/or", "e-mail", "word(s)", "b)", "l'eau", "国际电信联盟（ITU）"]
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

    fn now() -> Timestamp {
        "2026-11-25T10:00:00Z".parse().unwrap()
    }

    fn parse(words: &str) -> SearchQuery {
        SearchQuery::parse(words, now())
    }

    fn dates(from: &str, before: &str) -> Clause {
        let end = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        Clause::Filter(Filter::Dates { from: end(from), before: end(before) })
    }

    fn named(text: &str) -> Identifier {
        Identifier::parse(text).unwrap()
    }

    #[track_caller]
    fn check_one(words: &str, clause: &Clause, part: &str) {
        let query = parse(words);
        assert_eq!(query.wanted, Wanted::These(clause.clone()), "{words}");
        assert_eq!(query.notes, [], "{words}");
        let spans: Vec<&str> =
            query.parts.iter().map(|part| words.get(part.span.clone()).unwrap()).collect();
        assert_eq!(spans, [part], "{words}");
    }

    #[test]
    fn fields_are_read() {
        let slug = |text: &str| text.parse::<Slug>().unwrap();
        for (words, filter) in [
            ("lang:ar", Filter::Language(Language::Ar)),
            ("язык:русский", Filter::Language(Language::Ru)),
            ("语言：中文", Filter::Language(Language::Zh)),
            ("kind:paper", Filter::Class(Class::Paper)),
            ("kind:future-vision", Filter::Series(Series::FutureVision)),
            ("series:learning-labs", Filter::Series(Series::LearningLabs)),
            ("topic:Données", Filter::Topic(slug("donnees"))),
            ("source:\"ITU News\"", Filter::Source(slug("itu-news"))),
            ("institution:“World  Bank”", Filter::Institution("World Bank".to_owned())),
        ] {
            check_one(words, &Clause::Filter(filter), words);
        }
        check_one("title:data", &Clause::Title(Box::new(word("data"))), "title:data");
        check_one(
            "titre:«à la une»",
            &Clause::Title(Box::new(phrase("à la une"))),
            "titre:«à la une»",
        );
        let prefix = Clause::Prefix("intel".to_owned());
        check_one("title:intel*", &Clause::Title(Box::new(prefix)), "title:intel*");
        check_one("作者：王", &Clause::Author(Box::new(word("王"))), "作者：王");
        let id = Clause::Identifier(named("C23/52"));
        check_one("symbol:c23/52", &id, "symbol:c23/52");
        let unwanted = parse("a -lang:ar");
        assert_eq!(unwanted.parts[0].span, 2..10);
        assert!(unwanted.parts[0].is_unwanted);
        let inside = parse("a -(b -lang:ar)");
        assert!(!inside.parts[0].is_unwanted);
    }

    #[test]
    fn dates_are_read() {
        for (words, from, before) in [
            ("2024..2026", "2024-01-01", "2027-01-01"),
            ("..2020", "", "2021-01-01"),
            ("date:2025-03", "2025-03-01", "2025-04-01"),
            ("año:2025", "2025-01-01", "2026-01-01"),
            ("since:2w", "2026-11-11", ""),
            ("until:2025", "", "2026-01-01"),
        ] {
            check_one(words, &dates(from, before), words);
        }
        let year = any(&[word("2025"), dates("2025-01-01", "2026-01-01")]);
        check_one("2025", &year, "2025");
        check("1989", word("1989"), &[]);
    }

    #[test]
    fn identifiers_are_words_too() {
        let either = |text: &str, words: Clause| any(&[Clause::Identifier(named(text)), words]);
        check_one("C23/52", &either("C23/52", word("C23/52")), "C23/52");
        let doi = "https://doi.org/10.1000/182";
        check_one(doi, &either("10.1000/182", word(doi)), doi);
        let long = "ITU-T Y.3172";
        let words = all(&[word("ITU-T"), word("Y.3172")], &[]);
        check_one(long, &either(long, words), long);
        let long = "Resolution 71 (Rev. Bucharest, 2022)";
        assert_eq!(parse(long).parts[0].span, 0..long.len());
        for words in ["12/05", "1/2", "and/or", "24/7", "HTTP/1.1", "ITU-T", "Resolution 71"] {
            assert_eq!(parse(words).parts, [], "{words}");
        }
        // Taken off, it would come together again.
        assert_eq!(parse("ITU-T ITU-T Y.3172 Y.3172").parts, []);
    }

    #[test]
    fn beginnings_of_words_are_read() {
        check_one("intell*", &Clause::Prefix("intell".to_owned()), "intell*");
        check_one("智*", &Clause::Prefix("智".to_owned()), "智*");
        for words in ["a*", "*", "a-b*", "**", "a**"] {
            assert_eq!(parse(words).parts, [], "{words}");
        }
        let five = parse("aa* bb* cc* dd* ee*");
        assert_eq!((five.parts.len(), five.notes), (4, vec![Note::TooManyTerms]));
    }

    #[test]
    fn unknown_fields_are_words() {
        for words in
            ["kind:x", "lang:xx", "since:soon", "foo:bar", "source:أخبار", "doi:x", "title:?"]
        {
            let query = parse(&format!("a {words}"));
            assert_eq!(query.notes, [Note::UnknownField], "{words}");
            assert_eq!(query.parts, [], "{words}");
        }
        for words in
            ["https://a.b/c", "10:30", "Note: this", "C: drive", "std::vec", "报告：数字化"]
        {
            assert_eq!(parse(words).notes, [], "{words}");
        }
        check("lang:\"x y\"", phrase("x y"), &[Note::UnknownField]);
    }

    #[test]
    fn filters_are_split_off() {
        let query = parse("lang:ar a 2025.. b -c");
        let (filters, rest) = query.split();
        assert_eq!(filters.len(), 2);
        assert_eq!(rest, Some(all(&[word("a"), word("b")], &[word("c")])));
        assert!(query.is_plain());
        assert_eq!(parse("lang:ar a").split().1, Some(word("a")));
        assert_eq!(parse("lang:ar").split().1, None);
        assert_eq!(parse("lang:ar OR a").split().0.len(), 0);
        let query = parse("lang:ar -c");
        let (filters, rest) = query.split();
        assert_eq!((filters.len(), rest.is_some()), (1, true));
        for words in ["lang:ar a b", "2025 a", "C23/52 a", "ITU-T Y.3172", "a 2024..2026"] {
            assert!(parse(words).is_plain(), "{words}");
        }
        for words in ["lang:ar", "lang:ar \"a b\"", "title:a b", "intell* a", "symbol:C23/52"] {
            assert!(!parse(words).is_plain(), "{words}");
        }
    }

    #[test]
    fn parts_take_their_or_with_them() {
        let words = "a OR lang:ar OR b";
        let query = parse(words);
        assert_eq!(words.get(query.parts[0].span.clone()), Some("OR lang:ar"));
        let words = "lang:ar OR b";
        assert_eq!(words.get(parse(words).parts[0].span.clone()), Some("lang:ar OR "));
        check("a OR ()", word("a"), &[]);
        check("() OR a", word("a"), &[]);
    }

    #[test]
    fn bounds_hold() {
        let many = parse(&"lang:ar ".repeat(40));
        assert_eq!((many.parts.len(), many.notes), (MAX_FILTERS, vec![Note::TooManyTerms]));
    }

    mod properties {
        use proptest::prelude::*;

        use super::{
            Clause, MAX_FILTERS, MAX_TERMS, MAX_WORDS_BYTES, Note, Part, SearchQuery, Wanted, parse,
        };

        fn any_words() -> impl Strategy<Value = String> {
            let token = prop::sample::select(vec![
                "a",
                "intell*",
                "OR",
                "AND",
                "-",
                "(",
                ")",
                "\"",
                "“",
                "”",
                "lang:ar",
                "2025",
                "title:",
                "title:x",
                "kind:x",
                "foo:bar",
                "since:2w",
                "..2020",
                "2024..2026-03",
                "C23/52",
                "ITU-T",
                "Y.3172",
                "Resolution 71",
                "(Rev. Bucharest, 2022)",
                "a(b",
                "c)",
                "symbol:C23/52",
                "doi:10.1000/a(b",
                "10.1000/182",
                "智*",
                "标题：智",
                "institution:",
                "«a b»",
                "since:",
                "，",
                ",",
                "author:aa*",
                "第71号决议",
                "（2022年，布加勒斯特）",
            ]);
            let spaced = (token, prop::sample::select(vec!["", " ", "  ", " -", "\t"]));
            prop_oneof![
                prop::collection::vec(spaced, 0..20)
                    .prop_map(|all| all.into_iter().flat_map(|(a, b)| [a, b]).collect()),
                prop::collection::vec(prop::char::any(), 0..4096)
                    .prop_map(|all| all.into_iter().collect()),
                "[a-c0-9 :\"()*/.-]{0,80}",
            ]
        }

        fn size(clause: &Clause) -> usize {
            match clause {
                Clause::All { wanted, unwanted } => {
                    1 + wanted.iter().chain(unwanted).map(size).sum::<usize>()
                }
                Clause::Any(choices) => 1 + choices.iter().map(size).sum::<usize>(),
                Clause::Title(inner) | Clause::Author(inner) => 1 + size(inner),
                _ => 1,
            }
        }

        proptest! {
            #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

            #[test]
            fn any_text_is_read_within_bounds(words in any_words()) {
                let query = parse(&words);
                prop_assert_eq!(&query, &parse(&words));
                if let Wanted::These(clause) = &query.wanted {
                    prop_assert!(size(clause) <= 8 * (MAX_TERMS + MAX_FILTERS));
                }
                for part in &query.parts {
                    prop_assert!(words.get(part.span.clone()).is_some());
                }
                prop_assert_eq!(query.is_plain(), query.clone().is_plain());
            }

            #[test]
            fn a_part_that_is_taken_off_is_gone(words in any_words()) {
                let query = parse(&words);
                prop_assume!(!query.notes.contains(&Note::TooManyTerms));
                prop_assume!(!query.notes.contains(&Note::TooLong));
                let same = |query: &SearchQuery, part: &Part| {
                    let is_same = |other: &&Part| {
                        (&other.meaning, other.is_unwanted) == (&part.meaning, part.is_unwanted)
                    };
                    query.parts.iter().filter(is_same).count()
                };
                for part in &query.parts {
                    let mut left = words.clone();
                    left.replace_range(part.span.clone(), "");
                    prop_assert!(same(&parse(&left), part) < same(&query, part), "{left:?}");
                }
            }

            #[test]
            fn what_is_written_asks_for_the_same(words in any_words()) {
                let query = parse(&words);
                let written = query.written();
                if written.len() <= MAX_WORDS_BYTES {
                    prop_assert_eq!(&parse(&written).wanted, &query.wanted, "{}", written);
                    prop_assert_eq!(parse(&written).written(), written);
                }
            }
        }
    }
}
