//! The names of stages, kinds and verdicts, and the sentences about where a piece is.

use observatory_model::Timestamp;
use observatory_model::review::Answer;
use observatory_model::rights::Stage;
use observatory_model::submission::{PieceKind, Problem, Verdict};

use crate::html::Html;
use crate::locale::Locale;

impl Locale {
    /// The name of a stage, as its authors see it.
    pub(crate) fn stage(&self, stage: Stage) -> String {
        self.say(&format!("stage.{stage}")).to_owned()
    }

    /// The name of a kind of piece.
    pub(crate) fn piece_kind(&self, kind: PieceKind) -> String {
        self.say(&format!("piece_kind.{kind}")).to_owned()
    }

    /// The name of a verdict.
    pub(crate) fn verdict(&self, verdict: Verdict) -> String {
        self.say(&format!("verdict.{verdict}")).to_owned()
    }

    /// How far a review has come.
    pub(crate) fn review_answer(&self, answer: Answer) -> String {
        self.say(&format!("review_answer.{answer}")).to_owned()
    }

    /// What stands in the way of sending a piece.
    pub(crate) fn problem(&self, problem: Problem) -> String {
        self.say(&format!("problem.{}", problem.what)).to_owned()
    }

    /// Who has a piece and since when, and how long that usually takes.
    pub(crate) fn whereabouts(&self, stage: Stage, since: Timestamp, usual: Option<i64>) -> Html {
        let holder = format!("holder.{stage}");
        let mut sentences = vec![self.fill(&holder, &[("date", self.minute(since))])];
        if !stage.is_over() && stage != Stage::Draft {
            sentences.push(match usual {
                Some(seconds) => {
                    let time = Html::text(&self.span(seconds));
                    self.fill("piece.usual", &[("time", time)])
                }
                None => Html::text(self.say("piece.usual_unknown")),
            });
        }
        self.sentences(&sentences)
    }
}
