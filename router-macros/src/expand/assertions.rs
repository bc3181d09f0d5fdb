//! What only the compiler can check, as constants that it evaluates.
//!
//! They stand outside of any `impl`, where they are evaluated whether or not anybody uses the
//! module; so what the user wrote with `Self` is written with the type here.

use super::{glue, widened};
use crate::{
    model::{
        Module,
        input::{Input, Source},
        options::{Deflate, Setting, Value},
        signature::Handler,
    },
    paths::{CrateRoot, Runtime},
    tokens::replace_self,
};
use proc_macro2::{Delimiter, Group, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Attribute, Type, ext::IdentExt as _};

pub(super) fn of(root: &CrateRoot, module: &Module) -> Vec<TokenStream> {
    let Module {
        self_ty,
        impl_token: _,
        name: _,
        routes,
        socket,
    } = module;
    let routes = routes.iter();
    let mut assertions: Vec<TokenStream> = routes
        .filter_map(|route| one_body(root, self_ty, &route.handler, &route.inputs))
        .collect();
    if let Some(socket) = socket {
        let settings = socket.settings.iter();
        assertions.extend(settings.filter_map(|setting| in_range(root, self_ty, setting)));
        let admissions = socket.admissions.iter();
        assertions.extend(
            admissions.filter_map(|admission| {
                no_body(root, self_ty, &admission.handler, &admission.inputs)
            }),
        );
    }
    assertions
}

/// An option that is not a literal is in range all the same.
fn in_range(root: &CrateRoot, self_ty: &Type, setting: &Setting) -> Option<TokenStream> {
    let (name, value) = match &setting.value {
        Value::Deflate(Deflate::Chosen(chosen)) => ("level", chosen.level.as_ref()?),
        value => (setting.spec.name, value),
    };
    let Value::Number { expr, quantity } = value else {
        return None;
    };
    let place = expr.to_token_stream();
    let number = replace_self(widened(root, expr), &quote!(<#self_ty>));
    let limit = Literal::u64_unsuffixed(quantity.limit / quantity.integer);
    let text = format!("`{name}` must be {}", quantity.bounds());
    let least = (quantity.least > 0).then(|| {
        let least = Literal::u64_unsuffixed(quantity.least);
        quote!(#least <= #number &&)
    });
    let condition = quote!(#least #number <= #limit);
    Some(assertion(place, &condition, &text, &[]))
}

/// A request has one body. Which extractors take it, their types say.
fn one_body(
    root: &CrateRoot,
    self_ty: &Type,
    handler: &Handler,
    inputs: &[Input],
) -> Option<TokenStream> {
    let extractors = extractors(inputs);
    if extractors.len() < 2 {
        return None;
    }
    let name = handler.name.unraw();
    let text = format!("handler `{name}` cannot have two arguments that take the body");
    let condition = at_most_one(root, self_ty, &extractors, None);
    let place = range(&extractors);
    Some(assertion(place, &condition, &text, &handler.cfgs))
}

/// The request that becomes a socket has none: it counts as taken.
fn no_body(
    root: &CrateRoot,
    self_ty: &Type,
    handler: &Handler,
    inputs: &[Input],
) -> Option<TokenStream> {
    let extractors = extractors(inputs);
    if extractors.is_empty() {
        return None;
    }
    let name = handler.name.unraw();
    let text = format!("handler `{name}` cannot take a body: a request to upgrade has none");
    let condition = at_most_one(root, self_ty, &extractors, Some(true));
    let place = range(&extractors);
    Some(assertion(place, &condition, &text, &handler.cfgs))
}

fn extractors(inputs: &[Input]) -> Vec<&Type> {
    let extractors = inputs
        .iter()
        .filter(|input| matches!(input.source, Source::Extractor));
    extractors.map(|input| &input.ty).collect()
}

fn at_most_one(
    root: &CrateRoot,
    self_ty: &Type,
    extractors: &[&Type],
    taken: Option<bool>,
) -> TokenStream {
    let span = glue(Span::call_site());
    let Runtime {
        at_most_one_body,
        from_request,
        ..
    } = root.at(span);
    let taken = taken.into_iter().map(|taken| quote!(#taken));
    let types = extractors.iter().map(|ty| {
        let ty = replace_self(ty.to_token_stream(), &self_ty.to_token_stream());
        quote_spanned!(span=> <#ty as #from_request<#self_ty>>::TAKES_BODY)
    });
    let all = taken.chain(types);
    quote_spanned!(span=> #at_most_one_body(&[#(#all),*]))
}

/// From the first type to the last.
fn range(types: &[&Type]) -> TokenStream {
    types.iter().map(|ty| ty.to_token_stream()).collect()
}

/// That no routes of `compared` are in each other's way: the type `Pair` or `Alone` of modules.
///
/// For what isn't a module the trait answers, which is used only there.
pub(super) fn no_conflicts(
    root: &CrateRoot,
    place: TokenStream,
    compared: &TokenStream,
    cfgs: &[Attribute],
) -> TokenStream {
    let (first, last) = ends(place);
    let span = glue(first);
    let Runtime { unmounted, .. } = root.at(span);
    let condition = quote_spanned!(span=> <#compared>::CONFLICTS.is_none());
    let text = quote_spanned!(span=> "{}", <#compared>::CONFLICTS.text());
    let assertion = asserted(first, last, &condition, &text);
    quote_spanned! {span=>
        #(#cfgs)*
        const _: () = {
            use #unmounted as _;
            #assertion
        };
    }
}

/// `assert!` from the first token of a place to the last, where the compiler reports it.
fn assertion(
    place: TokenStream,
    condition: &TokenStream,
    text: &str,
    cfgs: &[Attribute],
) -> TokenStream {
    let (first, last) = ends(place);
    let assertion = asserted(first, last, condition, &text.to_token_stream());
    quote_spanned!(glue(first)=> #(#cfgs)* const _: () = #assertion;)
}

fn asserted(first: Span, last: Span, condition: &TokenStream, text: &TokenStream) -> TokenStream {
    let mut arguments = Group::new(Delimiter::Parenthesis, quote!(#condition, #text));
    arguments.set_span(last);
    let assert = quote_spanned!(first=> ::core::assert!);
    quote!(#assert #arguments)
}

fn ends(place: TokenStream) -> (Span, Span) {
    let mut spans = place.into_iter().map(|token: TokenTree| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}
