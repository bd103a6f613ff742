//! What stands between two parentheses, while it is read.

use std::ops::Range;

use super::{Clause, Misfit, Part};

/// What stands between two parentheses, or the whole.
#[derive(Default)]
pub(super) struct Group {
    wanted: Vec<Clause>,
    unwanted: Vec<Clause>,
    /// The group as a whole is unwanted.
    pub(super) is_unwanted: bool,
    /// Where the `OR` stands that waits for its right neighbour.
    or_at: Option<usize>,
    /// What an `OR` would join.
    last: Last,
}

/// What was added last.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Last {
    /// Nothing, or something unwanted.
    #[default]
    Nothing,
    /// Empty parentheses: an `OR` beside them means nothing.
    Empty,
    /// Something wanted, and which part it is.
    Term(Option<usize>),
    /// Alternatives that an `OR` goes on with.
    Chain,
}

impl Group {
    pub(super) fn unwanted(is_unwanted: bool) -> Self {
        Self { is_unwanted, ..Self::default() }
    }

    pub(super) const fn is_joining(&self) -> bool {
        self.or_at.is_some()
    }

    /// Where a term that is added next takes something away: at the `OR` before it, if there is one.
    pub(super) fn begins_at(&self, start: usize) -> usize {
        self.or_at.unwrap_or(start)
    }

    /// Adds a term that is wanted, without any operator.
    pub(super) fn want(&mut self, clause: Clause) {
        self.wanted.push(clause);
    }

    /// Adds what is the part of that number, or no part.
    pub(super) fn add(
        &mut self,
        clause: Clause,
        is_unwanted: bool,
        part: Option<usize>,
    ) -> Result<(), Misfit> {
        if self.or_at.take().is_some() {
            if is_unwanted {
                return Err(Misfit);
            }
            let joined = match (self.wanted.pop().ok_or(Misfit)?, self.last) {
                (Clause::Any(mut choices), Last::Chain) => {
                    choices.push(clause);
                    choices
                }
                (first, _) => vec![first, clause],
            };
            self.wanted.push(Clause::Any(joined));
            self.last = Last::Chain;
        } else if is_unwanted {
            self.unwanted.push(clause);
            self.last = Last::Nothing;
        } else {
            self.wanted.push(clause);
            self.last = Last::Term(part);
        }
        Ok(())
    }

    /// Empty parentheses stand here.
    pub(super) fn skip(&mut self) {
        // What an `OR` joined before them is whole.
        if self.or_at.take().is_none() {
            self.last = Last::Empty;
        }
    }

    /// An `OR` stands at these bytes, spaces after it included. Taking off the first part of what it
    /// joins takes it off too; a later part takes the `OR` before it.
    pub(super) fn join(&mut self, or: Range<usize>, parts: &mut [Part]) -> Result<(), Misfit> {
        match self.last {
            _ if self.is_joining() => return Err(Misfit),
            Last::Nothing => return Err(Misfit),
            Last::Empty => return Ok(()),
            Last::Term(part) => {
                if let Some(part) = part.and_then(|part| parts.get_mut(part)) {
                    part.span.end = or.end;
                }
            }
            Last::Chain => {}
        }
        self.or_at = Some(or.start);
        Ok(())
    }

    /// Gives up an `OR` whose right neighbour was left out.
    pub(super) fn stop_joining(&mut self) {
        self.or_at = None;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.unwanted.is_empty()
    }

    pub(super) fn has_only_exclusions(&self) -> bool {
        self.wanted.is_empty() && !self.unwanted.is_empty()
    }

    /// One clause for all; `None` when nothing is wanted.
    ///
    /// Parentheses around words that are all wanted mean nothing, as in a title that was pasted.
    pub(super) fn into_clause(self) -> Option<Clause> {
        let mut wanted = Vec::with_capacity(self.wanted.len());
        for clause in self.wanted {
            match clause {
                Clause::All { wanted: mut inner, unwanted } if unwanted.is_empty() => {
                    wanted.append(&mut inner);
                }
                other => wanted.push(other),
            }
        }
        match (wanted.len(), self.unwanted.len()) {
            (0, _) => None,
            (1, 0) => wanted.pop(),
            _ => Some(Clause::All { wanted, unwanted: self.unwanted }),
        }
    }
}
