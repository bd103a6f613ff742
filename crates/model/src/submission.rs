//! A piece that a researcher hands in: what was typed, what is missing, and where it is on its way.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::{PersonId, SubmissionId};
use crate::identifier::{Identifier, Scheme};
use crate::language::Language;
use crate::mail::MailAddress;
use crate::person::{MAX_AFFILIATION_CHARS, MAX_NAME_CHARS};
use crate::rights::Stage;

mod kinds;
mod saving;

pub use kinds::{InvalidLicence, InvalidPieceKind, Licence, PieceKind};
pub use saving::{Held, Kept, Save};

/// Longest title that can be sent, in characters: as for the pieces of the house.
pub const MAX_TITLE_CHARS: usize = 120;

/// Longest summary that can be sent, in characters: one sentence under the title and in lists.
pub const MAX_SUMMARY_CHARS: usize = 300;

/// Shortest text that can be sent without a file, in characters: less is a note, not a piece.
pub const LEAST_TEXT_CHARS: usize = 200;

/// Longest text, in bytes. The longest piece of the house has 30 kB.
pub const MAX_TEXT_BYTES: usize = 512 * 1024;

/// Most authors of a piece.
pub const MAX_AUTHORS: usize = 20;

/// Longest answer to the questions about interests and the use of AI, in characters.
pub const MAX_ANSWER_CHARS: usize = 2_000;

/// Days for which a draft is kept that nobody has claimed or opened.
pub const UNCLAIMED_DAYS: i64 = 30;

/// An author as the form has it: words as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The ORCID iD, however it was written; may be empty.
    #[serde(default)]
    pub orcid: String,
    /// Where the author works; may be empty.
    #[serde(default)]
    pub affiliation: String,
    /// The institution's number in the ROR, however it was written; may be empty.
    #[serde(default)]
    pub ror: String,
}

impl Author {
    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        [&self.name, &self.orcid, &self.affiliation, &self.ror].iter().all(|text| text.is_empty())
    }

    /// The ORCID iD in its normal form, where what was typed is one.
    pub fn orcid(&self) -> Option<String> {
        of_scheme(&self.orcid, Scheme::Orcid)
    }

    /// The number in the ROR in its normal form, where what was typed is one.
    pub fn ror(&self) -> Option<String> {
        of_scheme(&self.ror, Scheme::Ror)
    }
}

fn of_scheme(text: &str, scheme: Scheme) -> Option<String> {
    let found = Identifier::parse(text.trim())?;
    (found.scheme == scheme).then_some(found.value)
}

/// A file that was handed in with a piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its name as the sender has it, without a path, at most 200 characters.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256: where the store keeps it.
    pub file: String,
}

/// The words of a piece as they were typed: whatever stands here can be kept, and [`Draft::problems`]
/// says what stands in the way of sending it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What kind of piece it is.
    pub kind: PieceKind,
    /// The language of its text.
    pub language: Option<Language>,
    /// Its title.
    pub title: String,
    /// What it is about, in one sentence.
    pub summary: String,
    /// Its text, in Markdown; may be empty where there is a file.
    pub text: String,
    /// Its file.
    #[serde(default)]
    pub attachment: Option<Attachment>,
    /// Who wrote it, in order.
    pub authors: Vec<Author>,
    /// Under what others may use it; `None` until it was chosen.
    pub licence: Option<Licence>,
    /// What could be thought to sway its authors; empty: nothing was said.
    pub interests: String,
    /// For what AI was used; empty: nothing was said.
    pub ai_use: String,
    /// What its authors say they changed, in a revision.
    #[serde(default)]
    pub changes: String,
}

/// A place of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// The title.
    Title,
    /// The summary.
    Summary,
    /// The language of the text.
    Language,
    /// The text or the file.
    Text,
    /// The name of an author, counted from 0.
    Name(usize),
    /// The ORCID iD of an author.
    Orcid(usize),
    /// The affiliation of an author.
    Affiliation(usize),
    /// The institution of an author.
    Ror(usize),
    /// The licence.
    Licence,
    /// The interests.
    Interests,
    /// The use of AI.
    AiUse,
}

impl Field {
    /// The page of the form on which it stands, counted from 1.
    pub const fn step(self) -> u8 {
        match self {
            Self::Title | Self::Summary | Self::Language | Self::Text => 1,
            Self::Name(_) | Self::Orcid(_) | Self::Affiliation(_) | Self::Ror(_) => 2,
            Self::Licence | Self::Interests | Self::AiUse => 3,
        }
    }

