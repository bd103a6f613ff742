//! What has happened to somebody's pieces is written into one mail.

use observatory_model::mail::{Letter, NoticeLine, Topic};
use observatory_model::rights::Stage;
use observatory_model::{MailId, PersonId};

use crate::{WorkerError, World};

/// Writes one mail about everything that a person is to be told and was not, in the transaction that
/// marks it as told. Nothing to tell, no mail.
///
/// # Errors
/// [`WorkerError::Store`], [`WorkerError::Letter`]; nothing was told.
pub async fn send_notices(world: &World, person: PersonId) -> Result<(), WorkerError> {
    let (store, now) = (&world.store, world.clock.now());
    let Some(person) = store.person(person).await? else { return Ok(()) };
    let notices = store.notices(person.id).await?;
    if notices.is_empty() || person.disabled.is_some() {
        return Ok(());
    }
    let is_received = notices.iter().any(|(_, what, _)| what == "received" || what == "revised");
    let usual = if is_received { store.usual_seconds(Stage::Received).await? } else { None };
    let ids: Vec<String> = notices.iter().map(|(id, ..)| id.clone()).collect();
    let lines = notices
        .into_iter()
        .map(|(_, what, submission)| NoticeLine {
            what,
            submission: submission.id,
            number: submission.number.unwrap_or_default(),
            title: submission.draft.title,
        })
        .collect();
    let letter = Letter {
        to: person.mail,
        language: person.language,
        topic: Topic::Notices { lines, usual },
    };
    let mail = world.letters.write(MailId::new(now), &letter, now)?;
    store.tell_notices(&ids, &mail, now).await?;
    Ok(())
}
