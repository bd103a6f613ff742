//! Mails in the reader's language: the words of the locales and the addresses of the pages.
//!
//! Each has its words twice, as plain text and as HTML without pictures, so that nobody is told when
//! it is opened.

use askama::Template;
use observatory_model::alert::{Alert, News, NewsHit, Token};
use observatory_model::mail::{Letter, LetterError, Letters, Mail};
use observatory_model::{Language, MailId, Timestamp, WebAddress};

use crate::chrome::dir;
use crate::locale::{self, Locale};
use crate::urls;

mod desk;
mod trends;

/// Who writes the mails of the site.
#[derive(Clone, Debug)]
pub struct SiteLetters {
    origin: String,
}

#[derive(Template)]
#[template(path = "mail/question.html")]
struct QuestionMail<'a> {
    t: &'a Locale,
    language: Language,
    subject: &'a str,
    question: &'a str,
    name: &'a str,
    href: &'a str,
}

#[derive(Template)]
#[template(path = "mail/news.html")]
struct NewsMail<'a> {
    t: &'a Locale,
    language: Language,
    subject: &'a str,
    about: &'a str,
    name: &'a str,
    hits: &'a [Line],
    more: Option<&'a str>,
    search: &'a str,
    why: &'a str,
    manage: &'a str,
}

/// A hit as a mail shows it.
struct Line {
    language: Option<Language>,
    dir: &'static str,
    title: String,
    meta: String,
    passage: String,
    href: String,
}

impl SiteLetters {
    /// Mails of the site that readers know by `public_origin`, such as `https://observatory.example.org`.
    pub fn new(public_origin: &str) -> Self {
        Self { origin: public_origin.to_owned() }
    }

    /// The mail that asks whether an alert is wanted. Of the search it says a line of plain words, in
    /// which nothing leads anywhere: it may go to somebody who did not ask.
    ///
    /// # Errors
    /// [`LetterError`] when a template fails, which it does not on text in memory.
    pub(crate) fn question(
        &self,
        id: MailId,
        alert: &Alert,
        question: Token,
        now: Timestamp,
    ) -> Result<Mail, LetterError> {
        let t = locale::of(alert.language);
        let site = [("site", t.say("site.name"))];
        let subject = t.plain("mail.question_subject", &site);
        let key = if alert.trends.is_some() { "mail.question_trends" } else { "mail.question" };
        let asks = t.plain(key, &site);
        let name = without_addresses(alert.name.as_str());
        let href = self.absolute(&urls::confirm_alert(alert.language, question));
        let text = format!(
            "{asks}\n\n    {name}\n\n{}\n{href}\n\n{}\n",
            t.say("mail.question_link"),
            t.say("mail.question_ignore"),
        );
        let page = QuestionMail {
            t,
            language: alert.language,
            subject: &subject,
            question: &asks,
            name: &name,
            href: &href,
        };
        let html = page.render().map_err(|error| LetterError(error.into()))?;
        let (to, language) = (alert.mail.clone(), alert.language);
        Ok(Mail { id, to, language, subject, text, html, stop: None, calendar: None, written: now })
    }

    fn absolute(&self, path: &str) -> String {
        urls::absolute(&self.origin, path)
    }

    fn line(&self, t: &Locale, reader: Language, hit: &NewsHit) -> Line {
        let day = t.day(hit.date);
        let source = hit.source_name.trim();
        Line {
            language: hit.language,
            dir: dir(hit.language),
            title: hit.title.clone(),
            meta: if source.is_empty() { day } else { format!("{source} · {day}") },
            passage: hit.passage.clone(),
            href: self.absolute(&urls::document(reader, &hit.key)),
        }
    }
}

impl Letters for SiteLetters {
    fn write(&self, id: MailId, letter: &Letter, now: Timestamp) -> Result<Mail, LetterError> {
        desk::write(self, id, letter, now)
    }

