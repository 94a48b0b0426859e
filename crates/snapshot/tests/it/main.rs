//! Snapshots over their public interface.

#[cfg(test)]
mod equal;
#[cfg(test)]
mod explained;
#[cfg(test)]
mod flows;
#[cfg(test)]
mod graphql;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod pairs;
#[cfg(test)]
mod published;
#[cfg(test)]
mod support;
