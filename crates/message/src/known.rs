//! Field names that the gateway itself looks at, as small numbers.

macro_rules! known {
    ($($variant:ident = $name:literal,)*) => {
        /// A field name that the gateway has a word for; all others are [`Known::Other`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "each variant is the field name it is spelled as")]
        pub enum Known { Other, $($variant,)* }

        impl Known {
            /// Every known name.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The lower-case name (`""` for [`Known::Other`]), as HTTP/2 wants it.
            pub const fn name(self) -> &'static str {
                match self { Self::Other => "", $(Self::$variant => $name,)* }
            }
        }
    };
}

known! {
    Accept = "accept",
    AcceptEncoding = "accept-encoding",
    AccessControlAllowCredentials = "access-control-allow-credentials",
    AccessControlAllowHeaders = "access-control-allow-headers",
    AccessControlAllowMethods = "access-control-allow-methods",
    AccessControlAllowOrigin = "access-control-allow-origin",
    AccessControlExposeHeaders = "access-control-expose-headers",
    AccessControlMaxAge = "access-control-max-age",
    AccessControlRequestHeaders = "access-control-request-headers",
    AccessControlRequestMethod = "access-control-request-method",
    Age = "age",
    Allow = "allow",
    ApiKey = "api-key",
    Authorization = "authorization",
    CacheControl = "cache-control",
    Connection = "connection",
    ContentEncoding = "content-encoding",
    ContentLength = "content-length",
    ContentRange = "content-range",
    ContentType = "content-type",
    Cookie = "cookie",
    Date = "date",
    Etag = "etag",
    Expect = "expect",
    Expires = "expires",
    Forwarded = "forwarded",
    Host = "host",
    Http2Settings = "http2-settings",
    IfMatch = "if-match",
    IfModifiedSince = "if-modified-since",
    IfNoneMatch = "if-none-match",
    KeepAlive = "keep-alive",
    LastModified = "last-modified",
    Location = "location",
    MaxForwards = "max-forwards",
    Origin = "origin",
    Pragma = "pragma",
    ProxyAuthenticate = "proxy-authenticate",
    ProxyAuthenticationInfo = "proxy-authentication-info",
    ProxyAuthorization = "proxy-authorization",
    ProxyConnection = "proxy-connection",
    ProxyStatus = "proxy-status",
    Range = "range",
    RateLimit = "ratelimit",
    RateLimitPolicy = "ratelimit-policy",
    Referer = "referer",
    RetryAfter = "retry-after",
    SecWebsocketAccept = "sec-websocket-accept",
    SecWebsocketKey = "sec-websocket-key",
    Server = "server",
    SetCookie = "set-cookie",
    Te = "te",
    Traceparent = "traceparent",
    Tracestate = "tracestate",
    Trailer = "trailer",
    TransferEncoding = "transfer-encoding",
    Upgrade = "upgrade",
    UserAgent = "user-agent",
    Vary = "vary",
    Via = "via",
    WwwAuthenticate = "www-authenticate",
    XApiKey = "x-api-key",
    XForwardedFor = "x-forwarded-for",
    XForwardedHost = "x-forwarded-host",
    XForwardedPort = "x-forwarded-port",
    XForwardedProto = "x-forwarded-proto",
    XGoogApiKey = "x-goog-api-key",
    XRequestId = "x-request-id",
}

const BUCKETS: usize = 256;

/// Open-addressed table from [`slot`] to a name; built at compile time, so that a look-up is one
/// multiplication and, nearly always, one comparison.
static TABLE: [Known; BUCKETS] = build();

const fn build() -> [Known; BUCKETS] {
    let mut table = [Known::Other; BUCKETS];
    let mut at = 0;
    while at < Known::ALL.len() {
        let known = Known::ALL[at];
        let mut place = slot(known.name().as_bytes());
        while !matches!(table[place], Known::Other) {
            place = (place + 1) % BUCKETS;
        }
        table[place] = known;
        at += 1;
    }
    table
}

/// Mixes length and four letters; case does not count, since `| 0x20` is taken of each.
const fn slot(name: &[u8]) -> usize {
    let length = name.len();
    // A name that is longer than any known one may land anywhere.
    let [low, ..] = length.to_le_bytes();
    let (a, b) = (name[0] | 0x20, name[length - 1] | 0x20);
    let (c, d) = (name[length / 2] | 0x20, name[length / 4] | 0x20);
    let word = u32::from_le_bytes([a, b, c, d ^ low]);
    (word.wrapping_mul(0x9e37_79b1) >> 24) as usize % BUCKETS
}

impl Known {
    /// The known name equal to `name` without regard to case, or [`Known::Other`].
    pub fn of(name: &[u8]) -> Self {
        if name.is_empty() {
            return Self::Other;
        }
        let mut place = slot(name);
        loop {
            let Some(&known) = TABLE.get(place) else {
                return Self::Other;
            };
            if known == Self::Other || is_name(known.name().as_bytes(), name) {
                return known;
            }
            place = (place + 1) % BUCKETS;
        }
    }

    /// Fields that mean this connection alone and are never forwarded (RFC 9110 §7.6.1), besides those
    /// that `Connection` names. `Transfer-Encoding` and `Upgrade` are among them: the codec and the
    /// tunnel write their own. `Te` and `Trailer` follow rules of their own in the pipeline.
    pub fn is_hop_by_hop(self) -> bool {
        matches!(
            self,
            Self::Connection
                | Self::KeepAlive
                | Self::ProxyConnection
                | Self::TransferEncoding
                | Self::Upgrade
                | Self::Te
                | Self::Http2Settings
        )
    }
}

/// Whether `name` is the known one in any case, eight letters at a time. A known name has letters, digits
/// and hyphens alone, which all have the bit that tells the cases of letters apart.
fn is_name(known: &[u8], name: &[u8]) -> bool {
    if known.len() != name.len() {
        return false;
    }
    let (Some(last), Some(known_last)) = (name.last_chunk(), known.last_chunk()) else {
        return known.eq_ignore_ascii_case(name);
    };
    let (chunks, known_chunks) = (name.as_chunks().0, known.as_chunks().0);
    is_word(*last, *known_last) && chunks.iter().zip(known_chunks).all(|(word, known)| is_word(*word, *known))
}

fn is_word(word: [u8; 8], known: [u8; 8]) -> bool {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_ne_bytes(word);
    // A control character would become a digit or a hyphen by that bit.
    let printing = (word >> 5 | word >> 6) & EACH == EACH;
    printing && word | EACH << 5 == u64::from_ne_bytes(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case_and_no_other_is() {
        for &known in Known::ALL {
            assert_eq!(Known::of(known.name().as_bytes()), known);
            assert_eq!(Known::of(known.name().to_ascii_uppercase().as_bytes()), known);
        }
        for other in [
            "",
            "x",
            "x-something",
            "hos",
            "hosts",
            "content-lengths",
            "\u{0}ost",
            "content\rlength",
            "content-lengt\u{8}",
        ] {
            assert_eq!(Known::of(other.as_bytes()), Known::Other, "{other}");
        }
    }
}
