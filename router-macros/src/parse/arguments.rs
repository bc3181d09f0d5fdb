//! The arguments of each attribute.

use super::{
    attribute::{self, InnerAttribute, Outer},
    deflate::DEFLATE,
    option::{self, Known},
    values,
};
use crate::{
    diagnostics::{Diagnostics, message},
    model::{
        event::Event,
        options::{SPECS, Settings},
        route::HttpMethod,
    },
    paths::CrateRoot,
    tokens::literal,
};
use proc_macro2::{Ident, TokenStream};
use quote::ToTokens as _;
use syn::{
    Error, Expr, Lit, LitStr, Meta, Path, Token, Type, ext::IdentExt as _, parse::ParseStream,
};

const PREFIX: (&str, &str) = ("prefix", r#"prefix = "/api""#);
const CRATE: (&str, &str) = ("crate", "crate = ::router");
const PATH: (&str, &str) = ("path", r#"path = "/chat""#);
const DATA: (&str, &str) = ("data", "data = ClientData");
const OPTIONS: (&str, &str) = ("options", "options = Options::HARDENED");

/// The options of a block. Under `#[routes]`, the options of a socket are empty.
pub(crate) struct BlockArguments {
    pub(crate) outer: Outer,
    pub(crate) prefix: Option<LitStr>,
    pub(crate) path: Option<LitStr>,
    pub(crate) data: Option<Type>,
    pub(crate) settings: Settings,
}

pub(crate) fn block(
    outer: Outer,
    arguments: TokenStream,
    diagnostics: &mut Diagnostics,
) -> (CrateRoot, BlockArguments) {
    let specs = SPECS.iter().map(|spec| (spec.name, spec.example));
    let socket: Vec<_> = [PATH, DATA, OPTIONS].into_iter().chain(specs).collect();
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
        groups: &[DEFLATE],
        positional: match outer {
            Outer::Websocket => Some(PATH.0),
            Outer::Routes => Some(PREFIX.0),
        },
    };
    let mut found = CrateRoot::default();
    let mut block = BlockArguments {
        outer,
        prefix: None,
        path: None,
        data: None,
        settings: Settings::default(),
    };
    option::parse(arguments, &known, diagnostics, |key, has_value, input| {
        let name = &*key.to_string();
        match name {
            "crate" => root(input, &mut found)?,
            "prefix" => block.prefix = Some(string(name, input)?),
            "path" => block.path = Some(string(name, input)?),
            "data" => block.data = Some(data(input)?),
            "options" => block.settings.base = Some(base(input)?),
            name => {
                let spec = SPECS.iter().find(|spec| spec.name == name);
                let spec = spec.expect("`SPECS` contains every other name that is known");
                block
                    .settings
                    .set
                    .push(values::setting(spec, key, has_value, input)?);
            }
        }
        Ok(())
    });
    (found, block)
}

/// Reads `crate`, the only option of `#[app]`.
pub(crate) fn app(arguments: TokenStream, diagnostics: &mut Diagnostics) -> CrateRoot {
    let known = Known {
        owner: "`#[app]`".to_owned(),
        options: vec![CRATE],
        elsewhere: vec![(PREFIX.0, Outer::Routes.name())],
        groups: &[],
        positional: None,
    };
    let mut found = CrateRoot::default();
    option::parse(arguments, &known, diagnostics, |_, _, input| {
        root(input, &mut found)
    });
    found
}

fn root(input: ParseStream<'_>, found: &mut CrateRoot) -> syn::Result<()> {
    *found = CrateRoot::Unknown;
    if let Ok(literal) = input.fork().parse::<LitStr>() {
        let text = message("`crate` must be a path, not a string");
        let help = format!("write `crate = {}`", literal.value());
        return Err(Error::new_spanned(literal, text.help(help)));
    }
    *found = CrateRoot::Named(Path::parse_mod_style(input)?);
    Ok(())
}

fn data(input: ParseStream<'_>) -> syn::Result<Type> {
    let literal: Option<Lit> = input.fork().parse().ok();
    let Some(literal) = literal else {
        return input.parse();
    };
    let text = message("`data` must be a type");
    let text = match &literal {
        Lit::Str(name) => text.help(format_args!("write `data = {}`", name.value())),
        _ => text.help(format_args!("write `{}`", DATA.1)),
    };
    Err(Error::new_spanned(literal, text))
}

fn base(input: ParseStream<'_>) -> syn::Result<Expr> {
    let expr: Expr = input.parse()?;
    match literal(&expr) {
        Some(_) => {
            let text = message("`options` must be a value of type `Options`");
            let text = text.help(format_args!("write `{}`", OPTIONS.1));
            Err(Error::new_spanned(expr, text))
        }
        None => Ok(expr),
    }
}

fn string(name: &str, input: ParseStream<'_>) -> syn::Result<LitStr> {
    literal_string(input, || format!("`{name}` must be a string literal"))
}

fn route_path(input: ParseStream<'_>) -> syn::Result<LitStr> {
    literal_string(input, || {
        "the path of a route must be a string literal".to_owned()
    })
}

fn literal_string(input: ParseStream<'_>, problem: impl Fn() -> String) -> syn::Result<LitStr> {
    let is_other_literal = input.peek(Lit);
    // Uses the error's span, because the input may have advanced past a literal of another kind.
    let parsed = input.parse();
    parsed.map_err(|error: Error| {
        let text = message(problem());
        let text = if is_other_literal {
            text.help("write a path in quotes, such as `\"/chat\"`")
        } else {
            text.note("it is checked before constants and other macros are evaluated")
        };
        Error::new(error.span(), text)
    })
}

/// The path that a `#[route]` contains, which a help message repeats.
fn written_path(attribute: &InnerAttribute) -> Option<String> {
    let Meta::List(list) = &attribute.attribute.meta else {
        return None;
    };
    let tokens = list
        .tokens
        .clone()
        .into_iter()
        .map(|token| token.to_string());
    tokens.into_iter().find(|token| token.starts_with("\"/"))
}

/// The arguments of `#[route(get, "/path")]`.
pub(crate) struct RouteArguments {
    pub(crate) method: Ident,
    pub(crate) path: LitStr,
}

pub(crate) fn route(attribute: &InnerAttribute, handler: &Ident) -> syn::Result<RouteArguments> {
    let handler = handler.unraw();
    let path = written_path(attribute).unwrap_or_else(|| format!("\"/{handler}\""));
    let example = || format!("#[route(get, {path})]");
    let list = attribute::arguments(&attribute.attribute, example)?;
    list.parse_args_with(|input: ParseStream<'_>| -> syn::Result<RouteArguments> {
        if input.peek(LitStr) {
            let literal: LitStr = input.parse()?;
            let word = literal.value();
            let text = match HttpMethod::ALL
                .iter()
                .find(|method| method.names().0 == word)
            {
                Some(_) => message("request method must be an identifier, not a string")
                    .help(format_args!("write `#[route({word}, {path})]`")),
                None => message("expected a request method before the path").help(format_args!(
                    "write `#[route(get, {})]`",
                    literal.to_token_stream()
                )),
            };
            return Err(Error::new_spanned(literal, text));
        }
        if !input.peek(Ident::peek_any) {
            let text = message("expected a request method, such as `get`");
            return Err(input.error(text.help(format_args!("write `{}`", example()))));
        }
        let method = input.call(Ident::parse_any)?;
        if input.peek(Token![|]) {
            let text = message("`#[route]` takes one request method");
            return Err(input.error(text.help("write a second `#[route]` on the same method")));
        }
        if !input.is_empty() && !input.peek(Token![,]) {
            let text = message("expected `,` and a path after the request method");
            return Err(input.error(text.help(format_args!("write `{}`", example()))));
        }
        input.parse::<Option<Token![,]>>()?;
        if input.is_empty() {
            let help = format!(r#"write `#[route({method}, "/{handler}")]`"#);
            let text = message("route must have a path").help(help);
            return Err(Error::new_spanned(method, text));
        }
        if input.peek(Ident::peek_any) && input.peek2(Token![=]) {
            let text = message("the path of a route must be written without a name");
            return Err(input.error(text.help(format_args!("write `{}`", example()))));
        }
        let path = route_path(input)?;
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            let text = message("`#[route]` takes only a method and a path");
            return Err(input.error(text.help("for a second path, add a second `#[route]`")));
        }
        Ok(RouteArguments { method, path })
    })
}

/// The event in `#[on(open)]`.
pub(crate) fn on(attribute: &InnerAttribute) -> syn::Result<Ident> {
    let example = || format!("#[on({})]", Event::Open.name());
    let list = attribute::arguments(&attribute.attribute, example)?;
    list.parse_args_with(|input: ParseStream<'_>| -> syn::Result<Ident> {
        if !input.peek(Ident::peek_any) {
            let text = message("expected an event, such as `open`");
            return Err(input.error(text.help(format_args!("write `{}`", example()))));
        }
        let event = input.call(Ident::parse_any)?;
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            let text = message("`#[on]` takes only an event");
            return Err(input.error(text.help("for a second event, add a second `#[on]`")));
        }
        Ok(event)
    })
}
