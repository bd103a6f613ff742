//! Files at addresses that machines know: robots.txt, security.txt, the sitemap, the icon and the
//! script.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::trend::List;
use observatory_model::{Language, Series};
use observatory_store::BriefSummary;

use crate::assets::{DESK_SCRIPT, ICON, SEARCH_SCRIPT, SOURCE_SCRIPT};
use crate::cache::{Policy, answer, redirect};
use crate::error::PageError;
use crate::html::escape;
use crate::pages::trends::Seen;
use crate::state::Site;
use crate::urls;

/// Where the security contact is written (RFC 9116 §3).
pub(crate) const SECURITY_TXT: &str = "/.well-known/security.txt";

/// Days until the security contact must be confirmed (RFC 9116 §2.5.5 advises less than a year). It
/// moves with the day, since the file is made by the running site.
const CONTACT_DAYS: i64 = 180;

const TEXT: &str = "text/plain; charset=utf-8";
const XML: &str = "application/xml; charset=utf-8";

/// Most addresses of a sitemap (sitemaps.org).
const MAX_ADDRESSES: usize = 50_000;

/// `/robots.txt` (RFC 9309): everything may be read but the endless pages of the
/// search, the ways to sign in and what is there for programs.
pub(crate) async fn robots(State(site): State<Site>) -> Response {
    let searches = Language::ALL
        .map(|language| format!("Disallow: {}\n", urls::search(language, "")))
        .concat();
    let ways = Language::ALL.map(|language| format!("Disallow: /{language}/sign-in/\n")).concat();
    let sitemap = site.absolute("/sitemap.xml");
    let text = format!("User-agent: *\n{searches}{ways}Disallow: /api/\nSitemap: {sitemap}\n");
    answer(StatusCode::OK, TEXT, Policy::File, text)
}

/// `/.well-known/security.txt`
pub(crate) async fn security(State(site): State<Site>) -> Response {
    let expires = site.now().plus_seconds(CONTACT_DAYS * 24 * 60 * 60).date();
    let contact = site.absolute(&format!("{}#security", urls::about(Language::En)));
    let languages = Language::ALL.map(Language::code).join(", ");
    let text = format!(
        "Contact: {contact}\nExpires: {expires}T00:00:00Z\nPreferred-Languages: {languages}\n\
         Canonical: {}\n",
        site.absolute(SECURITY_TXT)
    );
    answer(StatusCode::OK, TEXT, Policy::File, text)
}

/// `/icon.svg`
pub(crate) async fn icon() -> Response {
    answer(StatusCode::OK, "image/svg+xml", Policy::File, ICON.to_owned())
}

/// The script of the search box.
pub(crate) async fn search_script() -> Response {
    let kind = "text/javascript; charset=utf-8";
    answer(StatusCode::OK, kind, Policy::Forever, SEARCH_SCRIPT.to_owned())
}

/// The script of the page of a repository.
pub(crate) async fn source_script() -> Response {
    let kind = "text/javascript; charset=utf-8";
    answer(StatusCode::OK, kind, Policy::Forever, SOURCE_SCRIPT.to_owned())
}

/// The script of the desk.
pub(crate) async fn desk_script() -> Response {
    let kind = "text/javascript; charset=utf-8";
    answer(StatusCode::OK, kind, Policy::Forever, DESK_SCRIPT.to_owned())
}

/// `/favicon.ico`, which old browsers ask for whatever the page says.
pub(crate) async fn favicon() -> Response {
    redirect(StatusCode::PERMANENT_REDIRECT, "/icon.svg", Policy::Moved)
}

/// `/sitemap.xml`: what the public may read now, with all languages of each.
pub(crate) async fn sitemap(State(site): State<Site>) -> Result<Response, PageError> {
    let versions = site.store().briefs(None, site.now()).await?;
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n",
    );
    let seen = Seen::of(&site).await?;
    let sight = seen.sight(&site);
    let found = sight.listed(List::Trends).into_iter().chain(sight.listed(List::Signals));
    let trends = found.map(|finding| format!("/trends/{}", finding.slug));
    for path in fixed_paths().into_iter().chain(trends) {
        let places: Vec<(Language, String)> = Language::ALL
            .into_iter()
            .map(|language| (language, site.absolute(&urls::in_language(language, &path))))
            .collect();
        for (_, place) in &places {
            add(&mut xml, place, &places, None);
        }
    }
    for piece in versions.iter().take(MAX_ADDRESSES) {
        let place = |other: &BriefSummary| {
            (other.language, site.absolute(&urls::brief(other.language, &other.address)))
        };
        let places: Vec<(Language, String)> =
            versions.iter().filter(|other| other.address == piece.address).map(place).collect();
        add(&mut xml, &place(piece).1, &places, Some(&piece.published.date()));
    }
    xml.push_str("</urlset>\n");
    Ok(answer(StatusCode::OK, XML, Policy::Feed, xml))
}

fn fixed_paths() -> Vec<String> {
    let series = Series::ALL.map(|series| format!("/{series}"));
    let others = ["/", "/trends", "/radar", "/sources", "/about"].map(str::to_owned);
    others.into_iter().chain(series).collect()
}

fn add(xml: &mut String, place: &str, places: &[(Language, String)], date: Option<&str>) {
    xml.push_str("<url><loc>");
    xml.push_str(&escape(place));
    xml.push_str("</loc>");
    if let Some(date) = date {
        xml.push_str("<lastmod>");
        xml.push_str(date);
        xml.push_str("</lastmod>");
    }
    for (language, href) in places {
        xml.push_str("<xhtml:link rel=\"alternate\" hreflang=\"");
        xml.push_str(language.code());
        xml.push_str("\" href=\"");
        xml.push_str(&escape(href));
        xml.push_str("\"/>");
    }
    xml.push_str("</url>\n");
}
