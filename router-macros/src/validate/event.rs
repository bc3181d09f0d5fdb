//! Rules for the handlers of events.

use super::input;
use crate::{
    diagnostics::{Diagnostics, listed, message, nearest},
    model::{
        event::Event,
        route::RoutePath,
        signature::{Handler, ungrouped},
        socket::{Admission, EventHandler},
    },
    parse::{
        arguments,
        attribute::{InnerAttribute, Outer},
    },
};
use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::{Error, Type, ext::IdentExt as _};

/// What the rules have to know about the block.
pub(super) struct Context<'a> {
    pub(super) outer: Outer,
    /// Whether the option was given, right or wrong.
    pub(super) has_path: bool,
    pub(super) path: Option<&'a RoutePath>,
    pub(super) data: Option<&'a Type>,
}

/// The handlers of a block, and the words that named their events.
#[derive(Default)]
pub(super) struct Collected {
    words: Vec<Word>,
    admissions: Vec<Admission>,
    handlers: Vec<EventHandler>,
}

/// An event as it stands in an attribute, for the rules about several of them.
struct Word {
    event: Event,
    ident: Ident,
    has_cfg: bool,
}

impl Collected {
    /// Checks an `#[on(…)]`, and keeps what it says. Without a handler, which is reported already,
    /// the attribute is checked all the same.
    pub(super) fn add(
        &mut self,
        attribute: &InnerAttribute,
        has_cfg: bool,
        handler: Option<&Handler>,
        context: &Context<'_>,
        diagnostics: &mut Diagnostics,
    ) {
        let Some(ident) = diagnostics.keep(arguments::on(attribute)) else {
            return;
        };
        if !has_socket(&ident, context, diagnostics) {
            return;
        }
        let Some(event) = diagnostics.keep(known(&ident)) else {
            return;
        };
        if event == Event::Upgrade {
            has_path(&ident, context, diagnostics);
        }
        self.words.push(Word {
            event,
            ident,
            has_cfg,
        });
        let Some(handler) = handler else {
            return;
        };
        if event == Event::Upgrade {
            is_before_the_upgrade(handler, diagnostics);
            if let Some(path) = context.path {
                self.admissions.push(Admission {
                    handler: handler.clone(),
                    inputs: input::inputs(handler, path, diagnostics),
                });
            }
        } else {
            takes_no_more_than_there_is(event, handler, context, diagnostics);
            takes_the_socket_first(event, handler, context, diagnostics);
            self.handlers.push(EventHandler {
                event,
                handler: handler.clone(),
            });
        }
    }

    /// Checks the handlers of a block among each other.
    pub(super) fn check(
        self,
        path: Option<&RoutePath>,
        diagnostics: &mut Diagnostics,
    ) -> (Vec<Admission>, Vec<EventHandler>) {
        for (index, second) in self.words.iter().enumerate() {
            let first = self.words[..index]
                .iter()
                .find(|first| first.event == second.event);
            exclude(first, second, diagnostics);
        }
        let message = self.words.iter().find(|word| word.event == Event::Message);
        if let Some(message) = message {
            let typed = self
                .words
                .iter()
                .find(|word| matches!(word.event, Event::Text | Event::Binary));
            exclude(typed, message, diagnostics);
        }
        if let Some(path) = path
            && !self.words.iter().any(|word| word.event == Event::Upgrade)
        {
            parameters_need_upgrade(path, diagnostics);
        }
        (self.admissions, self.handlers)
    }
}

/// Only a block with a socket has events.
fn has_socket(event: &Ident, context: &Context<'_>, diagnostics: &mut Diagnostics) -> bool {
    if context.outer == Outer::Websocket {
        return true;
    }
    let text = message(format!(
        "`#[on({event})]` cannot be used in a `#[routes]` block"
    ));
    diagnostics.report(event, text.help("mark the block with `#[websocket]`"));
    false
}

/// Events are a closed list.
fn known(word: &Ident) -> syn::Result<Event> {
    let name = word.to_string();
    Event::from_name(&name).ok_or_else(|| {
        let names = || Event::ALL.into_iter().map(Event::name);
        let text = message(format!("unknown event `{name}`"))
            .did_you_mean(nearest(&name, names()))
            .note(format_args!("the events are {}", listed(names())));
        Error::new_spanned(word, text)
    })
}

