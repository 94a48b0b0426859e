//! The whole gateway over real sockets: documents in YAML, a listener, scripted upstreams, and the record
//! of every call.

#[cfg(test)]
mod batches;
#[cfg(test)]
mod batching;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod chat;
#[cfg(test)]
mod client;
#[cfg(test)]
mod complaints;
#[cfg(test)]
mod composition;
#[cfg(test)]
mod custody;
#[cfg(test)]
mod dialects;
#[cfg(test)]
mod ends;
#[cfg(test)]
mod events;
#[cfg(test)]
mod fallback;
#[cfg(test)]
mod fan;
#[cfg(test)]
mod fetch;
#[cfg(test)]
mod files;
#[cfg(test)]
mod flows;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod graphql;
#[cfg(test)]
mod graphql_cache;
#[cfg(test)]
mod graphql_pieces;
#[cfg(test)]
mod graphql_stored;
#[cfg(test)]
mod handed_on;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod health;
#[cfg(test)]
mod hooks;
#[cfg(test)]
mod http2;
#[cfg(test)]
mod interactions;
#[cfg(test)]
mod intermediary;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod live;
#[cfg(test)]
mod live_ends;
#[cfg(test)]
mod pace;
#[cfg(test)]
mod prices;
#[cfg(test)]
mod probe;
#[cfg(test)]
mod progress;
#[cfg(test)]
mod quota;
#[cfg(test)]
mod recipes;
#[cfg(test)]
mod responses;
#[cfg(test)]
mod retries;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod schedules;
#[cfg(test)]
mod socket;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod timeouts;
#[cfg(test)]
mod upstream;
#[cfg(test)]
mod upstream_faults;
#[cfg(test)]
mod validators;
#[cfg(test)]
mod vendor;
#[cfg(test)]
mod verify;
#[cfg(test)]
mod vertex;
