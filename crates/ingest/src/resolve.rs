//! Names to numbers, once, with every number checked: what comes out is exactly what is connected to.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;

use crate::guard::{LOCALHOST, Refusal, check_address};

/// Resolves through the system and refuses a name as soon as one of its numbers is not public, so
/// that a name which shows a public and a private number cannot win by being asked again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CheckedNames {
    pub(crate) allow_loopback: bool,
}

/// A name leads to no public place.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unresolved {
    #[error("the name “{name}” is refused")]
    Refused {
        name: String,
        #[source]
        source: Refusal,
    },
    #[error("the name “{name}” has no address")]
    Nothing { name: String },
    #[error("the name “{name}” cannot be resolved")]
    Failed {
        name: String,
        #[source]
        source: std::io::Error,
    },
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_loopback = self.allow_loopback;
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let found = checked(name, allow_loopback).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

async fn checked(name: String, allow_loopback: bool) -> Result<Vec<SocketAddr>, Unresolved> {
    let own_machine = allow_loopback && name == LOCALHOST;
    // The port is only a placeholder: the client puts that of the address in its place.
    let looked_up = lookup_host((name.as_str(), 0)).await.map(Iterator::collect::<Vec<_>>);
    let found = match looked_up {
        Ok(found) => found,
        Err(source) => return Err(Unresolved::Failed { name, source }),
    };
    if found.is_empty() {
        return Err(Unresolved::Nothing { name });
    }
    for address in &found {
        if let Err(source) = check_address(address.ip(), own_machine) {
            return Err(Unresolved::Refused { name, source });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_of_this_machine_is_refused_unless_allowed() {
        let refused = checked("localhost".to_owned(), false).await;
        assert!(matches!(refused, Err(Unresolved::Refused { .. })), "{refused:?}");
        let allowed = checked("localhost".to_owned(), true).await.unwrap();
        assert!(allowed.iter().all(|address| address.ip().is_loopback()));
    }
}
