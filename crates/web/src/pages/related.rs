//! What is like a piece or an entry.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::brief::BriefAddress;
use observatory_model::change::DocumentKey;

use crate::cache::Policy;
use crate::chrome::Chrome;
use crate::error::PageError;
use crate::html::Html;
use crate::pages::search::hits::HitLine;
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// Works that are shown.
const MOST: usize = 10;

#[derive(Template)]
#[template(path = "pages/related.html")]
struct RelatedPage {
    c: Chrome,
    /// What it is like, as a link.
    of: Html,
    hits: Vec<HitLine>,
}

/// `/{lang}/related?of=entry:ID`
pub(crate) async fn related(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let of = reader.parameter("of").unwrap_or_default();
    let key: DocumentKey = of.parse().or(Err(PageError::NotFound))?;
    let title = title(&site, &key).await?;
    let found = site.search().related(&key, Some(reader.language), MOST).await?;
    let mut hits = Vec::with_capacity(found.len());
    for hit in &found {
        hits.push(HitLine::new(&site, &reader, hit).await);
    }
    let heading = reader.locale.plain("related.of", &[("title", &title)]);
    let page = RelatedPage {
        c: Chrome::new(&site, &reader, &heading).unlisted(),
        of: Html::link(&urls::document(reader.language, &key), &title),
        hits,
    };
    show(&page, Policy::Page)
}

/// The title of what the public may read now.
async fn title(site: &Site, key: &DocumentKey) -> Result<String, PageError> {
    match key {
        DocumentKey::Entry(id) => {
            let entry = site.store().entry(*id).await?.ok_or(PageError::NotFound)?;
            Ok(entry.content.title)
        }
        DocumentKey::Brief { series, slug, language } => {
            let address = BriefAddress { series: *series, slug: slug.clone() };
            let piece = site.store().brief(&address, *language, site.now()).await?;
            Ok(piece.ok_or(PageError::NotFound)?.title)
        }
    }
}
