//! A repository that speaks OAI-PMH is harvested: what was changed since the last time, page by page.
//!
//! Dates are inclusive at both ends and as coarse as the repository says, so that each harvest begins one
//! step before the end of the last. The end is told by the repository's own clock.

use observatory_ingest::Records;
use observatory_ingest::oai::{
    self, Answer, BEST_FIRST, Granularity, RefusalCode, Window, declined, identify, list_formats,
    list_records, resume,
};
use observatory_model::Timestamp;
use observatory_model::source::{Failure, FailureReason, OaiWish, Source};
use serde::{Deserialize, Serialize};

use super::pages::{End, Ended, Harvest, refused};
use crate::jobs::fetch_feed::Fetched;
use crate::{Progress as Watching, WorkerError, World};

/// Seconds after which a repository is asked again who it is: a week.
const IDENTITY_SECONDS: i64 = 7 * 24 * 3600;

/// How far a harvest has come.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// What the repository said of itself.
    repository: Option<Repository>,
    /// Everything that was changed up to this time, by the repository's clock, is kept.
    done: Option<Timestamp>,
    /// The list that is being read.
    list: Option<List>,
    /// The longest time that one list may span, in seconds, after tokens have expired in longer ones.
    span_seconds: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Repository {
    name: Option<String>,
    granularity: Granularity,
    earliest: Option<Timestamp>,
    /// The format that is asked for.
    prefix: String,
    /// Whether it remembers what it has taken back, as it says.
    deleted: String,
    asked: Timestamp,
}

/// A list, and where in it the harvest is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct List {
    from: Option<Timestamp>,
    until: Timestamp,
    /// Where everything ends for now.
    goal: Timestamp,
    /// When the repository gave its first part, by its own clock.
    responded: Option<Timestamp>,
    token: Option<String>,
    /// How often it was begun anew.
    restarts: u32,
    records: usize,
}

/// Harvests the repository of `source`.
///
/// # Errors
/// [`WorkerError::Store`] when the outcome could not be written down.
pub(crate) async fn harvest_oai(
    world: &World,
    source: &Source,
    wish: &OaiWish,
    watching: &dyn Watching,
) -> Result<Fetched, WorkerError> {
    let mut harvest = Harvest::new(world, source, watching);
    let mut progress = harvest.progress::<Progress>();
    let ended = read_lists(&mut harvest, &mut progress, wish).await?;
    harvest.finish(ended).await
}

async fn read_lists(
    harvest: &mut Harvest<'_>,
    progress: &mut Progress,
    wish: &OaiWish,
) -> Result<Ended, WorkerError> {
    let repository = match repository(harvest, progress, wish).await {
        Ok(repository) => repository,
        Err(failure) => return Ok(Err(failure)),
    };
    progress.repository = Some(repository);
    loop {
        let now = harvest.world.clock.now();
        let (answer, token) = match next_answer(harvest, progress, wish, now).await {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            Err(failure) => {
                // What was learned about the repository and its tokens must not be learned again.
                harvest.keep(Records::default(), progress, None).await?;
                return Ok(Err(failure));
            }
        };
        let (seen, broke_off) = (answer.seen, answer.broke_off);
        let title = progress.repository.as_ref().and_then(|repository| repository.name.clone());
        if broke_off {
            harvest.keep(answer.records, progress, None).await?;
            let detail = format!("the answer breaks off after {seen} records");
            return Ok(Err(Failure::new(FailureReason::Malformed, detail)));
        }
        if answer.token.is_some() && answer.token == token {
            // It would be asked for the same part for ever.
            if let Err(failure) = progress.lose_token() {
                return Ok(Err(failure));
            }
            harvest.keep(answer.records, progress, None).await?;
            continue;
        }
        let size = answer.size;
        let is_all = progress.go_on(&answer);
        let end = is_all || !harvest.has_room();
        if end && !is_all {
            let of = size.map(|size| format!(" of {size}")).unwrap_or_default();
            let records = progress.list.as_ref().map_or(0, |list| list.records);
            harvest.problem(format!("{records}{of} records so far: the harvest goes on"));
        }
        harvest.keep(answer.records, progress, end.then_some(End { title, is_all })).await?;
        if end {
            return Ok(Ok(()));
        }
    }
}

