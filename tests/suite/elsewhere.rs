//! Signing in elsewhere: whoever a provider names is let in, and nobody else.

use std::collections::BTreeMap;

use observatory_identity::providers::ProviderSettings;
use observatory_model::alert::Token;
use observatory_model::person::{Person, Role, Roles};
use observatory_model::{Clock as _, Language};
use observatory_store::SignIn;

use crate::provider::{CLIENT, Holder, IdProvider, Lie};
use crate::site::{NOON, Page, TestSite};

/// A browser: it keeps cookies.
struct Browser<'a> {
    site: &'a TestSite,
    cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    const fn new(site: &'a TestSite) -> Self {
        Self { site, cookies: BTreeMap::new() }
    }

    fn keep(&mut self, page: Page) -> Page {
        for cookie in page.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().expect("text");
            assert!(cookie.contains("; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
            let (name, rest) = cookie.split_once('=').expect("a value");
            let value = rest.split(';').next().expect("a value");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        self.cookies.retain(|_, value| !value.is_empty());
        page
    }

    fn cookie(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    async fn get(&mut self, path: &str) -> Page {
        let page = self.site.get_with(path, &[("cookie", &self.cookie())]).await;
        self.keep(page)
    }

    async fn post(&mut self, path: &str, body: &str) -> Page {
        let headers = [("cookie", &*self.cookie()), ("origin", self.site.origin())];
        let page = self.site.post(path, &headers, body).await;
        self.keep(page)
    }

    /// Goes to the provider, whose holder says yes: the path by which they come back.
    async fn away(&mut self, next: &str) -> String {
        let page = self.get(&format!("/fr/sign-in/with/orcid{next}")).await;
        assert_eq!(page.status, 303, "{}", page.text);
        assert!(page.header("cache-control").contains("no-store"));
        let there = TestSite::elsewhere(page.header("location")).await;
        assert_eq!(there.status, 302);
        let back = there.header("location").to_owned();
        back.strip_prefix(self.site.origin()).expect("an address of the site").to_owned()
    }

    async fn signs_in(&mut self) -> Page {
        let back = self.away("").await;
        self.get(&back).await
    }

    fn is_in(&self) -> bool {
        self.cookies.contains_key("__Host-session")
    }

    /// By a mailed link, as `mail`.
    async fn uses_link(&mut self, mail: &str, word: u8) {
        let (token, now) = (Token::new([word; 16]), self.site.clock.now());
        let link =
            SignIn { mail: mail.parse().expect("an address"), submission: None, created: now };
        self.site.world.store.put_link(token, &link).await.expect("a link");
        let page = self.post(&format!("/fr/sign-in/link?key={token}"), "").await;
        assert_eq!(page.status, 303);
    }
}

async fn ground(change: impl FnOnce(&mut ProviderSettings)) -> (TestSite, IdProvider) {
    let provider = IdProvider::start(NOON.parse().expect("a time")).await;
    let mut settings = ProviderSettings {
        code: "orcid".to_owned(),
        name: "ORCID".to_owned(),
        issuer: provider.issuer(),
        client: CLIENT.0.to_owned(),
        secret: CLIENT.1.to_owned(),
        scopes: vec!["profile".to_owned()],
        trusts_mail: false,
        proves_orcid: true,
    };
    change(&mut settings);
    (TestSite::start_believing(settings).await, provider)
}

async fn add_person(site: &TestSite, mail: &str, roles: Roles) -> Person {
    let now = site.clock.now();
    let person = Person::new(mail.parse().expect("an address"), roles, Language::En, now);
    site.world.store.add_person(&person, "operator").await.expect("a person");
    person
}

#[tokio::test]
async fn an_account_is_connected_once_and_opens_from_then_on() {
    let (site, provider) = ground(|_| {}).await;
    let ada = add_person(&site, "ada@example.org", Roles::of([Role::Researcher])).await;
    let mut browser = Browser::new(&site);
    let page = browser.get("/fr/sign-in").await;
    assert!(page.text.contains("/fr/sign-in/with/orcid"), "the way there is offered");
    let page = browser.signs_in().await;
    assert_eq!(page.header("location"), "/fr/sign-in?unknown=orcid&next=%2Ffr%2Fdesk%2Faccount");
    assert!(!browser.is_in(), "nobody knows whose account it is");
    assert!(browser.get(page.header("location")).await.text.contains("role=status"));

    browser.uses_link("ada@example.org", 1).await;
    let page = browser.get("/fr/desk/account").await;
    assert!(page.text.contains("ORCID · 0000-0002-1825-0097"), "{}", page.text);
    let page = browser.post("/fr/desk/account/connect", "").await;
    assert_eq!(page.header("location"), "/fr/desk/account?saved=yes");
    let known = site.world.store.person(ada.id).await.expect("an answer").expect("a person");
    assert_eq!(known.orcid.as_deref(), Some("0000-0002-1825-0097"), "it was proved");

    // On another day, in another browser.
    let mut other = Browser::new(&site);
    let back = other.away("?next=/fr/desk/account").await;
    let page = other.get(&back).await;
    assert_eq!(page.header("location"), "/fr/desk/account");
    assert!(other.is_in() && !other.cookies.contains_key("__Host-elsewhere"));
    assert!(other.get("/fr/desk/account").await.text.contains("ada@example.org"));
    let asked = provider.asked();
    assert!(asked.iter().all(|asked| asked != "POST /authorize"), "{asked:?}");

    // Taken away, it opens nothing.
    let subject = "0000-0002-1825-0097";
    let form = format!("issuer={}&subject={subject}", provider.issuer());
    other.post("/fr/desk/account/disconnect", &form).await;
    let mut third = Browser::new(&site);
    assert!(third.signs_in().await.header("location").contains("unknown=orcid"));
    let log = site.world.store.audit_lines(0, 99).await.expect("the log");
    let acts: Vec<&str> = log.iter().map(|line| line.act.act.as_str()).collect();
    for act in ["connection.add", "person.orcid", "connection.remove"] {
        assert!(acts.contains(&act), "{acts:?}");
    }
}

#[tokio::test]
async fn what_proves_nothing_lets_nobody_in() {
    let (site, provider) = ground(|_| {}).await;
    add_person(&site, "ada@example.org", Roles::of([Role::Researcher])).await;
    let mut owner = Browser::new(&site);
    owner.signs_in().await;
    owner.uses_link("ada@example.org", 1).await;
    owner.post("/fr/desk/account/connect", "").await;

    let refused = |page: &Page, browser: &Browser<'_>, why: &str| {
        let to = page.header("location");
        assert!(to.contains("/sign-in?failed=orcid"), "{why}: {to}");
        assert!(!browser.is_in(), "{why}");
    };
    for lie in [
        Lie::Nonce,
        Lie::Audience,
        Lie::Expired,
        Lie::Issuer,
        Lie::Key,
        Lie::Unsigned,
        Lie::Missing,
    ] {
        provider.lies(lie);
        let mut browser = Browser::new(&site);
        let page = browser.signs_in().await;
        refused(&page, &browser, &format!("{lie:?}"));
    }
    // What is told beside the token is only believed of its subject.
    provider.lies(Lie::Subject);
    let mut browser = Browser::new(&site);
    assert_eq!(browser.signs_in().await.header("location"), "/fr/desk");
    provider.lies(Lie::None);

    // What was begun in one browser does not end in another, nor twice.
    let mut attacker = Browser::new(&site);
    let back = attacker.away("").await;
    let mut victim = Browser::new(&site);
    let page = victim.get(&back).await;
    refused(&page, &victim, "no question was put");
    victim.away("").await;
    let page = victim.get(&back).await;
    refused(&page, &victim, "another question was put");
    let kept = attacker.cookies.clone();
    assert_eq!(attacker.get(&back).await.header("location"), "/fr/desk");
    let mut again = Browser { site: &site, cookies: kept };
    let page = again.get(&back).await;
    refused(&page, &again, "the code was used");

    for (from, to) in [("iss=", "iss=x"), ("code=", "no="), ("code=", "error=access_denied&no=")] {
        let mut browser = Browser::new(&site);
        let back = browser.away("").await;
        let page = browser.get(&back.replacen(from, to, 1)).await;
        refused(&page, &browser, to);
    }
    let page = Browser::new(&site).get("/sign-in/back/nobody?code=x&state=y").await;
    assert_eq!(page.status, 404);
}

#[tokio::test]
async fn a_verified_address_opens_its_account_where_the_provider_is_believed() {
    let holder = |subject: &str, mail: &str, is_verified| Holder {
        subject: subject.to_owned(),
        name: "Ada Okafor".to_owned(),
        mail: Some((mail.to_owned(), is_verified)),
    };
    let (site, provider) = ground(|settings| settings.trusts_mail = true).await;
    add_person(&site, "ada@example.org", Roles::of([Role::Researcher])).await;
    add_person(&site, "editor@example.org", Roles::of([Role::Editor])).await;
    let gone = add_person(&site, "gone@example.org", Roles::default()).await;
    site.world.store.set_disabled(gone.id, true, "operator", site.clock.now()).await.expect("done");

    provider.holds(holder("1", "ada@example.org", false));
    let mut browser = Browser::new(&site);
    assert!(browser.signs_in().await.header("location").contains("unknown=orcid"), "unverified");
    provider.holds(holder("1", "ADA@example.org", true));
    assert_eq!(browser.signs_in().await.header("location"), "/fr/desk");
    assert!(browser.get("/fr/desk/account").await.text.contains("ORCID · Ada Okafor"));

    // Whoever has no account gets one; whoever may do more gives a second proof all the same.
    provider.holds(holder("2", "new@example.org", true));
    let mut browser = Browser::new(&site);
    assert_eq!(browser.signs_in().await.header("location"), "/fr/desk");
    provider.holds(holder("3", "editor@example.org", true));
    let mut browser = Browser::new(&site);
    assert!(browser.signs_in().await.header("location").starts_with("/fr/sign-in/code"));
    assert_eq!(browser.get("/fr/desk/queue").await.status, 303, "half is not enough");
    provider.holds(holder("4", "gone@example.org", true));
    let mut browser = Browser::new(&site);
    assert!(browser.signs_in().await.header("location").contains("unknown=orcid"));
    assert!(!browser.is_in(), "who was let go stays out");

    // The same word of a provider that is not believed opens nothing.
    let (site, provider) = ground(|_| {}).await;
    add_person(&site, "ada@example.org", Roles::of([Role::Researcher])).await;
    provider.holds(holder("1", "ada@example.org", true));
    let mut browser = Browser::new(&site);
    assert!(browser.signs_in().await.header("location").contains("unknown=orcid"));
}

#[tokio::test]
async fn one_name_elsewhere_opens_one_account() {
    let (site, _provider) = ground(|_| {}).await;
    for (word, mail, came_of) in [(1, "ada@example.org", "saved"), (2, "bo@example.org", "taken")] {
        add_person(&site, mail, Roles::default()).await;
        let mut browser = Browser::new(&site);
        browser.uses_link(mail, word).await;
        if came_of == "taken" {
            // Somebody else had the page open while the first was connected.
            let waiting = Browser::new(&site).away("").await;
            assert!(waiting.contains("state="));
        }
        let page = browser.signs_in().await;
        if came_of == "saved" {
            assert_eq!(page.header("location"), "/fr/desk/account");
            let page = browser.post("/fr/desk/account/connect", "").await;
            assert_eq!(page.header("location"), "/fr/desk/account?saved=yes");
            let page = browser.post("/fr/desk/account/connect", "").await;
            assert_eq!(page.header("location"), "/fr/desk/account", "there is nothing more");
        } else {
            // It is Ada's: whoever signs in by it is Ada.
            assert_eq!(page.header("location"), "/fr/desk");
            assert!(browser.get("/fr/desk/account").await.text.contains("ada@example.org"));
        }
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_or_may_not_be_asked_is_said_so() {
    for issuer in ["http://10.0.0.1", "http://127.0.0.1:1"] {
        let (site, provider) = ground(|settings| settings.issuer = issuer.to_owned()).await;
        let mut browser = Browser::new(&site);
        let page = browser.get("/ar/sign-in/with/orcid").await;
        assert_eq!(page.status, 503, "{issuer}");
        assert!(page.text.contains("ORCID") && page.text.contains("dir=rtl"), "{}", page.text);
        assert!(browser.cookies.is_empty());
        assert!(provider.asked().is_empty());
    }
}
