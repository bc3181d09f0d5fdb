//! Rules for the handlers of events.

use super::{input, route};
use crate::{
    diagnostics::{Diagnostics, listed, message, nearest},
    model::{
        event::Event,
        output,
        route::RoutePath,
        signature::{Handler, last_word, ungrouped},
        socket::{Admission, EventHandler},
    },
    parse::{
        arguments,
        attribute::{self, InnerAttribute},
    },
    tokens::shown,
};
use proc_macro2::Ident;
use quote::ToTokens as _;
use std::rc::Rc;
use syn::{
    Attribute, Error, GenericArgument, Path, PathArguments, Type, TypeParamBound, TypeTraitObject,
    ext::IdentExt as _,
};

/// The properties of the block that the rules need.
pub(super) struct Context<'a> {
    /// Whether the option `path` was given, valid or not.
    pub(super) has_path: bool,
    pub(super) path: Option<&'a RoutePath>,
    pub(super) data: Option<&'a Type>,
}

/// The handlers of a block, and the words that name their events.
#[derive(Default)]
pub(super) struct Collected {
    words: Vec<Word>,
    /// Whether an event is unknown or a method can't be read. A handler that seems to be missing may
    /// be one of these.
    pub(super) is_incomplete: bool,
    admissions: Vec<Admission>,
    handlers: Vec<EventHandler>,
}

/// The handlers of a block after all checks.
pub(super) struct Handlers {
    /// Whether `admissions` has every handler of `upgrade`. Handlers with a mistake are left out.
    pub(super) is_complete: bool,
    pub(super) admissions: Vec<Admission>,
    pub(super) handlers: Vec<EventHandler>,
}

/// An event as written in an attribute, for the rules that compare several events.
struct Word {
    event: Event,
    ident: Ident,
    cfgs: Vec<Attribute>,
}

impl Collected {
    pub(super) fn new(is_incomplete: bool) -> Self {
        Self {
            is_incomplete,
            ..Self::default()
        }
    }

    /// Checks an `#[on(…)]`, and records its event and handler.
    ///
    /// If `handler` is `None`, the mistake in the method has been reported already, and only the
    /// attribute is checked.
    pub(super) fn add(
        &mut self,
        attribute: &InnerAttribute,
        cfgs: Vec<Attribute>,
        handler: Option<&Rc<Handler>>,
        context: &Context<'_>,
        diagnostics: &mut Diagnostics,
    ) {
        let read = arguments::on(attribute).and_then(|ident| Ok((known(&ident)?, ident)));
        let Some((event, ident)) = diagnostics.keep(read) else {
            self.is_incomplete = true;
            return;
        };
        if event == Event::Upgrade {
            has_path(&ident, context, diagnostics);
        }
        let earlier = self.words.iter();
        let word = Word { event, ident, cfgs };
        // If an earlier handler and this one exclude each other and both exist, `check` reports the
        // mistake, and no code is generated for this handler.
        let excluding = earlier.filter(|earlier| exclude(earlier, &word));
        let excluding: Vec<Attribute> = excluding
            .map(|earlier| attribute::not_all(&earlier.cfgs))
            .collect();
        self.words.push(word);
        let Some(handler) = handler else {
            return;
        };
        let mut handler = Rc::clone(handler);
        if !excluding.is_empty() {
            Rc::make_mut(&mut handler).cfgs.extend(excluding);
        }
        let before = diagnostics.count();
        if event == Event::Upgrade {
            is_before_the_upgrade(&handler, diagnostics);
            returns_the_data(&handler, context, diagnostics);
            let Some(path) = context.path else { return };
            let inputs = input::inputs(&handler, path, diagnostics);
            if diagnostics.count() == before {
                self.admissions.push(Admission { handler, inputs });
            }
        } else {
            reject_surplus_arguments(event, &handler, context, diagnostics);
            takes_the_socket_first(event, &handler, context, diagnostics);
            takes_the_code_first(event, &handler, context, diagnostics);
            takes_what_it_can_be_given(event, &handler, diagnostics);
            returns_an_outcome(&handler, diagnostics);
            if diagnostics.count() == before {
                self.handlers.push(EventHandler { event, handler });
            }
        }
    }

    /// Checks the handlers of a block against each other.
    pub(super) fn check(self, path: Option<&RoutePath>, diagnostics: &mut Diagnostics) -> Handlers {
        for (index, second) in self.words.iter().enumerate() {
            for first in self.words[..index]
                .iter()
                .filter(|first| exclude(first, second))
            {
                let cfgs = [&first.cfgs[..], &second.cfgs].concat();
                let is_certain = cfgs.is_empty();
                diagnostics.push_where(cfgs, exclusion(first, second));
                if is_certain {
                    break;
                }
            }
        }
        let is_upgrade = |word: &&Word| word.event == Event::Upgrade;
        let upgrades = self.words.iter().filter(is_upgrade).count();
        if let Some(path) = path
            && upgrades == 0
            && !self.is_incomplete
        {
            parameters_need_upgrade(path, diagnostics);
        }
        Handlers {
            is_complete: match upgrades {
                0 => !self.is_incomplete,
                some => some == self.admissions.len(),
            },
            admissions: self.admissions,
            handlers: self.handlers,
        }
    }
}