/// The next part of the list, with the token that it was asked for by; `None` when the repository must
/// be asked in another way.
async fn next_answer(
    harvest: &mut Harvest<'_>,
    progress: &mut Progress,
    wish: &OaiWish,
    now: Timestamp,
) -> Result<Option<(Answer, Option<String>)>, Failure> {
    let Some(repository) = progress.repository.clone() else {
        return Err(Failure::new(FailureReason::Declined, "the repository does not say who it is"));
    };
    let list = progress.list(wish, now).clone();
    let base = &harvest.source.url;
    let url = if let Some(token) = &list.token {
        resume(base, token)?
    } else {
        let (from, until) = (list.from, Some(list.until));
        let (prefix, set) = (repository.prefix.as_str(), wish.set.as_deref());
        let granularity = repository.granularity;
        list_records(base, &Window { prefix, set, from, until, granularity })?
    };
    let fetch = harvest.ask(&url).await?;
    let is_error = fetch.status >= 400;
    let answer = match oai::parse(fetch.clone(), now).await {
        Ok(answer) if !is_error || !answer.refusals.is_empty() => answer,
        // Some repositories answer an old token with an error of HTTP.
        _ if is_error && list.token.is_some() => {
            progress.lose_token()?;
            return Ok(None);
        }
        _ if is_error => return Err(refused(&fetch)),
        Ok(answer) => answer,
        Err(failure) => return Err(failure),
    };
    let Some(refusal) = answer.refusals.first() else { return Ok(Some((answer, list.token))) };
    match refusal.code {
        RefusalCode::NoRecordsMatch => Ok(Some((answer, list.token))),
        RefusalCode::BadResumptionToken if list.token.is_some() => {
            progress.lose_token()?;
            Ok(None)
        }
        // It says that it knows seconds, and does not take them.
        RefusalCode::BadArgument
            if list.token.is_none() && repository.granularity == Granularity::Second =>
        {
            let granularity = Granularity::Day;
            progress.repository = Some(Repository { granularity, ..repository });
            Ok(None)
        }
        RefusalCode::CannotDisseminateFormat
            if wish.prefix.is_none() && repository.prefix != "oai_dc" =>
        {
            let prefix = "oai_dc".to_owned();
            progress.repository = Some(Repository { prefix, ..repository });
            Ok(None)
        }
        _ => Err(declined(refusal, base)),
    }
}

/// What the repository says of itself, asked once a week.
async fn repository(
    harvest: &mut Harvest<'_>,
    progress: &Progress,
    wish: &OaiWish,
) -> Result<Repository, Failure> {
    let now = harvest.world.clock.now();
    let known = progress.repository.clone();
    if let Some(known) = known
        && now.seconds_since(known.asked) < IDENTITY_SECONDS
    {
        return Ok(known);
    }
    let base = harvest.source.url.clone();
    let fetch = harvest.ask(&identify(&base)?).await?;
    let answer = match oai::parse(fetch.clone(), now).await {
        Ok(answer) => answer,
        Err(_) if fetch.status >= 400 => return Err(refused(&fetch)),
        Err(failure) => return Err(failure),
    };
    if let Some(refusal) = answer.refusals.first() {
        return Err(declined(refusal, &base));
    }
    let Some(identity) = answer.identity else {
        return Err(Failure::new(FailureReason::Declined, "the repository does not say who it is"));
    };
    let prefix = match &wish.prefix {
        Some(prefix) => prefix.clone(),
        None => best_format(harvest, now).await?,
    };
    Ok(Repository {
        name: identity.name,
        granularity: identity.granularity,
        earliest: identity.earliest,
        prefix,
        deleted: identity.deleted,
        asked: now,
    })
}

