//! A mail as it travels: headers that nobody else's words can end, and two parts.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
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
    let part = |kind: ContentType, body: &str| {
        SinglePart::builder().header(kind).body(body.replace("\r\n", "\n").replace('\r', "\n"))
    };
    let parts = MultiPart::alternative()
        // Not by chance: a mail that is sent twice is the same twice. No text has an id of ours and
        // this word on one line by itself.
        .boundary(format!("part-of-{}", mail.id))
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    builder.multipart(parts).map_err(|error| MailError::Refused { source: error.into() })
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
