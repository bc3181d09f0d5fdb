//! Who may connect, and with which subprotocol: `origins` and `protocols`.

use super::check::{self, UpgradeErrorKind};
use crate::{web::host::is_labels, websocket::Options};
use http::{
    HeaderMap,
    header::{HOST, HeaderName, ORIGIN, SEC_WEBSOCKET_PROTOCOL},
};
use std::collections::HashSet;

const SAME_ORIGIN: &str = "same-origin";

/// Admits clients that send no `Origin`: programs other than browsers.
const NO_ORIGIN: &str = "no-origin";

/// Admits every page, and clients that send no `Origin`.
const ANY_ORIGIN: &str = "*";

/// Stands for one or more labels at the start of a host.
const ANY_LABELS: &str = "*.";

/// The maximum number of subprotocols: the position of the chosen subprotocol is stored in one byte.
const MAX_PROTOCOLS: usize = 255;

/// RFC 6455 §10.2: whether the list `origins` admits the `Origin` in `headers`. An empty list and `*` admit
/// every client. A client that sends no `Origin` is not a browser; it may also connect if `no-origin` is
/// listed.
pub(super) fn admits_origin(origins: &[&str], headers: &HeaderMap) -> bool {
    if matches!(origins, [] | [ANY_ORIGIN]) {
        return true;
    }
    if !headers.contains_key(ORIGIN) {
        return origins.contains(&NO_ORIGIN);
    }
    let Some(origin) = only(headers, ORIGIN) else {
        return false;
    };
    origins.iter().any(|allowed| {
        if *allowed == SAME_ORIGIN {
            only(headers, HOST).is_some_and(|host| is_same_origin(origin, host))
        } else if let Some((scheme, parent)) = subdomains_of(allowed) {
            is_subdomain(origin, scheme, parent)
        } else {
            *allowed != NO_ORIGIN && allowed.eq_ignore_ascii_case(origin)
        }
    })
}

/// Splits `https://*.example.com` into `https://` and `.example.com`. `None` for other entries.
fn subdomains_of(entry: &str) -> Option<(&str, &str)> {
    let (scheme, host) = entry.split_at(entry.find("://")? + "://".len());
    let parent = host.strip_prefix(ANY_LABELS)?;
    Some((scheme, &host[host.len() - parent.len() - 1..]))
}

/// Whether an origin is a subdomain of `parent`, at any depth. The whole origin is compared, so that
/// nothing can precede the labels or follow the port.
fn is_subdomain(origin: &str, scheme: &str, parent: &str) -> bool {
    let origin = origin.to_ascii_lowercase();
    let labels = origin
        .strip_prefix(scheme)
        .and_then(|host| host.strip_suffix(parent));
    labels.is_some_and(is_labels)
}

/// Whether an origin names the server's own `Host`. Both `http` and `https` match, because behind a proxy
/// the server does not know whether the page was loaded over TLS.
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

/// RFC 6455 §4.2.2: chooses the subprotocol. Returns its 1-based position in the server's list, or 0 if
/// the list is empty or the client offers none.
pub(super) fn choose_protocol(
    protocols: &[&str],
    headers: &HeaderMap,
) -> Result<u8, UpgradeErrorKind> {
    if protocols.is_empty() || !headers.contains_key(SEC_WEBSOCKET_PROTOCOL) {
        return Ok(0);
    }
    let mut offered = HashSet::new();
    for line in headers.get_all(SEC_WEBSOCKET_PROTOCOL) {
        let line = line.to_str().map_err(|_| UpgradeErrorKind::ProtocolList)?;
        let items = line.split(',').map(str::trim);
        for item in items.filter(|item| !item.is_empty()) {
            if !is_token(item) || !offered.insert(item) {
                return Err(UpgradeErrorKind::ProtocolList);
            }
        }
    }
    let position = protocols
        .iter()
        .position(|protocol| offered.contains(protocol));
    match position {
        Some(position) => Ok(position as u8 + 1),
        None if offered.is_empty() => Err(UpgradeErrorKind::ProtocolList),
        None => Err(UpgradeErrorKind::NoCommonProtocol),
    }
}

fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    check::only(headers, name)?.to_str().ok()
}

/// Whether `text` is a token (RFC 9110 §5.6.2).
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Describes the first problem in the lists `origins` and `protocols` of `options`.
pub(in crate::websocket) fn fault(options: &Options) -> Option<String> {
    let Options {
        origins, protocols, ..
    } = options;
    let fault = |name, problem: &str, value: &str| Some(format!("`{name}` {problem}: {value:?}"));
    if let Some(origin) = origins.iter().find(|origin| !is_origin(origin)) {
        let problem = "entries must be `*`, `same-origin`, `no-origin`, `https://*.example.com` for subdomains, or an origin as browsers send it, such as `https://example.com`";
        return fault("origins", problem, origin);
    }
    if origins.len() > 1 && origins.contains(&ANY_ORIGIN) {
        let fault = "`origins`: `*` admits every page: the other entries do nothing";
        return Some(fault.to_owned());
    }
    if let Some(origin) = repeated(origins) {
        return fault("origins", "has a duplicate entry", origin);
    }
    if let Some(protocol) = protocols.iter().find(|protocol| !is_token(protocol)) {
        let problem = "has an entry that is not a token (RFC 9110 §5.6.2)";
        return fault("protocols", problem, protocol);
    }
    if let Some(protocol) = repeated(protocols) {
        return fault("protocols", "has a duplicate entry", protocol);
    }
    (protocols.len() > MAX_PROTOCOLS)
        .then(|| format!("`protocols` must have at most {MAX_PROTOCOLS} entries"))
}

