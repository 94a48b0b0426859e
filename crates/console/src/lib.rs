//! the embedded console and its handler
