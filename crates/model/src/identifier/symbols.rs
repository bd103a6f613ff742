//! Symbols of documents: of the United Nations, of the ITU's meetings, and of its Recommendations.

use super::walk::Walk;
use super::{Identifier, MAX_IDENTIFIER_BYTES, Scheme};

/// Organs whose symbols begin with more than one letter, so that they are no common signs.
const ORGANS: [&str; 39] = [
    "CAC", "CAT", "CBD", "CCPR", "CED", "CEDAW", "CERD", "CMW", "CRC", "CRPD", "CTOC", "DP", "ECE",
    "ESCAP", "ECA", "ECLAC", "ESCWA", "FCCC", "HRI", "HSP", "ICCD", "ICERD", "IDB", "ISBA", "JIU",
    "NPT", "PBC", "SPLOS", "ST", "TD", "UNEP", "UNW", "WFP", "LC", "BWC", "CCW", "CTBT", "UNFF",
    "UNITAR",
];

/// What may follow `A/` where no session does.
const OF_ASSEMBLY: [&str; 10] =
    ["RES", "DEC", "HRC", "INF", "BUR", "SPC", "WGAP", "CONF", "COPUOS", "HLPF"];

/// What may follow `S/` where no year does.
const OF_SECURITY_COUNCIL: [&str; 6] = ["RES", "PRST", "INF", "AGENDA", "COM", "DEC"];

/// What may follow `E/` where no year does.
const OF_ECONOMIC_COUNCIL: [&str; 11] =
    ["RES", "DEC", "INF", "HLPF", "ICEF", "ESCAP", "ECA", "ECE", "ECLAC", "ESCWA", "UNW"];

/// Committees and meetings, which have a number: `C.2`, `CN.6`, `CONF.232`.
const NUMBERED: [&str; 8] = ["C", "AC", "CN", "CONF", "PV", "SR", "NGO", "MIN"];

/// Parts of a symbol that are not written in capitals: `Add.1`.
const QUALIFIERS: [&str; 7] = ["Add", "Rev", "Corr", "Amend", "Res", "Dec", "Sum"];

/// Conferences and groups of the ITU whose documents are numbered: `PP-22/55`, `WRC-23/4(Add.1)`.
const MEETINGS: [&str; 8] = ["PP", "WTDC", "WTSA", "WRC", "WCIT", "WTPF", "RA", "TDAG"];

/// Kinds of documents of a meeting of the ITU: `C24/DT/3`.
const MEETING_KINDS: [&str; 8] = ["DT", "DL", "INF", "ADM", "TD", "C", "R", "PLEN"];

/// Series of the Recommendations of the ITU-R.
const RADIO_SERIES: [&str; 16] =
    ["BO", "BR", "BS", "BT", "F", "M", "P", "RA", "RS", "S", "SA", "SF", "SM", "SNG", "TF", "V"];

/// How the ITU is called before `-T` and `-R`.
const ITU: [&str; 2] = ["ITU", "UIT"];

/// The ITU's name in Russian.
const ITU_RU: &str = "МСЭ";

/// What may stand between `ITU-T` and the number.
const RECOMMENDATION: [&str; 6] =
    ["Recommendations ", "Recommendation ", "Recommandation ", "Recomendación ", "Rec. ", "Rec "];

/// What stands before the number of a report, which is counted apart from Recommendations.
const REPORT: [&str; 4] = ["Reports ", "Report ", "Rapport ", "Informe "];

fn symbol(value: String) -> Identifier {
    Identifier { scheme: Scheme::Symbol, value }
}

/// A symbol with slashes: `A/RES/78/265`, `C23/52`. `in_any_case`: small letters count as capitals.
pub(super) fn slashed(walk: Walk<'_>, in_any_case: bool) -> Option<(usize, Identifier)> {
    let written = token(walk.rest());
    if written.len() > MAX_IDENTIFIER_BYTES || !written.contains('/') {
        return None;
    }
    let first = written.split('/').next()?;
    if !in_any_case && first.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let upper = written.to_ascii_uppercase();
    let mut end = walk;
    end.skip(written.len());
    if let Some(value) = of_the_itu(&upper) {
        return Some((end.at(), symbol(value)));
    }
    let value = of_the_united_nations(&upper)?;
    if value.starts_with("S/RES/") {
        let mut ahead = end;
        ahead.spaces();
        if ahead.eat('(') && ahead.digits(4, 4).is_some() && ahead.eat(')') {
            end = ahead;
        }
    }
    Some((end.at(), symbol(value)))
}

