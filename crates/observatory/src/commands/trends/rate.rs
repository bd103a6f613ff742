//! `observatory trends rate`, `resolve` and `calibration`: what people expect, and what came.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;
use observatory_model::decision::Person;
use observatory_model::rating::{
    Calibration, Call, Grade, MAX_NOTE_CHARS, Outcome, Percent, Rating,
};
use observatory_model::vocabulary::{Vocabularies, Vocabulary};
use observatory_model::{Clock as _, RatingId, Slug, SystemClock, Timestamp};
use observatory_store::Store;
use serde_json::{Value, json};

use super::{is_known, refuse_word, share};
use crate::commands::Said;
use crate::exit::Exit;
use crate::output;

/// The flags of `trends rate`.
#[derive(Debug, Args)]
pub(crate) struct Rate {
    /// The trend, by the word of its address.
    trend: Slug,
    /// Who rates; the name is shown to readers.
    #[arg(long, value_name = "NAME")]
    by: Person,
    /// When it will matter: a word of the vocabulary of horizons.
    #[arg(long)]
    horizon: Option<Slug>,
    /// How much it will matter, 1 to 5.
    #[arg(long, value_parser = grade)]
    impact: Option<Grade>,
    /// How new it is, 1 to 5.
    #[arg(long, value_parser = grade)]
    novelty: Option<Grade>,
    /// How little is known of it, 1 to 5.
    #[arg(long, value_parser = grade)]
    uncertainty: Option<Grade>,
    /// How likely it is that the criterion comes true, in per cent.
    #[arg(long, value_parser = percent, requires = "until", requires = "criterion")]
    probability: Option<Percent>,
    /// When it will be known, as 2028-12-31.
    #[arg(long, requires = "probability")]
    until: Option<Timestamp>,
    /// By what it will be known, in a sentence.
    #[arg(long, requires = "probability")]
    criterion: Option<String>,
    /// A word of explanation; shown to readers.
    #[arg(long, default_value = "")]
    note: String,
}

/// The flags of `trends resolve`.
#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// The rating that made the call, by the id that `trends explain` shows.
    rating: RatingId,
    /// Who says so; the name is shown to readers.
    #[arg(long, value_name = "NAME")]
    by: Person,
    /// It came true.
    #[arg(long, conflicts_with = "came_not", required_unless_present = "came_not")]
    came_true: bool,
    /// It did not come true.
    #[arg(long)]
    came_not: bool,
    /// How one knows; shown to readers.
    #[arg(long)]
    reason: String,
}

/// The flags of `trends calibration`.
#[derive(Debug, Args)]
pub(crate) struct CalibrationFlags {
    /// Only the calls of this person.
    #[arg(long, value_name = "NAME")]
    by: Option<Person>,
}

fn grade(text: &str) -> Result<Grade, String> {
    let number = text.parse::<u8>().map_err(|error| error.to_string())?;
    Grade::try_from(number).map_err(|error| error.to_string())
}

fn percent(text: &str) -> Result<Percent, String> {
    let number = text.trim_end_matches('%').parse::<u8>().map_err(|error| error.to_string())?;
    Percent::try_from(number).map_err(|error| error.to_string())
}

pub(super) async fn rate(
    store: &Store,
    flags: Rate,
    vocabularies: &Vocabularies,
    said: Said,
) -> anyhow::Result<Exit> {
    let at = SystemClock.now();
    if !is_known(store, &flags.trend).await? {
        said.tell(&format!("there is no trend {}; `trends list` names them", flags.trend));
        return Ok(Exit::No);
    }
    if let Some(horizon) = &flags.horizon
        && !vocabularies.has(Vocabulary::Horizons, horizon)
    {
        refuse_word(vocabularies, Vocabulary::Horizons, horizon, said);
        return Ok(Exit::WrongUse);
    }
    let call = match (flags.probability, flags.until, flags.criterion) {
        (Some(probability), Some(until), Some(criterion)) => {
            let criterion = criterion.trim().to_owned();
            if until <= at {
                said.tell("a call is on the future; name a later date with --until");
                return Ok(Exit::WrongUse);
            }
            if criterion.is_empty() || criterion.chars().count() > MAX_NOTE_CHARS {
                said.tell(&format!(
                    "a criterion is a sentence of up to {MAX_NOTE_CHARS} characters"
                ));
                return Ok(Exit::WrongUse);
            }
            Some(Call { probability, until, criterion })
        }
        _ => None,
    };
    if flags.note.chars().count() > MAX_NOTE_CHARS {
        said.tell(&format!("the note has more than {MAX_NOTE_CHARS} characters; shorten it"));
        return Ok(Exit::WrongUse);
    }
    let rating = Rating {
        id: RatingId::new(at),
        trend: flags.trend,
        rater: flags.by,
        at,
        horizon: flags.horizon,
        impact: flags.impact,
        novelty: flags.novelty,
        uncertainty: flags.uncertainty,
        call,
        note: flags.note.trim().to_owned(),
    };
    store.rate(&rating).await?;
    if said.json {
        output::json(&json_of(&rating)?);
    } else {
        output::result(&line_of(&rating, None));
    }
    Ok(Exit::Done)
}

