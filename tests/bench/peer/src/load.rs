//! Answers a second with 64 connections.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::client::Client;

const CONNECTIONS: usize = 64;

/// Asks for the paths in the file `paths`, in turn, for so many seconds.
pub(crate) fn run(address: &str, seconds: u64, paths: &str) -> Result<()> {
    let paths = std::fs::read_to_string(paths)?;
    let paths: Vec<&str> = paths.lines().collect();
    let (answered, refused, bytes) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let is_over = AtomicBool::new(false);
    let begun = Instant::now();
    thread::scope(|scope| {
        for number in 0..CONNECTIONS {
            let (paths, answered, refused, bytes, is_over) =
                (&paths, &answered, &refused, &bytes, &is_over);
            scope.spawn(move || {
                let mut client = Client::new(address);
                for path in paths.iter().cycle().skip(number * 3) {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    match client.get(path) {
                        Ok(answer) if answer.status == 200 => {
                            answered.fetch_add(1, Ordering::Relaxed);
                            let size = u64::try_from(answer.body_bytes).unwrap_or(0);
                            bytes.fetch_add(size, Ordering::Relaxed);
                        }
                        Ok(_) => {
                            refused.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(_) => client = Client::new(address),
                    }
                }
            });
        }
        #[expect(clippy::disallowed_methods, reason = "this thread only measures the time")]
        thread::sleep(Duration::from_secs(seconds));
        is_over.store(true, Ordering::Relaxed);
    });
    let (answered, refused) = (answered.into_inner(), refused.into_inner());
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = answered as f64 / begun.elapsed().as_secs_f64();
    let size = bytes.into_inner() / answered.max(1);
    println!(
        "{rate:.0} answers/s of {size} bytes with {CONNECTIONS} connections; {refused} not 200"
    );
    Ok(())
}
