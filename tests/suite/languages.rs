//! The whole way in six languages, on both databases.

#[path = "../support/postgres_cluster.rs"]
mod postgres_cluster;

use observatory_model::Language;

use self::postgres_cluster::PostgresCluster;
use crate::site::TestSite;
use crate::upstream::Upstream;

/// For each language: a text, a word of it in another form, and the word as it is to be marked.
const TEXTS: [(Language, &str, &str, &str); 6] = [
    (
        Language::Ar,
        "تعمل الدول الأعضاء على توسيع شبكات الاتصالات في المناطق الريفية حتى يصل الإنترنت إلى الجميع بأسعار معقولة",
        "إتصالات",
        "الاتصالات",
    ),
    (
        Language::Zh,
        "各成员国正在农村地区扩建电信网络,以便所有人都能以可承受的价格使用互联网,并从数字经济中受益。",
        "电信网络",
        "电信网络",
    ),
    (
        Language::En,
        "Member States are extending telecommunication networks in rural areas so that everybody can use the Internet at a fair price",
        "network",
        "networks",
    ),
    (
        Language::Fr,
        "Les États Membres étendent les réseaux de télécommunication dans les zones rurales afin que chacun puisse utiliser l'internet à un prix équitable",
        "reseau",
        "réseaux",
    ),
    (
        Language::Ru,
        "Государства-Члены расширяют сети электросвязи в сельских районах, чтобы каждый мог пользоваться интернетом по доступной цене",
        "районы",
        "районах",
    ),
    (
        Language::Es,
        "Los Estados Miembros amplían las redes de telecomunicaciones en las zonas rurales para que todas las personas puedan utilizar Internet a un precio justo",
        "telecomunicacion",
        "telecomunicaciones",
    ),
];

async fn story(site: TestSite) {
    let upstream = Upstream::start().await;
    for (language, text, ..) in TEXTS {
        let feed = format!(
            "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>{language}</title>\
             <language>de</language><item><guid>{language}</guid><title>{text}</title>\
             <description>{text}. {text}.</description></item></channel></rss>"
        );
        let path = format!("/{language}");
        upstream.set_document(&path, "application/rss+xml", feed);
        site.add_source(&upstream.url(&path), language.code()).await;
    }
    site.harvest().await;
    for (language, _, word, marked) in TEXTS {
        let words = url::form_urlencoded::byte_serialize(word.as_bytes()).collect::<String>();
        let page = site.get(&format!("/{language}/search?q={words}&lang={language}")).await;
        assert_eq!(page.status, 200, "{language}");
        assert!(page.text.contains(&format!("<mark>{marked}</mark>")), "{language}: {}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_language_is_found_and_marked_on_the_embedded_database() {
    story(TestSite::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_language_is_found_and_marked_on_postgresql() {
    let Some(cluster) = PostgresCluster::start().expect("PostgreSQL starts") else { return };
    let url = cluster.database("languages").expect("a database");
    story(TestSite::start_on(url).await).await;
}
