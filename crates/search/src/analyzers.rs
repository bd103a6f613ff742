//! From text to the terms that are searched, one set of rules for each language.
//!
//! A text is taken apart in two steps. [`words`](crate::words) finds words, symbols and runs of
//! ideographs by their characters alone, the same in every language. Then each word becomes one
//! or two terms by the rules of the language of the document (for Latin letters) or of its script
//! (an Arabic word is Arabic and a Cyrillic word is Russian in every document of the six languages,
//! so that a page in two languages is found in both). The same rules serve the index, the query
//! and the marks in a hit.

use frostem::{Algorithm, Stemmer};
use observatory_model::Language;

use crate::arabic;
use crate::letters::{Class, Folded, class, is_apostrophe, is_hyphen};
use crate::lexemes::{Forms, Hints, Lexemes, Place, Role};
use crate::script::Script;
use crate::words::{Chains, Kind, Piece};

/// The number of these rules. Raise it with every change that gives another term for any text: the
/// index is then built again at the next start. The test `rules_have_a_number` keeps watch.
pub(crate) const ANALYZERS_VERSION: u32 = 3;

/// Longest symbol that is also searched in one piece, in letters: `co-operation`, `Wi-Fi`.
const LONGEST_JOINED: usize = 40;

/// So many Latin words one after the other, in a document of another script, are a sentence.
///
/// An abstract or a sentence in a Chinese, Arabic or Russian paper is nearly always English. Names and
/// titles of works are shorter than this, and are of any language: they keep their endings.
const ENGLISH_FROM: usize = 6;

/// The rules of one language, or of all others.
#[derive(Clone, Copy)]
pub(crate) struct Analyzer {
    language: Option<Language>,
    /// For Latin letters, and everything else that has no rules of its own.
    words: Option<Stemmer>,
    arabic: Option<Stemmer>,
    russian: Option<Stemmer>,
    /// English, for Latin words that stand in runs in documents of another script.
    english: Option<Stemmer>,
    /// So many Latin words one after the other are a run.
    english_from: usize,
}

impl Analyzer {
    /// The rules for a language. `None`: other languages, of which nothing may be assumed; Persian
    /// is no Arabic and Ukrainian no Russian, so no word is cut there at all.
    pub(crate) fn new(language: Option<Language>) -> Self {
        let words = match language {
            Some(Language::En) => Some(Algorithm::English),
            Some(Language::Fr) => Some(Algorithm::French),
            Some(Language::Es) => Some(Algorithm::Spanish),
            // Latin words in these are names and abbreviations of any language: English rules
            // would cut them wrongly. See `ENGLISH_FROM` for sentences.
            Some(Language::Ar | Language::Zh | Language::Ru) | None => None,
        };
        let known = |algorithm| language.map(|_| Stemmer::new(algorithm));
        Self {
            language,
            words: words.map(Stemmer::new),
            arabic: known(Algorithm::Arabic),
            russian: known(Algorithm::Russian),
            english: matches!(language, Some(Language::Ar | Language::Zh | Language::Ru))
                .then(|| Stemmer::new(Algorithm::English)),
            english_from: ENGLISH_FROM,
        }
    }

    /// The same rules for the words of a search: each Latin word may stand in an English sentence.
    #[must_use]
    pub(crate) const fn asking(self) -> Self {
        Self { english_from: 1, ..self }
    }

    /// Takes a text apart.
    pub(crate) fn analyze(&self, text: &str, into: &mut Lexemes) {
        self.analyze_some(text, None, into);
    }

    /// Takes a text apart, but leaves out most words that have none of the terms in the hints.
    ///
    /// Cutting endings is most of the work, and a hit's text is read for a few words only.
    pub(crate) fn analyze_some(&self, text: &str, hints: Option<&Hints>, into: &mut Lexemes) {
        into.clear();
        let mut pieces = std::mem::take(&mut into.pieces);
        let mut forms = std::mem::take(&mut into.forms);
        let mut chains = Chains::new(text);
        let mut next = Place { start: 0, end: 0, position: 0, chain: 0 };
        let mut script = Script::default();
        while chains.next_chain(&mut pieces) {
            if self.english.is_some() {
                forms.is_english = script.is_english(text, &pieces, &chains, self.english_from);
            }
            next.position = match pieces.first().map(|piece| piece.kind) {
                Some(Kind::Run) => run(text, &pieces, next, hints, into),
                Some(Kind::Word) | None => {
                    if is_passed_over(text, &pieces, hints) {
                        next.position + 1
                    } else {
                        self.chain(text, &pieces, next, hints, &mut forms, into)
                    }
                }
            };
            next.chain += 1;
        }
        into.pieces = pieces;
        into.forms = forms;
    }

