//! The body of an answer, unpacked while it comes and cut off at the limit.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_compression::tokio::bufread::{
    BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder,
};
use async_compression::zstd::DParameter;
use futures_util::TryStreamExt as _;
use observatory_model::source::{Failure, FailureReason};
use reqwest::Response;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _};
use tokio_util::io::StreamReader;

use crate::fetch::{causes, last};
use crate::head::compressions;

/// A body and its size before it was unpacked.
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    pub(crate) wire_bytes: u64,
}

/// Largest window of zstd, as a power of two: 8 MiB, what RFC 8878 §3.1.1.1.2 recommends to accept.
const MAX_ZSTD_WINDOW_LOG: u32 = 23;

/// More bytes came over the wire than the limit.
#[derive(Debug, thiserror::Error)]
#[error("the wire carries more than the limit")]
struct WireTooLong;

/// Reads the body, at most `limit` bytes packed and unpacked.
pub(crate) async fn read(answer: Response, limit: u64) -> Result<Body, Failure> {
    if let Some(announced) = answer.content_length().filter(|announced| *announced > limit) {
        let detail = format!("the server announces {announced} bytes, more than {limit}");
        return Err(Failure::new(FailureReason::TooLarge, detail));
    }
    let compression = single(&compressions(answer.headers()))?;
    let counted = Arc::new(AtomicU64::new(0));
    let total = Arc::clone(&counted);
    let stream = answer.bytes_stream().map_err(io::Error::other).and_then(move |piece| {
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let so_far = total.fetch_add(length, Ordering::Relaxed).saturating_add(length);
        std::future::ready(if so_far > limit {
            Err(io::Error::other(WireTooLong))
        } else {
            Ok(piece)
        })
    });
    let packed: Pin<Box<dyn AsyncBufRead + Send>> = Box::pin(StreamReader::new(stream));
    let mut bytes = Vec::new();
    let unpacked = match unpack(packed, compression).await {
        Ok(reader) => reader.take(limit.saturating_add(1)).read_to_end(&mut bytes).await,
        Err(error) => Err(error),
    };
    let wire_bytes = counted.load(Ordering::Relaxed);
    if let Err(error) = unpacked {
        return Err(broken(&error, compression, limit));
    }
    if u64::try_from(bytes.len()).map_or(true, |length| length > limit) {
        let detail = format!("{wire_bytes} bytes unpack to more than {limit}");
        return Err(Failure::new(FailureReason::TooLarge, detail));
    }
    // Many answers wait for their turn, each with up to as much room again as it grew into.
    bytes.shrink_to_fit();
    Ok(Body { bytes, wire_bytes })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compression {
    Identity,
    Gzip,
    Brotli,
    Zstd,
    Deflate,
}

fn single(named: &[String]) -> Result<Compression, Failure> {
    match named {
        [] => Ok(Compression::Identity),
        [one] => match one.as_str() {
            "gzip" | "x-gzip" => Ok(Compression::Gzip),
            "br" => Ok(Compression::Brotli),
            "zstd" => Ok(Compression::Zstd),
            "deflate" => Ok(Compression::Deflate),
            other => {
                let detail = format!("the answer is packed with “{other}”, which was not offered");
                Err(Failure::new(FailureReason::BrokenAnswer, detail))
            }
        },
        // Bombs inside bombs: no honest server packs twice.
        several => {
            let detail = format!("the answer is packed more than once ({})", several.join(", "));
            Err(Failure::new(FailureReason::BrokenAnswer, detail))
        }
    }
}

async fn unpack(
    mut packed: Pin<Box<dyn AsyncBufRead + Send>>,
    compression: Compression,
) -> io::Result<Pin<Box<dyn AsyncRead + Send>>> {
    let window = [DParameter::window_log_max(MAX_ZSTD_WINDOW_LOG)];
    Ok(match compression {
        Compression::Identity => Box::pin(packed),
        Compression::Gzip => Box::pin(GzipDecoder::new(packed)),
        Compression::Brotli => Box::pin(BrotliDecoder::new(packed)),
        Compression::Zstd => Box::pin(ZstdDecoder::with_params(packed, &window)),
        Compression::Deflate => {
            // "deflate" means zlib (RFC 9110 §8.4.1.2), but some servers send it without its frame.
            let framed = has_zlib_frame(packed.fill_buf().await?);
            if framed {
                Box::pin(ZlibDecoder::new(packed))
            } else {
                Box::pin(DeflateDecoder::new(packed))
            }
        }
    })
}

/// Whether bytes begin with a header of RFC 1950 §2.2.
fn has_zlib_frame(bytes: &[u8]) -> bool {
    match bytes {
        [first, second, ..] => {
            first & 0x0f == 8 && (u16::from(*first) * 256 + u16::from(*second)) % 31 == 0
        }
        [first] => *first == 0x78,
        [] => true,
    }
}

fn broken(error: &io::Error, compression: Compression, limit: u64) -> Failure {
    let causes = causes(error);
    if error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<WireTooLong>) {
        let detail = format!("the server sends more than {limit} bytes");
        return Failure::new(FailureReason::TooLarge, detail);
    }
    let client = error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>());
    match client {
        Some(client) if client.is_timeout() => {
            Failure::new(FailureReason::TooSlow, "the answer stopped for too long")
        }
        Some(client) => {
            let detail = format!("the answer broke off: {}", last(&self::causes(client)));
            Failure::new(FailureReason::BrokenAnswer, detail)
        }
        None => {
            let detail =
                format!("the answer cannot be unpacked ({compression:?}): {}", last(&causes));
            Failure::new(FailureReason::BrokenAnswer, detail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_compression_is_taken_and_two_are_not() {
        let named =
            |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(single(&[]), Ok(Compression::Identity));
        assert_eq!(single(&named(&["br"])), Ok(Compression::Brotli));
        for wrong in [named(&["gzip", "gzip"]), named(&["compress"])] {
            assert_eq!(single(&wrong).unwrap_err().reason, FailureReason::BrokenAnswer);
        }
    }

    #[test]
    fn frames_of_zlib_are_recognised() {
        assert!(has_zlib_frame(&[0x78, 0x9c]));
        assert!(has_zlib_frame(&[0x78]));
        assert!(!has_zlib_frame(&[0xcb, 0x48]));
    }
}
