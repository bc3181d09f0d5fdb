//! The commands that a line of text can contain.

use crate::names;

pub(crate) const JOIN_HELP: &str = "A room name is 1 to 32 letters, digits, dots, dashes or \
    underscores. The name \"announcements\" is reserved.";
pub(crate) const WHISPER_HELP: &str = "A whisper needs a name and a message, as in /whisper bob hi";

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command<'t> {
    Join(&'t str),
    Whisper { to: &'t str, text: &'t str },
    Flood,
    Say(&'t str),
}

impl<'t> Command<'t> {
    /// Parses a line. A `/join` or `/whisper` with wrong arguments is an error, which is the help text for
    /// the client. A line that is not a command is sent to the room, and so is a `/flood` with arguments.
    pub(crate) fn parse(line: &'t str) -> Result<Self, &'static str> {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        match word {
            "/join" if names::is_room(rest) => Ok(Self::Join(rest)),
            "/join" => Err(JOIN_HELP),
            "/whisper" => rest
                .split_once(char::is_whitespace)
                .map(|(to, text)| Self::Whisper {
                    to,
                    text: text.trim_start(),
                })
                .ok_or(WHISPER_HELP),
            "/flood" if rest.is_empty() => Ok(Self::Flood),
            _ => Ok(Self::Say(line)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Command, JOIN_HELP, WHISPER_HELP};

    #[test]
    fn the_name_of_a_room_is_trimmed() {
        assert_eq!(Command::parse("/join gaming"), Ok(Command::Join("gaming")));
        assert_eq!(
            Command::parse("/join   gaming \n"),
            Ok(Command::Join("gaming"))
        );
    }

    #[test]
    fn an_invalid_room_name_is_answered_with_help() {
        for line in [
            "/join",
            "/join ",
            "/join two words",
            "/join user:bob",
            "/join announcements",
        ] {
            assert_eq!(Command::parse(line), Err(JOIN_HELP), "{line:?}");
        }
    }

    #[test]
    fn a_whisper_has_one_name_and_all_the_rest_as_its_text() {
        let whisper = |to, text| Ok(Command::Whisper { to, text });
        assert_eq!(Command::parse("/whisper bob hi"), whisper("bob", "hi"));
        assert_eq!(
            Command::parse("/whisper bob  how are you?"),
            whisper("bob", "how are you?")
        );
    }

    #[test]
    fn a_whisper_without_a_name_or_a_text_is_answered_with_help() {
        for line in ["/whisper", "/whisper ", "/whisper bob", "/whisper bob  "] {
            assert_eq!(Command::parse(line), Err(WHISPER_HELP), "{line:?}");
        }
    }

    #[test]
    fn every_other_line_is_sent_to_the_room_unchanged() {
        for line in [
            "hello",
            "",
            "  spaces stay  ",
            "/joint",
            "/shrug",
            "/flood the city",
            "join gaming",
        ] {
            assert_eq!(Command::parse(line), Ok(Command::Say(line)));
        }
    }

    #[test]
    fn a_flood_is_requested_by_one_word() {
        assert_eq!(Command::parse("/flood"), Ok(Command::Flood));
    }
}