pub(super) async fn resolve(store: &Store, flags: Resolve, said: Said) -> anyhow::Result<Exit> {
    let outcome = Outcome {
        rating: flags.rating,
        at: SystemClock.now(),
        by: flags.by,
        came_true: flags.came_true && !flags.came_not,
        reason: flags.reason.trim().chars().take(MAX_NOTE_CHARS).collect(),
    };
    store.resolve(&outcome).await?;
    said.tell("written down; `trends calibration` counts it");
    Ok(Exit::Done)
}

pub(super) async fn calibration(
    store: &Store,
    flags: &CalibrationFlags,
    said: Said,
) -> anyhow::Result<Exit> {
    let ratings = store.ratings(None).await?;
    let outcomes = store.outcomes(None).await?;
    let now = SystemClock.now();
    let mut by_rater = BTreeMap::<&Person, Vec<(Percent, bool)>>::new();
    let (mut all, mut open, mut due) = (Vec::new(), 0_u32, 0_u32);
    for rating in &ratings {
        let Some(call) = &rating.call else { continue };
        if flags.by.as_ref().is_some_and(|only| *only != rating.rater) {
            continue;
        }
        if let Some(outcome) = outcomes.get(&rating.id) {
            all.push((call.probability, outcome.came_true));
            let own = by_rater.entry(&rating.rater).or_default();
            own.push((call.probability, outcome.came_true));
        } else if call.until <= now {
            due += 1;
            said.tell(&format!("waits for an answer: {}", line_of(rating, None)));
        } else {
            open += 1;
        }
    }
    tell_score("all", Calibration::of(all.iter().copied()), said);
    for (rater, calls) in &by_rater {
        tell_score(rater.as_str(), Calibration::of(calls.iter().copied()), said);
    }
    said.tell(&format!("{open} calls are open, {due} wait for an answer"));
    Ok(if all.is_empty() { Exit::No } else { Exit::Done })
}

fn tell_score(name: &str, score: Option<Calibration>, said: Said) {
    let Some(Calibration { answered, came_true, brier }) = score else { return };
    if said.json {
        output::json(&json!({
            "schema": "observatory.calibration/1",
            "rater": name,
            "answered": answered,
            "came_true": came_true,
            "brier": share(brier),
        }));
    } else {
        let name = output::foreign(name);
        output::result(&format!(
            "{name}\t{came_true} of {answered} came true\tBrier {brier:.3} (0 is perfect, 0.250 is a coin)"
        ));
    }
}

/// A rating on one line.
pub(super) fn line_of(rating: &Rating, outcome: Option<&Outcome>) -> String {
    // Writing into a `String` cannot fail.
    let mut line =
        format!("{}\t{}\t{}", rating.id, rating.at, output::foreign(rating.rater.as_str()));
    let scales = [
        ("impact", rating.impact),
        ("novelty", rating.novelty),
        ("uncertainty", rating.uncertainty),
    ];
    for (scale, grade) in scales {
        if let Some(grade) = grade {
            write!(line, "\t{scale} {}", grade.number()).unwrap_or_default();
        }
    }
    if let Some(call) = &rating.call {
        let end = outcome.map_or("open", |outcome| {
            if outcome.came_true { "came true" } else { "did not come true" }
        });
        let criterion = output::foreign(&call.criterion);
        let percent = call.probability.number();
        write!(line, "\t{percent} % by {}: {criterion} ({end})", call.until).unwrap_or_default();
    }
    line
}

fn json_of(rating: &Rating) -> anyhow::Result<Value> {
    let mut shown = serde_json::to_value(rating)?;
    if let Some(fields) = shown.as_object_mut() {
        fields.insert("schema".to_owned(), json!("observatory.rating/1"));
    }
    Ok(shown)
}
