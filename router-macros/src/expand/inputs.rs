//! The function of a route, which takes the handler's arguments from the request and calls the
//! handler.
//!
//! The types of the arguments are not repeated here, because the compiler infers them from the
//! handler. The compiler therefore has less code to compile, and reports errors about a type in one
//! place.

use super::site::{HandlerSite, runtime};
use crate::{
    code::{Code, code, each, text},
    model::{
        input::{Input, Source},
        signature::{Argument, Receiver},
    },
    parse::attribute::not_all,
    types,
};
use proc_macro2::{Ident, Literal, Span};

/// The function of a route's row.
pub(super) fn function(site: HandlerSite<'_>, inputs: &[Input]) -> Code {
    let HandlerSite { handler, span, .. } = site;
    let mut extracted = Taken::all(site, inputs).filter(|taken| taken.input.is_extracted());
    match (extracted.next(), extracted.next()) {
        (None, _) if !handler.is_async => {
            let response = response(site, calling(site, inputs, Taken::at_once));
            let request = Ident::new(if inputs.is_empty() { "_" } else { "request" }, span);
            code!(span=> |module, #request| __router::ready(#response))
        }
        // The most common form: a synchronous handler with one extractor. The runtime creates the
        // future, so the user's crate does not compile one.
        (Some(one), None)
            if !handler.is_async
                && !one.is_conditional()
                && handler.receiver == Receiver::Borrowed =>
        {
            let parameters = statements(site, inputs, Taken::parameter);
            let response = response(site, calling(site, inputs, Taken::owned));
            let (after, argument) = one.taken_by("after");
            let name = one.name();
            let answer = code! {span=>
                #after(#argument, module, request, move |module, request, #name| #response)
            };
            if parameters.is_empty() {
                code!(span=> |module, request| #answer)
            } else {
                code!(span=> |module, request| { #parameters #answer })
            }
        }
        _ => {
            let (statements, calling) = waiting(site, inputs);
            let response = response(site, calling);
            future(
                site.here(),
                span,
                code!(span=> #statements __router::Ok(#response)),
            )
        }
    }
}

/// A function that returns a future whose body can use `module` and `request`.
///
/// The future has the user's span, so that the error is reported at the handler if it isn't `Send`.
pub(super) fn future(here: Span, span: Span, body: Code) -> Code {
    let future = code!(here=> __router::future(async move { #body }));
    code!(span=> |module, mut request| #future)
}

/// The statements that precede the call of a handler in a future, and the call.
pub(super) fn waiting(site: HandlerSite<'_>, inputs: &[Input]) -> (Code, Code) {
    // Parameters come first: a request with a wrong path is rejected before anything else is read.
    let mut before = statements(site, inputs, Taken::parameter);
    before.add(statements(site, inputs, Taken::extracted));
    (before, calling(site, inputs, Taken::owned))
}

/// An argument of a handler, and where it comes from.
#[derive(Clone, Copy)]
struct Taken<'a> {
    position: usize,
    declared: &'a Argument,
    input: &'a Input,
    /// The span of the handler.
    span: Span,
}

impl<'a> Taken<'a> {
    fn all(site: HandlerSite<'a>, inputs: &'a [Input]) -> impl Iterator<Item = Self> {
        let HandlerSite { handler, span, .. } = site;
        let arguments = handler.arguments.iter().zip(inputs).enumerate();
        arguments.map(move |(position, (declared, input))| Self {
            position,
            declared,
            input,
            span,
        })
    }

    fn is_conditional(self) -> bool {
        !self.declared.cfgs.is_empty()
    }

    /// A function of the runtime, and the marker `Argument` that is passed to it first. Both are
    /// located at the type of the handler's argument.
    fn taken_by(self, function: &str) -> (Code, Code) {
        let place = types::ends(&self.input.ty);
        (runtime(function, place), runtime("Argument", place))
    }

    /// The variable that holds the argument.
    fn name(self) -> Ident {
        Ident::new(&format!("argument_{}", self.position), self.span)
    }

    fn parameter(self) -> Option<Code> {
        let Source::Parameter { index, name } = &self.input.source else {
            return None;
        };
        let mut index = Literal::usize_unsuffixed(*index);
        index.set_span(self.span);
        let name = text(name, self.span);
        let (parameter, argument) = self.taken_by("parameter");
        Some(code!(self.span=> #parameter(#argument, &request, #index, #name)?))
    }

    fn extracted(self) -> Option<Code> {
        self.input.is_extracted().then(|| {
            let (extract, argument) = self.taken_by("extract");
            code!(self.span=> #extract(#argument, &module, &mut request).await?)
        })
    }

    /// The value to pass to the handler if parameters and extractors are held in variables.
    fn owned(self) -> Code {
        match &self.input.source {
            Source::Lent => {
                let (lend, argument) = self.taken_by("lend");
                code!(self.span=> #lend(#argument, &request))
            }
            Source::Parameter { .. } | Source::Extractor => {
                let name = self.name();
                code!(self.span=> #name)
            }
        }
    }

    /// The value to pass to the handler if no argument has to be extracted.
    fn at_once(self) -> Code {
        self.parameter().unwrap_or_else(|| self.owned())
    }
}

/// Declares a variable for each argument for which `value` returns code.
fn statements<'a>(
    site: HandlerSite<'a>,
    inputs: &'a [Input],
    value: impl Fn(Taken<'a>) -> Option<Code>,
) -> Code {
    let statement = |taken: Taken<'a>| {
        let value = value(taken)?;
        let (cfgs, name) = (each(&taken.declared.cfgs), taken.name());
        Some(code!(taken.span=> #cfgs let #name = #value;))
    };
    let mut all = Code::at(site.span);
    Taken::all(site, inputs)
        .filter_map(statement)
        .for_each(|statement| all.add(statement));
    all
}

/// The call of a handler with `value` of each argument.
///
/// Arguments that are configured away are omitted. An argument of a call can't have a `#[cfg]`, so
/// a call is generated for each combination, and the compiler keeps one of them.
fn calling<'a>(
    site: HandlerSite<'a>,
    inputs: &'a [Input],
    value: impl Fn(Taken<'a>) -> Code,
) -> Code {
    let span = site.span;
    let receiver = || match site.handler.receiver {
        Receiver::Borrowed => code!(span=> &module),
        Receiver::Shared => code!(span=> module),
    };
    let all: Vec<_> = Taken::all(site, inputs).collect();
    let some = all.iter().filter(|taken| taken.is_conditional()).count();
    if some == 0 {
        let values = all.iter().map(|taken| value(*taken)).collect();
        return site.call(receiver(), values);
    }
    let calls = (0..1_u32 << some).map(|combination| {
        let mut place = 0;
        let mut holding = Code::at(span);
        let mut values = Vec::new();
        for taken in &all {
            if !taken.is_conditional() {
                values.push(value(*taken));
                continue;
            }
            let cfgs = &taken.declared.cfgs;
            if combination >> place & 1 == 1 {
                values.push(value(*taken));
                holding.add(each(cfgs));
            } else {
                holding.add(&not_all(cfgs));
            }
            place += 1;
        }
        let call = site.call(receiver(), values);
        code!(span=> #holding let output = #call;)
    });
    let calls: Vec<Code> = calls.collect();
    code!(span=> { #calls output })
}

/// Converts the return value of a handler to a response.
fn response(site: HandlerSite<'_>, returned_by: Code) -> Code {
    let trait_ = runtime("Respond", site.returned);
    code!(site.returned.1=> #trait_::into_response(#returned_by))
}
