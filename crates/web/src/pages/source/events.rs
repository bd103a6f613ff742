//! The harvest of a source while it goes on, as events of the server (HTML §9.2).

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use observatory_model::progress::HarvestProgress;
use observatory_model::{Slug, SourceId};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep};

use crate::cache::Policy;
use crate::error::PageError;
use crate::locale::Locale;
use crate::reader::Reader;
use crate::state::Site;

/// How often it is looked whether the harvest has come further.
const LOOK: Duration = Duration::from_millis(500);

/// How long one answer lasts; browsers then ask again by themselves. Shorter than any answer of the site
/// may take, and short enough not to hold anybody up who ends the program.
const LONGEST: Duration = Duration::from_secs(20);

/// How long a browser waits until it asks again.
const AGAIN: Duration = Duration::from_secs(5);

/// How long nothing is said at most, so that nobody between takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Somebody who watches one source.
struct Listener {
    site: Site,
    source: SourceId,
    locale: &'static Locale,
    has_told: bool,
    told: Option<HarvestProgress>,
    since: Instant,
    _seat: OwnedSemaphorePermit,
}

/// `/{lang}/sources/{slug}/events`: a sentence whenever there is a new one, and an empty one when the
/// harvest is over. It tells numbers of answers and records, and nothing of what is in them.
///
/// # Errors
/// [`PageError::NotFound`], and [`PageError::Busy`] when too many watch already.
pub(crate) async fn events(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let slug: Slug = reader.part(1)?;
    let source = site.store().source_by_slug(&slug).await?.ok_or(PageError::NotFound)?;
    let Some(seat) = site.seat() else { return Err(PageError::Busy) };
    let listener = Listener {
        site,
        source: source.id,
        locale: reader.locale,
        has_told: false,
        told: None,
        since: Instant::now(),
        _seat: seat,
    };
    let events = stream::unfold(listener, async |mut listener| {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let heartbeat = KeepAlive::new().interval(HEARTBEAT);
    let mut response = Sse::new(events).keep_alive(heartbeat).into_response();
    response.headers_mut().insert(CACHE_CONTROL, Policy::Never.cache_control());
    Ok(response)
}

impl Listener {
    /// What is new, as soon as there is something; `None` at the end of this answer.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let board = self.site.board();
            if board.is_closed() || self.since.elapsed() > LONGEST {
                return None;
            }
            let now = board.of(self.source);
            if !self.has_told || self.told != now {
                (self.has_told, self.told) = (true, now);
                let text = now.map(|now| in_words(self.locale, now)).unwrap_or_default();
                return Some(Event::default().retry(AGAIN).data(text));
            }
            sleep(LOOK).await;
        }
    }
}

/// How far a harvest has come, as a sentence.
pub(crate) fn in_words(locale: &Locale, progress: HarvestProgress) -> String {
    let (answers, records) = (locale.number(progress.answers), locale.number(progress.records));
    locale.plain("sources.progress", &[("answers", &answers), ("records", &records)])
}