/// The richest of its formats that is read here.
async fn best_format(harvest: &mut Harvest<'_>, now: Timestamp) -> Result<String, Failure> {
    let url = list_formats(&harvest.source.url)?;
    let fetch = harvest.ask(&url).await?;
    // Every repository has oai_dc, also one that does not list its formats.
    let formats = oai::parse(fetch, now).await.map(|answer| answer.formats).unwrap_or_default();
    let best = BEST_FIRST.into_iter().find(|best| formats.iter().any(|format| format == best));
    Ok(best.unwrap_or("oai_dc").to_owned())
}

impl Progress {
    fn step(&self) -> i64 {
        self.repository.as_ref().map_or(1, |repository| repository.granularity.seconds())
    }

    /// The list that is being read, else the next one.
    fn list(&mut self, wish: &OaiWish, now: Timestamp) -> &List {
        let step = self.step();
        let from = match self.done {
            // One step over: what was changed in the same second, or on the same day, after the last
            // harvest has no later date.
            Some(done) => Some(done.plus_seconds(-step)).max(wish.from),
            None => wish.from,
        };
        let goal = wish.until.unwrap_or(now).max(from.unwrap_or(Timestamp::EPOCH));
        let begin = self.done.or(from).or_else(|| self.repository.as_ref()?.earliest);
        let until = match self.span_seconds {
            Some(span) => begin.unwrap_or(Timestamp::EPOCH).plus_seconds(span.max(step)).min(goal),
            None => goal,
        };
        self.list.get_or_insert(List {
            from,
            until,
            goal,
            responded: None,
            token: None,
            restarts: 0,
            records: 0,
        })
    }

    /// Notes that one part of the list was read; whether everything is read for now.
    fn go_on(&mut self, answer: &Answer) -> bool {
        let Some(list) = &mut self.list else { return true };
        list.responded = list.responded.or(answer.responded);
        list.records += answer.seen;
        list.token.clone_from(&answer.token);
        if list.token.is_some() {
            return false;
        }
        // Where the repository's clock is behind ours, it has not yet told of the time between.
        let told = list.responded.map_or(list.until, |responded| responded.min(list.until));
        let is_all = list.until >= list.goal;
        self.done = Some(self.done.map_or(told, |done| done.max(told)));
        if is_all {
            self.span_seconds = None;
        } else {
            // Between two lists nothing is left out, whatever the repository's clock says.
            self.done = self.done.max(Some(list.until));
        }
        self.list = None;
        is_all
    }

