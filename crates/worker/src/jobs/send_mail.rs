//! A mail that was written leaves.

use observatory_mail::MailError;
use observatory_model::MailId;

use crate::runner::chain;
use crate::{WorkerError, World};

/// Sends a mail, unless it was sent, given up or called back, and writes down that it left.
///
/// Should the program die between the two, it is sent once more with the same `Message-ID`; SMTP knows
/// no way around that.
///
/// A mail that the server refuses for good is given up at once, one that could not be handed over when
/// this is the `last` try: that is no error of the job, and stands in the row of the mail.
///
/// # Errors
/// [`WorkerError::Mail`] when it is to be tried again; [`WorkerError::Store`].
pub async fn send_mail(world: &World, id: MailId, last: bool) -> Result<(), WorkerError> {
    let Some(mail) = world.store.waiting_mail(id).await? else { return Ok(()) };
    match world.mailer.send(&mail).await {
        Ok(()) => {
            world.store.mail_sent(id, world.clock.now()).await?;
            tracing::info!(mail = %id, "sent a mail");
            Ok(())
        }
        Err(error) if last || matches!(error, MailError::Refused { .. }) => {
            let reason = chain(&error);
            tracing::error!(mail = %id, reason, "a mail is given up");
            Ok(world.store.mail_failed(id, &reason, world.clock.now()).await?)
        }
        Err(error) => Err(error.into()),
    }
}
