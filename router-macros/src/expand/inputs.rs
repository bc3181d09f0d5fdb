//! The function of a route: takes the arguments of its handler from the request, and calls it.
//!
//! What types the arguments have, the compiler knows from the handler. Not to write them again is
//! less to compile, and leaves one place for what may be wrong with them.

use super::{Site, runtime};
use crate::{
    code::{Code, code, text, written},
    model::{
        input::{Input, Source},
        signature::{Argument, Receiver},
    },
    parse::attribute::not_all,
    types,
};
use proc_macro2::{Ident, Literal, Span};

/// The function of a route's row.
pub(super) fn function(site: Site<'_>, inputs: &[Input]) -> Code {
    let Site { handler, span, .. } = site;
    let mut extracted = Taken::all(site, inputs).filter(|taken| taken.input.is_extracted());
    match (extracted.next(), extracted.next()) {
        (None, _) if !handler.is_async => {
            let response = response(site, calling(site, inputs, Taken::at_once));
            let request = Ident::new(if inputs.is_empty() { "_" } else { "request" }, span);
            code!(span=> |module, #request| __router::now(#response))
        }
        // As most are: the future is made by the runtime, and their crate has none to compile.
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
            later(
                site.here(),
                span,
                code!(span=> #statements __router::Ok(#response)),
            )
        }
    }
}

/// A function that returns a future, with `module` and `request` inside.
///
/// The future has the user's span alone: if it isn't `Send`, that is said at the handler.
pub(super) fn later(here: Span, span: Span, body: Code) -> Code {
    let future = code!(here=> __router::later(async move { #body }));
    code!(span=> |module, mut request| #future)
}

/// The call of a handler, in a future, and what has to be done before.
pub(super) fn waiting(site: Site<'_>, inputs: &[Input]) -> (Code, Code) {
    // A request whose path is wrong is refused before anything is read.
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
    /// Of the handler.
    span: Span,
}

impl<'a> Taken<'a> {
    fn all(site: Site<'a>, inputs: &'a [Input]) -> impl Iterator<Item = Self> {
        let Site { handler, span, .. } = site;
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

    /// A function of the runtime, and its first argument: both where the type is written.
    fn taken_by(self, function: &str) -> (Code, Code) {
        let place = types::ends(&self.input.ty);
        (runtime(function, place), runtime("Argument", place))
    }

    /// The variable that holds it.
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

    /// What the handler is given, where parameters and extractors are in variables.
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

    /// What the handler is given, where nothing has to be extracted.
    fn at_once(self) -> Code {
        self.parameter().unwrap_or_else(|| self.owned())
    }
}

/// Variables for those arguments that `value` has a value for.
fn statements<'a>(
    site: Site<'a>,
    inputs: &'a [Input],
    value: impl Fn(Taken<'a>) -> Option<Code>,
) -> Code {
    let statement = |taken: Taken<'a>| {
        let value = value(taken)?;
        let (cfgs, name) = (written(&taken.declared.cfgs), taken.name());
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
/// Those that are configured away are left out. Arguments can't have a `#[cfg]`, so there is a call
/// for each combination, of which one is left.
fn calling<'a>(site: Site<'a>, inputs: &'a [Input], value: impl Fn(Taken<'a>) -> Code) -> Code {
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
        let mut holding = Vec::new();
        let mut values = Vec::new();
        for taken in &all {
            if !taken.is_conditional() {
                values.push(value(*taken));
                continue;
            }
            let cfgs = &taken.declared.cfgs;
            if combination >> place & 1 == 1 {
                values.push(value(*taken));
                holding.extend_from_slice(cfgs);
            } else {
                holding.push(not_all(cfgs));
            }
            place += 1;
        }
        let (holding, call) = (written(&holding), site.call(receiver(), values));
        code!(span=> #holding let output = #call;)
    });
    let calls: Vec<Code> = calls.collect();
    code!(span=> { #calls output })
}

/// What a handler has returned, as a response.
fn response(site: Site<'_>, returned_by: Code) -> Code {
    let trait_ = runtime("Respond", site.returned);
    code!(site.returned.1=> #trait_::into_response(#returned_by))
}