    fn news(&self, id: MailId, news: &News, now: Timestamp) -> Result<Mail, LetterError> {
        if let Some(watch) = &news.alert.trends {
            return trends::write(self, id, news, watch, now);
        }
        let News { alert, key, hits, more, .. } = news;
        let (language, name) = (alert.language, alert.name.as_str());
        let t = locale::of(language);
        let all = u64::try_from(hits.len()).unwrap_or(u64::MAX).saturating_add(*more);
        let count = t.count("mail.news", all);
        let subject = t.plain("mail.subject", &[("news", &count), ("name", name)]);
        let about = t.plain("mail.about", &[("news", &count)]);
        let why = t.plain("mail.why", &[("site", t.say("site.name"))]);
        let more = (*more > 0).then(|| t.count("mail.more", *more));
        let hits: Vec<Line> = hits.iter().map(|hit| self.line(t, language, hit)).collect();
        let search = self.absolute(&urls::search(language, &alert.asked.query()));
        let manage = self.absolute(&urls::manage_alert(language, *key));
        let stop = self.absolute(&urls::stop_alert(language, *key));
        let stop = stop.parse::<WebAddress>().map_err(|error| LetterError(error.into()))?;
        let page = NewsMail {
            t,
            language,
            subject: &subject,
            about: &about,
            name,
            hits: &hits,
            more: more.as_deref(),
            search: &search,
            why: &why,
            manage: &manage,
        };
        let html = page.render().map_err(|error| LetterError(error.into()))?;
        let text = plain(&page);
        let to = alert.mail.clone();
        let stop = Some(stop);
        Ok(Mail { id, to, language, subject, text, html, stop, calendar: None, written: now })
    }
}

/// The same as plain text.
fn plain(page: &NewsMail<'_>) -> String {
    let mut text = format!("{}\n{}\n\n", page.about, page.name);
    text_of(&mut text, page.hits, page.more);
    let t = page.t;
    for (words, href) in [("mail.all", page.search), ("mail.manage", page.manage)] {
        if words == "mail.manage" {
            text.push_str(page.why);
            text.push('\n');
        }
        text.push_str(t.say(words));
        text.push('\n');
        text.push_str(href);
        text.push_str("\n\n");
    }
    text
}

