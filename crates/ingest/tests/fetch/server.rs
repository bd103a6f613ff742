//! Servers on this machine that answer as servers on the internet do, and as they should not.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use observatory_model::WebAddress;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub(crate) type Body = BoxBody<Bytes, Infallible>;

/// A server that lives as long as this value.
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    _tasks: JoinSet<()>,
}

/// A request as it came.
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) headers: hyper::HeaderMap,
}

impl Server {
    /// Speaks HTTP, one task for each connection.
    pub(crate) async fn http(
        answer: impl Fn(&Request<Incoming>) -> Response<Body> + Clone + Send + Sync + 'static,
    ) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        let talk = move |stream: TcpStream| {
            let (answer, noted) = (answer.clone(), Arc::clone(&noted));
            async move {
                let service = service_fn(move |request: Request<Incoming>| {
                    let path = request.uri().path().to_owned();
                    noted.lock().unwrap().push(Seen { path, headers: request.headers().clone() });
                    let answer = answer(&request);
                    async move { Ok::<_, Infallible>(answer) }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                // A client that hangs up in the middle is what some tests are about.
                drop(connection.serve_connection(TokioIo::new(stream), service).await);
            }
        };
        Self { seen, ..Self::raw(talk).await }
    }

    /// Speaks whatever `talk` writes.
    pub(crate) async fn raw<T, F>(talk: T) -> Self
    where
        T: Fn(TcpStream) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(talk(stream));
            }
        });
        Self { address, seen: Arc::default(), _tasks: tasks }
    }

    /// Reads the request, then writes `bytes` and hangs up.
    pub(crate) async fn bytes(bytes: &'static [u8]) -> Self {
        Self::raw(move |mut stream| async move {
            read_request(&mut stream).await;
            drop(stream.write_all(bytes).await);
            drop(stream.shutdown().await);
        })
        .await
    }

    pub(crate) fn url(&self, path: &str) -> WebAddress {
        format!("http://{}{path}", self.address).parse().unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests since the last call.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

/// Reads up to the empty line that ends a request without a body.
pub(crate) async fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    let mut piece = [0; 1024];
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(length) => request.extend_from_slice(&piece[..length]),
        }
    }
}

pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).boxed()
}

/// A body that never ends.
pub(crate) fn endless(piece: &'static [u8]) -> Body {
    let frame = move |()| Some((Ok(Frame::data(Bytes::from_static(piece))), ()));
    let frames = futures_util::stream::unfold((), move |state| std::future::ready(frame(state)));
    StreamBody::new(frames).boxed()
}
