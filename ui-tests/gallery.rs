//! Checks that the project's README shows the compiler's messages unchanged: each error message in it is the
//! content of a whole `.stderr` file.

use std::{collections::HashSet, fs, path::Path};

/// Returns the contents of all `.stderr` files.
fn messages() -> HashSet<String> {
    let mut messages = HashSet::new();
    for topic in fs::read_dir("fail").unwrap() {
        for file in fs::read_dir(topic.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "stderr")
            {
                messages.insert(fs::read_to_string(path).unwrap());
            }
        }
    }
    messages
}

#[test]
fn the_readme_shows_messages_of_the_compiler() {
    let readme = fs::read_to_string(Path::new("..").join("README.md")).unwrap();
    let blocks = readme.split("```text\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap_or_default());
    let shown: Vec<&str> = blocks.filter(|block| block.starts_with("error")).collect();
    assert_eq!(shown.len(), 6);
    let messages = messages();
    for block in shown {
        assert!(messages.contains(block), "not in any case:\n{block}");
    }
}
