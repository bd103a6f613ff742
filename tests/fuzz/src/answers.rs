//! Answers of repositories.

use observatory_ingest::{
    MAX_PROBLEMS, Records, arxiv as arxiv_api, crossref as works, oai as pmh,
};
use observatory_model::Timestamp;
use observatory_model::source::{Failure, FailureReason};

use crate::entries::{NOW, check, strange};

pub(crate) fn oai(bytes: &[u8]) {
    if let Some(answer) = read(pmh::read(bytes, None, NOW)) {
        records(&answer.records);
        assert!(answer.token.is_none_or(|token| token.len() < 2000));
    }
}

pub(crate) fn arxiv(bytes: &[u8]) {
    if let Some(page) = read(arxiv_api::read(bytes, None, NOW)) {
        records(&page.records);
    }
}

pub(crate) fn crossref(bytes: &[u8]) {
    let status = if bytes.len().is_multiple_of(7) { 404 } else { 200 };
    if let Some(page) = read(works::read(bytes, status, None, NOW)) {
        records(&page.records);
    }
}

fn read<T>(read: Result<T, Failure>) -> Option<T> {
    if let Err(failure) = &read {
        assert_ne!(failure.reason, FailureReason::ParserFailed, "{failure}");
        assert!(!failure.detail.contains(strange), "{:?}", failure.detail);
    }
    read.ok()
}

fn records(records: &Records) {
    assert!(records.problems.len() <= MAX_PROBLEMS);
    // Records speak of works of all centuries.
    check(&records.entries, &records.problems, Timestamp::from_millis(i64::MIN));
}
