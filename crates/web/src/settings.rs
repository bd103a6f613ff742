//! What the operator decides about serving.

use std::net::IpAddr;

/// Limits and names of the web server. Every limit answers an attack that was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Scheme, host and port by which readers reach the site, without a slash at the end, such as
    /// `https://observatory.example.org`. The `Host` header is never believed.
    pub public_origin: String,
    /// Reverse proxies of our own: what they say of whom they answer (the last address of
    /// `X-Forwarded-For`) is believed. Nobody else is.
    pub proxies: Vec<IpAddr>,
    /// Most connections at the same time. No more than half of the process's open files are used.
    pub max_connections: usize,
    /// Seconds a new connection may stay silent.
    pub first_byte_timeout_seconds: u64,
    /// Seconds until the headers of a request must be complete, and a connection may rest between two.
    pub header_timeout_seconds: u64,
    /// Seconds until the body of a request must be complete.
    pub body_timeout_seconds: u64,
    /// Seconds until an answer must be made and taken off.
    pub response_timeout_seconds: u64,
    /// Largest body of a request, in bytes.
    pub max_body_bytes: usize,
}
