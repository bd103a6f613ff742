//! Dates as people write them, in the six languages.

use observatory_model::paper::PaperDate;

/// The beginnings of the names of the months, in lower case: English, French, Spanish, Russian, Arabic
/// (of Egypt and the Maghreb, and of the Levant).
const MONTHS: [&[&str]; 12] = [
    &["jan", "janv", "enero", "ene", "январ", "янв", "يناير", "جانفي", "كانون الثاني"],
    &["feb", "févr", "fév", "fevr", "феврал", "фев", "فبراير", "فيفري", "شباط"],
    &["mar", "mars", "marzo", "март", "мар", "مارس", "آذار"],
    &["apr", "avr", "abr", "апрел", "апр", "أبريل", "ابريل", "إبريل", "نيسان"],
    &["may", "mai", "mayo", "мая", "май", "مايو", "ماي", "أيار"],
    &["jun", "juin", "junio", "июн", "يونيو", "يونيه", "جوان", "حزيران"],
    &["jul", "juil", "julio", "июл", "يوليو", "يوليه", "جويلية", "تموز"],
    &["aug", "août", "aout", "ago", "август", "авг", "أغسطس", "اغسطس", "آب"],
    &["sep", "sept", "сентябр", "сен", "سبتمبر", "أيلول"],
    &["oct", "октябр", "окт", "أكتوبر", "اكتوبر", "تشرين الأول"],
    &["nov", "ноябр", "ноя", "نوفمبر", "تشرين الثاني"],
    &["dec", "déc", "dic", "декабр", "дек", "ديسمبر", "كانون الأول"],
];

/// The first date that stands in `text`, most exact where several readings begin at the same word.
pub(crate) fn first(text: &str) -> Option<PaperDate> {
    found(text).into_iter().next()
}

/// The dates of `text` in order. A bare year counts only where the text is nothing else.
pub(crate) fn found(text: &str) -> Vec<PaperDate> {
    const MAX_CHARS: usize = 4_000;
    let text = text.chars().take(MAX_CHARS).map(western).collect::<String>();
    let words = words(&text);
    let mut found = Vec::new();
    let mut rest = words.as_slice();
    while let Some((_, after)) = rest.split_first() {
        if let Some((date, taken)) = begins(rest) {
            found.push(date);
            rest = rest.get(taken..).unwrap_or_default();
        } else {
            rest = after;
        }
    }
    if found.is_empty()
        && let [Word::Number(year, 4)] = words.as_slice()
    {
        found.extend(date(*year, None, None));
    }
    found
}

/// Arabic and full-width digits as Western ones.
fn western(character: char) -> char {
    let digit = match character {
        '\u{660}'..='\u{669}' => u32::from(character) - 0x660,
        '\u{6f0}'..='\u{6f9}' => u32::from(character) - 0x6f0,
        '\u{ff10}'..='\u{ff19}' => u32::from(character) - 0xff10,
        _ => return character,
    };
    char::from_digit(digit, 10).unwrap_or(character)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    /// A number and how many digits it has.
    Number(u32, usize),
    /// A month by its name.
    Month(u8),
    /// A sign that dates have between numbers.
    Sign(char),
    Other,
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let same = |c: char| {
            if first.is_ascii_digit() {
                c.is_ascii_digit()
            } else {
                first.is_alphabetic() && c.is_alphabetic()
            }
        };
        let length = rest.find(|c| !same(c)).unwrap_or(rest.len()).max(first.len_utf8());
        let (word, after) = rest.split_at(length);
        rest = after;
        if first.is_ascii_digit() {
            words.push(Word::Number(word.parse().unwrap_or(u32::MAX), word.len()));
        } else if matches!(first, '年' | '月' | '日') {
            // Chinese has no spaces: what follows the sign is another word.
            words.push(Word::Sign(first));
            if word.len() > first.len_utf8() {
                words.push(Word::Other);
            }
        } else if first.is_alphabetic() {
            words.push(word_of(word));
        } else if matches!(first, '-' | '/' | '.' | '‑' | '–') {
            words.push(Word::Sign(if first == '‑' || first == '–' { '-' } else { first }));
        } else if !first.is_whitespace() && first != ',' {
            words.push(Word::Other);
        }
    }
    words
}

fn word_of(word: &str) -> Word {
    let lower = word.to_lowercase();
    if matches!(lower.as_str(), "de" | "of" | "st" | "nd" | "rd" | "th" | "er" | "г" | "года" | "t")
    {
        // They stand within dates and say nothing.
        return Word::Sign(' ');
    }
    // The longest beginning wins: `mars` and `mar`, but `marble` is no month.
    let months = (1_u8..).zip(MONTHS);
    let named = months.flat_map(|(month, names)| names.iter().map(move |name| (month, *name)));
    let fits = named.filter(|(_, name)| lower.starts_with(name));
    match fits.max_by_key(|(_, name)| name.len()) {
        Some((month, name)) if is_month(&lower, name) => Word::Month(month),
        _ => Word::Other,
    }
}

