//! `observatory trends decide`: an editor's word on a trend.

use clap::{Args, Subcommand};
use observatory_model::decision::{Act, Decision, MAX_REASON_CHARS, Person};
use observatory_model::vocabulary::{Vocabularies, Vocabulary};
use observatory_model::{Clock as _, DecisionId, Language, Slug, SystemClock};
use observatory_store::Store;
use serde_json::json;

use super::{is_known, refuse_word};
use crate::commands::Said;
use crate::exit::Exit;
use crate::output;

/// The flags of `trends decide`.
#[derive(Debug, Args)]
pub(crate) struct Decide {
    /// The trend, by the word of its address.
    trend: Slug,
    /// Who decides; the name is shown to readers.
    #[arg(long, global = true, value_name = "NAME", default_value = "The editors")]
    by: Person,
    /// Why; shown to readers. Needed where a trend is dismissed.
    #[arg(long, global = true, default_value = "")]
    reason: String,
    #[command(subcommand)]
    act: DecideAct,
}

#[derive(Debug, Subcommand)]
enum DecideAct {
    /// Keep it in the list, whatever the figures say.
    Pin,
    /// Keep it only as long as the figures say so.
    Unpin,
    /// It is no trend: take it out of the lists.
    Dismiss,
    /// It was one after all.
    Restore,
    /// It is the same as another: its page leads there.
    Merge {
        /// The other trend.
        into: Slug,
    },
    /// It is a thing of its own after all.
    Separate,
    /// One of its names is another thing.
    Split {
        /// The name, as it stands in the documents.
        name: String,
    },
    /// Another name for readers of one language.
    Rename {
        /// The language.
        language: Language,
        /// The name.
        name: String,
    },
    /// Its stage.
    Stage {
        /// A word of the vocabulary.
        to: Slug,
    },
    /// When it will matter.
    Horizon {
        /// A word of the vocabulary.
        to: Slug,
    },
    /// The part of life it belongs to.
    Sector {
        /// A word of the vocabulary.
        to: Slug,
    },
    /// Another trend drives it, follows from it, or is related.
    Relate {
        /// A word of the vocabulary of relations.
        kind: Slug,
        /// The other trend.
        to: Slug,
    },
    /// Somebody looked at it; everything stays.
    Look,
}

impl From<DecideAct> for Act {
    fn from(act: DecideAct) -> Self {
        match act {
            DecideAct::Pin => Self::Pin,
            DecideAct::Unpin => Self::Unpin,
            DecideAct::Dismiss => Self::Dismiss,
            DecideAct::Restore => Self::Restore,
            DecideAct::Merge { into } => Self::Merge { into },
            DecideAct::Separate => Self::Separate,
            DecideAct::Split { name } => Self::Split { name },
            DecideAct::Rename { language, name } => Self::Rename { language, name },
            DecideAct::Stage { to } => Self::Stage { to },
            DecideAct::Horizon { to } => Self::Horizon { to },
            DecideAct::Sector { to } => Self::Sector { to },
            DecideAct::Relate { kind, to } => Self::Relate { kind, to },
            DecideAct::Look => Self::Look,
        }
    }
}

pub(super) async fn decide(
    store: &Store,
    flags: Decide,
    vocabularies: &Vocabularies,
    said: Said,
) -> anyhow::Result<Exit> {
    let act = Act::from(flags.act);
    if !is_known(store, &flags.trend).await? {
        said.tell(&format!("there is no trend {}; `trends list` names them", flags.trend));
        return Ok(Exit::No);
    }
    if let Some(exit) = refuse(store, &flags.trend, &act, &flags.reason, vocabularies, said).await?
    {
        return Ok(exit);
    }
    let at = SystemClock.now();
    let decision = Decision {
        id: DecisionId::new(at),
        trend: flags.trend,
        at,
        by: flags.by,
        act,
        reason: flags.reason.trim().to_owned(),
    };
    store.decide(&decision).await?;
    if said.json {
        let mut shown = serde_json::to_value(&decision)?;
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("schema".to_owned(), json!("observatory.decision/1"));
        }
        output::json(&shown);
    } else {
        said.tell(&format!("decided for {}; it stays in its history", decision.trend));
    }
    Ok(Exit::Done)
}

/// What is wrong with a decision, told; `None` when nothing is.
async fn refuse(
    store: &Store,
    trend: &Slug,
    act: &Act,
    reason: &str,
    vocabularies: &Vocabularies,
    said: Said,
) -> anyhow::Result<Option<Exit>> {
    if reason.chars().count() > MAX_REASON_CHARS {
        said.tell(&format!("the reason has more than {MAX_REASON_CHARS} characters; shorten it"));
        return Ok(Some(Exit::WrongUse));
    }
    if *act == Act::Dismiss && reason.trim().is_empty() {
        said.tell("readers want to know why a trend is set aside; say so with --reason");
        return Ok(Some(Exit::WrongUse));
    }
    let word = match act {
        Act::Stage { to } => Some((Vocabulary::Stages, to)),
        Act::Horizon { to } => Some((Vocabulary::Horizons, to)),
        Act::Sector { to } => Some((Vocabulary::Sectors, to)),
        Act::Relate { kind, .. } => Some((Vocabulary::Relations, kind)),
        _ => None,
    };
    if let Some((vocabulary, word)) = word
        && !vocabularies.has(vocabulary, word)
    {
        refuse_word(vocabularies, vocabulary, word, said);
        return Ok(Some(Exit::WrongUse));
    }
    if let Act::Split { name } = act {
        let concept = observatory_search::glossary().concept(name);
        if concept.is_none_or(|concept| concept.name != *trend) {
            said.tell(&format!(
                "only a name that the glossary gives {trend} can be split off; {name} is none"
            ));
            return Ok(Some(Exit::WrongUse));
        }
    }
    if let Act::Merge { into: other } | Act::Relate { to: other, .. } = act {
        if other == trend {
            said.tell("a trend is the same as itself already; name another");
            return Ok(Some(Exit::WrongUse));
        }
        if !is_known(store, other).await? {
            said.tell(&format!("there is no trend {other}; `trends list` names them"));
            return Ok(Some(Exit::No));
        }
    }
    if let Act::Merge { into } = act
        && leads_back(store, into, trend).await?
    {
        said.tell(&format!("{into} is the same as {trend} already; `separate` it first"));
        return Ok(Some(Exit::WrongUse));
    }
    Ok(None)
}

/// Whether following what `from` is the same as comes to `to`: a circle would lead readers nowhere.
async fn leads_back(store: &Store, from: &Slug, to: &Slug) -> anyhow::Result<bool> {
    let decisions = store.decisions(None).await?;
    let standings = observatory_model::radar::standings(&decisions);
    let mut at = from;
    // Each step leads to another trend, so that there are at most as many.
    for _ in 0..=standings.len() {
        if at == to {
            return Ok(true);
        }
        let Some(next) = standings.get(at).and_then(|one| one.merged_into.as_ref()) else {
            return Ok(false);
        };
        at = next;
    }
    Ok(true)
}
