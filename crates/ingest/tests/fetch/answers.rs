//! What the server of these tests answers, by path.

use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Request, Response};

use crate::server::{Body, endless, whole};

pub(crate) const FEED: &str = "<?xml version='1.0'?><rss version='2.0'><channel><title>T</title>\
    <item><title>One</title><link>/1</link></item></channel></rss>";

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: Body) -> Response<Body> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status.try_into().unwrap();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        answer.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
    }
    answer
}

pub(crate) fn to(status: u16, location: &str) -> Response<Body> {
    answer(status, &[("location", location)], whole(""))
}

/// Every answer by its path.
pub(crate) fn site(request: &Request<Incoming>) -> Response<Body> {
    let html = [("content-type", "text/html; charset=utf-8")];
    let xml = [("content-type", "application/rss+xml")];
    let bomb =
        "<!DOCTYPE a [<!ENTITY a \"b\"><!ENTITY c \"&a;&a;\">]><rss><title>&c;</title></rss>";
    match request.uri().path() {
        "/feed" => answer(200, &xml, whole(FEED)),
        "/page" => answer(200, &html, whole("<!DOCTYPE html><html><p>Hello</html>")),
        "/empty" => answer(200, &xml, whole("")),
        "/space" => answer(200, &xml, whole(" \n\n ")),
        "/cut" => answer(200, &xml, whole("<rss><channel><title>Cut</ti")),
        "/sitemap" => answer(200, &xml, whole("<urlset><url/></urlset>")),
        "/entities" => answer(200, &xml, whole(bomb)),
        "/ebcdic" => answer(200, &xml, whole(&b"\x4c\x6f\xa7\x94\x93"[..])),
        "/deep" => answer(200, &xml, whole("<rss>".to_owned() + &"<a>".repeat(100_000))),
        "/many" => answer(200, &xml, whole("<rss>".to_owned() + &"<item/>".repeat(20_000))),
        "/endless" => answer(200, &xml, endless(b"<item><title>more</title></item>\n")),
        "/long" => answer(200, &[("content-length", "104857600")], endless(b"<item/>")),
        "/loop" => to(302, "/loop"),
        "/nowhere" => answer(302, &[], whole("")),
        "/gone" => answer(410, &[], whole("")),
        "/missing" => answer(404, &html, whole("<p>no")),
        "/busy" => answer(503, &[("retry-after", "120")], whole("")),
        "/partial" => answer(206, &xml, whole(FEED)),
        "/twice" => answer(200, &[("content-encoding", "gzip, gzip")], whole("x")),
        "/twice-in-two-lines" => {
            answer(200, &[("content-encoding", "gzip"), ("content-encoding", "br")], whole("x"))
        }
        "/compress" => answer(200, &[("content-encoding", "compress")], whole("x")),
        "/no-gzip" => answer(200, &[("content-encoding", "gzip")], whole(FEED)),
        "/headers" => answer(200, &[("x-filler", &"y".repeat(100_000))], whole(FEED)),
        "/inside" => to(302, "http://10.0.0.1/"),
        "/inside-ipv6" => to(301, "http://[fd00::1]/"),
        "/metadata" => to(307, "http://169.254.169.254/latest/meta-data/"),
        "/mapped" => to(302, "http://[::ffff:127.0.0.1]/"),
        "/decimal" => to(302, "http://2852039166/"),
        "/name" => to(302, "http://metadata.google.internal/"),
        "/file" => to(302, "file:///etc/passwd"),
        "/user" => to(302, "http://a@127.0.0.1/"),
        "/other-port" => to(302, "http://example.org:9200/"),
        "/backslash" => to(302, "\\\\127.0.0.1\\feed"),
        path => match path.split('/').collect::<Vec<_>>().as_slice() {
            ["", "hop", status, "0"] => to(status.parse().unwrap(), "/feed"),
            ["", "hop", status, left] => {
                let left = left.parse::<u32>().unwrap() - 1;
                to(status.parse().unwrap(), &format!("../{status}/{left}"))
            }
            _ => answer(404, &[], whole("")),
        },
    }
}
