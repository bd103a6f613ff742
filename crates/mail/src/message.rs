//! A mail as it travels: headers that nobody else's words can end, two parts, and at most one file.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use observatory_model::mail::Mail;

use crate::MailError;

/// Composes `mail` as `from`.
///
/// # Errors
/// [`MailError::Refused`] when the engine takes the recipient for no address.
pub(crate) fn compose(from: &Mailbox, mail: &Mail) -> Result<Message, MailError> {
    let to = mail.to.as_str().parse::<Mailbox>();
    let to = to.map_err(|error| MailError::Refused { source: error.into() })?;
    let domain = from.email.domain();
    let millis = u64::try_from(mail.written.millis()).unwrap_or_default();
    let mut builder = Message::builder()
        .from(from.clone())
        .to(to)
        .subject(one_line(&mail.subject))
        .date(UNIX_EPOCH + Duration::from_millis(millis))
        .message_id(Some(format!("<{}@{domain}>", mail.id)))
        // RFC 3834 §5: nobody's machine answers.
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("Content-Language", mail.language.code()));
    if let Some(stop) = &mail.stop {
        builder = builder
            // RFC 2919, RFC 2369 §3.2, RFC 8058 §3.1.
            .raw_header(header("List-Id", &format!("<alerts.{domain}>")))
            .raw_header(header("List-Unsubscribe", &format!("<{}>", stop.as_str())))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    let part =
        |kind: ContentType, body: &str| SinglePart::builder().header(kind).body(even_lines(body));
    let parts = MultiPart::alternative()
        // Not by chance: a mail that is sent twice is the same twice. No text has an id of ours and
        // this word on one line by itself.
        .boundary(format!("part-of-{}", mail.id))
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    let parts = match &mail.calendar {
        None => parts,
        Some(calendar) => MultiPart::mixed()
            .boundary(format!("file-of-{}", mail.id))
            .multipart(parts)
            .singlepart(file(calendar)?),
    };
    builder.multipart(parts).map_err(|error| MailError::Refused { source: error.into() })
}

/// The calendar as a file; its method is named for programs that look no further (RFC 6047 §2.4).
fn file(calendar: &str) -> Result<SinglePart, MailError> {
    let kind = ContentType::parse("text/calendar; charset=utf-8; method=PUBLISH")
        .map_err(|error| MailError::Refused { source: error.into() })?;
    Ok(Attachment::new("deadline.ics".to_owned()).body(even_lines(calendar), kind))
}

/// `text` with one kind of line ends, which travel as CR LF.
fn even_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), one_line(value))
}

