//! Checks that only the compiler can make, as constants that it evaluates.
//!
//! The constants are outside of any `impl`, where they are evaluated even if the module is unused.
//! There is no `Self` there, so `Self` in the user's code is replaced by `__Module`.

use super::site::{hygienic_at, widened};
use crate::{
    code::{Code, code, comma_separated, each, text},
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
use proc_macro2::{Delimiter, Ident, Literal, Span, TokenStream};
use quote::ToTokens as _;
use std::rc::Rc;
use syn::{Attribute, Type, ext::IdentExt as _, spanned::Spanned as _};

pub(super) fn of(module: &Module) -> Code {
    let Module {
        self_ty: _,
        impl_token: _,
        name: _,
        routes,
        socket,
        unread: _,
    } = module;
    let mut assertions = Code::at(Span::mixed_site());
    let mut failures = Failures::default();
    // Routes of one handler method are adjacent.
    for of_method in routes.chunk_by(|one, other| Rc::ptr_eq(&one.handler, &other.handler)) {
        let Route {
            handler, inputs, ..
        } = &of_method[0];
        assertions.add(failures.of_route(handler));
        assertions.add(failures.of_extractors(handler, inputs));
        if of_method.iter().all(|route| !route.method.has_body()) {
            let method = of_method[0].method.names().1;
            let why = format!("a {method} request has none");
            assertions.add(no_body(handler, inputs, &why, "the route"));
        } else {
            assertions.add(one_body(handler, inputs));
        }
    }
    if let Some(socket) = socket {
        let set = socket.settings.set.iter();
        set.filter_map(in_range)
            .for_each(|assertion| assertions.add(assertion));
        assertions.add(finished_options(&socket.settings));
        for Admission { handler, inputs } in &socket.admissions {
            assertions.add(failures.of_upgrade(handler, socket.data.as_ref()));
            assertions.add(failures.of_extractors(handler, inputs));
            let why = "an upgrade request has none";
            assertions.add(no_body(handler, inputs, why, "the block's `path`"));
        }
    }
    assertions
}

/// Assertions about options that the macro cannot check itself.
///
/// They check whether the options can be combined, and whether the values of a base (`options = …`)
/// and constants of the runtime's types are in range. Each assertion is located at the option that
/// it checks. At most one assertion fails, because the runtime reports only the first fault.
fn finished_options(settings: &Settings) -> Option<Code> {
    if settings.are_known() {
        return None;
    }
    let mut assertions = Code::at(Span::mixed_site());
    let mut assert = |(first, last): (Span, Span), function: &str, argument: Code| {
        let span = hygienic_at(first);
        let function = Ident::new(function, span);
        let fault = TokenStream::from(code!(span=> __router::#function(options, #argument)));
        let (fault, message) = (&fault, fault.clone());
        let condition = code!(span=> #fault.is_empty());
        let assertion = asserted(first, last, condition, code!(span=> #message));
        assertions.add(code!(span=> #assertion;));
    };
    for Setting { key, spec, value } in &settings.set {
        // `in_range` asserts the range of a number, because the number might not fit into the
        // builder's `u64`.
        if let (ValueKind::Rate(_), Value::Typed { expr, .. }) = (spec.kind, value) {
            let (first, last) = ends(expr.to_token_stream());
            assert((first, last), "invalid_value", literal(spec.name, first));
        }
        if spec.can_do_nothing() {
            let here = key.span();
            assert((here, here), "contradiction", literal(spec.sets(), here));
        }
    }
    if let Some(base) = &settings.base {
        let (first, last) = ends(base.to_token_stream());
        let names = settings.set.iter();
        let names = names.map(|setting| literal(setting.spec.sets(), first));
        let names = comma_separated(names, hygienic_at(first));
        let names = code!(hygienic_at(first)=> &[#names]);
        assert((first, last), "fault_of_base", names);
    }
    if assertions.is_empty() {
        return None;
    }
    Some(code! {Span::mixed_site()=>
        const _: () = {
            let options = &<__Module as __router::WebSocket>::OPTIONS;
            #assertions
        };
    })
}

/// Asserts that a number that is not a literal is in range.
fn in_range(setting: &Setting) -> Option<Code> {
    let (name, value) = match &setting.value {
        Value::Deflate(Deflate::Chosen(chosen)) => ("level", chosen.level.as_ref()?),
        value => (setting.spec.name, value),
    };
    let Value::Number { expr, quantity } = value else {
        return None;
    };
    let (first, last) = ends(expr.to_token_stream());
    let span = hygienic_at(first);
    let number = replace_self(widened(expr).into(), &code!(span=> __Module).into());
    let limit = Literal::u64_unsuffixed(quantity.limit / quantity.integer);
    let why = literal(&format!("`{name}` must be {}", quantity.bounds()), first);
    let least = (quantity.least > 0).then(|| {
        let (least, number) = (Literal::u64_unsuffixed(quantity.least), &number);
        code!(span=> #least <= #number &&)
    });
    let condition = code!(span=> #least #number <= #limit);
    let assertion = asserted(first, last, condition, why);
    Some(code!(span=> const _: () = #assertion;))
}

/// Asserts that at most one argument takes the body. Whether an extractor takes it is a constant of
/// its type.
fn one_body(handler: &Handler, inputs: &[Input]) -> Option<Code> {
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
        let cfgs = each(cfgs);
        code!(hygienic_at(input.ty.span())=> #cfgs #takes)
    });
    let span = hygienic_at(handler.name.span());
    let takes = comma_separated(takes, span);
    let one = Literal::usize_unsuffixed(1);
    let condition = code!(span=> __router::bodies(&[#takes]) <= #one);
    let place = takers.iter().map(|(_, input)| input.ty.to_token_stream());
    let place = place.collect();
    let cfgs = &handler.cfgs;
    Some(assertion(place, "NotExtracted", condition, &text, cfgs))
}

/// Asserts that no argument needs a body, for requests that have none. RFC 9110 §9.3.1 gives the
/// body of a GET no meaning.
fn no_body(handler: &Handler, inputs: &[Input], why: &str, path: &str) -> Vec<Code> {
    let name = handler.name.unraw();
    let arguments = handler.arguments.iter().zip(inputs);
    let takers = arguments.filter(|(_, input)| input.may_take_the_body());
    let assert = |(argument, Input { ty, .. }): (&Argument, &Input)| {
        let text = message(format!("handler `{name}` cannot take a body: {why}"));
        let text = match argument.plain_name() {
            Some(parameter) => text.help(format_args!(
                "to read `{parameter}` from the path, add `{{{parameter}}}` to {path}; to read the \
                 query, take a `Query<T>`"
            )),
            None => text.help("to read the query, take a `Query<T>`"),
        };
        let needs = of_extractor(ty, "NEEDS_BODY");
        let span = hygienic_at(ty.span());
        let condition = code!(span=> !#needs);
        let place = ty.to_token_stream();
        let cfgs = conditions(handler, argument);
        assertion(place, "NotExtracted", condition, &text, &cfgs)
    };
    takers.map(assert).collect()
}

/// The `#[cfg]`s of an assertion about an argument. If one of them does not hold, the argument's
/// type might not exist.
fn conditions(handler: &Handler, argument: &Argument) -> Vec<Attribute> {
    [&handler.cfgs[..], &argument.cfgs].concat()
}

/// The types that already have an assertion. The list is short, because most blocks have one error
/// type and few extractors.
#[derive(Default)]
struct Failures(Vec<String>);

impl Failures {
    /// Asserts that an error returned by a route has a status, so that it is not answered with 200.
    fn of_route(&mut self, handler: &Handler) -> Option<Code> {
        let unknown = output::unknown(handler.output.as_ref()?)?;
        self.assertion(
            handler,
            &unknown,
            |ty| code!(hygienic_at(ty.span())=> __router::Returned<#ty>),
        )
    }

    /// Asserts the same of `#[on(upgrade)]`, which returns `data` or rejects the request.
    fn of_upgrade(&mut self, handler: &Handler, data: Option<&Type>) -> Option<Code> {
        let output = handler.output.as_ref()?;
        let unknown = output::unknown(output)?;
        let text = |ty: &Type| shown(ty.to_token_stream());
        if matches!(unknown, Unknown::Whole(_)) && data.map(text) == Some(text(output)) {
            return None;
        }
        self.assertion(handler, &unknown, |ty| {
            code! {hygienic_at(ty.span())=>
                __router::Admitted<#ty, <__Module as __router::WebSocket>::Data>
            }
        })
    }

    /// Asserts the same of the rejections of extractors that are not `router`'s own.
    fn of_extractors(&mut self, handler: &Handler, inputs: &[Input]) -> Vec<Code> {
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
            let place = ty.to_token_stream();
            Some(assertion(place, "NotExtracted", condition, &text, &cfgs))
        };
        foreign.filter_map(assertion).collect()
    }

    /// Whether the block already has an unconditional assertion about a type. If it has none and
    /// `cfgs` is empty, the caller adds one, and the type is recorded.
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
        returned: impl Fn(&TokenStream) -> Code,
    ) -> Option<Code> {
        let (Unknown::Error(ty) | Unknown::Whole(ty)) = unknown;
        let (name, shown) = (handler.name.unraw(), shown(ty.to_token_stream()));
        let span = hygienic_at(ty.span());
        let in_module = in_terms_of_the_module(ty);
        let (text, condition) = match unknown {
            Unknown::Error(_) => (
                format!("handler `{name}` cannot fail with `{shown}`: this type"),
                code!(span=> <__router::Returned<#in_module>>::HAS_STATUS),
            ),
            Unknown::Whole(_) => {
                let returned = returned(&in_module);
                (
                    format!("handler `{name}` cannot return `{shown}`: its error type"),
                    code!(span=> !<#returned>::FAILS_WITHOUT_STATUS),
                )
            }
        };
        // An error type that is certainly a body is reported for every handler, and any other type
        // once.
        if !output::is_body(ty) && self.is_known(&handler.cfgs, shown) {
            return None;
        }
        let text = message(format!("{text} has no status, so the response would be `200 OK`")).help(
            "return a status with the error, such as `(StatusCode, String)`, or a type of your own whose \
             `IntoResponse` sets a status",
        );
        let place = ty.to_token_stream();
        let cfgs = &handler.cfgs;
        Some(assertion(place, "NotReturned", condition, &text, cfgs))
    }
}

/// A constant of an extractor. A type that isn't an extractor gets the value in `NotExtracted`,
/// which passes the assertion, because the type is reported where it is extracted.
fn of_extractor(ty: &Type, constant: &str) -> Code {
    let span = hygienic_at(ty.span());
    let ty = in_terms_of_the_module(ty);
    let constant = Ident::new(constant, span);
    code!(span=> <__router::Extractor<#ty, __Module>>::#constant)
}

/// A type as it is written outside of the block, with `__Module` for `Self`.
fn in_terms_of_the_module(ty: &Type) -> TokenStream {
    let module = code!(hygienic_at(ty.span())=> __Module);
    replace_self(ty.to_token_stream(), &module.into())
}

/// An `assert!` that the compiler reports from the first token of `place` to the last.
///
/// `fallback` is the trait that provides the constants for types without them.
fn assertion(
    place: TokenStream,
    fallback: &str,
    condition: Code,
    message: &DiagnosticText,
    cfgs: &[Attribute],
) -> Code {
    let (first, last) = ends(place);
    let span = hygienic_at(first);
    let fallback = Ident::new(fallback, span);
    let message = literal(&message.to_string(), first);
    let assertion = asserted(first, last, condition, message);
    let cfgs = each(cfgs);
    code! {span=>
        #cfgs
        const _: () = {
            use __router::#fallback as _;
            #assertion
        };
    }
}

fn asserted(first: Span, last: Span, condition: Code, message: Code) -> Code {
    let span = hygienic_at(first);
    let format = text("{}", span);
    let arguments = code!(span=> #condition, #format, #message);
    let arguments = arguments.in_group(Delimiter::Parenthesis, last);
    code!(first=> ::core::assert! #arguments)
}

/// A string literal that is located at `place`.
fn literal(value: &str, place: Span) -> Code {
    let span = hygienic_at(place);
    let value = text(value, span);
    code!(span=> #value)
}
