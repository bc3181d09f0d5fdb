//! The hosts that an app serves.

use crate::web::host::{is_host, is_labels, without_port};
use std::net::Ipv6Addr;

/// The entries of [`Router::hosts`](crate::Router::hosts), in lower case.
#[derive(Default)]
pub(super) struct Hosts(Vec<String>);

impl Hosts {
    pub(super) fn new(entries: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let lower = |entry: String| entry.to_ascii_lowercase();
        Self(entries.into_iter().map(Into::into).map(lower).collect())
    }

    /// Returns what is wrong with the entries, if anything is.
    pub(super) fn fault(&self) -> Option<String> {
        if self.0.is_empty() {
            return Some("`hosts` must name at least one host".to_owned());
        }
        let is_entry = |entry: &&String| {
            let parent = entry.strip_prefix("*.");
            let host = parent.unwrap_or(entry);
            let name = without_port(host);
            let is_name = is_labels(name) || (parent.is_none() && address(name).is_some());
            is_host(host) && is_name && !host.ends_with(':')
        };
        let wrong = self.0.iter().find(|entry| !is_entry(entry));
        wrong.map(|entry| {
            format!("`hosts` must be names such as `example.com`, `*.example.com` or `localhost:3000`: {entry:?}")
        })
    }

    /// Whether an entry matches `host`. An entry without a port matches every port.
    pub(super) fn admit(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        // RFC 1034 §3.1: a final dot denotes the root, and the name is the same without it.
        let name = without_port(&host);
        let port = &host[name.len()..];
        let name = name.strip_suffix('.').unwrap_or(name);
        self.0.iter().any(|entry| {
            let entry_name = without_port(entry);
            let entry_port = &entry[entry_name.len()..];
            (entry_port.is_empty() || entry_port == port)
                && match entry_name.strip_prefix('*') {
                    // The asterisk stands for one or more labels.
                    Some(parent) => name.strip_suffix(parent).is_some_and(is_labels),
                    None => name == entry_name || is_same_address(name, entry_name),
                }
        })
    }
}

/// Parses a name as an IPv6 address in brackets.
fn address(name: &str) -> Option<Ipv6Addr> {
    name.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// Whether both names are the same IPv6 address, which can be written in several forms.
fn is_same_address(name: &str, other: &str) -> bool {
    let name = address(name);
    name.is_some() && name == address(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_listed_or_below_one_that_is() {
        let hosts = Hosts::new(["Example.com", "*.example.org", "localhost:3000", "[::1]"]);
        assert_eq!(hosts.fault(), None);
        for host in [
            "example.com",
            "EXAMPLE.COM:8080",
            "example.com.",
            "a.example.org",
            "a.b.example.org:80",
            "localhost:3000",
            "[::1]:3000",
        ] {
            assert!(hosts.admit(host), "{host}");
        }
        for host in [
            "example.com.evil",
            "evilexample.com",
            "www.example.com",
            "example.org",
            ".example.org",
            "a..example.org",
            "evilexample.org",
            "localhost",
            "localhost:3001",
            "127.0.0.1",
            "[::2]",
        ] {
            assert!(!hosts.admit(host), "{host}");
        }
    }

    #[test]
    fn entries_are_hosts() {
        for wrong in [
            "",
            "*",
            "*.",
            "https://example.com",
            "a/b",
            "a b",
            "*.*.com:",
            "a:",
        ] {
            assert!(Hosts::new([wrong]).fault().is_some(), "{wrong}");
        }
        assert!(Hosts::new([""; 0]).fault().is_some());
    }
}
