//! The house seen from outside: everything is in `suite/`.
