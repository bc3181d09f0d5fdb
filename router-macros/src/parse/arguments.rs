//! The arguments of each attribute.

use super::{
    attribute::{self, InnerAttribute, Outer},
    option::{self, Known},
    values,
};
use crate::{
    diagnostics::{Diagnostics, message},
    model::{
        event::Event,
        options::{SPECS, Setting},
    },
    paths::CrateRoot,
};
use proc_macro2::{Ident, TokenStream};
use quote::ToTokens as _;
use syn::{Error, LitStr, Path, Token, Type, ext::IdentExt as _, parse::ParseStream};

const PREFIX: (&str, &str) = ("prefix", r#"prefix = "/api""#);
const CRATE: (&str, &str) = ("crate", "crate = ::router");
const PATH: (&str, &str) = ("path", r#"path = "/chat""#);
const DATA: (&str, &str) = ("data", "data = ClientData");

/// The options of a block. Those of a socket are empty under `#[routes]`.
pub(crate) struct BlockArguments {
    pub(crate) outer: Outer,
    pub(crate) prefix: Option<LitStr>,
    pub(crate) path: Option<LitStr>,
    pub(crate) data: Option<Type>,
    pub(crate) settings: Vec<Setting>,
}

pub(crate) fn block(
    outer: Outer,
    arguments: TokenStream,
    diagnostics: &mut Diagnostics,
) -> (CrateRoot, BlockArguments) {
    let specs = SPECS.iter().map(|spec| (spec.name, spec.example));
    let socket: Vec<_> = [PATH, DATA].into_iter().chain(specs).collect();
    let both = [PREFIX, CRATE];
    let (options, elsewhere) = match outer {
        Outer::Websocket => (socket.into_iter().chain(both).collect(), Vec::new()),
        Outer::Routes => {
            let owner = Outer::Websocket.name();
            let elsewhere = socket.into_iter().map(|(option, _)| (option, owner));
            (both.to_vec(), elsewhere.collect())
        }
    };
    let known = Known {
        owner: format!("`#[{}]`", outer.name()),
        options,
        elsewhere,
        groups: &[values::DEFLATE],
    };
    let mut found = CrateRoot::default();
    let mut block = BlockArguments {
        outer,
        prefix: None,
        path: None,
        data: None,
        settings: Vec::new(),
    };
    option::parse(arguments, &known, diagnostics, |key, has_value, input| {
        let name = &*key.to_string();
        match name {
            "crate" => found = root(input)?,
            "prefix" => block.prefix = Some(string(name, input)?),
            "path" => block.path = Some(string(name, input)?),
            "data" => block.data = Some(input.parse()?),
            name => {
                let spec = SPECS.iter().find(|spec| spec.name == name);
                let spec = spec.expect("the list of known options is made of these");
                block
                    .settings
                    .push(values::setting(spec, key, has_value, input)?);
            }
        }
        Ok(())
    });
    (found, block)
}

/// The one option of `#[app]`.
pub(crate) fn app(arguments: TokenStream, diagnostics: &mut Diagnostics) -> CrateRoot {
    let known = Known {
        owner: "`#[app]`".to_owned(),
        options: vec![CRATE],
        elsewhere: Vec::new(),
        groups: &[],
    };
    let mut found = CrateRoot::default();
    option::parse(arguments, &known, diagnostics, |_, _, input| {
        found = root(input)?;
        Ok(())
    });
    found
}

fn root(input: ParseStream<'_>) -> syn::Result<CrateRoot> {
    Path::parse_mod_style(input).map(CrateRoot::new)
}

fn string(name: &str, input: ParseStream<'_>) -> syn::Result<LitStr> {
    let text = format!("`{name}` must be a string literal");
    // The error knows the place; the input may have gone past a literal of another kind.
    let parsed = input.parse();
    parsed.map_err(|error: Error| Error::new(error.span(), text))
}

/// `#[route(get, "/path")]`
pub(crate) struct RouteArguments {
    pub(crate) method: Ident,
    pub(crate) path: LitStr,
}

pub(crate) fn route(attribute: &InnerAttribute, handler: &Ident) -> syn::Result<RouteArguments> {
    let handler = handler.unraw();
    let example = format!(r#"#[route(get, "/{handler}")]"#);
    let list = attribute::arguments(&attribute.attribute, &example)?;
    list.parse_args_with(|input: ParseStream<'_>| -> syn::Result<RouteArguments> {
        if input.peek(LitStr) {
            let path = input.fork().parse::<LitStr>()?.into_token_stream();
            return Err(input.error(
                message("expected a request method before the path")
                    .help(format_args!("write `#[route(get, {path})]`")),
            ));
        }
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected a request method, such as `get`"));
        }
        let method = input.call(Ident::parse_any)?;
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error("expected `,` and a path"));
        }
        input.parse::<Option<Token![,]>>()?;
        if input.is_empty() {
            let help = format!(r#"write `#[route({method}, "/{handler}")]`"#);
            let text = message("route must have a path").help(help);
            return Err(Error::new_spanned(method, text));
        }
        let path = string("path", input)?;
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            return Err(input.error("`#[route]` takes a method and a path, and nothing more"));
        }
        Ok(RouteArguments { method, path })
    })
}

/// The event in `#[on(open)]`.
pub(crate) fn on(attribute: &InnerAttribute) -> syn::Result<Ident> {
    let example = format!("#[on({})]", Event::Open.name());
    let list = attribute::arguments(&attribute.attribute, &example)?;
    list.parse_args_with(|input: ParseStream<'_>| -> syn::Result<Ident> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected an event, such as `open`"));
        }
        let event = input.call(Ident::parse_any)?;
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            return Err(input.error("`#[on]` takes an event, and nothing more"));
        }
        Ok(event)
    })
}
