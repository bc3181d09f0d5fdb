//! `impl WebSocket`: the data, the options, and the events that have handlers.

use super::{
    event,
    site::{hygienic_at, runtime, widened},
};
use crate::{
    code::{Code, code, comma_separated, each},
    model::{
        Module,
        options::{Chosen, Compressor, Deflate, Rate, Settings, Value},
        socket::{EventHandler, Socket},
    },
    tokens::{ends, literal},
};
use proc_macro2::{Ident, Literal, Span};
use quote::ToTokens as _;
use syn::{Expr, Lit, Type, spanned::Spanned as _};

pub(super) fn implementation(module: &Module, socket: &Socket) -> Code {
    let Module {
        self_ty,
        impl_token,
        name: _,
        routes: _,
        socket: _,
        unread: _,
    } = module;
    let Socket {
        path: _,
        data,
        settings,
        admissions: _,
        handlers,
    } = socket;
    let here = impl_token.span;
    let span = hygienic_at(here);
    let trait_ = code!(span=> __router::WebSocket);
    let data = data_type(data.as_ref(), span);
    let options = (!settings.is_empty()).then(|| options(settings, span));
    let events = events(handlers, span);
    let functions = handlers.iter().flat_map(|EventHandler { event, handler }| {
        let slots = event.slots().iter();
        slots.map(move |slot| event::function(*slot, handler))
    });
    let functions: Vec<Code> = functions.collect();
    code!(here=> impl #trait_ for #self_ty { #data #options #events #functions })
}

/// `type Data`, with the span of the user's type: an error that this type is private or not `Send`
/// is reported there.
fn data_type(data: Option<&Type>, span: Span) -> Code {
    match data {
        Some(ty) => code!(ty.span()=> type Data = #ty;),
        None => code!(span=> type Data = ();),
    }
}

fn options(settings: &Settings, span: Span) -> Code {
    let Settings { base, set } = settings;
    let base = match base {
        Some(base) => typed(base, "Options"),
        None => code!(span=> __router::Options::DEFAULT),
    };
    let set = set.iter().map(|setting| {
        let builder = Ident::new(setting.spec.builder, span);
        let value = value(&setting.value, span);
        code!(span=> .#builder(#value))
    });
    let set: Vec<Code> = set.collect();
    code!(span=> const OPTIONS: __router::Options = #base #set;)
}

fn value(value: &Value, span: Span) -> Code {
    match value {
        Value::Known(number) => {
            let number = Literal::u64_unsuffixed(*number);
            code!(span=> #number)
        }
        Value::Number { expr, quantity } => {
            let factor = (quantity.integer != 1).then(|| {
                let factor = Literal::u64_unsuffixed(quantity.integer);
                code!(span=> * #factor)
            });
            let number = widened(expr);
            code!(span=> #number as ::core::primitive::u64 #factor)
        }
        Value::Flag(expr) => switch(expr),
        Value::Constant(expr) => code!(span=> #expr),
        Value::Typed { expr, ty } => typed(expr, ty),
        Value::Word { ty, variant } => {
            let (ty, variant) = (Ident::new(ty, span), Ident::new(variant, span));
            code!(span=> __router::#ty::#variant)
        }
        Value::Rate(Rate { count, constructor }) => {
            let count = Literal::u64_unsuffixed(*count);
            let constructor = Ident::new(constructor, span);
            code!(span=> __router::Rate::#constructor(#count))
        }
        Value::List(elements) => {
            let elements = comma_separated(elements, span);
            code!(span=> &[#elements])
        }
        Value::Deflate(deflate) => self::deflate(deflate, span),
    }
}

/// A value of one of the runtime's types.
///
/// The type is located at the expression, so that an expression of another type causes one error at
/// one place. The span of the type resolves like the macro's own code, because the lint
/// `unused_qualifications` would report a path with the user's span.
fn typed(expr: &Expr, ty: &str) -> Code {
    let (first, last) = ends(expr.to_token_stream());
    let span = hygienic_at(first);
    let ty = runtime(ty, (span, hygienic_at(last)));
    code!(span=> { let value: #ty = #expr; value })
}

/// A `bool`. For an expression of another type, the error is reported at the expression.
fn switch(expr: &Expr) -> Code {
    let span = hygienic_at(expr.span());
    if literal(expr).is_some() {
        return code!(span=> #expr);
    }
    code!(span=> { let is_on: ::core::primitive::bool = #expr; is_on })
}

fn deflate(deflate: &Deflate, span: Span) -> Code {
    match deflate {
        Deflate::Switch(expr) => match literal(expr) {
            Some(Lit::Bool(on)) => {
                let constant = Ident::new(if on.value { "ON" } else { "OFF" }, span);
                code!(span=> __router::PerMessageDeflate::#constant)
            }
            _ => {
                let is_on = switch(expr);
                code! {span=>
                    if #is_on {
                        __router::PerMessageDeflate::ON
                    } else {
                        __router::PerMessageDeflate::OFF
                    }
                }
            }
        },
        Deflate::Chosen(chosen) => {
            let Chosen {
                compress,
                decompress,
                level,
            } = &**chosen;
            let variant = |chosen: &Compressor| {
                let variant = Ident::new(chosen.variant, span);
                code!(span=> __router::Compression::#variant)
            };
            let compress = compress.map(variant).map(|it| code!(span=> .compress(#it)));
            let decompress = decompress
                .map(variant)
                .map(|it| code!(span=> .decompress(#it)));
            let level = level.as_ref().map(|level| value(level, span));
            let level = level.map(|it| code!(span=> .level(#it)));
            code!(span=> __router::PerMessageDeflate::ON #compress #decompress #level)
        }
    }
}

fn events(handlers: &[EventHandler], span: Span) -> Code {
    let mut always = code!(span=> __router::Events::NONE);
    let mut conditional = Code::at(span);
    for EventHandler { event, handler } in handlers {
        for slot in event.slots() {
            let with = if handler.is_async {
                "with_async"
            } else {
                "with"
            };
            let (with, name) = (Ident::new(with, span), Ident::new(slot.names().1, span));
            let added = code!(span=> .#with(__router::Event::#name));
            if handler.cfgs.is_empty() {
                always.add(added);
            } else {
                let cfgs = each(&handler.cfgs);
                conditional.add(code!(span=> #cfgs let events = events #added;));
            }
        }
    }
    let events = if conditional.is_empty() {
        always
    } else {
        code!(span=> { let events = #always; #conditional events })
    };
    code!(span=> const EVENTS: __router::Events = #events;)
}
