//! `observatory doctor`: tries everything that is needed.

use clap::Args;
use observatory_mail::Mailer;
use observatory_model::{Clock as _, SystemClock};
use serde_json::json;

use crate::commands::Said;
use crate::config::Config;
use crate::exit::{Advice, Exit};
use crate::{lifecycle, output};

/// Jobs whose reasons are shown.
const MOST_GIVEN_UP: u32 = 10;

/// The flags of the command.
#[derive(Debug, Args)]
pub(crate) struct Doctor {}

/// One thing that was tried.
struct Finding {
    what: &'static str,
    found: anyhow::Result<String>,
}

impl Doctor {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        let mut findings = vec![store(&config).await, queue(&config).await, index(&config).await];
        findings.push(content(&config));
        findings.push(mail(&config).await);
        findings.push(address(&config).await);
        let mut exit = Exit::Done;
        for Finding { what, found } in &findings {
            if said.json {
                output::json(&json!({
                    "schema": "observatory.doctor/1",
                    "what": what,
                    "ok": found.is_ok(),
                    "found": found.as_ref().map_or_else(|error| format!("{error:#}"), Clone::clone),
                }));
            } else {
                match found {
                    Ok(found) => output::result(&format!("ok\t{what}\t{found}")),
                    Err(error) => output::result(&format!("wrong\t{what}\t{error:#}")),
                }
            }
            if let Err(error) = found {
                let (of_error, _) = crate::exit::of(error);
                exit = if exit == Exit::Damaged { exit } else { of_error };
            }
        }
        Ok(exit)
    }
}

async fn store(config: &Config) -> Finding {
    let found = async {
        let store = lifecycle::open_store(config).await?;
        let report = store.check().await;
        store.close().await;
        let report = report?;
        let shape = format!("{} {}, shape {}", report.backend, report.version, report.migration);
        if report.problems.is_empty() {
            return Ok(shape);
        }
        let hint = "keep the database file as it is, and restore a backup beside it";
        let advice = anyhow::Error::new(Advice { exit: Exit::Damaged, hint });
        Err(advice.context(format!("{shape}: {}", report.problems.join("; "))))
    };
    Finding { what: "store", found: found.await }
}

/// Work that was given up needs a person.
async fn queue(config: &Config) -> Finding {
    let found = async {
        let store = lifecycle::open_store(config).await?;
        let (counts, given_up) =
            (store.job_counts(SystemClock.now()).await, store.given_up(MOST_GIVEN_UP).await);
        store.close().await;
        let (counts, given_up) = (counts?, given_up?);
        if counts.given_up == 0 {
            return Ok(format!("{} jobs wait, {} are due", counts.waiting, counts.due));
        }
        let reasons = given_up.iter().map(|job| format!("{}: {}", job.work.once(), job.reason));
        let hint = "mend what the reasons name, then restart: the work is planned again";
        let advice = anyhow::Error::new(Advice { exit: Exit::No, hint });
        let reasons = reasons.collect::<Vec<_>>().join("; ");
        Err(advice.context(format!("{} jobs were given up: {reasons}", counts.given_up)))
    };
    Finding { what: "queue", found: found.await }
}

/// Where mails go, and which did not.
async fn mail(config: &Config) -> Finding {
    let found = async {
        let way = Mailer::open(&config.mail_settings()).await?.describe();
        let store = lifecycle::open_store(config).await?;
        let (counts, failed) = (store.mail_counts().await, store.failed_mails(MOST_GIVEN_UP).await);
        store.close().await;
        let (counts, failed) = (counts?, failed?);
        if counts.failed == 0 {
            return Ok(format!("to {way}: {} wait, {} have left", counts.waiting, counts.sent));
        }
        // The reason says what a server said; whom it concerns, `alert list` says.
        let reasons = failed.iter().map(|mail| format!("{}: {}", mail.id, mail.reason));
        let hint = "see the reasons, and whose they are with `observatory alert list`";
        let advice = anyhow::Error::new(Advice { exit: Exit::No, hint });
        let reasons = reasons.collect::<Vec<_>>().join("; ");
        Err(advice.context(format!("{} mails were given up: {reasons}", counts.failed)))
    };
    Finding { what: "mail", found: found.await }
}

async fn index(config: &Config) -> Finding {
    let found = async {
        let (store, search) = lifecycle::open_look(config).await?;
        let report = search.report();
        let last = store.last_change().await;
        store.close().await;
        let behind = last?.0.saturating_sub(report.applied.0);
        Ok(format!("{} documents, {behind} changes behind the store", report.documents))
    };
    Finding { what: "index", found: found.await }
}

fn content(config: &Config) -> Finding {
    let folder = &config.content.folder;
    let found = observatory_worker::jobs::publish_content::check(folder)
        .map_err(anyhow::Error::new)
        .and_then(|published| match published.problems.len() {
            0 => Ok(format!("{} texts in {}", published.versions, folder.display())),
            count => Err(anyhow::Error::new(Advice {
                exit: Exit::No,
                hint: "run `observatory publish --check` to see what is wrong in the content folder",
            })
            .context(format!("{count} problems in {}", folder.display()))),
        });
    Finding { what: "content", found }
}

async fn address(config: &Config) -> Finding {
    let bind = &config.web.bind;
    let found = match tokio::net::TcpListener::bind(bind).await {
        Ok(_) => Ok(format!("{bind} is free")),
        Err(error) => Ok(format!("{bind} is taken, perhaps by a running observatory: {error}")),
    };
    Finding { what: "address", found }
}
