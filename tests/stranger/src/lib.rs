//! A user's crate whose settings differ from those of this workspace. It has edition 2021, imports `router`
//! under another name, and turns the strict lints of the compiler and of clippy into errors. The test is that
//! it compiles without a warning. `clippy::unused_self` is the only lint that it allows. Continuous
//! integration runs clippy on this crate as on all others.

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

/// A Rust module with the name of the framework's crate. The Rust modules inside have the names of standard
/// crates. Code that the macros generate must not refer to these modules by mistake.
pub mod router {
    /// A Rust module with the name of the crate `core`.
    pub mod core {
        use renamed::prelude::*;

        /// A module of the framework, defined inside the Rust module `router::core`.
        #[derive(Debug)]
        pub struct Deep;

        #[routes(crate = ::renamed)]
        impl Deep {
            /// A route whose method is public and documented.
            #[route(get, "/deep")]
            #[must_use]
            pub fn deep(&self) -> &'static str {
                "deep"
            }
        }
    }

    /// A Rust module with the name of the crate `std`.
    pub mod std {}
}

/// Returns an app with a module that is defined in this function and the other modules of this crate.
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
