//! The mail about what rises: each trend with its reason, and how much chance has to do with it.

use std::fmt::Write as _;

use askama::Template;
use observatory_model::alert::{About, News, NewsTrend, TrendWatch};
use observatory_model::mail::{LetterError, Mail};
use observatory_model::trend::List;
use observatory_model::{Language, MailId, Timestamp, WebAddress};
use observatory_text::{one_line, to_plain};

use super::{Line, SiteLetters, text_of};
use crate::chrome::dir;
use crate::foresight::names::Name;
use crate::foresight::words;
use crate::html::Html;
use crate::locale::{self, Locale};
use crate::urls;

/// Longest sentence of plain text, in characters: none of ours is as long.
const MAX_SENTENCE: usize = 1_000;

#[derive(Template)]
#[template(path = "mail/trends.html")]
struct TrendsMail<'a> {
    t: &'a Locale,
    language: Language,
    subject: &'a str,
    about: &'a str,
    name: &'a str,
    trends: &'a [Told],
    /// What is said of the trend that is followed.
    followed: &'a [Html],
    hits: &'a [Line],
    more: Option<&'a str>,
    all: &'a str,
    why: &'a str,
    manage: &'a str,
}

/// A trend as a mail shows it.
struct Told {
    name: Name,
    dir: &'static str,
    list: &'static str,
    /// How it grew, where it is named, and how much chance has to do with it.
    sentences: Vec<Html>,
    href: String,
}

/// Writes the mail of an alert that watches trends.
pub(super) fn write(
    letters: &SiteLetters,
    id: MailId,
    news: &News,
    watch: &TrendWatch,
    now: Timestamp,
) -> Result<Mail, LetterError> {
    let News { alert, key, hits, more, trends, followed } = news;
    let (language, name) = (alert.language, alert.name.as_str());
    let t = locale::of(language);
    let count = |key: &str, count: usize| t.count(key, u64::try_from(count).unwrap_or(u64::MAX));
    let texts = hits.len().saturating_add(usize::try_from(*more).unwrap_or(usize::MAX));
    let said = match (trends.len(), texts) {
        (0, texts) => count("mail.news", texts),
        (trends, _) => count("mail.rising", trends),
    };
    let subject = t.plain("mail.subject", &[("news", &said), ("name", name)]);
    let about = t.plain("mail.about_trends", &[("news", &said)]);
    let why = t.plain("mail.why_trends", &[("site", t.say("site.name"))]);
    let more = (*more > 0).then(|| t.count("mail.more", *more));
    let told = trends.iter().map(|trend| letters.told(t, language, trend)).collect::<Vec<_>>();
    // Where the trend itself is told of, its sentences stand there.
    let followed = followed.as_ref().filter(|_| trends.is_empty());
    let followed = followed.map(|one| sentences(t, one)).unwrap_or_default();
    let lines: Vec<Line> = hits.iter().map(|hit| letters.line(t, language, hit)).collect();
    let all = match &watch.about {
        About::Trend(trend) => urls::trend(language, trend),
        About::Topic(_) | About::Anything => urls::trends(language),
    };
    let all = letters.absolute(&all);
    let manage = letters.absolute(&urls::manage_alert(language, *key));
    let stop = letters.absolute(&urls::stop_alert(language, *key));
    let stop = stop.parse::<WebAddress>().map_err(|error| LetterError(error.into()))?;
    let page = TrendsMail {
        t,
        language,
        subject: &subject,
        about: &about,
        name,
        trends: &told,
        followed: &followed,
        hits: &lines,
        more: more.as_deref(),
        all: &all,
        why: &why,
        manage: &manage,
    };
    let html = page.render().map_err(|error| LetterError(error.into()))?;
    let text = plain(&page);
    let (to, stop) = (alert.mail.clone(), Some(stop));
    Ok(Mail { id, to, language, subject, text, html, stop, calendar: None, written: now })
}

impl SiteLetters {
    fn told(&self, t: &'static Locale, language: Language, trend: &NewsTrend) -> Told {
        let name = Name::of(&trend.names, language);
        Told {
            dir: dir(Some(name.foreign.unwrap_or(language))),
            name,
            list: match trend.list {
                List::Trends => t.sentence("trends.rising_about"),
                List::Signals => t.sentence("trends.signals_about"),
            },
            sentences: sentences(t, trend),
            href: self.absolute(&urls::trend(language, &trend.finding.slug)),
        }
    }
}

/// How a trend has grown, where it is named, and how many such findings come from chance.
fn sentences(t: &Locale, trend: &NewsTrend) -> Vec<Html> {
    words::why(t, &trend.finding, trend.step)
}

/// The same as plain text.
fn plain(page: &TrendsMail<'_>) -> String {
    let mut text = format!("{}\n{}\n\n", page.about, page.name);
    let line = |html: &Html| one_line(&to_plain(html.as_str()), MAX_SENTENCE);
    for (number, trend) in (1..).zip(page.trends) {
        let name = one_line(&trend.name.text, MAX_SENTENCE);
        put(&mut text, format_args!("{number}. {name}\n{}\n", trend.list));
        for sentence in &trend.sentences {
            text.push_str(&line(sentence));
            text.push('\n');
        }
        text.push_str(&trend.href);
        text.push_str("\n\n");
    }
    for sentence in page.followed {
        text.push_str(&line(sentence));
        text.push('\n');
    }
    if !page.followed.is_empty() {
        text.push('\n');
    }
    text_of(&mut text, page.hits, page.more);
    let t = page.t;
    put(&mut text, format_args!("{}\n{}\n\n", t.say("mail.all_trends"), page.all));
    let manage = t.say("mail.manage");
    put(&mut text, format_args!("{}\n{manage}\n{}\n\n", page.why, page.manage));
    text
}

fn put(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing into a `String` cannot fail.
    text.write_fmt(words).unwrap_or_default();
}
