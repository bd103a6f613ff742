//! A search as a table, for people who go on with it in a spreadsheet.

use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use observatory_model::asked::Asked;
use observatory_model::search::{Hit, MOST_HITS_PER_PAGE, SearchRequest};
use observatory_publish::csv;

use crate::cache::{Policy, answer};
use crate::error::PageError;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// The content type of a table that begins with the names of its columns (RFC 4180 §3).
const CSV: &str = "text/csv; charset=utf-8; header=present";

/// Most rows of a table: as many hits as the page of the search shows, page after page.
const MAX_ROWS: usize = 1000;

/// The names of the columns.
const COLUMNS: [&str; 10] = [
    "title",
    "address",
    "kind",
    "language",
    "date",
    "source",
    "paragraph",
    "page",
    "passage",
    "key",
];

/// `/{lang}/search.csv?q=…`: the same query string and the same order as the page of the search.
pub(crate) async fn of_search(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let asked = Asked::parse(&reader.query).on_page(1);
    let mut request =
        SearchRequest { per_page: Some(MOST_HITS_PER_PAGE), ..asked.request(site.now()) };
    let mut rows = Vec::new();
    while rows.len() < MAX_ROWS {
        let found = site.search().search(request.clone()).await?;
        rows.extend(found.hits.iter().map(|hit| row(&site, &reader, hit)));
        if found.next.is_none() || found.hits.is_empty() {
            break;
        }
        request.after = found.next;
    }
    rows.truncate(MAX_ROWS);
    let mut response = answer(StatusCode::OK, CSV, Policy::Search, csv(COLUMNS, rows));
    let file = HeaderValue::from_static("attachment; filename=\"search.csv\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, file);
    Ok(response)
}

fn row(site: &Site, reader: &Reader, hit: &Hit) -> [String; COLUMNS.len()] {
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let language = hit.language.map_or("", observatory_model::Language::code);
    [
        hit.title.text(),
        site.absolute(&urls::document(reader.language, &hit.key)),
        hit.kind.code().to_owned(),
        language.to_owned(),
        hit.date.rfc3339(),
        hit.source_name.clone(),
        number(hit.paragraph),
        number(hit.passage_page),
        hit.passage.text(),
        hit.key.to_string(),
    ]
}
