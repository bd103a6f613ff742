//! A search as a thing to keep: its feeds, its files, its address for programs, its alert.

use observatory_model::asked::Asked;

use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// The same search at the same address plus an ending.
pub(super) struct Takeaway {
    /// The Atom feed.
    pub(super) feed: String,
    /// The other forms.
    pub(super) forms: Vec<TakeawayForm>,
    /// The absolute address of the same search for programs.
    pub(super) api: String,
    /// The page that explains the interface for programs.
    pub(super) about: String,
    /// Where it is saved as an alert.
    pub(super) save: String,
}

/// A form of the search.
pub(super) struct TakeawayForm {
    pub(super) href: String,
    pub(super) media_type: &'static str,
    /// The name of the format, the same in every language.
    pub(super) name: &'static str,
}

impl Takeaway {
    /// Those of a search; the page that is shown makes no difference.
    pub(super) fn new(site: &Site, reader: &Reader, asked: &Asked) -> Self {
        let query = asked.on_page(1).query();
        let form = |ending, media_type, name| TakeawayForm {
            href: urls::search_in_form(reader.language, &query, ending),
            media_type,
            name,
        };
        Self {
            feed: urls::search_in_form(reader.language, &query, "atom"),
            forms: vec![
                form("rss", "application/rss+xml", "RSS"),
                form("json", "application/feed+json", "JSON"),
                form("csv", "text/csv", "CSV"),
            ],
            api: site.absolute(&urls::search_of_programs(&query)),
            about: urls::api(reader.language),
            save: urls::new_alert(reader.language, &query),
        }
    }
}