fn repeated<'l>(list: &[&'l str]) -> Option<&'l str> {
    let mut seen = HashSet::new();
    list.iter().copied().find(|item| !seen.insert(*item))
}

/// Whether an entry of `origins` is valid: a keyword, an origin (RFC 6454 §6.2: scheme, host, and the
/// port unless it is the scheme's default), or a subdomain pattern.
fn is_origin(origin: &str) -> bool {
    if [ANY_ORIGIN, SAME_ORIGIN, NO_ORIGIN].contains(&origin) {
        return true;
    }
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let authority = authority.strip_prefix(ANY_LABELS).unwrap_or(authority);
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
    fn a_client_without_an_origin_needs_the_entry_for_it() {
        let nobody = headers(&[(HOST, "me")]);
        assert!(admits_origin(&[SAME_ORIGIN, NO_ORIGIN], &nobody));
        assert!(!admits_origin(&[SAME_ORIGIN], &nobody));
        for origin in ["", "null", "no-origin", "https://other.example"] {
            let headers = headers(&[(ORIGIN, origin), (HOST, "me")]);
            assert!(!admits_origin(&[NO_ORIGIN], &headers), "{origin:?}");
        }
    }

    #[test]
    fn an_asterisk_admits_everybody() {
        for origin in ["https://other.example", "null", ""] {
            assert!(admits_origin(&[ANY_ORIGIN], &headers(&[(ORIGIN, origin)])));
        }
        assert!(admits_origin(&[ANY_ORIGIN], &headers(&[])));
        let listed = &["https://*.example.com", NO_ORIGIN];
        let asterisk = headers(&[(ORIGIN, ANY_ORIGIN)]);
        assert!(!admits_origin(listed, &asterisk));
    }

    #[test]
    fn subdomains_are_anchored_at_both_ends() {
        let listed = &["https://*.example.com", "http://*.local:3000"];
        for origin in [
            "https://a.example.com",
            "https://pr-12.preview.example.com",
            "HTTPS://A.Example.COM",
            "http://my_app.local:3000",
        ] {
            let headers = headers(&[(ORIGIN, origin)]);
            assert!(admits_origin(listed, &headers), "{origin}");
        }
        for origin in [
            "https://example.com",
            "https://.example.com",
            "https://a..example.com",
            "https://aexample.com",
            "https://evil-example.com",
            "https://a.example.com.evil",
            "https://a.example.com:8443",
            "https://a.example.com@evil",
            "https://evil/a.example.com",
            "https://evil/.example.com",
            "https://evil?.example.com",
            "https://evil#.example.com",
            "https://evil@a.example.com",
            "https://user:pass@a.example.com",
            "https://evil\\.example.com",
            "https://*.example.com",
            "https://a%2eb.example.com",
            "http://a.example.com",
            "ftp://a.example.com",
            "http://a.local",
            "http://a.local:30000",
            "null",
        ] {
            let headers = headers(&[(ORIGIN, origin)]);
            assert!(!admits_origin(listed, &headers), "{origin}");
        }
    }

    #[test]
    fn an_entry_is_an_origin_or_a_pattern_of_one() {
        for entry in [
            "https://*.example.com",
            "http://*.local:3000",
            ANY_ORIGIN,
            NO_ORIGIN,
            SAME_ORIGIN,
        ] {
            assert!(is_origin(entry), "{entry}");
        }
        for entry in [
            "**",
            "*.example.com",
            "https://*",
            "https://*.",
            "https://a.*.example.com",
            "https://*example.com",
            "https://*.*.example.com",
            "https://*.example.com/",
            "https://*.example.com:443",
            "https://*.user@example.com",
        ] {
            assert!(!is_origin(entry), "{entry}");
        }
    }

    #[test]
    fn the_servers_preference_decides() {
        let ours = &["v2", "v1"];
        let choose = |list: &[(HeaderName, &'static str)]| choose_protocol(ours, &headers(list));
        let offer = |value| (SEC_WEBSOCKET_PROTOCOL, value);
        assert_eq!(choose(&[]), Ok(0));
        assert_eq!(choose(&[offer("v1, v2")]), Ok(1));
        assert_eq!(choose(&[offer("v3"), offer("v1")]), Ok(2));
        assert_eq!(
            choose(&[offer("V1")]),
            Err(UpgradeErrorKind::NoCommonProtocol)
        );
        assert_eq!(
            choose(&[offer("v1, v1")]),
            Err(UpgradeErrorKind::ProtocolList)
        );
        assert_eq!(
            choose(&[offer("v1 v2")]),
            Err(UpgradeErrorKind::ProtocolList)
        );
        assert_eq!(choose(&[offer(", ,")]), Err(UpgradeErrorKind::ProtocolList));
    }
}