/// The hits as plain text, and how many more there are.
fn text_of(text: &mut String, hits: &[Line], more: Option<&str>) {
    for (number, hit) in (1..).zip(hits) {
        for line in [&format!("{number}. {}", one_line(&hit.title)), &hit.meta, &hit.passage] {
            if !line.is_empty() {
                text.push_str(&one_line(line));
                text.push('\n');
            }
        }
        text.push_str(&hit.href);
        text.push_str("\n\n");
    }
    if let Some(more) = more {
        text.push_str(more);
        text.push_str("\n\n");
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `text` without what mail programs turn into links: a word with a scheme, an `@`, or a dot between
/// letters. Numbers with dots, such as `10.1234/x`, stay.
fn without_addresses(text: &str) -> String {
    let leads_somewhere = |word: &str| {
        let mut parts = word.split(['.', '。', '．']).skip(1);
        let is_domain = parts.any(|part| part.chars().next().is_some_and(char::is_alphabetic));
        is_domain || word.contains("://") || word.contains('@')
    };
    let words = text.split(' ').map(|word| if leads_somewhere(word) { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use observatory_model::AlertId;
    use observatory_model::EntryId;
    use observatory_model::alert::Cadence;
    use observatory_model::asked::Asked;
    use observatory_model::change::DocumentKey;
    use observatory_model::document::Kind;

    use super::*;
    use crate::testing::{HOSTILE, now};

    fn alert(language: Language) -> Alert {
        Alert {
            id: AlertId::new(now()),
            asked: Asked::parse("q=a+b&lang=ar"),
            trends: None,
            name: format!("“{HOSTILE}”\r\nBcc: a@b.example").into(),
            mail: "reader@example.org".parse().unwrap(),
            language,
            cadence: Cadence::Daily,
            created: now(),
            confirmed: Some(now()),
        }
    }

    fn news(language: Language, more: u64) -> Mail {
        let hit = NewsHit {
            key: DocumentKey::Entry(EntryId::new(now())),
            kind: Kind::Entry,
            language: Some(Language::Ru),
            title: format!("Title {HOSTILE}"),
            source_name: HOSTILE.to_owned(),
            date: now(),
            passage: format!("{HOSTILE}\nsecond line"),
        };
        let key = Token::new([7; 16]);
        let news = News {
            alert: alert(language),
            key,
            hits: vec![hit.clone(), hit],
            more,
            trends: Vec::new(),
            followed: None,
        };
        let letters = SiteLetters::new("https://observatory.example.org");
        letters.news(MailId::new(now()), &news, now()).unwrap()
    }

    #[test]
    fn news_is_told_in_six_languages() {
        for language in Language::ALL {
            let mail = news(language, 3);
            let t = locale::of(language);
            assert_eq!(mail.language, language);
            assert!(mail.subject.starts_with(&t.count("mail.news", 5)), "{}", mail.subject);
            assert!(!mail.subject.contains(['\r', '\n']), "{}", mail.subject);
            let key = "07".repeat(16);
            for (path, parts) in [
                (format!("/{language}/entries/"), 2),
                (format!("/{language}/search?q=a+b&lang=ar"), 1),
                (format!("/{language}/alerts/manage?key={key}"), 1),
            ] {
                let address = format!("https://observatory.example.org{path}");
                assert_eq!(mail.text.matches(&address).count(), parts, "{address}: {}", mail.text);
                let address = address.replace('&', "&#38;");
                assert!(mail.html.contains(&address), "{address}: {}", mail.html);
            }
            let stop = format!("https://observatory.example.org/{language}/alerts/stop?key={key}");
            assert_eq!(mail.stop.unwrap().as_str(), stop);
            let direction = language.direction().code();
            assert!(mail.html.contains(&format!("dir=\"{direction}\"")), "{}", mail.html);
            assert!(mail.html.contains("lang=\"ru\" dir=\"ltr\""), "{}", mail.html);
            assert!(
                mail.html.contains(&t.count("mail.more", 3)) && mail.text.contains(&t.day(now()))
            );
            assert!(!mail.html.contains("<script") && !mail.html.contains("<img"), "{}", mail.html);
        }
        assert!(!news(Language::En, 0).text.contains("more"));
    }

    #[test]
    fn a_question_leads_nowhere_but_here() {
        let letters = SiteLetters::new("https://observatory.example.org");
        for language in Language::ALL {
            let alert =
                Alert { name: "buy http://a.example now".to_owned().into(), ..alert(language) };
            let mail =
                letters.question(MailId::new(now()), &alert, Token::new([9; 16]), now()).unwrap();
            let link = format!(
                "https://observatory.example.org/{language}/alerts/confirm?key={}",
                "09".repeat(16)
            );
            for part in [&mail.text, &mail.html] {
                assert!(part.contains(&link), "{part}");
                assert!(part.contains("buy … now"), "{part}");
                assert_eq!(part.matches("http").count(), part.matches(&link).count(), "{part}");
            }
            assert!(!mail.subject.contains("buy"), "the subject is ours alone");
            assert_eq!(mail.stop, None);
        }
    }

    #[test]
    fn what_would_become_a_link_is_left_out() {
        for (words, left) in [
            ("lunar dust", "lunar dust"),
            ("a www.example.com b", "a … b"),
            ("http://x", "…"),
            ("x@y", "…"),
            ("“evil.example”", "…"),
            ("10.1234/abc A/RES/70/1 3.14", "10.1234/abc A/RES/70/1 3.14"),
            ("1.2.3.example", "…"),
            ("例子。测试", "…"),
            ("end. Next", "end. Next"),
        ] {
            assert_eq!(without_addresses(words), left);
        }
    }
}
