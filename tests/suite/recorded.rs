//! A repository on this machine: the recorded answers of a real one, over real HTTP.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// A recorded answer.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    /// The file that holds it.
    pub(crate) file: String,
    /// Where it was read.
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

/// The recordings of a folder, as its `index.tsv` describes them.
pub(crate) fn recordings(folder: &Path) -> Vec<Recording> {
    let index = std::fs::read_to_string(folder.join("index.tsv")).expect("an index");
    let mut lines = index.lines();
    let names = lines.next().expect("a head").split('\t').collect::<Vec<_>>();
    let recording = |line: &str| {
        let row = names.iter().copied().zip(line.split('\t')).collect::<BTreeMap<_, _>>();
        Recording {
            file: row["file"].to_owned(),
            url: row["url"].to_owned(),
            status: row["status"].parse().expect("a status"),
            content_type: row.get("content_type").unwrap_or(&"application/xml").to_string(),
            body: std::fs::read(folder.join(row["file"])).expect("a readable file"),
        }
    };
    lines.map(recording).collect()
}

type Arguments = BTreeSet<(String, String)>;

#[derive(Debug)]
struct Served {
    path: String,
    arguments: Arguments,
    answers: VecDeque<Recording>,
}

/// What is said to a request that was not recorded: a status, a type and a body.
pub(crate) type Otherwise = fn(&str) -> (u16, &'static str, String);

/// A running repository. It ends with the runtime of the test.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    address: SocketAddr,
    served: Arc<Mutex<Vec<Served>>>,
    log: Arc<Mutex<Vec<String>>>,
    /// Arguments that may be added to those recorded.
    optional: &'static [&'static str],
    otherwise: Otherwise,
}

impl Repository {
    /// Serves `recordings`; those of one address one after the other.
    pub(crate) async fn start(
        recordings: &[Recording],
        optional: &'static [&'static str],
        otherwise: Otherwise,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (served, log) = (Arc::default(), Arc::default());
        let repository = Self { address, served, log, optional, otherwise };
        for recording in recordings {
            repository.add(recording);
        }
        let running = repository.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let running = running.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request: Request<Incoming>| {
                        let answer = running.answer(&request);
                        async move { Ok::<_, Infallible>(answer) }
                    });
                    let http = hyper::server::conn::http1::Builder::new();
                    drop(http.serve_connection(TokioIo::new(stream), service).await);
                });
            }
        });
        repository
    }

    /// Serves one more answer.
    pub(crate) fn add(&self, recording: &Recording) {
        let (path, arguments) = parts(&recording.url);
        let mut served = self.served.lock().expect("not poisoned");
        let known =
            served.iter_mut().find(|served| served.path == path && served.arguments == arguments);
        match known {
            Some(known) => known.answers.push_back(recording.clone()),
            None => served.push(Served { path, arguments, answers: [recording.clone()].into() }),
        }
    }

    /// The address here of what was recorded at `url`: only the host is another.
    pub(crate) fn url(&self, url: &str) -> String {
        let url = url::Url::parse(url).expect("a url");
        format!("http://{}{}", self.address, url.path())
    }

    /// What was asked for since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.lock().expect("not poisoned"))
    }

    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let asked = request.uri().to_string();
        self.log.lock().expect("not poisoned").push(asked.clone());
        let (path, arguments) = parts(&format!("http://a.org{asked}"));
        let mut served = self.served.lock().expect("not poisoned");
        let fits = |served: &&mut Served| {
            let optional = |(name, _): &(String, String)| self.optional.contains(&name.as_str());
            served.path == path
                && served.arguments.difference(&arguments).all(optional)
                && arguments.difference(&served.arguments).all(optional)
        };
        let same = |served: &Served| served.arguments.intersection(&arguments).count();
        let found = served.iter_mut().filter(fits).max_by_key(|served| same(served));
        let recording = found.and_then(|served| served.answers.pop_front());
        let (status, content_type, body) = if let Some(recording) = recording {
            (recording.status, recording.content_type, recording.body)
        } else {
            let (status, content_type, body) = (self.otherwise)(&asked);
            (status, content_type.to_owned(), body.into_bytes())
        };
        let mut response = Response::new(Full::from(body));
        *response.status_mut() = status.try_into().expect("a status");
        if !content_type.is_empty() {
            let content_type = content_type.parse().expect("a header value");
            response.headers_mut().insert("content-type", content_type);
        }
        response
    }
}

/// A path, and its arguments with percent signs resolved as often as there are some: the clients that
/// were recorded sent tokens back as they came.
fn parts(url: &str) -> (String, Arguments) {
    let url = url::Url::parse(url).expect("a url");
    let resolved = |text: &str| {
        let mut text = text.to_owned();
        loop {
            let whole =
                format!("x={}", text.replace('&', "%26").replace('#', "%23").replace('+', "%2B"));
            let (_, once) = url::form_urlencoded::parse(whole.as_bytes()).next().expect("one pair");
            if once == text {
                return text;
            }
            text = once.into_owned();
        }
    };
    let pairs = url.query_pairs().map(|(name, value)| (name.into_owned(), resolved(&value)));
    let arguments = pairs.filter(|(_, value)| !value.is_empty()).collect();
    (url.path().to_owned(), arguments)
}
