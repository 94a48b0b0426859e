//! listeners, TLS, upstream client and pool
