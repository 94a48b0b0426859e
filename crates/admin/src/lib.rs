//! admin REST API, sessions and permissions
