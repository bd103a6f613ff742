//! Who may do what, as a page: written from the table that decides it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use observatory_model::person::{Role, Roles};
use observatory_model::rights::{Action, Office, Stage, Whose, role_may};

use crate::cache::Policy;
use crate::chrome::Chrome;
use crate::desk::account::role_key;
use crate::error::PageError;
use crate::pages::show;
use crate::reader::Reader;
use crate::state::Site;

#[derive(Template)]
#[template(path = "desk/rights.html")]
struct RightsPage {
    c: Chrome,
    tables: Vec<Table>,
    offices: Vec<(String, String)>,
}

/// What may be done with one's own pieces, with those one reviews, with those of others.
struct Table {
    title: String,
    stages: Vec<(String, Vec<(String, String)>)>,
}

/// `/{lang}/about/rights`
pub(crate) async fn rights(
    State(site): State<Site>,
    reader: Reader,
) -> Result<Response, PageError> {
    let t = reader.locale;
    let name = |role: Role| t.say(role_key(role)).to_owned();
    let table = |whose: Whose| Table {
        title: t.say(&format!("whose.{}", whose.code())).to_owned(),
        stages: Stage::ALL
            .into_iter()
            .filter_map(|stage| {
                let of_role = |role: Role| {
                    let actions: Vec<&str> = Action::ALL
                        .into_iter()
                        .filter(|action| role_may(role, whose, stage, *action))
                        .map(|action| t.sentence(&format!("action.{}", action.code())))
                        .collect();
                    (!actions.is_empty()).then(|| actions.join(t.say("list.comma")))
                };
                // What is one's own is the same for every role: said once.
                let roles: Vec<(String, String)> = if whose == Whose::Own {
                    let actions = of_role(Role::Reader)?;
                    vec![(t.say("rights.author").to_owned(), actions)]
                } else {
                    let of = |role| of_role(role).map(|actions| (name(role), actions));
                    Role::ALL.into_iter().filter_map(of).collect()
                };
                (!roles.is_empty()).then(|| (t.stage(stage), roles))
            })
            .collect(),
    };
    let office = |office: Office| {
        let roles: Vec<String> = Role::ALL
            .into_iter()
            .filter(|role| office.may(&Roles::of([*role])))
            .map(name)
            .collect();
        (t.say(&format!("office.{}", office.code())).to_owned(), roles.join(t.say("list.comma")))
    };
    let page = RightsPage {
        c: Chrome::new(&site, &reader, t.say("rights.title")).desk(),
        tables: Whose::ALL.map(table).into(),
        offices: Office::ALL.map(office).into(),
    };
    show(&page, Policy::Page)
}
