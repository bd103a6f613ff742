//! Documents for tests: made here, and served over real HTTP on this machine.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A PDF whose pages have these texts, a line each.
pub(crate) fn pdf(pages: &[&str]) -> Vec<u8> {
    let line = |text: &&str| format!("BT /F1 12 Tf 72 700 Td ({text}) Tj ET");
    of_contents(&pages.iter().map(line).collect::<Vec<_>>())
}

/// A PDF with one page that is a picture.
pub(crate) fn scanned() -> Vec<u8> {
    of_contents(&["q 400 0 0 400 72 200 cm BI /W 2 /H 2 /BPC 8 /CS /G ID abcd EI Q".to_owned()])
}

fn of_contents(contents: &[String]) -> Vec<u8> {
    let kids = (0..contents.len()).map(|page| format!("{} 0 R", 4 + 2 * page));
    let kids = kids.collect::<Vec<_>>().join(" ");
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", contents.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    for (page, content) in contents.iter().enumerate() {
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] \
             /Resources << /Font << /F1 3 0 R >> >> /Contents {} 0 R >>",
            5 + 2 * page
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let (mut file, mut places) = ("%PDF-1.4\n".to_owned(), Vec::new());
    for (number, object) in (1..).zip(&objects) {
        places.push(file.len());
        writeln!(file, "{number} 0 obj\n{object}\nendobj").expect("a string");
    }
    let (table, count) = (file.len(), objects.len() + 1);
    writeln!(file, "xref\n0 {count}\n0000000000 65535 f ").expect("a string");
    for place in places {
        writeln!(file, "{place:010} 00000 n ").expect("a string");
    }
    let end = format!("trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
    file.push_str(&end);
    file.into_bytes()
}

/// What Office makes of a document with a password, as far as its kind can be told.
pub(crate) fn encrypted() -> Vec<u8> {
    let name = "EncryptedPackage".bytes().flat_map(|byte| [byte, 0]);
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".iter().copied().chain([0; 504]).chain(name).collect()
}

/// What a path answers: status, content type and bytes.
type Answers = BTreeMap<String, (u16, &'static str, Vec<u8>)>;

/// A server of documents. Its thread ends with the process of the test.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    port: u16,
    answers: Arc<Mutex<Answers>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Shelf {
    /// Starts on a free port of this machine.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let shelf = Self { port, answers: Arc::default(), asked: Arc::default() };
        let serving = shelf.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                drop(serving.answer(stream));
            }
        });
        shelf
    }

    /// From now on `path` gives this.
    pub(crate) fn put(&self, path: &str, status: u16, kind: &'static str, bytes: Vec<u8>) {
        let mut answers = self.answers.lock().expect("not poisoned");
        answers.insert(path.to_owned(), (status, kind, bytes));
    }

    /// The address of `path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The paths that were asked for, and the status they were answered with.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("not poisoned").clone()
    }

    fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut known = None;
        for line in lines {
            let line = line?.to_ascii_lowercase();
            known =
                line.strip_prefix("if-none-match:").map(|etag| etag.trim().to_owned()).or(known);
            if line.is_empty() {
                break;
            }
        }
        let found = self.answers.lock().expect("not poisoned").get(&path).cloned();
        let (status, kind, bytes) = found.unwrap_or((404, "text/plain", Vec::new()));
        let etag =
            format!("\"{}-{}\"", bytes.len(), bytes.iter().map(|b| u64::from(*b)).sum::<u64>());
        let is_known = status == 200 && known.as_deref() == Some(&etag);
        let (status, bytes) = if is_known { (304, Vec::new()) } else { (status, bytes) };
        self.asked.lock().expect("not poisoned").push(format!("{path} {status}"));
        let head = format!(
            "HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\netag: {etag}\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            bytes.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(&bytes)
    }
}
