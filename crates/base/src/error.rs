//! Printing an error with everything that caused it, on one line.

use std::error::Error;
use std::fmt;

/// Displays an error and its chain of sources, joined by `: `.
#[derive(Debug)]
pub struct Chain<'a>(&'a (dyn Error + 'static));

/// See [`Chain`].
pub fn chain<'a>(error: &'a (dyn Error + 'static)) -> Chain<'a> {
    Chain(error)
}

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
