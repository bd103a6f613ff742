//! A mail server on this machine: speaks as much SMTP (RFC 5321) as a sender needs, keeps what it is
//! given, and can be told to answer differently once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What is answered once, instead of "yes".
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whim {
    /// This line in answer to `RCPT`.
    Say(&'static str),
    /// The mail is taken, and the connection breaks before that is said.
    TakeAndBreakOff,
}

/// A mail as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// Whom the envelope named, in the order of `RCPT`.
    pub(crate) to: Vec<String>,
    /// The message, with line ends as LF.
    pub(crate) message: String,
}

#[derive(Debug, Default)]
struct Box {
    mails: Vec<Received>,
    whims: VecDeque<Whim>,
}

/// A running mail server.
pub(crate) struct SmtpServer {
    pub(crate) port: u16,
    inner: Arc<Mutex<Box>>,
}

impl SmtpServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let inner = Arc::new(Mutex::new(Box::default()));
        let shared = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&shared)));
            }
        });
        Self { port, inner }
    }

    /// The next mail is answered so.
    pub(crate) fn once(&self, whim: Whim) {
        self.inner.lock().expect("a whole box").whims.push_back(whim);
    }

    /// Takes what has come since the last time.
    pub(crate) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.inner.lock().expect("a whole box").mails)
    }

    /// Takes the one mail that has come.
    pub(crate) fn take_one(&self) -> Received {
        let mut mails = self.take();
        assert_eq!(mails.len(), 1, "{mails:#?}");
        mails.remove(0)
    }
}

/// One connection, until the other side leaves or is left.
async fn converse(mut stream: TcpStream, inner: Arc<Mutex<Box>>) -> Option<()> {
    let (read, mut write) = stream.split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 here ESMTP\r\n").await.ok()?;
    let mut to = Vec::new();
    while let Some(line) = lines.next_line().await.ok()? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let mut answer = match verb.as_str() {
            "EHLO" => "250-here\r\n250 8BITMIME",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 yes",
        };
        if verb == "RCPT" {
            let whim = inner.lock().ok()?.whims.front().copied();
            if let Some(Whim::Say(words)) = whim {
                inner.lock().ok()?.whims.pop_front();
                answer = words;
            } else {
                to.push(line.split(['<', '>']).nth(1).unwrap_or_default().to_owned());
            }
        }
        write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        if verb == "QUIT" {
            return Some(());
        }
        if verb == "DATA" {
            let mut message = String::new();
            while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                message.push_str(line.strip_prefix('.').unwrap_or(&line));
                message.push('\n');
            }
            let whim = {
                let mut inner = inner.lock().ok()?;
                inner.mails.push(Received { to: std::mem::take(&mut to), message });
                inner.whims.pop_front()
            };
            if let Some(Whim::TakeAndBreakOff) = whim {
                return None;
            }
            write.write_all(b"250 taken\r\n").await.ok()?;
        }
    }
    Some(())
}

impl Received {
    /// A header field, unfolded; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> String {
        let head = self.message.split("\n\n").next().unwrap_or_default().replace("\n ", " ");
        let prefix = format!("{}:", name.to_ascii_lowercase());
        let found = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&prefix));
        found.and_then(|line| line.split_once(':')).map_or("", |(_, value)| value.trim()).to_owned()
    }

    /// The part of this kind, such as `text/plain`, decoded.
    pub(crate) fn part(&self, kind: &str) -> String {
        let boundary = self.header("content-type");
        let boundary = boundary.split("boundary=\"").nth(1).expect("parts");
        let boundary = format!("--{}", boundary.split('"').next().expect("a boundary"));
        let part = self.message.split(&boundary).find(|part| {
            part.split("\n\n").next().unwrap_or_default().contains(kind) && part.starts_with('\n')
        });
        let (head, body) = part.expect("such a part").split_once("\n\n").expect("a body");
        let head = head.to_ascii_lowercase();
        let bytes = if head.contains("base64") {
            base64(body)
        } else if head.contains("quoted-printable") {
            quoted(body)
        } else {
            body.as_bytes().to_vec()
        };
        String::from_utf8(bytes).expect("UTF-8")
    }

    /// The first address in the plain part that holds `words`.
    pub(crate) fn link(&self, words: &str) -> String {
        let text = self.part("text/plain");
        let found =
            text.split_whitespace().find(|word| word.starts_with("http") && word.contains(words));
        found.unwrap_or_else(|| panic!("no link with {words}: {text}")).to_owned()
    }
}

/// RFC 2045 §6.8.
fn base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes() {
        let Some(value) = LETTERS.iter().position(|known| *known == letter) else { continue };
        bits = bits << 6 | u32::try_from(value).expect("at most 63");
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).expect("a byte"));
        }
    }
    bytes
}

/// RFC 2045 §6.7.
fn quoted(text: &str) -> Vec<u8> {
    let text = text.replace("=\n", "");
    let mut parts = text.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2).expect("two digits");
        bytes.push(u8::from_str_radix(code, 16).expect("hexadecimal digits"));
        bytes.extend(rest.as_bytes());
    }
    bytes
}