    /// The terms of a word, or of the parts of a symbol; returns the position after them.
    fn chain(
        &self,
        text: &str,
        pieces: &[Piece],
        first: Place,
        hints: Option<&Hints>,
        forms: &mut Forms,
        into: &mut Lexemes,
    ) -> usize {
        let whole = (
            pieces.first().map_or(0, |piece| piece.start),
            pieces.last().map_or(0, |piece| piece.end),
        );
        let mut place = Place { start: whole.0, end: whole.1, ..first };
        // U.N. and Т.Е. are one word whose dots are a habit: UN.
        if is_dotted(text, pieces) {
            let words = || pieces.iter().filter_map(|piece| piece.of(text));
            self.word(&words().collect::<String>(), place, hints, forms, into);
            if let Some(surfaces) = &mut forms.surfaces {
                words().for_each(|word| surfaces.add(word));
            }
            return place.position + 1;
        }
        let joined = joined(text, pieces);
        for (number, piece) in pieces.iter().enumerate() {
            let Some(written) = piece.of(text) else { continue };
            // Most words have no apostrophe.
            let skipped = if piece.letters.is_told() { 0 } else { self.elision(written) };
            let word = written.get(skipped..).unwrap_or_default();
            place = Place { start: piece.start + skipped, end: piece.end, ..place };
            let is_kept = self.word(word, place, hints, forms, into);
            if let Forms { surfaces: Some(surfaces), folded, .. } = forms {
                surfaces.add_folded(written, piece, folded);
            }
            if let (0, Some(joined)) = (number, &joined) {
                // co-operation and cooperation, Wi-Fi and WiFi: writers use both.
                let place = Place { start: whole.0, end: whole.1, ..place };
                if self.forms(joined, hints, forms) {
                    into.push(place, Role::Joined, &forms.main);
                }
            }
            if is_kept {
                place.position += 1;
            }
        }
        place.position
    }

    /// The terms of one word; `false` when it takes no place because it says nothing.
    fn word(
        &self,
        word: &str,
        place: Place,
        hints: Option<&Hints>,
        forms: &mut Forms,
        into: &mut Lexemes,
    ) -> bool {
        if self.forms(word, hints, forms) {
            into.push(place, Role::Main, &forms.main);
            if !forms.variant.is_empty() {
                into.push(place, Role::Variant, &forms.variant);
            }
            return true;
        }
        // A word that was only left out for its first letter keeps its place.
        !forms.folded.plain.is_empty()
    }

    /// The forms of a word under which it is searched; `false` for none.
    fn forms(&self, word: &str, hints: Option<&Hints>, forms: &mut Forms) -> bool {
        let Forms { folded, main, variant, is_english, stems, .. } = forms;
        main.clear();
        variant.clear();
        folded.set(without_possessive(word));
        let plain = folded.plain.as_str();
        let Some(first) = plain.chars().next() else { return false };
        let script = class(first);
        if script == Class::Arabic {
            let says_something = self.arabic_form(&folded.accented, hints, variant, main);
            variant.clear();
            if !says_something {
                folded.plain.clear();
            }
            return !main.is_empty();
        }
        if hints.is_some_and(|hints| !hints.may_begin(first)) {
            return false;
        }
        let stemmer = if is_cyrillic(first) { self.russian } else { self.words };
        match stemmer.filter(|_| has_endings(plain)) {
            None => {
                main.push_str(plain);
                let is_english = *is_english && folded.accented.is_ascii() && has_endings(plain);
                if let Some(english) = self.english.filter(|_| is_english) {
                    let stem = english.stem(plain);
                    if *stem != *plain {
                        variant.push_str(&stem);
                    }
                }
            }
            Some(stemmer) if self.has_accents() && folded.accented != folded.plain => {
                // Endings are recognised by their accents (-é, -ción), but the word must also be
                // found where it was written without any. So both: cut with accents, then fold; and
                // fold, then cut, which is what a word typed without accents becomes.
                folded_into(&stemmer.stem(&folded.accented), main);
                let bare = stemmer.stem(plain);
                if *bare != **main {
                    variant.push_str(&bare);
                }
            }
            Some(stemmer) => match stems {
                Some(stems) => stems.cut(stemmer, plain, main),
                None => main.push_str(&stemmer.stem(plain)),
            },
        }
        true
    }

