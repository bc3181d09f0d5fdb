//! The grammar of route patterns.
//!
//! ```text
//! /                         the root
//! /rooms/lobby              static segments
//! /rooms/{room}/{id}        parameters: one whole segment each, named like a Rust variable
//! /files/{*rest}            a wildcard: the rest of the path; must be last
//! /rooms/                   not the same as /rooms
//! /caf%c3%a9                the same as /caf%C3%A9: see `canonical`
//! ```
//!
//! The macros of `router` parse patterns at compile time, and its runtime parses them when it builds the
//! table of routes. This crate exists so that both use one grammar. Programs do not need it.

#[cfg(test)]
mod tests;

use std::{borrow::Cow, error, fmt};

/// A parsed pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The segments, one after each `/`. A final `/` is followed by an empty static segment.
    pub segments: Vec<Segment>,
}

/// A segment of a pattern: the part between two slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Literal text, in its [`canonical`] form.
    Static(String),
    /// `{name}`: matches any single segment.
    Parameter(String),
    /// `{*name}`: matches the rest of the path, at least one character.
    Wildcard(String),
}

impl Pattern {
    /// Parses a pattern.
    ///
    /// # Errors
    ///
    /// Returns the first rule of the grammar that the pattern breaks.
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

    /// Returns this pattern with another one appended to it. Appending `/` adds nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if both patterns have a parameter with the same name.
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

    /// The names of the parameters and the wildcard, from left to right.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(Segment::name)
    }

    /// The pattern without its names. Two patterns of the same shape match the same paths.
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