/// Returns the event that a word names. The events are a closed list.
fn known(word: &Ident) -> syn::Result<Event> {
    let name = word.to_string();
    Event::from_name(&name).ok_or_else(|| {
        let names = || Event::ALL.into_iter().map(Event::name);
        let meant = Event::meant_by(&name).map(Event::name);
        let text = message(format!("unknown event `{name}`"))
            .did_you_mean(meant.or_else(|| nearest(&name, names())))
            .note(format_args!("the events are {}", listed(names())));
        Error::new_spanned(word, text)
    })
}

/// `upgrade` runs only for clients that connect to the socket's own path, so the block must have
/// one.
fn has_path(event: &Ident, context: &Context<'_>, diagnostics: &mut Diagnostics) {
    if !context.has_path {
        let text = message("`#[on(upgrade)]` must be in a block with a `path`")
            .help(r#"write `#[websocket(path = "/…")]`"#)
            .note("it does not run for routes that take `Upgrade<Self>`");
        diagnostics.report(event, text);
    }
}

/// The upgrade is accepted after the handler has returned the data, so the handler cannot take an
/// `Upgrade`.
fn is_before_the_upgrade(handler: &Handler, diagnostics: &mut Diagnostics) {
    for argument in &handler.arguments {
        if last_word(&argument.ty).is_some_and(|word| word == "Upgrade") {
            let text = message("`#[on(upgrade)]` cannot take an `Upgrade`")
                .help("return the data, or a `Result` whose error rejects the request");
            diagnostics.report(&argument.ty, text);
        }
    }
}

/// A handler without a return type returns `()`. If the data has another type, this is reported
/// here in the terms of the DSL.
fn returns_the_data(handler: &Handler, context: &Context<'_>, diagnostics: &mut Diagnostics) {
    match (&handler.output, context.data) {
        (Some(_), _) => route::returns_what_it_owns(handler, diagnostics),
        (None, Some(data)) if !is_unit(data) => {
            let data = shown(data.to_token_stream());
            let text = message(format!("`#[on(upgrade)]` must return the data, `{data}`"));
            let help =
                format!("write `-> {data}`, or `-> Result<{data}, E>` to reject some requests");
            diagnostics.report(&handler.name, text.help(help));
        }
        (None, _) => {}
    }
}

fn is_unit(ty: &Type) -> bool {
    matches!(ungrouped(ty), Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// Handlers may omit trailing arguments, and cannot have more than the event provides.
fn reject_surplus_arguments(
    event: Event,
    handler: &Handler,
    context: &Context<'_>,
    diagnostics: &mut Diagnostics,
) {
    let most = 1 + event.arguments().len();
    if let Some(surplus) = handler.arguments.get(most) {
        let (name, event_name) = (handler.name.unraw(), event.name());
        let text = message(format!(
            "handler `{name}` takes more arguments than `#[on({event_name})]` provides"
        ));
        let help = usage(event, handler, context);
        diagnostics.report(&surplus.ty, text.help(help));
    }
}

/// Arguments have a fixed order, with the socket first.
///
/// Types have aliases, so only types that are certainly something else are refused here. The
/// compiler checks the rest.
fn takes_the_socket_first(
    event: Event,
    handler: &Handler,
    context: &Context<'_>,
    diagnostics: &mut Diagnostics,
) {
    const OTHERS: [&str; 9] = [
        "str",
        "u8",
        "String",
        "Bytes",
        "Json",
        "Message",
        "CloseCode",
        "SocketError",
        "Hub",
    ];
    let Some(first) = handler.arguments.first() else {
        return;
    };
    let name = handler.name.unraw();
    let Some(word) = last_word(&first.ty) else {
        return;
    };
    let is_data = context.data.and_then(last_word) == Some(word);
    let text = if word == "Socket" && !matches!(ungrouped(&first.ty), Type::Reference(_)) {
        message(format!(
            "handler `{name}` must take the socket by reference"
        ))
    } else if word != "Socket" && is_data {
        message(format!("handler `{name}` must take the socket first"))
            .note("the connection's data is `ws.data`")
    } else if OTHERS.iter().any(|other| word == other) {
        message(format!("handler `{name}` must take the socket first"))
    } else {
        return;
    };
    let help = usage(event, handler, context);
    diagnostics.report(&first.ty, text.help(help));
}

/// The code and the reason of a `close` handler are easily swapped.
fn takes_the_code_first(
    event: Event,
    handler: &Handler,
    context: &Context<'_>,
    diagnostics: &mut Diagnostics,
) {
    let Some(first) = handler.arguments.get(1) else {
        return;
    };
    if event == Event::Close && is_text(&first.ty) {
        let name = handler.name.unraw();
        let text = message(format!(
            "handler `{name}` must take the code before the reason"
        ));
        let help = usage(event, handler, context);
        diagnostics.report(&first.ty, text.help(help));
    }
}

/// A handler of binary messages cannot take text: bytes cannot be read as text, so each message
/// would fail. The reverse is allowed, because text can be read as bytes.
fn takes_what_it_can_be_given(event: Event, handler: &Handler, diagnostics: &mut Diagnostics) {
    let Some(payload) = handler.arguments.get(1) else {
        return;
    };
    if event == Event::Binary && is_text(&payload.ty) {
        let name = handler.name.unraw();
        let text = message(format!(
            "handler `{name}` for binary messages cannot take text"
        ))
        .help("take `&[u8]` or `Bytes`, or handle `text`");
        diagnostics.report(&payload.ty, text);
    }
}

/// A handler returns success or an error, because nothing uses other values.
///
/// The refused types are those that the compiler suggests as a return type if the last line of a
/// handler has no `;`.
fn returns_an_outcome(handler: &Handler, diagnostics: &mut Diagnostics) {
    const VALUES: [&str; 3] = ["SendStatus", "Published", "bool"];
    let Some(output) = handler.output.as_ref() else {
        return;
    };
    let name = handler.name.unraw();
    let is_value = |word: &&Ident| VALUES.iter().any(|value| *word == value);
    if let Some(value) = last_word(output).filter(is_value) {
        let text = message(format!("handler `{name}` cannot return `{value}`"));
        let help = format!(
            "remove `-> {}`, and end the last line with `;`",
            shown(output.to_token_stream())
        );
        diagnostics.report(output, text.help(help));
    } else if let Some((object, error)) = output::error(output).and_then(unsendable) {
        let text = message(format!(
            "the error of handler `{name}` must be `Send + Sync`"
        ));
        let error = shown(error.to_token_stream());
        diagnostics.report(
            object,
            text.help(format_args!("write `Box<dyn {error} + Send + Sync>`")),
        );
    }
}

/// The trait object and its `Error` trait in a `Box<dyn Error>` that is not `Send + Sync`.
fn unsendable(error: &Type) -> Option<(&TypeTraitObject, &Path)> {
    let Type::Path(path) = ungrouped(error) else {
        return None;
    };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == "Box")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    let GenericArgument::Type(Type::TraitObject(object)) = arguments.args.first()? else {
        return None;
    };
    let traits = object.bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => Some(&bound.path),
        _ => None,
    });
    let find = |word: &str| {
        let mut traits = traits.clone();
        traits.find(|path| path.segments.last().is_some_and(|last| last.ident == word))
    };
    let is_sendable = find("Send").is_some() && find("Sync").is_some();
    Some((object, find("Error").filter(|_| !is_sendable)?))
}

