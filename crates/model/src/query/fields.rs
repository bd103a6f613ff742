//! The fields of the search box: what they are called in six languages, and what their values mean.

use super::{Clause, Filter, Meaning, dates};
use crate::clock::Timestamp;
use crate::document::Kind;
use crate::folded::folded;
use crate::identifier::{Identifier, Scheme};
use crate::language::Language;
use crate::slug::Slug;

/// Longest name of an institution, in characters: the longest registered names have about 100.
const MAX_NAME: usize = 120;

/// A field that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Title,
    Author,
    Source,
    Symbol,
    Doi,
    Language,
    Kind,
    Topic,
    Institution,
    Date,
    Since,
    Until,
}

impl Field {
    /// Whether its values are words to look for.
    pub(super) const fn is_text(self) -> bool {
        matches!(self, Self::Title | Self::Author)
    }
}

/// The names of each field in English, French, Spanish, Russian, Arabic and Chinese (both scripts).
/// `kind` and `series` are one: either takes the values of both.
const NAMES: [(Field, &[&str]); 12] = [
    (
        Field::Title,
        &[
            "title",
            "intitle",
            "titre",
            "titulo",
            "заголовок",
            "название",
            "العنوان",
            "عنوان",
            "标题",
            "標題",
        ],
    ),
    (Field::Author, &["author", "auteur", "autor", "автор", "المؤلف", "مؤلف", "作者"]),
    (Field::Source, &["source", "fuente", "источник", "المصدر", "مصدر", "来源", "來源"]),
    (
        Field::Symbol,
        &[
            "symbol",
            "symbole",
            "cote",
            "simbolo",
            "signatura",
            "обозначение",
            "الرمز",
            "رمز",
            "文号",
            "文號",
        ],
    ),
    (Field::Doi, &["doi"]),
    (
        Field::Language,
        &["lang", "language", "langue", "idioma", "lengua", "язык", "اللغة", "لغة", "语言", "語言"],
    ),
    (
        Field::Kind,
        &[
            "kind",
            "type",
            "tipo",
            "тип",
            "вид",
            "النوع",
            "نوع",
            "类型",
            "類型",
            "series",
            "serie",
            "серия",
            "السلسلة",
            "سلسلة",
            "系列",
        ],
    ),
    (
        Field::Topic,
        &["topic", "theme", "sujet", "tema", "тема", "الموضوع", "موضوع", "主题", "主題"],
    ),
    (
        Field::Institution,
        &[
            "institution",
            "institucion",
            "учреждение",
            "организация",
            "المؤسسة",
            "مؤسسة",
            "机构",
            "機構",
        ],
    ),
    (
        Field::Date,
        &[
            "date",
            "fecha",
            "дата",
            "التاريخ",
            "تاريخ",
            "日期",
            "year",
            "annee",
            "ano",
            "год",
            "السنة",
            "سنة",
            "年份",
        ],
    ),
    (Field::Since, &["since", "depuis", "desde", "после", "منذ", "自"]),
    (Field::Until, &["until", "jusque", "jusqua", "jusqu'a", "hasta", "до", "حتى", "至"]),
];

/// What languages are called by their speakers and in English, besides their codes.
const LANGUAGES: [(&str, Language); 14] = [
    ("arabic", Language::Ar),
    ("العربية", Language::Ar),
    ("chinese", Language::Zh),
    ("中文", Language::Zh),
    ("汉语", Language::Zh),
    ("漢語", Language::Zh),
    ("english", Language::En),
    ("french", Language::Fr),
    ("francais", Language::Fr),
    ("russian", Language::Ru),
    ("русский", Language::Ru),
    ("spanish", Language::Es),
    ("espanol", Language::Es),
    ("castellano", Language::Es),
];

/// Schemes of addresses and registers that people paste; these are no mistyped fields.
const SCHEMES: [&str; 13] = [
    "http", "https", "mailto", "urn", "tel", "file", "data", "ftp", "hdl", "info", "isbn", "issn",
    "pmid",
];

/// What a word with a colon is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named<'a> {
    /// A field; `value` is what follows the colon, perhaps nothing.
    Field { field: Field, value: &'a str },
    /// A name that is no field.
    Unknown { value: &'a str },
}

/// Takes a word apart at its first colon; `None` when it is no name and value.
pub(super) fn named(word: &str) -> Option<Named<'_>> {
    let at = word.find([':', '：'])?;
    let (name, rest) = word.split_at_checked(at)?;
    let colon = rest.chars().next()?;
    let value = rest.get(colon.len_utf8()..)?;
    if value.starts_with("//") || value.starts_with([':', '：']) {
        return None;
    }
    // `C:`, `10:30` and `10:30:a` are none; no other name holds a sign.
    let name = folded(&name.replace('’', "'"));
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphabetic() || c == '\'');
    if !is_name {
        return None;
    }
    let field = NAMES.iter().find(|(_, names)| names.iter().any(|known| folded(known) == name));
    if let Some((field, _)) = field {
        return Some(Named::Field { field: *field, value });
    }
    // Chinese writes no space after its colon: there it is mostly one of a sentence.
    let may_be_field =
        colon == ':' && name.chars().nth(1).is_some() && !SCHEMES.contains(&name.as_str());
    may_be_field.then_some(Named::Unknown { value })
}

