//! The rules for names of users and rooms.
//!
//! Rooms, users and announcements share one space of topics. A room or a user must not have a name that
//! reaches a topic of another kind: a client in a room called `user:bob` would read the whispers to bob.

pub(crate) const ANNOUNCEMENTS: &str = "announcements";
pub(crate) const LONGEST_USERNAME: usize = 24;
pub(crate) const LONGEST_ROOM: usize = 32;

/// The topic of whispers to `username`.
pub(crate) fn user_topic(username: &str) -> String {
    format!("user:{username}")
}

/// The topic of notices about users who connect, disconnect or leave `room`. Only clients that asked for
/// notices subscribe to it, so that other clients receive only the messages of the room.
pub(crate) fn notices_topic(room: &str) -> String {
    format!("notices:{room}")
}

/// Makes a requested name safe to print as `name: text`. Spaces become dashes. All characters except letters,
/// digits, dots, dashes and underscores are removed. The name is cut to [`LONGEST_USERNAME`] characters.
/// Returns `None` if no characters are left.
pub(crate) fn username(wished: &str) -> Option<String> {
    let joined = wished.split_whitespace().collect::<Vec<_>>().join("-");
    let name: String = joined
        .chars()
        .filter(|&c| is_plain(c))
        .take(LONGEST_USERNAME)
        .collect();
    (!name.is_empty()).then_some(name)
}

pub(crate) fn is_room(name: &str) -> bool {
    (1..=LONGEST_ROOM).contains(&name.chars().count())
        && name.chars().all(is_plain)
        && name != ANNOUNCEMENTS
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_ROOM, LONGEST_USERNAME, is_room, username};

    #[test]
    fn a_name_has_only_allowed_characters() {
        for (wished, name) in [
            ("bob", "bob"),
            ("  Ada  Lovelace ", "Ada-Lovelace"),
            ("[PM from eve]: ", "PM-from-eve"),
            ("Zoë_42.x", "Zoë_42.x"),
            ("李雷", "李雷"),
        ] {
            assert_eq!(username(wished).as_deref(), Some(name), "{wished:?}");
        }
    }

    #[test]
    fn a_name_without_allowed_characters_is_none() {
        for wished in ["", "   ", ":", "\u{0}\u{7}"] {
            assert_eq!(username(wished), None, "{wished:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut() {
        let long = "ä".repeat(LONGEST_USERNAME + 1);
        assert_eq!(username(&long), Some("ä".repeat(LONGEST_USERNAME)));
    }

    #[test]
    fn a_room_cannot_be_a_topic_of_another_kind() {
        assert!(is_room("lobby"));
        assert!(is_room("d-e_v.2"));
        assert!(is_room(&"x".repeat(LONGEST_ROOM)));
        for name in [
            "",
            "user:bob",
            "notices:lobby",
            "announcements",
            "two words",
            "a\n",
        ] {
            assert!(!is_room(name), "{name:?}");
        }
        assert!(!is_room(&"x".repeat(LONGEST_ROOM + 1)));
    }
}
