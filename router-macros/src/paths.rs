//! Where generated code finds the runtime, and every name of it that generated code uses.

use crate::tokens::moved_to;
use proc_macro2::{Ident, Punct, Spacing, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt as _};
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

    fn to_tokens_at(&self, span: Span, tokens: &mut TokenStream) {
        match self {
            Self::Usual | Self::Unknown => {
                colons(span, tokens);
                tokens.append(Ident::new("router", span));
            }
            Self::Named(path) => tokens.append_all(moved_to(span, path.to_token_stream())),
        }
    }
}

/// A path into the runtime, to be written at a span: what is wrong with it is reported there.
#[derive(Clone, Copy)]
pub(crate) struct RuntimePath<'a> {
    root: &'a CrateRoot,
    name: &'static str,
    span: Span,
}

impl ToTokens for RuntimePath<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { root, name, span } = *self;
        root.to_tokens_at(span, tokens);
        colons(span, tokens);
        tokens.append(Ident::new("__private", span));
        colons(span, tokens);
        tokens.append(Ident::new(name, span));
    }
}

/// Token by token: of all that is generated a third are such paths, and a stream that is added to
/// another costs a call of the compiler.
fn colons(span: Span, tokens: &mut TokenStream) {
    for spacing in [Spacing::Joint, Spacing::Alone] {
        let mut colon = Punct::new(':', spacing);
        colon.set_span(span);
        tokens.append(colon);
    }
}

macro_rules! runtime {
    ($($field:ident: $name:ident,)*) => {
        /// The names of the runtime, for quoting: `let Runtime { route, .. } = root.at(span)`.
        pub(crate) struct Runtime<'a> {
            $(pub(crate) $field: RuntimePath<'a>,)*
        }

        impl CrateRoot {
            pub(crate) fn at(&self, span: Span) -> Runtime<'_> {
                Runtime {
                    $($field: RuntimePath { root: self, name: stringify!($name), span },)*
                }
            }
        }
    };
}

runtime! {
    // the standard library: generated code must not depend on a prelude
    boxed: Box,
    err: Err,
    from: From,
    future: Future,
    ok: Ok,
    option: Option,
    send: Send,
    some: Some,
    // modules and routes
    answered: answered,
    bodies: bodies,
    extractor: Extractor,
    must_be_extractor: extractor,
    into_response: IntoResponse,
    lend: lend,
    method: Method,
    module: Module,
    not_extracted: NotExtracted,
    pair: Pair,
    path_parameter: path_parameter,
    route: Route,
    router: Router,
    unmounted: Unmounted,
    // sockets
    admission: Admission,
    close_code: CloseCode,
    compression: Compression,
    contradiction: contradiction,
    decode: decode,
    event: Event,
    events: Events,
    given: given,
    initial_data: InitialData,
    integer: integer,
    into_outcome: IntoOutcome,
    message: Message,
    options: Options,
    outcome: Outcome,
    on_slow: OnSlow,
    per_message_deflate: PerMessageDeflate,
    socket: Socket,
    socket_error: SocketError,
    step: Step,
    upgrade: Upgrade,
    web_socket: WebSocket,
}
