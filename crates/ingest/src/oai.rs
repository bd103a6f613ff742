//! What a repository says in OAI-PMH 2.0 (<https://www.openarchives.org/OAI/openarchivesprotocol.html>).
//!
//! Errors come with any status, and an answer that breaks off is told from one that has ended: what
//! was not read must not count as harvested.

mod formats;
mod request;

use std::sync::Arc;

use observatory_model::source::{Failure, FailureReason};
use observatory_model::{Timestamp, WebAddress};
use observatory_text::one_line;

use crate::encoding::to_text;
use crate::fetch::Fetch;
use crate::parsers::on_thread;
use crate::records::{Collector, Records, guarded};
use crate::tree::{Element, Taken, Wanted, parts};
use crate::{dates, recognise};

pub use formats::{BEST_FIRST, is_read};
pub use request::{Window, identify, list_formats, list_records, resume};

/// Most records of one answer. The longest at hand has 897; §3.5 lets the repository choose.
pub const MAX_RECORDS: usize = 5_000;

/// Most formats of a repository that are looked at.
const MAX_FORMATS: usize = 200;

/// Most errors of an answer that are kept.
const MAX_REFUSALS: usize = 10;

/// Longest resumption token that is sent back, in bytes: it must fit into an address.
const MAX_TOKEN: usize = 1_500;

/// What a repository answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// When it answered, by its own clock (§3.2).
    pub responded: Option<Timestamp>,
    /// What it did not do, and why (§3.6); may be empty.
    pub refusals: Vec<Refusal>,
    /// The answer to `Identify`.
    pub identity: Option<Identity>,
    /// The prefixes of its formats: the answer to `ListMetadataFormats`.
    pub formats: Vec<String>,
    /// The answer to `ListRecords`.
    pub records: Records,
    /// How many records it has, those that could not be read included.
    pub seen: usize,
    /// What asks for the next part of the list (§3.5); `None` at its end.
    pub token: Option<String>,
    /// How many records the whole list has, as the repository says.
    pub size: Option<u64>,
    /// Whether the answer breaks off before its end.
    pub broke_off: bool,
}

/// What a repository does not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which of the errors of §3.6.
    pub code: RefusalCode,
    /// The code as written, and what is said about it, at most 200 characters.
    pub detail: String,
}

/// The errors of §3.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalCode {
    /// The request is not understood.
    BadArgument,
    /// The token has expired, or was never given.
    BadResumptionToken,
    /// The format is not given.
    CannotDisseminateFormat,
    /// Nothing was changed in this time: an empty list, and no error.
    NoRecordsMatch,
    /// There are no sets.
    NoSetHierarchy,
    /// Something else.
    Other,
}

/// What a repository says of itself (§4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its name, at most 300 characters.
    pub name: Option<String>,
    /// The smallest step of its dates.
    pub granularity: Granularity,
    /// The date before which nothing was changed.
    pub earliest: Option<Timestamp>,
    /// Whether it remembers what it has taken back: `no`, `transient` or `persistent`, as written.
    pub deleted: String,
}

/// The smallest step of the dates of a repository (§3.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Granularity {
    /// A day, in UTC: every repository knows it.
    #[default]
    Day,
    /// A second.
    Second,
}

impl Granularity {
    /// The step, in seconds.
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Day => 86_400,
            Self::Second => 1,
        }
    }
}

/// Reads an answer. Synchronous work of up to a second for one at the limits.
///
/// `content_type` is the header as written, and no time in the result is later than `now`, except
/// [`Answer::responded`].
///
/// # Errors
/// [`FailureReason::NotAFeed`] or [`FailureReason::WebPage`] when it is no answer of OAI-PMH, and the
/// other reasons of a document that cannot be read; a panic is one of them.
pub fn read(bytes: &[u8], content_type: Option<&str>, now: Timestamp) -> Result<Answer, Failure> {
    guarded(|| read_text(&to_text(bytes, content_type)?, content_type, now))
}

/// The same as [`read`], on a thread of this crate.
///
/// # Errors
/// Those of [`read`].
pub async fn parse(fetch: Arc<Fetch>, now: Timestamp) -> Result<Answer, Failure> {
    on_thread(move || read(&fetch.bytes, fetch.content_type.as_deref(), now)).await
}

/// The parts of an answer that are read. A record of MARC has records in it, without a header.
const PARTS: Wanted = Wanted {
    names: &["record", "responsedate", "error", "resumptiontoken", "identify", "metadataformat"],
    begins_with: Some("header"),
};

