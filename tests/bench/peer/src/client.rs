//! A client that does little itself: one connection, one request after the other.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

/// A connection that is made again when the server has ended it.
#[derive(Debug)]
pub(crate) struct Client {
    address: String,
    stream: Option<TcpStream>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body_bytes: usize,
}

impl Client {
    pub(crate) fn new(address: &str) -> Self {
        Self { address: address.to_owned(), stream: None }
    }

    /// Makes sure there is a connection; what this takes is not counted as a search.
    pub(crate) fn connect(&mut self) -> io::Result<&mut TcpStream> {
        let stream = if let Some(stream) = self.stream.take() {
            stream
        } else {
            let stream = TcpStream::connect(&self.address)?;
            stream.set_nodelay(true)?;
            stream
        };
        Ok(self.stream.insert(stream))
    }

    /// Asks, and once more when the server had ended the connection before it took the question.
    pub(crate) fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.ask(path).or_else(|_| {
            self.stream = None;
            self.ask(path)
        })
    }

    fn ask(&mut self, path: &str) -> io::Result<Answer> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        let stream = self.connect()?;
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::with_capacity(64 * 1024);
        let mut part = vec![0_u8; 64 * 1024];
        loop {
            let read = stream.read(&mut part)?;
            if read == 0 {
                return Err(io::Error::other("the connection ended"));
            }
            answer.extend_from_slice(part.get(..read).unwrap_or_default());
            if let Some((head, body)) = split(&answer)
                && let Some(body_bytes) = whole(&head, body)
            {
                let status = head.get(9..12).and_then(|code| code.parse().ok()).unwrap_or(0);
                if head.contains("connection: close") {
                    self.stream = None;
                }
                return Ok(Answer { status, body_bytes });
            }
        }
    }
}

/// The head in lower case, and what follows.
fn split(answer: &[u8]) -> Option<(String, &[u8])> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = answer.split_at_checked(end + 4)?;
    Some((String::from_utf8_lossy(head).to_ascii_lowercase(), body))
}

/// The length of the body when all of it is there.
fn whole(head: &str, body: &[u8]) -> Option<usize> {
    if head.contains("transfer-encoding: chunked") {
        return body.ends_with(b"0\r\n\r\n").then_some(body.len());
    }
    let length = head.split("content-length: ").nth(1)?.split('\r').next()?.parse().ok()?;
    (body.len() >= length).then_some(length)
}
