//! Snapshots over their public interface.

#[cfg(test)]
mod equal;
mod graphql;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod pairs;
#[cfg(test)]
mod published;
#[cfg(test)]
mod support;
