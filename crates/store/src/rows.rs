//! Reads the columns of a row as nouns of the model.

use std::str::FromStr;

use observatory_model::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{Any, Decode, Row as _, Type};

use crate::error::{BoxError, StoreError, of_engine};

/// The places of so many rows in a statement: `($1, $2), ($3, $4)`.
pub(crate) fn places(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let places = (1..=columns).map(|column| format!("${}", row * columns + column));
        format!("({})", places.collect::<Vec<_>>().join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// A column as the database gives it: `i64`, `String`, or an `Option` of these.
pub(crate) fn get<'r, T>(row: &'r AnyRow, column: &'static str) -> Result<T, StoreError>
where
    T: Decode<'r, Any> + Type<Any>,
{
    row.try_get(column).map_err(of_engine)
}

/// A whole number that is not negative.
pub(crate) fn count<T: TryFrom<i64>>(row: &AnyRow, column: &'static str) -> Result<T, StoreError>
where
    T::Error: Into<BoxError>,
{
    T::try_from(get::<i64>(row, column)?).map_err(|error| StoreError::corrupt(column, error))
}

/// A point in time.
pub(crate) fn time(row: &AnyRow, column: &'static str) -> Result<Timestamp, StoreError> {
    Ok(Timestamp::from_millis(get(row, column)?))
}

/// A point in time that may be missing.
pub(crate) fn optional_time(
    row: &AnyRow,
    column: &'static str,
) -> Result<Option<Timestamp>, StoreError> {
    Ok(get::<Option<i64>>(row, column)?.map(Timestamp::from_millis))
}

/// A word that stands for a noun: an id, a slug, an address, a language, …
pub(crate) fn noun<T: FromStr>(row: &AnyRow, column: &'static str) -> Result<T, StoreError>
where
    T::Err: Into<BoxError>,
{
    parse(&get::<String>(row, column)?, column)
}

/// The same, where it may be missing.
pub(crate) fn optional_noun<T: FromStr>(
    row: &AnyRow,
    column: &'static str,
) -> Result<Option<T>, StoreError>
where
    T::Err: Into<BoxError>,
{
    get::<Option<String>>(row, column)?.map(|text| parse(&text, column)).transpose()
}

fn parse<T: FromStr>(text: &str, column: &'static str) -> Result<T, StoreError>
where
    T::Err: Into<BoxError>,
{
    text.parse().map_err(|error| StoreError::corrupt(column, error))
}

/// A list or a whole record.
pub(crate) fn json<T: DeserializeOwned>(
    row: &AnyRow,
    column: &'static str,
) -> Result<T, StoreError> {
    let text = get::<String>(row, column)?;
    serde_json::from_str(&text).map_err(|error| StoreError::corrupt(column, error))
}

/// A list or a whole record as JSON.
pub(crate) fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::corrupt("a value", error))
}

/// Text without U+0000, which PostgreSQL cannot keep and which means nothing in text.
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// A number for the database, which has none above `i64::MAX`.
pub(crate) fn number(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}
