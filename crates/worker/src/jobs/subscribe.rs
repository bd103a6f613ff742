//! A hub is asked to tell when a feed has changed, for the first time or before the lease ends (WebSub §5).

use observatory_ingest::{Fetch, Links};
use observatory_model::alert::Token;
use observatory_model::rhythm::NextReading;
use observatory_model::source::{FailureReason, Source, SourceState};
use observatory_model::subscription::SubscriptionState;
use observatory_model::{SourceId, Timestamp};

use crate::schedule::seldom;
use crate::{WorkerError, World};

/// The lease that is asked for, in seconds: ten days. Hubs may give another.
const LEASE_SECONDS: &str = "864000";

/// Seconds after which a source is read once more whose hub told of a change while it was being read.
const ONCE_MORE_SECONDS: i64 = 60;

/// Has the hub that a feed names asked to tell of changes, where hubs can reach us. A feed that names none
/// any more has no subscription any more.
///
/// # Errors
/// [`WorkerError::Store`]; [`WorkerError::Chance`] when the system gives no random bytes.
pub(crate) async fn note_hub(
    world: &World,
    source: &Source,
    answer: &Fetch,
    of_document: &Links,
) -> Result<(), WorkerError> {
    if world.callback_origin.is_none() {
        return Ok(());
    }
    let links = answer.links.clone().or(of_document.clone());
    let (store, now) = (&world.store, world.clock.now());
    let Some(hub) = links.hub else {
        return Ok(store.hub_left(source.id, "the feed names no hub any more", now).await?);
    };
    let topic = links.topic.unwrap_or_else(|| answer.final_url.clone());
    let words = (word()?, word()?);
    store.note_hub(source.id, (&hub, &topic), words, now).await?;
    Ok(())
}

/// A word that nobody can guess.
fn word() -> Result<Token, WorkerError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(WorkerError::Chance)?;
    Ok(Token::new(random))
}

/// When a source is read next that was asked at `begun`: soon where its hub has told of a change since, more
/// seldom where its hub has shown that it tells of changes.
///
/// # Errors
/// [`WorkerError::Store`].
pub(crate) async fn beside_hub(
    world: &World,
    source: &Source,
    next: NextReading,
    begun: Timestamp,
) -> Result<NextReading, WorkerError> {
    if world.callback_origin.is_none() {
        return Ok(next);
    }
    let Some(known) = world.store.subscription(source.id).await? else { return Ok(next) };
    let now = world.clock.now();
    if known.last_push.is_some_and(|push| push > begun) {
        return Ok(NextReading::At(now.plus_seconds(ONCE_MORE_SECONDS)));
    }
    Ok(if known.is_proven(now) { seldom(next) } else { next })
}

/// Asks the hub of `source`.
///
/// Whether it does it is known when it calls back; until then, and as long as it does not, the source is
/// read as often as any other. To be asked twice does no harm to a hub: the second renews the first. That a
/// hub cannot be asked is no error of the job: it is written down, and the hub is asked again later.
///
/// # Errors
/// [`WorkerError::Store`].
pub(crate) async fn subscribe(world: &World, source: SourceId) -> Result<(), WorkerError> {
    let store = &world.store;
    let Some(origin) = &world.callback_origin else { return Ok(()) };
    let (Some(source), Some(subscription)) =
        (store.source(source).await?, store.subscription(source).await?)
    else {
        return Ok(());
    };
    if source.state != SourceState::Active || subscription.state == SubscriptionState::Ended {
        return Ok(());
    }
    // Before it is asked: some hubs call back before they answer.
    store.hub_asked(source.id, world.clock.now()).await?;
    let callback = format!("{origin}/websub/{}", subscription.callback);
    let secret = subscription.secret.to_string();
    let form = [
        ("hub.mode", "subscribe"),
        ("hub.topic", subscription.topic.as_str()),
        ("hub.callback", &callback),
        ("hub.secret", &secret),
        ("hub.lease_seconds", LEASE_SECONDS),
    ];
    let asked = world.fetcher.post_form(&subscription.hub, &form).await;
    let Err(failure) = asked else { return Ok(()) };
    let (slug, reason) = (source.slug.as_str(), failure.reason.code());
    tracing::info!(source = slug, failure.reason = reason, "the hub of {slug} cannot be asked");
    let now = world.clock.now();
    match failure.reason {
        FailureReason::Gone => store.hub_left(source.id, "the hub is gone (410)", now).await?,
        // The guard says the same each time.
        FailureReason::AddressRefused => {
            store.hub_left(source.id, &failure.detail, now).await?;
        }
        _ => store.hub_failed(source.id, &failure.detail, now).await?,
    }
    Ok(())
}
