//! `observatory rule`: rules for what comes in, tried on what is there before they hold.

use clap::{Args, Subcommand};
use observatory_model::asked::Asked;
use observatory_model::query::SearchQuery;
use observatory_model::rule::{Act, Rule, Withheld};
use observatory_model::search::MAX_WORDS_BYTES;
use observatory_model::{Clock as _, EntryId, RuleId, Slug, SystemClock, Timestamp};
use observatory_store::Store;
use observatory_worker::jobs::judge_entries::{Trial, apply_rule, try_rule};
use serde_json::json;

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::{lifecycle, output};

mod withheld;

use withheld::{Release, Withholding, withheld};

/// Most entries that are looked at in one trial.
const MOST_TRIED: u64 = 200_000;

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub(crate) enum RuleCommand {
    /// Make a rule. It holds for what comes in from now on.
    Add(Add),
    /// List the rules.
    List,
    /// Take a rule away. What it did stays.
    Remove(Remove),
    /// Pause a rule.
    Pause(Named),
    /// Let a rule that is paused go on.
    Resume(Named),
    /// Say what a rule, or a search that is none yet, would have done, and change nothing.
    Test(Test),
    /// Do what a rule does with what was there before it.
    Apply(Apply),
    /// List the entries that are held.
    Held(Withholding),
    /// List the entries that were dropped.
    Dropped(Withholding),
    /// Show held entries to the public; no rule holds them again.
    Release(Release),
}

/// The flags of `rule add`.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The word by which it is called: small letters, digits and hyphens.
    name: Slug,
    /// Which entries it is about, in the words of a search: 'satellite -launch', 'lang:fr title:loi'.
    #[arg(long, value_name = "QUERY")]
    when: String,
    /// What is done with them: topic:WORD, language:ar, hold or drop.
    #[arg(long, value_name = "ACT")]
    then: Act,
    /// Only entries of this source. May be given several times.
    #[arg(long)]
    source: Vec<Slug>,
}

/// A rule by its name.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// Its name, as `rule list` shows it.
    name: Slug,
}

/// The flags of `rule remove`.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Its name, as `rule list` shows it.
    name: Slug,
    /// Take in again what it dropped, where the sources still have it.
    #[arg(long)]
    bring_back: bool,
}

/// The flags of `rule test`.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The name of a rule, or the words of a search.
    rule: String,
    /// Only entries of this source. May be given several times; of a rule by its name, it has its own.
    #[arg(long)]
    source: Vec<Slug>,
    /// Look at what was first seen in so many days.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
}

/// The flags of `rule apply`.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// Its name, as `rule list` shows it.
    name: Slug,
    /// Only to what was first seen in so many days.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: Option<u32>,
    /// Also where the rule drops entries, whose words are lost then.
    #[arg(long)]
    yes: bool,
}

impl RuleCommand {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        let store = lifecycle::open_store(&config).await?;
        let outcome = match self {
            Self::Add(add) => add.run(&store, said).await,
            Self::List => list(&store, said).await,
            Self::Remove(remove) => remove.run(&store, said).await,
            Self::Pause(named) => pause(&store, &named.name, true, said).await,
            Self::Resume(named) => pause(&store, &named.name, false, said).await,
            Self::Test(test) => test.run(&store, said).await,
            Self::Apply(apply) => apply.run(&store, said).await,
            Self::Held(flags) => withheld(&store, Withheld::Held, &flags, said).await,
            Self::Dropped(flags) => withheld(&store, Withheld::Dropped, &flags, said).await,
            Self::Release(release) => release.run(&store, said).await,
        };
        store.close().await;
        outcome
    }
}

/// The search of a rule, or what is wrong with its words.
fn read(words: &str, sources: &[Slug], now: Timestamp) -> Result<Asked, String> {
    let words = words.trim();
    if words.is_empty() && sources.is_empty() {
        return Err("an empty search finds everything; say which entries are meant".to_owned());
    }
    if words.len() > MAX_WORDS_BYTES {
        return Err(format!("a search has at most {MAX_WORDS_BYTES} bytes; use several rules"));
    }
    let notes = SearchQuery::parse(words, now).notes;
    if !notes.is_empty() {
        let notes = serde_json::to_string(&notes).unwrap_or_default();
        return Err(format!(
            "the search is not understood as it stands ({notes}); try it with `observatory search`"
        ));
    }
    let asked = Asked::parse("");
    Ok(Asked { words: words.to_owned(), sources: sources.to_vec(), ..asked })
}

/// Only sources that there are.
async fn check_sources(store: &Store, sources: &[Slug]) -> anyhow::Result<Option<String>> {
    let known = store.sources().await?;
    let unknown = sources.iter().find(|slug| known.iter().all(|source| source.slug != **slug));
    Ok(unknown
        .map(|slug| format!("there is no source {slug}; `observatory source list` names all")))
}

fn wrong(said: Said, words: &str) -> Exit {
    said.tell(&format!("error: {words}"));
    Exit::WrongUse
}

fn no_rule(said: Said, name: &Slug) -> Exit {
    said.tell(&format!("there is no rule {name}; `observatory rule list` names all"));
    Exit::No
}

async fn find(store: &Store, name: &Slug) -> anyhow::Result<Option<Rule>> {
    Ok(store.rules().await?.into_iter().find(|rule| rule.name == *name))
}

