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
        const OPTIONS: __router::Options = {
            let value: __router::Options = Options::HARDENED;
            value
        }
            .idle_timeout_ms(30000)
            .byte_rate({
                let value: __router::Rate = LIMIT;
                value
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
    const _: () = {
        let options = &<__Module as __router::WebSocket>::OPTIONS;
        ::core::assert!(
            __router::invalid_value(options, "byte_rate").is_empty(), "{}",
            __router::invalid_value(options, "byte_rate")
        );
        ::core::assert!(
            __router::fault_of_base(options, & ["idle_timeout", "byte_rate"]).is_empty(),
            "{}", __router::fault_of_base(options, & ["idle_timeout", "byte_rate"])
        );
    };
};
::core::compile_error! {
    "handler `text` is never called: the block has no way to open a socket\n= help: write `#[websocket(path = \"/…\")]`, or take `Upgrade<Self>` in a route"
}
