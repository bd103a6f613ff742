//! People: one account for an address, rights that are never left to nobody, sessions that end.

use observatory_model::person::{Posting, Strength};
use observatory_model::{Language, Timestamp};
use observatory_store::{SignIn, StoreError};
use tokio::task::JoinSet;

use crate::desk::{HOME, acts, letter, somebody, token};
use crate::ground::{Ground, later, nine};

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Keeps a link to an account under a word, and the mail that carries it.
async fn link(ground: &Ground, number: u8, mail: &str, now: Timestamp) {
    let sign_in = SignIn { mail: mail.parse().unwrap(), submission: None, created: now };
    ground.store.mail_link(token(number), &sign_in, &letter(mail)).await.unwrap();
}

/// The address of whoever a link signs in.
async fn signs_in(ground: &Ground, link: u8, session: u8, now: Timestamp) -> Option<String> {
    let (link, session) = (token(link), token(session));
    let used = ground.store.use_link(link, session, HOME, Language::Ar, now).await.unwrap();
    used.map(|(person, _)| person.mail.as_str().to_owned())
}

async fn lasts(ground: &Ground, session: u8, now: Timestamp) -> bool {
    ground.store.session(token(session), now).await.unwrap().is_some()
}

pub(crate) async fn an_address_has_one_account_whatever_its_case(ground: &Ground) {
    let ada = somebody(ground, "Ada@Example.org", "researcher").await;
    let again = observatory_model::person::Person {
        id: observatory_model::PersonId::new(later(1)),
        mail: "ADA@example.org".parse().unwrap(),
        ..ada.clone()
    };
    let again = ground.store.add_person(&again, "operator").await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    let found = ground.store.person_of_mail(&"aDA@EXAMPLE.org".parse().unwrap()).await.unwrap();
    assert_eq!(found.as_ref(), Some(&ada));
    link(ground, 1, "ADA@EXAMPLE.ORG", nine()).await;
    assert_eq!(signs_in(ground, 1, 2, nine()).await.as_deref(), Some(ada.mail.as_str()));
    assert_eq!(ground.store.people(None, 9).await.unwrap(), [ada]);
}

pub(crate) async fn roles_end_sessions_and_the_last_admin_stays(ground: &Ground) {
    let store = &ground.store;
    let admin = somebody(ground, "admin@example.org", "admin").await;
    store.begin_session(token(1), &admin, Strength::Full, HOME, nine()).await.unwrap();
    let (none, both) = ("".parse().unwrap(), "editor,admin".parse().unwrap());
    assert!(!store.set_roles(admin.id, &none, "operator", nine()).await.unwrap());
    assert!(!store.set_disabled(admin.id, true, "operator", nine()).await.unwrap());
    assert!(lasts(ground, 1, nine()).await, "nothing has changed");
    assert!(store.set_roles(admin.id, &both, "operator", nine()).await.unwrap());
    assert!(!lasts(ground, 1, nine()).await);
    assert_eq!(acts(ground).await.last().unwrap(), "person.roles admin→editor,admin");

    // With a second one, either may go; who is disabled is no admin that counts.
    let other = somebody(ground, "other@example.org", "admin").await;
    assert!(store.set_disabled(other.id, true, "admin@example.org", nine()).await.unwrap());
    assert_eq!(acts(ground).await.last().unwrap(), "person.disable enabled→disabled");
    assert!(!store.set_roles(admin.id, &none, "operator", nine()).await.unwrap());
    assert!(store.set_roles(other.id, &none, "operator", nine()).await.unwrap(), "is none left");
    let lines = acts(ground).await.len();
    assert!(store.set_roles(other.id, &none, "operator", nine()).await.unwrap());
    assert_eq!(acts(ground).await.len(), lines, "what changes nothing leaves no line");
}

pub(crate) async fn admins_who_let_one_another_go_at_once_leave_one(ground: &Ground) {
    let mut admins = Vec::new();
    for number in 0..6 {
        admins.push(somebody(ground, &format!("admin{number}@example.org"), "admin").await);
    }
    let mut tasks = JoinSet::new();
    for (at, admin) in admins.into_iter().enumerate() {
        let store = ground.store.clone();
        tasks.spawn(async move {
            let none = "".parse().unwrap();
            if at % 2 == 0 {
                store.set_roles(admin.id, &none, "another", nine()).await.unwrap()
            } else {
                store.set_disabled(admin.id, true, "another", nine()).await.unwrap()
            }
        });
    }
    let gone = tasks.join_all().await.into_iter().filter(|gone| *gone).count();
    assert_eq!(gone, 5);
    let left = ground.store.people_with(observatory_model::person::Role::Admin).await.unwrap();
    assert_eq!(left.len(), 1);
}

