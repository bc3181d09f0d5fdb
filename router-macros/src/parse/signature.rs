//! Parses signatures of the usual form:
//! `async fn user(&self, id: u64, page: Query<Page>) -> Json<User>`.
//!
//! syn compares each word with one keyword after another, some twenty times per argument. These
//! comparisons are half of the time that it takes to read a block, so each word is read once here.
//! Unusual and invalid signatures are left to syn.

use syn::{
    FnArg, Generics, Ident, Pat, PatIdent, PatType, Path, Receiver, ReceiverKind, ReturnType,
    Safety, Signature, Token, Type, TypePath, TypeReference, parenthesized,
    parse::{ParseStream, discouraged::Speculative as _},
    punctuated::Punctuated,
    token::Brace,
};

pub(super) fn parse(input: ParseStream<'_>) -> syn::Result<Signature> {
    let ahead = input.fork();
    match usual(&ahead) {
        Ok(Some(signature)) => {
            input.advance_to(&ahead);
            Ok(signature)
        }
        Ok(None) | Err(_) => input.parse(),
    }
}

fn usual(input: ParseStream<'_>) -> syn::Result<Option<Signature>> {
    let asyncness = match word(input).as_deref() {
        Some("async") => Some(input.parse()?),
        Some("fn") => None,
        _ => return Ok(None),
    };
    let fn_token = input.parse()?;
    let ident = input.parse()?;
    if input.peek(Token![<]) {
        return Ok(None);
    }
    let content;
    let paren_token = parenthesized!(content in input);
    let mut inputs = Punctuated::new();
    while !content.is_empty() {
        let argument = if inputs.is_empty() {
            receiver(&content)?
        } else {
            argument(&content)?
        };
        let Some(argument) = argument else {
            return Ok(None);
        };
        inputs.push_value(argument);
        if !content.is_empty() {
            inputs.push_punct(content.parse()?);
        }
    }
    let output = if input.peek(Token![->]) {
        ReturnType::Type(input.parse()?, Box::new(ty(input)?))
    } else {
        ReturnType::Default
    };
    // If there is no brace here, a where clause or the rest of a type follows, which syn reads.
    Ok(input.peek(Brace).then(|| Signature {
        constness: None,
        asyncness,
        safety: Safety::Default,
        abi: None,
        fn_token,
        ident,
        generics: Generics::default(),
        paren_token,
        inputs,
        variadic: None,
        output,
    }))
}

/// Reads `&self`.
fn receiver(input: ParseStream<'_>) -> syn::Result<Option<FnArg>> {
    if !input.peek(Token![&]) {
        return Ok(None);
    }
    let kind = ReceiverKind::Reference(input.parse()?, None, None);
    if word(input).as_deref() != Some("self") {
        return Ok(None);
    }
    Ok(Some(FnArg::Receiver(Receiver {
        attrs: Vec::new(),
        mutability: None,
        self_token: input.parse()?,
        kind,
    })))
}

/// Reads `name: Type`.
fn argument(input: ParseStream<'_>) -> syn::Result<Option<FnArg>> {
    // Keywords are refused: syn's `Ident` excludes them.
    let Ok(ident) = input.parse::<Ident>() else {
        return Ok(None);
    };
    if !input.peek(Token![:]) || input.peek(Token![::]) {
        return Ok(None);
    }
    let pat = Pat::Ident(PatIdent {
        attrs: Vec::new(),
        by_ref: None,
        mutability: None,
        ident,
        subpat: None,
    });
    Ok(Some(FnArg::Typed(PatType {
        attrs: Vec::new(),
        pat: Box::new(pat),
        colon_token: input.parse()?,
        ty: Box::new(ty(input)?),
    })))
}

/// Reads a path, possibly behind `&` or `&mut`. Any other type is read by syn.
fn ty(input: ParseStream<'_>) -> syn::Result<Type> {
    if input.peek(Token![&]) && !input.peek(Token![&&]) {
        return Ok(Type::Reference(TypeReference {
            attrs: Vec::new(),
            and_token: input.parse()?,
            lifetime: input.parse()?,
            mutability: input.parse()?,
            elem: Box::new(ty(input)?),
        }));
    }
    let ahead = input.fork();
    if is_path(input)
        && let Ok(path) = ahead.parse::<Path>()
        && !ahead.peek(Token![!])
        && !ahead.peek(Token![+])
    {
        input.advance_to(&ahead);
        return Ok(Type::Path(TypePath {
            attrs: Vec::new(),
            qself: None,
            path,
        }));
    }
    input.parse()
}

