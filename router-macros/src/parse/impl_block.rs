//! A lenient parser for `impl` blocks.
//!
//! Signatures are parsed and bodies are not. An incomplete body, which is common in an editor, must
//! not prevent code generation for the other methods. Skipping bodies also makes expansion cheap:
//! they are set aside before syn reads the tokens ([`Bodies`]).

use super::{
    attribute::{self, Foreign, InnerAttribute, Outer},
    signature,
};
use crate::{
    code::{code, text},
    diagnostics::message,
    paths::CrateRoot,
};
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt as _};
use std::cell::Cell;
use syn::{
    Attribute, Error, Generics, Ident, Path, Signature, Token, Type, Visibility,
    buffer::Cursor,
    parse::{ParseStream, Parser as _, discouraged::Speculative as _},
    token::Bracket,
};

/// An `impl` block, as it was written.
pub(crate) struct ImplBlock {
    pub(crate) attrs: Vec<Attribute>,
    /// A second `#[routes]` or `#[websocket]`.
    pub(crate) stacked: Vec<Attribute>,
    pub(crate) header: Header,
    pub(crate) items: Vec<BlockItem>,
    /// Inner attributes, such as `//!`.
    inner: Vec<Attribute>,
    /// The braces, for their span.
    braces: Group,
}

/// The part of a block before the braces.
pub(crate) struct Header {
    pub(crate) impl_token: Token![impl],
    pub(crate) generics: Generics,
    pub(crate) trait_: Option<Type>,
    pub(crate) self_ty: Type,
    /// The tokens of the whole header, unchanged.
    tokens: TokenStream,
}

pub(crate) enum BlockItem {
    Method(Box<Method>),
    /// A constant or a type, which is not processed further.
    Other(Other),
    /// A macro call, whose expansion is not visible here.
    Macro {
        path: Path,
        tokens: TokenStream,
    },
    /// An item that could not be parsed.
    Broken {
        error: Error,
        inner: Vec<Path>,
        tokens: TokenStream,
    },
}

pub(crate) struct Method {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) inner: Vec<InnerAttribute>,
    pub(crate) foreign: Vec<Foreign>,
    pub(crate) signature: Signature,
    /// The tokens before the body: visibility, `default`, the signature.
    header: Vec<TokenTree>,
    body: TokenTree,
}

pub(crate) struct Other {
    pub(crate) inner: Vec<InnerAttribute>,
    pub(crate) attrs: Vec<Attribute>,
    tokens: TokenStream,
}

impl ImplBlock {
    pub(crate) fn parse(outer: Outer, item: TokenStream) -> syn::Result<Self> {
        let mut tokens: Vec<TokenTree> = item.into_iter().collect();
        // The braces are the last token of an `impl` block. An earlier brace is an expression:
        // `impl Table<{ 2 * SIZE }>`.
        let braces = tokens.pop_if(|token| is_brace(token));
        let header = |input: ParseStream<'_>| Header::parse(outer, input);
        let (mut attrs, header) = header.parse2(tokens.into_iter().collect())?;
        let Some(TokenTree::Group(braces)) = braces else {
            let text = "expected `{ … }` with the methods of the module";
            return Err(Error::new_spanned(&header.tokens, text));
        };
        let stacked = attribute::take_outer(&mut attrs);
        let (bodies, tokens) = Bodies::of(braces.stream());
        let items = |input: ParseStream<'_>| parse_items(outer, input, &bodies);
        let (inner, items) = items.parse2(tokens)?;
        Ok(Self {
            attrs,
            stacked,
            header,
            items,
            inner,
            braces,
        })
    }

    pub(crate) fn methods(&self) -> impl Iterator<Item = &Method> {
        self.items.iter().filter_map(|item| match item {
            BlockItem::Method(method) => Some(&**method),
            BlockItem::Other(_) | BlockItem::Macro { .. } | BlockItem::Broken { .. } => None,
        })
    }

    /// The errors of items that have one of our attributes and could not be parsed.
    pub(crate) fn unread(&self) -> impl Iterator<Item = Error> {
        self.items.iter().filter_map(|item| match item {
            BlockItem::Broken { error, inner, .. } if !inner.is_empty() => Some(error.clone()),
            _ => None,
        })
    }

    /// Whether an item could not be parsed, for example because it is incomplete.
    pub(crate) fn is_broken(&self) -> bool {
        let mut items = self.items.iter();
        items.any(|item| matches!(item, BlockItem::Broken { .. }))
    }
}

impl Header {
    fn parse(outer: Outer, input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, Self)> {
        let attrs = input.call(Attribute::parse_outer)?;
        let tokens: TokenStream = input.fork().parse()?;
        input.parse::<Visibility>()?;
        input.parse::<Option<Token![default]>>()?;
        input.parse::<Option<Token![unsafe]>>()?;
        if !input.peek(Token![impl]) {
            let outer = outer.name();
            return Err(input.error(
                message("expected an `impl` block")
                    .help(format_args!("put `#[{outer}]` on `impl Type {{ … }}`")),
            ));
        }
        let impl_token = input.parse()?;
        let mut generics: Generics = input.parse()?;
        input.parse::<Option<Token![!]>>()?;
        let first: Type = input.parse()?;
        let (trait_, self_ty) = match input.parse::<Option<Token![for]>>()? {
            Some(_) => (Some(first), input.parse()?),
            None => (None, first),
        };
        generics.where_clause = input.parse()?;
        let header = Self {
            impl_token,
            generics,
            trait_,
            self_ty,
            tokens,
        };
        Ok((attrs, header))
    }
}