pub(crate) async fn what_somebody_may_post_is_said_of_them_or_their_domain(ground: &Ground) {
    let store = &ground.store;
    let ada = somebody(ground, "ada@Lab.Uni.example.org", "researcher").await;
    let domain = async |domain: &str, posting: Option<Posting>| {
        store.set_domain(domain, posting, "operator", nine()).await.unwrap();
    };
    let posting = async || {
        let ada = store.person(ada.id).await.unwrap().unwrap();
        store.posting_of(&ada).await.unwrap()
    };
    assert_eq!(posting().await, Posting::CheckFirst);
    domain("example.org", Some(Posting::Blocked)).await;
    assert_eq!(posting().await, Posting::Blocked, "a domain speaks for those below it");
    domain("ni.example.org", Some(Posting::Trusted)).await;
    assert_eq!(posting().await, Posting::Blocked, "and for no others that end alike");
    domain("UNI.example.org", Some(Posting::Trusted)).await;
    assert_eq!(posting().await, Posting::Trusted, "the longest one above");
    store.set_posting(ada.id, Some(Posting::CheckFirst), "operator", nine()).await.unwrap();
    assert_eq!(posting().await, Posting::CheckFirst, "the person stands above all domains");
    store.set_posting(ada.id, None, "operator", nine()).await.unwrap();
    domain("uni.example.org", None).await;
    assert_eq!(posting().await, Posting::Blocked);
    let domains = store.domains().await.unwrap();
    let known: Vec<&str> = domains.iter().map(|(domain, _)| domain.as_str()).collect();
    assert_eq!(known, ["example.org", "ni.example.org"]);
    assert_eq!(acts(ground).await.last().unwrap(), "domain.posting trusted→");
}

pub(crate) async fn a_mailed_link_signs_in_once(ground: &Ground) {
    let store = &ground.store;
    link(ground, 1, "new@example.org", nine()).await;
    assert_eq!(store.mail_counts().await.unwrap().waiting, 1);
    let over = later(60 * MINUTE);
    assert!(store.link(token(1), over.plus_seconds(-1)).await.unwrap().is_some());
    assert!(store.link(token(1), over).await.unwrap().is_none());
    assert_eq!(signs_in(ground, 1, 2, over).await, None);
    let used = signs_in(ground, 1, 2, over.plus_seconds(-1)).await;
    assert_eq!(used.as_deref(), Some("new@example.org"));
    assert_eq!(signs_in(ground, 1, 3, later(1)).await, None, "a second time");
    let session = store.session(token(2), over).await.unwrap().unwrap();
    assert_eq!(session.strength, Strength::Full);
    assert_eq!(session.browser, "Firefox");
    let person = session.person.unwrap();
    assert_eq!((person.roles.to_string().as_str(), person.language), ("researcher", Language::Ar));
    assert_eq!(acts(ground).await, ["person.add →researcher", "session.begin →full"]);

    link(ground, 4, "NEW@example.org", nine()).await;
    assert!(store.set_disabled(person.id, true, "operator", nine()).await.unwrap());
    assert!(!lasts(ground, 2, over).await);
    assert_eq!(signs_in(ground, 4, 5, nine()).await, None, "who is disabled stays out");
    assert!(!lasts(ground, 5, nine()).await);

    // Of two who use it at once, one is in.
    link(ground, 6, "third@example.org", nine()).await;
    let (one, two) = tokio::join!(signs_in(ground, 6, 7, nine()), signs_in(ground, 6, 8, nine()));
    assert_eq!([one, two].iter().flatten().count(), 1);
    store.forget_sessions(later(31 * DAY)).await.unwrap();
    assert!(store.link(token(4), nine()).await.unwrap().is_none());
}

pub(crate) async fn a_second_proof_gives_another_word(ground: &Ground) {
    let store = &ground.store;
    let editor = somebody(ground, "editor@example.org", "editor").await;
    link(ground, 1, "editor@example.org", nine()).await;
    assert!(signs_in(ground, 1, 2, nine()).await.is_some());
    let half = store.session(token(2), nine()).await.unwrap().unwrap();
    assert_eq!(half.strength, Strength::Half);
    assert!(store.raise_session(half.id, token(3), later(10)).await.unwrap());
    assert!(!lasts(ground, 2, later(10)).await, "the word that was known before opens nothing");
    let full = store.session(token(3), later(10)).await.unwrap().unwrap();
    assert_eq!((full.id, full.strength), (half.id, Strength::Full));
    assert_eq!(full.created, nine(), "its end does not move");
    assert_eq!(acts(ground).await.last().unwrap(), "session.second-factor half→full");
    assert!(store.end_session(full.id, Some(editor.id)).await.unwrap());
    assert!(!store.raise_session(full.id, token(4), later(10)).await.unwrap());
}