fn is_text(ty: &Type) -> bool {
    last_word(ty).is_some_and(|word| word == "str" || word == "String")
}

fn usage(event: Event, handler: &Handler, context: &Context<'_>) -> String {
    let data = match context.data {
        Some(data) => shown(data.to_token_stream()),
        None => "()".to_owned(),
    };
    let usage = event.usage(&handler.name.to_string(), &data);
    format!("write `{usage}`; arguments at the end may be omitted if they are not needed")
}

/// Whether two handlers exclude each other: an event has one handler, and `message` stands for both
/// `text` and `binary`.
fn exclude(first: &Word, second: &Word) -> bool {
    let is_typed = |word: &Word| matches!(word.event, Event::Text | Event::Binary);
    first.event == second.event
        || (first.event == Event::Message && is_typed(second))
        || (second.event == Event::Message && is_typed(first))
}

fn exclusion(first: &Word, second: &Word) -> Error {
    let (one, other) = (first.event.name(), second.event.name());
    let text = if one == other {
        message(format!("event `{one}` cannot have a second handler"))
    } else {
        message(format!(
            "event `{other}` cannot be handled together with `{one}`"
        ))
        .note("`message` handles both text and binary messages")
    };
    let mut error = Error::new_spanned(&second.ident, text);
    let note = format!("[note] `{one}` is handled here");
    error.combine(Error::new_spanned(&first.ident, note));
    error
}

/// Without `#[on(upgrade)]`, no handler can take a parameter of the socket's path.
fn parameters_need_upgrade(path: &RoutePath, diagnostics: &mut Diagnostics) {
    for parameter in path.pattern.parameters() {
        if !parameter.starts_with('_') {
            let text = message(format!("parameter `{parameter}` has no matching argument"));
            let help = format!(
                "add an `#[on(upgrade)]` method with an argument `{}: String`, or rename the parameter \
                 to `_{parameter}`",
                input::argument_name(parameter)
            );
            diagnostics.report(&path.literal, text.help(help));
        }
    }
}