/// Whether a type begins with a name, and not with a word that begins another kind of type.
fn is_path(input: ParseStream<'_>) -> bool {
    word(input).is_some_and(|word| {
        let others = [
            "dyn", "impl", "fn", "for", "unsafe", "extern", "async", "const", "typeof", "_",
        ];
        !others.contains(&word.as_str())
    })
}

fn word(input: ParseStream<'_>) -> Option<String> {
    let (ident, _) = input.cursor().ident()?;
    Some(ident.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::TokenStream;
    use quote::ToTokens as _;
    use syn::parse::Parser as _;

    /// The signature in a text and the tokens after it, or the error.
    fn read(
        parse: fn(ParseStream<'_>) -> syn::Result<Signature>,
        text: &str,
    ) -> Result<(String, String), String> {
        let both = |input: ParseStream<'_>| {
            let signature = parse(input)?;
            let rest: TokenStream = input.parse()?;
            let signature = signature.into_token_stream();
            Ok((signature.to_string(), rest.to_string()))
        };
        both.parse_str(text)
            .map_err(|error: syn::Error| error.to_string())
    }

    const SIGNATURES: [&str; 40] = [
        "fn a(&self) {}",
        "fn a(&self,) {}",
        "async fn a(&self, id: u64) -> String {}",
        "fn a(&self, page: Query<Page>, ws: &mut Socket<Self>,) -> Result<(), Self::Error> {}",
        "fn a(&self, text: &'a str, rest: &[u8], all: (u8, [u8; 4])) -> impl Sized + 'static {}",
        "fn a(&self, f: Box<dyn Fn(u8) -> u8 + Send>) -> ::std::string::String {}",
        "fn a(&self, x: a::b::<C>::D<'a, { 1 }>, y: <A as B>::C) -> &'static str {}",
        "fn a(&self, r#type: u8, _x: m!(), z: Fn(A) -> B) {}",
        "fn a(&'a self) {}",
        "fn a(&mut self) {}",
        "fn a(self) {}",
        "fn a(mut self) {}",
        "fn a(self: Arc<Self>) {}",
        "fn a() {}",
        "fn a(id: u64) {}",
        "fn a(&self, mut id: u64) {}",
        "fn a(&self, ref id: u64) {}",
        "fn a(&self, _: u64) {}",
        "fn a(&self, (a, b): (u8, u8)) {}",
        "fn a(&self, #[cfg(x)] id: u64) {}",
        "fn a(&self, id @ 1: u64) {}",
        "fn a(&self, x: &&str, y: & &str) {}",
        "fn a(&self, x: dyn A + B, y: impl A) {}",
        "fn a(&self, x: A + B) {}",
        "fn a<T>(&self, x: T) where T: Sized {}",
        "fn a(&self) -> u8 where Self: Sized {}",
        "unsafe fn a(&self) {}",
        "const fn a(&self) {}",
        "extern \"C\" fn a(&self, x: u8, ...) {}",
        "const async unsafe fn a(&self) {}",
        "fn a(&self);",
        "fn a(&self) -> ! {}",
        "fn a(&self) ->",
        "fn a(&self, id: )",
        "fn a(&self, id: u64 page: u8) {}",
        "fn a(&self, id) {}",
        "fn a(&self, id: u64 {}",
        "fn a",
        "fn",
        "async",
    ];

    #[test]
    fn signatures_are_read_as_syn_reads_them() {
        for text in SIGNATURES {
            let by_syn = read(|input| input.parse(), text);
            assert_eq!(read(parse, text), by_syn, "{text}");
        }
    }

    #[test]
    fn usual_ones_are_not_left_to_syn() {
        let is_usual = |text: &str| {
            let usual = |input: ParseStream<'_>| {
                let found = usual(input)?.is_some();
                input.parse::<TokenStream>()?;
                Ok(found)
            };
            usual.parse_str(text).unwrap_or(false)
        };
        let count = SIGNATURES.iter().filter(|text| is_usual(text)).count();
        assert_eq!(count, 12);
        assert!(SIGNATURES[..7].iter().all(|text| is_usual(text)));
    }
}
