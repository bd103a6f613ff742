//! A hub on this machine, and a source that names it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use observatory_model::SourceId;
use observatory_model::source::Source;
use observatory_model::subscription::Subscription;
use observatory_worker::{Runner, Silent};
use tokio::net::TcpListener;

use crate::site::TestSite;
use crate::upstream::{Answer, Upstream};

/// The status of a hub that never answers.
pub(crate) const SILENCE: u16 = 0;

/// A hub on this machine: it keeps what it is asked, and answers as a test decides.
#[derive(Clone, Debug)]
pub(crate) struct Hub {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<BTreeMap<String, String>>>>,
    answer: Arc<Mutex<(u16, String)>>,
}

impl Hub {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let answer = Arc::new(Mutex::new((202, String::new())));
        let hub = Self { address, asked: Arc::default(), answer };
        let served = hub.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = served.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let served = served.clone();
                        async move { Ok::<_, Infallible>(served.take(request).await) }
                    });
                    let io = TokioIo::new(stream);
                    drop(
                        hyper::server::conn::http1::Builder::new()
                            .serve_connection(io, service)
                            .await,
                    );
                });
            }
        });
        hub
    }

    async fn take(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        assert_eq!(request.method(), "POST");
        let body = request.into_body().collect().await.expect("a body").to_bytes();
        let form = url::form_urlencoded::parse(&body).into_owned().collect();
        self.asked.lock().expect("not poisoned").push(form);
        if self.answer.lock().expect("not poisoned").0 == SILENCE {
            std::future::pending::<()>().await;
        }
        let (status, location) = self.answer.lock().expect("not poisoned").clone();
        let mut response = Response::new(Full::default());
        *response.status_mut() = status.try_into().expect("a status");
        if !location.is_empty() {
            response.headers_mut().insert("location", location.parse().expect("a header"));
        }
        response
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hub", self.address)
    }

    pub(crate) fn answers(&self, status: u16, location: &str) {
        *self.answer.lock().expect("not poisoned") = (status, location.to_owned());
    }

    pub(crate) fn asked(&self) -> Vec<BTreeMap<String, String>> {
        self.asked.lock().expect("not poisoned").clone()
    }
}

/// A feed that names a hub in its headers.
pub(crate) fn feed(hub: &str, topic: &str) -> Answer {
    let link = format!("<{hub}>; rel=\"hub\", <{topic}>; rel=\"self\"");
    let body = "<rss version=\"2.0\"><channel><title>T</title><item><guid>1</guid>\
        <title>An entry</title></item></channel></rss>";
    let headers = vec![("link", link)];
    Answer { headers, body: body.into(), ..Answer::default() }
}

pub(crate) struct Story {
    pub(crate) site: TestSite,
    pub(crate) upstream: Upstream,
    pub(crate) hub: Hub,
    pub(crate) source: Source,
}

impl Story {
    /// A source whose hub has been asked.
    pub(crate) async fn begin() -> Self {
        let (site, upstream, hub) =
            (TestSite::start().await, Upstream::start().await, Hub::start().await);
        upstream.set("/feed", feed(&hub.url(), &upstream.url("/topic")));
        let source = site.add_source(&upstream.url("/feed"), "a").await;
        let story = Self { site, upstream, hub, source };
        story.work().await;
        story
    }

    pub(crate) async fn work(&self) {
        let runner = Runner::new(self.site.world.clone(), Arc::new(Silent));
        runner.run_until_idle().await.expect("the work is done");
    }

    pub(crate) async fn subscription(&self) -> Subscription {
        subscription(&self.site, self.source.id).await.expect("a subscription")
    }

    pub(crate) fn path(subscription: &Subscription) -> String {
        format!("/websub/{}", subscription.callback)
    }

    /// What the hub gets that asks with these parameters.
    pub(crate) async fn ask(&self, parameters: &[(&str, &str)]) -> (u16, String) {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let path = format!("{}?{query}", Self::path(&self.subscription().await));
        let page = self.site.get(&path).await;
        (page.status, page.text)
    }

    pub(crate) async fn confirm(&self, lease: &str) -> (u16, String) {
        let topic = self.upstream.url("/topic");
        let parameters = [
            ("hub.mode", "subscribe"),
            ("hub.topic", topic.as_str()),
            ("hub.challenge", "a challenge"),
            ("hub.lease_seconds", lease),
        ];
        self.ask(&parameters).await
    }

    /// Whether this message of the hub has the source read at once; two minutes go by before it.
    pub(crate) async fn tell(&self, signature: &str, body: &str) -> bool {
        self.site.clock.advance(120);
        let before = self.upstream.requests().len();
        let path = Self::path(&self.subscription().await);
        let headers: &[(&str, &str)] =
            if signature.is_empty() { &[] } else { &[("x-hub-signature", signature)] };
        let page = self.site.post(&path, headers, body).await;
        assert_eq!(page.status, 202, "{}", page.text);
        self.work().await;
        self.upstream.requests().len() > before
    }

    pub(crate) async fn sign(&self, body: &str) -> String {
        self.sign_with::<Hmac<sha2::Sha256>>("sha256", body).await
    }

    /// The header of a hub that signs by this method.
    pub(crate) async fn sign_with<M: Mac + KeyInit>(&self, method: &str, body: &str) -> String {
        let secret = self.subscription().await.secret.to_string();
        let mut mac = <M as KeyInit>::new_from_slice(secret.as_bytes()).expect("a key");
        mac.update(body.as_bytes());
        let code = mac.finalize().into_bytes();
        code.iter().fold(format!("{method}="), |signed, byte| format!("{signed}{byte:02x}"))
    }
}

pub(crate) async fn subscription(site: &TestSite, source: SourceId) -> Option<Subscription> {
    site.world.store.subscription(source).await.expect("an answer")
}
