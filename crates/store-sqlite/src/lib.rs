//! documents, identities and audit in SQLite
