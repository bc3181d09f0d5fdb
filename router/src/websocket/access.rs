//! Who may connect, and with which subprotocol: `origins` and `protocols`.

use super::{
    Options,
    handshake::{self, Kind},
};
use http::{
    HeaderMap,
    header::{HOST, HeaderName, ORIGIN, SEC_WEBSOCKET_PROTOCOL},
};
use std::collections::HashSet;

const SAME_ORIGIN: &str = "same-origin";

/// The most subprotocols: one is kept as a number of one byte.
const MAX_PROTOCOLS: usize = 255;

/// RFC 6455 §10.2: whether a page of this origin may connect. One that doesn't say where it comes
/// from may not, since no browser leaves that out.
pub(super) fn admits_origin(origins: &[&str], headers: &HeaderMap) -> bool {
    if origins.is_empty() {
        return true;
    }
    let Some(origin) = only(headers, ORIGIN) else {
        return false;
    };
    origins.iter().any(|allowed| {
        if *allowed == SAME_ORIGIN {
            only(headers, HOST).is_some_and(|host| is_same_origin(origin, host))
        } else {
            allowed.eq_ignore_ascii_case(origin)
        }
    })
}

/// Behind a proxy the server doesn't know whether the page came by TLS: either scheme is its own.
fn is_same_origin(origin: &str, host: &str) -> bool {
    [("http://", ":80"), ("https://", ":443")]
        .iter()
        .any(|(scheme, port)| {
            let authority = origin
                .get(..scheme.len())
                .filter(|start| start.eq_ignore_ascii_case(scheme))
                .map(|_| &origin[scheme.len()..]);
            let without = |authority: &'_ str| {
                let end = authority.strip_suffix(port).unwrap_or(authority).len();
                authority[..end].to_ascii_lowercase()
            };
            authority.is_some_and(|authority| without(authority) == without(host))
        })
}

/// RFC 6455 §4.2.2: the subprotocol, as its place in the server's list, the first being 1; 0 if the
/// client offers none.
pub(super) fn choose_protocol(protocols: &[&str], headers: &HeaderMap) -> Result<u8, Kind> {
    if protocols.is_empty() || !headers.contains_key(SEC_WEBSOCKET_PROTOCOL) {
        return Ok(0);
    }
    let mut offered = HashSet::new();
    for line in headers.get_all(SEC_WEBSOCKET_PROTOCOL) {
        let line = line.to_str().map_err(|_| Kind::ProtocolList)?;
        let items = line.split(',').map(str::trim);
        for item in items.filter(|item| !item.is_empty()) {
            if !is_token(item) || !offered.insert(item) {
                return Err(Kind::ProtocolList);
            }
        }
    }
    let position = protocols
        .iter()
        .position(|protocol| offered.contains(protocol));
    match position {
        Some(position) => Ok(position as u8 + 1),
        None if offered.is_empty() => Err(Kind::ProtocolList),
        None => Err(Kind::NoCommonProtocol),
    }
}

fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    handshake::only(headers, name)?.to_str().ok()
}

/// RFC 9110 §5.6.2.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// What is wrong with the lists of `options`.
pub(super) fn fault(options: &Options) -> Option<String> {
    let Options {
        origins, protocols, ..
    } = options;
    let fault = |name, problem: &str, value: &str| Some(format!("`{name}` {problem}: {value:?}"));
    if let Some(origin) = origins.iter().find(|origin| !is_origin(origin)) {
        let problem = "must be `same-origin` or as browsers send them, `https://example.com`";
        return fault("origins", problem, origin);
    }
    if let Some(origin) = repeated(origins) {
        return fault("origins", "has one twice", origin);
    }
    if let Some(protocol) = protocols.iter().find(|protocol| !is_token(protocol)) {
        return fault("protocols", "must be tokens", protocol);
    }
    if let Some(protocol) = repeated(protocols) {
        return fault("protocols", "has one twice", protocol);
    }
    (protocols.len() > MAX_PROTOCOLS)
        .then(|| format!("`protocols` must be at most {MAX_PROTOCOLS}"))
}

fn repeated<'l>(list: &[&'l str]) -> Option<&'l str> {
    let mut seen = HashSet::new();
    list.iter().copied().find(|item| !seen.insert(*item))
}

/// RFC 6454 §6.2: scheme, host, and a port that isn't the scheme's own.
fn is_origin(origin: &str) -> bool {
    if origin == SAME_ORIGIN {
        return true;
    }
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b));
    let is_default = match scheme {
        "http" => authority.ends_with(":80"),
        "https" => authority.ends_with(":443"),
        _ => false,
    };
    let is_authority = !authority.is_empty()
        && authority
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase() && !b"/?#@*".contains(&b));
    is_scheme && is_authority && !is_default
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(list: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn an_origin_is_listed_or_the_servers_own() {
        let listed = &["https://good.example", SAME_ORIGIN];
        for (origin, host, admitted) in [
            ("https://good.example", "x", true),
            ("HTTPS://Good.Example", "x", true),
            ("https://good.example.evil", "x", false),
            ("https://evil/https://good.example", "x", false),
            ("http://good.example", "x", false),
            ("null", "null", false),
            ("http://me:3000", "me:3000", true),
            ("http://me", "me:80", true),
            ("https://Me:443", "me", true),
            ("http://me:3001", "me:3000", false),
            ("ftp://me", "me", false),
            ("me", "me", false),
        ] {
            let headers = headers(&[(ORIGIN, origin), (HOST, host)]);
            assert_eq!(
                admits_origin(listed, &headers),
                admitted,
                "{origin} at {host}"
            );
        }
        assert!(!admits_origin(listed, &headers(&[(HOST, "me")])));
        let twice = [
            (ORIGIN, "https://good.example"),
            (ORIGIN, "https://good.example"),
        ];
        assert!(!admits_origin(listed, &headers(&twice)));
        assert!(admits_origin(&[], &headers(&[])));
    }

    #[test]
    fn the_servers_preference_decides() {
        let ours = &["v2", "v1"];
        let choose = |list: &[(HeaderName, &'static str)]| choose_protocol(ours, &headers(list));
        let offer = |value| (SEC_WEBSOCKET_PROTOCOL, value);
        assert_eq!(choose(&[]), Ok(0));
        assert_eq!(choose(&[offer("v1, v2")]), Ok(1));
        assert_eq!(choose(&[offer("v3"), offer("v1")]), Ok(2));
        assert_eq!(choose(&[offer("V1")]), Err(Kind::NoCommonProtocol));
        assert_eq!(choose(&[offer("v1, v1")]), Err(Kind::ProtocolList));
        assert_eq!(choose(&[offer("v1 v2")]), Err(Kind::ProtocolList));
        assert_eq!(choose(&[offer(", ,")]), Err(Kind::ProtocolList));
    }
}
