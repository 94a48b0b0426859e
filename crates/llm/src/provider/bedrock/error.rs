//! Errors in Amazon's words: the name of an exception, and a message.

use json::Value;

use crate::dialect::{retry_after, unreadable, without_account};
use crate::provider::Headers;
use crate::{ApiError, ErrorKind};

/// Reads the body of an error answer. Its exception is named in a header, or in the body.
pub(super) fn decode(status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let named = headers("x-amzn-errortype");
    let mut error = match Value::parse(text) {
        Ok(value) => {
            let within = ["__type", "code"].into_iter().find_map(|name| value.get(name).as_text());
            let within = within.map(|name| name.decode().into_owned());
            of_body(status, named.or(within).as_deref().unwrap_or_default(), &value)
        }
        Err(_) => of_message(status, named.as_deref().unwrap_or_default(), &unreadable(status, text)),
    };
    error.retry_after = retry_after(headers);
    error
}

/// Reads the body of an exception. `status` is below 400 where it has none of its own.
pub(super) fn of_body(status: u16, exception: &str, body: &Value<'_>) -> ApiError {
    let message = ["message", "Message", "originalMessage"].into_iter();
    let message = message.filter_map(|name| body.get(name).as_text()).find(|text| !text.is_blank());
    match message {
        Some(message) => of_message(status, exception, &message.decode()),
        None => of_message(status, exception, &unreadable(status, "")),
    }
}

/// The error of an exception whose message is known.
pub(super) fn of_message(status: u16, exception: &str, message: &str) -> ApiError {
    let kind = kind_of(exception).unwrap_or_else(|| match status {
        0..400 | 424 => ErrorKind::Server,
        _ => ErrorKind::of_status(status),
    });
    let status = match kind {
        // Amazon tells of its own failures, and of quotas, by statuses that blame the caller.
        ErrorKind::Server | ErrorKind::Timeout | ErrorKind::RateLimited if status < 500 => kind.status(),
        ErrorKind::Overloaded => kind.status(),
        _ if (400..600).contains(&status) => status,
        _ => kind.status(),
    };
    ApiError::new(status, kind, without_account(kind, &without_arns(message)))
}

/// What an exception means, by its name, behind which an address may stand and before which a namespace.
fn kind_of(exception: &str) -> Option<ErrorKind> {
    let name = exception.split(':').next().unwrap_or_default().trim();
    let name = name.rsplit('#').next().unwrap_or_default();
    let name = name.strip_suffix("Exception").unwrap_or(name);
    // Names begin with a capital in headers and with a small letter in streams.
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    let kinds = [
        ("Validation", ErrorKind::InvalidRequest),
        ("Conflict", ErrorKind::InvalidRequest),
        ("AccessDenied", ErrorKind::Permission),
        ("UnrecognizedClient", ErrorKind::Authentication),
        ("InvalidSignature", ErrorKind::Authentication),
        ("IncompleteSignature", ErrorKind::Authentication),
        ("ExpiredToken", ErrorKind::Authentication),
        ("MissingAuthenticationToken", ErrorKind::Authentication),
        ("InvalidClientTokenId", ErrorKind::Authentication),
        ("ResourceNotFound", ErrorKind::NotFound),
        ("Throttling", ErrorKind::RateLimited),
        ("TooManyRequests", ErrorKind::RateLimited),
        ("ServiceQuotaExceeded", ErrorKind::RateLimited),
        ("ModelTimeout", ErrorKind::Timeout),
        ("ModelNotReady", ErrorKind::Overloaded),
        ("ServiceUnavailable", ErrorKind::Overloaded),
        ("ModelError", ErrorKind::Server),
        ("ModelStreamError", ErrorKind::Server),
        ("InternalServer", ErrorKind::Server),
        ("InternalFailure", ErrorKind::Server),
    ];
    kinds.into_iter().find(|(known, _)| is(known)).map(|(_, kind)| kind)
}

/// A message without names of resources, which have the account's number in them.
fn without_arns(message: &str) -> String {
    let mut told = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, arn)) = rest.split_once("arn:aws") {
        told.push_str(before);
        told.push_str("***");
        let ends = |character: char| !(character.is_ascii_alphanumeric() || "-_.:/+=@*".contains(character));
        let name = arn.split(ends).next().unwrap_or_default().trim_end_matches(['.', ':']);
        rest = arn.strip_prefix(name).unwrap_or_default();
    }
    told.push_str(rest);
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, header: &str, body: &str, expect: (u16, ErrorKind, &str)) {
        let headers = |name: &str| (name == "x-amzn-errortype").then(|| header.to_owned());
        let error = decode(status, &headers, body.as_bytes());
        assert_eq!((error.status, error.kind, error.message.as_str()), expect, "{status} {header} {body}");
    }

    #[test]
    fn exceptions_are_known_by_their_names() {
        use ErrorKind as Kind;
        let body = r#"{"message":"why"}"#;
        for (status, name, expect, kind) in [
            (400, "ValidationException:http://internal.amazon.com/coral/", 400, Kind::InvalidRequest),
            (403, "AccessDeniedException", 403, Kind::Permission),
            (403, "UnrecognizedClientException", 403, Kind::Authentication),
            (404, "ResourceNotFoundException", 404, Kind::NotFound),
            (408, "ModelTimeoutException", 504, Kind::Timeout),
            (424, "ModelErrorException", 502, Kind::Server),
            (429, "ModelNotReadyException", 503, Kind::Overloaded),
            (429, "ThrottlingException:http:", 429, Kind::RateLimited),
            (400, "ServiceQuotaExceededException", 429, Kind::RateLimited),
            (500, "InternalServerException", 500, Kind::Server),
            (503, "ServiceUnavailableException", 503, Kind::Overloaded),
            (418, "TeapotException", 418, Kind::InvalidRequest),
            (424, "", 502, Kind::Server),
        ] {
            check(status, name, body, (expect, kind, "why"));
        }
        let within = r#"{"__type":"com.amazon.coral.service#ThrottlingException","Message":"slow"}"#;
        let error = decode(400, &|_| None, within.as_bytes());
        assert_eq!((error.status, error.message.as_str()), (429, "slow"));
    }

    #[test]
    fn bodies_that_say_nothing_are_read_by_their_status() {
        let silent = "the model's provider answered 503 without saying why";
        for body in ["{}", "<html>host</html>", "", r#"{"message":" "}"#] {
            check(503, "", body, (503, ErrorKind::Overloaded, silent));
        }
    }

    #[test]
    fn accounts_are_not_named() {
        let body = r#"{"message":"User: arn:aws:iam::123456789012:user/me is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/a.b-v1:0."}"#;
        let told = "User: *** is not authorized to perform: bedrock:InvokeModel on resource: ***.";
        check(403, "AccessDeniedException", body, (403, ErrorKind::Permission, told));
    }
}
