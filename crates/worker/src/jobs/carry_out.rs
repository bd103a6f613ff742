//! A decision about a submission is carried out: what is accepted becomes public.

use observatory_model::brief::{Audience, Body, Brief, BriefAddress};
use observatory_model::credit::Credit;
use observatory_model::submission::{Author, Submission, Verdict};
use observatory_model::{Institution, Series, Slug, SubmissionId, Timestamp};
use observatory_store::{Manuscript, Publication};
use observatory_text::markdown::manuscript;

use crate::{WorkerError, World};

/// Most characters of a file's text that become a page; the file itself is there as well.
const MOST_CHARS: usize = 400_000;

/// Carries out what was decided about a submission, once the time to take it back is over.
///
/// The page of an accepted piece is written before the transaction that publishes it, from what the
/// readers of papers kept when the file came in. Run twice, the second finds nothing to carry out.
///
/// # Errors
/// [`WorkerError::Store`].
pub async fn carry_out(world: &World, id: SubmissionId) -> Result<(), WorkerError> {
    let now = world.clock.now();
    let Some(submission) = world.store.submission(id).await? else { return Ok(()) };
    let Some(pending) = submission.pending.clone().filter(|pending| pending.due <= now) else {
        return Ok(());
    };
    let publication = if pending.verdict == Verdict::Accept {
        Some(publication(world, &submission, now).await?)
    } else {
        None
    };
    if world.store.carry_out(id, &pending, publication, now).await? {
        world.store.freeze_charts(now).await?;
        tracing::info!(submission = %id, verdict = %pending.verdict, "carried out a decision");
    }
    Ok(())
}

async fn publication(
    world: &World,
    submission: &Submission,
    now: Timestamp,
) -> Result<Publication, WorkerError> {
    let draft = &submission.draft;
    let language = draft.language.unwrap_or(submission.language);
    let text = if draft.text.trim().is_empty() {
        text_of_file(world, submission).await?
    } else {
        draft.text.clone()
    };
    let text = if text.trim().is_empty() { draft.summary.clone() } else { text };
    let body: Body = manuscript(&text, language);
    let number = submission.number.clone().unwrap_or_default();
    let title = draft.title.trim().to_owned();
    let authors: Vec<Author> = draft
        .named_authors()
        .map(|author| Author {
            name: author.name.trim().to_owned(),
            orcid: author.orcid().unwrap_or_default(),
            affiliation: author.affiliation.trim().to_owned(),
            ror: author.ror().unwrap_or_default(),
        })
        .collect();
    let brief = Brief {
        address: BriefAddress { series: Series::AcademicNetwork, slug: slug(&title, &number) },
        language,
        original: language,
        translation: None,
        title,
        standfirst: draft.summary.trim().to_owned(),
        bottom_line: None,
        questions: Vec::new(),
        unknowns: Vec::new(),
        authors: authors.iter().map(|author| author.name.clone()).collect(),
        institution: authors
            .iter()
            .find_map(|author| author.affiliation.parse::<Institution>().ok()),
        audience: Audience::Public,
        published: now,
        version: 1,
        topics: Vec::new(),
        confidence: None,
        evidence: Vec::new(),
        related: Vec::new(),
        body,
    };
    let credit = Credit {
        submission: submission.id,
        number,
        kind: draft.kind,
        licence: draft.licence.unwrap_or_default(),
        authors,
        interests: draft.interests.trim().to_owned(),
        ai_use: draft.ai_use.trim().to_owned(),
        attachment: draft.attachment.clone(),
    };
    Ok(Publication { brief, credit })
}

/// The slug of a title; of one in another script, the number of the submission.
fn slug(title: &str, number: &str) -> Slug {
    let short: String = title.chars().take(70).collect();
    let own = Slug::from_words(&short)
        .filter(|_| title.chars().filter(char::is_ascii_alphabetic).count() > 2);
    own.or_else(|| Slug::from_words(&format!("piece {number}"))).unwrap_or_else(Slug::unnamed)
}

/// The text that was read of the file, as Markdown in which nothing is a sign.
async fn text_of_file(world: &World, submission: &Submission) -> Result<String, WorkerError> {
    let Some(attachment) = &submission.draft.attachment else { return Ok(String::new()) };
    let Some(Manuscript::Paper(paper)) = world.store.manuscript(&attachment.file).await? else {
        return Ok(String::new());
    };
    let mut markdown = String::new();
    for part in &paper.parts {
        if let Some(heading) = &part.heading {
            markdown.push_str("## ");
            markdown.push_str(&escaped(heading));
            markdown.push_str("\n\n");
        }
        for paragraph in part.text.split("\n\n") {
            markdown.push_str(&escaped(paragraph));
            markdown.push_str("\n\n");
        }
        if markdown.len() > MOST_CHARS {
            break;
        }
    }
    Ok(markdown)
}

/// Text in which no sign means anything to Markdown (`CommonMark` §2.4).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for character in text.trim().chars() {
        if character.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(if character.is_control() { ' ' } else { character });
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_in_another_script_is_addressed_by_its_number() {
        assert_eq!(slug("Networks after 2030", "2026-0001").as_str(), "networks-after-2030");
        assert_eq!(slug("الشبكات بعد 2030", "2026-0001").as_str(), "piece-2026-0001");
        assert_eq!(slug("数字鸿沟", "2026-0002").as_str(), "piece-2026-0002");
    }

    #[test]
    fn the_text_of_a_file_means_nothing_to_markdown() {
        assert_eq!(escaped("# *a* <b>"), "\\# \\*a\\* \\<b\\>");
    }
}
