//! What tells the same story is folded: entries that changed are compared with those that share a key or
//! a part of their text with them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future;
use observatory_model::change::{Change, ChangeNumber, DocumentKey};
use observatory_model::story::{ByHand, Likeness, MOST_MEMBERS, Marks, SameBy, Wording};
use observatory_model::{EntryId, Timestamp};
use observatory_store::{Candidate, Folding, Store};
use observatory_text::retelling::Retelling;
use tokio::sync::oneshot;

use crate::WorkerError;

/// Changes that are looked at in one step of a transaction.
const CHANGES_AT_ONCE: u32 = 200;

/// How long steps are begun in one transaction: each touches most pages of what is filed, which are written
/// once for all of them; whoever saves something waits so long.
const TURN: Duration = Duration::from_millis(500);

/// Entries of which fewer are taken apart where they are.
const FEW: usize = 16;

/// Most entries that stay read in one transaction, 1 to 20 KB each: what comes at once from many sources is
/// compared with each other.
const MOST_READ: usize = 2_000;

/// Entries from which on no more are read ahead for one step.
const MOST_READ_AHEAD: usize = 400;

/// What was read of entries in one transaction. One that changes meanwhile gets another number, and is looked
/// at again.
type Read = BTreeMap<EntryId, Arc<Retelling>>;

/// What has changed, read as it is compared.
struct Looked {
    /// The last of these changes.
    up_to: ChangeNumber,
    /// The entries that changed.
    ids: Vec<EntryId>,
    /// Those of them that the public may read, the oldest first.
    retellings: Vec<(EntryId, Arc<Retelling>)>,
}

/// Folds what has changed since the last time. Returns how many entries were given another place.
///
/// How far this has come stands in the store and is written in the transaction that folds: nothing is
/// missed when the program stops, and nothing that is the same as before is looked at twice. Entries
/// that were folded, or lead a story since, get change numbers, so that the index follows.
///
/// # Errors
/// [`WorkerError::Store`]; what was folded stays, the rest is folded the next time.
pub async fn fold_stories(store: &Store, now: Timestamp) -> Result<u64, WorkerError> {
    let (mut folded, mut own) = (0, Vec::new());
    // Looking costs no turn of the writer.
    while store.stories_followed().await? < store.last_change().await? {
        let mut folding = store.begin_folding().await?;
        let (begun, before) = (Instant::now(), folding.up_to());
        let (mut up_to, mut moved, mut read) = (before, BTreeSet::new(), Read::new());
        let mut next = look(store, before, &own).await?;
        while let Some(looked) = next {
            up_to = looked.up_to;
            let settled = settle(&mut folding, &mut read, looked, now);
            if begun.elapsed() >= TURN {
                moved.extend(settled.await?);
                break;
            }
            // What follows is read and taken apart meanwhile, beside the writer. What changes after that has
            // another number, and is looked at again.
            let (settled, following) = future::join(settled, look(store, up_to, &own)).await;
            moved.extend(settled?);
            next = following?;
        }
        if up_to == before {
            break;
        }
        folded += u64::try_from(moved.len()).unwrap_or(u64::MAX);
        own.push(folding.finish(up_to, &moved).await?);
    }
    Ok(folded)
}

/// Looks at the changes that follow; `None` where there are none.
async fn look(
    store: &Store,
    after: ChangeNumber,
    own: &[RangeInclusive<ChangeNumber>],
) -> Result<Option<Looked>, WorkerError> {
    let changes = store.changes_after(after, CHANGES_AT_ONCE).await?;
    let Some(up_to) = changes.last().map(|change| change.number) else { return Ok(None) };
    let ids = to_look_at(changes, own);
    let wordings = store.wordings(&ids).await?;
    Ok(Some(Looked { up_to, ids, retellings: retellings(wordings).await? }))
}

