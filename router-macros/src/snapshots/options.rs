impl Chat {
    fn text(&self, _ws: &mut Socket<()>, _text: &str) {}
}
#[on(__consumed)]
const _: () = ();
const _: () = {
    use ::router::__private as __router;
    type __Module = Chat;
    type __Row = __router::Route<__Module>;
    impl __router::Module for Chat {
        const ROUTES: &'static [__Row] = &[];
        const SOCKET: __router::Option<__router::Options> = __router::Some(
            <Self as __router::WebSocket>::OPTIONS,
        );
    }
    impl __router::WebSocket for Chat {
        type Data = ();
        const OPTIONS: __router::Options = __router::Options::DEFAULT
            .per_message_deflate(
                __router::PerMessageDeflate::ON
                    .compress(__router::Compression::Kb16)
                    .decompress(__router::Compression::Shared)
                    .level(
                        (__router::integer(LEVEL) as ::core::primitive::u128)
                            as ::core::primitive::u64,
                    ),
            )
            .compress_threshold(1024)
            .ping_interval_ms(1500)
            .max_lifetime_ms(
                (__router::integer(HOURS * 3600) as ::core::primitive::u128)
                    as ::core::primitive::u64 * 1000,
            )
            .origins(&["https://example.com", SITE])
            .protocols(PROTOCOLS)
            .max_connections(100)
            .message_timeout_ms(30000)
            .rate_limit(__router::Rate::per_minute(3000))
            .burst(100)
            .on_flood(__router::OnFlood::Close)
            .send_pings({
                let is_on: ::core::primitive::bool = PINGS;
                is_on
            });
        const EVENTS: __router::Events = __router::Events::NONE
            .with(__router::Event::Text);
        fn text(
            &self,
            ws: &mut __router::Socket<Self::Data>,
            text: &str,
        ) -> __router::Ended {
            __router::IntoHandlerResult::into_handler_result(
                __Module::text(
                    self,
                    __router::given(__router::Given(ws)),
                    __router::decode(__router::Argument, __router::Message::Text(text))?,
                ),
            )
        }
    }
    const _: () = ::core::assert!(
        1 <= (__router::integer(LEVEL) as ::core::primitive::u128) &&
        (__router::integer(LEVEL) as ::core::primitive::u128) <= 9, "{}",
        "`level` must be from 1 to 9"
    );
    const _: () = ::core::assert!(
        (__router::integer(HOURS * 3600) as ::core::primitive::u128) <= 2592000, "{}",
        "`max_lifetime` must be at most 30 days"
    );
    const _: () = {
        let options = &<__Module as __router::WebSocket>::OPTIONS;
        ::core::assert!(
            __router::contradiction(options, "compress_threshold").is_empty(), "{}",
            __router::contradiction(options, "compress_threshold")
        );
        ::core::assert!(
            __router::contradiction(options, "ping_interval").is_empty(), "{}",
            __router::contradiction(options, "ping_interval")
        );
        ::core::assert!(
            __router::contradiction(options, "burst").is_empty(), "{}",
            __router::contradiction(options, "burst")
        );
        ::core::assert!(
            __router::contradiction(options, "on_flood").is_empty(), "{}",
            __router::contradiction(options, "on_flood")
        );
    };
};
::core::compile_error! {
    "handler `text` is never called: the block has no way to open a socket\n= help: write `#[websocket(path = \"/…\")]`, or take `Upgrade<Self>` in a route"
}
