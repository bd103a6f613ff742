//! `observatory source add`: a feed, a repository and what is wanted of it, or documents.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use clap::{Args, ValueEnum};
use observatory_ingest::{arxiv, crossref, oai};
use observatory_model::source::{
    ArxivWish, CrossrefWish, FolderWish, NewSource, OaiWish, SourceKind,
};
use observatory_model::{Clock as _, Institution, Slug, SystemClock, Timestamp, WebAddress};
use observatory_store::Store;

use super::list::as_json;
use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::output;

/// How a source is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// RSS, Atom or JSON Feed.
    #[default]
    Feed,
    /// A repository that speaks OAI-PMH 2.0.
    Oai,
    /// A query to the API of arXiv.
    Arxiv,
    /// A list of works of Crossref.
    Crossref,
    /// One document: a page, or a file such as a PDF.
    Document,
    /// The documents in a folder of this machine.
    Folder,
}

/// The flags of `source add` and `source test`.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The address of the feed, of the repository (the base URL), of the document, or of the API; for
    /// arXiv and Crossref it may be left out. For a folder, its path.
    #[arg(value_name = "URL")]
    place: Option<String>,
    /// How it is asked.
    #[arg(long, value_enum, default_value_t)]
    kind: Kind,
    /// Its name for people; without it, the source's own title.
    #[arg(long)]
    name: Option<String>,
    /// Whose word it brings, such as "World Bank": readers choose by it.
    #[arg(long)]
    institution: Option<Institution>,
    /// The part of the world that it speaks from, such as africa: trends tell how many regions name them.
    #[arg(long)]
    pub(super) region: Option<Slug>,
    /// Its word in addresses; without it, made from name or host.
    #[arg(long)]
    slug: Option<Slug>,
    /// OAI: only this set.
    #[arg(long)]
    set: Option<String>,
    /// OAI: the format of the records; without it, the richest that is read here.
    #[arg(long)]
    prefix: Option<String>,
    /// OAI: nothing that was last changed before this time.
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// OAI: nothing that was last changed after this time.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// arXiv: the query, such as "cat:cs.NI AND all:satellite". Crossref: words that are looked for.
    #[arg(long)]
    query: Option<String>,
    /// Crossref: its filters, such as "issn:2049-3630,type:journal-article".
    #[arg(long)]
    filter: Option<String>,
    /// arXiv and Crossref: records for each answer.
    #[arg(long)]
    rows: Option<u32>,
    /// Folder: only files with these endings, such as pdf,docx.
    #[arg(long, value_delimiter = ',', value_name = "ENDINGS")]
    endings: Vec<String>,
    /// Folder: seconds between two looks.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    every: Option<u32>,
}

/// Longest query, filter, set or prefix, in bytes: it must fit into an address.
const MAX_WISH_BYTES: usize = 1000;

impl Add {
    /// Whether it can be asked at all, before anything is opened.
    pub(crate) fn check(&self, config: &Config) -> anyhow::Result<()> {
        let url = self.url()?;
        if self.kind != Kind::Folder {
            observatory_ingest::guard::check_url(&url, config.ingest.allow_loopback)?;
        }
        self.kind()?;
        Ok(())
    }

    pub(crate) fn url(&self) -> anyhow::Result<WebAddress> {
        let usual = match self.kind {
            Kind::Arxiv => "https://export.arxiv.org/api/query",
            Kind::Crossref => "https://api.crossref.org/works",
            Kind::Folder => return Ok(self.folder()?.address()?),
            Kind::Feed | Kind::Oai | Kind::Document => "",
        };
        match &self.place {
            Some(place) => place.parse().with_context(|| format!("“{place}” is no address")),
            None => usual.parse().context("this kind of source needs an address"),
        }
    }

