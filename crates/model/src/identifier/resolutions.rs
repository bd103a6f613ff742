//! Resolutions and decisions of the ITU's conferences, in the forms of six languages.
//!
//! A number alone names nothing: each conference counts for itself, and one conference revises what
//! another adopted. So only a number with its conference, by city and year or by name, is read.

use super::walk::Walk;
use super::{Identifier, Scheme};
use crate::folded::folded;

/// Furthest that a resolution goes on, in bytes: Arabic with all its vowel signs is the longest.
const MAX_RESOLUTION_BYTES: usize = 160;

/// What a text is called: in English, and its names as they are compared, longer ones first.
const KINDS: [(&str, &[&str]); 2] = [
    (
        "Resolution",
        &[
            "resolution",
            "resolucion",
            "резолюциями",
            "резолюцией",
            "резолюция",
            "резолюции",
            "резолюцию",
            "والقرار",
            "بالقرار",
            "للقرار",
            "القرار",
            "قرار",
        ],
    ),
    ("Decision", &["decision", "решением", "решение", "решения", "решении", "المقرر", "مقرر"]),
];

/// The same in Chinese, where the number stands before.
const KINDS_ZH: [(&str, &str); 2] = [("Resolution", "决议"), ("Decision", "决定")];

/// Says that a resolution was revised.
const REVISED: [&str; 5] = ["rev", "пересм", "مراجع", "修订", "修訂"];

/// World Radiocommunication Conferences, by the name of each language.
const RADIO_CONFERENCES: [&str; 3] = ["wrc", "cmr", "вкр"];

/// Cities in which conferences of the ITU were held: the English name, and those of other languages.
const CITIES: [(&str, &[&str]); 26] = [
    ("Antalya", &["antalya", "أنطاليا", "安塔利亚", "анталия"]),
    ("Baku", &["baku", "باكو", "巴库", "bakou", "баку"]),
    ("Bucharest", &["bucharest", "بوخارست", "布加勒斯特", "bucarest", "бухарест"]),
    ("Buenos Aires", &["buenos aires", "بوينس آيرس", "布宜诺斯艾利斯", "буэнос-айрес"]),
    ("Busan", &["busan", "بوسان", "釜山", "пусан"]),
    ("Doha", &["doha", "الدوحة", "多哈", "доха"]),
    ("Dubai", &["dubai", "دبي", "迪拜", "дубай"]),
    ("Florianópolis", &["florianopolis", "فلوريانوبوليس", "弗洛里亚诺波利斯", "флорианополис"]),
    ("Geneva", &["geneva", "geneve", "ginebra", "جنيف", "日内瓦", "женева"]),
    ("Guadalajara", &["guadalajara", "غوادالاخارا", "瓜达拉哈拉", "гвадалахара"]),
    ("Hammamet", &["hammamet", "الحمامات", "哈马马特", "хаммамет"]),
    ("Helsinki", &["helsinki", "هلسنكي", "赫尔辛基", "хельсинки"]),
    ("Hyderabad", &["hyderabad", "حيدر آباد", "海得拉巴", "хайдарабад"]),
    ("Istanbul", &["istanbul", "estambul", "إسطنبول", "اسطنبول", "伊斯坦布尔", "стамбул"]),
    ("Johannesburg", &["johannesburg", "جوهانسبرغ", "约翰内斯堡", "йоханнесбург"]),
    ("Kigali", &["kigali", "كيغالي", "基加利", "кигали"]),
    ("Kyoto", &["kyoto", "كيوتو", "京都", "киото"]),
    ("Marrakesh", &["marrakesh", "marrakech", "مراكش", "马拉喀什", "марракеш"]),
    ("Melbourne", &["melbourne", "ملبورن", "墨尔本", "мельбурн"]),
    ("Minneapolis", &["minneapolis", "مينيابوليس", "明尼阿波利斯", "миннеаполис"]),
    ("Montreal", &["montreal", "مونتريال", "蒙特利尔", "монреаль"]),
    ("Nairobi", &["nairobi", "نيروبي", "内罗毕", "найроби"]),
    ("New Delhi", &["new delhi", "nueva delhi", "نيودلهي", "新德里", "нью-дели"]),
    ("Nice", &["nice", "niza", "نيس", "尼斯", "ницца"]),
    ("Punta del Este", &["punta del este", "بونتا دل إستي", "埃斯特角城", "пунта-дель-эсте"]),
    ("Valletta", &["valletta", "la valette", "la valetta", "فاليتا", "瓦莱塔", "валлетта"]),
];

