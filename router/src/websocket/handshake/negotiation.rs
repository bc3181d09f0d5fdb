//! Negotiation of permessage-deflate (RFC 7692 §5 and §7.1).

use super::access::{is_token, is_token_byte};
use crate::{
    frame::Inflation,
    websocket::{Compression, PerMessageDeflate},
};
use http::{HeaderMap, HeaderValue, header::SEC_WEBSOCKET_EXTENSIONS};
use std::borrow::Cow;

/// The negotiated parameters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Agreement {
    /// The value of `Sec-WebSocket-Extensions` in the response.
    pub(super) answer: HeaderValue,
    /// The window size of the server's compressor, in bits; 0 if the server does not compress.
    pub(super) window: u8,
    /// Whether the server's messages may refer to earlier messages.
    pub(super) takeover: bool,
    pub(super) inflation: Inflation,
}

/// Accepts the first acceptable offer and declines the offers before it. If no offer is acceptable, the
/// handshake continues without the extension (RFC 7692 §5).
pub(super) fn negotiate(ours: PerMessageDeflate, headers: &HeaderMap) -> Option<Agreement> {
    if !ours.enabled {
        return None;
    }
    headers
        .get_all(SEC_WEBSOCKET_EXTENSIONS)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| Reader { rest: line })
        .filter(|extension| extension.name.eq_ignore_ascii_case("permessage-deflate"))
        .find_map(|extension| Offer::read(&extension.parameters)?.accept(ours))
}

/// The parameters of an offer (RFC 7692 §7.1).
#[derive(Default)]
struct Offer {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<u8>,
    /// `Some(None)` if the parameter has no value: the client leaves the choice to the server.
    client_max_window_bits: Option<Option<u8>>,
}

impl Offer {
    /// Returns `None` if a parameter is unknown, occurs twice, or has an invalid value.
    fn read(parameters: &[Parameter<'_>]) -> Option<Self> {
        let mut offer = Self::default();
        for (name, value) in parameters {
            let value = value.as_deref();
            let fresh = match &*name.to_ascii_lowercase() {
                "server_no_context_takeover" if value.is_none() => {
                    !std::mem::replace(&mut offer.server_no_context_takeover, true)
                }
                "client_no_context_takeover" if value.is_none() => {
                    !std::mem::replace(&mut offer.client_no_context_takeover, true)
                }
                "server_max_window_bits" => {
                    let bits = window_bits(value?)?;
                    offer.server_max_window_bits.replace(bits).is_none()
                }
                "client_max_window_bits" => {
                    let bits = match value {
                        Some(value) => Some(window_bits(value)?),
                        None => None,
                    };
                    offer.client_max_window_bits.replace(bits).is_none()
                }
                _ => false,
            };
            if !fresh {
                return None;
            }
        }
        Some(offer)
    }

    fn accept(self, ours: PerMessageDeflate) -> Option<Agreement> {
        let PerMessageDeflate {
            compress,
            decompress,
            ..
        } = ours;
        // The offer is declined, because the encoder does not support a window of 8 bits, and a larger
        // window would exceed the client's limit.
        if self.server_max_window_bits == Some(8) {
            return None;
        }
        let mut answer = String::from("permessage-deflate");

        let takeover = compress.has_history() && !self.server_no_context_takeover;
        if self.server_no_context_takeover || compress == Compression::Shared {
            answer.push_str("; server_no_context_takeover");
        }

        let asked = self.client_max_window_bits;
        let window = asked.map(|asked| asked.unwrap_or(15).min(decompress.inflater_window()));
        // If the client did not offer to limit its window, the server must not ask for a smaller window. A
        // server with a smaller inflater then tells the client not to refer to earlier messages.
        let fresh = !decompress.has_history()
            || self.client_no_context_takeover
            || (decompress.inflater_window() < 15 && window.is_none());
        if fresh {
            answer.push_str("; client_no_context_takeover");
        }

        let own = compress
            .compressor_window()
            .min(self.server_max_window_bits.unwrap_or(15));
        if own < 15 || self.server_max_window_bits.is_some() {
            answer.push_str(&format!("; server_max_window_bits={own}"));
        }
        if let Some(bits @ ..15) = window.filter(|_| decompress.has_history()) {
            answer.push_str(&format!("; client_max_window_bits={bits}"));
        }

        Some(Agreement {
            answer: HeaderValue::try_from(answer).ok()?,
            window: if compress == Compression::Disabled {
                0
            } else {
                own
            },
            takeover,
            inflation: if fresh {
                Inflation::Fresh
            } else {
                Inflation::Takeover
            },
        })
    }
}

/// Parses a window size (RFC 7692 §7.1.2): a decimal number from 8 to 15 without leading zeros.
fn window_bits(value: &str) -> Option<u8> {
    let bits: u8 = value.parse().ok().filter(|bits| (8..=15).contains(bits))?;
    (bits.to_string() == value).then_some(bits)
}

type Parameter<'h> = (&'h str, Option<Cow<'h, str>>);

struct Extension<'h> {
    name: &'h str,
    parameters: Vec<Parameter<'h>>,
}

/// Iterates over the extensions of a header line (RFC 6455 §9.1), up to the first that cannot be parsed.
struct Reader<'h> {
    rest: &'h str,
}

impl<'h> Iterator for Reader<'h> {
    type Item = Extension<'h>;

    fn next(&mut self) -> Option<Extension<'h>> {
        // Elements of a list may be empty (RFC 9110 §5.6.1.2).
        while self.eat(',') {}
        let extension = self.extension();
        if extension.is_none() || !(self.rest.is_empty() || self.eat(',')) {
            self.rest = "";
            return None;
        }
        extension
    }
}

impl<'h> Reader<'h> {
    fn extension(&mut self) -> Option<Extension<'h>> {
        let name = self.token()?;
        let mut parameters = Vec::new();
        while self.eat(';') {
            let name = self.token()?;
            let value = if self.eat('=') {
                Some(self.value()?)
            } else {
                None
            };
            parameters.push((name, value));
        }
        Some(Extension { name, parameters })
    }

    fn token(&mut self) -> Option<&'h str> {
        self.skip_space();
        let end = self.rest.bytes().position(|byte| !is_token_byte(byte));
        let (token, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        self.skip_space();
        (!token.is_empty()).then_some(token)
    }

    /// Reads a token or a quoted token (RFC 6455 §9.1).
    fn value(&mut self) -> Option<Cow<'h, str>> {
        self.skip_space();
        let Some(quoted) = self.rest.strip_prefix('"') else {
            return self.token().map(Cow::Borrowed);
        };
        let mut value = String::new();
        let mut chars = quoted.char_indices();
        loop {
            match chars.next()? {
                (at, '"') => {
                    self.rest = &quoted[at + 1..];
                    self.skip_space();
                    return is_token(&value).then_some(Cow::Owned(value));
                }
                (_, '\\') => value.push(chars.next()?.1),
                (_, other) => value.push(other),
            }
        }
    }

    fn eat(&mut self, sign: char) -> bool {
        self.skip_space();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }
}

#[cfg(test)]
#[path = "negotiation_tests.rs"]
mod tests;
