//! What only the compiler can check, as constants that it evaluates.
//!
//! They stand outside of any `impl`, where they are evaluated whether or not anybody uses the
//! module; so what the user wrote with `Self` is written with `__Module` here.

use super::{glue, widened};
use crate::{
    diagnostics::{Message, message},
    model::{
        Module,
        input::Input,
        options::{Deflate, Setting, Value},
        route::Route,
        signature::{Argument, Handler},
        socket::Admission,
    },
    tokens::{ends, replace_self},
};
use proc_macro2::{Delimiter, Group, Literal, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
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
    // Routes of one method stand next to each other.
    for of_method in routes.chunk_by(|one, other| Rc::ptr_eq(&one.handler, &other.handler)) {
        let Route {
            handler, inputs, ..
        } = &of_method[0];
        if of_method.iter().all(|route| !route.method.has_body()) {
            let method = of_method[0].method.names().1;
            let why = format!("a {method} request has none");
            assertions.extend(no_body(handler, inputs, &why));
        } else {
            assertions.extend(one_body(handler, inputs));
        }
    }
    if let Some(socket) = socket {
        let settings = socket.settings.iter();
        assertions.extend(settings.filter_map(in_range));
        assertions.extend(no_contradiction(&socket.settings));
        for Admission { handler, inputs } in &socket.admissions {
            let why = "a request to upgrade has none";
            assertions.extend(no_body(handler, inputs, why));
        }
    }
    assertions
}

/// Options that go together, where the macro could not see whether they do.
fn no_contradiction(settings: &[Setting]) -> Option<TokenStream> {
    let unknown = settings.iter().find(|setting| !setting.value.is_known())?;
    let place = unknown.key.span();
    let span = glue(place);
    let found =
        quote_spanned!(span=> __router::contradiction(&<__Module as __router::WebSocket>::OPTIONS));
    let condition = quote_spanned!(span=> #found.is_empty());
    let assertion = asserted(place, place, &condition, &found);
    Some(quote_spanned!(span=> const _: () = #assertion;))
}

/// An option that is not a literal is in range all the same.
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
    Some(quote_spanned!(glue(first)=> const _: () = #assertion;))
}

/// A request has one body. Which extractors take it, their types say.
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
    .help("take `Bytes`, and make both of them from it");
    let takes = takers.iter().map(|(Argument { cfgs, .. }, input)| {
        let takes = takes_body(&input.ty);
        quote_spanned!(glue(input.ty.span())=> #(#cfgs)* #takes)
    });
    let span = glue(handler.name.span());
    let condition = quote_spanned!(span=> __router::bodies(&[#(#takes),*]) <= 1);
    let place = takers.iter().map(|(_, input)| input.ty.to_token_stream());
    let place = place.collect();
    Some(assertion(place, &condition, &text, &handler.cfgs))
}

/// Where there is no body to take: RFC 9110 §9.3.1 gives that of a GET no meaning.
fn no_body(handler: &Handler, inputs: &[Input], why: &str) -> Vec<TokenStream> {
    let name = handler.name.unraw();
    let arguments = handler.arguments.iter().zip(inputs);
    let takers = arguments.filter(|(_, input)| input.may_take_the_body());
    let assert = |(argument, Input { ty, .. }): (&Argument, &Input)| {
        let parameter = argument.plain_name().unwrap_or_default();
        let text = message(format!("handler `{name}` cannot take a body: {why}")).help(format_args!(
            "a part of the path is written `{{{parameter}}}` in it; for the query, take a `Query<T>`"
        ));
        let takes = takes_body(ty);
        let condition = quote_spanned!(glue(ty.span())=> !#takes);
        assertion(ty.to_token_stream(), &condition, &text, &handler.cfgs)
    };
    takers.map(assert).collect()
}

/// What isn't an extractor takes none: that it isn't one is said where it is extracted.
fn takes_body(ty: &Type) -> TokenStream {
    let span = glue(ty.span());
    let ty = replace_self(ty.to_token_stream(), &quote_spanned!(span=> __Module));
    quote_spanned!(span=> <__router::Extractor<#ty, __Module>>::TAKES_BODY)
}

/// `assert!` from the first token of a place to the last, where the compiler reports it.
fn assertion(
    place: TokenStream,
    condition: &TokenStream,
    text: &Message,
    cfgs: &[Attribute],
) -> TokenStream {
    let (first, last) = ends(place);
    let span = glue(first);
    let text = LitStr::new(&text.to_string(), span).into_token_stream();
    let assertion = asserted(first, last, condition, &text);
    quote_spanned! {span=>
        #(#cfgs)*
        const _: () = {
            use __router::NotExtracted as _;
            #assertion
        };
    }
}

fn asserted(first: Span, last: Span, condition: &TokenStream, text: &TokenStream) -> TokenStream {
    let arguments = quote_spanned!(glue(first)=> #condition, "{}", #text);
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(last);
    let assert = quote_spanned!(first=> ::core::assert!);
    quote!(#assert #arguments)
}
