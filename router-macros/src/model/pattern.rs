//! The grammar of route patterns.
//!
//! ```text
//! /                         the root
//! /rooms/lobby              static segments
//! /rooms/{room}/{id}        parameters: a whole segment each, named like a Rust variable
//! /files/{*rest}            a wildcard: the rest of the path, last
//! /rooms/                   not the same as /rooms
//! ```
//!
//! The macros check patterns with this when a program is compiled, the runtime when a route is
//! made by hand: both compile this one file, so it knows nothing but `std`.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "two crates compile this file, each uses a part of it, and neither exports all of it"
)]

use std::{error, fmt};

/// A pattern, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// What stands behind each `/`. Behind a final `/` that is an empty static segment.
    pub segments: Vec<Segment>,
}

/// What stands between two slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Text that a request must have here.
    Static(String),
    /// `{name}`: any one segment.
    Parameter(String),
    /// `{*name}`: all that is left, at least one character.
    Wildcard(String),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// The first rule of the grammar that the pattern breaks.
    pub fn parse(pattern: &str) -> Result<Self, PatternError> {
        let Some(rest) = pattern.strip_prefix('/') else {
            return Err(PatternError::NoSlash(pattern.to_owned()));
        };
        if pattern.contains("//") {
            return Err(PatternError::DoubleSlash(pattern.to_owned()));
        }
        let mut parsed = Self {
            segments: Vec::new(),
        };
        let mut segments = rest.split('/').peekable();
        while let Some(text) = segments.next() {
            let segment = Segment::parse(text, pattern)?;
            if matches!(segment, Segment::Wildcard(_)) && segments.peek().is_some() {
                return Err(PatternError::WildcardNotLast(text.to_owned()));
            }
            if let Some(name) = segment.name()
                && parsed.parameters().any(|earlier| earlier == name)
            {
                return Err(PatternError::Duplicate(name.to_owned()));
            }
            parsed.segments.push(segment);
        }
        Ok(parsed)
    }

    /// The names of parameters and wildcard, from left to right.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(Segment::name)
    }

    /// The pattern without its names: two patterns of one shape match the same requests.
    pub fn shape(&self) -> String {
        self.segments
            .iter()
            .map(|segment| match segment {
                Segment::Static(text) => format!("/{text}"),
                Segment::Parameter(_) => "/{}".to_owned(),
                Segment::Wildcard(_) => "/{*}".to_owned(),
            })
            .collect()
    }
}

/// The pattern as it was written.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.segments.iter().try_for_each(|segment| match segment {
            Segment::Static(text) => write!(f, "/{text}"),
            Segment::Parameter(name) => write!(f, "/{{{name}}}"),
            Segment::Wildcard(name) => write!(f, "/{{*{name}}}"),
        })
    }
}

impl Segment {
    /// Reads a segment of `pattern`, which is only there for messages.
    fn parse(text: &str, pattern: &str) -> Result<Self, PatternError> {
        if let Some(character) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
            return Err(PatternError::Character(character));
        }
        let Some(braced) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) else {
            return Self::parse_static(text, pattern);
        };
        if braced.contains(['{', '}']) {
            return Err(PatternError::NotWhole(text.to_owned()));
        }
        let (name, wildcard) = match braced.strip_prefix('*') {
            Some(name) => (name, true),
            None => (braced, false),
        };
        if name.is_empty() {
            return Err(PatternError::NoName(text.to_owned()));
        }
        if name.strip_suffix('?').is_some_and(is_identifier) {
            return Err(PatternError::Optional(text.to_owned()));
        }
        if !is_identifier(name) {
            return Err(PatternError::BadName(name.to_owned()));
        }
        let name = name.to_owned();
        Ok(if wildcard {
            Self::Wildcard(name)
        } else {
            Self::Parameter(name)
        })
    }

    fn parse_static(text: &str, pattern: &str) -> Result<Self, PatternError> {
        if text.contains(['{', '}']) {
            return Err(PatternError::NotWhole(text.to_owned()));
        }
        if translated(text).is_some() {
            let segments = pattern.split('/');
            let ours: Vec<String> = segments
                .map(|text| translated(text).unwrap_or_else(|| text.to_owned()))
                .collect();
            return Err(PatternError::Foreign {
                segment: text.to_owned(),
                rewritten: ours.join("/"),
            });
        }
        match text.chars().find(|c| matches!(c, '?' | '#')) {
            Some(character) => Err(PatternError::Character(character)),
            None => Ok(Self::Static(text.to_owned())),
        }
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Static(_) => None,
            Self::Parameter(name) | Self::Wildcard(name) => Some(name),
        }
    }
}

