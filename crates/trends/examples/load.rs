//! How long the detection takes and how much memory, with made-up abstracts of 150 words.
//!
//! `load COUNT`: COUNT documents of ten years from 400 sources are taken in portions and counted, and a
//! picture is made; then, day after day, a thousand documents come, and the picture of the day is made. Words are
//! drawn so that few are frequent and most are rare, and every third follows the one before as in a phrase.
//! Forty phrases rise, so that there is something to find and to explain. Making the documents is not timed.

use std::io::Write as _;
use std::time::{Duration, Instant};

use observatory_model::change::ChangeNumber;
use observatory_model::glossary::Glossary;
use observatory_model::{Language, Timestamp};
use observatory_trends::{Archive, Observation, Question};

/// Documents of a portion.
const PORTION: u64 = 2_000;
/// Words of an abstract.
const WORDS: usize = 150;
/// The instant of the question.
const AT: i64 = 1_767_225_600_000;
/// Ten years, in milliseconds.
const SPAN: u64 = 315_576_000_000;

/// How many days come after.
const DAYS: u64 = 15;

/// Phrases that rise.
const RISING: u64 = 40;

struct Chance(u64);

impl Chance {
    const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11
    }

    /// A word by number: each doubling of the vocabulary is as likely as the one before.
    const fn word(&mut self) -> u64 {
        let size = 1 << (1 + self.next() % 18);
        self.next() % size
    }
}

fn spelled(mut number: u64, text: &mut String) {
    const PARTS: [&str; 16] = [
        "ba", "ke", "li", "mo", "nu", "ra", "si", "to", "ve", "da", "fe", "gi", "ho", "pu", "za",
        "ce",
    ];
    text.push('q');
    while number > 0 {
        text.push_str(PARTS.get((number % 16) as usize).copied().unwrap_or_default());
        number /= 16;
    }
}

/// Of a thousand documents so long ago, how many have a phrase that rises: 50 of the newest, next to none of
/// those of half the time.
const fn rising(ago: u64) -> u64 {
    let part = (SPAN - ago) / (SPAN / 100);
    50 * part.pow(8) / 100_u64.pow(8)
}

fn documents(first: u64, count: u64) -> Vec<Observation> {
    let made = (first..first + count).map(|key| {
        let mut chance = Chance((key + 1).wrapping_mul(0x2545_f491_4f6c_dd1d));
        let mut text = String::with_capacity(WORDS * 8);
        let mut word = chance.word();
        for at in 0..WORDS {
            word = if chance.next().is_multiple_of(3) {
                (word.wrapping_mul(2_654_435_761) >> 3).wrapping_add(chance.next() % 2) % (1 << 16)
            } else {
                chance.word()
            };
            spelled(word, &mut text);
            text.push_str(if at % 12 == 11 { ". " } else { " " });
        }
        let ago = chance.next() % SPAN;
        let millis = AT - i64::try_from(ago).unwrap_or_default() - 1;
        if chance.next() % 1_000 < rising(ago) {
            let word = (1 << 20) + 2 * (chance.next() % RISING);
            for word in [word, word + 1] {
                spelled(word, &mut text);
                text.push(' ');
            }
        }
        Observation {
            key: format!("entry:{key}"),
            date: Timestamp::from_millis(millis),
            language: Some(Language::En),
            source: format!("source-{}", chance.next() % 400),
            institution: None,
            authors: 3,
            title: text.get(..60).unwrap_or_default().to_owned(),
            text,
        }
    });
    made.collect()
}

/// A line of what Linux knows of this process, in megabytes.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    let kilobytes = line.split_whitespace().nth(1).and_then(|word| word.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1024
}

/// The seconds of processor that this process has had, on all cores.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count = std::env::args().nth(1).ok_or("COUNT")?.parse::<u64>()?;
    let mut said = std::io::stdout().lock();
    let mut archive = Archive::new(&Glossary::default());
    let question = Question { at: Timestamp::from_millis(AT), step: None, limit: 50 };
    let mut took = Duration::ZERO;
    let mut worked = 0.0;
    let mut first = 0;
    while first < count {
        let portion = documents(first, PORTION.min(count - first));
        first += PORTION;
        let (start, before) = (Instant::now(), processor());
        archive.apply(portion, &[], ChangeNumber(first));
        took += start.elapsed();
        worked += processor() - before;
    }
    writeln!(
        said,
        "{count} documents taken in {:.1} s, {} MB",
        took.as_secs_f64(),
        memory("VmRSS")
    )?;
    let (start, before) = (Instant::now(), processor());
    let picture = archive.picture(question);
    let counted = start.elapsed();
    worked += processor() - before;
    writeln!(
        said,
        "counted and a picture of {} terms in {:.1} s; together {:.1} s ({worked:.1} s of processor), \
         peak {} MB",
        picture.tested,
        counted.as_secs_f64(),
        (took + counted).as_secs_f64(),
        memory("VmHWM"),
    )?;
    let start = Instant::now();
    let again = archive.picture(question);
    writeln!(said, "a picture of what is counted in {:.2} s", start.elapsed().as_secs_f64())?;
    let mut days = Vec::new();
    let mut findings = again.trends.len();
    for day in 0..DAYS {
        let midnight = question.at.plus_seconds(86_400 * i64::try_from(day)?);
        let mut portion = documents(count + 1_000 * day, 1_000);
        for (second, document) in (0..).zip(&mut portion) {
            document.date = midnight.plus_seconds(second);
        }
        let (start, before) = (Instant::now(), processor());
        archive.apply(portion, &[], ChangeNumber(first + day));
        let picture = archive.picture(Question { at: midnight.plus_seconds(86_400), ..question });
        days.push((start.elapsed().as_secs_f64(), processor() - before));
        findings = picture.trends.len();
    }
    days.sort_by(|one, other| one.0.total_cmp(&other.0));
    let day = |at: usize| days.get(at).copied().unwrap_or_default();
    let ((median, worked), (slowest, most)) = (day(days.len() / 2), day(days.len() - 1));
    writeln!(
        said,
        "a day of 1,000 documents more and its picture, {DAYS} days: median {median:.2} s ({worked:.2} s of \
         processor), slowest {slowest:.2} s ({most:.2} s); {} findings, then {findings}, peak {} MB",
        again.trends.len(),
        memory("VmHWM"),
    )?;
    Ok(())
}