    /// Fills in the form of an Arabic word; `false` when it says nothing.
    fn arabic_form(
        &self,
        word: &str,
        hints: Option<&Hints>,
        normal: &mut String,
        into: &mut String,
    ) -> bool {
        arabic::normalise(word, normal);
        let Some(stemmer) = self.arabic else {
            into.push_str(normal);
            return true;
        };
        // Our own rule first: the stemmer knows the article only in front of longer words, and cuts
        // the word after it by other rules than the word alone, so that both would rarely meet.
        let bare = arabic::without_article(normal);
        if arabic::is_bare_article(bare) {
            return false;
        }
        // The stemmer cuts the singular -ه and the plural -ات of nouns to different stems.
        let one = arabic::without_plural(bare);
        if hints.is_none_or(|hints| hints.may_be_in(one)) {
            let stem = stemmer.stem(one);
            into.push_str(if stem.is_empty() { one } else { &stem });
        }
        true
    }

    /// French and Spanish, whose stemmers know endings by their accents.
    fn has_accents(&self) -> bool {
        matches!(self.language, Some(Language::Fr | Language::Es))
    }

    /// The bytes of a short word that has lost its vowel before this one.
    ///
    /// In languages that are not known, the short words of Italian and Catalan (dell'arte) are taken
    /// off as those of French are.
    fn elision(&self, word: &str) -> usize {
        let french = elided(word);
        if french > 0 || self.language.is_some() {
            return french;
        }
        let apostrophe = word.char_indices().find(|&(_, letter)| is_apostrophe(letter));
        let Some((at, apostrophe)) = apostrophe else { return 0 };
        let after = at + apostrophe.len_utf8();
        if at <= 5 && word.len() > after + 2 { after } else { 0 }
    }
}

/// The bytes of a French article or pronoun that has lost its vowel: l'eau, d'accès, qu'elle.
///
/// The word is eau. In every language, for names such as Côte d'Ivoire; O'Brien and don't are no such
/// words.
pub(crate) fn elided(word: &str) -> usize {
    let apostrophe = word.char_indices().find(|&(_, letter)| is_apostrophe(letter));
    let Some((at, apostrophe)) = apostrophe else { return 0 };
    let before = word.get(..at).unwrap_or_default();
    let is_french = ELIDED.iter().any(|elided| before.eq_ignore_ascii_case(elided));
    if is_french { at + apostrophe.len_utf8() } else { 0 }
}

/// The French words that lose their vowel before another, without the vowel.
const ELIDED: [&str; 13] =
    ["l", "d", "j", "m", "t", "s", "c", "n", "qu", "lorsqu", "puisqu", "jusqu", "quoiqu"];

/// Whether this is a single word that can have none of the terms in the hints: most words are told so
/// by a look at their letters.
fn is_passed_over(text: &str, pieces: &[Piece], hints: Option<&Hints>) -> bool {
    let (Some(hints), [piece]) = (hints, pieces) else { return false };
    piece.of(text).is_some_and(|word| !hints.may_be(word, piece.letters))
}

/// Single characters and pairs of neighbours, at the place of the (first) character.
///
/// A run of ideographs has no word borders; pairs find every word of two characters or more without
/// a dictionary, and better than one on the collections measured here. Single characters too, since
/// some words are one character.
fn run(
    text: &str,
    pieces: &[Piece],
    first: Place,
    hints: Option<&Hints>,
    into: &mut Lexemes,
) -> usize {
    let mut place = first;
    let (mut folded, mut previous, mut pair) = (Folded::default(), String::new(), String::new());
    let may_begin = |term: &str| {
        hints.is_none_or(|hints| term.chars().next().is_some_and(|first| hints.may_begin(first)))
    };
    for piece in pieces {
        folded.set(piece.of(text).unwrap_or_default());
        if folded.plain.is_empty() {
            continue;
        }
        if may_begin(&previous) && !previous.is_empty() {
            pair.clear();
            pair.push_str(&previous);
            pair.push_str(&folded.plain);
            let place = Place { end: piece.end, position: place.position - 1, ..place };
            into.push(place, Role::Pair, &pair);
        }
        place.start = piece.start;
        place.end = piece.end;
        if may_begin(&folded.plain) {
            into.push(place, Role::Single, &folded.plain);
        }
        std::mem::swap(&mut previous, &mut folded.plain);
        place.position += 1;
    }
    place.position
}

