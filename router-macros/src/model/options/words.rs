//! Options whose value is one of a few words: `on_slow` and `on_flood`.

/// An option whose value is one of a list of words, or an expression of one of the runtime's types.
pub(crate) struct Words {
    /// The runtime's type.
    pub(crate) ty: &'static str,
    /// The words, and the variants of the type that they select.
    pub(crate) words: &'static [(&'static str, &'static str)],
}

/// How a message for a slow client is handled.
pub(super) static ON_SLOW: Words = Words {
    ty: "OnSlow",
    words: &[
        ("drop", "Drop"),
        ("close", "Close"),
        ("drop_oldest", "DropOldest"),
    ],
};

/// How a client that sends too much is handled.
pub(super) static ON_FLOOD: Words = Words {
    ty: "OnFlood",
    words: &[("slow", "Slow"), ("close", "Close")],
};