impl Add {
    async fn run(self, store: &Store, said: Said) -> anyhow::Result<Exit> {
        let now = SystemClock.now();
        let asked = match read(&self.when, &self.source, now) {
            Ok(asked) => asked,
            Err(words) => return Ok(wrong(said, &words)),
        };
        if let Some(words) = check_sources(store, &self.source).await? {
            return Ok(wrong(said, &words));
        }
        let rule = Rule {
            id: RuleId::new(now),
            name: self.name,
            asked,
            act: self.then,
            is_paused: false,
            added: now,
            applied: None,
        };
        store.add_rule(&rule).await?;
        let name = &rule.name;
        said.tell(&format!(
            "{name} holds for what comes in from now on; `rule test {name}` says what it would have \
             done, `rule apply {name}` does it"
        ));
        show(&rule, said);
        Ok(Exit::Done)
    }
}

async fn list(store: &Store, said: Said) -> anyhow::Result<Exit> {
    let rules = store.rules().await?;
    for rule in &rules {
        show(rule, said);
    }
    let (held, dropped) = store.withheld_counts().await?;
    said.tell(&format!("{} rules; {held} entries are held, {dropped} were dropped", rules.len()));
    Ok(Exit::Done)
}

fn show(rule: &Rule, said: Said) {
    let Rule { name, asked, act, is_paused, added, applied, .. } = rule;
    if said.json {
        output::json(&json!({
            "schema": "observatory.rule/1",
            "name": name,
            "when": asked.words,
            "sources": asked.sources,
            "then": act,
            "paused": is_paused,
            "added": added,
            "applying_after": applied,
        }));
        return;
    }
    let state = if *is_paused { "paused" } else { "on" };
    let sources = asked.sources.iter().map(Slug::as_str).collect::<Vec<_>>().join(" ");
    let sources = if sources.is_empty() { "all sources".to_owned() } else { sources };
    let words = output::foreign(&asked.words);
    output::result(&format!("{name}\t{state}\t{act}\t{sources}\t{words}"));
}

impl Remove {
    async fn run(self, store: &Store, said: Said) -> anyhow::Result<Exit> {
        if !store.remove_rule(&self.name).await? {
            return Ok(no_rule(said, &self.name));
        }
        said.tell(&format!("removed {}; what it did stays", self.name));
        if self.bring_back {
            let count = store.forget_dropped(&self.name).await?;
            said.tell(&format!(
                "{count} entries that it dropped come in again where their sources still have them"
            ));
        }
        Ok(Exit::Done)
    }
}

async fn pause(store: &Store, name: &Slug, is_paused: bool, said: Said) -> anyhow::Result<Exit> {
    if !store.pause_rule(name, is_paused).await? {
        return Ok(no_rule(said, name));
    }
    let state = if is_paused { "is paused" } else { "holds again for what comes in from now on" };
    said.tell(&format!("{name} {state}"));
    Ok(Exit::Done)
}

impl Test {
    async fn run(self, store: &Store, said: Said) -> anyhow::Result<Exit> {
        let now = SystemClock.now();
        let rule = match self.rule.parse::<Slug>() {
            Ok(name) => find(store, &name).await?,
            Err(_) => None,
        };
        let act = rule.as_ref().map(|rule| rule.act.clone());
        let asked = match rule {
            Some(rule) => rule.asked,
            None => match read(&self.rule, &self.source, now) {
                Ok(asked) => asked,
                Err(words) => return Ok(wrong(said, &words)),
            },
        };
        if let Some(words) = check_sources(store, &asked.sources).await? {
            return Ok(wrong(said, &words));
        }
        let since = now.plus_seconds(-i64::from(self.days) * 86_400);
        let trial = try_rule(store, &asked, since, MOST_TRIED, now).await?;
        tell_trial(&trial, &asked, act.as_ref(), self.days, said);
        Ok(if trial.found > 0 { Exit::Done } else { Exit::No })
    }
}

fn tell_trial(trial: &Trial, asked: &Asked, act: Option<&Act>, days: u32, said: Said) {
    let Trial { looked, found, by_source, examples, is_cut } = trial;
    if said.json {
        let source = |(slug, count): &(Slug, u64)| json!({ "source": slug, "found": count });
        let example = |(entry, source, title): &(EntryId, Slug, String)| json!({ "entry": entry, "source": source, "title": title });
        output::json(&json!({
            "schema": "observatory.rule-test/1",
            "when": asked.words,
            "sources": asked.sources,
            "then": act,
            "days": days,
            "looked": looked,
            "found": found,
            "by_source": by_source.iter().map(source).collect::<Vec<_>>(),
            "examples": examples.iter().map(example).collect::<Vec<_>>(),
            "cut": is_cut,
        }));
        return;
    }
    for (slug, count) in by_source {
        output::result(&format!("{count}\t{slug}"));
    }
    for (entry, source, title) in examples {
        output::result(&format!("{entry}\t{source}\t{}", output::foreign(title)));
    }
    let what = match act {
        None => "would find".to_owned(),
        Some(act) => format!("would do {act} with"),
    };
    let cut = if *is_cut { "; there are more, which were not looked at" } else { "" };
    said.tell(&format!("{what} {found} of {looked} entries of the last {days} days{cut}"));
}

impl Apply {
    async fn run(self, store: &Store, said: Said) -> anyhow::Result<Exit> {
        let Some(rule) = find(store, &self.name).await? else {
            return Ok(no_rule(said, &self.name));
        };
        if rule.act == Act::Drop && !self.yes {
            let words = "it drops entries and their words are lost; look at `rule test` first, then \
                say --yes";
            return Ok(wrong(said, words));
        }
        let now = SystemClock.now();
        let since =
            self.days.map_or(Timestamp::EPOCH, |days| now.plus_seconds(-i64::from(days) * 86_400));
        let (found, changed) = apply_rule(store, &rule, since, now).await?;
        if said.json {
            output::json(&json!({
                "schema": "observatory.rule-applied/1",
                "name": rule.name,
                "found": found,
                "changed": changed,
            }));
        }
        said.tell(&format!("{} found {found} entries; {changed} are different now", rule.name));
        Ok(Exit::Done)
    }
}