    /// The `id` and the name of its element.
    pub fn id(self) -> String {
        match self {
            Self::Title => "title".to_owned(),
            Self::Summary => "summary".to_owned(),
            Self::Language => "language".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Name(at) => format!("name-{at}"),
            Self::Orcid(at) => format!("orcid-{at}"),
            Self::Affiliation(at) => format!("affiliation-{at}"),
            Self::Ror(at) => format!("ror-{at}"),
            Self::Licence => "licence".to_owned(),
            Self::Interests => "interests".to_owned(),
            Self::AiUse => "ai-use".to_owned(),
        }
    }
}

/// What stands in the way of sending a piece, as a locale key under `problem`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where.
    pub field: Field,
    /// What: a word of the locales.
    pub what: &'static str,
}

impl Draft {
    /// What stands in the way of sending it, in the order of the form. Empty: it can be sent.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut ask = |holds: bool, field, what| {
            if !holds {
                problems.push(Problem { field, what });
            }
        };
        let title = self.title.trim().chars().count();
        ask(title > 0, Field::Title, "title");
        ask(title <= MAX_TITLE_CHARS, Field::Title, "title-long");
        let summary = self.summary.trim().chars().count();
        ask(summary > 0, Field::Summary, "summary");
        ask(summary <= MAX_SUMMARY_CHARS, Field::Summary, "summary-long");
        ask(self.language.is_some(), Field::Language, "language");
        let text = self.text.trim().chars().count();
        let has_file = self.attachment.is_some();
        ask(has_file || text > 0, Field::Text, "text");
        ask(has_file || text == 0 || text >= LEAST_TEXT_CHARS, Field::Text, "text-short");
        ask(self.text.len() <= MAX_TEXT_BYTES, Field::Text, "text-long");
        let authors: Vec<(usize, &Author)> =
            self.authors.iter().enumerate().filter(|(_, author)| !author.is_empty()).collect();
        ask(!authors.is_empty(), Field::Name(0), "author");
        for (at, author) in authors {
            let name = author.name.trim().chars().count();
            ask(name > 0, Field::Name(at), "name");
            ask(name <= MAX_NAME_CHARS, Field::Name(at), "name-long");
            let is_orcid = author.orcid.trim().is_empty() || author.orcid().is_some();
            ask(is_orcid, Field::Orcid(at), "orcid");
            let fits = author.affiliation.chars().count() <= MAX_AFFILIATION_CHARS;
            ask(fits, Field::Affiliation(at), "affiliation-long");
            let is_ror = author.ror.trim().is_empty() || author.ror().is_some();
            ask(is_ror, Field::Ror(at), "ror");
        }
        ask(self.licence.is_some(), Field::Licence, "licence");
        let interests = self.interests.trim().chars().count();
        ask(interests > 0, Field::Interests, "interests");
        ask(interests <= MAX_ANSWER_CHARS, Field::Interests, "answer-long");
        let ai_use = self.ai_use.trim().chars().count();
        ask(ai_use > 0, Field::AiUse, "ai-use");
        ask(ai_use <= MAX_ANSWER_CHARS, Field::AiUse, "answer-long");
        problems
    }

    /// The authors of whom something was typed.
    pub fn named_authors(&self) -> impl Iterator<Item = &Author> {
        self.authors.iter().filter(|author| !author.name.trim().is_empty())
    }
}

/// A submission and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// Its id.
    pub id: SubmissionId,
    /// Its number, once it was sent: `2026-0017`.
    pub number: Option<String>,
    /// Whose it is; `None` until the mailed link was used.
    pub owner: Option<PersonId>,
    /// To whom the link was mailed that makes it theirs.
    pub mail: MailAddress,
    /// The language in which its owner is written to.
    pub language: Language,
    /// Where it is.
    pub stage: Stage,
    /// Since when.
    pub since: Timestamp,
    /// When it was begun.
    pub created: Timestamp,
    /// How often its words were kept: the number a save has to name.
    pub revision: u64,
    /// How often it was sent.
    pub round: u32,
    /// Its words.
    pub draft: Draft,
    /// The slug under which it is published, or will be as the next version of a piece that is.
    pub slug: Option<String>,
    /// What an editor decided, for as long as it can be taken back.
    pub pending: Option<Pending>,
}

/// How a piece is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Publish it.
    Accept,
    /// Ask its authors to revise it.
    Revise,
    /// Decline it.
    Decline,
}

