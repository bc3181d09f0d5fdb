//! Where generated code finds the runtime.

use crate::code::{Code, Written, code};
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
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

    /// Tokens that only an editor sees.
    pub(crate) fn for_editors(&self, tokens: &TokenStream) -> TokenStream {
        let span = Span::mixed_site();
        let cfg = Written(quote_spanned!(span=> #[cfg(rust_analyzer)]));
        let (root, tokens) = (self.path(span), Written(tokens));
        code! {span=>
            #cfg
            #root::__private::same! { #tokens }
        }
        .into()
    }

    fn path(&self, span: Span) -> Code {
        match self {
            Self::Named(path) => {
                let path = Written(path);
                code!(span=> #path)
            }
            Self::Usual | Self::Unknown => code!(span=> ::router),
        }
    }

    /// Wraps items that name the runtime `__router`.
    ///
    /// A block of its own, so that neither this name nor any other is seen by the user. What is
    /// wrong with the path to the crate is said once, at the import, and of nothing that uses it.
    pub(crate) fn wrap(&self, span: Span, items: Code) -> TokenStream {
        let root = self.path(span);
        let wrapped = code! {span=>
            const _: () = {
                use #root::__private as __router;
                #items
            };
        };
        wrapped.into()
    }
}
