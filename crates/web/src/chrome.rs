//! What all pages have in common: head, header, navigation and foot.

use observatory_model::{Language, Series};

use crate::assets::{SEARCH_SCRIPT_PATH, Sheet};
use crate::locale::{self, Locale};
use crate::reader::Reader;
use crate::state::Site;
use crate::urls;

/// The frame of a page.
#[derive(Clone, Debug)]
pub(crate) struct Chrome {
    /// The address of its script, where it has one.
    pub(crate) script: Option<&'static str>,
    /// The style sheet.
    pub(crate) style: &'static str,
    /// The sentences.
    pub(crate) t: &'static Locale,
    /// The language of the page.
    pub(crate) language: Language,
    /// The title in the browser's tab.
    pub(crate) title: String,
    /// A sentence for search engines and previews.
    pub(crate) description: String,
    /// The words in the search box.
    pub(crate) words: String,
    /// Whether searching is what the page is for: the box is larger, at the same place.
    pub(crate) seeks: bool,
    /// Whether search engines may list the page.
    pub(crate) listed: bool,
    /// The languages in which the page can be read, this one included.
    pub(crate) languages: Vec<Choice>,
    /// The languages in which it cannot.
    pub(crate) missing: Vec<Choice>,
    /// The sections.
    pub(crate) sections: Vec<SectionLink>,
    /// The absolute address of this page, where it has one that does not change.
    pub(crate) canonical: Option<String>,
    /// The absolute addresses in all its languages.
    pub(crate) alternates: Vec<(Language, String)>,
    /// The feed of the page: address and title.
    pub(crate) feed: Option<(String, String)>,
    /// The other forms of the page.
    pub(crate) forms: Vec<Form>,
    /// What machines that read heads are told: name and content.
    pub(crate) tags: Vec<(&'static str, String)>,
}

/// The same page as another kind of file, at the same address plus an ending.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// Its address.
    pub(crate) href: String,
    /// Its media type.
    pub(crate) kind: &'static str,
}

/// A language to choose.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// The language.
    pub(crate) language: Language,
    /// Its name in itself.
    pub(crate) name: &'static str,
    /// The page in that language.
    pub(crate) href: String,
    /// Whether it is the language of this page.
    pub(crate) current: bool,
}

/// A section of the site.
#[derive(Clone, Debug)]
pub(crate) struct SectionLink {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its address.
    pub(crate) href: String,
    /// Whether this page belongs to it.
    pub(crate) current: bool,
}

/// The section that a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// One of the four series.
    Series(Series),
    /// Trends and the radar.
    Trends,
    /// The sources and their entries.
    Sources,
}

impl Section {
    const ALL: [Self; 6] = [
        Self::Series(Series::FutureVision),
        Self::Series(Series::DemystifyingDigital),
        Self::Series(Series::LearningLabs),
        Self::Series(Series::AcademicNetwork),
        Self::Trends,
        Self::Sources,
    ];

    fn link(self, reader: &Reader, current: Option<Self>) -> SectionLink {
        let (name, href) = match self {
            Self::Series(series) => {
                (reader.locale.series(series), urls::series(reader.language, series))
            }
            Self::Trends => (reader.locale.say("nav.trends"), urls::trends(reader.language)),
            Self::Sources => (reader.locale.say("nav.sources"), urls::sources(reader.language)),
        };
        SectionLink { name, href, current: current == Some(self) }
    }
}

impl Chrome {
    /// The frame of a page that exists in all six languages.
    pub(crate) fn new(site: &Site, reader: &Reader, heading: &str) -> Self {
        let t = reader.locale;
        let mut chrome = Self {
            script: None,
            style: Sheet::Lists.css(),
            t,
            language: reader.language,
            title: t.plain("site.titled", &[("title", heading), ("site", t.say("site.name"))]),
            description: t.say("site.about").to_owned(),
            words: String::new(),
            seeks: false,
            listed: true,
            languages: Vec::new(),
            missing: Vec::new(),
            sections: Section::ALL.map(|section| section.link(reader, None)).into(),
            canonical: Some(site.absolute(&urls::in_language(reader.language, &reader.path))),
            alternates: Vec::new(),
            feed: None,
            forms: Vec::new(),
            tags: Vec::new(),
        };
        chrome.offer(site, reader, &Language::ALL);
        chrome
    }