/// `upgrade` is about clients that connect to the socket's own path.
fn has_path(event: &Ident, context: &Context<'_>, diagnostics: &mut Diagnostics) {
    if !context.has_path {
        let text = message("`#[on(upgrade)]` must have a `path` to run for")
            .help(r#"write `#[websocket(path = "/…")]`"#)
            .note("it does not run for routes that take `Upgrade<Self>`");
        diagnostics.report(event, text);
    }
}

/// The data is made first, and then the upgrade is accepted with it: there is none to take yet.
fn is_before_the_upgrade(handler: &Handler, diagnostics: &mut Diagnostics) {
    for argument in &handler.arguments {
        if last_word(&argument.ty).is_some_and(|word| word == "Upgrade") {
            let text = message("`#[on(upgrade)]` cannot take the upgrade itself")
                .help("return the data, or a `Result` with a response that refuses");
            diagnostics.report(&argument.ty, text);
        }
    }
}

/// Handlers may leave out what comes last, but not ask for more.
fn takes_no_more_than_there_is(
    event: Event,
    handler: &Handler,
    context: &Context<'_>,
    diagnostics: &mut Diagnostics,
) {
    let most = 1 + event.arguments().len();
    if let Some(surplus) = handler.arguments.get(most) {
        let (name, event_name) = (handler.name.unraw(), event.name());
        let text = message(format!(
            "handler `{name}` takes more than `#[on({event_name})]` has to give"
        ));
        let help = usage(event, handler, context);
        diagnostics.report(&surplus.ty, text.help(help));
    }
}

/// Arguments come in order, the socket first. Types have aliases, so only types that are certainly
/// something else are refused; the compiler sees the rest.
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
    if last_word(&first.ty).is_some_and(|word| OTHERS.iter().any(|other| word == other)) {
        let name = handler.name.unraw();
        let text = message(format!("handler `{name}` must take the socket first"));
        let help = usage(event, handler, context);
        diagnostics.report(&first.ty, text.help(help));
    }
}

fn usage(event: Event, handler: &Handler, context: &Context<'_>) -> String {
    let data = match context.data {
        Some(data) => data.to_token_stream().to_string(),
        None => "()".to_owned(),
    };
    let usage = event.usage(&handler.name.to_string(), &data);
    format!("write `{usage}`, or less from the end")
}

/// The name that a type is mostly known by: `Socket` of `&mut router::Socket<User>`.
fn last_word(ty: &Type) -> Option<&Ident> {
    match ungrouped(ty) {
        Type::Reference(reference) => last_word(&reference.elem),
        Type::Slice(slice) => last_word(&slice.elem),
        Type::Path(path) => Some(&path.path.segments.last()?.ident),
        _ => None,
    }
}

/// An event has one handler; and `message` is another name for `text` and `binary` together.
///
/// With a `#[cfg]` on one of the two, it is not known yet whether both are there.
fn exclude(first: Option<&Word>, second: &Word, diagnostics: &mut Diagnostics) {
    let Some(first) = first else {
        return;
    };
    if first.has_cfg || second.has_cfg {
        return;
    }
    let (one, other) = (first.event.name(), second.event.name());
    let text = if one == other {
        message(format!("event `{one}` cannot have a second handler"))
    } else {
        message(format!("event `{other}` cannot be handled beside `{one}`"))
            .note("`message` is for both kinds, `text` and `binary` for one each")
    };
    let mut error = Error::new_spanned(&second.ident, text);
    let note = format!("[note] `{one}` is handled here");
    error.combine(Error::new_spanned(&first.ident, note));
    diagnostics.push(error);
}

/// Without `#[on(upgrade)]` nobody can take a parameter of the socket's path.
fn parameters_need_upgrade(path: &RoutePath, diagnostics: &mut Diagnostics) {
    for parameter in path.pattern.parameters() {
        if !parameter.starts_with('_') {
            let text = message(format!("parameter `{parameter}` has no matching argument"));
            let help = format!(
                "add an `#[on(upgrade)]` method with an argument `{parameter}: String`, or call it `_{parameter}`"
            );
            diagnostics.report(&path.literal, text.help(help));
        }
    }
}