/// The groups in braces inside a block, such as the bodies of its methods, in order. In the tokens
/// that syn reads, empty braces replace them.
struct Bodies {
    bodies: Vec<TokenTree>,
    /// The number of groups that have been put back.
    back: Cell<usize>,
}

impl Bodies {
    /// Sets aside all groups in braces, except those that are part of a type: `Table<{ SIZE }>`.
    fn of(tokens: TokenStream) -> (Self, TokenStream) {
        let mut bodies = Vec::new();
        let mut left = Vec::new();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let is_in_a_type = matches!(
                tokens.peek(),
                Some(TokenTree::Punct(punct)) if is_behind_a_constant(punct.as_char())
            );
            if !is_brace(&token) || is_in_a_type {
                left.push(token);
                continue;
            }
            let mut place = Group::new(Delimiter::Brace, TokenStream::new());
            place.set_span(token.span());
            left.push(place.into());
            bodies.push(token);
        }
        let back = Cell::new(0);
        (Self { bodies, back }, left.into_iter().collect())
    }

    /// The next token. If it is a pair of empty braces that replaces a group, returns that group.
    fn next(&self, input: ParseStream<'_>) -> syn::Result<TokenTree> {
        let token = input.parse()?;
        let behind = input.cursor().punct();
        let is_in_a_type = behind.is_some_and(|(punct, _)| is_behind_a_constant(punct.as_char()));
        if !is_brace(&token) || is_in_a_type {
            return Ok(token);
        }
        let body = self.bodies.get(self.back.replace(self.back.get() + 1));
        Ok(body.cloned().unwrap_or(token))
    }
}

/// Whether a sign can follow a constant in braces that is part of a type: `Table<{ A }, { B }>`.
fn is_behind_a_constant(sign: char) -> bool {
    matches!(sign, '>' | ',')
}

/// Parses the items of a block. A mistake inside an item is no error of the block: that item
/// becomes `Broken`, and the next may be valid.
fn parse_items(
    outer: Outer,
    input: ParseStream<'_>,
    bodies: &Bodies,
) -> syn::Result<(Vec<Attribute>, Vec<BlockItem>)> {
    let inner = input.call(Attribute::parse_inner)?;
    let mut items = Vec::new();
    while !input.is_empty() {
        let (ahead, back) = (input.fork(), bodies.back.get());
        items.push(match BlockItem::parse(outer, &ahead, bodies) {
            Ok(item) => {
                input.advance_to(&ahead);
                item
            }
            Err(error) => {
                bodies.back.set(back);
                let (inner, tokens) = attribute::strip(broken(input, bodies));
                BlockItem::Broken {
                    error,
                    inner,
                    tokens,
                }
            }
        });
    }
    Ok((inner, items))
}

impl BlockItem {
    fn parse(outer: Outer, input: ParseStream<'_>, bodies: &Bodies) -> syn::Result<Self> {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let inner = attribute::take_inner(&mut attrs);
        let begin = input.cursor();
        let ahead = input.fork();
        parse_qualifiers(&ahead)?;
        if peek_signature(&ahead) {
            input.advance_to(&ahead);
            let signature = signature::parse(input)?;
            let header = between(begin, input.cursor());
            let body = bodies.next(input)?;
            // A `;` in place of the body is accepted, because the compiler reports it.
            if !is_brace(&body) && !is_semicolon(&body) {
                return Err(Error::new_spanned(body, "expected the body of the method"));
            }
            let foreign = attribute::take_foreign(outer, &mut attrs);
            return Ok(Self::Method(Box::new(Method {
                attrs,
                inner,
                foreign,
                signature,
                header,
                body,
            })));
        }
        if ahead.peek(Token![const]) || ahead.peek(Token![type]) {
            let tokens = until(input, bodies, is_semicolon);
            return Ok(Self::Other(Other {
                inner,
                attrs,
                tokens,
            }));
        }
        if let Ok(path) = Path::parse_mod_style(&ahead)
            && ahead.peek(Token![!])
        {
            let mut tokens = TokenStream::new();
            tokens.append_all(attrs);
            tokens.extend(until(input, bodies, ends_item));
            return Ok(Self::Macro { path, tokens });
        }
        Err(input.error("expected a method, a constant or a type"))
    }
}

/// The tokens between two cursors.
fn between(mut begin: Cursor<'_>, end: Cursor<'_>) -> Vec<TokenTree> {
    let mut tokens = Vec::new();
    while begin != end
        && let Some((token, next)) = begin.token_tree()
    {
        tokens.push(token);
        begin = next;
    }
    tokens
}