/// Normalizes a path, or one segment, so that equivalent paths are equal texts (RFC 3986 §6.2.2):
/// `/%75sers` becomes `/users`, and `/caf%c3%a9` becomes `/caf%C3%A9`.
///
/// Each segment is percent-decoded, and then every byte that is not allowed in a segment is
/// percent-encoded with upper-case digits. An encoded slash therefore remains `%2F`: it is part of a
/// segment and does not separate segments. A `%` without two hexadecimal digits remains unchanged.
pub fn canonical(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let is_canonical = |byte: &u8| is_segment_byte(*byte) || *byte == b'/';
    if bytes.iter().all(is_canonical) {
        return Cow::Borrowed(text);
    }
    let mut canonical = String::with_capacity(text.len());
    // The position in `canonical` of the last `%` that does not begin an escape. If an encoded digit
    // shortly after it were decoded, the `%` and the digit could form an escape. Such a digit
    // therefore remains encoded.
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

/// Whether a byte may appear in a segment as it is: `pchar` of RFC 3986 §3.3, without escapes.
fn is_segment_byte(byte: u8) -> bool {
    SEGMENT_BYTES[byte as usize]
}

/// A table, because each byte of every request's path is looked up.
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

/// The position of the brace that closes the one at `start`, or the pattern's length if there is none.
/// For use in constants, which cannot call [`Pattern::parse`].
pub const fn closing_brace(pattern: &[u8], start: usize) -> usize {
    let mut end = start;
    while end < pattern.len() && pattern[end] != b'}' {
        end += 1;
    }
    end
}

/// Whether the brace at `start` opens a wildcard.
pub const fn is_wildcard(pattern: &[u8], start: usize) -> bool {
    start + 1 < pattern.len() && pattern[start + 1] == b'*'
}

/// A hash (FNV-1a) that is equal for two routes if they answer the same requests, and almost never equal
/// for other routes. `kind` is the request method, or `WebSocket`.
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

/// Whether two patterns have the same [shape](Pattern::shape). For use in constants.
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
    /// Parses a segment of `pattern`. The whole pattern is only used in error messages.
    fn parse(text: &str, pattern: &str) -> Result<Self, PatternError> {
        // The fast path: most segments are plain text.
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

/// Translates a parameter from the syntax of another framework into ours: `:id`, `<id>`, `<int:id>`,
/// `[id]`, `{id:int}`. Also translates wildcards: `*rest`, `*`, `<path..>`, `[...rest]`, `{rest...}`,
/// `{**rest}`, `{rest:.*}`. A wildcard that is not the last segment becomes a parameter.
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

/// Translates all [`foreign`] segments of a pattern into our syntax.
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

/// Splits a text into the name at its start and the rest.
fn split_name(text: &str) -> (&str, &str) {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    text.split_at(end)
}

/// Converts a name to a similar identifier, if possible. An empty name remains empty.
fn identifier_like(name: &str) -> Option<String> {
    let letters = name.chars();
    let near: String = letters
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect();
    (name.is_empty() || is_identifier(&near)).then_some(near)
}

/// Whether clients never send the character unencoded in a path (RFC 3986 §3.3). A route with such a
/// character could not be reached.
fn is_never_sent(character: char) -> bool {
    !character.is_ascii() || matches!(character, '?' | '#' | '"' | '<' | '>' | '`' | '\\')
}

/// Percent-encodes a character, as clients send it.
fn percent_encoded(character: char) -> String {
    let (mut bytes, mut text) = ([0; 4], String::new());
    for byte in character.encode_utf8(&mut bytes).bytes() {
        push_encoded(&mut text, byte);
    }
    text
}

/// Whether an argument can have this name, if necessary as `r#name`.
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
    /// A character that is not allowed in a path.
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
        /// The segment as it was written.
        segment: String,
        /// The whole pattern in our syntax.
        rewritten: String,
    },
    /// `{}` or `{*}`.
    NoName(String),
    /// A name that no argument can have.
    BadName {
        /// The name as it was written.
        name: String,
        /// Whether it is the name of a wildcard.
        wildcard: bool,
    },
    /// `{name?}`.
    Optional(String),
    /// A wildcard that is not the last segment.
    WildcardNotLast(String),
    /// A name that is used twice.
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
            Self::Character('#') => "leave the fragment out: clients do not send it".to_owned(),
            Self::Character(character) => {
                format!(
                    "clients send it percent-encoded: replace it with `{}`",
                    percent_encoded(*character)
                )
            }
            Self::Dots(_) => {
                "write the resolved path: clients resolve `.` and `..` before they send a request"
                    .to_owned()
            }
            Self::NotWhole(_) => {
                "take the whole segment as one parameter, such as `{name}`, and split the value in the \
                 handler"
                    .to_owned()
            }
            Self::Foreign { segment, rewritten } => {
                let second = if segment.ends_with('?') {
                    ", and a second method whose route leaves the segment out"
                } else {
                    ""
                };
                format!("write `{rewritten}`{second}")
            }
            Self::NoName(segment) if segment.contains('*') => "write `{*rest}`".to_owned(),
            Self::NoName(_) => "write `{id}`".to_owned(),
            Self::NotClosed(name) | Self::NotOpened(name) => format!("write `{{{name}}}`"),
            Self::BadName { name, wildcard } => {
                let near = identifier_like(name)?;
                let star = if *wildcard { "*" } else { "" };
                format!("write `{{{star}{near}}}`")
            }
            Self::Optional(segment) => {
                let parameter = segment.replace('?', "");
                format!("write `{parameter}`, and a second method whose route leaves the segment out")
            }
            Self::WildcardNotLast(segment) => {
                let parameter = segment.replacen('*', "", 1);
                format!("to match a single segment, write `{parameter}`")
            }
            Self::Duplicate(_) => return None,
        })
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSlash(pattern) => write!(f, "path `{pattern}` must start with `/`"),
            Self::DoubleSlash(pattern) => write!(f, "path `{pattern}` cannot contain `//`"),
            Self::Character(character) => {
                let character = character.escape_debug();
                write!(f, "path cannot contain `{character}`")
            }
            Self::Dots(segment) => write!(f, "path cannot contain the segment `{segment}`"),
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
            Self::Duplicate(name) => write!(f, "parameter `{name}` cannot appear twice"),
        }
    }
}

impl error::Error for PatternError {}
