//! What documents are known by: DOIs, arXiv numbers, ORCID, ROR, ISSN, and the symbols of documents of
//! the United Nations and the ITU.

use serde::{Deserialize, Serialize};

/// An identifier in its normal form.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identifier {
    /// What it identifies by.
    pub scheme: Scheme,
    /// Its normal form: equal exactly when it names the same thing.
    pub value: String,
}

/// A scheme of identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// A digital object identifier: `10.1000/182`, in lower case.
    Doi,
    /// A preprint of arXiv: `1804.08333`, `hep-th/9901001`, without its version.
    Arxiv,
    /// A person: `0000-0002-1825-0097`.
    Orcid,
    /// An institution: `05a28rw58`.
    Ror,
    /// A serial: `2049-3630`.
    Issn,
    /// A document of the United Nations or the ITU: `A/RES/78/265`, `C23/52`, `ITU-T Y.3172`.
    Symbol,
}
