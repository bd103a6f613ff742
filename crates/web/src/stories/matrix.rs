//! Who may do what with pieces, asked of the site itself: every role, at every stage, with every act.

use axum::body::Body;
use axum::http::StatusCode;
use observatory_model::alert::Token;
use observatory_model::person::{Person, Role, Roles};
use observatory_model::rights::{Action, Stage, Whose, may};
use observatory_model::{Clock as _, SubmissionId};

use crate::testing::desk::{encoded, own, state, told, whole, word};
use crate::testing::{Page, TestSite};

/// Something that is done with a piece over the network.
pub(super) struct Door {
    pub(super) method: &'static str,
    /// After the id.
    pub(super) rest: &'static str,
    form: &'static [(&'static str, &'static str)],
    needs: Needs,
    /// Whether it does something where it is allowed.
    changes: bool,
}

/// What whoever uses a door must be allowed.
#[derive(Clone, Copy)]
pub(super) enum Needs {
    /// This, with this piece.
    May(Action),
    /// To read it as one's own: what is typed is kept beside what nobody may change any more.
    Own,
    /// To read it as an editor.
    Reviews,
    /// To ask for reviews, where there is one to take back.
    Asked,
}

const fn reads(rest: &'static str, needs: Needs) -> Door {
    Door { method: "GET", rest, form: &[], needs, changes: false }
}

const fn does(
    rest: &'static str,
    action: Action,
    form: &'static [(&'static str, &'static str)],
) -> Door {
    Door { method: "POST", rest, form, needs: Needs::May(action), changes: true }
}

pub(super) const ALL: &[Door] = &[
    reads("", Needs::May(Action::Read)),
    reads("/file?at", Needs::May(Action::Read)),
    reads("/edit/1", Needs::May(Action::Edit)),
    reads("/edit/4", Needs::May(Action::Edit)),
    reads("/saves", Needs::Own),
    reads("/reviews.csv", Needs::Reviews),
    reads("/reviews.json", Needs::Reviews),
    Door {
        method: "POST",
        rest: "/edit/1",
        form: &[("title", "Typed"), ("go", "later")],
        needs: Needs::Own,
        changes: true,
    },
    Door {
        method: "POST",
        rest: "/save",
        form: &[("step", "1"), ("title", "Typed")],
        needs: Needs::Own,
        changes: true,
    },
    Door { changes: false, ..does("/saves", Action::Edit, &[("save", "none"), ("go", "take")]) },
    Door { method: "PUT", ..does("/file?at=0&of=5&name=a.md", Action::Edit, &[("a", "bcd")]) },
    does("/send", Action::Send, &[("base", "0")]),
    does("/withdraw", Action::Withdraw, &[]),
    does("/discard", Action::Discard, &[]),
    does("/message", Action::Message, &[("words", "Hello")]),
    does("/assign", Action::Assign, &[("name", "R"), ("mail", "r@example.org")]),
    Door { needs: Needs::Asked, ..does("/revoke", Action::Assign, &[("review", "REVIEW")]) },
    does("/decide", Action::Decide, &[("verdict", "decline"), ("reasons", "No.")]),
    Door { changes: false, ..does("/undo", Action::Decide, &[]) },
    does("/retract", Action::Retract, &[("reason", "Wrong.")]),
    does("/renew", Action::Renew, &[]),
];

/// Somebody who asks.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    pub(super) name: String,
    pub(super) roles: Roles,
    pub(super) person: Option<Person>,
    pub(super) word: Option<Token>,
    is_guest: bool,
}

impl Asker {
    fn may(&self, needs: Needs, whose: Whose, stage: Stage) -> bool {
        let may = |action| {
            // What a guest sends would leave in the name of whoever has the address.
            !(self.is_guest && action == Action::Send) && may(&self.roles, whose, stage, action)
        };
        match needs {
            Needs::May(action) => may(action),
            Needs::Own => whose == Whose::Own && may(Action::Read),
            Needs::Reviews => {
                whose == Whose::Other && may(Action::Read) && self.roles.has(Role::Editor)
            }
            Needs::Asked => stage == Stage::Review && may(Action::Assign),
        }
    }
}

/// A site with somebody of every kind, an author who is none of them, and an editor who decides.
pub(super) struct Desk {
    pub(super) site: TestSite,
    pub(super) askers: Vec<Asker>,
    pub(super) author: Person,
    pub(super) decider: Person,
}

pub(super) async fn desk() -> Desk {
    let site = TestSite::empty().await;
    let mut askers = vec![Asker {
        name: "nobody".to_owned(),
        roles: Roles::default(),
        person: None,
        word: None,
        is_guest: false,
    }];
    for role in Role::ALL {
        let roles = Roles::of([role]);
        let mail = format!("{role}@example.org");
        let (person, word) = site.signed_in(&mail, &roles.to_string()).await;
        askers.push(Asker {
            name: role.to_string(),
            roles,
            person: Some(person),
            word: Some(word),
            is_guest: false,
        });
    }
    let author = site.person("author@example.org", "researcher").await;
    let decider = site.person("decider@example.org", "editor").await;
    Desk { site, askers, author, decider }
}

