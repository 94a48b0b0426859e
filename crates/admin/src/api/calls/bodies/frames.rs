//! Amazon's event stream as text: its frames are binary, and what they carry is JSON with a name. People read them as
//! server-sent events.

/// The media type of such a stream.
pub(super) const MEDIA_TYPE: &str = "application/vnd.amazon.eventstream";

/// Bytes before a frame's headers, and the checksum behind its payload.
const PRELUDE: usize = 12;
const CHECKSUM: usize = 4;

/// The frames as events, and the arrivals counted in their bytes; what follows a frame that cannot be read is left out.
pub(super) fn as_events(bytes: &[u8], arrivals: &[(u32, u64)]) -> (String, Vec<(u32, u64)>) {
    let mut text = String::new();
    // Where frames end: in the stream, and in the text.
    let mut ends = vec![(0, 0)];
    let mut rest = bytes;
    while let Some((frame, behind)) = split(rest) {
        text.push_str(&event(frame).unwrap_or_default());
        rest = behind;
        ends.push((bytes.len() - rest.len(), text.len()));
    }
    let there = |bytes: u64| {
        let whole = ends.iter().take_while(|(end, _)| *end as u64 <= bytes).last();
        whole.map_or(0, |(_, length)| *length as u64)
    };
    let arrivals = arrivals.iter().map(|(at, bytes)| (*at, there(*bytes))).collect();
    (text, arrivals)
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = number(bytes)?;
    if length < PRELUDE + CHECKSUM {
        return None;
    }
    bytes.split_at_checked(length)
}

fn event(frame: &[u8]) -> Option<String> {
    let headers = number(frame.get(4..)?)?;
    let payload = frame.get(PRELUDE + headers..frame.len().checked_sub(CHECKSUM)?)?;
    let payload = std::str::from_utf8(payload).ok()?;
    let name = name(frame.get(PRELUDE..PRELUDE + headers)?).unwrap_or_default();
    Some(format!("event: {name}\ndata: {payload}\n\n"))
}

/// The event's type, or the exception's, among headers that are all text.
fn name(mut headers: &[u8]) -> Option<&str> {
    const TEXT: u8 = 7;
    loop {
        let (length, behind) = headers.split_first()?;
        let (key, behind) = behind.split_at_checked(usize::from(*length))?;
        let [TEXT, high, low, behind @ ..] = behind else { return None };
        let (value, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
        if matches!(key, b":event-type" | b":exception-type") {
            return std::str::from_utf8(value).ok();
        }
        headers = behind;
    }
}

fn number(bytes: &[u8]) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(*bytes.first_chunk()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(name: &str, payload: &str) -> Vec<u8> {
        let mut headers = vec![11];
        headers.extend(b":event-type\x07");
        headers.extend(u16::try_from(name.len()).unwrap().to_be_bytes());
        headers.extend(name.as_bytes());
        let total = u32::try_from(PRELUDE + headers.len() + payload.len() + CHECKSUM).unwrap();
        let lengths = [total.to_be_bytes(), u32::try_from(headers.len()).unwrap().to_be_bytes(), [0; 4]];
        [&lengths.concat()[..], &headers, payload.as_bytes(), &[0; 4]].concat()
    }

    #[test]
    fn frames_are_told_as_events() {
        let (first, second) = (frame("messageStart", "{}"), frame("messageStop", "{\"a\":1}"));
        let mut bytes = [&first[..], &second, &first[..9]].concat();
        let whole = bytes.len() as u64;
        let (text, arrivals) = as_events(&bytes, &[(5, first.len() as u64 + 3), (9, whole)]);
        assert_eq!(text, "event: messageStart\ndata: {}\n\nevent: messageStop\ndata: {\"a\":1}\n\n");
        assert_eq!(arrivals, [(5, 30), (9, text.len() as u64)]);
        bytes.truncate(3);
        assert_eq!(as_events(&bytes, &[]), (String::new(), Vec::new()));
        assert_eq!(as_events(&[0; 64], &[]).0, "");
    }
}
