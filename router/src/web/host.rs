//! The host to which a request is addressed: its `Host`.

use http::{Version, header::HOST, request::Parts, uri::Authority};

/// The reason why a request's `Host` is not valid (RFC 9112 §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HostFault {
    #[error("the `Host` header is missing")]
    Missing,
    #[error("a request must have exactly one `Host` header")]
    Repeated,
    #[error("the `Host` header must be a host with an optional port")]
    Invalid,
    #[error("the authority of the request target must be a host with an optional port")]
    InvalidTarget,
}

/// Returns the host to which a request is addressed, including the port if there is one. `None` if an
/// HTTP/1.0 request does not name a host.
///
/// # Errors
///
/// Returns an error if the `Host` is not valid. RFC 9112 §3.2: the response is a 400.
pub(crate) fn of(request: &Parts) -> Result<Option<&str>, HostFault> {
    let mut lines = request.headers.get_all(HOST).iter();
    let host = match lines.next() {
        Some(host) => {
            let host = host.to_str().ok().filter(|host| is_host(host));
            Some(host.ok_or(HostFault::Invalid)?)
        }
        None if request.version < Version::HTTP_11 => None,
        // RFC 9113 §8.3.1: the host of an HTTP/2 request is in its target.
        None if request.version > Version::HTTP_11 && request.uri.authority().is_some() => None,
        None => return Err(HostFault::Missing),
    };
    if lines.next().is_some() {
        return Err(HostFault::Repeated);
    }
    // RFC 9112 §3.2.2: a host in the request's target takes precedence over the header. RFC 9110 §4.2.4:
    // a target with user information is an error, because the user information can look like another
    // host.
    match request.uri.authority().map(Authority::as_str) {
        Some(authority) if is_host(authority) => Ok(Some(authority)),
        Some(_) => Err(HostFault::InvalidTarget),
        None => Ok(host),
    }
}

/// Returns the host without the port.
pub(crate) fn without_port(host: &str) -> &str {
    let end = match host.strip_prefix('[') {
        // An IPv6 address contains colons itself.
        Some(_) => host.find(']').map(|end| end + 1),
        // Host names are short: a search routine optimized for long texts would take longer.
        None => host.bytes().rposition(|byte| byte == b':'),
    };
    &host[..end.unwrap_or(host.len())]
}

/// Whether the host is valid by RFC 3986 §3.2.2 and §3.2.3, except that a comma is not allowed: the
/// value `a, a` is two headers combined into one.
pub(crate) fn is_host(host: &str) -> bool {
    // A fast path, because every request has a host: a host without a port or other special characters is
    // scanned only once.
    let is_plain = |byte: u8| IN_NAMES[usize::from(byte)];
    if !host.is_empty() && host.bytes().all(is_plain) {
        return true;
    }
    let name = without_port(host);
    let port = &host[name.len()..];
    let is_port = match port.strip_prefix(':') {
        Some(digits) => {
            let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.is_empty() || (are_digits && digits.parse::<u16>().is_ok())
        }
        None => port.is_empty(),
    };
    is_port && is_name(name)
}

fn is_name(name: &str) -> bool {
    if let Some(address) = name.strip_prefix('[') {
        let address = address.strip_suffix(']');
        return address.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
    }
    let mut bytes = name.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit = || bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit());
            if !digit() || !digit() {
                return false;
            }
        } else if !IN_NAMES[usize::from(byte)] {
            return false;
        }
    }
    !name.is_empty()
}

/// The bytes that may occur in a host name without percent-encoding.
const IN_NAMES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+'
            | b';' | b'=' => true,
            byte => byte.is_ascii_alphanumeric(),
        };
        byte += 1;
    }
    table
};

/// Whether the text consists of host name labels separated by dots.
pub(crate) fn is_labels(text: &str) -> bool {
    text.split('.').all(|label| {
        let is_label = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        !label.is_empty() && label.bytes().all(is_label)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_and_perhaps_a_port() {
        for host in [
            "localhost",
            "example.com:8080",
            "example.com:",
            "my_service.internal",
            "127.0.0.1:3000",
            "[::1]",
            "[2001:db8::1]:443",
            "xn--bcher-kva.example",
        ] {
            assert!(is_host(host), "{host}");
        }
        for host in [
            "",
            ":80",
            "a b",
            "a/b",
            "a, a",
            "a,a",
            "a@b",
            "a:b",
            "a:80:80",
            "a:99999",
            "::1",
            "[::1",
            "[x]",
            "[::1]x",
            "a?b",
            "a#b",
            "http://a",
            "%4",
            "bücher.example",
        ] {
            assert!(!is_host(host), "{host}");
        }
    }

    #[test]
    fn a_port_is_cut_off() {
        assert_eq!(without_port("a:80"), "a");
        assert_eq!(without_port("a"), "a");
        assert_eq!(without_port("[::1]:80"), "[::1]");
        assert_eq!(without_port("[::1]"), "[::1]");
    }
}
