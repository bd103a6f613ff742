//! Letters about pieces whose words would be headers, markup or links of somebody else.

use observatory_model::mail::{Letter, Letters as _, NoticeLine, Topic};
use observatory_model::{Language, MailId, ReviewId, SubmissionId};

use super::hostile::{calm_html, lines};
use crate::letters::SiteLetters;
use crate::testing::desk::{ORIGIN, word};
use crate::testing::now;

#[test]
fn letters_carry_words_and_no_headers() {
    let (letters, key) = (SiteLetters::new(ORIGIN), word());
    let title = lines();
    let submission = SubmissionId::new(now());
    let notice = |what: &str| NoticeLine {
        what: what.to_owned(),
        submission,
        number: "2026-0001".to_owned(),
        title: title.clone(),
    };
    for language in Language::ALL {
        for (topic, is_strangers) in [
            (Topic::SignIn { key, next: String::new() }, true),
            (Topic::Claim { key, title: title.clone() }, true),
            (
                Topic::Review {
                    key,
                    review: ReviewId::new(now()),
                    name: title.clone(),
                    title: title.clone(),
                    due: now(),
                    is_reminder: false,
                },
                false,
            ),
            (Topic::Notices { lines: vec![notice("received")], usual: None }, false),
            (
                Topic::Notices {
                    lines: vec![notice("message"), notice("revision")],
                    usual: Some(9),
                },
                false,
            ),
        ] {
            let to = "a@example.org".parse().unwrap();
            let letter = Letter { to, language, topic };
            let mail = letters.write(MailId::new(now()), &letter, now()).unwrap();
            let at = format!("{language} {:?}", letter.topic);
            assert!(!mail.subject.contains(|c: char| c.is_control()), "{at}: {}", mail.subject);
            assert!(!mail.text.lines().any(|line| line.starts_with("Bcc")), "{at}: {}", mail.text);
            calm_html(&at, &mail.html);
            let links: Vec<&str> = mail.text.split("https://").skip(1).collect();
            assert!(!links.is_empty(), "{at}");
            if is_strangers {
                // Whoever did not ask is led nowhere but here.
                let own = |rest: &&str| rest.starts_with("observatory.example.org/");
                assert!(links.iter().all(own), "{at}: {}", mail.text);
                assert!(!mail.text.contains("evil.example"), "{at}: {}", mail.text);
                assert!(!mail.html.contains("evil.example"), "{at}: {}", mail.html);
            }
            if let Some(calendar) = mail.calendar {
                calm_calendar(&at, &calendar);
            }
        }
    }
}

/// Lines of a calendar begin as they are meant to, or go on.
fn calm_calendar(at: &str, calendar: &str) {
    let known = [
        "BEGIN",
        "VERSION",
        "PRODID",
        "CALSCALE",
        "METHOD",
        "UID",
        "DTSTAMP",
        "DTSTART",
        "DTEND",
        "SUMMARY",
        "DESCRIPTION",
        "URL",
        "STATUS",
        "TRANSP",
        "TRIGGER",
        "ACTION",
        "END",
    ];
    for line in calendar.split("\r\n").filter(|line| !line.is_empty()) {
        let name = line.split([':', ';']).next().unwrap();
        assert!(line.starts_with(' ') || known.contains(&name), "{at}: {line}");
        assert!(!line.contains(['\r', '\n']), "{at}");
    }
}
