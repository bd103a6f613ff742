//! What is said of a piece that was handed in: whose it is, by what it is known, how it is cited, where
//! it was used, and its versions.

use observatory_model::Timestamp;
use observatory_model::brief::Brief;
use observatory_model::credit::Credit;
use observatory_model::identifier::{Identifier, Scheme};
use observatory_model::submission::PieceKind;
use observatory_publish::{Author, Part, Words, Work, WorkKind, apa, highwire, un};

use crate::error::PageError;
use crate::html::{Html, escape};
use crate::locale::Locale;
use crate::machine::texts;
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// The part of a piece's page that speaks of its credit.
#[derive(Clone, Debug)]
pub(crate) struct Credited {
    /// Each author with what is known of them.
    pub(crate) authors: Vec<Html>,
    /// Kind, number and licence.
    pub(crate) facts: Vec<Html>,
    /// What could sway the authors.
    pub(crate) interests: String,
    /// For what AI was used.
    pub(crate) ai_use: String,
    /// The file that was handed in: address, name and size.
    pub(crate) file: Option<(String, String, String)>,
    /// How it is cited: as the United Nations do, and after APA.
    pub(crate) citations: Vec<(&'static str, Html)>,
    /// The same for programs: address, media type and name.
    pub(crate) references: Vec<(String, &'static str, &'static str)>,
    /// Where it was used.
    pub(crate) used: Vec<Html>,
    /// Its versions, newest first.
    pub(crate) versions: Vec<Html>,
}

/// Everything that the page says of the credit of a piece.
///
/// # Errors
/// When the store does not answer.
pub(crate) async fn of(
    site: &Site,
    reader: &Reader,
    piece: &Brief,
    credit: &Credit,
) -> Result<Credited, PageError> {
    let t = reader.locale;
    let slug = &piece.address.slug;
    let work = work(site, t, piece, credit);
    let words = words(t, piece.published);
    let own = urls::version(piece.language, slug, piece.version);
    let file = credit.attachment.as_ref().map(|file| {
        let href = format!("{}/file", urls::brief(piece.language, &piece.address));
        let kilobytes = file.bytes.div_ceil(1000);
        (href, file.name.clone(), t.plain("credit.size", &[("size", &t.number(kilobytes))]))
    });
    let versions = site.store().piece_versions(slug).await?;
    let line = |version: &observatory_model::credit::PieceVersion| {
        let name = t.plain("piece.version", &[("version", &version.version.to_string())]);
        let href = urls::version(piece.language, slug, version.version);
        Html::row(&[Html::link(&href, &name), t.date(version.published)], " · ")
    };
    let licence = format!(
        "<a rel=license href=\"{}\"><bdi dir=ltr>{}</bdi></a>",
        escape(credit.licence.url()),
        escape(credit.licence.name())
    );
    Ok(Credited {
        authors: credit.authors.iter().map(|author| author_line(reader, author)).collect(),
        facts: vec![
            Html::text(&t.piece_kind(credit.kind)),
            t.fill("credit.number", &[("number", Html::isolated(&credit.number))]),
            t.fill("credit.licence", &[("licence", Html::trusted(licence))]),
        ],
        interests: credit.interests.clone(),
        ai_use: credit.ai_use.clone(),
        file,
        citations: vec![
            (t.sentence("credit.un"), cited(&un(&work, &words))),
            ("APA", cited(&apa(&work, &words))),
        ],
        references: vec![
            (format!("{own}.bib"), texts::BIBTEX, "BibTeX"),
            (format!("{own}.ris"), "application/x-research-info-systems", "RIS"),
            (format!("{own}.csl.json"), "application/vnd.citationstyles.csl+json", "CSL-JSON"),
        ],
        used: used(site, piece).await?,
        versions: if versions.len() > 1 { versions.iter().map(line).collect() } else { Vec::new() },
    })
}

fn author_line(reader: &Reader, author: &observatory_model::submission::Author) -> Html {
    let language = reader.language;
    let mut parts = vec![match author.orcid() {
        Some(orcid) => {
            let page = Html::link(&urls::author(language, &orcid), author.name.trim());
            Html::trusted(format!("<bdi>{page}</bdi>"))
        }
        None => Html::name(author.name.trim()),
    }];
    let affiliation = author.affiliation.trim();
    match author.ror() {
        Some(ror) => {
            let name = if affiliation.is_empty() { &ror } else { affiliation };
            let page = Html::link(&urls::institution(language, &ror), name);
            parts.push(Html::trusted(format!("<bdi>{page}</bdi>")));
        }
        None if !affiliation.is_empty() => parts.push(Html::name(affiliation)),
        None => {}
    }
    if let Some(orcid) = author.orcid() {
        let href = format!("https://orcid.org/{orcid}");
        let link = format!("<a dir=ltr href=\"{href}\">ORCID {orcid}</a>");
        parts.push(Html::trusted(link));
    }
    Html::row(&parts, " · ")
}

/// The public pieces that cite this one, each with the paragraphs that do.
async fn used(site: &Site, piece: &Brief) -> Result<Vec<Html>, PageError> {
    let part = format!("/{}", piece.address);
    let citing = site.store().citing(&part, site.now()).await?;
    let own = |address: &str| {
        let rest = address.split_once(&part).map(|(_, rest)| rest);
        // Another piece may be called the same and more.
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '#', '.', '?']))
    };
    let mut lines = Vec::new();
    for brief in citing.iter().filter(|brief| brief.address != piece.address) {
        let cited = brief.evidence.iter().filter(|evidence| own(evidence.url.as_str()));
        let paragraphs: Vec<u32> = cited.flat_map(|evidence| evidence.cited_in.clone()).collect();
        if paragraphs.is_empty() {
            continue;
        }
        let href = urls::brief(brief.language, &brief.address);
        let mut parts = vec![Html::link_in(&href, brief.language, &brief.title)];
        parts.extend(
            paragraphs
                .iter()
                .map(|number| Html::link(&urls::paragraph(&href, *number), &format!("¶ {number}"))),
        );
        lines.push(Html::row(&parts, " "));
    }
    Ok(lines)
}

