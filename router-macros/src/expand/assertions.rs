//! Checks that only the compiler can make, as constants that it evaluates.
//!
//! The constants are outside of any `impl`, where they are evaluated even if the module is unused.
//! There is no `Self` there, so `Self` in the user's code is replaced by `__Module`.

use super::{hygienic_at, widened};
use crate::{
    diagnostics::{DiagnosticText, message},
    model::{
        Module,
        input::Input,
        options::{Deflate, Setting, Settings, Value, ValueKind},
        output::{self, Unknown},
        route::Route,
        signature::{Argument, Handler},
        socket::Admission,
    },
    tokens::{ends, replace_self, shown},
};
use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use std::rc::Rc;
use syn::{Attribute, LitStr, Type, ext::IdentExt as _, spanned::Spanned as _};

pub(super) fn of(module: &Module) -> TokenStream {
    let Module {
        self_ty: _,
        impl_token: _,
        name: _,
        routes,
        socket,
        unread: _,
    } = module;
    let mut assertions = TokenStream::new();
    let mut failures = Failures::default();
    // Routes of one handler method are adjacent.
    for of_method in routes.chunk_by(|one, other| Rc::ptr_eq(&one.handler, &other.handler)) {
        let Route {
            handler, inputs, ..
        } = &of_method[0];
        assertions.extend(failures.of_route(handler));
        assertions.extend(failures.of_extractors(handler, inputs));
        if of_method.iter().all(|route| !route.method.has_body()) {
            let method = of_method[0].method.names().1;
            let why = format!("a {method} request has none");
            assertions.extend(no_body(handler, inputs, &why, "the route"));
        } else {
            assertions.extend(one_body(handler, inputs));
        }
    }
    if let Some(socket) = socket {
        let set = socket.settings.set.iter();
        assertions.extend(set.filter_map(in_range));
        assertions.extend(finished_options(&socket.settings));
        for Admission { handler, inputs } in &socket.admissions {
            assertions.extend(failures.of_upgrade(handler, socket.data.as_ref()));
            assertions.extend(failures.of_extractors(handler, inputs));
            let why = "an upgrade request has none";
            assertions.extend(no_body(handler, inputs, why, "the block's `path`"));
        }
    }
    assertions
}

