//! One source: how reading it goes, and its entries.

pub(crate) mod events;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::source::SourceKind;
use observatory_model::subscription::{Subscription, SubscriptionState};
use observatory_model::{Slug, Timestamp};

use crate::assets::SOURCE_SCRIPT_PATH;
use crate::cache::Policy;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::html::Html;
use crate::lines::SignalLine;
use crate::locale::Locale;
use crate::pages::sources::SourceLine;
use crate::pages::{show, show_with_script};
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// Entries on a page.
const PER_PAGE: u32 = 20;

#[derive(Template)]
#[template(path = "pages/source.html")]
struct SourcePage {
    c: Chrome,
    s: SourceLine,
    sources_href: String,
    homepage: Option<String>,
    /// Where it is read: the word for it, and the address.
    place: Option<(String, String)>,
    problems: Vec<String>,
    /// How it stands with its hub, where it names one.
    hub: Option<Html>,
    /// How far its harvest has come, where it is a long one: the script, what it asks, and the sentence.
    watched: Option<Watched>,
    signals: Vec<SignalLine>,
    last_page: u32,
    page_of: String,
    previous: Option<String>,
    next: Option<String>,
}

struct Watched {
    script: &'static str,
    events: String,
    sentence: Option<String>,
}

/// How a source stands with its hub, and what the hub said last.
fn hub_in_words(locale: &Locale, known: &Subscription, now: Timestamp) -> Html {
    let minute = |time| locale.minute(time);
    let mut sentences = vec![match known.stands(now) {
        SubscriptionState::Wanted => Html::text(locale.say("hub.wanted")),
        SubscriptionState::Active => {
            let end = known.lease_end.unwrap_or(now);
            locale.fill("hub.active", &[("date", minute(end))])
        }
        SubscriptionState::Ended => locale.fill("hub.ended", &[("date", minute(known.since))]),
    }];
    if let Some(push) = known.last_push {
        sentences.push(locale.fill("hub.told", &[("date", minute(push))]));
    }
    let reason = known.reason.as_ref().map_or(String::new(), |reason| format!(" · {reason}"));
    let technical = format!("{}{reason}", known.hub);
    sentences.push(Html::text(locale.say("sources.detail")));
    sentences.push(Html::technical(&technical));
    locale.sentences(&sentences)
}

/// `/{lang}/sources/{slug}?page=`
pub(crate) async fn source(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let slug: Slug = reader.part(1)?;
    let source = site.store().source_by_slug(&slug).await?.ok_or(PageError::NotFound)?;
    let asked = reader.parameter("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1);
    let (mut entries, total) = site.store().entries_of_source(source.id, asked, PER_PAGE).await?;
    let last_page = u32::try_from(total.div_ceil(u64::from(PER_PAGE))).unwrap_or(u32::MAX).max(1);
    let number = asked.min(last_page);
    if number != asked {
        (entries, _) = site.store().entries_of_source(source.id, number, PER_PAGE).await?;
    }
    let subscription = site.store().subscription(source.id).await?;
    let figures = site.store().figures_of(source.id, site.now()).await?;
    let locale = reader.locale;
    let page_of = locale
        .plain("search.page", &[("page", &number.to_string()), ("last", &last_page.to_string())]);
    let heading =
        if number == 1 { source.name.clone() } else { format!("{} · {page_of}", source.name) };
    let signal =
        |entry| SignalLine { source: None, ..SignalLine::new(locale, reader.language, entry) };
    let watched = (source.kind != SourceKind::Feed).then(|| Watched {
        script: SOURCE_SCRIPT_PATH.as_str(),
        events: urls::source_events(reader.language, &slug),
        sentence: site.board().of(source.id).map(|progress| events::in_words(locale, progress)),
    });
    let to = |page: u32| urls::source_page(reader.language, &slug, page);
    // The address of a repository is no feed: who follows it there finds a service.
    let word = if source.kind == SourceKind::Feed { "sources.feed" } else { "sources.address" };
    let place = source.public_url().map(|url| (locale.say(word).to_owned(), url.to_string()));
    let page = SourcePage {
        c: Chrome::new(&site, &reader, &heading).section(&reader, Section::Sources),
        s: SourceLine::new(&reader, &source, &figures),
        sources_href: urls::sources(reader.language),
        homepage: source.homepage.map(String::from),
        place,
        problems: source.health.problems,
        hub: subscription.map(|known| hub_in_words(locale, &known, site.now())),
        watched,
        signals: entries.iter().map(signal).collect(),
        last_page,
        page_of,
        previous: (number > 1).then(|| to(number - 1)),
        next: (number < last_page).then(|| to(number + 1)),
    };
    if page.watched.is_some() {
        show_with_script(&page, Policy::Page)
    } else {
        show(&page, Policy::Page)
    }
}
