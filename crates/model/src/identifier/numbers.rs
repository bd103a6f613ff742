//! Identifiers that registries give out: DOI, arXiv, ORCID, ROR and ISSN.

use super::walk::Walk;
use super::{Identifier, MAX_IDENTIFIER_BYTES, Scheme};

/// What arXiv called its archives until 2007; many names of then are no longer used.
const ARCHIVES: [&str; 38] = [
    "acc-phys", "adap-org", "alg-geom", "ao-sci", "astro-ph", "atom-ph", "bayes-an", "chao-dyn",
    "chem-ph", "cmp-lg", "comp-gas", "cond-mat", "cs", "dg-ga", "funct-an", "gr-qc", "hep-ex",
    "hep-lat", "hep-ph", "hep-th", "math", "math-ph", "mtrl-th", "nlin", "nucl-ex", "nucl-th",
    "patt-sol", "physics", "plasm-ph", "q-alg", "q-bio", "quant-ph", "solv-int", "stat",
    "supr-con", "econ", "eess", "q-fin",
];

/// The first month in which arXiv numbered papers without an archive: April 2007.
const FIRST_MONTH: u32 = 704;

/// The first month with five digits for each paper: January 2015.
const FIRST_LONG_MONTH: u32 = 1501;

/// The letters of Crockford's base 32, in the order of their values.
const BASE_32: &str = "0123456789abcdefghjkmnpqrstvwxyz";

/// A DOI: `10.1000/182`. `in_address`: it stands in an address, where some signs mean something else.
///
/// DOIs of arXiv name the same thing as its numbers and are read as these.
pub(super) fn doi(mut walk: Walk<'_>, in_address: bool) -> Option<(usize, Identifier)> {
    let start = walk.at();
    let head = walk;
    if !walk.eat_word("10.") {
        return None;
    }
    walk.digits(4, 9)?;
    while walk.peek() == Some('.') {
        walk.skip(1);
        walk.digits(1, 9)?;
    }
    let prefix = head.rest().get(..walk.at() - start)?;
    if !(walk.eat('/') || (in_address && walk.eat_word("%2f"))) {
        return None;
    }
    let written = suffix(walk.rest(), in_address)?;
    walk.skip(written.len());
    let decoded = if in_address { percent_decoded(written) } else { written.to_owned() };
    // What only an escape could carry there is no part of it in any other text; a shorter one would be
    // another document's.
    let is_whole = suffix(&decoded, false) == Some(decoded.as_str());
    if !is_whole || prefix.len() + 1 + decoded.len() > MAX_IDENTIFIER_BYTES {
        return None;
    }
    let suffix = decoded.to_ascii_lowercase();
    if prefix == "10.48550"
        && let Some(number) = suffix.strip_prefix("arxiv.")
        && let Some((length, identifier)) = arxiv(Walk::new(number))
        && length == number.len()
    {
        return Some((walk.at(), identifier));
    }
    Some((walk.at(), Identifier { scheme: Scheme::Doi, value: format!("{prefix}/{suffix}") }))
}

/// The part after the slash: signs of ASCII, without what belongs to the sentence around.
fn suffix(rest: &str, in_address: bool) -> Option<&str> {
    let mut open = (0_usize, 0_usize);
    // Names that Wiley gave about 1998 hold angle brackets: `10.1002/(sici)1097-4571(1998)49:8<693::aid>3.0.co;2-0`.
    let is_sici = rest.get(..6).is_some_and(|head| head.eq_ignore_ascii_case("(sici)"));
    let mut end = rest.len();
    for (at, sign) in rest.char_indices() {
        let goes_on = match sign {
            '(' | '[' => {
                let depth = if sign == '(' { &mut open.0 } else { &mut open.1 };
                *depth += 1;
                true
            }
            ')' | ']' => {
                let depth = if sign == ')' { &mut open.0 } else { &mut open.1 };
                let is_inside = *depth > 0;
                *depth = depth.saturating_sub(1);
                is_inside
            }
            '<' | '>' => is_sici,
            '?' | '#' | '&' if in_address => false,
            '&' => !is_entity(rest.get(at..).unwrap_or_default()),
            '"' | '`' | '\\' | '{' | '}' | '|' | '^' => false,
            other => other.is_ascii_graphic(),
        };
        if !goes_on {
            end = at;
            break;
        }
    }
    let mut suffix = rest.get(..end)?;
    if in_address {
        // What interfaces for programs append to it.
        suffix = suffix.split_once("/transform").map_or(suffix, |(suffix, _)| suffix);
        for ending in [
            "/agency",
            "/works",
            ".pdf",
            "/pdf",
            "/full",
            "/abstract",
            "/html",
            "/epdf",
            "/fulltext",
        ] {
            suffix = suffix.strip_suffix(ending).unwrap_or(suffix);
        }
    }
    let no_part = ['.', ',', ';', ':', '!', '?', '\'', '*', '/', '(', '[', '~', '$'];
    suffix = suffix.trim_end_matches(no_part);
    let is_suffix = suffix.len() <= MAX_IDENTIFIER_BYTES
        && suffix.chars().any(|sign| sign.is_ascii_alphanumeric());
    is_suffix.then_some(suffix)
}

/// Whether HTML's writing of a sign begins here.
fn is_entity(text: &str) -> bool {
    ["&lt;", "&gt;", "&quot;", "&amp;", "&#", "&nbsp;"].iter().any(|name| text.starts_with(name))
}

/// Signs written as `%28` in addresses; anything else stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        decoded.push_str(rest.get(..at).unwrap_or_default());
        let code = rest.get(at + 1..at + 3).and_then(|code| u8::from_str_radix(code, 16).ok());
        let (sign, length) = match code.filter(u8::is_ascii_graphic) {
            Some(sign) => (char::from(sign), 3),
            None => ('%', 1),
        };
        decoded.push(sign);
        rest = rest.get(at + length..).unwrap_or_default();
    }
    decoded.push_str(rest);
    decoded
}