/// The text names no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a verdict is one of accept, revise, decline")]
pub struct InvalidVerdict;

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 3] = [Self::Accept, Self::Revise, Self::Decline];

    /// The word in forms, in the store and in locale keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Revise => "revise",
            Self::Decline => "decline",
        }
    }

    /// Where a piece is after it.
    pub const fn stage(self) -> Stage {
        match self {
            Self::Accept => Stage::Published,
            Self::Revise => Stage::Revision,
            Self::Decline => Stage::Declined,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl FromStr for Verdict {
    type Err = InvalidVerdict;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|verdict| verdict.code() == text).ok_or(InvalidVerdict)
    }
}

/// Seconds in which an editor can take a decision back.
pub const UNDO_SECONDS: i64 = 10;

/// A decision that is carried out when its time has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// What was decided.
    pub verdict: Verdict,
    /// Why, for the authors.
    pub reasons: String,
    /// Who decided.
    pub by: PersonId,
    /// When it is carried out.
    pub due: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Draft {
        Draft {
            language: Some(Language::Fr),
            title: "Titre".to_owned(),
            summary: "Une phrase.".to_owned(),
            text: "x".repeat(LEAST_TEXT_CHARS),
            authors: vec![Author {
                name: "A. B.".to_owned(),
                orcid: "https://orcid.org/0000-0002-1825-0097".to_owned(),
                ..Author::default()
            }],
            licence: Some(Licence::CcBy),
            interests: "Aucun".to_owned(),
            ai_use: "Aucun".to_owned(),
            ..Draft::default()
        }
    }

    fn what(draft: &Draft) -> Vec<&'static str> {
        draft.problems().iter().map(|problem| problem.what).collect()
    }

    #[test]
    fn an_empty_form_names_all_that_is_missing() {
        let all = what(&Draft::default());
        let wanted =
            ["title", "summary", "language", "text", "author", "licence", "interests", "ai-use"];
        assert_eq!(all, wanted);
        assert_eq!(what(&whole()), Vec::<&str>::new());
    }

    #[test]
    fn a_wrong_number_is_named_where_it_stands() {
        let mut draft = whole();
        draft.authors.push(Author {
            name: String::new(),
            orcid: "0000-0002-1825-0098".to_owned(),
            affiliation: "x".repeat(MAX_AFFILIATION_CHARS + 1),
            ror: "https://orcid.org/0000-0002-1825-0097".to_owned(),
        });
        let problems = draft.problems();
        let fields: Vec<String> = problems.iter().map(|problem| problem.field.id()).collect();
        assert_eq!(fields, ["name-1", "orcid-1", "affiliation-1", "ror-1"]);
        assert!(problems.iter().all(|problem| problem.field.step() == 2));
        draft.authors[1] = Author::default();
        assert_eq!(what(&draft), Vec::<&str>::new(), "an empty row is nobody");
        assert_eq!(draft.authors[0].orcid().as_deref(), Some("0000-0002-1825-0097"));
    }

    #[test]
    fn a_file_stands_for_the_text() {
        let mut draft = Draft { text: String::new(), ..whole() };
        assert_eq!(what(&draft), ["text"]);
        let file = Attachment { name: "a.pdf".to_owned(), bytes: 1, file: "0".repeat(64) };
        draft.attachment = Some(file);
        assert_eq!(what(&draft), Vec::<&str>::new());
    }

    #[test]
    fn a_save_never_overwrites_what_its_writer_has_not_seen() {
        let (one, two) = (whole(), Draft { title: "Autre".to_owned(), ..whole() });
        let held = Held { revision: 7, device: "a", sequence: 3, draft: &one };
        let save = |base, device: &str, sequence| Save {
            base,
            device: device.to_owned(),
            sequence,
            draft: two.clone(),
        };
        assert_eq!(save(7, "b", 1).judge(&held), Kept::Next);
        assert_eq!(save(6, "b", 1).judge(&held), Kept::Beside, "somebody else was quicker");
        assert_eq!(save(6, "a", 4).judge(&held), Kept::Next, "an answer to itself was lost");
        assert_eq!(save(6, "a", 2).judge(&held), Kept::Beside, "it came too late");
        assert_eq!(save(6, "", 0).judge(&held), Kept::Beside, "a form without a script");
        let typed_by_both = Save { draft: one.clone(), ..save(1, "c", 1) };
        assert_eq!(typed_by_both.judge(&held), Kept::Same);
    }
}
