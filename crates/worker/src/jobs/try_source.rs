//! A source is asked once, to see what it would bring: nothing of it is kept.

use std::sync::Arc;

use observatory_ingest::{
    Conditional, Fetched, Fetcher, Links, arxiv, crossref, document, folder, oai,
};
use observatory_model::entry::IncomingEntry;
use observatory_model::source::{Failure, FailureReason, FolderWish, OaiWish, SourceKind};
use observatory_model::{Timestamp, WebAddress};

use crate::jobs::harvest::document::KEY;
use crate::jobs::harvest::folder::arrived;
use crate::jobs::harvest::papers::{Arrived, read};
use crate::readers::PaperReader;

/// Documents of a folder that are read to be shown.
const SHOWN: usize = 5;

/// What a source says when it is asked once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Its own name.
    pub title: Option<String>,
    /// The entries of its first answer.
    pub entries: Vec<IncomingEntry>,
    /// How many records it has taken back, in its first answer.
    pub deleted: usize,
    /// How many there are in all, as it says.
    pub total: Option<u64>,
    /// What could not be read, each in a few words.
    pub problems: Vec<String>,
    /// The hub that tells when it changes, and what the hub calls it, where it is a feed that names one.
    pub links: Links,
}

/// Asks for the first answer of a source.
///
/// # Errors
/// The reason why it cannot be harvested.
pub async fn try_source(
    fetcher: &Fetcher,
    reader: &PaperReader,
    (url, kind): (&WebAddress, &SourceKind),
    now: Timestamp,
) -> Result<Tried, Failure> {
    match kind {
        SourceKind::Feed => feed(fetcher, url, now).await,
        SourceKind::Oai(wish) => repository(fetcher, url, wish, now).await,
        SourceKind::Arxiv(wish) => {
            let fetch = Arc::new(fetcher.ask(&arxiv::page(url, wish, 0)?).await?);
            let page = arxiv::parse(fetch, now).await?;
            let total = Some(page.total);
            Ok(Tried { total, ..of(page.records) })
        }
        SourceKind::Crossref(wish) => {
            let url = crossref::page(url, wish, None, crossref::FIRST, fetcher.mailbox())?;
            let page = crossref::parse(Arc::new(fetcher.ask(&url).await?), now).await?;
            let total = page.total;
            Ok(Tried { total, ..of(page.records) })
        }
        SourceKind::Document => document(fetcher, reader, url, now).await,
        SourceKind::Folder(wish) => folder(reader, wish, now).await,
    }
}

async fn document(
    fetcher: &Fetcher,
    reader: &PaperReader,
    url: &WebAddress,
    now: Timestamp,
) -> Result<Tried, Failure> {
    let Fetched::Body(fetch) = fetcher.fetch_document(url, Conditional::default()).await? else {
        return Ok(Tried::default());
    };
    let arrived = Arrived {
        key: KEY.to_owned(),
        name: document::name_of(&fetch),
        url: Some(fetch.final_url.clone()),
        stamp: String::new(),
        content_type: fetch.content_type,
        bytes: fetch.bytes,
    };
    let mut tried = Tried { total: Some(1), ..Tried::default() };
    tried.show(reader, arrived, now).await?;
    tried.title = tried.entries.first().map(|entry| entry.title.clone());
    Ok(tried)
}

/// The first documents of a folder. Nobody waits here until they lie still.
async fn folder(reader: &PaperReader, wish: &FolderWish, now: Timestamp) -> Result<Tried, Failure> {
    let look = folder::look(wish).await?;
    let total = u64::try_from(look.files.len()).ok();
    let mut tried = Tried { total, problems: look.problems, ..Tried::default() };
    for seen in look.files.iter().take(SHOWN) {
        match folder::read(wish, seen).await {
            Ok(bytes) => tried.show(reader, arrived(seen, bytes), now).await?,
            Err(error) => tried.problems.push(format!("{}: {error}", seen.key)),
        }
    }
    Ok(tried)
}

impl Tried {
    /// Reads a document and shows it as it would be kept.
    async fn show(
        &mut self,
        reader: &PaperReader,
        arrived: Arrived,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let key = arrived.name.clone();
        let (entry, read) = read(reader, arrived, now).await.map_err(|error| {
            Failure::new(FailureReason::ParserFailed, crate::runner::chain(&error))
        })?;
        if let Err(unreadable) = read {
            self.problems.push(format!("{key}: {unreadable}"));
        }
        self.entries.push(entry);
        Ok(())
    }
}

async fn feed(fetcher: &Fetcher, url: &WebAddress, now: Timestamp) -> Result<Tried, Failure> {
    let Fetched::Body(fetch) = fetcher.fetch(url, Conditional::default()).await? else {
        return Ok(Tried::default());
    };
    let fetch = Arc::new(fetch);
    let feed = observatory_ingest::parse(Arc::clone(&fetch), now).await?;
    let (title, entries, problems) = (feed.title, feed.entries, feed.problems);
    let mut links = fetch.links.clone().or(feed.links);
    if links.hub.is_some() && links.topic.is_none() {
        links.topic = Some(fetch.final_url.clone());
    }
    let total = u64::try_from(entries.len()).ok();
    Ok(Tried { title, entries, problems, total, links, deleted: 0 })
}

/// A repository is asked who it is, and for what was changed in the last month.
async fn repository(
    fetcher: &Fetcher,
    url: &WebAddress,
    wish: &OaiWish,
    now: Timestamp,
) -> Result<Tried, Failure> {
    let ask = async |asked: WebAddress| {
        let answer = oai::parse(Arc::new(fetcher.ask(&asked).await?), now).await?;
        match answer.refusals.first() {
            Some(refusal) if refusal.code != oai::RefusalCode::NoRecordsMatch => {
                Err(oai::declined(refusal, url))
            }
            _ => Ok(answer),
        }
    };
    let identity = ask(oai::identify(url)?).await?.identity.ok_or_else(|| {
        Failure::new(FailureReason::Declined, "the repository does not say who it is")
    })?;
    let window = oai::Window {
        prefix: wish.prefix.as_deref().unwrap_or("oai_dc"),
        set: wish.set.as_deref(),
        from: wish.from.or(Some(now.plus_seconds(-30 * 24 * 3600))),
        until: wish.until,
        granularity: identity.granularity,
    };
    let answer = ask(oai::list_records(url, &window)?).await?;
    Ok(Tried { title: identity.name, total: answer.size, ..of(answer.records) })
}

fn of(records: observatory_ingest::Records) -> Tried {
    let deleted = records.deleted.len();
    Tried { entries: records.entries, deleted, problems: records.problems, ..Tried::default() }
}