/// Takes what entries say apart, on a thread beside this one: it is most of the work.
async fn retellings(wordings: Vec<Wording>) -> Result<Vec<(EntryId, Arc<Retelling>)>, WorkerError> {
    let each = |wordings: &[Wording]| {
        let each = wordings.iter().map(|one| (one.entry, Arc::new(Retelling::of(one))));
        each.collect::<Vec<_>>()
    };
    if wordings.len() < FEW {
        return Ok(each(&wordings));
    }
    let (answer, answered) = oneshot::channel();
    let work = move || {
        if answer.send(each(&wordings)).is_err() {
            tracing::debug!("nobody waits for what was compared any more");
        }
    };
    // It ends with its work, or with the panic of which the caller is told.
    let stopped = |why: &str| WorkerError::Panicked(why.to_owned());
    let begun = thread::Builder::new().name("retell".to_owned()).spawn(work);
    begun.map_err(|error| stopped(&format!("no thread could be started: {error}")))?;
    answered.await.map_err(|_dropped| stopped("what entries say could not be compared"))
}

/// The entries of these changes but those that got their numbers by folding, which `own` names: what else
/// had changed in them since would have given them others.
fn to_look_at(changes: Vec<Change>, own: &[RangeInclusive<ChangeNumber>]) -> Vec<EntryId> {
    let others = changes.into_iter();
    let others = others.filter(|change| !own.iter().any(|own| own.contains(&change.number)));
    let entries = others.filter_map(|change| match change.document {
        DocumentKey::Entry(id) => Some(id),
        DocumentKey::Brief { .. } => None,
    });
    entries.collect()
}

/// Takes an entry out of its story by hand: it is a story of its own, and stays one whatever comes.
/// Those that stay behind are compared anew. Returns whether anything tells its story with it.
///
/// # Errors
/// [`WorkerError::Store`], a conflict where there is no such entry; nothing was changed.
pub async fn split_story(
    store: &Store,
    entry: EntryId,
    now: Timestamp,
) -> Result<bool, WorkerError> {
    let mut folding = store.begin_folding().await?;
    let group = group_of(&mut folding, entry).await?;
    folding.say(ByHand::Split, entry, None, now).await?;
    let changed = place_anew(&mut folding, &mut Read::new(), &group, now).await?;
    let up_to = folding.up_to();
    folding.finish(up_to, &changed).await?;
    Ok(group.len() > 1)
}

/// Folds two entries, and what is folded with either, into one story by hand. Returns `false`, and
/// changes nothing, where that would be more than a story may have.
///
/// # Errors
/// [`WorkerError::Store`], a conflict where there is no such entry; nothing was changed.
pub async fn join_stories(
    store: &Store,
    entry: EntryId,
    other: EntryId,
    now: Timestamp,
) -> Result<bool, WorkerError> {
    let mut folding = store.begin_folding().await?;
    let mut group = group_of(&mut folding, entry).await?;
    group.extend(group_of(&mut folding, other).await?);
    if group.len() > MOST_MEMBERS {
        return Ok(false);
    }
    folding.say(ByHand::Join, entry, Some(other), now).await?;
    let changed = place_anew(&mut folding, &mut Read::new(), &group, now).await?;
    let up_to = folding.up_to();
    folding.finish(up_to, &changed).await?;
    Ok(true)
}

/// Gives those of these entries that are new or different, and all that tell a story with them, their
/// places. Returns those whose place is another than before.
async fn settle(
    folding: &mut Folding,
    read: &mut Read,
    looked: Looked,
    now: Timestamp,
) -> Result<BTreeSet<EntryId>, WorkerError> {
    let mut changed = BTreeSet::new();
    let prints = folding.prints(&looked.ids).await?;
    let mut unseen = looked.ids.into_iter().collect::<BTreeSet<_>>();
    let new = looked.retellings.iter().filter(|(entry, _)| !prints.contains_key(entry));
    folding.look_up(&new.map(|(_, retelling)| retelling.marks()).collect::<Vec<_>>()).await?;
    if read.len() > MOST_READ {
        read.clear();
    }
    read_ahead(folding, read, &looked.retellings, &prints).await?;
    for (entry, retelling) in looked.retellings {
        read.insert(entry, Arc::clone(&retelling));
        unseen.remove(&entry);
        match prints.get(&entry) {
            Some(print) if *print == retelling.marks().print => {}
            Some(_) => {
                let group = group_of(folding, entry).await?;
                changed.extend(place_anew(folding, read, &group, now).await?);
            }
            None => changed.extend(place(folding, read, entry, &retelling, now).await?),
        }
    }
    // What is filed and can no longer be read leaves its story.
    for id in unseen.into_iter().filter(|id| prints.contains_key(id)) {
        let group = group_of(folding, id).await?;
        changed.extend(place_anew(folding, read, &group, now).await?);
    }
    Ok(changed)
}