fn read_text(text: &str, content_type: Option<&str>, now: Timestamp) -> Result<Answer, Failure> {
    let mut answer = Answer::default();
    let mut collector = Collector::new(text.len(), now);
    let whole = parts(text, PARTS, &mut |part| take(part, &mut answer, &mut collector))?;
    if whole.root != "oai-pmh" {
        // Where it is a feed, that is what is wrong with it.
        recognise::recognise(text, content_type)?;
        let detail =
            format!("the document is a <{}>, no answer of OAI-PMH", one_line(&whole.root, 40));
        return Err(Failure::new(FailureReason::NotAFeed, detail));
    }
    let is_empty = answer.refusals.is_empty() && answer.identity.is_none() && collector.seen() == 0;
    if whole.broke_off && is_empty {
        let detail = "the answer breaks off, and nothing of it could be read";
        return Err(Failure::new(FailureReason::Malformed, detail));
    }
    answer.broke_off = whole.broke_off;
    answer.seen = collector.seen();
    answer.records = collector.finish();
    Ok(answer)
}

fn take(part: Taken, answer: &mut Answer, collector: &mut Collector) -> Result<(), Failure> {
    let Taken { element, broke_off } = part;
    match element.name.as_str() {
        "record" if collector.seen() >= MAX_RECORDS => {
            let detail = format!("the answer has more than {MAX_RECORDS} records");
            return Err(Failure::new(FailureReason::TooComplex, detail));
        }
        "record" => take_record(&element, broke_off, collector),
        "responsedate" => answer.responded = dates::parse(&element.text()),
        "error" if answer.refusals.len() < MAX_REFUSALS => answer.refusals.push(refusal(&element)),
        "resumptiontoken" if !broke_off => {
            let given = element.text();
            if given.len() > MAX_TOKEN {
                let detail = format!("the resumption token has more than {MAX_TOKEN} bytes");
                return Err(Failure::new(FailureReason::TooComplex, detail));
            }
            answer.token = Some(given).filter(|given| !given.is_empty());
            let size = element.attribute("completelistsize");
            answer.size = size.and_then(|size| size.parse().ok());
        }
        "identify" => answer.identity = Some(identity(&element)),
        "metadataformat" if answer.formats.len() < MAX_FORMATS => {
            answer.formats.extend(element.said("metadataprefix"));
        }
        _ => {}
    }
    Ok(())
}

fn take_record(element: &Element, broke_off: bool, collector: &mut Collector) {
    let header = element.first("header");
    let key = header.and_then(|header| header.said("identifier")).unwrap_or_default();
    let is_deleted = header
        .and_then(|header| header.attribute("status"))
        .is_some_and(|status| status.eq_ignore_ascii_case("deleted"));
    if is_deleted && !key.is_empty() {
        collector.take_back(crate::entry::key(&key));
        return;
    }
    let changed = header.and_then(|header| header.said("datestamp"));
    let mut record = element.first("metadata").map(formats::record).unwrap_or_default();
    // The repository's own number of arXiv says which preprint it is.
    record.identifiers.extend(crate::known::identifier(&key));
    record.updated = changed.as_deref().and_then(dates::parse);
    record.key = key;
    record.broke_off = broke_off;
    collector.take(record);
}

fn refusal(element: &Element) -> Refusal {
    let code = element.attribute("code").unwrap_or_default();
    let known = match code.to_ascii_lowercase().as_str() {
        "badargument" => RefusalCode::BadArgument,
        "badresumptiontoken" => RefusalCode::BadResumptionToken,
        "cannotdisseminateformat" => RefusalCode::CannotDisseminateFormat,
        "norecordsmatch" => RefusalCode::NoRecordsMatch,
        "nosethierarchy" => RefusalCode::NoSetHierarchy,
        _ => RefusalCode::Other,
    };
    let detail = one_line(&format!("{code}: {}", element.text()), 200);
    Refusal { code: known, detail }
}

fn identity(element: &Element) -> Identity {
    let granularity = element.said("granularity").unwrap_or_default().to_ascii_lowercase();
    Identity {
        name: element.said("repositoryname").map(|name| one_line(&name, 300)),
        granularity: if granularity.contains("hh") {
            Granularity::Second
        } else {
            Granularity::Day
        },
        earliest: element.said("earliestdatestamp").as_deref().and_then(dates::parse),
        deleted: element.said("deletedrecord").unwrap_or_default(),
    }
}

/// The answer of a repository to a request that it does not do.
pub fn declined(refusal: &Refusal, url: &WebAddress) -> Failure {
    let host = url.host();
    Failure::new(FailureReason::Declined, format!("{host} answers {}", refusal.detail))
}

#[cfg(test)]
mod tests;