/// A parameter in the syntax of another framework (`:id`, `<id>`, `*rest`, `*`), in ours.
fn translated(segment: &str) -> Option<String> {
    if let Some(name) = segment.strip_prefix('*') {
        let name = if name.is_empty() { "rest" } else { name };
        return is_identifier(name).then(|| format!("{{*{name}}}"));
    }
    let angled = segment.strip_prefix('<').and_then(|s| s.strip_suffix('>'));
    let name = segment.strip_prefix(':').or(angled)?;
    is_identifier(name).then(|| format!("{{{name}}}"))
}

/// Whether an argument can have this name, if need be as `r#name`.
fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    let first = characters.next();
    first.is_some_and(|c| c == '_' || c.is_alphabetic())
        && characters.all(|c| c == '_' || c.is_alphanumeric())
        && !matches!(name, "_" | "self" | "Self" | "super" | "crate")
}

/// A rule of the grammar that a pattern breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternError {
    /// The pattern does not start with a slash.
    NoSlash(String),
    /// The pattern has two slashes in a row.
    DoubleSlash(String),
    /// A character that no path has.
    Character(char),
    /// Braces in the middle of a segment.
    NotWhole(String),
    /// A parameter in the syntax of another framework.
    Foreign {
        /// What was written.
        segment: String,
        /// The whole pattern in our syntax.
        rewritten: String,
    },
    /// `{}` or `{*}`.
    NoName(String),
    /// A name that no argument can have.
    BadName(String),
    /// `{name?}`.
    Optional(String),
    /// Something stands behind a wildcard.
    WildcardNotLast(String),
    /// A name that was used already.
    Duplicate(String),
}

impl PatternError {
    /// What to write instead.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoSlash(pattern) => format!("write `/{pattern}`"),
            Self::DoubleSlash(pattern) => {
                let mut single = pattern.clone();
                while single.contains("//") {
                    single = single.replace("//", "/");
                }
                format!("write `{single}`")
            }
            Self::Character('?') => {
                "a query is not part of the path; take it with a `Query<T>` argument".to_owned()
            }
            Self::Character('#') => "clients do not send fragments".to_owned(),
            Self::Character(_) => "paths are percent-encoded; a space is `%20`".to_owned(),
            Self::NotWhole(_) => {
                "take the whole segment as `{name}`, and take it apart in the handler".to_owned()
            }
            Self::Foreign { rewritten, .. } => format!("write `{rewritten}`"),
            Self::NoName(segment) if segment.contains('*') => "write `{*rest}`".to_owned(),
            Self::NoName(_) => "write `{id}`".to_owned(),
            Self::BadName(name) => {
                let letters = name.chars();
                let near: String = letters
                    .map(|c| if c.is_alphanumeric() { c } else { '_' })
                    .collect();
                if !is_identifier(&near) {
                    return None;
                }
                format!("write `{{{near}}}`")
            }
            Self::Optional(_) => "add a second route without the parameter".to_owned(),
            Self::WildcardNotLast(_) => "`{name}` takes one segment, anywhere".to_owned(),
            Self::Duplicate(_) => return None,
        })
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSlash(pattern) => write!(f, "path `{pattern}` must start with `/`"),
            Self::DoubleSlash(pattern) => write!(f, "path `{pattern}` cannot have `//` in it"),
            Self::Character(character) => {
                let character = character.escape_debug();
                write!(f, "path cannot have `{character}` in it")
            }
            Self::NotWhole(segment) => {
                write!(f, "parameter in `{segment}` must be the whole segment")
            }
            Self::Foreign { segment, .. } => {
                write!(f, "`{segment}` is a parameter in another syntax")
            }
            Self::NoName(segment) => write!(f, "parameter `{segment}` must have a name"),
            Self::BadName(name) => write!(f, "parameter name `{name}` must be an identifier"),
            Self::Optional(segment) => write!(f, "parameter `{segment}` cannot be optional"),
            Self::WildcardNotLast(segment) => {
                write!(f, "wildcard `{segment}` must be the last segment")
            }
            Self::Duplicate(name) => write!(f, "parameter `{name}` cannot be there twice"),
        }
    }
}

impl error::Error for PatternError {}
