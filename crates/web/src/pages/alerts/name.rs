//! What a search is called in words of its reader: on pages, and in its mails.

use observatory_model::alert::Name;
use observatory_model::asked::Asked;

use crate::concepts::topic;
use crate::error::PageError;
use crate::reader::Reader;
use crate::state::Site;

/// The words as typed, then each filter by its name.
///
/// # Errors
/// [`PageError::Busy`], [`PageError::Internal`]: the names of sources cannot be read.
pub(super) async fn of(site: &Site, reader: &Reader, asked: &Asked) -> Result<Name, PageError> {
    let (t, language) = (reader.locale, reader.language);
    let mut parts = Vec::new();
    if !asked.words.is_empty() {
        parts.push(asked.words.clone());
    }
    parts.extend(asked.languages.iter().map(|value| t.language(*value).to_owned()));
    parts.extend(asked.classes.iter().map(|value| t.class(*value).to_owned()));
    parts.extend(asked.series.iter().map(|value| t.series(*value).to_owned()));
    parts.extend(asked.topics.iter().map(|value| topic(t, language, value)));
    for slug in &asked.sources {
        let source = site.store().source_by_slug(slug).await?;
        parts.push(source.map_or_else(|| slug.to_string(), |source| source.name));
    }
    parts.extend(asked.institutions.iter().cloned());
    parts.extend(asked.years.iter().map(ToString::to_string));
    let date = |text: &str| t.partial_date(text);
    if !asked.from.is_empty() {
        parts.push(t.plain("search.from_tag", &[("date", &date(&asked.from))]));
    }
    if !asked.until.is_empty() {
        parts.push(t.plain("search.until_tag", &[("date", &date(&asked.until))]));
    }
    if parts.is_empty() {
        parts.push(t.say("alerts.everything").to_owned());
    }
    Ok(Name::new(&parts.join(" · ")))
}
