//! Where generated code finds the runtime.

use crate::code::{Code, code};
use proc_macro2::{Span, TokenStream};
use syn::Path;

/// The path by which generated code names the crate `router`.
#[derive(Default)]
pub(crate) enum CrateRoot {
    /// `::router`
    #[default]
    Usual,
    /// The path given in the option `crate`.
    Named(Path),
    /// The option could not be read, so no code that names the crate can be generated.
    Unknown,
}

impl CrateRoot {
    pub(crate) fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown)
    }

    /// Wraps tokens so that only rust-analyzer sees them.
    pub(crate) fn for_editors(&self, tokens: &TokenStream) -> TokenStream {
        let span = Span::mixed_site();
        let root = self.path(span);
        code! {span=>
            #[cfg(rust_analyzer)]
            #root::__private::same! { #tokens }
        }
        .into()
    }

    fn path(&self, span: Span) -> Code {
        match self {
            Self::Named(path) => code!(span=> #path),
            Self::Usual | Self::Unknown => code!(span=> ::router),
        }
    }

    /// Wraps items in a block that imports the runtime as `__router`.
    ///
    /// The block hides this name and all generated names from the user's code. A wrong path to the
    /// crate is reported once, at the import, and not at each use.
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