/// Whether the pieces are single letters with dots between them.
fn is_dotted(text: &str, pieces: &[Piece]) -> bool {
    let is_letter = |piece: &Piece| {
        let mut letters = piece.of(text).unwrap_or_default().chars();
        letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
    };
    pieces.len() > 1
        && pieces.iter().all(is_letter)
        && pieces.iter().skip(1).all(|piece| piece.glue == Some('.'))
}

/// Two or three parts with hyphens between them, in one piece.
fn joined(text: &str, pieces: &[Piece]) -> Option<String> {
    let by_hyphens = pieces.iter().skip(1).all(|piece| piece.glue.is_some_and(is_hyphen));
    if !matches!(pieces.len(), 2 | 3) || !by_hyphens {
        return None;
    }
    let word: String = pieces.iter().filter_map(|piece| piece.of(text)).collect();
    let is_word = word.chars().any(char::is_alphabetic) && word.chars().count() <= LONGEST_JOINED;
    is_word.then_some(word)
}

/// ITU's is about ITU, in whatever language it stands.
pub(crate) fn without_possessive(word: &str) -> &str {
    let Some(head) = word.strip_suffix(['s', 'S']) else { return word };
    match head.char_indices().next_back() {
        Some((at, last)) if at > 0 && is_apostrophe(last) => head.get(..at).unwrap_or(word),
        _ => word,
    }
}

/// Words of three letters or more without a digit: 5G, C23 and AI have no endings to be cut.
fn has_endings(word: &str) -> bool {
    if word.is_ascii() {
        return word.len() > 2 && !word.bytes().any(|letter| letter.is_ascii_digit());
    }
    word.chars().nth(2).is_some() && !word.chars().any(char::is_numeric)
}

fn is_cyrillic(letter: char) -> bool {
    matches!(letter, '\u{400}'..='\u{52F}')
}

/// Takes the accents off a stem.
fn folded_into(stem: &str, into: &mut String) {
    if stem.is_ascii() {
        into.push_str(stem);
        return;
    }
    let mut folded = Folded::default();
    folded.set(stem);
    into.push_str(&folded.plain);
}

#[cfg(test)]
mod tests {
    use observatory_model::Language::{Ar, En, Es, Fr, Ru, Zh};
    use proptest::prelude::*;

    use super::*;

    fn terms(language: Option<Language>, text: &str) -> Vec<String> {
        let mut lexemes = Lexemes::default();
        Analyzer::new(language).analyze(text, &mut lexemes);
        lexemes.items().iter().map(|lexeme| lexemes.term(lexeme).to_owned()).collect()
    }

    /// One of the terms is the same, whichever of both stands in the text.
    #[track_caller]
    fn meet(language: Language, left: &str, right: &str) {
        let (left_terms, right_terms) = (terms(Some(language), left), terms(Some(language), right));
        assert!(
            left_terms.iter().any(|term| right_terms.contains(term)),
            "{left} {left_terms:?} and {right} {right_terms:?}"
        );
    }

    #[test]
    fn forms_of_a_word_meet() {
        for (language, left, right) in [
            (En, "satellites", "satellite"),
            (En, "co-operation", "cooperation"),
            (En, "Wi-Fi", "wifi"),
            (En, "U.N.", "UN"),
            (En, "ITU's", "ITU"),
            (Fr, "événement", "evenement"),
            (Fr, "événements", "ÉVÉNEMENT"),
            (Fr, "développée", "developpee"),
            (Fr, "l’eau", "eau"),
            (Fr, "qu'elle", "elle"),
            (Fr, "œuvre", "oeuvre"),
            (Es, "Dípticos", "dipticos"),
            (Es, "administración", "administracion"),
            (Es, "administraciones", "administracion"),
            (Es, "conexión", "conexiones"),
            (Ru, "доверенное", "доверенные"),
            (Ru, "ёлки", "елка"),
            (Ru, "спутники", "спутник"),
            (Ar, "أقمار", "اقمار"),
            (Ar, "الأقمار", "أقمار"),
            (Ar, "وبالاتصالات", "اتصالات"),
            (Ar, "مُسْتَشْفًى", "مستشفي"),
            (Ar, "جامعة", "الجامعات"),
            (Ar, "الحكومة", "حكومه"),
            (Ar, "الإلكترونية", "الكترونية"),
            (Zh, "这是一段简体中文", "段简"),
            (Zh, "这是一段简体中文", "是一"),
            (Zh, "網路", "路"),
            (Zh, "網絡", "网络"),
            (Zh, "衛星寬帶\u{FE00}", "卫星宽带"),
            (Zh, "5G网络", "5G"),
        ] {
            meet(language, left, right);
        }
    }

