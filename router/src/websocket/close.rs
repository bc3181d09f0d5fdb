//! Close codes and reasons (RFC 6455 §5.5.1 and §7.4).

use crate::{
    frame::{MAX_CONTROL_PAYLOAD, Violation},
    log,
};
use tungstenite::protocol::frame::coding::CloseCode;

/// Parses the code and reason of the peer's Close frame. The code is [`CloseCode::Status`] (1005) if the
/// payload is empty.
pub(crate) fn parse(payload: &[u8]) -> Result<(CloseCode, &str), Violation> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return if payload.is_empty() {
            Ok((CloseCode::Status, ""))
        } else {
            Err(Violation::protocol(
                "a Close frame must have an empty payload or start with a code",
            ))
        };
    };
    let code = CloseCode::from(u16::from_be_bytes(*code));
    if !may_be_sent(code) {
        return Err(Violation::protocol("this close code must not be sent"));
    }
    match std::str::from_utf8(reason) {
        Ok(reason) => Ok((code, reason)),
        Err(_) => Err(Violation {
            reason: "close reason is not valid UTF-8",
            ..Violation::BAD_TEXT
        }),
    }
}

/// Returns the code to send for a code that the user chose. 1005 stands for a Close frame without a code
/// and is returned unchanged. Any other code that must not be sent (RFC 6455 §7.4) becomes 1011.
pub(crate) fn sendable(code: CloseCode) -> CloseCode {
    if code == CloseCode::Status || may_be_sent(code) {
        return code;
    }
    log::limited!(
        warn,
        code = u16::from(code),
        "this close code must not be sent; 1011 is sent instead"
    );
    CloseCode::Error
}

/// Whether a code may be sent: the codes of RFC 6455 §7.4, and 1012 to 1014 of the IANA registry.
/// `CloseCode::is_allowed` is not used because it rejects 1014.
fn may_be_sent(code: CloseCode) -> bool {
    matches!(u16::from(code), 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Truncates a reason to the 123 bytes that fit in a Close frame, at a character boundary.
pub(crate) fn cut(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(MAX_CONTROL_PAYLOAD - 2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6455_7_4_codes_on_the_wire() {
        for code in [
            1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999,
        ] {
            let payload = u16::to_be_bytes(code);
            assert_eq!(parse(&payload).unwrap(), (CloseCode::from(code), ""));
            assert_eq!(sendable(CloseCode::from(code)), CloseCode::from(code));
        }
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
            assert_eq!(
                parse(&u16::to_be_bytes(code)).unwrap_err().code,
                CloseCode::Protocol
            );
            if code != 1005 {
                assert_eq!(sendable(CloseCode::from(code)), CloseCode::Error);
            }
        }
        assert_eq!(parse(&[]).unwrap(), (CloseCode::Status, ""));
        assert_eq!(parse(&[3]).unwrap_err().code, CloseCode::Protocol);
        assert_eq!(parse(&[3, 232, 0xFF]).unwrap_err().code, CloseCode::Invalid);
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        assert_eq!(cut(&"x".repeat(200)).len(), 123);
        assert_eq!(cut(&"é".repeat(100)).len(), 122);
        assert_eq!(cut("bye"), "bye");
    }
}
