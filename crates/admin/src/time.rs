//! Times at the API's edge: RFC 3339 in UTC with microseconds.

use base::Micros;
use jiff::Timestamp;

use crate::problem::{Code, Problem};

/// A time as text.
pub(crate) fn show(at: Micros) -> String {
    Timestamp::from_microsecond(at.0).map(|at| format!("{at:.6}")).unwrap_or_default()
}

/// Reads a time of a parameter: RFC 3339, or whole microseconds since 1970.
pub(crate) fn read(name: &str, text: &str) -> Result<Micros, Problem> {
    if let Ok(micros) = text.parse::<i64>() {
        return Ok(Micros(micros));
    }
    let at = text.parse::<Timestamp>().map(|at| Micros(at.as_microsecond()));
    at.map_err(|_| {
        Problem::new(Code::InvalidRequest)
            .detail(format!("`{name}` is not a time; write 2026-01-31T12:00:00Z"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_back() {
        assert_eq!(show(Micros(1_700_000_000_000_001)), "2023-11-14T22:13:20.000001Z");
        assert_eq!(show(Micros(0)), "1970-01-01T00:00:00.000000Z");
        assert_eq!(read("at", "2023-11-14T22:13:20.000001Z").unwrap(), Micros(1_700_000_000_000_001));
        assert!(read("at", "yesterday").is_err());
    }
}