/// Assertions about options that the macro cannot check itself.
///
/// They check whether the options can be combined, and whether a base and constants of the
/// runtime's types are in range. Each assertion is located at the option that it checks. At most
/// one of them fails, because the runtime reports one fault of one option.
fn finished_options(settings: &Settings) -> Option<TokenStream> {
    if settings.are_known() {
        return None;
    }
    let mut assertions = TokenStream::new();
    let mut assert = |(first, last): (Span, Span), function: &str, argument: &dyn ToTokens| {
        let span = hygienic_at(first);
        let function = Ident::new(function, span);
        let fault = quote_spanned!(span=> __router::#function(options, #argument));
        let condition = quote_spanned!(span=> #fault.is_empty());
        let assertion = asserted(first, last, &condition, &fault);
        assertions.extend(quote_spanned!(span=> #assertion;));
    };
    for Setting { key, spec, value } in &settings.set {
        // The range of a number has an assertion of its own: the number may not fit the builder's
        // `u64`.
        if let (ValueKind::Rate(_), Value::Typed { expr, .. }) = (spec.kind, value) {
            assert(ends(expr.to_token_stream()), "invalid_value", &spec.name);
        }
        if spec.can_do_nothing() {
            assert((key.span(), key.span()), "contradiction", &spec.sets());
        }
    }
    if let Some(base) = &settings.base {
        let names = settings.set.iter().map(|setting| setting.spec.sets());
        let place = ends(base.to_token_stream());
        let names = quote_spanned!(hygienic_at(place.0)=> &[#(#names),*]);
        assert(place, "fault_of_base", &names);
    }
    if assertions.is_empty() {
        return None;
    }
    Some(quote_spanned! {Span::mixed_site()=>
        const _: () = {
            let options = &<__Module as __router::WebSocket>::OPTIONS;
            #assertions
        };
    })
}

/// Asserts that a number that is not a literal is in range.
fn in_range(setting: &Setting) -> Option<TokenStream> {
    let (name, value) = match &setting.value {
        Value::Deflate(Deflate::Chosen(chosen)) => ("level", chosen.level.as_ref()?),
        value => (setting.spec.name, value),
    };
    let Value::Number { expr, quantity } = value else {
        return None;
    };
    let place = expr.to_token_stream();
    let number = replace_self(widened(expr), &quote!(__Module));
    let limit = Literal::u64_unsuffixed(quantity.limit / quantity.integer);
    let text = format!("`{name}` must be {}", quantity.bounds());
    let least = (quantity.least > 0).then(|| {
        let least = Literal::u64_unsuffixed(quantity.least);
        quote!(#least <= #number &&)
    });
    let condition = quote!(#least #number <= #limit);
    let (first, last) = ends(place);
    let assertion = asserted(first, last, &condition, &quote!(#text));
    Some(quote_spanned!(hygienic_at(first)=> const _: () = #assertion;))
}

/// Asserts that at most one argument takes the body. Whether an extractor takes it is a constant of
/// its type.
fn one_body(handler: &Handler, inputs: &[Input]) -> Option<TokenStream> {
    let arguments = handler.arguments.iter().zip(inputs);
    let takers: Vec<_> = arguments
        .filter(|(_, input)| input.may_take_the_body())
        .collect();
    if takers.len() < 2 {
        return None;
    }
    let name = handler.name.unraw();
    let text = message(format!(
        "handler `{name}` cannot have two arguments that take the body"
    ))
    .help("take `Bytes`, and parse both values from it");
    let takes = takers.iter().map(|(Argument { cfgs, .. }, input)| {
        let takes = of_extractor(&input.ty, "TAKES_BODY");
        quote_spanned!(hygienic_at(input.ty.span())=> #(#cfgs)* #takes)
    });
    let span = hygienic_at(handler.name.span());
    let condition = quote_spanned!(span=> __router::bodies(&[#(#takes),*]) <= 1);
    let place = takers.iter().map(|(_, input)| input.ty.to_token_stream());
    let place = place.collect();
    let fallback = quote_spanned!(span=> NotExtracted);
    Some(assertion(
        place,
        &fallback,
        &condition,
        &text,
        &handler.cfgs,
    ))
}

/// Asserts that no argument needs a body, for requests that have none. RFC 9110 §9.3.1 gives the
/// body of a GET no meaning.
fn no_body(handler: &Handler, inputs: &[Input], why: &str, path: &str) -> Vec<TokenStream> {
    let name = handler.name.unraw();
    let arguments = handler.arguments.iter().zip(inputs);
    let takers = arguments.filter(|(_, input)| input.may_take_the_body());
    let assert = |(argument, Input { ty, .. }): (&Argument, &Input)| {
        let text = message(format!("handler `{name}` cannot take a body: {why}"));
        let text = match argument.plain_name() {
            Some(parameter) => text.help(format_args!(
                "to read it from the path, add `{{{parameter}}}` to {path}; to read the query, take \
                 a `Query<T>`"
            )),
            None => text.help("to read the query, take a `Query<T>`"),
        };
        let needs = of_extractor(ty, "NEEDS_BODY");
        let span = hygienic_at(ty.span());
        let condition = quote_spanned!(span=> !#needs);
        let fallback = quote_spanned!(span=> NotExtracted);
        let place = ty.to_token_stream();
        let cfgs = conditions(handler, argument);
        assertion(place, &fallback, &condition, &text, &cfgs)
    };
    takers.map(assert).collect()
}

/// The `#[cfg]`s of an assertion about an argument. Its type may not exist without them.
fn conditions(handler: &Handler, argument: &Argument) -> Vec<Attribute> {
    [&handler.cfgs[..], &argument.cfgs].concat()
}

/// The types that have an assertion already: most blocks have one error type and few extractors.
#[derive(Default)]
struct Failures(Vec<String>);

impl Failures {
    /// Asserts that an error returned by a route has a status, so that it is not answered with 200.
    fn of_route(&mut self, handler: &Handler) -> Option<TokenStream> {
        let unknown = output::unknown(handler.output.as_ref()?)?;
        self.assertion(
            handler,
            &unknown,
            |ty| quote_spanned!(hygienic_at(ty.span())=> __router::Returned<#ty>),
        )
    }

    /// Asserts the same of `#[on(upgrade)]`, which returns `data` or rejects the request.
    fn of_upgrade(&mut self, handler: &Handler, data: Option<&Type>) -> Option<TokenStream> {
        let output = handler.output.as_ref()?;
        let unknown = output::unknown(output)?;
        let text = |ty: &Type| shown(ty.to_token_stream());
        if matches!(unknown, Unknown::Whole(_)) && data.map(text) == Some(text(output)) {
            return None;
        }
        self.assertion(handler, &unknown, |ty| {
            quote_spanned! {hygienic_at(ty.span())=>
                __router::Admitted<#ty, <__Module as __router::WebSocket>::Data>
            }
        })
    }

    /// Asserts the same of the rejections of extractors that are not `router`'s own.
    fn of_extractors(&mut self, handler: &Handler, inputs: &[Input]) -> Vec<TokenStream> {
        let arguments = handler.arguments.iter().zip(inputs);
        let foreign = arguments.filter(|(_, input)| input.may_be_foreign());
        let assertion = |(argument, Input { ty, .. }): (&Argument, &Input)| {
            let shown = shown(ty.to_token_stream());
            let text = message(format!(
                "`{shown}` cannot reject a request: its `Rejection` has no status, so the response would be \
                 `200 OK`"
            ))
            .help("use a `Rejection` with a status, such as `StatusCode` or `(StatusCode, String)`");
            let cfgs = conditions(handler, argument);
            if self.is_known(&cfgs, format!("extractor {shown}")) {
                return None;
            }
            let condition = of_extractor(ty, "REFUSES_WITH_STATUS");
            let fallback = quote_spanned!(hygienic_at(ty.span())=> NotExtracted);
            let place = ty.to_token_stream();
            Some(assertion(place, &fallback, &condition, &text, &cfgs))
        };
        foreign.filter_map(assertion).collect()
    }

    /// Whether the block already has an unconditional assertion about a type. If it has none, an
    /// unconditional one is recorded.
    fn is_known(&mut self, cfgs: &[Attribute], ty: String) -> bool {
        let is_known = self.0.contains(&ty);
        if !is_known && cfgs.is_empty() {
            self.0.push(ty);
        }
        is_known
    }

    fn assertion(
        &mut self,
        handler: &Handler,
        unknown: &Unknown<'_>,
        returned: impl Fn(&TokenStream) -> TokenStream,
    ) -> Option<TokenStream> {
        let (Unknown::Error(ty) | Unknown::Whole(ty)) = unknown;
        let (name, shown) = (handler.name.unraw(), shown(ty.to_token_stream()));
        let span = hygienic_at(ty.span());
        let in_module = in_terms_of_the_module(ty);
        let (text, condition) = match unknown {
            Unknown::Error(_) => (
                format!("handler `{name}` cannot fail with `{shown}`: this type"),
                quote_spanned!(span=> <__router::Returned<#in_module>>::HAS_STATUS),
            ),
            Unknown::Whole(_) => {
                let returned = returned(&in_module);
                (
                    format!("handler `{name}` cannot return `{shown}`: its error type"),
                    quote_spanned!(span=> !<#returned>::FAILS_WITHOUT_STATUS),
                )
            }
        };
        // An error type that is certainly a body is reported for every handler, and any other type
        // once.
        if !output::is_body(ty) && self.is_known(&handler.cfgs, shown) {
            return None;
        }
        let text = message(format!("{text} has no status, so the response would be `200 OK`")).help(
            "return a status with the error, such as `(StatusCode, String)`, or a type of your own that \
             implements `IntoResponse`",
        );
        let fallback = quote_spanned!(span=> NotReturned);
        let place = ty.to_token_stream();
        Some(assertion(
            place,
            &fallback,
            &condition,
            &text,
            &handler.cfgs,
        ))
    }
}

/// A constant of an extractor. A type that isn't an extractor gets the value in `NotExtracted`,
/// which passes the assertion, because the type is reported where it is extracted.
fn of_extractor(ty: &Type, constant: &str) -> TokenStream {
    let span = hygienic_at(ty.span());
    let ty = in_terms_of_the_module(ty);
    let constant = Ident::new(constant, span);
    quote_spanned!(span=> <__router::Extractor<#ty, __Module>>::#constant)
}

/// A type as it is written outside of the block, with `__Module` for `Self`.
fn in_terms_of_the_module(ty: &Type) -> TokenStream {
    let module = quote_spanned!(hygienic_at(ty.span())=> __Module);
    replace_self(ty.to_token_stream(), &module)
}

/// An `assert!` that the compiler reports from the first token of `place` to the last.
///
/// `fallback` is the trait that provides the constants for types without them.
fn assertion(
    place: TokenStream,
    fallback: &TokenStream,
    condition: &TokenStream,
    text: &DiagnosticText,
    cfgs: &[Attribute],
) -> TokenStream {
    let (first, last) = ends(place);
    let span = hygienic_at(first);
    let text = LitStr::new(&text.to_string(), span).into_token_stream();
    let assertion = asserted(first, last, condition, &text);
    quote_spanned! {span=>
        #(#cfgs)*
        const _: () = {
            use __router::#fallback as _;
            #assertion
        };
    }
}

fn asserted(first: Span, last: Span, condition: &TokenStream, text: &TokenStream) -> TokenStream {
    let arguments = quote_spanned!(hygienic_at(first)=> #condition, "{}", #text);
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(last);
    let assert = quote_spanned!(first=> ::core::assert!);
    quote!(#assert #arguments)
}
