//! `observatory alert`: the searches that readers are told about by mail.

use clap::{Args, Subcommand};
use observatory_model::{AlertId, Clock as _, SystemClock};
use observatory_store::{AlertLine, FailedMail, Store};
use serde_json::json;

use crate::commands::Said;
use crate::config::Config;
use crate::exit::Exit;
use crate::{lifecycle, output};

/// Alerts that are read at once.
const AT_ONCE: u32 = 500;

/// Mails that are listed as given up.
const MOST_FAILED: u32 = 100;

/// What to do with alerts.
#[derive(Debug, Subcommand)]
pub(crate) enum Alert {
    /// List the alerts, then the mails that were given up.
    List,
    /// End an alert and forget its address, for a reader who asks for it.
    End(End),
}

/// The flags of `alert end`.
#[derive(Debug, Args)]
pub(crate) struct End {
    /// The id of the alert, as `alert list` shows it.
    alert: AlertId,
}

impl Alert {
    pub(crate) async fn run(self, config: Config, said: Said) -> anyhow::Result<Exit> {
        let store = lifecycle::open_store(&config).await?;
        let outcome = match self {
            Self::List => list(&store, said).await,
            Self::End(end) => end_one(&store, end.alert, said).await,
        };
        store.close().await;
        outcome
    }
}

async fn end_one(store: &Store, alert: AlertId, said: Said) -> anyhow::Result<Exit> {
    if store.end_alert_of_id(alert).await? {
        said.tell(&format!("ended {alert}"));
        Ok(Exit::Done)
    } else {
        said.tell(&format!("there is no alert {alert}"));
        Ok(Exit::No)
    }
}

async fn list(store: &Store, said: Said) -> anyhow::Result<Exit> {
    let (mut after, mut count) = (None, 0_usize);
    loop {
        let page = store.alerts(after, AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.alert.id);
        count += page.len();
        for line in &page {
            show(line, said);
        }
    }
    let failed = store.failed_mails(MOST_FAILED).await?;
    for mail in &failed {
        show_failed(mail, said);
    }
    if count == 0 {
        said.tell("no alerts yet");
    }
    let waiting = store.job_counts(SystemClock.now()).await?.waiting;
    said.tell(&format!("{count} alerts, {} mails given up, {waiting} jobs wait", failed.len()));
    Ok(if failed.is_empty() { Exit::Done } else { Exit::No })
}

fn show(line: &AlertLine, said: Said) {
    let AlertLine { alert, waiting, told } = line;
    let state = if alert.confirmed.is_some() { "on" } else { "in question" };
    if said.json {
        output::json(&json!({
            "schema": "observatory.alert/1",
            "id": alert.id,
            "state": state,
            "mail": alert.mail,
            "language": alert.language,
            "cadence": alert.cadence,
            "name": alert.name,
            "query": alert.asked,
            "trends": alert.trends,
            "created": alert.created,
            "confirmed": alert.confirmed,
            "waiting": waiting,
            "told": told,
        }));
        return;
    }
    let name = output::foreign(alert.name.as_str());
    let (id, mail, cadence) = (alert.id, &alert.mail, alert.cadence);
    output::result(&format!("{id}\t{state}\t{cadence}\t{mail}\t{waiting}\t{told}\t{name}"));
}

fn show_failed(mail: &FailedMail, said: Said) {
    if said.json {
        output::json(&json!({
            "schema": "observatory.failed-mail/1",
            "id": mail.id,
            "alert": mail.alert,
            "mail": mail.to,
            "reason": mail.reason,
            "since": mail.since,
        }));
        return;
    }
    let reason = output::foreign(&mail.reason);
    let FailedMail { id, to, since, .. } = mail;
    let origin = mail.alert.map_or_else(|| "the desk".to_owned(), |alert| alert.to_string());
    output::result(&format!("{id}\tgiven up {since}\tof {origin}\t{to}\t{reason}"));
}
