//! Tests of reading forms and queries.

use super::*;
use serde::Deserialize;
use std::collections::BTreeMap;

fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    from_str(text).map_err(|error| error.to_string())
}

#[derive(Debug, PartialEq, Deserialize)]
struct Search {
    #[serde(default)]
    tag: Vec<String>,
    page: Option<u32>,
    #[serde(default)]
    exact: bool,
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
    assert_eq!(
        read::<BTreeMap<String, Vec<u8>>>("n=1&n=2").unwrap()["n"],
        [1, 2]
    );
    let error = read::<Search>("page=1&page=2").unwrap_err();
    assert_eq!(error, "`page` occurs several times");
}

#[test]
fn an_empty_value_is_none() {
    assert_eq!(read("page="), Ok(search(&[], None, false)));
    assert_eq!(read("page"), Ok(search(&[], None, false)));
    assert_eq!(
        read::<BTreeMap<String, Vec<Option<u8>>>>("n=&n=2").unwrap()["n"],
        [None, Some(2)]
    );
    assert!(read::<BTreeMap<String, u8>>("n=").is_err());
}

#[test]
fn a_checkbox_is_a_flag() {
    for on in ["exact", "exact=", "exact=on", "exact=true", "exact=1"] {
        assert_eq!(read(on), Ok(search(&[], None, true)), "{on}");
    }
    for off in ["exact=off", "exact=false", "exact=0"] {
        assert_eq!(read(off), Ok(search(&[], None, false)), "{off}");
    }
    assert!(read::<Search>("exact=maybe").unwrap_err().contains("maybe"));
}

#[test]
fn names_and_values_are_decoded() {
    let both: BTreeMap<String, String> = read("a%20b=c+d&e=%C3%A4%zz").unwrap();
    assert_eq!(both["a b"], "c d");
    assert_eq!(both["e"], "ä%zz");
}

#[derive(Debug, PartialEq, Deserialize)]
struct Page {
    number: u32,
    offset: Option<i64>,
    ratio: Option<f64>,
    #[serde(default)]
    last: bool,
    name: String,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Listing {
    #[serde(flatten)]
    page: Page,
    order: Order,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    Up,
    Down,
}

#[test]
fn a_flattened_struct_has_numbers() {
    let page = |number, offset, ratio, last, name: &str| Listing {
        page: Page {
            number,
            offset,
            ratio,
            last,
            name: name.to_owned(),
        },
        order: Order::Down,
    };
    assert_eq!(
        read("number=3&name=x&order=down"),
        Ok(page(3, None, None, false, "x"))
    );
    // A text that looks like a number stays a text, even if a number field has the same value.
    assert_eq!(
        read("number=3&name=42&order=down&offset=-1&ratio=0.5&last=on"),
        Ok(page(3, Some(-1), Some(0.5), true, "42"))
    );
    assert_eq!(
        read("name=3&number=3&order=down&offset="),
        Ok(page(3, None, None, false, "3"))
    );
    assert_eq!(
        read("number=3&order=down&name=3"),
        Ok(page(3, None, None, false, "3"))
    );
    assert!(read::<Listing>("number=x&name=y&order=down").is_err());
    assert!(read::<Listing>("number=-3&name=y&order=down").is_err());
    assert!(read::<Listing>("number=3&name=y&order=sideways").is_err());
}

#[test]
fn the_rest_of_a_form_is_read_as_what_is_wanted() {
    #[derive(Debug, Deserialize)]
    struct Rest {
        #[serde(flatten)]
        counts: BTreeMap<String, u64>,
    }
    let many: Vec<String> = (0..2000).map(|n| format!("n{n}={n}")).collect();
    let rest: Rest = read(&many.join("&")).unwrap();
    assert_eq!(rest.counts.len(), 2000);
    assert!(read::<Rest>("a=1&b=x").is_err());
}

#[test]
fn texts_that_look_like_numbers_may_be_many() {
    #[derive(Debug, Deserialize)]
    struct Labels {
        #[serde(flatten)]
        page: Numbered,
        #[serde(flatten)]
        labels: BTreeMap<String, String>,
    }
    #[derive(Debug, Deserialize)]
    struct Numbered {
        number: u32,
    }
    let many: Vec<String> = (0..200).map(|n| format!("l{n}={n}")).collect();
    let labels: Labels = read(&format!("{}&number=7", many.join("&"))).unwrap();
    assert_eq!(labels.page.number, 7);
    assert_eq!(labels.labels["l7"], "7");
}

#[test]
fn a_form_can_be_a_list_of_pairs() {
    let pairs: Vec<(String, u8)> = read("a=1&b=2&a=3").unwrap();
    let expected = [("a", 1), ("a", 3), ("b", 2)].map(|(name, n)| (name.to_owned(), n));
    assert_eq!(pairs, expected);
    assert_eq!(read::<()>("a=1"), Ok(()));
}