/// What the value of a field was understood as.
pub(super) struct Understood {
    pub(super) clause: Clause,
    pub(super) meaning: Meaning,
    /// How many terms it has: filters are counted for themselves.
    pub(super) terms: usize,
}

/// Reads the value of a field; `None` when it has no such value.
pub(super) fn understood(
    field: Field,
    value: &str,
    is_phrase: bool,
    now: Timestamp,
) -> Option<Understood> {
    let value = value.trim_matches(super::is_space);
    let dated = |ends: Option<dates::Ends>| {
        ends.map(|(from, before)| filtered(Filter::Dates { from, before }))
    };
    match field {
        Field::Title | Field::Author => in_text(field, value, is_phrase),
        Field::Source => slug(value).map(|slug| filtered(Filter::Source(slug))),
        Field::Topic => slug(value).map(|slug| filtered(Filter::Topic(slug))),
        Field::Symbol => Identifier::parse(value).map(identified),
        Field::Doi => Identifier::parse(value)
            .filter(|found| matches!(found.scheme, Scheme::Doi | Scheme::Arxiv))
            .map(identified),
        Field::Language => language(value).map(|language| filtered(Filter::Language(language))),
        Field::Kind => kind(value).map(filtered),
        Field::Institution => {
            let name: String = words_of(value).join(" ").chars().take(MAX_NAME).collect::<String>();
            let name = name.trim().to_owned();
            super::has_letter_or_digit(&name).then(|| filtered(Filter::Institution(name)))
        }
        Field::Date => dated(dates::date(value)),
        Field::Since => dated(dates::since(value, now)),
        Field::Until => dated(dates::until(value, now)),
    }
}

fn filtered(filter: Filter) -> Understood {
    Understood {
        clause: Clause::Filter(filter.clone()),
        meaning: Meaning::Filter(filter),
        terms: 0,
    }
}

fn identified(identifier: Identifier) -> Understood {
    let clause = Clause::Identifier(identifier.clone());
    Understood { clause, meaning: Meaning::Identifier(identifier), terms: 1 }
}

/// A word, phrase or prefix in the title or in the names of the authors.
fn in_text(field: Field, value: &str, is_phrase: bool) -> Option<Understood> {
    let (inner, text, terms) = if is_phrase {
        let words: Vec<&str> =
            words_of(value).into_iter().filter(|word| super::has_letter_or_digit(word)).collect();
        if words.is_empty() {
            return None;
        }
        let text = words.join(" ");
        (Clause::Phrase(text.clone()), text, words.len())
    } else if value.starts_with(['(', '（']) || !super::has_letter_or_digit(value) {
        return None;
    } else if let Some(beginning) = super::prefix(value) {
        (Clause::Prefix(beginning.to_owned()), value.to_owned(), 1)
    } else {
        (Clause::Word(value.to_owned()), value.to_owned(), 1)
    };
    Some(if field == Field::Title {
        Understood { clause: Clause::Title(Box::new(inner)), meaning: Meaning::Title(text), terms }
    } else {
        Understood {
            clause: Clause::Author(Box::new(inner)),
            meaning: Meaning::Author(text),
            terms,
        }
    })
}

fn words_of(value: &str) -> Vec<&str> {
    value.split(super::is_space).filter(|word| !word.is_empty()).collect()
}

fn slug(value: &str) -> Option<Slug> {
    value.parse().ok().or_else(|| Slug::from_words(value))
}

fn language(value: &str) -> Option<Language> {
    let name = folded(value);
    let named = LANGUAGES.iter().find(|(known, _)| folded(known) == name).map(|(_, code)| *code);
    named.or_else(|| Language::from_tag(value))
}

/// A class of documents or a series.
fn kind(value: &str) -> Option<Filter> {
    let name = value.to_ascii_lowercase();
    if let Ok(class) = name.parse() {
        return Some(Filter::Class(class));
    }
    match name.parse() {
        Ok(Kind::Piece(series)) => Some(Filter::Series(series)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_known_in_six_languages() {
        for (word, field) in [
            ("TITLE:x", Field::Title),
            ("título:x", Field::Title),
            ("Заголовок:x", Field::Title),
            ("العنوان:x", Field::Title),
            ("标题：x", Field::Title),
            ("année:x", Field::Date),
            ("año:x", Field::Date),
            ("série:x", Field::Kind),
            ("jusqu’à:x", Field::Until),
        ] {
            assert_eq!(named(word), Some(Named::Field { field, value: "x" }), "{word}");
        }
    }

    #[test]
    fn no_name_is_in_two_fields() {
        let mut names: Vec<String> =
            NAMES.iter().flat_map(|(_, names)| names.iter().map(|name| folded(name))).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn colons_of_other_kinds_make_no_field() {
        for word in [
            "https://a",
            "10:30",
            "C:x",
            "std::vec",
            "报告：数字",
            "mailto:a@b",
            ":x",
            "a-b:c",
            "x",
        ] {
            assert_eq!(named(word), None, "{word}");
        }
        assert_eq!(named("foo:x"), Some(Named::Unknown { value: "x" }));
    }
}
