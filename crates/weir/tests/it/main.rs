//! The binary as a person runs it.

#[cfg(test)]
mod check;
#[cfg(test)]
mod flags;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod flow_test;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod overlay;
#[cfg(test)]
mod quickstart;
#[cfg(test)]
mod recipes;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod support;
