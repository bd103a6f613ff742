//! A reviewer is reminded of a review that is still wanted.

use observatory_model::alert::Token;
use observatory_model::mail::{Letter, Topic};
use observatory_model::rights::Stage;
use observatory_model::{MailId, ReviewId};

use crate::{WorkerError, World};

/// Writes the mail that reminds a reviewer, with a link of its own; nothing where the review is not
/// wanted any more.
///
/// # Errors
/// [`WorkerError::Store`], [`WorkerError::Letter`], [`WorkerError::Chance`].
pub async fn remind_reviewer(world: &World, id: ReviewId) -> Result<(), WorkerError> {
    let (store, now) = (&world.store, world.clock.now());
    let Some(review) = store.review(id).await? else { return Ok(()) };
    let Some(submission) = store.submission(review.submission).await? else { return Ok(()) };
    let is_wanted = review.answer.is_open()
        && submission.stage == Stage::Review
        && submission.round == review.round;
    if !is_wanted {
        return Ok(());
    }
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(WorkerError::Chance)?;
    let link = Token::new(random);
    let letter = Letter {
        to: review.mail.clone(),
        language: review.language,
        topic: Topic::Review {
            key: link,
            review: review.id,
            name: review.name.clone(),
            title: submission.draft.title.trim().to_owned(),
            due: review.due,
            is_reminder: true,
        },
    };
    let mail = world.letters.write(MailId::new(now), &letter, now)?;
    Ok(store.remind(&review, link, &mail, now).await?)
}
