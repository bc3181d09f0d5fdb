//! The grammar of route patterns.
//!
//! ```text
//! /                         the root
//! /rooms/lobby              static segments
//! /rooms/{room}/{id}        parameters: a whole segment each, named like a Rust variable
//! /files/{*rest}            a wildcard: the rest of the path, last
//! /rooms/                   not the same as /rooms
//! /caf%c3%a9                the same as /caf%C3%A9: see `canonical`
//! ```
//!
//! The macros check patterns with this when a program is compiled, the runtime when a route is
//! made by hand: both compile this one file, so it knows nothing but `std`.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "two crates compile this file, each uses a part of it, and neither exports all of it"
)]

use std::{borrow::Cow, error, fmt};

/// A pattern, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// What stands behind each `/`. Behind a final `/` that is an empty static segment.
    pub segments: Vec<Segment>,
}

/// What stands between two slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Text that a request must have here, in its [`canonical`] form.
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

    /// The pattern with another one behind it; `/` adds nothing.
    ///
    /// # Errors
    ///
    /// Both have a parameter of one name.
    pub fn joined(&self, mut other: Self) -> Result<Self, PatternError> {
        if let Some(name) = self
            .parameters()
            .find(|name| other.parameters().any(|another| another == *name))
        {
            return Err(PatternError::Duplicate(name.to_owned()));
        }
        let mut joined = self.clone();
        if !matches!(&other.segments[..], [Segment::Static(root)] if root.is_empty()) {
            joined.segments.append(&mut other.segments);
        }
        Ok(joined)
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

    /// A path that the pattern matches.
    pub fn example(&self) -> String {
        self.segments
            .iter()
            .map(|segment| match segment {
                Segment::Static(text) => format!("/{text}"),
                Segment::Parameter(_) => "/1".to_owned(),
                Segment::Wildcard(_) => "/1/2".to_owned(),
            })
            .collect()
    }
}

/// The form of a path, or of one segment, in which equal paths are equal texts (RFC 3986 §6.2.2):
/// `/%75sers` is `/users`, and `/caf%c3%a9` is `/caf%C3%A9`.
///
/// Each segment is percent-decoded, and every byte that cannot stand in a segment as it is, is
/// encoded in upper case. So an encoded slash remains `%2F`: it is part of a segment and separates
/// none. A `%` without two hexadecimal digits remains as it is.
pub fn canonical(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let is_canonical = |byte: &u8| is_segment_byte(*byte) || *byte == b'/';
    if bytes.iter().all(is_canonical) {
        return Cow::Borrowed(text);
    }
    let mut canonical = String::with_capacity(text.len());
    // Where the last `%` stands that begins no escape. A digit that is decoded behind it would make
    // an escape of it, so that digit remains encoded.
    let mut stray = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        if byte != b'%' {
            if is_canonical(&byte) {
                canonical.push(char::from(byte));
            } else {
                push_encoded(&mut canonical, byte);
            }
            continue;
        }
        let digit = |at: usize| Some(char::from(*bytes.get(at)?).to_digit(16)? as u8);
        let (Some(high), Some(low)) = (digit(at), digit(at + 1)) else {
            stray = Some(canonical.len());
            canonical.push('%');
            continue;
        };
        at += 2;
        let decoded = high << 4 | low;
        let is_near = stray.is_some_and(|stray| canonical.len() - stray <= 2);
        if is_segment_byte(decoded) && !(is_near && decoded.is_ascii_hexdigit()) {
            canonical.push(char::from(decoded));
        } else {
            push_encoded(&mut canonical, decoded);
        }
    }
    Cow::Owned(canonical)
}

/// Whether a byte stands in a segment as it is: `pchar` of RFC 3986 §3.3, without escapes.
fn is_segment_byte(byte: u8) -> bool {
    SEGMENT_BYTES[byte as usize]
}

/// A table, since the path of each request is asked about.
static SEGMENT_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let signs = b"-._~!$&'()*+,;=:@";
    let mut at = 0;
    while at < signs.len() {
        table[signs[at] as usize] = true;
        at += 1;
    }
    table
};

fn push_encoded(text: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    text.push('%');
    for digit in [byte >> 4, byte & 15] {
        text.push(char::from(DIGITS[usize::from(digit)]));
    }
}

/// Where the brace closes that opens at `start`, for constants: they cannot take a pattern apart.
pub const fn closing_brace(pattern: &[u8], start: usize) -> usize {
    let mut end = start;
    while end < pattern.len() && pattern[end] != b'}' {
        end += 1;
    }
    end
}

/// Whether a wildcard opens at `start`.
pub const fn is_wildcard(pattern: &[u8], start: usize) -> bool {
    start + 1 < pattern.len() && pattern[start + 1] == b'*'
}

