//! Letters of the desk: links that sign in, requests for reviews, and what has happened to pieces.
//!
//! Each has the same shape: a subject, paragraphs, and one link that is said to lead somewhere.

use askama::Template;
use observatory_model::mail::{Letter, LetterError, Mail, NoticeLine, Topic};
use observatory_model::{Language, MailId, Timestamp};
use observatory_publish::calendar::{Deadline, deadline};

use crate::letters::{SiteLetters, one_line, without_addresses};
use crate::locale::{self, Locale};
use crate::urls;

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct LetterMail<'a> {
    language: Language,
    words: &'a Words,
}

/// What a letter says.
struct Words {
    subject: String,
    paragraphs: Vec<String>,
    /// What leads on: its words, and its address.
    links: Vec<(String, String)>,
    after: Vec<String>,
    calendar: Option<String>,
}

/// Writes a letter.
///
/// # Errors
/// [`LetterError`] when the template fails, which it does not on text in memory.
pub(super) fn write(
    letters: &SiteLetters,
    id: MailId,
    letter: &Letter,
    now: Timestamp,
) -> Result<Mail, LetterError> {
    let words = words_of(letters, letter, now);
    let page = LetterMail { language: letter.language, words: &words };
    let html = page.render().map_err(|error| LetterError(error.into()))?;
    Ok(Mail {
        id,
        to: letter.to.clone(),
        language: letter.language,
        subject: words.subject.clone(),
        text: plain(&words),
        html,
        stop: None,
        calendar: words.calendar.clone(),
        written: now,
    })
}

fn words_of(letters: &SiteLetters, letter: &Letter, now: Timestamp) -> Words {
    let (t, language) = (locale::of(letter.language), letter.language);
    let site = t.say("site.name");
    match &letter.topic {
        Topic::SignIn { key, next } => Words {
            subject: t.plain("letter.sign_in_subject", &[("site", site)]),
            paragraphs: vec![t.say("letter.sign_in").to_owned()],
            links: vec![(
                t.say("signin.go").to_owned(),
                letters.absolute(&urls::sign_in_link(language, *key, next)),
            )],
            after: vec![t.say("letter.sign_in_ignore").to_owned()],
            calendar: None,
        },
        Topic::Claim { key, title } => {
            // It may go to somebody who did not ask: nothing in it leads anywhere but our own link.
            let title = without_addresses(&one_line(title));
            Words {
                subject: t.plain("letter.claim_subject", &[("site", site)]),
                paragraphs: vec![t.plain("letter.claim", &[("title", &title), ("site", site)])],
                links: vec![(
                    t.say("letter.claim_link").to_owned(),
                    letters.absolute(&urls::sign_in_link(language, *key, "")),
                )],
                after: vec![t.say("letter.claim_ignore").to_owned()],
                calendar: None,
            }
        }
        Topic::Review { key, review, name, title, due, is_reminder } => {
            let link = letters.absolute(&urls::review(language, *key));
            let (title, day) = (one_line(title), t.day(*due));
            let values = [("title", title.as_str()), ("site", site), ("date", day.as_str())];
            let (subject, about) = if *is_reminder {
                ("letter.remind_subject", "letter.remind")
            } else {
                ("letter.review_subject", "letter.review")
            };
            let summary = t.plain("review.calendar", &[("title", &title)]);
            Words {
                subject: t.plain(subject, &values),
                paragraphs: vec![
                    t.plain("letter.dear", &[("name", &one_line(name))]),
                    t.plain(about, &values),
                ],
                links: vec![(t.say("letter.review_link").to_owned(), link.clone())],
                after: vec![t.say("letter.review_about").to_owned()],
                calendar: link.parse().ok().map(|url| {
                    deadline(&Deadline {
                        uid: format!("review-{review}"),
                        written: now,
                        at: *due,
                        summary,
                        description: t.say("review.title").to_owned(),
                        url,
                    })
                }),
            }
        }
        Topic::Notices { lines, usual } => notices(letters, t, language, lines, *usual),
    }
}

fn notices(
    letters: &SiteLetters,
    t: &Locale,
    language: Language,
    lines: &[NoticeLine],
    usual: Option<i64>,
) -> Words {
    let said = |line: &NoticeLine| {
        let values = [("title", one_line(&line.title)), ("number", line.number.clone())];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        t.plain(&format!("notice.{}", line.what), &values)
    };
    let subject = if let [line] = lines {
        said(line)
    } else {
        let count = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        t.plain("letter.notices_subject", &[("count", &t.count("letter.notices", count))])
    };
    let link =
        |line: &NoticeLine| (said(line), letters.absolute(&urls::piece(language, line.submission)));
    let mut after = Vec::new();
    if let Some(seconds) = usual {
        after.push(t.plain("letter.usual", &[("time", &t.span(seconds))]));
    }
    after.push(t.say("letter.notices_about").to_owned());
    Words {
        subject: subject.chars().take(200).collect(),
        paragraphs: Vec::new(),
        links: lines.iter().map(link).collect(),
        after,
        calendar: None,
    }
}

fn plain(words: &Words) -> String {
    let mut blocks = words.paragraphs.clone();
    blocks.extend(words.links.iter().map(|(name, href)| format!("{name}\n{href}")));
    blocks.extend(words.after.iter().cloned());
    format!("{}\n", blocks.join("\n\n"))
}