/// Whether what follows the beginning is an ending of the name of a month.
fn is_month(word: &str, name: &str) -> bool {
    const ENDINGS: [&str; 22] = [
        "", "uary", "ruary", "ch", "il", "e", "y", "ust", "tember", "ember", "ober", "ier", "rier",
        "let", "embre", "obre", "bre", "iembre", "tubre", "osto", "ero", "rero",
    ];
    let ending = word.strip_prefix(name).unwrap_or_default();
    !name.is_ascii()
        || ENDINGS.contains(&ending)
        || matches!(ending, "iembro" | "tiembre" | "ciembre" | "s" | "il.")
}

fn date(year: u32, month: Option<u32>, day: Option<u32>) -> Option<PaperDate> {
    let year = u16::try_from(year).ok().filter(|year| (1900..2100).contains(year))?;
    let small = |number: Option<u32>| number.map(u8::try_from).transpose().ok();
    PaperDate::new(year, small(month)?, small(day)?).ok()
}

/// The date with which the words begin, and how many words it takes.
fn begins(words: &[Word]) -> Option<(PaperDate, usize)> {
    use Word::{Month, Number, Sign};
    let of = |date: Option<PaperDate>, taken: usize| date.map(|date| (date, taken));
    // Words that say nothing are skipped only within a date, as is the point of a short month.
    let before = std::iter::once(&Sign(' ')).chain(words);
    let plain = words.iter().zip(before).enumerate().filter(|(_, (word, before))| {
        **word != Sign(' ') && !(**word == Sign('.') && matches!(before, Month(_)))
    });
    let plain = plain.map(|(at, (word, _))| (at + 1, word)).take(6);
    let (places, plain): (Vec<usize>, Vec<&Word>) = plain.unzip();
    let end =
        |count: usize| count.checked_sub(1).and_then(|last| places.get(last)).copied().unwrap_or(1);
    match plain.as_slice() {
        [Number(year, 4), Sign('-'), Number(month, 2), Sign('-'), Number(day, 2), ..]
        | [Number(year, 4), Sign('/'), Number(month, 1 | 2), Sign('/'), Number(day, 1 | 2), ..]
        | [Number(year, 4), Sign('年'), Number(month, 1 | 2), Sign('月'), Number(day, 1 | 2), ..]
        | [Number(day, 1 | 2), Sign('.'), Number(month, 1 | 2), Sign('.'), Number(year, 4), ..] => {
            of(date(*year, Some(*month), Some(*day)), end(5))
        }
        [Number(year, 4), Sign('年'), Number(month, 1 | 2), Sign('月'), ..] => {
            of(date(*year, Some(*month), None), end(4))
        }
        [Number(year, 4), Sign('年'), ..] => of(date(*year, None, None), end(2)),
        // Which number is the day is told only by one that is no month.
        [Number(one, 1 | 2), Sign('/'), Number(other, 1 | 2), Sign('/'), Number(year, 4), ..] => {
            let whole = if *one > 12 || one == other {
                date(*year, Some(*other), Some(*one))
            } else if *other > 12 {
                date(*year, Some(*one), Some(*other))
            } else {
                date(*year, None, None)
            };
            of(whole, end(5))
        }
        [Number(day, 1 | 2), Month(month), Number(year, 4), ..]
        | [Month(month), Number(day, 1 | 2), Number(year, 4), ..] => {
            of(date(*year, Some((*month).into()), Some(*day)), end(3))
        }
        [Month(month), Number(year, 4), ..] => of(date(*year, Some((*month).into()), None), end(2)),
        [Number(year, 4), Sign('-'), Number(month, 2), ..] => {
            of(date(*year, Some(*month), None), end(3))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_six_languages_are_read() {
        for (text, expected) in [
            ("Published: 12 November 2018", "2018-11-12"),
            ("January 3, 2024", "2024-01-03"),
            ("Sept. 5th, 2021", "2021-09-05"),
            ("2024-05-06T07:08:09Z", "2024-05-06"),
            ("May 2023", "2023-05"),
            ("le 1er août 2020", "2020-08-01"),
            ("3 de septiembre de 2019", "2019-09-03"),
            ("24 ноября 2026 г.", "2026-11-24"),
            ("٢٤ نوفمبر ٢٠٢٦", "2026-11-24"),
            ("2026年11月24日", "2026-11-24"),
            ("24.11.2026", "2026-11-24"),
            ("24/11/2026", "2026-11-24"),
            ("03/04/2026", "2026"),
            ("2021", "2021"),
        ] {
            let found = first(text).map(|date| date.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
        for none in ["in 2021 we", "marble 12 2020", "12345", "version 1.2.2020.1 of 99", ""] {
            let found = found(none).into_iter().filter(|date| date.month().is_some());
            assert!(found.count() <= usize::from(none.starts_with("version")), "{none}");
        }
    }
}
