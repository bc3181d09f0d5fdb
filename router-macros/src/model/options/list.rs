//! Lists of strings: `origins` and `protocols`.

use crate::diagnostics::{DiagnosticText, message};

/// An option whose value is a list of distinct strings.
pub(crate) struct List {
    /// Returns the error message for an invalid string.
    pub(crate) check: fn(&str) -> Option<DiagnosticText>,
    /// The error message for an empty list.
    pub(crate) empty: &'static str,
    pub(crate) most: usize,
    /// A string that cannot have other elements beside it, and the error message if it does.
    pub(crate) alone: Option<(&'static str, &'static str)>,
}

pub(super) static ORIGINS: List = List {
    check: origin,
    empty: "`origins` cannot be empty: no client could connect",
    most: usize::MAX,
    alone: Some(("*", "`*` admits every page: the other entries do nothing")),
};

pub(super) static PROTOCOLS: List = List {
    check: protocol,
    empty: "`protocols` cannot be empty: there would be no subprotocol to negotiate",
    most: 255,
    alone: None,
};

/// Checks an origin: scheme, host, and a port unless it is the scheme's default (RFC 6454 §6.2).
fn origin(text: &str) -> Option<DiagnosticText> {
    match text {
        "*" | "same-origin" | "no-origin" => return None,
        "null" => {
            let note = "browsers send `null` for pages without an origin, so it would admit pages \
                        from anyone";
            return Some(message("`origins` cannot contain `null`").note(note));
        }
        _ => {}
    }
    let help = "write the origin as browsers send it, `https://example.com` or `http://localhost:3000`; \
                or `https://*.example.com` for subdomains, `same-origin`, `no-origin` for clients \
                other than browsers, or `*` alone for every page";
    let fault = |why: &str| Some(message(format!("`{text}` is not an origin: {why}")).help(help));
    let Some((scheme, authority)) = text.split_once("://") else {
        return fault("it has no scheme");
    };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    if !is_scheme {
        return fault("its scheme is not valid");
    }
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        return fault("it must be in lower case");
    }
    if authority.contains(['/', '?', '#']) {
        return fault("it must end after the host and port");
    }
    if matches!(scheme, "http" if authority.ends_with(":80"))
        || matches!(scheme, "https" if authority.ends_with(":443"))
    {
        return fault("browsers omit the default port of the scheme");
    }
    let host = authority.strip_prefix("*.").unwrap_or(authority);
    let is_authority = host
        .bytes()
        .all(|b| b.is_ascii_graphic() && !b"@*".contains(&b));
    if authority.contains('*') && host.contains('*') {
        return fault("`*` can only replace whole labels at the start of the host");
    }
    if host.is_empty() || !is_authority {
        return fault("its host is not valid");
    }
    None
}

/// Checks a subprotocol, which must be a token (RFC 6455 §4.1).
fn protocol(text: &str) -> Option<DiagnosticText> {
    let is_token = !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    let help = "use letters, digits, `-`, `.` and `_`, without spaces: `chat.v2`";
    (!is_token).then(|| message(format!("`{text:?}` is not a subprotocol")).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_as_browsers_send_them() {
        for text in [
            "*",
            "same-origin",
            "no-origin",
            "https://*.example.com",
            "http://*.localhost:3000",
            "https://example.com",
            "http://localhost:3000",
            "https://[::1]:8443",
            "chrome-extension://abcdef",
        ] {
            assert!(origin(text).is_none(), "{text}");
        }
        for text in [
            "",
            "**",
            "null",
            "example.com",
            "://example.com",
            "https://",
            "https://Example.com",
            "https://example.com/",
            "https://example.com:443",
            "http://example.com:80",
            "https://*",
            "https://*.",
            "https://*example.com",
            "https://a.*.example.com",
            "https://*.*.example.com",
            "https://*.example.com/",
            "https://me@example.com",
            "https://exa mple.com",
        ] {
            assert!(origin(text).is_some(), "{text}");
        }
    }

    #[test]
    fn protocols_are_tokens() {
        assert!(protocol("chat.v2").is_none());
        for text in ["", "chat v2", "a,b", "é"] {
            assert!(protocol(text).is_some(), "{text}");
        }
    }
}
