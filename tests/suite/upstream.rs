//! A publisher on this machine: real HTTP whose answers a test decides.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// What a path answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// The status; 0 stands for 200.
    pub(crate) status: u16,
    /// Header fields.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The bytes.
    pub(crate) body: Vec<u8>,
    /// How the bytes are sent.
    pub(crate) manner: Manner,
}

/// How bytes are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Manner {
    /// At once.
    #[default]
    Whole,
    /// The same chunk again and again, up to this many bytes.
    Repeated(u64),
    /// The first byte, and then nothing for ever.
    Stalled,
}

type Answers = Arc<Mutex<BTreeMap<String, Answer>>>;
type Log = Arc<Mutex<Vec<(String, HeaderMap)>>>;

/// A running publisher. It ends with the runtime of the test.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    address: SocketAddr,
    answers: Answers,
    log: Log,
}

impl Upstream {
    /// Starts on a free port of this machine.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let upstream = Self { address, answers: Answers::default(), log: Log::default() };
        let served = upstream.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = served.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let served = served.clone();
                        async move { Ok::<_, Infallible>(served.answer(&request)) }
                    });
                    // A reader that goes away is no matter of the publisher.
                    drop(
                        hyper::server::conn::http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), service)
                            .await,
                    );
                });
            }
        });
        upstream
    }

    /// From now on `path` (beginning with a slash) gives `answer`.
    pub(crate) fn set(&self, path: &str, answer: Answer) {
        self.answers.lock().expect("not poisoned").insert(path.to_owned(), answer);
    }

    /// From now on `path` gives this document.
    pub(crate) fn set_document(&self, path: &str, content_type: &str, body: impl Into<Vec<u8>>) {
        let headers = vec![("content-type", content_type.to_owned())];
        self.set(path, Answer { headers, body: body.into(), ..Answer::default() });
    }

    /// The address of `path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests so far: path, and whether it was conditional.
    pub(crate) fn requests(&self) -> Vec<(String, bool)> {
        let log = self.log.lock().expect("not poisoned");
        let seen = |(path, headers): &(String, HeaderMap)| {
            (path.clone(), headers.contains_key("if-none-match"))
        };
        log.iter().map(seen).collect()
    }

    /// A header field of the last request, or nothing.
    pub(crate) fn last_header(&self, name: &str) -> String {
        let log = self.log.lock().expect("not poisoned");
        let value = log.last().and_then(|(_, headers)| headers.get(name));
        value.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    fn answer(&self, request: &Request<Incoming>) -> Response<BoxBody<Bytes, Infallible>> {
        let path = request.uri().path().to_owned();
        let asked_for = request.headers().get("if-none-match").cloned();
        let seen = (path.clone(), request.headers().clone());
        self.log.lock().expect("not poisoned").push(seen);
        let answers = self.answers.lock().expect("not poisoned");
        let Some(answer) = answers.get(&path) else { return empty(404) };
        let etag = answer.headers.iter().find(|(name, _)| *name == "etag");
        if let (Some(asked), Some((_, etag))) = (&asked_for, etag)
            && asked == etag.as_str()
        {
            return empty(304);
        }
        let mut response = Response::new(body(answer));
        let status = if answer.status == 0 { 200 } else { answer.status };
        *response.status_mut() = status.try_into().expect("a status");
        for (name, value) in &answer.headers {
            let value = HeaderValue::from_str(value).expect("a header value");
            response.headers_mut().insert(*name, value);
        }
        response
    }
}

fn empty(status: u16) -> Response<BoxBody<Bytes, Infallible>> {
    let mut response = Response::new(Full::default().boxed());
    *response.status_mut() = status.try_into().expect("a status");
    response
}

fn body(answer: &Answer) -> BoxBody<Bytes, Infallible> {
    let chunk = Bytes::from(answer.body.clone());
    match answer.manner {
        Manner::Whole => Full::new(chunk).boxed(),
        Manner::Repeated(bytes) => {
            let times = bytes / u64::try_from(chunk.len().max(1)).unwrap_or(1);
            let chunks = (0..times).map(move |_| Ok(Frame::data(chunk.clone())));
            BodyExt::boxed(StreamBody::new(futures_util::stream::iter(chunks)))
        }
        Manner::Stalled => {
            use futures_util::StreamExt as _;
            let first = chunk.slice(0..chunk.len().min(1));
            let begun = futures_util::stream::iter([Ok(Frame::data(first))]);
            BodyExt::boxed(StreamBody::new(begun.chain(futures_util::stream::pending())))
        }
    }
}
