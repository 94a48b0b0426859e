//! Use-cases over a real store.

#[cfg(test)]
mod import;
