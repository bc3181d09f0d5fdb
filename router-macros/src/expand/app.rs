//! `#[app]`: a struct whose fields are the modules of a router.

use super::site::{beside, hygienic_at, runtime};
use crate::{
    code::{Code, code, each},
    diagnostics::{Diagnostics, message},
    parse::{
        arguments,
        attribute::{cfgs, not_all},
    },
    types,
};
use proc_macro2::{Delimiter, Span, TokenStream};
use quote::{TokenStreamExt as _, format_ident};
use syn::{Data, DeriveInput, Error, Field, Fields, spanned::Spanned as _};

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
    // The generated code names the struct without generic parameters.
    if input.generics.params.is_empty() && root.is_known() {
        let modules = modules.unwrap_or_default();
        let span = hygienic_at(input.ident.span());
        let mut items = comparisons(&modules, span);
        items.add(conversion(&input, &modules));
        generated.push(root.wrap(span, items));
    }
    generated.extend(diagnostics.finish());
    beside(&item, &input.attrs, generated)
}

const HELP: &str = "write `struct App { chat: Chat }`, with one field per module";

const CONCRETE: &str = "write concrete types for the modules";

/// Checks the struct, and returns its fields if they have names.
fn modules<'a>(input: &'a DeriveInput, diagnostics: &mut Diagnostics) -> Option<Vec<&'a Field>> {
    if !input.generics.params.is_empty() {
        diagnostics.report(
            &input.generics,
            message("`#[app]` cannot be used on a generic struct").help(CONCRETE),
        );
    }
    if let Some(clause) = &input.generics.where_clause {
        let text = message("`#[app]` cannot be used on a struct with a where clause");
        diagnostics.report(clause, text.help(CONCRETE));
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
    let text = || message("modules of an app must be named fields").help(HELP);
    match fields {
        Fields::Named(fields) => return Some(fields.named.iter().collect()),
        Fields::Unnamed(fields) => diagnostics.report(fields, text()),
        Fields::Unit => diagnostics.report(&input.ident, text()),
    }
    None
}

/// The maximum number of modules in one list. A list is a type of nested pairs, `(((), A), B)`, and
/// the compiler resolves traits at most 128 levels deep.
const LISTED: usize = 64;

/// Compares each module with the modules before it, because their routes must not conflict.
///
/// An error about a type is reported where the field is mounted. A type that isn't a module
/// therefore counts here as a module without conflicts (`Unmounted`).
fn comparisons(modules: &[&Field], span: Span) -> Code {
    let mut code = code!(span=> use __router::Unmounted as _;);
    // The lists of the modules so far, each identified by its last module. Full lists come first.
    let mut lists = vec![None];
    for (index, field) in modules.iter().enumerate() {
        let (first, last) = types::ends(&field.ty);
        let here = hygienic_at(first);
        let cfgs = cfgs(&field.attrs);
        if index > 0 {
            let mut pairs = Code::at(here);
            for before in &lists {
                let (before, ty) = (list(*before, here), &field.ty);
                pairs.add(code!(here=> <__router::Pairs<#before, #ty>>::CONFLICTS,));
            }
            // The whole call is located at the type, because the compiler reports conflicts there.
            let apart = runtime("apart", (first, last));
            let pairs = code!(here=> &[#pairs]).in_group(Delimiter::Parenthesis, last);
            let cfgs = each(&cfgs);
            code.add(code!(here=> #cfgs const _: () = #apart #pairs;));
        }
        let open = lists.pop().flatten();
        let (name, before) = (list(Some(index), here), list(open, here));
        let (ty, conditions) = (&field.ty, each(&cfgs));
        code.add(code!(here=> #conditions type #name = (#before, #ty);));
        if !cfgs.is_empty() {
            let (name, before) = (list(Some(index), here), list(open, here));
            let otherwise = &not_all(&cfgs);
            code.add(code!(here=> #otherwise type #name = #before;));
        }
        lists.push(Some(index));
        if index % LISTED == LISTED - 1 {
            lists.push(None);
        }
    }
    code
}

/// The name of a list, by its last module. The empty list is `()`.
fn list(last: Option<usize>, span: Span) -> Code {
    match last {
        None => code!(span=> ()),
        Some(index) => {
            let name = format_ident!("__Modules{}", index, span = span);
            code!(span=> #name)
        }
    }
}

/// `impl From<App> for Router`, which mounts the fields in order.
fn conversion(input: &DeriveInput, modules: &[&Field]) -> Code {
    let ident = &input.ident;
    let span = hygienic_at(ident.span());
    let app = if modules.is_empty() {
        code!(span=> _)
    } else {
        code!(span=> app)
    };
    let mut mounts = Code::at(span);
    for field in modules {
        let Field { ident, ty, .. } = field;
        let cfgs = cfgs(&field.attrs);
        let (cfgs, ident) = (each(&cfgs), ident.as_ref());
        mounts.add(code! {hygienic_at(ty.span())=>
            #cfgs
            let mounted = __router::Router::mount::<#ty>(mounted, app.#ident);
        });
    }
    code! {span=>
        impl __router::From<#ident> for __router::Router {
            fn from(#app: #ident) -> Self {
                let mounted = __router::Router::new();
                #mounts
                mounted
            }
        }
    }
}
