//! Trends and radars in the words and pictures of a page.

pub(crate) mod chart;
pub(crate) mod figures;
pub(crate) mod names;
pub(crate) mod picture;
pub(crate) mod table;
pub(crate) mod words;