/// Reads what those of these entries that are new will be compared with, many at once.
async fn read_ahead(
    folding: &mut Folding,
    read: &mut Read,
    retellings: &[(EntryId, Arc<Retelling>)],
    prints: &BTreeMap<EntryId, u64>,
) -> Result<(), WorkerError> {
    let mut unread = BTreeSet::new();
    for (_, retelling) in retellings.iter().filter(|(entry, _)| !prints.contains_key(entry)) {
        if unread.len() >= MOST_READ_AHEAD {
            break;
        }
        let candidates = folding.candidates(retelling.marks()).await?;
        let others = candidates.into_iter().map(|candidate| candidate.entry);
        unread.extend(others.filter(|other| !read.contains_key(other)));
    }
    let wordings = folding.wordings(&Vec::from_iter(unread)).await?;
    read.extend(self::retellings(wordings).await?);
    Ok(())
}

/// All entries of the story of this one.
async fn group_of(folding: &mut Folding, entry: EntryId) -> Result<BTreeSet<EntryId>, WorkerError> {
    let (leading, members) = folding.story(entry).await?;
    Ok(members.into_iter().map(|member| member.entry).chain([leading, entry]).collect())
}

/// Gives the entries of whole stories their places as if they had just come, the oldest first. Returns
/// those that are in another story than before, or lead more or fewer.
async fn place_anew(
    folding: &mut Folding,
    read: &mut Read,
    group: &BTreeSet<EntryId>,
    now: Timestamp,
) -> Result<BTreeSet<EntryId>, WorkerError> {
    let ids = group.iter().copied().collect::<Vec<_>>();
    let before = places(folding, group).await?;
    folding.take_out(&ids).await?;
    let mut touched = group.clone();
    for wording in folding.wordings(&ids).await? {
        let (entry, retelling) = (wording.entry, Retelling::of(&wording));
        let since = before.get(&entry).and_then(|place| place.since).unwrap_or(now);
        touched.extend(place(folding, read, entry, &retelling, since).await?);
    }
    let after = places(folding, &touched).await?;
    let is_other = |id: &EntryId| {
        let story = |places: &BTreeMap<EntryId, Place>| places.get(id).map(|place| place.story);
        !group.contains(id) || story(&before) != story(&after)
    };
    Ok(touched.into_iter().filter(is_other).collect())
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// The leading entry of its story; `None` for what alone tells its own.
    story: Option<EntryId>,
    since: Option<Timestamp>,
}

async fn places(
    folding: &mut Folding,
    entries: &BTreeSet<EntryId>,
) -> Result<BTreeMap<EntryId, Place>, WorkerError> {
    let mut places = BTreeMap::new();
    for entry in entries {
        if places.contains_key(entry) {
            continue;
        }
        let (leading, members) = folding.story(*entry).await?;
        let story = (!members.is_empty()).then_some(leading);
        places.insert(leading, Place { story, since: None });
        for member in members {
            places.insert(member.entry, Place { story, since: Some(member.since) });
        }
    }
    Ok(places)
}

