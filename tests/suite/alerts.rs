//! An alert from the form to the mailbox: real pages, a real store and index, a real mail server.

use observatory_model::alert::Cadence;
use observatory_model::brief::{Audience, Body, Brief};
use observatory_model::{Clock as _, Language, Timestamp};
use observatory_worker::{Runner, Silent};

use crate::site::{Page, TestSite};
use crate::smtp_server::{SmtpServer, Whim};
use crate::upstream::Upstream;

/// A site, its mail server, and a publisher.
pub(crate) struct House {
    pub(crate) site: TestSite,
    pub(crate) post: SmtpServer,
    upstream: Upstream,
}

impl House {
    pub(crate) async fn open() -> Self {
        let post = SmtpServer::start().await;
        let site = TestSite::start_mailing(post.port).await;
        let upstream = Upstream::start().await;
        upstream.set_document("/feed", "application/rss+xml", feed(&[]));
        site.add_source(&upstream.url("/feed"), "orbit").await;
        site.harvest().await;
        Self { site, post, upstream }
    }

    /// A form as a browser sends it from a page of the site.
    pub(crate) async fn send(&self, path: &str, body: &str) -> Page {
        self.site.post(path, &[("origin", self.site.origin())], body).await
    }

    /// Does what is due, some seconds later.
    pub(crate) async fn later(&self, seconds: i64) {
        self.site.clock.advance(seconds);
        let runner = Runner::new(self.site.world.clone(), std::sync::Arc::new(Silent));
        runner.run_until_idle().await.expect("work that is done");
    }

    /// Finds what is new, and a minute later writes about it.
    async fn settle(&self) {
        self.later(1).await;
        self.later(61).await;
    }

    /// The path and query of an address of the site.
    pub(crate) fn path<'a>(&self, address: &'a str) -> &'a str {
        address.strip_prefix(self.site.origin()).expect("an address of the site")
    }

    /// Asks for an alert and confirms it, as its reader does.
    pub(crate) async fn alert(&self, language: Language, query: &str, cadence: Cadence) {
        self.ask_and_confirm(&format!("/{language}/alerts/new?{query}"), cadence).await;
    }

    /// The same for the form at `path`.
    pub(crate) async fn ask_and_confirm(&self, path: &str, cadence: Cadence) {
        let body = format!("mail=reader%40example.org&cadence={cadence}");
        let page = self.send(path, &body).await;
        assert_eq!(page.status, 303, "{}", page.text);
        self.later(0).await;
        let question = self.post.take_one();
        let link = question.link("/confirm");
        assert_eq!(self.send(self.path(&link), "").await.status, 200);
    }

    /// The publisher publishes, the site reads.
    pub(crate) async fn publish(&self, items: &[(&str, &str)]) {
        self.upstream.set_document("/feed", "application/rss+xml", feed(items));
        self.site.harvest().await;
    }
}

fn feed(items: &[(&str, &str)]) -> String {
    let item = |(title, text): &(&str, &str)| {
        format!(
            "<item><guid>{title}</guid><title>{title}</title><description>{text}</description></item>"
        )
    };
    let items = items.iter().map(item).collect::<String>();
    format!(
        "<rss version=\"2.0\"><channel><title>Orbit notes</title><link>http://orbit.example/</link>{items}</channel></rss>"
    )
}