impl Desk {
    /// A piece at a stage, that is its asker's own or another's; `None` where there can be none.
    async fn piece(
        &self,
        asker: &Asker,
        whose: Whose,
        stage: Stage,
    ) -> Option<(SubmissionId, Option<Token>)> {
        let draft = whole("Cables of the islands");
        match (whose, &asker.person) {
            (Whose::Own, Some(owner)) => {
                let id = self.site.at(stage, owner, &self.decider, draft).await;
                Some((id, asker.word))
            }
            (Whose::Own, None) if asker.is_guest && stage == Stage::Draft => {
                let mail = format!("guest-{}@example.org", word());
                let (id, session, _) = self.site.guest(&mail, draft).await;
                Some((id, Some(session)))
            }
            (Whose::Own, None) => None,
            (_, _) => {
                let id = self.site.at(stage, &self.author, &self.decider, draft).await;
                let word =
                    if asker.is_guest { Some(self.another_guest().await) } else { asker.word };
                Some((id, word))
            }
        }
    }

    async fn another_guest(&self) -> Token {
        let mail = format!("other-{}@example.org", word());
        self.site.guest(&mail, whole("Something else")).await.1
    }

    pub(super) async fn knock(&self, door: &Door, who: Option<Token>, id: SubmissionId) -> Page {
        let reviews = self.site.store.reviews(id).await.unwrap();
        let review = reviews.first().map_or_else(|| id.to_string(), |review| review.id.to_string());
        let form: Vec<(&str, &str)> = door
            .form
            .iter()
            .map(|(name, value)| (*name, if *value == "REVIEW" { &*review } else { *value }))
            .collect();
        let path = format!("/en/desk/pieces/{id}{}", door.rest);
        let request = own(door.method, &path, who).body(Body::from(encoded(&form))).unwrap();
        let mut page = self.site.ask(request).await;
        page.text = page.text.replace(&review, "REVIEW");
        page
    }
}

/// An answer about a piece, without the piece: pages of what is not there propose to search for the end
/// of their address, and those of forms show what was typed.
fn nameless(page: &Page, id: SubmissionId) -> String {
    let id = id.to_string();
    told(page).replace(&id, "ID").replace(&id.replace('-', " "), "ID").replace("REVIEW", "ID")
}

/// Opens every door of a piece, and gives how many were open.
async fn matrix_of(desk: &Desk, asker: &Asker, whose: Whose, stage: Stage) -> Option<usize> {
    let (mut id, mut who) = desk.piece(asker, whose, stage).await?;
    let (store, mut open) = (&desk.site.store, 0);
    for door in ALL {
        let at = format!("{} {whose:?} {stage} {} {}", asker.name, door.method, door.rest);
        let before = state(store, id).await;
        let page = desk.knock(door, who, id).await;
        let is_changed = state(store, id).await != before;
        assert_eq!(page.header("cache-control"), "no-store", "{at}");
        if asker.may(door.needs, whose, stage) {
            open += 1;
            assert!(
                page.status.is_success() || page.status.is_redirection(),
                "{at}: {}",
                page.text
            );
            assert!(!page.header("location").contains("sign-in"), "{at}");
            assert_eq!(is_changed, door.changes, "{at}: {}", page.text);
            if is_changed && matches!(door.needs, Needs::Own) {
                let kept = desk.site.held(id).await;
                let takes = asker.may(Needs::May(Action::Edit), whose, stage);
                assert!(takes || kept.draft.title != "Typed", "{at}: over words that are sent");
            }
            if is_changed {
                (id, who) = desk.piece(asker, whose, stage).await?;
            }
            continue;
        }
        assert!(!is_changed, "{at}");
        let absent = SubmissionId::new(desk.site.clock.now());
        let nothing = desk.knock(door, who, absent).await;
        // A guest is led to sign in where nothing is looked for yet.
        let is_known = who.is_some() && !asker.is_guest;
        let expected = if is_known { StatusCode::NOT_FOUND } else { nothing.status };
        assert_eq!(page.status, expected, "{at}");
        let same = nameless(&page, id) == nameless(&nothing, absent);
        assert!(same, "{at} tells that something is there:\n{}\n{}", told(&page), told(&nothing));
        if who.is_none() {
            let is_form = page.status == StatusCode::UNAUTHORIZED && door.method != "GET";
            let leads = page.header("location").starts_with("/en/sign-in?next=%2Fen%2Fdesk%2F");
            assert!(is_form || leads, "{at}: {}", page.status);
        }
    }
    Some(open)
}

async fn matrix(is_asker: impl Fn(&Asker) -> bool + Send + Sync) -> usize {
    let mut desk = desk().await;
    let guest =
        Asker { name: "guest".to_owned(), is_guest: true, ..desk.askers.first().unwrap().clone() };
    desk.askers.push(guest);
    let mut open = 0;
    for asker in desk.askers.iter().filter(|asker| is_asker(asker)) {
        for whose in [Whose::Own, Whose::Other] {
            for stage in Stage::ALL {
                open += matrix_of(&desk, asker, whose, stage).await.unwrap_or_default();
            }
        }
    }
    open
}

#[tokio::test]
async fn nobody_opens_a_door_of_a_piece() {
    assert_eq!(matrix(|asker| asker.word.is_none() && !asker.is_guest).await, 0);
}

#[tokio::test]
async fn a_guest_opens_those_of_the_draft_they_hold() {
    let open = matrix(|asker| asker.is_guest).await;
    assert!((8..14).contains(&open), "{open}");
}

#[tokio::test]
async fn every_role_does_with_pieces_what_the_table_says() {
    let open = matrix(|asker| ["reader", "researcher", "reviewer"].contains(&&*asker.name)).await;
    assert!(open > 150, "{open}");
}

#[tokio::test]
async fn editors_and_admins_do_with_pieces_what_the_table_says() {
    let open = matrix(|asker| ["editor", "admin"].contains(&&*asker.name)).await;
    assert!(open > 120, "{open}");
}