/// Reads the tokens that may precede a signature, which are not processed further.
fn parse_qualifiers(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut qualifiers = TokenStream::new();
    // Reading the word once is much cheaper than trying each keyword.
    if is_signature(&words(input)) {
        return Ok(qualifiers);
    }
    input.parse::<Visibility>()?.to_tokens(&mut qualifiers);
    input
        .parse::<Option<Token![default]>>()?
        .to_tokens(&mut qualifiers);
    Ok(qualifiers)
}

fn peek_signature(input: ParseStream<'_>) -> bool {
    is_signature(&words(input))
}

/// The next word, and after `const` also the word that follows it.
fn words(input: ParseStream<'_>) -> [Option<String>; 2] {
    let Some((first, rest)) = input.cursor().ident() else {
        return [None, None];
    };
    let first = first.to_string();
    let second = match first.as_str() {
        "const" => rest.ident().map(|(second, _)| second.to_string()),
        _ => None,
    };
    [Some(first), second]
}

fn is_signature([first, second]: &[Option<String>; 2]) -> bool {
    let begins = |word: &str| matches!(word, "fn" | "async" | "unsafe" | "extern");
    match first.as_deref() {
        Some("const") => second.as_deref().is_some_and(begins),
        Some(word) => begins(word),
        None => false,
    }
}

/// The tokens up to and including the first for which `is_last` holds, or up to the next item.
fn until(input: ParseStream<'_>, bodies: &Bodies, is_last: fn(&TokenTree) -> bool) -> TokenStream {
    let mut tokens = TokenStream::new();
    while let Ok(token) = bodies.next(input) {
        let last = is_last(&token);
        tokens.append(token);
        if last || starts_item(input) {
            break;
        }
    }
    tokens
}

/// The tokens of an item that could not be parsed.
fn broken(input: ParseStream<'_>, bodies: &Bodies) -> TokenStream {
    let mut tokens = TokenStream::new();
    // Attributes and the first words of the signature would otherwise be taken for the next item.
    while input.peek(Token![#]) && input.peek2(Bracket) {
        tokens.extend(bodies.next(input));
        tokens.extend(bodies.next(input));
    }
    tokens.extend(parse_qualifiers(input));
    if peek_signature(input) {
        while !input.is_empty() && !input.peek(Token![fn]) && !input.peek(Token![#]) {
            tokens.extend(bodies.next(input));
        }
        if input.peek(Token![fn]) {
            tokens.extend(bodies.next(input));
        }
    }
    if tokens.is_empty() || !starts_item(input) {
        tokens.extend(until(input, bodies, ends_item));
    }
    tokens
}

/// Whether an item certainly begins here, whatever precedes it.
fn starts_item(input: ParseStream<'_>) -> bool {
    let is_attribute = input.peek(Token![#]) && input.peek2(Bracket);
    let is_const = input.peek(Token![const]) && input.peek2(Ident) && input.peek3(Token![:]);
    // Not the type `fn(u8) -> u8`.
    let is_method = input.peek(Token![fn]) && input.peek2(Ident);
    let is_qualified = input.peek(Token![async]) && input.peek2(Token![fn]);
    is_attribute || is_const || is_method || is_qualified || input.peek(Token![pub])
}

fn is_brace(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn is_semicolon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';')
}

fn ends_item(token: &TokenTree) -> bool {
    is_brace(token) || is_semicolon(token)
}

impl ImplBlock {
    /// The original block without our attributes.
    ///
    /// The compiler has already read the whole block, and has reported the items that it could not
    /// read. These items are printed only for editors, which offer completion in them. Otherwise
    /// the compiler would report them again and would not compile the rest.
    pub(crate) fn printed(&self, root: &CrateRoot) -> TokenStream {
        let mut tokens = TokenStream::new();
        let Self {
            attrs,
            stacked: _,
            header,
            items,
            inner,
            braces,
        } = self;
        if self.is_broken() {
            let span = Span::call_site();
            let reason = text("editors set it", span);
            let allowance = code!(span=> #[allow(unexpected_cfgs, reason = #reason)]);
            tokens.extend(TokenStream::from(allowance));
        }
        tokens.append_all(attrs);
        header.tokens.to_tokens(&mut tokens);
        let mut inside = TokenStream::new();
        inside.append_all(inner);
        for item in items {
            item.print(root, &mut inside);
        }
        let mut group = Group::new(Delimiter::Brace, inside);
        group.set_span(braces.span());
        tokens.append(group);
        tokens
    }
}

impl BlockItem {
    fn print(&self, root: &CrateRoot, to: &mut TokenStream) {
        match self {
            Self::Method(method) => {
                let Method {
                    attrs,
                    inner: _,
                    foreign: _,
                    signature: _,
                    header,
                    body,
                } = &**method;
                to.append_all(attrs);
                to.append_all(header);
                body.to_tokens(to);
            }
            Self::Other(other) => {
                to.append_all(&other.attrs);
                other.tokens.to_tokens(to);
            }
            Self::Macro { tokens, .. } => tokens.to_tokens(to),
            Self::Broken { tokens, .. } => to.extend(root.for_editors(tokens)),
        }
    }
}
