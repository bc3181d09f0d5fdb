//! `on_slow`: what becomes of a message for a slow client.

/// The words, and the variants of the runtime that they stand for.
pub(crate) static ON_SLOW: [(&str, &str); 3] = [
    ("drop", "Drop"),
    ("close", "Close"),
    ("drop_oldest", "DropOldest"),
];
