//! Finds the user to whom a bearer token belongs.

use router::HeaderMap;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct User {
    token: &'static str,
    pub(crate) id: &'static str,
    pub(crate) username: &'static str,
}

/// The only two users. A real service would verify a signature or look up a hash, which is not the subject of
/// this example.
static USERS: [User; 2] = [
    User {
        token: "alice-token",
        id: "alice",
        username: "alice",
    },
    User {
        token: "bob-token",
        id: "bob",
        username: "bob",
    },
];

/// Returns the user whose token is in the header `Authorization: Bearer …`.
pub(crate) fn user(headers: &HeaderMap) -> Option<&'static User> {
    let value = headers.get("authorization")?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    USERS.iter().find(|user| user.token == token.trim())
}

#[cfg(test)]
mod tests {
    use router::{HeaderMap, HeaderValue};

    use super::user;

    fn id_of(authorization: &'static str) -> Option<&'static str> {
        let value = HeaderValue::from_static(authorization);
        let headers =
            HeaderMap::from_iter([(router::HeaderName::from_static("authorization"), value)]);
        user(&headers).map(|user| user.id)
    }

    #[test]
    fn a_known_token_has_its_user() {
        assert_eq!(id_of("Bearer alice-token"), Some("alice"));
        assert_eq!(id_of("bearer  bob-token"), Some("bob"));
    }

    #[test]
    fn anything_else_has_none() {
        for value in ["", "Bearer", "Bearer ", "Bearer eve", "Basic alice-token"] {
            assert_eq!(id_of(value), None, "{value:?}");
        }
        assert_eq!(user(&HeaderMap::new()), None);
    }
}
