//! The jobs, one file each.

pub mod carry_out;
pub mod fetch_feed;
pub mod fold_stories;
pub mod harvest;
pub mod index_documents;
pub mod judge_entries;
pub mod lift_embargo;
pub mod match_alerts;
pub mod match_trends;
pub mod paint_picture;
pub mod publish_content;
pub mod read_manuscript;
pub mod rebuild_index;
pub mod remind_reviewer;
pub mod send_alert;
pub mod send_mail;
pub mod send_notices;
pub mod subscribe;
pub mod tend_desk;
pub mod try_source;
pub mod verify_index;