/// `text` without anything that could end a line or hide a part of it.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use observatory_model::{Language, MailId, Timestamp};

    use super::*;

    fn mail() -> Mail {
        let written: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        Mail {
            id: MailId::new(written),
            to: "reader@example.org".parse().unwrap(),
            language: Language::Fr,
            subject: "Nouveau".to_owned(),
            text: "Bonjour\n".to_owned(),
            html: "<p>Bonjour</p>".to_owned(),
            stop: Some("https://example.org/fr/alerts/stop?key=0123".parse().unwrap()),
            calendar: None,
            written,
        }
    }

    fn composed(mail: &Mail) -> String {
        let from = "Observatory <alerts@example.org>".parse().unwrap();
        String::from_utf8(compose(&from, mail).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_mail_says_who_it_is_and_how_to_end_it() {
        let mail = mail();
        let text = composed(&mail);
        for line in [
            "From: Observatory <alerts@example.org>",
            "To: reader@example.org",
            "Subject: Nouveau",
            "Date: Wed, 25 Nov 2026 12:00:00 +0000",
            &format!("Message-ID: <{}@example.org>", mail.id),
            "Auto-Submitted: auto-generated",
            "Content-Language: fr",
            "List-Id: <alerts.example.org>",
            "List-Unsubscribe: <https://example.org/fr/alerts/stop?key=0123>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "MIME-Version: 1.0",
        ] {
            assert!(text.contains(&format!("{line}\r\n")), "{line}: {text}");
        }
        let (plain, html) = (text.find("text/plain").unwrap(), text.find("text/html").unwrap());
        assert!(plain < html, "the best part last (RFC 2046 §5.1.4)");
        let once = Mail { stop: None, ..mail };
        assert!(!composed(&once).contains("List-"));
    }

    /// What `=XX` and lines that go on mean (RFC 2045 §6.7).
    fn decoded(quoted: &str) -> String {
        let quoted = quoted.replace("=\r\n", "");
        let mut parts = quoted.split('=');
        let mut bytes = parts.next().unwrap().as_bytes().to_vec();
        for part in parts {
            let (code, rest) = part.split_at(2);
            bytes.push(u8::from_str_radix(code, 16).unwrap());
            bytes.extend(rest.bytes());
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_calendar_goes_with_it_as_a_file() {
        for words in ["Review", "Relecture des épreuves du pont, jusqu’au soir"] {
            let calendar =
                format!("BEGIN:VCALENDAR\r\nSUMMARY:{words}\r\n  more\r\nEND:VCALENDAR\r\n");
            let mail = Mail { calendar: Some(calendar.clone()), ..mail() };
            let message = composed(&mail);
            assert_eq!(message, composed(&mail), "the same, byte for byte");
            let (head, body) = message.split_once("\r\n\r\n").unwrap();
            let outer = format!("file-of-{}", mail.id);
            assert!(head.contains("Content-Type: multipart/mixed;\r\n"), "{head}");
            assert!(head.contains(&format!("boundary=\"{outer}\"")), "{head}");
            let parts = body.split(&format!("--{outer}")).collect::<Vec<_>>();
            let [_, texts, file, "--\r\n"] = parts.as_slice() else { panic!("{parts:?}") };
            let inner = format!("part-of-{}", mail.id);
            assert_eq!(texts.matches(&format!("--{inner}\r\n")).count(), 2, "{texts}");
            let (head, content) = file.split_once("\r\n\r\n").unwrap();
            for line in [
                "Content-Type: text/calendar; charset=utf-8; method=PUBLISH",
                "Content-Disposition: attachment; filename=\"deadline.ics\"",
            ] {
                assert!(head.contains(&format!("{line}\r\n")), "{line}: {head}");
            }
            let plain = head.contains("Content-Transfer-Encoding: 7bit");
            assert_eq!(plain, words.is_ascii(), "{head}");
            let content = content.strip_suffix("\r\n").unwrap();
            let content = if plain { content.to_owned() } else { decoded(content) };
            assert_eq!(content, calendar);
        }
    }

    #[test]
    fn nobody_adds_a_header() {
        for words in [
            "a\r\nBcc: thief@example.org",
            "a\nBcc: thief@example.org",
            "a\rBcc: thief@example.org",
            "a\r\n\r\nBcc: thief@example.org",
            "é\r\nBcc: thief@example.org",
            "a\0\u{2028}\r\n Bcc: thief@example.org",
            &format!("{}\r\nBcc: thief@example.org", "a".repeat(2000)),
        ] {
            let mail = Mail {
                subject: words.to_owned(),
                text: format!("{words}\r\n.\r\nQUIT"),
                html: words.to_owned(),
                calendar: Some(format!("{words}\r\n--part-of-\r\n.\r\n")),
                ..mail()
            };
            let message = composed(&mail);
            let (head, _) = message.split_once("\r\n\r\n").unwrap();
            let names = head.split("\r\n").filter(|line| !line.starts_with(' '));
            for name in names.map(|line| line.split(':').next().unwrap()) {
                assert!(
                    [
                        "From",
                        "To",
                        "Subject",
                        "Date",
                        "Message-ID",
                        "Auto-Submitted",
                        "Content-Language",
                        "List-Id",
                        "List-Unsubscribe",
                        "List-Unsubscribe-Post",
                        "MIME-Version",
                        "Content-Type",
                    ]
                    .contains(&name),
                    "{name}: {head}"
                );
            }
            let from: Mailbox = "alerts@example.org".parse().unwrap();
            let envelope = compose(&from, &mail).unwrap().envelope().clone();
            assert_eq!(envelope.to().len(), 1, "nobody else is written to");
            assert!(!message.replace("\r\n", "").contains(['\r', '\n']), "no bare line ends");
        }
    }
}
