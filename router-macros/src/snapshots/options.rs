impl Chat {
    fn text(&self, _ws: &mut Socket<()>, _text: &str) {}
}
#[on(__consumed)]
const _: () = ();
impl ::router::__private::Module for Chat {
    const ROUTES: &'static [::router::__private::Route<Self>] = &[];
    const SOCKET: ::router::__private::Option<::router::__private::Options> = ::router::__private::Some(
        <Self as ::router::__private::WebSocket>::OPTIONS,
    );
}
impl ::router::__private::WebSocket for Chat {
    type Data = ();
    const OPTIONS: ::router::__private::Options = ::router::__private::Options::DEFAULT
        .per_message_deflate(
            ::router::__private::PerMessageDeflate::ON
                .compress(::router::__private::Compression::Kb16)
                .decompress(::router::__private::Compression::Shared)
                .level(
                    (::router::__private::integer(LEVEL) as ::core::primitive::u128)
                        as ::core::primitive::u64,
                ),
        )
        .compress_threshold(1024)
        .ping_interval_ms(1500)
        .max_lifetime_ms(
            (::router::__private::integer(HOURS * 3600) as ::core::primitive::u128)
                as ::core::primitive::u64 * 1000,
        )
        .origins(&["https://example.com", SITE])
        .protocols(PROTOCOLS)
        .max_connections(100)
        .send_pings({
            let is_on: ::core::primitive::bool = PINGS;
            is_on
        });
    const EVENTS: ::router::__private::Events = {
        let events = ::router::__private::Events::NONE;
        let events = ::router::__private::Events::with(
            events,
            ::router::__private::Event::Text,
        );
        events
    };
    fn text<'a>(
        &'a self,
        ws: &'a mut ::router::__private::Socket<Self::Data>,
        text: &'a str,
    ) -> ::router::__private::Step<
        impl ::router::__private::Future<
            Output = ::router::__private::Outcome,
        > + ::router::__private::Send + 'a,
    > {
        let payload = match ::router::__private::decode::<
            &str,
        >(::router::__private::Event::Text, ::router::__private::Message::Text(text)) {
            ::router::__private::Ok(payload) => payload,
            ::router::__private::Err(error) => {
                return ::router::__private::Step::done(::router::__private::Err(error));
            }
        };
        ::router::__private::Step::done(
            ::router::__private::IntoOutcome::into_outcome(
                Self::text(
                    self,
                    ::router::__private::given::<
                        &mut Socket<()>,
                        &mut ::router::__private::Socket<Self::Data>,
                    >(ws),
                    payload,
                ),
                ::router::__private::Event::Text,
            ),
        )
    }
}
const _: () = ::core::assert!(
    1 <= (::router::__private::integer(LEVEL) as ::core::primitive::u128) &&
    (::router::__private::integer(LEVEL) as ::core::primitive::u128) <= 9, "{}",
    "`level` must be from 1 to 9"
);
const _: () = ::core::assert!(
    (::router::__private::integer(HOURS * 3600) as ::core::primitive::u128) <= 2592000,
    "{}", "`max_lifetime` must be at most 30 days"
);
const _: () = ::core::assert!(
    ::router::__private::contradiction(& < Chat as ::router::__private::WebSocket >
    ::OPTIONS).is_empty(), "{}", ::router::__private::contradiction(& < Chat as
    ::router::__private::WebSocket > ::OPTIONS)
);
::core::compile_error! {
    "handler `text` is never called: nothing opens a socket\n= help: write `#[websocket(path = \"/…\")]`, or take `Upgrade<Self>` in a route"
}
