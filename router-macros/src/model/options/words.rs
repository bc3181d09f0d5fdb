//! Options that are one of a few words: `on_slow` and `on_flood`.

/// An option that is one word of a list, or a value of a type of the runtime.
pub(crate) struct Words {
    /// The runtime's type.
    pub(crate) ty: &'static str,
    /// The words, and the variants of the type that they stand for.
    pub(crate) words: &'static [(&'static str, &'static str)],
}

/// What becomes of a message for a slow client.
pub(super) static ON_SLOW: Words = Words {
    ty: "OnSlow",
    words: &[
        ("drop", "Drop"),
        ("close", "Close"),
        ("drop_oldest", "DropOldest"),
    ],
};

/// What becomes of a client that sends too much.
pub(super) static ON_FLOOD: Words = Words {
    ty: "OnFlood",
    words: &[("slow", "Slow"), ("close", "Close")],
};