/// The longest beginning of `rest` that may be a symbol, without what belongs to the sentence.
fn token(rest: &str) -> &str {
    let mut open = 0_usize;
    let mut end = rest.len();
    for (at, sign) in rest.char_indices() {
        let goes_on = match sign {
            '(' => {
                open += 1;
                true
            }
            ')' => {
                open = open.checked_sub(1).unwrap_or(usize::MAX);
                open != usize::MAX
            }
            other => other.is_ascii_alphanumeric() || matches!(other, '/' | '.' | '-'),
        };
        if !goes_on || at > MAX_IDENTIFIER_BYTES {
            end = at;
            break;
        }
    }
    rest.get(..end).unwrap_or_default().trim_end_matches(['.', '-', '/', '('])
}

/// Digits, as `265`, `265A`, `217(III)`, `3201(S-VI)`.
fn is_number(part: &str) -> bool {
    let (number, addition) = part.split_once('(').map_or((part, None), |(n, a)| (n, Some(a)));
    let is_addition = addition.is_none_or(|addition| {
        addition.strip_suffix(')').is_some_and(|inner| {
            !inner.is_empty()
                && inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    });
    let digits = number.strip_suffix(['A', 'B', 'C']).unwrap_or(number);
    is_addition && is_digits(digits, 5)
}

fn is_digits(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters and a number: `L.2`, `CONF.232`, `ADD.1`, `MP.PP`, `EA.5`.
fn is_dotted(part: &str) -> bool {
    part.split_once('.').is_some_and(|(name, rest)| {
        is_name(name) && rest.split('.').all(|piece| is_name(piece) || is_number(piece))
    })
}

/// Capitals: `RES`, `HRC`, `EX(68)`, `ES-10`.
fn is_name(part: &str) -> bool {
    let name = part.split_once('(').map_or(part, |(name, _)| name);
    let (letters, number) = name.split_once('-').unwrap_or((name, "0"));
    (1..=10).contains(&letters.len())
        && letters.bytes().all(|byte| byte.is_ascii_uppercase())
        && is_digits(number, 4)
        && part.matches('(').count() == part.matches(')').count()
}

/// A number in `years` or a session, and nothing else.
fn is_within(part: &str, numbers: std::ops::RangeInclusive<u32>) -> bool {
    is_digits(part, 4) && part.parse().is_ok_and(|number| numbers.contains(&number))
}

/// A symbol of the United Nations, of which only the capitals are known, as it is printed.
fn of_the_united_nations(upper: &str) -> Option<String> {
    let parts: Vec<&str> = upper.split('/').collect();
    let (organ, rest) = parts.split_first()?;
    let (second, last) = (rest.first()?, rest.last()?);
    let is_part = |part: &&str| is_number(part) || is_dotted(part) || is_name(part);
    let ends_in_number = is_number(last) || (is_dotted(last) && !last.ends_with(is_letter));
    if !rest.iter().all(is_part) || !ends_in_number {
        return None;
    }
    let has_three = rest.len() > 1;
    let group = second.split_once('.').map_or("", |(name, _)| name);
    let is_numbered = NUMBERED.contains(&group) && (has_three || group == "PV");
    let is_special = second.starts_with("ES-") || second.starts_with("S-");
    let is_symbol = match *organ {
        // From the 31st session of 1976 on, symbols name the session.
        "A" => {
            is_numbered
                || (has_three
                    && (is_within(second, 31..=150) || is_special || OF_ASSEMBLY.contains(second)))
        }
        // From 1994 on, symbols name the year.
        "S" => {
            is_numbered
                || (has_three
                    && (is_within(second, 1994..=2100) || OF_SECURITY_COUNCIL.contains(second)))
        }
        // From 1978 on, symbols name the year.
        "E" => {
            is_numbered
                || (has_three
                    && (is_within(second, 1978..=2100) || OF_ECONOMIC_COUNCIL.contains(second)))
        }
        organ => ORGANS.contains(&organ) && has_three,
    };
    is_symbol.then(|| as_printed(&parts))
}

fn is_letter(sign: char) -> bool {
    sign.is_ascii_alphabetic()
}

/// The parts of a symbol joined, `Add.1` and its like in small letters. The year after a resolution
/// of the Security Council is left out: its number already names it.
fn as_printed(parts: &[&str]) -> String {
    let is_council = parts.starts_with(&["S", "RES"]);
    let mut symbol = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            symbol.push('/');
        }
        let name = part.split_once('.').map_or("", |(name, _)| name);
        let qualifier = QUALIFIERS.iter().find(|qualifier| qualifier.eq_ignore_ascii_case(name));
        match qualifier {
            Some(qualifier) => {
                symbol.push_str(qualifier);
                symbol.push_str(part.get(name.len()..).unwrap_or_default());
            }
            None if is_council => symbol.push_str(part.split('(').next().unwrap_or(part)),
            None => symbol.push_str(part),
        }
    }
    symbol
}

/// A document of a meeting of the ITU: `C23/52`, `C24/DT/3`, `PP-22/55(Rev.1)-E`, `CWG-FHR-18/12`.
/// The letter of its language is left out: it is the same document.
fn of_the_itu(upper: &str) -> Option<String> {
    let (meeting, rest) = upper.split_once('/')?;
    let meeting = meeting_of(meeting)?;
    let (kind, number) = match rest.split_once('/') {
        Some((kind, number)) => (Some(kind), number),
        None => (None, rest),
    };
    if kind.is_some_and(|kind| !MEETING_KINDS.contains(&kind)) {
        return None;
    }
    let number = ["-E", "-F", "-S", "-R", "-A", "-C"]
        .iter()
        .find_map(|language| number.strip_suffix(language))
        .unwrap_or(number);
    let digits = number.split('(').next()?;
    if !is_digits(digits, 4) {
        return None;
    }
    let mut value = meeting;
    for part in kind.into_iter().chain([digits]) {
        value.push('/');
        value.push_str(part);
    }
    for addition in number.split('(').skip(1) {
        let (name, count) = addition.strip_suffix(')')?.split_once('.')?;
        let name = ["Add", "Rev", "Corr"].into_iter().find(|n| n.eq_ignore_ascii_case(name))?;
        if !is_digits(count, 3) {
            return None;
        }
        value.push('(');
        value.push_str(name);
        value.push('.');
        value.push_str(count);
        value.push(')');
    }
    Some(value)
}

/// `C23` for the Council, `PP-22` for a conference, `CWG-FHR-18` for a working group of the Council.
fn meeting_of(meeting: &str) -> Option<String> {
    if let Some(year) = meeting.strip_prefix('C')
        && year.len() == 2
        // Documents of the Council have symbols since 1997; fullerenes, C60 and C70, have none.
        && (is_within(year, 0..=49) || is_within(year, 97..=99))
    {
        return Some(meeting.to_owned());
    }
    if let Some(group) = meeting.strip_prefix("CWG-") {
        let (name, number) = group.rsplit_once('-')?;
        let is_group = name.len() <= 12
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
        return (is_group && is_digits(number, 2)).then(|| meeting.to_owned());
    }
    MEETINGS.into_iter().find_map(|name| {
        let year = meeting.strip_prefix(name)?;
        let year = year.strip_prefix('-').unwrap_or(year);
        (year.len() == 2 && is_digits(year, 2)).then(|| format!("{name}-{year}"))
    })
}

/// A Recommendation: `ITU-T Y.3172`, `UIT-R M.2150-2`, `МСЭ-T Y.3172 (06/2019)`, also a report of the
/// ITU-R. The month of an edition is left out.
pub(super) fn recommendation(mut walk: Walk<'_>) -> Option<(usize, Identifier)> {
    let is_report = walk.eat_one_of(&REPORT);
    if is_report {
        walk.spaces();
    }
    let is_itu = walk.eat_one_of(&ITU) || eat_exactly(&mut walk, ITU_RU);
    if !is_itu || !['-', '‐', '‑', '–'].iter().any(|hyphen| walk.eat(*hyphen)) {
        return None;
    }
    let sector = match walk.peek()? {
        'T' | 't' | 'Т' => 'T',
        'R' | 'r' | 'Р' => 'R',
        _ => return None,
    };
    let letter = walk.peek()?;
    walk.skip(letter.len_utf8());
    if walk.spaces() == 0 {
        return None;
    }
    walk.eat_one_of(&RECOMMENDATION);
    walk.spaces();
    let value = number_in_series(&mut walk, sector)?;
    edition(&mut walk);
    let report = if is_report { "Report " } else { "" };
    Some((walk.at(), symbol(format!("{report}ITU-{sector} {value}"))))
}

fn eat_exactly(walk: &mut Walk<'_>, word: &str) -> bool {
    let is_next = walk.rest().starts_with(word);
    if is_next {
        walk.skip(word.len());
    }
    is_next
}

/// `Y.3172`, `G.984.3`, `M.2150-2`.
fn number_in_series(walk: &mut Walk<'_>, sector: char) -> Option<String> {
    let series = walk.take_while(is_letter).to_ascii_uppercase();
    let is_series =
        if sector == 'T' { series.len() == 1 } else { RADIO_SERIES.contains(&series.as_str()) };
    if !is_series || !walk.eat('.') {
        return None;
    }
    let mut value = format!("{series}.{}", walk.digits(1, 5)?);
    for _ in 0..3 {
        let mut ahead = *walk;
        let Some(sign) = ['.', '-'].into_iter().find(|sign| ahead.eat(*sign)) else { break };
        let Some(digits) = ahead.digits(1, 4) else { break };
        value.push(sign);
        value.push_str(digits);
        *walk = ahead;
    }
    walk.is_end().then_some(value)
}

/// Takes ` (06/2019)`.
fn edition(walk: &mut Walk<'_>) {
    let mut ahead = *walk;
    ahead.spaces();
    let is_edition = ahead.eat('(')
        && ahead.digits(1, 2).is_some()
        && ahead.eat('/')
        && ahead.digits(4, 4).is_some()
        && ahead.eat(')');
    if is_edition {
        *walk = ahead;
    }
}

/// The part of an address after `itu.int/rec/`: `T-REC-Y.3172-201906-I/en`.
pub(super) fn recommendation_in_address(mut walk: Walk<'_>) -> Option<(usize, Identifier)> {
    let sector = if walk.eat_word("T-REC-") {
        'T'
    } else if walk.eat_word("R-REC-") {
        'R'
    } else {
        return None;
    };
    let mut series = walk;
    let value = number_in_series(&mut series, sector);
    // The month follows the number with a hyphen, as the parts of a number do.
    let value = value.map(|value| match value.rsplit_once('-') {
        Some((number, month)) if month.len() > 3 => number.to_owned(),
        _ => value,
    });
    let value = value.or_else(|| {
        let mut cut = walk;
        let written = cut.take_while(|sign| !matches!(sign, '-' | '/' | '?' | '#' | ' '));
        number_in_series(&mut Walk::new(written), sector)
    })?;
    walk.take_while(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-'));
    if walk.eat('/') {
        walk.take_while(|sign| sign.is_ascii_alphabetic());
    }
    Some((walk.at(), symbol(format!("ITU-{sector} {value}"))))
}

/// The shorter forms of a symbol: what it adds to or revises.
pub(super) fn shorter(value: &str) -> Vec<String> {
    let mut forms = Vec::new();
    if let Some((_, number)) = value.split_once(' ') {
        if let Some((base, _)) = value.rsplit_once('-').filter(|(base, _)| base.contains('.')) {
            forms.push(base.to_owned());
        }
        forms.push(number.to_owned());
        return forms;
    }
    let mut rest = value;
    while let Some((base, addition)) = rest.rsplit_once(['/', '(']) {
        let name = addition.split_once('.').map_or("", |(name, _)| name);
        if !["Add", "Rev", "Corr", "Amend", "Sum"].contains(&name) {
            break;
        }
        forms.push(base.to_owned());
        rest = base;
    }
    forms
}
