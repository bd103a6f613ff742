//! A piece: read, trust, quote.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::Language;
use observatory_model::brief::{Brief, BriefAddress, Evidence};
use observatory_model::change::DocumentKey;
use observatory_publish::csv;
use observatory_store::FrozenCharts;

use crate::cache::{Policy, answer};
use crate::chrome::{Chrome, Form, Section};
use crate::credit::Credited;
use crate::desk::members;
use crate::error::PageError;
use crate::foresight::figures;
use crate::html::Html;
use crate::lines::{PieceLine, one_version_each};
use crate::locale::Locale;
use crate::machine::texts;
use crate::machine::trends::{CSV, file};
use crate::pages::{handed_in, missing, show};
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;
use crate::visitor::Visitor;

/// Texts with more numbered paragraphs than this get a list of contents.
const CONTENTS_AFTER: usize = 12;

#[derive(Template)]
#[template(path = "pages/brief.html")]
struct BriefPage {
    c: Chrome,
    body: Html,
    series: String,
    series_href: String,
    provenance: Html,
    confidence_reason: Option<String>,
    translation: Option<Html>,
    original_href: String,
    shows_contents: bool,
    evidence: Vec<EvidenceLine>,
    topics: Vec<(String, String)>,
    related: Vec<PieceLine>,
    /// The page of what is like it: the longest piece has no room for the list itself.
    related_href: Option<String>,
    citation: Html,
    cite_hint: Html,
    text_href: String,
    bibtex_href: String,
    /// The figures of its charts.
    csv_href: Option<String>,
    /// What is said of one that was handed in.
    credited: Option<Credited>,
    /// What is said of a version that is not the newest, or of a piece for members.
    bar: Option<Html>,
    b: Brief,
}

/// A source that a claim rests on, with what the reader is told of it.
struct EvidenceLine {
    of: Evidence,
    date: Option<String>,
    language: String,
    /// The tag of its language, in a form that an attribute without quotes can hold.
    lang: String,
    dir: &'static str,
    /// Whether it is in another language than the page.
    foreign: bool,
}

impl EvidenceLine {
    fn new(locale: &Locale, reader: Language, evidence: &Evidence) -> Self {
        let known = Language::from_tag(&evidence.language);
        let of_tag = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
        let lang: String = evidence.language.chars().filter(of_tag).collect();
        Self {
            date: evidence.date.as_deref().map(|date| locale.partial_date(date)),
            language: locale.tag(&evidence.language).to_owned(),
            foreign: known != Some(reader) && !lang.is_empty(),
            dir: crate::chrome::dir(known),
            lang,
            of: evidence.clone(),
        }
    }
}

/// `/{lang}/{series}/{slug}`
pub(crate) async fn brief(
    State(site): State<Site>,
    reader: Reader,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let word: String = reader.part(1)?;
    // No slug has a dot: what follows one says in which form the piece is wanted.
    let (slug, form) =
        word.split_once('.').map_or((&*word, None), |(slug, form)| (slug, Some(form)));
    let slug = slug.parse().or(Err(PageError::NotFound))?;
    let address = BriefAddress { series: reader.part(0)?, slug };
    if let Some(form) = form {
        return in_form(&site, &reader, &visitor, &address, form).await;
    }
    let now = site.now();
    let versions = site.store().brief_languages(&address, now).await?;
    let Some(piece) = site.store().brief(&address, reader.language, now).await? else {
        if !versions.is_empty() {
            return missing::missing(&site, &reader, &address, versions).await;
        }
        let shown = members::piece(&site, &reader, &visitor, &address).await?;
        return match shown {
            Some(shown) => Ok(shown),
            None => handed_in::gone(&site, &reader, &address).await,
        };
    };
    let version = site.store().piece_version(&address.slug, piece.version).await?;
    let handed_in = version.filter(|(known, _)| known.address == piece.address);
    if let Some((piece, credit)) = handed_in {
        return handed_in::show(&site, &reader, piece, &credit, None).await;
    }
    let charts = charts(&site, &piece).await?;
    let related = related(&site, &reader, &piece).await?;
    let translation = translation(&site, &reader, &piece).await?;
    let languages: Vec<Language> = versions.iter().map(|(language, _)| *language).collect();
    let mut page = page(&site, &reader, piece, &charts, &languages);
    page.related = related;
    page.translation = translation;
    show(&page, Policy::Page)
}

