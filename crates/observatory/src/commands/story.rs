//! `observatory story`: what is folded into one story, and the editor's hand in it.

use clap::{Args, Subcommand};
use observatory_model::story::Telling;
use observatory_model::{Clock as _, EntryId, InvalidId, SystemClock};
use observatory_store::{HandLine, Store, StoryLine};
use observatory_worker::jobs::fold_stories::{join_stories, split_story};
use serde_json::{Value, json};

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::{lifecycle, output};

/// What to do with stories.
#[derive(Debug, Subcommand)]
pub(crate) enum Story {
    /// List the stories that more than one entry tells, the latest folded first.
    List(List),
    /// Show all entries that tell the same as an entry, and why they count as one.
    Show(One),
    /// Take an entry out of its story; it is never folded again by itself.
    Split(One),
    /// Fold two entries into one story.
    Join(Join),
}

/// The flags of `story list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Leave out so many.
    #[arg(long, default_value_t = 0)]
    skip: u32,
    /// List at most so many, and at most 200.
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

/// The flags of `story show` and `story split`.
#[derive(Debug, Args)]
pub(crate) struct One {
    /// The entry: its id, its key or the address of its page.
    #[arg(value_parser = entry_id)]
    entry: EntryId,
}

/// The flags of `story join`.
#[derive(Debug, Args)]
pub(crate) struct Join {
    /// The entry: its id, its key or the address of its page.
    #[arg(value_parser = entry_id)]
    entry: EntryId,
    /// The other entry.
    #[arg(value_parser = entry_id)]
    other: EntryId,
}

/// Reads the id at the end of a key or an address.
pub(crate) fn entry_id(text: &str) -> Result<EntryId, InvalidId> {
    text.trim().rsplit(['/', ':']).next().unwrap_or_default().parse()
}

impl Story {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        let store = lifecycle::open_store(&config).await?;
        let outcome = match self {
            Self::List(flags) => list(&store, &flags, said).await,
            Self::Show(one) => show(&store, one.entry, said).await,
            Self::Split(one) => split(&store, one.entry, said).await,
            Self::Join(ends) => join(&store, ends.entry, ends.other, said).await,
        };
        store.close().await;
        outcome
    }
}

async fn list(store: &Store, flags: &List, said: Said) -> anyhow::Result<Exit> {
    for line in store.stories(flags.skip, flags.limit).await? {
        let StoryLine { story, title, entries, sources, latest } = line;
        if said.json {
            output::json(&json!({
                "schema": "observatory.story-line/1",
                "story": story,
                "title": title,
                "entries": entries,
                "sources": sources,
                "latest": latest,
            }));
        } else {
            let title = output::foreign(&title);
            output::result(&format!(
                "{story}\t{entries} entries\t{sources} sources\t{latest}\t{title}"
            ));
        }
    }
    let (stories, folded) = store.story_counts().await?;
    said.tell(&format!(
        "{stories} stories are told by several entries; {folded} entries are folded"
    ));
    Ok(Exit::Done)
}

async fn show(store: &Store, entry: EntryId, said: Said) -> anyhow::Result<Exit> {
    let tellings = store.tellings(entry).await?;
    let hands = store.said_by_hand(Some(entry)).await?;
    if tellings.is_empty() {
        said.tell(&format!("there is no entry {entry}"));
        return Ok(Exit::No);
    }
    if said.json {
        output::json(&json!({
            "schema": "observatory.story/1",
            "story": tellings.first().map(|telling| telling.entry),
            "entries": tellings.iter().map(telling_json).collect::<Vec<_>>(),
            "by_hand": hands.iter().map(hand_json).collect::<Vec<_>>(),
        }));
        return Ok(Exit::Done);
    }
    for telling in &tellings {
        let Telling { entry, source, since, .. } = telling;
        let why = telling.likeness.map_or_else(
            || "leads the story".to_owned(),
            |likeness| match likeness.percent {
                100 => likeness.by.to_string(),
                percent => format!("{} {percent} %", likeness.by),
            },
        );
        let title = output::foreign(&telling.title);
        output::result(&format!("{entry}\t{why}\t{since}\t{source}\t{title}"));
    }
    for hand in &hands {
        let HandLine { act, entry, done, .. } = hand;
        let other = hand.other.map(|other| format!(" and {other}")).unwrap_or_default();
        let end = hand.undone.map(|undone| format!(", until {undone}")).unwrap_or_default();
        said.tell(&format!("by hand: {} {entry}{other} on {done}{end}", act.code()));
    }
    Ok(Exit::Done)
}

async fn split(store: &Store, entry: EntryId, said: Said) -> anyhow::Result<Exit> {
    let was_folded = split_story(store, entry, SystemClock.now()).await?;
    said.tell(&if was_folded {
        format!("{entry} stands alone now, and stays so; `story join` takes that back")
    } else {
        format!("{entry} stood alone already, and stays so; `story join` takes that back")
    });
    show(store, entry, Said { quiet: true, ..said }).await
}

async fn join(store: &Store, entry: EntryId, other: EntryId, said: Said) -> anyhow::Result<Exit> {
    if entry == other {
        said.tell("an entry tells its own story already; name two");
        return Ok(Exit::WrongUse);
    }
    if !join_stories(store, entry, other, SystemClock.now()).await? {
        said.tell("together they would be more than 50 entries; split some of them off first");
        return Ok(Exit::No);
    }
    said.tell(&format!("{entry} and {other} are one story now; `story split` takes that back"));
    show(store, entry, Said { quiet: true, ..said }).await
}

fn telling_json(telling: &Telling) -> Value {
    json!({
        "entry": telling.entry,
        "source": telling.source,
        "source_name": telling.source_name,
        "title": telling.title,
        "url": telling.url,
        "date": telling.date,
        "reason": telling.likeness.map(|likeness| likeness.by),
        "percent": telling.likeness.map(|likeness| likeness.percent),
        "since": telling.since,
    })
}

fn hand_json(hand: &HandLine) -> Value {
    json!({
        "act": hand.act,
        "entry": hand.entry,
        "other": hand.other,
        "done": hand.done,
        "undone": hand.undone,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_named_by_id_key_or_address() {
        let id = "01939c5e-7b1a-7c3e-8d55-2f9f0c4b6a10";
        for text in [id.to_owned(), format!("entry:{id}"), format!("https://a.org/ar/entries/{id}")]
        {
            assert_eq!(entry_id(&text).unwrap().to_string(), id);
        }
        assert!(entry_id("a-slug").is_err());
    }
}