/// A number that two routes share which answer the same requests, and hardly any others (FNV-1a).
/// `kind` is the request method, or `WebSocket`.
pub const fn fingerprint(kind: &str, pattern: &str) -> u64 {
    const fn hashed(hash: u64, byte: u8) -> u64 {
        (hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3)
    }
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < kind.len() {
        hash = hashed(hash, kind.as_bytes()[at]);
        at += 1;
    }
    let pattern = pattern.as_bytes();
    at = 0;
    while at < pattern.len() {
        let mut byte = pattern[at];
        if byte == b'{' {
            byte = if is_wildcard(pattern, at) { b'*' } else { b'{' };
            at = closing_brace(pattern, at);
        }
        hash = hashed(hash, byte);
        at += 1;
    }
    hash
}

/// Whether two patterns have one [shape](Pattern::shape), for constants.
pub const fn same_shape(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i] != b[j] {
            return false;
        }
        if a[i] == b'{' {
            if is_wildcard(a, i) != is_wildcard(b, j) {
                return false;
            }
            (i, j) = (closing_brace(a, i), closing_brace(b, j));
        }
        (i, j) = (i + 1, j + 1);
    }
    i >= a.len() && j >= b.len()
}

/// The pattern as it was written, with its static segments in their [`canonical`] form.
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
        // Nothing is wrong with most of them.
        if text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return Ok(Self::Static(text.to_owned()));
        }
        if foreign(text, true).is_some() {
            return Err(PatternError::Foreign {
                segment: text.to_owned(),
                rewritten: rewritten(pattern),
            });
        }
        if let Some(character) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
            return Err(PatternError::Character(character));
        }
        let braces = (text.strip_prefix('{'), text.strip_suffix('}'));
        let braced = match braces {
            (Some(inner), Some(_)) => inner.strip_suffix('}'),
            (Some(name), None) if is_identifier(name) => {
                return Err(PatternError::NotClosed(name.to_owned()));
            }
            (None, Some(name)) if is_identifier(name) => {
                return Err(PatternError::NotOpened(name.to_owned()));
            }
            _ => None,
        };
        let Some(braced) = braced else {
            return Self::parse_static(text);
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
            return Err(PatternError::BadName {
                name: name.to_owned(),
                wildcard,
            });
        }
        let name = name.to_owned();
        Ok(if wildcard {
            Self::Wildcard(name)
        } else {
            Self::Parameter(name)
        })
    }

    fn parse_static(text: &str) -> Result<Self, PatternError> {
        let is_foreign = text.len() > 1 && text.starts_with(':');
        if is_foreign || text.contains(['{', '}']) {
            return Err(PatternError::NotWhole(text.to_owned()));
        }
        if matches!(text, "." | "..") {
            return Err(PatternError::Dots(text.to_owned()));
        }
        if let Some(character) = text.chars().find(|c| is_never_sent(*c)) {
            return Err(PatternError::Character(character));
        }
        let mut escapes = text.split('%').skip(1);
        let is_escape = |after: &str| {
            let digits = after.get(..2);
            digits.is_some_and(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()))
        };
        if !escapes.all(is_escape) {
            return Err(PatternError::Character('%'));
        }
        let canonical = canonical(text);
        if matches!(&*canonical, "." | "..") {
            return Err(PatternError::Dots(text.to_owned()));
        }
        Ok(Self::Static(canonical.into_owned()))
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Static(_) => None,
            Self::Parameter(name) | Self::Wildcard(name) => Some(name),
        }
    }
}

/// A parameter in the syntax of another framework, in ours: `:id`, `<id>`, `<int:id>`, `[id]`,
/// `{id:int}`; and wildcards, `*rest`, `*`, `<path..>`, `[...rest]`, `{rest...}`, `{**rest}`,
/// `{rest:.*}`, which take one segment where they are not the last.
fn foreign(segment: &str, last: bool) -> Option<String> {
    let enclosed = |open: &str, close: char| {
        let inner = segment.strip_prefix(open)?;
        inner.strip_suffix(close)
    };
    let (name, wildcard) = if let Some(name) = segment.strip_prefix('*') {
        (name.trim_start_matches('*'), true)
    } else if let Some(name) = segment.strip_prefix(':') {
        let (name, rule) = split_name(name);
        match rule {
            "" | "?" => (name, false),
            "*" | "+" => (name, true),
            rule if rule.starts_with('(') => (name, rule.contains(".*")),
            _ => return None,
        }
    } else if let Some(inner) = enclosed("<", '>') {
        match (inner.rsplit_once(':'), inner.strip_suffix("..")) {
            (Some((rule, name)), _) => (name, rule == "path"),
            (None, Some(name)) => (name, true),
            (None, None) => (inner, false),
        }
    } else if let Some(inner) = enclosed("[", ']') {
        let name = inner.strip_prefix("...");
        (name.unwrap_or(inner), name.is_some())
    } else if let Some(inner) = enclosed("{", '}') {
        let (name, rule) = split_name(inner.trim());
        match rule {
            "" if name != inner => (name, false),
            "..." | "*" if !name.is_empty() => (name, true),
            rule if rule.starts_with(':') => (name, rule.contains(".*")),
            rule if name.is_empty() && rule.starts_with("**") => (rule.trim_matches('*'), true),
            _ => return None,
        }
    } else {
        return None;
    };
    let name = match (identifier_like(name)?.as_str(), wildcard && last) {
        ("", true) => "rest".to_owned(),
        ("", false) if wildcard => "any".to_owned(),
        ("", false) => return None,
        (name, _) => name.to_owned(),
    };
    Some(if wildcard && last {
        format!("{{*{name}}}")
    } else {
        format!("{{{name}}}")
    })
}

