//! `#[app]`: a struct whose fields are the modules of a router.

use super::{beside, glue, runtime};
use crate::{
    code::{Code, Written, code},
    diagnostics::{Diagnostics, message},
    parse::{arguments, attribute::cfgs},
    types,
};
use proc_macro2::{Delimiter, Ident, Span, TokenStream};
use quote::{TokenStreamExt as _, format_ident, quote_spanned};
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, spanned::Spanned as _};

pub(crate) fn app(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::new();
    let root = arguments::app(arguments, &mut diagnostics);
    let input: DeriveInput = match syn::parse2(item.clone()) {
        Ok(input) => input,
        Err(error) => {
            let text = message("expected a `struct`").help(HELP);
            diagnostics.push(Error::new(error.span(), text));
            let mut tokens = item;
            tokens.append_all(diagnostics.finish());
            return tokens;
        }
    };
    let modules = modules(&input, &mut diagnostics);
    let mut generated = Vec::new();
    // With parameters, there is no type to write.
    if input.generics.params.is_empty() && root.is_known() {
        let modules = modules.unwrap_or_default();
        let span = glue(input.ident.span());
        let mut items = comparisons(&modules, span);
        items.add(Written(conversion(&input, modules)));
        generated.push(root.wrap(span, items));
    }
    generated.extend(diagnostics.finish());
    beside(&item, &input.attrs, generated)
}

const HELP: &str = "write `struct App { chat: Chat }`, a field a module";

/// The fields, if the struct is what it should be.
fn modules<'a>(input: &'a DeriveInput, diagnostics: &mut Diagnostics) -> Option<Vec<&'a Field>> {
    if !input.generics.params.is_empty() {
        diagnostics.report(
            &input.generics,
            "`#[app]` cannot be used on a generic struct",
        );
    }
    if let Some(clause) = &input.generics.where_clause {
        let text = "`#[app]` cannot be used on a struct with a where clause";
        diagnostics.report(clause, text);
    }
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(data) => {
            let text = message("`#[app]` must be on a struct").help(HELP);
            diagnostics.report(data.enum_token, text);
            return None;
        }
        Data::Union(data) => {
            let text = message("`#[app]` must be on a struct").help(HELP);
            diagnostics.report(data.union_token, text);
            return None;
        }
    };
    let text = || message("modules of an app must be fields with names").help(HELP);
    match fields {
        Fields::Named(fields) => return Some(fields.named.iter().collect()),
        Fields::Unnamed(fields) => diagnostics.report(fields, text()),
        Fields::Unit => diagnostics.report(&input.ident, text()),
    }
    None
}

/// Each module with those before it: its routes must not be in the way of theirs.
///
/// What is wrong with a type is said where the field is mounted. So what isn't a module is none that
/// conflicts (`Unmounted`).
fn comparisons(modules: &[&Field], span: Span) -> Code {
    let mut code = code!(span=> use __router::Unmounted as _;);
    for (index, field) in modules.iter().enumerate() {
        let (first, last) = types::ends(&field.ty);
        let here = glue(first);
        let mut pairs = Code::at(here);
        for (earlier, other) in modules[..index].iter().enumerate() {
            let (cfgs, one, this) = (
                conditions(other),
                module(earlier, here),
                module(index, here),
            );
            pairs.add(code!(here=> #cfgs <__router::Pair<#one, #this>>::CONFLICTS,));
        }
        let (cfgs, name, ty) = (conditions(field), module(index, here), Written(&field.ty));
        code.add(code!(here=> #cfgs type #name = #ty;));
        if index > 0 {
            // All of it where the type is written: there the compiler says what conflicts.
            let (cfgs, apart) = (conditions(field), runtime("apart", (first, last)));
            let pairs = code!(here=> &[#pairs]).in_group(Delimiter::Parenthesis, last);
            code.add(code!(here=> #cfgs const _: () = #apart #pairs;));
        }
    }
    code
}

/// What a field's type is called.
fn module(index: usize, span: Span) -> Ident {
    format_ident!("__Module{}", index, span = span)
}

fn conditions(field: &Field) -> Vec<Written<Attribute>> {
    cfgs(&field.attrs).into_iter().map(Written).collect()
}

/// `impl From<App> for Router`, which mounts the fields in order.
fn conversion(input: &DeriveInput, modules: Vec<&Field>) -> TokenStream {
    let ident = &input.ident;
    let span = glue(ident.span());
    let app = if modules.is_empty() {
        quote_spanned!(span=> _)
    } else {
        quote_spanned!(span=> app)
    };
    let mounted = modules.iter().map(|field| {
        let Field { ident, ty, .. } = field;
        let cfgs = cfgs(&field.attrs);
        quote_spanned! {glue(ty.span())=>
            #(#cfgs)*
            let mounted = __router::Router::mount::<#ty>(mounted, app.#ident);
        }
    });
    quote_spanned! {span=>
        impl __router::From<#ident> for __router::Router {
            fn from(#app: #ident) -> Self {
                let mounted = __router::Router::new();
                #(#mounted)*
                mounted
            }
        }
    }
}
