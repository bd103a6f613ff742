//! The jobs, one file each.

pub mod fetch_feed;
pub mod harvest;
pub mod index_documents;
pub mod lift_embargo;
pub mod publish_content;
pub mod rebuild_index;