    #[test]
    fn english_rules_stay_with_english() {
        assert_eq!(terms(Some(En), "universities"), ["universiti"]);
        for language in [Ar, Zh, Ru] {
            assert_eq!(terms(Some(language), "universities"), ["universities"]);
        }
        assert_eq!(terms(None, "universities"), ["universities"]);
        assert_eq!(terms(None, "dell'arte don't"), ["arte", "dont"]);
    }

    #[test]
    fn an_english_sentence_in_another_script_has_english_endings_too() {
        for (language, word) in [(Zh, "网络"), (Ar, "شبكات"), (Ru, "сети")] {
            let sentence =
                format!("{word} We study the networks of 5 large cities. {word} networks");
            let found = terms(Some(language), &sentence);
            assert_eq!(found.iter().filter(|term| *term == "network").count(), 1, "{found:?}");
            assert_eq!(found.iter().filter(|term| *term == "networks").count(), 2, "{found:?}");
            let mut lexemes = Lexemes::default();
            Analyzer::new(Some(language)).asking().analyze("networks", &mut lexemes);
            let asked: Vec<&str> = lexemes.items().iter().map(|one| lexemes.term(one)).collect();
            assert_eq!(asked, ["networks", "network"]);
        }
    }

    #[test]
    fn a_script_keeps_its_rules_in_every_language() {
        let arabic = terms(Some(Ar), "والاتصالات");
        let russian = terms(Some(Ru), "спутниками");
        for language in Language::ALL {
            assert_eq!(terms(Some(language), "والاتصالات"), arabic);
            assert_eq!(terms(Some(language), "спутниками"), russian);
        }
    }

    #[test]
    fn an_article_before_a_latin_name_is_no_word() {
        assert_eq!(terms(Some(Ar), "الـITU"), ["itu"]);
        assert_eq!(terms(Some(Ar), "ال"), Vec::<String>::new());
    }

    #[test]
    fn a_word_does_not_depend_on_the_next() {
        for (language, word) in [(En, "cities"), (Ru, "города"), (Ar, "المدن"), (Fr, "l'été")]
        {
            let alone = terms(Some(language), word);
            for next in [" x", ", y", ". Z", "\u{a0}?", "»", " 5"] {
                assert!(terms(Some(language), &format!("{word}{next}")).starts_with(&alone));
            }
        }
    }

    #[test]
    fn fewer_words_give_the_same_terms_at_the_same_places() {
        let text = "The satellites of l'Union, co-operation С спутниками and الاتصالات 5G网络 end \
                    يستخدمون فاستخدامها سنكتبها كتاباتهم والمستخدمين نستعمل بمدارسنا";
        for language in Language::ALL.map(Some).into_iter().chain([None]) {
            let analyzer = Analyzer::new(language);
            let (mut every, mut some) = (Lexemes::default(), Lexemes::default());
            analyzer.analyze(text, &mut every);
            let mut hints = Hints::default();
            let sought: Vec<&str> =
                every.items().iter().step_by(4).map(|one| every.term(one)).collect();
            for term in &sought {
                hints.add(term);
            }
            analyzer.analyze_some(text, Some(&hints), &mut some);
            for lexeme in every.items() {
                let term = every.term(lexeme);
                if sought.contains(&term) {
                    assert!(some.items().iter().any(|other| some.term(other) == term
                        && other.position == lexeme.position
                        && other.start == lexeme.start));
                }
            }
            assert!(some.items().len() < every.items().len());
        }
    }

