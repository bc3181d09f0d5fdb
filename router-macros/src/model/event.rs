//! The events of a socket, and the arguments of their handlers.

/// An event that a method can handle: the word in `#[on(…)]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    Upgrade,
    Open,
    Message,
    Text,
    Binary,
    Ping,
    Pong,
    Lagged,
    Drain,
    Close,
    Error,
}

impl Event {
    pub(crate) const ALL: [Self; 11] = [
        Self::Upgrade,
        Self::Open,
        Self::Message,
        Self::Text,
        Self::Binary,
        Self::Ping,
        Self::Pong,
        Self::Lagged,
        Self::Drain,
        Self::Close,
        Self::Error,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Open => "open",
            Self::Message => "message",
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Ping => "ping",
            Self::Pong => "pong",
            Self::Lagged => "lagged",
            Self::Drain => "drain",
            Self::Close => "close",
            Self::Error => "error",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }

    /// The event that corresponds to a word used by other frameworks.
    pub(crate) fn meant_by(word: &str) -> Option<Self> {
        match word {
            "connect" | "connection" | "connected" => Some(Self::Open),
            "disconnect" | "disconnected" | "end" => Some(Self::Close),
            "data" | "receive" => Some(Self::Message),
            _ => None,
        }
    }

    /// The functions of the runtime's trait that call a handler of this event. `upgrade` has none,
    /// because it runs as part of a route, before the socket exists.
    pub(crate) fn slots(self) -> &'static [Slot] {
        match self {
            Self::Upgrade => &[],
            Self::Open => &[Slot::Open],
            Self::Message => &[Slot::Text, Slot::Binary],
            Self::Text => &[Slot::Text],
            Self::Binary => &[Slot::Binary],
            Self::Ping => &[Slot::Ping],
            Self::Pong => &[Slot::Pong],
            Self::Lagged => &[Slot::Lagged],
            Self::Drain => &[Slot::Drain],
            Self::Close => &[Slot::Close],
            Self::Error => &[Slot::Error],
        }
    }

    /// The arguments that a handler may take after the socket, as they are usually written.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Upgrade | Self::Open | Self::Drain => &[],
            Self::Message => &["message: Message<'_>"],
            Self::Text => &["text: &str"],
            Self::Binary => &["bytes: &[u8]"],
            Self::Ping | Self::Pong => &["payload: &[u8]"],
            Self::Lagged => &["missed: u64"],
            Self::Close => &["code: CloseCode", "reason: &str"],
            Self::Error => &["error: SocketError"],
        }
    }

    /// The longest signature that a handler may have.
    pub(crate) fn usage(self, handler: &str, data: &str) -> String {
        let mut usage = format!("fn {handler}(&self, ws: &mut Socket<{data}>");
        for argument in self.arguments() {
            usage.push_str(", ");
            usage.push_str(argument);
        }
        usage.push(')');
        usage
    }
}

/// A function of the runtime's trait `WebSocket`.
#[derive(Clone, Copy)]
pub(crate) enum Slot {
    Open,
    Text,
    Binary,
    Ping,
    Pong,
    Lagged,
    Drain,
    Close,
    Error,
}

impl Slot {
    /// The name of the function, and the runtime's name for the event.
    pub(crate) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Open => ("open", "Open"),
            Self::Text => ("text", "Text"),
            Self::Binary => ("binary", "Binary"),
            Self::Ping => ("ping", "Ping"),
            Self::Pong => ("pong", "Pong"),
            Self::Lagged => ("lagged", "Lagged"),
            Self::Drain => ("drain", "Drain"),
            Self::Close => ("close", "Close"),
            Self::Error => ("error", "Error"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_events() {
        for event in Event::ALL {
            assert_eq!(Event::from_name(event.name()), Some(event));
        }
        assert_eq!(Event::from_name("mesage"), None);
    }

    #[test]
    fn usage_shows_the_whole_signature() {
        assert_eq!(
            Event::Close.usage("bye", "User"),
            "fn bye(&self, ws: &mut Socket<User>, code: CloseCode, reason: &str)"
        );
        assert_eq!(
            Event::Open.usage("hello", "()"),
            "fn hello(&self, ws: &mut Socket<()>)"
        );
    }
}
