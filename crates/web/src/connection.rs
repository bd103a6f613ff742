//! One connection: HTTP/1 or HTTP/2 with a limit of time on everything a client can draw out.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::{Sleep, sleep, sleep_until, timeout};
use tower::ServiceExt as _;

use crate::guests::{Activity, Guest, Running};
use crate::questions::Peer;
use crate::settings::Settings;

/// Streams of one HTTP/2 connection at the same time: a page has no more than two requests.
const MAX_STREAMS: u32 = 100;

/// Bytes of all headers of a request; browsers send about one thousandth of eight times that.
const MAX_HEADER_BYTES: u32 = 16 * 1024;

/// Bytes that HTTP/1 reads ahead; hyper's own lower bound is 8 KiB.
const READ_AHEAD_BYTES: usize = 32 * 1024;

/// Requests that one connection may make: the visit of a reader who opens thirty pages, each of which
/// is one request. Then it is ended after its answer, so that nobody who sends a thousand requests at
/// once keeps the house busy with them; a new connection costs a reader one round trip.
const MAX_REQUESTS: u32 = 32;

/// How long a connection that has been told to end may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// The limits of time of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    first_byte: Duration,
    header: Duration,
    /// Until an answer must be made and taken off.
    pub(crate) response: Duration,
}

impl Limits {
    /// Those of the settings.
    pub(crate) const fn of(settings: &Settings) -> Self {
        Self {
            first_byte: Duration::from_secs(settings.first_byte_timeout_seconds),
            header: Duration::from_secs(settings.header_timeout_seconds),
            response: Duration::from_secs(settings.response_timeout_seconds),
        }
    }
}

/// Serves a connection to its end.
pub(crate) async fn serve_connection(
    stream: TcpStream,
    router: Router,
    guest: Guest,
    limits: Limits,
    mut closing: watch::Receiver<bool>,
) {
    let mut first = [0_u8];
    let spoken = tokio::select! {
        spoken = timeout(limits.first_byte, stream.peek(&mut first)) => matches!(spoken, Ok(Ok(1..))),
        () = guest.activity.leave.notified() => false,
        () = closed(&mut closing) => false,
    };
    if !spoken {
        return;
    }
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(error.cause = %error, "a connection answers with delay");
    }
    // What was handed to the system stays with it after we have closed: without this limit a client
    // that takes one byte a second would keep it there for hours.
    let socket = socket2::SockRef::from(&stream);
    if let Err(error) = socket.set_tcp_user_timeout(Some(limits.response)) {
        tracing::debug!(error.cause = %error, "a connection has no limit of time in the system");
    }
    let activity = Arc::clone(&guest.activity);
    let peer = stream.peer_addr().ok().map(|peer| Peer(peer.ip()));
    let (requests, has_had_its_share) = (AtomicU32::new(0), Arc::new(Notify::new()));
    let share_is_used_up = Arc::clone(&has_had_its_share);
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        let is_last = requests.fetch_add(1, Ordering::Relaxed) + 1 >= MAX_REQUESTS;
        if is_last {
            share_is_used_up.notify_one();
        }
        let says_so = is_last && request.version() < http::Version::HTTP_2;
        let running = activity.begin();
        let router = router.clone();
        async move {
            let mut response = answer(router, request, running).await;
            if says_so {
                // Else the client may send its next request into a connection that is being closed.
                let close = http::HeaderValue::from_static("close");
                response.headers_mut().insert(http::header::CONNECTION, close);
            }
            Ok::<_, Infallible>(response)
        }
    });
    let builder = builder(limits);
    let io = TokioIo::new(Timed::new(stream, limits.response, Arc::clone(&guest.activity)));
    let mut connection = std::pin::pin!(builder.serve_connection(io, service));
    let mut told_to_end = false;
    loop {
        let (busy, since) = guest.activity.is_busy_since();
        let due = since + if busy { limits.response } else { limits.header };
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(error.cause = %error, "a connection broke off");
                }
                return;
            }
            () = guest.activity.leave.notified() => return,
            () = closed(&mut closing), if !told_to_end => {
                told_to_end = true;
                connection.as_mut().graceful_shutdown();
                let (busy, _) = guest.activity.is_busy_since();
                if !busy {
                    goodbye(connection.as_mut()).await;
                    return;
                }
            }
            () = has_had_its_share.notified(), if !told_to_end => {
                told_to_end = true;
                connection.as_mut().graceful_shutdown();
            }
            () = sleep_until(due) => {
                if guest.activity.is_busy_since() == (busy, since) {
                    connection.as_mut().graceful_shutdown();
                    goodbye(connection.as_mut()).await;
                    return;
                }
            }
        }
    }
}

/// Waits until the house is closed; a house without a keeper counts as closed.
async fn closed(closing: &mut watch::Receiver<bool>) {
    while !*closing.borrow_and_update() && closing.changed().await.is_ok() {}
}

/// Lets a connection that was told to end do so, for a moment.
async fn goodbye<F: Future>(connection: F) {
    if timeout(GOODBYE, connection).await.is_err() {
        tracing::debug!("a connection was cut off");
    }
}

fn builder(limits: Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header)
        .max_buf_size(READ_AHEAD_BYTES)
        .half_close(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_BYTES)
        .keep_alive_interval(limits.header)
        .keep_alive_timeout(limits.header);
    builder
}

async fn answer(
    router: Router,
    request: hyper::Request<Incoming>,
    running: Running,
) -> Response<Counted> {
    let request: Request = request.map(Body::new);
    let response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    response.map(|body| Counted { body, _running: running })
}

/// The body of an answer; while it lives, its request runs.
struct Counted {
    body: Body,
    _running: Running,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream that gives up when what was written is not taken off in time.
///
/// The time runs from the first byte that had to wait until all have been taken, so that a client
/// that takes one byte now and then gains nothing. Meanwhile the connection counts as busy, although
/// its answer has been handed over in full.
struct Timed {
    stream: TcpStream,
    limit: Duration,
    activity: Arc<Activity>,
    waiting: Option<(Pin<Box<Sleep>>, Running)>,
}

impl Timed {
    const fn new(stream: TcpStream, limit: Duration, activity: Arc<Activity>) -> Self {
        Self { stream, limit, activity, waiting: None }
    }

    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        let (limit, activity) = (self.limit, &self.activity);
        let (waiting, _) =
            self.waiting.get_or_insert_with(|| (Box::pin(sleep(limit)), activity.begin()));
        ready!(waiting.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Timed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Ready(written) => Poll::Ready(written),
            Poll::Pending => self.wait(context),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write_vectored(context, bytes) {
            Poll::Ready(written) => Poll::Ready(written),
            Poll::Pending => self.wait(context),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes when its own buffer is empty: everything written so far has been taken off.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(context));
        self.waiting = None;
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
