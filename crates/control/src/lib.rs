//! use-cases; builds and publishes snapshots