/// A citation with its names kept apart, so that none turns the words around it.
fn cited(parts: &[Part]) -> Html {
    let html = |part: &Part| match part {
        Part::Text(text) => escape(text),
        Part::Name(name) => format!("<bdi>{}</bdi>", escape(name)),
        Part::Title(title) => format!("<cite><bdi>{}</bdi></cite>", escape(title)),
        Part::Address(address) => Html::address(address).as_str().to_owned(),
    };
    Html::trusted(parts.iter().map(html).collect())
}

/// The piece as a work that is cited: of this version, for good.
pub(crate) fn work(site: &Site, t: &Locale, piece: &Brief, credit: &Credit) -> Work {
    let number = |value: Option<String>, scheme| value.map(|value| Identifier { scheme, value });
    let authors = credit.authors.iter().map(|author| Author {
        name: author.name.trim().to_owned(),
        orcid: number(author.orcid(), Scheme::Orcid),
        institution: Some(author.affiliation.trim().to_owned()).filter(|name| !name.is_empty()),
        ..Author::default()
    });
    Work {
        kind: match credit.kind {
            PieceKind::WhitePaper => WorkKind::WhitePaper,
            PieceKind::ThoughtPiece => WorkKind::ThoughtPiece,
            PieceKind::Sprint => WorkKind::SprintContribution,
        },
        name: piece.address.slug.to_string(),
        authors: authors.collect(),
        title: piece.title.clone(),
        summary: piece.standfirst.clone(),
        series: t.series(piece.address.series).to_owned(),
        publisher: t.say("site.name").to_owned(),
        number: Some(credit.number.clone()),
        version: piece.version,
        published: piece.published,
        language: piece.language,
        url: site.absolute(&urls::version(piece.language, &piece.address.slug, piece.version)),
        doi: None,
        licence: Some(credit.licence.url().to_owned()),
        keywords: Vec::new(),
        paragraph: None,
    }
}

/// What scholarly search engines read in the head of the page.
pub(crate) fn tags(
    site: &Site,
    t: &Locale,
    piece: &Brief,
    credit: &Credit,
) -> Vec<(&'static str, String)> {
    if credit.kind.is_scholarly() { highwire(&work(site, t, piece, credit)) } else { Vec::new() }
}

fn words(t: &Locale, published: Timestamp) -> Words {
    let (year, month, day) = published.ymd();
    let month = t.say(&format!("month.{month}")).to_owned();
    let (year, number) = (year.to_string(), day.to_string());
    let of_apa = [("year", year.as_str()), ("month", month.as_str()), ("day", number.as_str())];
    let say = |key: &'static str| t.say(key).to_owned();
    Words {
        date: t.day(published),
        date_apa: t.plain("cite.date_apa", &of_apa),
        open: say("cite.open"),
        close: say("cite.close"),
        comma: say("cite.comma"),
        stop: say("cite.stop"),
        names: say("cite.names"),
        last_name: say("cite.last_name"),
        last_name_apa: say("cite.last_name_apa"),
        names_apart: say("cite.names_apart"),
        others: say("cite.others"),
        after_names: say("cite.after_names"),
        version: say("cite.version"),
        version_apa: say("cite.version_apa"),
        number: say("cite.number"),
        number_apa: say("cite.number_apa"),
        paragraph: say("cite.paragraph"),
        address: say("cite.address"),
    }
}
