//! A user's crate with other habits. That it compiles without a warning is the test: edition 2021,
//! `router` under another name, every lint that compilers and clippy have against sloppy code, as
//! errors, and no `allow` anywhere. Continuous integration runs clippy on it like on all others.

#![deny(warnings, missing_docs, unused, nonstandard_style, future_incompatible)]
#![deny(
    rust_2018_idioms,
    let_underscore_drop,
    unused_qualifications,
    unused_results
)]
#![deny(
    trivial_casts,
    trivial_numeric_casts,
    unreachable_pub,
    single_use_lifetimes
)]
#![deny(clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]
#![allow(
    clippy::unused_self,
    reason = "handlers take `&self`, whether they need the module or not"
)]

pub mod everything;

/// A module of Rust's that has the name of the crate, and others that are easily meant.
pub mod router {
    /// A module named like a crate.
    pub mod core {
        use renamed::prelude::*;

        /// In a module of this path.
        #[derive(Debug)]
        pub struct Deep;

        #[routes(crate = ::renamed)]
        impl Deep {
            /// Public, and documented.
            #[route(get, "/deep")]
            #[must_use]
            pub fn deep(&self) -> &'static str {
                "deep"
            }
        }
    }

    /// Another one.
    pub mod std {}
}

/// A module within a function, and an app of both.
pub fn app() -> renamed::Router {
    use renamed::prelude::*;

    struct Local;

    #[websocket(crate = ::renamed, path = "/local", data = u64)]
    impl Local {
        #[on(text)]
        fn text(&self, ws: &mut Socket<u64>, text: &str) {
            ws.data += 1;
            let _sent = ws.send(format!("{} {text}", ws.data));
        }
    }

    #[renamed::app(crate = renamed)]
    struct App {
        local: Local,
        deep: router::core::Deep,
        everything: everything::Everything,
    }

    Router::from(App {
        local: Local,
        deep: router::core::Deep,
        everything: everything::Everything::default(),
    })
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn it_is_an_app_like_any_other() {
        let routes = super::app().routes();
        assert!(routes.iter().any(|route| route.pattern() == "/deep"));
        assert!(super::app().bind("127.0.0.1:0").await.is_ok());
    }
}