    proptest! {
        #[test]
        fn no_sought_word_is_passed_over(
            words in proptest::collection::vec("[ابتثجحخدذرزسشصضطظعغفقكلمنهويأإآٱؤئءةىـًَُِْ2٢]{1,9}|[a-zA-ZàéœС-яёЁ\u{300}’2]{1,7}|[一-三网络]{1,4}|ال|والـ", 1..9),
            step in 1..4_usize,
        ) {
            let text = words.join(" ");
            for language in Language::ALL.map(Some).into_iter().chain([None]) {
                let analyzer = Analyzer::new(language);
                let (mut every, mut some) = (Lexemes::default(), Lexemes::default());
                analyzer.analyze(&text, &mut every);
                let sought: Vec<&str> =
                    every.items().iter().step_by(step).map(|one| every.term(one)).collect();
                let mut hints = Hints::default();
                for term in &sought {
                    hints.add(term);
                }
                analyzer.analyze_some(&text, Some(&hints), &mut some);
                let places = |lexemes: &Lexemes| -> Vec<(usize, usize, usize, String)> {
                    let items = lexemes.items().iter();
                    let wanted = items.filter(|one| sought.contains(&lexemes.term(one)));
                    wanted
                        .map(|one| (one.start, one.end, one.position, lexemes.term(one).to_owned()))
                        .collect()
                };
                prop_assert_eq!(places(&every), places(&some), "{:?} {}", language, text);
            }
        }
    }

    #[test]
    fn rules_have_a_number() {
        let text = "The satellites of l’Événement développée à C23/52, Y.3172, U.N., co-operation ٢٠٢٦ \
                    administración año доверенные ёлка والاتصالات الإلكترونية للغة مسئول 这是一段 5G網絡";
        let found = Language::ALL.map(Some).into_iter().chain([None]);
        let found: Vec<String> = found.map(|language| terms(language, text).join(" ")).collect();
        // Where this list changes, ANALYZERS_VERSION must change with it.
        assert_eq!((ANALYZERS_VERSION, found), (3, RULES.map(str::to_owned).to_vec()));
    }

    const RULES: [&str; 7] = [
        "the satellites satellit of evenement developpee a c23 52 y 3172 un co cooperation operation oper 2026 administracion ano доверен елк اتصال كتر لغه مسوول 这 这是 是 是一 一 一段 段 5g 网 网络 络",
        "the satellites satellit of evenement developpee a c23 52 y 3172 un co cooperation operation oper 2026 administracion ano доверен елк اتصال كتر لغه مسوول 这 这是 是 是一 一 一段 段 5g 网 网络 络",
        "the satellit of even developpe a c23 52 y 3172 un co cooper oper 2026 administracion ano доверен елк اتصال كتر لغه مسوول 这 这是 是 是一 一 一段 段 5g 网 网络 络",
        "the satellit of even developp developpe a c23 52 y 3172 un co cooper oper 2026 administracion ano доверен елк اتصال كتر لغه مسوول 这 这是 是 是一 一 一段 段 5g 网 网络 络",
        "the satellites satellit of evenement developpee a c23 52 y 3172 un co cooperation operation oper 2026 administracion ano доверен елк اتصال كتر لغه مسوول 这 这是 是 是一 一 一段 段 5g 网 网络 络",
        "the satellit of evenement developpe a c23 52 y 3172 un co cooperation operation 2026 administr ano доверен елк اتصال كتر لغه مسوول 这 这是 是 是一 一 一段 段 5g 网 网络 络",
        "the satellites of evenement developpee a c23 52 y 3172 un co cooperation operation 2026 administracion ano доверенные елка والاتصالات الالكترونيه للغه مسوول 这 这是 是 是一 一 一段 段 5g 网 网络 络",
    ];

    proptest! {
        #[test]
        fn every_text_gives_ordered_terms_at_places_of_its_own(text in ".{0,200}") {
            for language in Language::ALL.map(Some).into_iter().chain([None]) {
                let mut lexemes = Lexemes::default();
                Analyzer::new(language).analyze(&text, &mut lexemes);
                let mut last = 0;
                for lexeme in lexemes.items() {
                    prop_assert!(text.get(lexeme.start..lexeme.end).is_some_and(|word| !word.is_empty()));
                    prop_assert!(!lexemes.term(lexeme).is_empty());
                    prop_assert!(lexeme.position >= last || lexeme.role == Role::Pair);
                    last = last.max(lexeme.position);
                }
            }
        }
    }
}