pub(crate) fn piece(title: &str, published: Timestamp) -> Brief {
    Brief {
        address: "future-vision/lunar-dust".parse().expect("an address"),
        language: Language::En,
        original: Language::En,
        translation: None,
        title: title.to_owned(),
        standfirst: "What it is about.".to_owned(),
        bottom_line: None,
        questions: Vec::new(),
        unknowns: Vec::new(),
        authors: vec!["Ada".to_owned()],
        institution: None,
        audience: Audience::Public,
        published,
        version: 1,
        topics: Vec::new(),
        confidence: None,
        evidence: Vec::new(),
        related: Vec::new(),
        body: Body {
            html: "<p id=p1>Moondust.</p>".to_owned(),
            headings: Vec::new(),
            paragraphs: vec!["Moondust.".to_owned()],
            words: 1,
            charts: Vec::new(),
        },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_mailed_and_only_a_button_answers_it() {
    let house = House::open().await;
    let form = house.site.get("/en/alerts/new?q=moondust&lang=fr").await;
    assert_eq!(form.status, 200);
    assert!(form.text.contains("moondust · French"), "{}", form.text);

    let path = "/en/alerts/new?q=moondust&lang=fr";
    let wrong = house.send(path, "mail=reader%40&cadence=daily").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("value=\"reader@\"") && wrong.text.contains("aria-invalid=true"));
    let body = "mail=reader%40example.org&cadence=daily";
    for headers in
        [vec![], vec![("origin", "http://evil.example")], vec![("sec-fetch-site", "cross-site")]]
    {
        assert_eq!(house.site.post(path, &headers, body).await.status, 403, "{headers:?}");
    }
    let sent = house.send(path, body).await;
    assert_eq!((sent.status, sent.header("location")), (303, "/en/alerts/sent"));
    assert_eq!(house.site.get("/en/alerts/sent").await.status, 200);

    house.later(0).await;
    let question = house.post.take_one();
    assert_eq!(question.to, ["reader@example.org"]);
    assert_eq!(question.header("auto-submitted"), "auto-generated");
    assert_eq!(question.header("list-unsubscribe"), "");
    assert!(question.part("text/plain").contains("moondust · French"));
    assert!(question.part("text/html").contains("moondust · French"));
    let link = question.link("/confirm");
    let link = house.path(&link);

    let is_on = async || {
        !house.site.world.store.watched_searches(None, 1).await.expect("an answer").is_empty()
    };
    for _ in 0..2 {
        let page = house.site.get(link).await;
        assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
        assert!(page.text.contains("method=post") && page.text.contains("moondust · French"));
        assert!(!is_on().await, "a link is opened by machines too");
    }
    assert_eq!(house.site.post(link, &[("sec-fetch-site", "cross-site")], "").await.status, 403);
    assert!(!is_on().await);
    assert_eq!(house.send(link, "").await.status, 200);
    assert!(is_on().await);
    assert_eq!(house.send(link, "").await.status, 200, "a second press does no harm");
    let other = link.replace("key=", "key=0");
    assert_eq!(house.send(&other, "").await.status, 404);
    house.later(49 * 3600).await;
    assert_eq!(house.site.get(link).await.status, 404, "its time is over");
    assert!(is_on().await && house.post.take().is_empty(), "nothing new, no mail");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arabic_reader_is_told_once_and_ends_it_with_one_click() {
    let house = House::open().await;
    house.publish(&[("Known before", "Moondust of old.")]).await;
    house.later(1).await;
    house.alert(Language::Ar, "q=moondust", Cadence::Once).await;

    let items = [
        ("Known before", "Moondust, corrected."),
        ("Dust &amp; light", "Moondust rises."),
        ("Another", "Nothing."),
    ];
    house.publish(&items).await;
    house.later(1).await;
    assert!(house.post.take().is_empty(), "it is collected for a minute");
    house.later(61).await;
    let mail = house.post.take_one();
    assert_eq!(mail.to, ["reader@example.org"]);
    assert_eq!(mail.header("content-language"), "ar");
    assert_eq!(mail.header("list-id"), "<alerts.observatory.example.org>");
    assert_eq!(mail.header("list-unsubscribe-post"), "List-Unsubscribe=One-Click");
    assert!(mail.header("message-id").ends_with("@observatory.example.org>"));
    let (text, html) = (mail.part("text/plain"), mail.part("text/html"));
    for words in [
        "نص جديد واحد",
        "moondust",
        "Dust & light",
        "Moondust rises.",
        "Orbit notes",
        "تشرين الثاني/نوفمبر",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(html.contains("dir=\"rtl\"") && html.contains("Dust &#38; light"), "{html}");
    for absent in ["Known before", "Another"] {
        assert!(!text.contains(absent) && !html.contains(absent), "{absent}: {text}");
    }
    for words in ["/ar/entries/", "/ar/search?q=moondust", "/ar/alerts/manage"] {
        let link = mail.link(words);
        assert_eq!(house.site.get(house.path(&link)).await.status, 200, "{link}");
    }
    house.publish(&[("Dust &amp; light", "Moondust rises higher.")]).await;
    house.settle().await;
    assert!(house.post.take().is_empty(), "what was told is not told again");

    let stop = mail.header("list-unsubscribe");
    let stop = house.path(stop.trim_start_matches('<').trim_end_matches('>'));
    let page = house.site.get(stop).await;
    assert!(page.status == 200 && page.text.contains("method=post"), "opening it ends nothing");
    house.publish(&[("Third", "Moondust again.")]).await;
    house.settle().await;
    assert_eq!(house.post.take().len(), 1);
    // A mail program: no page, no origin.
    for _ in 0..2 {
        assert_eq!(house.site.post(stop, &[], "List-Unsubscribe=One-Click").await.status, 200);
    }
    assert!(house.site.world.store.alerts(None, 9).await.expect("an answer").is_empty());
    house.publish(&[("Fourth", "Moondust for ever.")]).await;
    house.settle().await;
    assert!(house.post.take().is_empty());
    assert_eq!(house.site.get(stop).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_embargo_is_told_when_it_is_public() {
    let house = House::open().await;
    house.alert(Language::En, "q=moondust", Cadence::Once).await;
    let now = house.site.clock.now();
    let store = &house.site.world.store;
    let day = now.plus_seconds(24 * 3600);
    store.replace_briefs(&[piece("Secret title", day)], now).await.expect("kept");
    house.later(1).await;
    house.later(23 * 3600).await;
    assert!(house.post.take().is_empty(), "nothing of it in any mail");
    house.later(3600).await;
    house.later(61).await;
    let mail = house.post.take_one();
    assert!(mail.part("text/plain").contains("Secret title"));
    let link = mail.link("/en/future-vision/lunar-dust");
    assert_eq!(house.site.get(house.path(&link)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_off_after_it_was_found_waits() {
    let house = House::open().await;
    house.alert(Language::En, "q=moondust", Cadence::Daily).await;
    let (now, store) = (house.site.clock.now(), &house.site.world.store);
    store.replace_briefs(&[piece("Secret title", now)], now).await.expect("kept");
    house.later(1).await;
    let waiting = store.alerts(None, 1).await.expect("an answer").remove(0).waiting;
    assert_eq!(waiting, 1, "it was found");
    let week = now.plus_seconds(7 * 24 * 3600);
    store.replace_briefs(&[piece("Secret title", week)], now).await.expect("kept");
    house.later(24 * 3600).await;
    assert!(house.post.take().is_empty(), "nothing is left, no mail");
    house.later(6 * 24 * 3600).await;
    house.later(24 * 3600).await;
    assert!(house.post.take_one().part("text/plain").contains("Secret title"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_that_several_sources_tell_is_told_once() {
    let house = House::open().await;
    house.alert(Language::En, "q=moondust", Cadence::Once).await;
    let text = "Moondust rose over the southern basin on Tuesday, the agency said, and settled within \
        hours on the instruments of two landers that had waited there for it since the spring.";
    house.publish(&[("Moondust rises over two landers", text)]).await;
    house.settle().await;
    assert!(house.post.take_one().part("text/plain").contains("two landers"));
    let items = [("Moondust rises over two landers", text), ("More", "Moondust.")];
    house.upstream.set_document("/other", "application/rss+xml", feed(&items));
    house.site.add_source(&house.upstream.url("/other"), "other").await;
    house.site.harvest().await;
    house.settle().await;
    let mail = house.post.take_one().part("text/plain");
    assert!(mail.contains("More") && !mail.contains("two landers"), "{mail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_of_a_day_comes_at_six() {
    let house = House::open().await;
    house.alert(Language::Fr, "q=moondust", Cadence::Daily).await;
    let many: Vec<(String, String)> =
        (0..25).map(|number| (format!("Number {number}"), "Moondust.".to_owned())).collect();
    let (first, rest) = many.split_at(10);
    let items = |items: &[(String, String)]| {
        items.iter().map(|(title, text)| (title.clone(), text.clone())).collect::<Vec<_>>()
    };
    for part in [first, rest] {
        let part = items(part);
        let part: Vec<_> =
            part.iter().map(|(title, text)| (title.as_str(), text.as_str())).collect();
        house.publish(&part).await;
        house.later(3600).await;
    }
    // It was noon, and is two.
    house.later(16 * 3600 - 1).await;
    assert!(house.post.take().is_empty());
    house.later(1).await;
    let text = house.post.take_one().part("text/plain");
    assert!(text.contains("25 nouveaux textes") && text.contains("et 5 autres"), "{text}");
    assert_eq!(text.matches("/fr/entries/").count(), 20);
    house.later(24 * 3600).await;
    assert!(house.post.take().is_empty(), "nothing new, no mail");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_later_is_asked_again_and_one_that_says_no_is_not() {
    let house = House::open().await;
    house.post.once(Whim::Say("451 come back later"));
    let body = "mail=reader%40example.org&cadence=once";
    house.send("/es/alerts/new?q=a", body).await;
    house.later(0).await;
    assert!(house.post.take().is_empty());
    house.later(10).await;
    assert_eq!(house.post.take().len(), 1);
    house.later(24 * 3600).await;
    assert!(house.post.take().is_empty(), "it left once");

    house.post.once(Whim::Say("550 no such mailbox"));
    house.send("/es/alerts/new?q=b", body).await;
    house.later(0).await;
    house.later(24 * 3600).await;
    assert!(house.post.take().is_empty());
    let failed = house.site.world.store.failed_mails(9).await.expect("an answer");
    assert_eq!(failed.len(), 1);
    assert!(failed[0].reason.contains("no such mailbox"), "{}", failed[0].reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_gives_the_same_mail_again() {
    let house = House::open().await;
    house.post.once(Whim::TakeAndBreakOff);
    house.send("/zh/alerts/new?q=a", "mail=reader%40example.org&cadence=once").await;
    house.later(0).await;
    house.later(10).await;
    let mails = house.post.take();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].message, mails[1].message, "the same, its Message-ID included");
    assert!(!mails[0].header("message-id").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_runs_twice_writes_one_mail() {
    let house = House::open().await;
    house.alert(Language::Ru, "q=moondust", Cadence::Once).await;
    house.publish(&[("One", "Moondust.")]).await;
    house.later(1).await;
    let world = &house.site.world;
    let alert = world.store.alerts(None, 1).await.expect("an answer").remove(0).alert.id;
    let send = || observatory_worker::jobs::send_alert::send_alert(world, alert);
    let (first, second) = futures_util::future::join(send(), send()).await;
    first.and(second).expect("both are done");
    observatory_worker::jobs::match_alerts::match_alerts(world).await.expect("nothing new");
    house.later(120).await;
    assert_eq!(house.post.take().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_asks_five_times_and_is_answered_the_same_for_every_address() {
    let house = House::open().await;
    let mut answers = std::collections::BTreeSet::new();
    for number in 0..5 {
        let body = format!("mail=reader{number}%40example.org&cadence=weekly");
        let page = house.send("/en/alerts/new?q=a", &body).await;
        answers.insert((page.status, page.header("location").to_owned(), page.text));
    }
    assert_eq!(answers.len(), 1);
    let page = house.send("/en/alerts/new?q=a", "mail=new%40example.org&cadence=weekly").await;
    assert_eq!(page.status, 429);
    let liar = [("origin", house.site.origin()), ("x-forwarded-for", "198.51.100.7")];
    let page =
        house.site.post("/en/alerts/new?q=a", &liar, "mail=n%40example.org&cadence=weekly").await;
    assert_eq!(page.status, 429, "nobody chooses a network");
    house.later(3601).await;
    assert_eq!(house.post.take().len(), 5);
    let page = house.send("/en/alerts/new?q=a", "mail=new%40example.org&cadence=weekly").await;
    assert_eq!(page.status, 303);
}
