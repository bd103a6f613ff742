//! The full text of the two databases, asked for the same page: twenty with snippets, and counts by year.

use std::time::Instant;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{AnyPool, Row as _};

use crate::postgres_cluster::PostgresCluster;
use crate::questions::Question;
use crate::records::Record;
use crate::{Result, Times};

/// SQLite FTS5 with its Porter stemmer.
pub(crate) async fn sqlite(records: &[Record], questions: &[Question]) -> Result<Times> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite:{}?mode=rwc", folder.path().join("fts.db").display());
    let pool = pool(&url).await?;
    let sql = "CREATE VIRTUAL TABLE record USING fts5(title, body, year UNINDEXED, tokenize = 'porter unicode61')";
    sqlx::query(sql).execute(&pool).await?;
    fill(&pool, records, "INSERT INTO record (title, body, year) VALUES ($1, $2, $3)").await?;
    let page = "SELECT title, snippet(record, 1, '<b>', '</b>', '…', 32) AS shown FROM record \
        WHERE record MATCH $1 AND CAST(year AS INTEGER) BETWEEN $2 AND $3 ORDER BY bm25(record, 2.0, 1.0) LIMIT 20";
    let counts = "SELECT CAST(year AS TEXT) AS year, count(*) AS found FROM record \
        WHERE record MATCH $1 AND CAST(year AS INTEGER) BETWEEN $2 AND $3 GROUP BY year";
    let words = |question: &Question| match question.kind {
        "phrase" => format!("\"{}\"", question.words.join(" ")),
        "prefix" => format!("{}*", question.words.concat()),
        _ => question.words.join(" AND "),
    };
    ask(&pool, questions, page, counts, words).await
}

/// PostgreSQL with its English configuration; `None` where it is not installed.
pub(crate) async fn postgres(records: &[Record], questions: &[Question]) -> Result<Option<Times>> {
    let Some(cluster) = PostgresCluster::start()? else { return Ok(None) };
    let pool = pool(&cluster.database("bench")?).await?;
    for sql in [
        "CREATE TABLE record (title TEXT, body TEXT, year BIGINT, words TSVECTOR GENERATED ALWAYS AS \
            (setweight(to_tsvector('english', title), 'A') || to_tsvector('english', body)) STORED)",
        "CREATE INDEX record_words ON record USING gin (words)",
    ] {
        sqlx::query(sql).execute(&pool).await?;
    }
    fill(&pool, records, "INSERT INTO record (title, body, year) VALUES ($1, $2, $3)").await?;
    sqlx::query("ANALYZE record").execute(&pool).await?;
    let page = "SELECT title, ts_headline('english', body, to_tsquery('english', $1)) AS shown FROM (\
        SELECT title, body FROM record WHERE words @@ to_tsquery('english', $1) AND year BETWEEN $2 AND $3 \
        ORDER BY ts_rank(words, to_tsquery('english', $1)) DESC LIMIT 20) AS best";
    let counts = "SELECT CAST(year AS TEXT) AS year, count(*) AS found FROM record \
        WHERE words @@ to_tsquery('english', $1) AND year BETWEEN $2 AND $3 GROUP BY year";
    let words = |question: &Question| match question.kind {
        "phrase" => question.words.join(" <-> "),
        "prefix" => format!("{}:*", question.words.concat()),
        _ => question.words.join(" & "),
    };
    let times = ask(&pool, questions, page, counts, words).await?;
    pool.close().await;
    Ok(Some(times))
}

async fn pool(url: &str) -> Result<AnyPool> {
    install_default_drivers();
    Ok(AnyPoolOptions::new().max_connections(1).connect(url).await?)
}

async fn fill(pool: &AnyPool, records: &[Record], sql: &'static str) -> Result<()> {
    let mut transaction = pool.begin().await?;
    for record in records {
        let query = sqlx::query(sql).bind(&record.title).bind(&record.text).bind(record.year);
        query.execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}

async fn ask(
    pool: &AnyPool,
    questions: &[Question],
    page: &'static str,
    counts: &'static str,
    words: impl Fn(&Question) -> String,
) -> Result<Times> {
    let mut times = Times::new();
    for round in 0..2 {
        for question in questions {
            let words = words(question);
            let (first, last) = question.years.unwrap_or((0, 9999));
            let begun = Instant::now();
            for sql in [page, counts] {
                let query = sqlx::query(sql).bind(&words).bind(first).bind(last);
                for row in query.fetch_all(pool).await? {
                    std::hint::black_box(row.try_get::<String, _>(0).ok());
                }
            }
            if round == 1 {
                times.push((question.kind, begun.elapsed()));
            }
        }
    }
    Ok(times)
}