/// Whether a resolution or decision may begin with this letter.
pub(super) const fn may_begin(letter: char) -> bool {
    matches!(
        letter,
        'R' | 'r' | 'D' | 'd' | 'Р' | 'р' | 'ا' | 'ق' | 'و' | 'ب' | 'ل' | 'م' | '第' | 'Д' | 'д'
    )
}

/// `Resolution 71 (Rev. Bucharest, 2022)` in any of the six languages.
pub(super) fn resolution(walk: Walk<'_>) -> Option<(usize, Identifier)> {
    let rest = walk.rest();
    let near = rest.get(..rest.floor_char_boundary(MAX_RESOLUTION_BYTES))?;
    let close = near.find([')', '）']).filter(|close| near.get(..*close).is_some_and(opens))?;
    let closing = near.get(close..)?.chars().next()?;
    let written = folded(near.get(..close)?);
    let (head, inner) = written.split_once('(')?;
    let (kind, number) = numbered(head.trim())?;
    let revised = if REVISED.iter().any(|word| inner.contains(word)) { "Rev. " } else { "" };
    let conference = conference(inner)?;
    let value = format!("{kind} {number} ({revised}{conference})");
    let mut end = walk;
    end.skip(close + closing.len_utf8());
    Some((end.at(), Identifier { scheme: Scheme::Symbol, value }))
}

/// Whether exactly one parenthesis was opened.
fn opens(text: &str) -> bool {
    text.matches(['(', '（']).count() == 1
}

/// The English name of the kind, and the number.
fn numbered(head: &str) -> Option<(&'static str, &str)> {
    if let Some(rest) = head.strip_prefix('第') {
        let (number, name) = rest.split_once('号').or_else(|| rest.split_once('號'))?;
        let (kind, _) = KINDS_ZH.into_iter().find(|(_, zh)| *zh == name.trim())?;
        return number_of(number).map(|number| (kind, number));
    }
    KINDS.into_iter().find_map(|(kind, names)| {
        let rest = names.iter().find_map(|name| head.strip_prefix(name))?;
        let is_apart = rest.starts_with(char::is_whitespace);
        number_of(rest).filter(|_| is_apart).map(|number| (kind, number))
    })
}

fn number_of(text: &str) -> Option<&str> {
    let number = text.trim().trim_start_matches("no.").trim_start_matches("№").trim();
    let is_number = (1..=4).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && !number.starts_with('0');
    is_number.then_some(number)
}

/// `Bucharest, 2022` or `WRC-19`.
fn conference(inner: &str) -> Option<String> {
    for name in RADIO_CONFERENCES {
        if let Some((_, after)) = inner.split_once(name) {
            let year = after.trim_start_matches(['-', '‐', '‑', '–', ' ']);
            let digits: String = year.chars().take_while(char::is_ascii_digit).collect();
            let is_year = digits.len() == 2 || digits.len() == 4;
            return is_year.then(|| format!("WRC-{digits}"));
        }
    }
    let mut years = inner.split(|sign: char| !sign.is_ascii_digit());
    let year = years.find(|digits| digits.len() == 4)?;
    let is_city = |name: &str| inner.contains(folded(name).as_str());
    let (city, _) = CITIES.into_iter().find(|(_, names)| names.iter().any(|name| is_city(name)))?;
    (year.starts_with("19") || year.starts_with("20")).then(|| format!("{city}, {year}"))
}

/// The shorter forms: without the mark of a revision, which is often forgotten, and the number alone.
pub(super) fn shorter(value: &str) -> Vec<String> {
    let Some((name, inner)) = value.split_once(" (") else { return Vec::new() };
    let plain = inner.strip_prefix("Rev. ").map(|inner| format!("{name} ({inner}"));
    plain.into_iter().chain([name.to_owned()]).collect()
}