pub(crate) async fn sessions_end_by_their_roles(ground: &Ground) {
    let store = &ground.store;
    for (number, roles, idle, whole) in
        [(1, "editor", 30 * MINUTE, 12 * HOUR), (10, "reviewer,researcher", DAY, 30 * DAY)]
    {
        let person = somebody(ground, &format!("p{number}@example.org"), roles).await;
        for session in [number, number + 1] {
            let (word, full) = (token(session), Strength::Full);
            store.begin_session(word, &person, full, HOME, nine()).await.unwrap();
        }
        assert!(!lasts(ground, number, later(idle)).await, "{roles}: nobody used it");
        // The other one is used all the time.
        let mut at = nine();
        while at < later(whole) {
            assert!(lasts(ground, number + 1, at).await, "{roles}: {at}");
            let last = store.sessions_of(person.id, at).await.unwrap();
            assert_eq!(last.first().map(|session| session.seen), Some(at));
            at = at.plus_seconds(idle - 1);
        }
        assert!(lasts(ground, number + 1, later(whole - 1)).await, "{roles}");
        assert!(!lasts(ground, number + 1, later(whole)).await, "{roles}: over in any case");
        assert!(store.sessions_of(person.id, later(whole)).await.unwrap().is_empty());
    }
    store.forget_sessions(later(31 * DAY)).await.unwrap();
    assert!(!lasts(ground, 1, nine()).await, "the row is gone");
}

pub(crate) async fn nobody_ends_the_session_of_another(ground: &Ground) {
    let store = &ground.store;
    let ada = somebody(ground, "ada@example.org", "").await;
    let bob = somebody(ground, "bob@example.org", "").await;
    store.begin_session(token(1), &ada, Strength::Full, HOME, nine()).await.unwrap();
    let session = store.session(token(1), nine()).await.unwrap().unwrap();
    assert!(!store.end_session(session.id, Some(bob.id)).await.unwrap());
    assert!(!store.end_session(session.id, None).await.unwrap());
    assert!(lasts(ground, 1, nine()).await);
    assert!(store.end_session(session.id, Some(ada.id)).await.unwrap());
    assert!(!lasts(ground, 1, nine()).await);
}

pub(crate) async fn codes_are_used_once(ground: &Ground) {
    let store = &ground.store;
    let ada = somebody(ground, "ada@example.org", "editor").await;
    let left = ["one".to_owned(), "two".to_owned()];
    store.set_codes(ada.id, Some(("secret", &left)), "ada@example.org", nine()).await.unwrap();
    let (one, two) = tokio::join!(store.use_code(ada.id, 7), store.use_code(ada.id, 7));
    assert_ne!(one.unwrap(), two.unwrap(), "two at once");
    assert!(!store.use_code(ada.id, 6).await.unwrap(), "an earlier one");
    assert!(store.use_code(ada.id, 8).await.unwrap());
    let recover = async |hash: &str| store.use_recovery(ada.id, hash, nine()).await.unwrap();
    let (one, two) = tokio::join!(recover("one"), recover("one"));
    assert_ne!(one, two);
    assert!(!recover("three").await);
    assert_eq!(acts(ground).await.last().unwrap(), "person.recovery →1 left");
    let secrets = store.secrets(ada.id).await.unwrap();
    assert_eq!((secrets.code_step, secrets.recovery.as_slice()), (Some(8), &left[1..]));

    store.set_password(ada.id, Some("hash"), nine()).await.unwrap();
    assert_eq!(store.secrets(ada.id).await.unwrap().password.as_deref(), Some("hash"));
    store.set_codes(ada.id, None, "operator", nine()).await.unwrap();
    let secrets = store.secrets(ada.id).await.unwrap();
    assert_eq!((secrets.code, secrets.code_step, secrets.recovery), (None, None, Vec::new()));
    let said = acts(ground).await;
    assert_eq!(said[said.len() - 2..], ["person.password →set", "person.codes →removed"]);
}

pub(crate) async fn tries_are_counted_and_forgotten(ground: &Ground) {
    let store = &ground.store;
    let may = async |who: &str, now| store.may_try(who, 3, HOUR, now).await.unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        tasks.spawn(async move { store.may_try("ada", 3, HOUR, nine()).await.unwrap() });
    }
    let counted = tasks.join_all().await.into_iter().filter(|may| *may).count();
    assert_eq!(counted, 3, "also of those who try at once");
    assert!(!may("ada", later(HOUR - 1)).await);
    assert!(may("bob", later(HOUR - 1)).await, "another");
    assert!(may("ada", later(HOUR)).await);
    // Whoever is refused is not refused for longer by that.
    assert!(may("ada", later(HOUR)).await && may("ada", later(HOUR)).await);
    assert!(!may("ada", later(HOUR)).await);
    assert!(may("ada", later(3 * DAY)).await);
}