/// The figures of a piece's charts. Most pieces have none, and ask nothing.
pub(crate) async fn charts(site: &Site, piece: &Brief) -> Result<FrozenCharts, PageError> {
    if piece.body.charts.is_empty() {
        return Ok(FrozenCharts::new());
    }
    Ok(site.store().charts(&piece.address, piece.version).await?)
}

/// The page of a piece that was handed in; `bar` says that it is not the newest version.
pub(crate) async fn show_handed_in(
    site: &Site,
    reader: &Reader,
    piece: Brief,
    credited: Credited,
    tags: Vec<(&'static str, String)>,
    bar: Option<Html>,
) -> Result<Response, PageError> {
    let languages = [piece.language];
    let charts = charts(site, &piece).await?;
    let mut page = page(site, reader, piece, &charts, &languages);
    page.c = page.c.tagged(tags);
    page.c.listed = bar.is_none();
    page.credited = Some(credited);
    page.bar = bar;
    show(&page, Policy::Page)
}

/// The page of a piece for members, which no search engine lists, no index has and no proxy keeps.
///
/// # Errors
/// When the store does not answer.
pub(crate) async fn show_to_members(
    site: &Site,
    reader: &Reader,
    piece: Brief,
    versions: &[(Language, String)],
) -> Result<Response, PageError> {
    let related = related(site, reader, &piece).await?;
    let translation = translation(site, reader, &piece).await?;
    let languages: Vec<Language> = versions.iter().map(|(language, _)| *language).collect();
    let charts = charts(site, &piece).await?;
    let mut page = page(site, reader, piece, &charts, &languages);
    page.related = related;
    page.translation = translation;
    page.c = page.c.unlisted();
    page.related_href = None;
    page.bar = Some(Html::text(reader.locale.say("members.note")));
    show(&page, Policy::Members)
}

/// The piece in another form than a page.
async fn in_form(
    site: &Site,
    reader: &Reader,
    visitor: &Visitor,
    address: &BriefAddress,
    form: &str,
) -> Result<Response, PageError> {
    if !["txt", "bib", "csv"].contains(&form) {
        return Err(PageError::NotFound);
    }
    let public = site.store().brief(address, reader.language, site.now()).await?;
    let (piece, policy) = if let Some(piece) = public {
        (piece, Policy::Page)
    } else if let Some(piece) = members::text(site, reader, visitor, address).await? {
        (piece, Policy::Members)
    } else {
        let gone = site.store().withdrawn(address).await?;
        return Err(if gone { PageError::Gone } else { PageError::NotFound });
    };
    let charts = charts(site, &piece).await?;
    let (content_type, text) = match form {
        "txt" => (texts::TEXT, texts::plain(site, reader, &piece, &charts)),
        "bib" => (texts::BIBTEX, texts::bibtex(site, reader.locale, &piece)),
        _ if piece.body.charts.is_empty() => return Err(PageError::NotFound),
        _ => {
            let rows = figures::rows(&piece.body, &charts);
            let text = csv(["trend", "from", "with", "all"], rows);
            if policy == Policy::Page {
                return Ok(file(CSV, "charts.csv", text));
            }
            (CSV, text)
        }
    };
    Ok(answer(StatusCode::OK, content_type, policy, text))
}

fn page(
    site: &Site,
    reader: &Reader,
    piece: Brief,
    charts: &FrozenCharts,
    languages: &[Language],
) -> BriefPage {
    let locale = reader.locale;
    let series = piece.address.series;
    let page_address = site.absolute(&urls::brief(reader.language, &piece.address));
    let values = [
        ("authors", locale.names(&piece.authors)),
        ("title", Html::name(&piece.title)),
        ("series", Html::text(locale.series(series))),
        ("site", Html::text(locale.say("site.name"))),
        ("version", Html::text(&piece.version.to_string())),
        ("date", locale.date(piece.published)),
        ("address", Html::address(&page_address)),
    ];
    let text_href = urls::brief_text(reader.language, &piece.address);
    let bibtex_href = urls::brief_bibtex(reader.language, &piece.address);
    let example = Html::address(&urls::paragraph(&page_address, 2));
    let has_charts = !piece.body.charts.is_empty();
    let c = Chrome::new(site, reader, &piece.title)
        .only_in(site, reader, languages)
        .about(&piece.standfirst)
        .section(reader, Section::Series(series))
        .reading(has_charts)
        .form(Form { href: text_href.clone(), kind: "text/plain" })
        .form(Form { href: bibtex_href.clone(), kind: "application/x-bibtex" })
        .feed(urls::series_feed(reader.language, series), locale.series(series).to_owned());
    BriefPage {
        body: figures::drawn(reader, &piece.body, charts),
        series: locale.series(series).to_owned(),
        series_href: urls::series(reader.language, series),
        provenance: provenance(locale, &piece),
        confidence_reason: piece.confidence.as_ref().map(|(_, reason)| reason.clone()),
        translation: None,
        original_href: urls::brief(piece.original, &piece.address),
        shows_contents: piece.body.paragraphs.len() > CONTENTS_AFTER
            && piece.body.headings.len() > 1,
        evidence: piece
            .evidence
            .iter()
            .map(|evidence| EvidenceLine::new(locale, reader.language, evidence))
            .collect(),
        topics: piece
            .topics
            .iter()
            .map(|topic| locale.topic(topic))
            .map(|name| (urls::search_for(reader.language, &name), name))
            .collect(),
        related: Vec::new(),
        related_href: Some(urls::related(
            reader.language,
            &DocumentKey::Brief {
                series,
                slug: piece.address.slug.clone(),
                language: reader.language,
            },
        )),
        citation: locale.fill("brief.cite_text", &values),
        cite_hint: locale.fill("brief.cite_hint", &[("example", example)]),
        text_href,
        bibtex_href,
        csv_href: has_charts.then(|| urls::brief_figures(reader.language, &piece.address)),
        credited: None,
        bar: None,
        c,
        b: piece,
    }
}

/// Who, when, which version, how long, which original, how sure: one line that reads as sentences.
fn provenance(locale: &Locale, piece: &Brief) -> Html {
    let mut sentences = Vec::new();
    if !piece.authors.is_empty() {
        sentences.push(locale.fill("brief.by", &[("authors", locale.names(&piece.authors))]));
    }
    sentences.push(locale.fill("brief.published", &[("date", locale.date(piece.published))]));
    let version = Html::text(&piece.version.to_string());
    sentences.push(locale.fill("brief.version", &[("version", version)]));
    sentences.push(Html::text(&locale.count("minutes", u64::from(piece.reading_minutes()))));
    let original = Html::text(locale.language(piece.original));
    sentences.push(locale.fill("brief.original", &[("language", original)]));
    if let Some((level, _)) = &piece.confidence {
        let level = Html::strong(locale.confidence(*level));
        sentences.push(locale.fill("confidence.label", &[("level", level)]));
    }
    locale.sentences(&sentences)
}

/// What is said of a translation; `None` for an original.
async fn translation(
    site: &Site,
    reader: &Reader,
    piece: &Brief,
) -> Result<Option<Html>, PageError> {
    let Some(translation) = piece.translation else { return Ok(None) };
    let locale = reader.locale;
    let made_from = [("version", Html::text(&translation.version.to_string()))];
    let mut sentences = vec![if translation.reviewed {
        locale.fill("brief.translated", &made_from)
    } else {
        locale.fill("brief.translated_unreviewed", &made_from)
    }];
    let original = site.store().brief(&piece.address, piece.original, site.now()).await?;
    if let Some(original) = original.filter(|original| original.version > translation.version) {
        let current = Html::text(&original.version.to_string());
        sentences.push(locale.fill("brief.behind", &[("current", current)]));
    }
    Ok(Some(locale.sentences(&sentences)))
}

async fn related(site: &Site, reader: &Reader, piece: &Brief) -> Result<Vec<PieceLine>, PageError> {
    if piece.related.is_empty() {
        return Ok(Vec::new());
    }
    let pieces = one_version_each(site.store().briefs(None, site.now()).await?, reader.language);
    let line = |address: &BriefAddress| {
        let found = pieces.iter().find(|piece| piece.address == *address)?;
        Some(PieceLine::new(reader.locale, reader.language, found))
    };
    Ok(piece.related.iter().filter_map(line).collect())
}