/// Files an entry that is not, under a story or as one of its own. Returns what has another place by
/// it: the entry and the one it is folded under, or nothing.
async fn place(
    folding: &mut Folding,
    read: &mut Read,
    entry: EntryId,
    retelling: &Retelling,
    since: Timestamp,
) -> Result<Vec<EntryId>, WorkerError> {
    let marks = retelling.marks();
    let said = folding.said(entry).await?;
    if said.is_apart {
        folding.file(entry, &marks.without_keys()).await?;
        return Ok(Vec::new());
    }
    let mut found = None;
    for joined in said.joined {
        // One that is not filed comes later, and finds this one.
        if !folding.prints(&[joined]).await?.is_empty() {
            let (story, _) = folding.story(joined).await?;
            found = Some((Candidate { entry: joined, story }, Likeness::whole(SameBy::Hand)));
        }
    }
    if found.is_none() {
        found = same_as(folding, read, entry, retelling).await?;
    }
    let Some((Candidate { entry: like, story }, likeness)) = found else {
        folding.file(entry, marks).await?;
        return Ok(Vec::new());
    };
    if likeness.by.is_text() {
        // What is like it is like the other, which stays where it is when this one goes.
        folding.file(entry, &marks.without_text()).await?;
    } else {
        folding.file(entry, marks).await?;
    }
    let leads_already = folding.size(story).await? > 1;
    folding.fold(story, entry, like, likeness, since).await?;
    Ok(if leads_already { vec![entry] } else { vec![entry, story] })
}

/// The entry that tells the same, with its story, if there is one that has room: for the most certain
/// reason, then in the oldest story.
async fn same_as(
    folding: &mut Folding,
    read: &mut Read,
    entry: EntryId,
    retelling: &Retelling,
) -> Result<Option<(Candidate, Likeness)>, WorkerError> {
    let marks = retelling.marks();
    let mut candidates = folding.candidates(marks).await?;
    candidates.retain(|candidate| candidate.entry != entry);
    if candidates.is_empty() {
        return Ok(None);
    }
    if read.len() > MOST_READ {
        read.clear();
    }
    let unread = candidates.iter().map(|candidate| candidate.entry);
    let unread = unread.filter(|id| !read.contains_key(id)).collect::<Vec<_>>();
    for other in folding.wordings(&unread).await? {
        read.insert(other.entry, Arc::new(Retelling::of(&other)));
    }
    // A key that two stories have says nothing: a page of news, a series that has one DOI.
    let is_doubtful = |by: SameBy| {
        let stories = candidates.iter().filter(|candidate| {
            let other = read.get(&candidate.entry);
            other.is_some_and(|other| has_key(by, marks, other.marks()))
        });
        stories.map(|candidate| candidate.story).collect::<BTreeSet<_>>().len() > 1
    };
    let mut same = Vec::new();
    for candidate in &candidates {
        let Some(other) = read.get(&candidate.entry) else { continue };
        if let Some(likeness) = retelling.same(other, is_doubtful) {
            same.push((likeness.by, 100 - likeness.percent.min(100), *candidate, likeness));
        }
    }
    same.sort_by_key(|(by, less, candidate, _)| (*by, *less, candidate.story, candidate.entry));
    for (_, _, candidate, likeness) in same {
        if folding.size(candidate.story).await? < MOST_MEMBERS {
            return Ok(Some((candidate, likeness)));
        }
    }
    Ok(None)
}

fn has_key(by: SameBy, marks: &Marks, others: &Marks) -> bool {
    let same = |left: Option<u64>, right: Option<u64>| left.is_some() && left == right;
    match by {
        SameBy::Doi => same(marks.doi, others.doi),
        SameBy::Arxiv => same(marks.arxiv, others.arxiv),
        SameBy::Address => same(marks.address, others.address),
        SameBy::Hand | SameBy::Words | SameBy::Alike => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_got_its_number_by_folding_is_not_looked_at_again_until_it_changes() {
        let entry = |at: i64| EntryId::new(Timestamp::from_millis(at));
        let (moved, other, brief) = (entry(1), entry(2), "brief:future-vision/a/en");
        let of = |number, document| Change { number: ChangeNumber(number), document };
        let changes = vec![
            of(4, DocumentKey::Entry(moved)),
            of(5, DocumentKey::Entry(other)),
            of(6, brief.parse().unwrap()),
        ];
        let own = |first, last| ChangeNumber(first)..=ChangeNumber(last);
        assert_eq!(to_look_at(changes.clone(), &[]), [moved, other]);
        // The second had been moved too, as 3, and has changed since.
        assert_eq!(to_look_at(changes.clone(), &[own(1, 0), own(3, 4)]), [other]);
        assert_eq!(to_look_at(changes, &[own(3, 3), own(4, 5)]), []);
    }
}
