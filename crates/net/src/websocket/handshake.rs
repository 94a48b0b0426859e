//! The opening handshake of a `WebSocket` (RFC 6455 §4), as server and as client, over our own heads.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base::Rng;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use message::{Fields, Known, RequestHead, ResponseHead};

use crate::call::Upgrade;

/// What is added to a key (RFC 6455 §1.3).
const MAGIC: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A client's handshake that can be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    accept: String,
    protocols: Vec<String>,
}

/// Why it cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// It is none: the client wants to change to another protocol or to none.
    #[error("the request asks for no WebSocket")]
    NoUpgrade,
    /// It speaks another version than 13; `Sec-WebSocket-Version` of the answer should say which.
    #[error("`Sec-WebSocket-Version` is not 13 (RFC 6455 §4.2.1)")]
    Version,
    /// Its key is missing or no base64 of 16 bytes.
    #[error("`Sec-WebSocket-Key` is not one base64 of 16 bytes (RFC 6455 §4.2.1)")]
    Key,
}

/// The key that a client's handshake was sent with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

// === impl Handshake ===

impl Handshake {
    /// Reads the head that came with a wish to change the protocol.
    pub fn read(head: &RequestHead, upgrade: Option<&Upgrade>) -> Result<Self, HandshakeError> {
        if !upgrade.is_some_and(|upgrade| upgrade.protocol.trim().eq_ignore_ascii_case("websocket")) {
            return Err(HandshakeError::NoUpgrade);
        }
        if head.fields.get_named("sec-websocket-version").map(<[u8]>::trim_ascii) != Some(b"13") {
            return Err(HandshakeError::Version);
        }
        let mut keys = head.fields.get_all(Known::SecWebsocketKey);
        let (Some(key), None) = (keys.next(), keys.next()) else { return Err(HandshakeError::Key) };
        let key = key.trim_ascii();
        if STANDARD.decode(key).map(|bytes| bytes.len()) != Ok(16) {
            return Err(HandshakeError::Key);
        }
        let offered =
            head.fields.iter().filter(|(name, ..)| name.eq_ignore_ascii_case(b"sec-websocket-protocol"));
        let protocols = offered
            .filter_map(|(_, value, _)| std::str::from_utf8(value).ok())
            .flat_map(|value| value.split(','))
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty());
        Ok(Self { accept: accept(key), protocols: protocols.collect() })
    }

    /// The subprotocols that the client offers, which it likes best first.
    pub fn protocols(&self) -> &[String] {
        &self.protocols
    }

    /// The head that accepts, with the subprotocol chosen of those offered.
    pub fn accept(&self, protocol: Option<&str>) -> ResponseHead {
        let mut head = ResponseHead::new(101);
        head.fields.push(Known::SecWebsocketAccept, self.accept.as_bytes());
        if let Some(protocol) = protocol {
            head.fields.push_named(b"sec-websocket-protocol", protocol.as_bytes());
        }
        head
    }
}

// === impl Key ===

impl Key {
    /// Makes one.
    pub fn random(rng: &mut Rng) -> Self {
        let (a, b) = (rng.next_u64().to_ne_bytes(), rng.next_u64().to_ne_bytes());
        Self(STANDARD.encode([a, b].concat()))
    }

    /// As it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Adds what a client's handshake has beyond the wish to change the protocol.
    pub fn push(&self, fields: &mut Fields) {
        fields.push_named(b"sec-websocket-version", b"13");
        fields.push(Known::SecWebsocketKey, self.0.as_bytes());
    }

    /// Whether an answer accepts this handshake and no other, without an extension, which was not offered.
    pub fn is_accepted_by(&self, head: &ResponseHead) -> bool {
        let accepted = head.fields.get(Known::SecWebsocketAccept).map(<[u8]>::trim_ascii);
        head.status == 101
            && accepted == Some(accept(self.0.as_bytes()).as_bytes())
            && head.fields.get_named("sec-websocket-extensions").is_none()
    }
}

fn accept(key: &[u8]) -> String {
    STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &[key, MAGIC].concat()))
}

#[cfg(test)]
mod tests {
    use message::Method;

    use super::*;

    fn head(fields: &[(&str, &str)]) -> RequestHead {
        let mut head = RequestHead::new(Method::Get, "a", "/");
        for (name, value) in fields {
            head.fields.push_named(name.as_bytes(), value.as_bytes());
        }
        head
    }

    fn websocket() -> Upgrade {
        Upgrade { protocol: "WebSocket".into(), extended_connect: false }
    }

    #[test]
    fn the_example_of_the_standard_is_accepted() {
        let head = head(&[
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Protocol", "chat, superchat"),
            ("Sec-WebSocket-Protocol", "third"),
        ]);
        let handshake = Handshake::read(&head, Some(&websocket())).unwrap();
        assert_eq!(handshake.protocols(), ["chat", "superchat", "third"]);
        let answer = handshake.accept(Some("chat"));
        assert_eq!(answer.fields.get(Known::SecWebsocketAccept), Some(&b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="[..]));
        assert_eq!(answer.fields.get_named("sec-websocket-protocol"), Some(&b"chat"[..]));
        let key = Key("dGhlIHNhbXBsZSBub25jZQ==".into());
        assert!(key.is_accepted_by(&answer));
        assert!(!Key::random(&mut Rng::seeded(1)).is_accepted_by(&answer));
        let mut extended = answer.clone();
        extended.fields.push_named(b"sec-websocket-extensions", b"permessage-deflate");
        assert!(!key.is_accepted_by(&extended));
    }

    #[test]
    fn what_is_no_handshake_is_refused() {
        let (version, key) =
            (("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="));
        let other = Upgrade { protocol: "h2c".into(), extended_connect: false };
        for (fields, upgrade, expected) in [
            (vec![version, key], None, HandshakeError::NoUpgrade),
            (vec![version, key], Some(&other), HandshakeError::NoUpgrade),
            (vec![key], Some(&websocket()), HandshakeError::Version),
            (vec![("Sec-WebSocket-Version", "8"), key], Some(&websocket()), HandshakeError::Version),
            (vec![version], Some(&websocket()), HandshakeError::Key),
            (vec![version, key, key], Some(&websocket()), HandshakeError::Key),
            (vec![version, ("Sec-WebSocket-Key", "c2hvcnQ=")], Some(&websocket()), HandshakeError::Key),
            (vec![version, ("Sec-WebSocket-Key", "not base64")], Some(&websocket()), HandshakeError::Key),
        ] {
            assert_eq!(Handshake::read(&head(&fields), upgrade), Err(expected), "{fields:?}");
        }
    }

    #[test]
    fn a_random_key_is_one() {
        let key = Key::random(&mut Rng::seeded(7));
        let head = head(&[("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", key.as_str())]);
        let answer = Handshake::read(&head, Some(&websocket())).unwrap().accept(None);
        assert!(key.is_accepted_by(&answer));
    }
}
