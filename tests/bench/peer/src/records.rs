//! The records of a bench, one JSON object a line.

use std::fs::File;
use std::io::{BufRead as _, BufReader};

use serde_json::Value;

use crate::Result;

/// A record as the peers take it.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) year: i64,
}

/// Reads the file that `records.py` wrote.
pub(crate) fn read(path: &str) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for line in BufReader::new(File::open(path)?).lines() {
        let value: Value = serde_json::from_str(&line?)?;
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        records.push(Record {
            title: text("title").to_owned(),
            text: text("abstract").to_owned(),
            year: text("date").get(..4).and_then(|year| year.parse().ok()).unwrap_or(0),
        });
    }
    Ok(records)
}
