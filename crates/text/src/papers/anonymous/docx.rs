//! DOCX written anew: the same parts without those that say who wrote them, and without names in the
//! others (ISO/IEC 29500-1 and -2, [MS-DOCX]).

mod package;
mod rewrite;

use observatory_model::paper::Unreadable;

use super::Title;

/// The document, written anew.
pub(super) fn copy(bytes: &[u8], title: Title) -> Result<Vec<u8>, Unreadable> {
    package::copy(bytes, title, package::Place::Outside)
}