    /// The token is no longer known: the list is begun anew once, then in halves.
    fn lose_token(&mut self) -> Result<(), Failure> {
        let step = self.step();
        let earliest = self.repository.as_ref().and_then(|repository| repository.earliest);
        let Some(list) = &mut self.list else { return Ok(()) };
        list.token = None;
        list.responded = None;
        list.records = 0;
        list.restarts += 1;
        if list.restarts == 1 {
            return Ok(());
        }
        let from = list.from.or(earliest).unwrap_or(Timestamp::EPOCH);
        let whole = list.until.seconds_since(from);
        // A list of two steps is the shortest that goes on from the one before it.
        let half = (whole / 2) / step * step;
        if half < 2 * step {
            let detail =
                "the repository forgets its place even in the shortest list (badResumptionToken)";
            return Err(Failure::new(FailureReason::Declined, detail));
        }
        list.until = from.plus_seconds(half);
        list.restarts = 0;
        self.span_seconds = Some(half);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn progress(granularity: Granularity) -> Progress {
        let repository = Repository {
            name: None,
            granularity,
            earliest: Some(time("2020-01-01")),
            prefix: "oai_dc".to_owned(),
            deleted: "no".to_owned(),
            asked: time("2026-11-01"),
        };
        Progress { repository: Some(repository), ..Progress::default() }
    }

    fn answer(token: Option<&str>, responded: &str) -> Answer {
        let responded = Some(time(responded));
        Answer { token: token.map(str::to_owned), responded, ..Answer::default() }
    }

    #[test]
    fn each_list_begins_one_step_before_the_last_ended() {
        let wish = OaiWish::default();
        let mut progress = progress(Granularity::Second);
        let list = progress.list(&wish, time("2026-11-20T10:00:00Z")).clone();
        assert_eq!((list.from, list.until), (None, time("2026-11-20T10:00:00Z")));
        assert!(!progress.go_on(&answer(Some("t"), "2026-11-20T09:59:00Z")));
        assert!(progress.go_on(&answer(None, "2026-11-20T10:05:00Z")));
        // Its clock is a minute behind: what it stamps until ours is not told yet.
        assert_eq!(progress.done, Some(time("2026-11-20T09:59:00Z")));
        let list = progress.list(&wish, time("2026-11-21T10:00:00Z")).clone();
        assert_eq!(list.from, Some(time("2026-11-20T09:58:59Z")));

        let mut days = self::progress(Granularity::Day);
        days.done = Some(time("2026-11-20T10:00:00Z"));
        let list = days.list(&wish, time("2026-11-21T10:00:00Z"));
        assert_eq!(list.from.map(Timestamp::date).as_deref(), Some("2026-11-19"));
    }

    #[test]
    fn what_the_operator_wants_bounds_the_list() {
        let wish = OaiWish {
            from: Some(time("2015-03-10")),
            until: Some(time("2015-03-11")),
            ..OaiWish::default()
        };
        let mut progress = progress(Granularity::Day);
        let list = progress.list(&wish, time("2026-11-20")).clone();
        assert_eq!((list.from, list.until), (wish.from, time("2015-03-11")));
        assert!(progress.go_on(&answer(None, "2026-11-20")));
        assert_eq!(progress.done, wish.until);
    }

    #[test]
    fn a_lost_token_begins_anew_once_and_then_in_halves() {
        let wish = OaiWish { from: Some(time("2026-11-01")), ..OaiWish::default() };
        let now = time("2026-11-09");
        let mut progress = progress(Granularity::Day);
        progress.list(&wish, now);
        progress.lose_token().unwrap();
        assert_eq!(progress.list(&wish, now).until, now);
        progress.lose_token().unwrap();
        assert_eq!(progress.list(&wish, now).until, time("2026-11-05"));
        assert!(
            !progress.go_on(&answer(None, "2026-11-09T01:00:00Z")),
            "the other half is to come"
        );
        let list = progress.list(&wish, now).clone();
        assert_eq!((list.from, list.until), (Some(time("2026-11-04")), now));
        assert!(progress.go_on(&answer(None, "2026-11-09T01:00:00Z")));
        assert_eq!((progress.span_seconds, progress.done), (None, Some(now)));
    }

    #[test]
    fn halves_come_to_an_end() {
        let wish = OaiWish { from: Some(time("2026-11-01")), ..OaiWish::default() };
        let mut progress = progress(Granularity::Second);
        for _ in 0..100 {
            progress.list(&wish, time("2026-11-09"));
            if let Err(failure) = progress.lose_token() {
                assert_eq!(failure.reason, FailureReason::Declined);
                return;
            }
        }
        panic!("it goes on for ever");
    }

    #[test]
    fn progress_is_read_back() {
        let mut progress = progress(Granularity::Second);
        progress.list(&OaiWish::default(), time("2026-11-09"));
        let json = serde_json::to_string(&progress).unwrap();
        assert_eq!(serde_json::from_str::<Progress>(&json).unwrap(), progress);
        assert_eq!(serde_json::from_str::<Progress>("{}").unwrap(), Progress::default());
    }
}
