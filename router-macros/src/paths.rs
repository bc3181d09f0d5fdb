//! Where generated code finds the runtime.

use crate::code::{Code, Written, code};
use proc_macro2::{Span, TokenStream};
use syn::Path;

/// The crate as generated code names it.
#[derive(Default)]
pub(crate) enum CrateRoot {
    /// `::router`
    #[default]
    Usual,
    /// What the option `crate` says.
    Named(Path),
    /// The option can't be read: nothing that names the crate can be generated.
    Unknown,
}

impl CrateRoot {
    pub(crate) fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown)
    }

    /// Wraps items that name the runtime `__router`.
    ///
    /// A block of its own, so that neither this name nor any other is seen by the user. What is
    /// wrong with the path to the crate is said once, at the import, and of nothing that uses it.
    pub(crate) fn wrap(&self, span: Span, items: Code) -> TokenStream {
        let root = match self {
            Self::Named(path) => {
                let path = Written(path);
                code!(span=> #path)
            }
            Self::Usual | Self::Unknown => code!(span=> ::router),
        };
        let wrapped = code! {span=>
            const _: () = {
                use #root::__private as __router;
                #items
            };
        };
        wrapped.into()
    }
}