    /// The same, for a page that exists in these languages only.
    pub(crate) fn only_in(mut self, site: &Site, reader: &Reader, languages: &[Language]) -> Self {
        self.offer(site, reader, languages);
        self
    }

    fn offer(&mut self, site: &Site, reader: &Reader, languages: &[Language]) {
        let choice = |language: Language| Choice {
            language,
            name: locale::own_name(language),
            href: urls::in_language(language, &reader.with_query()),
            current: language == reader.language,
        };
        let there =
            |language: &Language| languages.contains(language) || *language == reader.language;
        let (there, missing): (Vec<_>, Vec<_>) = Language::ALL.into_iter().partition(there);
        self.languages = there.into_iter().map(choice).collect();
        self.missing = missing.into_iter().map(choice).collect();
        let absolute = |language: &Language| {
            (*language, site.absolute(&urls::in_language(*language, &reader.path)))
        };
        self.alternates = languages.iter().map(absolute).collect();
    }

    /// Belongs to a section.
    pub(crate) fn section(mut self, reader: &Reader, section: Section) -> Self {
        self.sections = Section::ALL.map(|each| each.link(reader, Some(section))).into();
        self
    }

    /// Has a sentence of its own for search engines.
    pub(crate) fn about(mut self, description: &str) -> Self {
        description.clone_into(&mut self.description);
        self
    }

    /// Has a feed.
    pub(crate) fn feed(mut self, href: String, title: String) -> Self {
        self.feed = Some((href, title));
        self
    }

    /// Is a text to be read from top to bottom, with charts in it or without.
    pub(crate) fn reading(mut self, has_charts: bool) -> Self {
        let sheet = if has_charts { Sheet::Charts } else { Sheet::Reading };
        self.style = sheet.css();
        self
    }

    /// Shows charts and tables.
    pub(crate) fn with_charts(mut self) -> Self {
        self.style = Sheet::Foresight.css();
        self
    }

    /// Has forms, and tables of what waits.
    pub(crate) fn desk(mut self) -> Self {
        self.style = Sheet::Desk.css();
        self
    }

    /// Is there in another form.
    pub(crate) fn form(mut self, form: Form) -> Self {
        self.forms.push(form);
        self
    }

    /// Tells machines that read heads what it is.
    pub(crate) fn tagged(mut self, tags: Vec<(&'static str, String)>) -> Self {
        self.tags = tags;
        self
    }

    /// Is not to be listed by search engines.
    pub(crate) fn unlisted(mut self) -> Self {
        self.listed = false;
        self.canonical = None;
        self.alternates.clear();
        self
    }

    /// Is a page for searching, with the script of the search box.
    pub(crate) fn seeking(mut self) -> Self {
        self.seeks = true;
        self.script = Some(SEARCH_SCRIPT_PATH.as_str());
        self
    }

    /// The front page.
    pub(crate) fn home(&self) -> String {
        urls::home(self.language)
    }

    /// The search page.
    pub(crate) fn search(&self) -> String {
        urls::search(self.language, "")
    }

    /// What answers the search box while a reader types.
    pub(crate) fn suggest(&self) -> String {
        urls::suggest(self.language)
    }

    /// Whether the foot has room for the ways to the desk: the longest piece has none.
    pub(crate) fn has_room(&self) -> bool {
        self.style != Sheet::Reading.css() && self.style != Sheet::Charts.css()
    }

    /// Where a piece is begun.
    pub(crate) fn submit_href(&self) -> String {
        urls::submit(self.language)
    }

    /// What waits for somebody who has signed in.
    pub(crate) fn desk_href(&self) -> String {
        urls::desk(self.language)
    }

    /// The page about the site.
    pub(crate) fn about_href(&self) -> String {
        urls::about(self.language)
    }
}

/// The direction of a text in one of the six languages, or of an unknown one.
pub(crate) fn dir(language: Option<Language>) -> &'static str {
    language.map_or("auto", |language| language.direction().code())
}