/// A number of arXiv in either form: `1804.08333v2`, `math.GT/0309136`.
pub(super) fn arxiv(walk: Walk<'_>) -> Option<(usize, Identifier)> {
    let is_new = walk.peek().is_some_and(|first| first.is_ascii_digit());
    if is_new { new_arxiv(walk) } else { old_arxiv(walk) }
}

fn new_arxiv(mut walk: Walk<'_>) -> Option<(usize, Identifier)> {
    let month = walk.digits(4, 4)?;
    if !walk.eat('.') {
        return None;
    }
    let number = walk.digits(4, 5)?;
    let of_year: u32 = month.parse().ok()?;
    let long = if of_year >= FIRST_LONG_MONTH { 5 } else { 4 };
    let is_number =
        of_year >= FIRST_MONTH && (1..=12).contains(&(of_year % 100)) && number.len() == long;
    version(&mut walk);
    (is_number && walk.is_end()).then(|| {
        (walk.at(), Identifier { scheme: Scheme::Arxiv, value: format!("{month}.{number}") })
    })
}

/// A number of before April 2007: `hep-th/9901001`. What follows the archive's name is dropped.
pub(super) fn old_arxiv(mut walk: Walk<'_>) -> Option<(usize, Identifier)> {
    let name = walk.take_while(|c| c.is_ascii_alphabetic() || c == '-');
    if !matches!(walk.peek(), Some('/' | '.')) {
        return None;
    }
    let archive = ARCHIVES.into_iter().find(|archive| archive.eq_ignore_ascii_case(name))?;
    if walk.eat('.') {
        let class = walk.take_while(|c| c.is_ascii_alphabetic() || c == '-');
        if class.is_empty() {
            return None;
        }
    }
    if !walk.eat('/') {
        return None;
    }
    let number = walk.digits(7, 7)?;
    let of_year: u32 = number.get(..4)?.parse().ok()?;
    let is_time = (9107..=9912).contains(&of_year) || of_year < FIRST_MONTH;
    let is_number = is_time && (1..=12).contains(&(of_year % 100));
    version(&mut walk);
    (is_number && walk.is_end()).then(|| {
        (walk.at(), Identifier { scheme: Scheme::Arxiv, value: format!("{archive}/{number}") })
    })
}

/// Takes `v2`: every version is the same paper.
fn version(walk: &mut Walk<'_>) {
    let mut ahead = *walk;
    if ahead.eat_word("v") && ahead.digits(1, 3).is_some() {
        *walk = ahead;
    }
}

/// A person's ORCID: `0000-0002-1825-0097`, with its check character (ISO 7064, MOD 11-2), in the
/// two ranges that are given out.
pub(super) fn orcid(mut walk: Walk<'_>) -> Option<(usize, Identifier)> {
    let start = walk;
    for group in 0..4 {
        if group > 0 && !walk.eat('-') {
            return None;
        }
        let part = walk.take_while(|c| c.is_ascii_digit() || matches!(c, 'X' | 'x'));
        if part.len() != 4 {
            return None;
        }
    }
    let value = start.rest().get(..19)?.to_ascii_uppercase();
    let (digits, check) = value.split_at_checked(18)?;
    let mut total = 0;
    for digit in digits.chars().filter(|sign| *sign != '-') {
        total = (total + digit.to_digit(10)?) * 2 % 11;
    }
    let is_right = check_character((12 - total) % 11) == check.chars().next();
    let is_given = value.starts_with("0000-000") || value.starts_with("0009-00");
    (is_right && is_given && walk.is_end())
        .then_some((walk.at(), Identifier { scheme: Scheme::Orcid, value }))
}

/// A digit, or X for ten.
fn check_character(value: u32) -> Option<char> {
    if value == 10 { Some('X') } else { char::from_digit(value, 10) }
}

/// An institution's ROR: `05a28rw58`, with its two check digits (ISO 7064, MOD 97-10).
pub(super) fn ror(mut walk: Walk<'_>) -> Option<(usize, Identifier)> {
    let value = walk.take_while(|c| c.is_ascii_alphanumeric()).to_ascii_lowercase();
    if value.len() != 9 || !value.starts_with('0') {
        return None;
    }
    let (letters, check) = value.split_at_checked(7)?;
    let mut number = 0_u64;
    for letter in letters.chars() {
        number = number * 32 + BASE_32.find(letter)? as u64;
    }
    let is_right = check.parse() == Ok(98 - number * 100 % 97);
    is_right.then_some((walk.at(), Identifier { scheme: Scheme::Ror, value }))
}

/// A serial's ISSN: `2049-3630`, with its check character.
pub(super) fn issn(mut walk: Walk<'_>) -> Option<(usize, Identifier)> {
    let first = walk.digits(4, 4)?;
    if !(walk.eat('-') || walk.eat('‐') || walk.eat('–')) {
        return None;
    }
    let last = walk.take_while(|c| c.is_ascii_digit() || matches!(c, 'X' | 'x'));
    let (digits, check) = last.split_at_checked(3)?;
    let mut total = 0;
    for (weight, digit) in (2..=8).rev().zip(first.chars().chain(digits.chars())) {
        total += weight * digit.to_digit(10)?;
    }
    let expected = check_character((11 - total % 11) % 11)?;
    let is_right = check.eq_ignore_ascii_case(expected.encode_utf8(&mut [0; 4]));
    let value = format!("{first}-{digits}{expected}");
    (is_right && walk.is_end()).then_some((walk.at(), Identifier { scheme: Scheme::Issn, value }))
}
