//! The log of what was done, newest first, and whether it is whole.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::audit::AuditLine;
use observatory_model::rights::Office;
use observatory_store::Verified;

use crate::cache::Policy;
use crate::chrome::Chrome;
use crate::error::PageError;
use crate::html::Html;
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::Visitor;

/// Lines on a page.
const PER_PAGE: u32 = 100;

#[derive(Template)]
#[template(path = "desk/log.html")]
struct LogPage {
    c: Chrome,
    verdict: Html,
    is_whole: bool,
    lines: Vec<Line>,
    older: Option<String>,
}

struct Line {
    number: String,
    at: Html,
    l: AuditLine,
}

/// `/{lang}/desk/log?before=…`
pub(crate) async fn log(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    visitor.in_office(Office::ReadAudit)?;
    let t = reader.locale;
    let before = reader.parameter("before").and_then(|number| number.parse().ok());
    let lines = site.store().newest_audit_lines(before, PER_PAGE).await?;
    let is_full = lines.len() == usize::try_from(PER_PAGE).unwrap_or(0);
    let older = lines.last().filter(|_| is_full);
    let (is_whole, verdict) = match site.store().verify_audit().await? {
        Verified::Whole { lines, hash } => {
            let values =
                [("lines", Html::text(&t.number(lines))), ("hash", Html::technical(&hash))];
            (true, t.fill("log.whole", &values))
        }
        Verified::Broken { at } => {
            (false, t.fill("log.broken", &[("line", Html::text(&t.number(at)))]))
        }
    };
    let page = LogPage {
        c: Chrome::new(&site, &reader, t.say("log.title")).unlisted().desk(),
        verdict,
        is_whole,
        older: older.map(|line| urls::desk_log_before(reader.language, line.number)),
        lines: lines
            .into_iter()
            .map(|l| Line { number: t.number(l.number), at: t.minute(l.act.at), l })
            .collect(),
    };
    show(&page, Policy::Never)
}
