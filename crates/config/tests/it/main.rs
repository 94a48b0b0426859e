//! Files of any bytes.

#[cfg(test)]
mod entry;
#[cfg(test)]
mod names;
mod random;
