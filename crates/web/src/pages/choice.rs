//! The front door: the reader's language where the browser tells it, else a choice of six.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use observatory_model::Language;

use crate::assets::Sheet;
use crate::cache::{Policy, redirect};
use crate::error::PageError;
use crate::locale;
use crate::pages::show;
use crate::reader::Preferred;
use crate::state::Site;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/choice.html")]
struct ChoicePage {
    title: String,
    style: &'static str,
    choices: Vec<Door>,
}

/// One of the six doors.
struct Door {
    language: Language,
    site: &'static str,
    name: &'static str,
    about: &'static str,
    href: String,
    absolute: String,
}

/// `/`
pub(crate) async fn choice(
    State(site): State<Site>,
    Preferred(preferred): Preferred,
) -> Result<Response, PageError> {
    if let Some(language) = preferred {
        return Ok(redirect(StatusCode::FOUND, &urls::home(language), Policy::Choice));
    }
    let door = |language: Language| {
        let href = urls::home(language);
        Door {
            language,
            site: locale::of(language).say("site.name"),
            name: locale::own_name(language),
            about: locale::of(language).say("site.about"),
            absolute: site.absolute(&href),
            href,
        }
    };
    let title = Language::ALL.map(|language| locale::of(language).say("choice.title")).join(" · ");
    let page =
        ChoicePage { title, style: Sheet::Lists.css(), choices: Language::ALL.map(door).into() };
    show(&page, Policy::Choice)
}