/// A pattern with all that is [`foreign`] in our syntax.
fn rewritten(pattern: &str) -> String {
    let mut segments: Vec<String> = pattern.split('/').map(str::to_owned).collect();
    let end = segments.len() - 1;
    for (index, segment) in segments.iter_mut().enumerate() {
        if let Some(ours) = foreign(segment, index == end) {
            *segment = ours;
        }
    }
    segments.join("/")
}

/// The name at the start of a text, and what stands behind it.
fn split_name(text: &str) -> (&str, &str) {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    text.split_at(end)
}

/// An identifier that is as near to a name as can be; empty for an empty one.
fn identifier_like(name: &str) -> Option<String> {
    let letters = name.chars();
    let near: String = letters
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect();
    (name.is_empty() || is_identifier(&near)).then_some(near)
}

/// What no client sends as it is in a path (RFC 3986 §3.3): a route with it would never be reached.
fn is_never_sent(character: char) -> bool {
    !character.is_ascii() || matches!(character, '?' | '#' | '"' | '<' | '>' | '`' | '\\')
}

/// A character as clients send it.
fn percent_encoded(character: char) -> String {
    let (mut bytes, mut text) = ([0; 4], String::new());
    for byte in character.encode_utf8(&mut bytes).bytes() {
        push_encoded(&mut text, byte);
    }
    text
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
    /// `.` or `..`.
    Dots(String),
    /// Braces in the middle of a segment.
    NotWhole(String),
    /// `{name`
    NotClosed(String),
    /// `name}`
    NotOpened(String),
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
    BadName {
        /// What was written.
        name: String,
        /// Whether it is a wildcard's.
        wildcard: bool,
    },
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
            Self::Character(character) => {
                format!(
                    "clients send it percent-encoded: write `{}`",
                    percent_encoded(*character)
                )
            }
            Self::Dots(_) => "clients take it out before they send the path".to_owned(),
            Self::NotWhole(_) => {
                "take the whole segment as `{name}`, and take it apart in the handler".to_owned()
            }
            Self::Foreign { rewritten, .. } => format!("write `{rewritten}`"),
            Self::NoName(segment) if segment.contains('*') => "write `{*rest}`".to_owned(),
            Self::NoName(_) => "write `{id}`".to_owned(),
            Self::NotClosed(name) | Self::NotOpened(name) => format!("write `{{{name}}}`"),
            Self::BadName { name, wildcard } => {
                let near = identifier_like(name)?;
                let star = if *wildcard { "*" } else { "" };
                format!("write `{{{star}{near}}}`")
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
            Self::Dots(segment) => write!(f, "path cannot have the segment `{segment}`"),
            Self::NotWhole(segment) => {
                write!(f, "parameter in `{segment}` must be the whole segment")
            }
            Self::Foreign { segment, .. } => {
                write!(f, "`{segment}` is a parameter in another syntax")
            }
            Self::NoName(segment) => write!(f, "parameter `{segment}` must have a name"),
            Self::NotClosed(name) => write!(f, "parameter `{{{name}` must end with `}}`"),
            Self::NotOpened(name) => write!(f, "parameter `{name}}}` must begin with `{{`"),
            Self::BadName { name, .. } => {
                write!(f, "parameter name `{name}` must be an identifier")
            }
            Self::Optional(segment) => write!(f, "parameter `{segment}` cannot be optional"),
            Self::WildcardNotLast(segment) => {
                write!(f, "wildcard `{segment}` must be the last segment")
            }
            Self::Duplicate(name) => write!(f, "parameter `{name}` cannot be there twice"),
        }
    }
}

impl error::Error for PatternError {}