    /// The kind with what is wanted; a flag of another kind is wrong use.
    pub(crate) fn kind(&self) -> anyhow::Result<SourceKind> {
        let flags = [
            ("--set", self.set.is_some(), self.kind == Kind::Oai),
            ("--prefix", self.prefix.is_some(), self.kind == Kind::Oai),
            ("--from", self.from.is_some(), self.kind == Kind::Oai),
            ("--until", self.until.is_some(), self.kind == Kind::Oai),
            ("--query", self.query.is_some(), matches!(self.kind, Kind::Arxiv | Kind::Crossref)),
            ("--filter", self.filter.is_some(), self.kind == Kind::Crossref),
            ("--rows", self.rows.is_some(), matches!(self.kind, Kind::Arxiv | Kind::Crossref)),
            ("--endings", !self.endings.is_empty(), self.kind == Kind::Folder),
            ("--every", self.every.is_some(), self.kind == Kind::Folder),
        ];
        for (flag, is_given, is_known) in flags {
            ensure!(is_known || !is_given, "{flag} means nothing to this kind of source");
        }
        for text in [&self.set, &self.prefix, &self.query, &self.filter].into_iter().flatten() {
            let fits = (1..=MAX_WISH_BYTES).contains(&text.trim().len());
            ensure!(fits && !text.contains(char::is_control), "“{text}” cannot be asked for");
        }
        Ok(match self.kind {
            Kind::Feed => SourceKind::Feed,
            Kind::Oai => SourceKind::Oai(self.oai()?),
            Kind::Arxiv => {
                let Some(query) = self.query.clone() else { bail!("arXiv needs a --query") };
                ensure!(
                    self.rows.is_none_or(|rows| (1..=arxiv::MAX_ROWS).contains(&rows)),
                    "--rows is 1 to 2000"
                );
                SourceKind::Arxiv(ArxivWish { query, rows: self.rows })
            }
            Kind::Crossref => {
                let (filter, query, rows) = (self.filter.clone(), self.query.clone(), self.rows);
                ensure!(
                    rows.is_none_or(|rows| (1..=crossref::MAX_ROWS).contains(&rows)),
                    "--rows is 1 to 1000"
                );
                let is_part = self.place.is_some() && self.url()?.url().path() != "/works";
                ensure!(
                    filter.is_some() || query.is_some() || is_part,
                    "Crossref needs a --filter or a --query: it has 180 million works"
                );
                SourceKind::Crossref(CrossrefWish { filter, query, rows })
            }
            Kind::Document => SourceKind::Document,
            Kind::Folder => SourceKind::Folder(self.folder()?),
        })
    }

    /// The folder as it really lies: without links and without dots, since it is found again by that.
    fn folder(&self) -> anyhow::Result<FolderWish> {
        let Some(place) = &self.place else {
            bail!("this kind of source needs the path of a folder")
        };
        let real = Path::new(place)
            .canonicalize()
            .with_context(|| format!("the folder {place} cannot be found"))?;
        ensure!(real.is_dir(), "{place} is no folder");
        let path = real.into_os_string().into_string();
        let path = path.ok().with_context(|| format!("the path of {place} is no text"))?;
        let ending = |ending: &String| ending.trim().trim_start_matches('.').to_lowercase();
        let endings = self.endings.iter().map(ending).collect::<Vec<_>>();
        ensure!(
            endings.iter().all(|ending| !ending.is_empty() && !ending.contains(['.', '/'])),
            "--endings are such as pdf,docx"
        );
        Ok(FolderWish { path, endings, every_seconds: self.every })
    }

    /// Its name for people: of a folder, else, what the folder is called.
    fn name(&self, kind: &SourceKind) -> Option<String> {
        let folder = match kind {
            SourceKind::Folder(wish) => Path::new(&wish.path).file_name(),
            _ => None,
        };
        let folder = folder.map(|name| name.to_string_lossy().into_owned());
        self.name.clone().or(folder)
    }

    fn oai(&self) -> anyhow::Result<OaiWish> {
        if let Some(prefix) = &self.prefix {
            ensure!(
                oai::is_read(prefix),
                "records in “{prefix}” are not read here; oai_dc and mods are"
            );
        }
        let is_ordered = self.from.zip(self.until).is_none_or(|(from, until)| from <= until);
        ensure!(is_ordered, "--from is later than --until");
        Ok(OaiWish {
            set: self.set.clone(),
            prefix: self.prefix.clone(),
            from: self.from,
            until: self.until,
        })
    }
}

pub(super) async fn add_one(store: &Store, add: Add, said: Said) -> anyhow::Result<Exit> {
    let (url, kind) = (add.url()?, add.kind()?);
    let name = add.name(&kind);
    let words = name.as_deref().or(add.query.as_deref()).or(add.set.as_deref());
    let slug = add.slug.unwrap_or_else(|| slug_for(words, &url));
    let (institution, region) = (add.institution, add.region);
    let new = NewSource { kind, institution, region, ..NewSource::feed(url, slug, name) };
    let source = store.add_source(&new, SystemClock.now()).await?;
    if said.json {
        output::json(&as_json(&source, None));
    } else {
        said.tell(&format!("added {}: {}", source.slug, source.place()));
    }
    Ok(Exit::Done)
}

/// A word for addresses from the name, else from the host.
pub(crate) fn slug_for(name: Option<&str>, url: &WebAddress) -> Slug {
    name.and_then(Slug::from_words)
        .or_else(|| Slug::from_words(url.host()))
        .unwrap_or_else(Slug::unnamed)
}
