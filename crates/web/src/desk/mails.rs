//! The mails that were written and whether they left: the outbox of a site without a mail server, and
//! what was refused.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::rights::Office;

use crate::cache::Policy;
use crate::chrome::Chrome;
use crate::error::PageError;
use crate::html::Html;
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::visitor::Visitor;

/// Mails on the page.
const MOST: u32 = 50;

#[derive(Template)]
#[template(path = "desk/mails.html")]
struct MailsPage {
    c: Chrome,
    counts: String,
    failed: Vec<FailedLine>,
    kept: Vec<KeptLine>,
    is_kept: bool,
}

struct FailedLine {
    to: Html,
    since: Html,
    reason: Html,
}

struct KeptLine {
    to: Html,
    subject: String,
    written: Html,
    /// The words in pieces: text, and addresses that lead on.
    words: Html,
}

/// `/{lang}/desk/mails`
pub(crate) async fn mails(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    visitor.in_office(Office::ReadMails)?;
    let t = reader.locale;
    let counts = site.store().mail_counts().await?;
    let number = |count| t.number(count);
    let values = [
        ("waiting", number(counts.waiting)),
        ("sent", number(counts.sent)),
        ("failed", number(counts.failed)),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, text)| (*name, &**text)).collect();
    let failed = site.store().failed_mails(MOST).await?;
    let kept = site.outbox().newest(MOST).await;
    let page = MailsPage {
        c: Chrome::new(&site, &reader, t.say("mails.title")).unlisted().desk(),
        counts: t.plain("mails.counts", &values),
        failed: failed
            .iter()
            .map(|mail| FailedLine {
                to: Html::isolated(mail.to.as_str()),
                since: t.minute(mail.since),
                reason: Html::technical(&mail.reason),
            })
            .collect(),
        is_kept: kept.is_some(),
        kept: kept
            .unwrap_or_default()
            .iter()
            .map(|mail| KeptLine {
                to: Html::isolated(&mail.to),
                subject: mail.subject.clone(),
                written: t.minute(mail.written),
                words: linked(&mail.text),
            })
            .collect(),
    };
    show(&page, Policy::Never)
}

/// The words of a mail, in which a line that is an address leads there.
fn linked(text: &str) -> Html {
    let lines: Vec<Html> = text
        .lines()
        .map(|line| {
            let is_address = line.starts_with("http://") || line.starts_with("https://");
            if is_address { Html::address(line.trim()) } else { Html::text(line) }
        })
        .collect();
    Html::row(&lines, "\n")
}
