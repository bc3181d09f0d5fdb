//! Name-value pairs of queries and forms (`application/x-www-form-urlencoded`), read with serde.

use serde::de::DeserializeOwned;
use serde_html_form::de;

/// An error, with the name of the field to which it belongs, if there is one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PairsError {
    #[error("{0}")]
    Whole(#[source] de::Error),
    #[error("`{0}`: {1}")]
    Field(String, #[source] de::Error),
}

/// Reads `name=value&…`.
pub(super) fn read<T: DeserializeOwned>(pairs: &[u8]) -> Result<T, PairsError> {
    let deserializer = de::Deserializer::from_bytes(pairs);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let field = error.path().to_string();
        // The path is `.` if the error belongs to no field.
        let is_whole = field == ".";
        let error = error.into_inner();
        if is_whole {
            PairsError::Whole(error)
        } else {
            PairsError::Field(field, error)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Search {
        #[serde(default)]
        tag: Vec<String>,
        page: Option<u32>,
        #[serde(default)]
        exact: bool,
    }

    fn read<T: DeserializeOwned>(query: &str) -> Result<T, String> {
        super::read(query.as_bytes()).map_err(|error| error.to_string())
    }

    fn search(tag: &[&str], page: Option<u32>, exact: bool) -> Search {
        let tag = tag.iter().map(|&tag| tag.to_owned()).collect();
        Search { tag, page, exact }
    }

    #[test]
    fn a_name_that_occurs_several_times_is_a_list() {
        assert_eq!(read(""), Ok(search(&[], None, false)));
        assert_eq!(read("tag=a"), Ok(search(&["a"], None, false)));
        assert_eq!(
            read("tag=a&page=2&tag=b"),
            Ok(search(&["a", "b"], Some(2), false))
        );
        assert!(read::<Search>("page=1&page=2").is_err());
    }

    #[test]
    fn an_empty_number_is_none() {
        assert_eq!(read("page="), Ok(search(&[], None, false)));
        assert_eq!(read("page"), Ok(search(&[], None, false)));
        assert!(read::<BTreeMap<String, u8>>("n=").is_err());
    }

    #[test]
    fn a_checkbox_is_a_bool() {
        for on in ["exact=on", "exact=true"] {
            assert_eq!(read(on), Ok(search(&[], None, true)), "{on}");
        }
        assert_eq!(read("exact=false"), Ok(search(&[], None, false)));
        assert!(read::<Search>("exact=maybe").is_err());
    }

    #[test]
    fn names_and_values_are_decoded() {
        let both: BTreeMap<String, String> = read("a%20b=c+d&e=%C3%A4%zz").unwrap();
        assert_eq!(both["a b"], "c d");
        assert_eq!(both["e"], "ä%zz");
    }

    #[test]
    fn an_error_names_its_field() {
        assert_eq!(
            read::<Search>("page=two"),
            Err("`page`: invalid digit found in string".to_owned())
        );
        #[derive(Debug, Deserialize)]
        struct Needed {
            #[expect(dead_code, reason = "never read")]
            id: u64,
        }
        assert_eq!(read::<Needed>("other=1").unwrap_err(), "missing field `id`");
    }
}
