//! Snapshots over their public interface.

#[cfg(test)]
mod equal;
#[cfg(test)]
mod flows;
mod graphql;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod pairs;
#[cfg(test)]
mod published;
#[cfg(test)]
mod support;
