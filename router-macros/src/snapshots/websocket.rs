impl Chat {
    const PATIENCE: u64 = 60;
    fn custom(&self, upgrade: Upgrade<Self>) -> Response {
        upgrade.accept(ClientData::default())
    }
    async fn admit(&self, room: String, user: User) -> Result<ClientData, StatusCode> {
        user.enter(room).await
    }
    fn open(&self, ws: &mut Socket<ClientData>) {
        ws.subscribe("lobby");
    }
    async fn say(
        &self,
        ws: &mut Socket<ClientData>,
        text: Json<Say>,
    ) -> Result<(), Error> {
        self.say(ws, text).await
    }
    fn alive(self: Arc<Self>) {}
    fn bye(self: Arc<Self>, ws: &mut Socket<ClientData>, code: CloseCode) {}
}
#[route(__consumed)]
const _: () = ();
#[on(__consumed)]
const _: () = ();
const _: () = {
    use ::router::__private as __router;
    type __Module = Chat;
    type __Row = __router::Route<__Module>;
    const __ROUTE_0: __Row = __router::get(
        "/custom",
        17419359897625304579,
        "Chat::custom",
        |module, request| __router::after(
            __router::Argument,
            module,
            request,
            move |module, request, argument_0| __router::Respond::into_response(
                __Module::custom(&module, argument_0),
            ),
        ),
    );
    const __SOCKET: __Row = __router::socket(
        "/rooms/{room}",
        4769830255827755293,
        "Chat (websocket)",
        |module, mut request| __router::future(async move {
            let upgrade: __router::Upgrade<__Module> = __router::extract(
                    __router::Argument,
                    &module,
                    &mut request,
                )
                .await?;
            let data = {
                let argument_0 = __router::parameter(
                    __router::Argument,
                    &request,
                    0,
                    "room",
                )?;
                let argument_1 = __router::extract(
                        __router::Argument,
                        &module,
                        &mut request,
                    )
                    .await?;
                __router::Admission::<
                    <__Module as __router::WebSocket>::Data,
                >::into_data(__Module::admit(&module, argument_0, argument_1).await)?
            };
            __router::Ok(__router::Upgrade::accept(upgrade, data))
        }),
    );
    impl __router::Module for Chat {
        const ROUTES: &'static [__Row] = &[__ROUTE_0, __SOCKET];
        const SOCKET: __router::Option<__router::Options> = __router::Some(
            <Self as __router::WebSocket>::OPTIONS,
        );
    }
    impl __router::WebSocket for Chat {
        type Data = ClientData;
        const OPTIONS: __router::Options = __router::Options::DEFAULT
            .max_payload_length(65536)
            .idle_timeout_ms(
                (__router::integer(Self::PATIENCE) as ::core::primitive::u128)
                    as ::core::primitive::u64 * 1000,
            )
            .send_pings(true);
        const EVENTS: __router::Events = __router::Events::NONE
            .with(__router::Event::Open)
            .with_async(__router::Event::Text)
            .with(__router::Event::Ping)
            .with(__router::Event::Close);
        fn open(&self, ws: &mut __router::Socket<Self::Data>) -> __router::Ended {
            __router::IntoHandlerResult::into_handler_result(
                __Module::open(self, __router::given(__router::Given(ws))),
            )
        }
        async fn text_async(
            &self,
            ws: &mut __router::Socket<Self::Data>,
            text: &str,
        ) -> __router::Ended {
            __router::IntoHandlerResult::into_handler_result(
                __Module::say(
                        self,
                        __router::given(__router::Given(ws)),
                        __router::decode(
                            __router::Argument,
                            __router::Message::Text(text),
                        )?,
                    )
                    .await,
            )
        }
        fn ping(
            &self,
            ws: &mut __router::Socket<Self::Data>,
            _: &[u8],
        ) -> __router::Ended {
            __router::IntoHandlerResult::into_handler_result(
                __Module::alive(__router::shared::<__Module, _>(ws)),
            )
        }
        fn close(
            &self,
            ws: &mut __router::Socket<Self::Data>,
            code: __router::CloseCode,
            _: &str,
        ) -> __router::Ended {
            __router::IntoHandlerResult::into_handler_result(
                __Module::bye(
                    __router::shared::<__Module, _>(ws),
                    __router::given(__router::Given(ws)),
                    __router::given(__router::Given(code)),
                ),
            )
        }
    }
    const _: () = ::core::assert!(
        (__router::integer(__Module::PATIENCE) as ::core::primitive::u128) <= 960, "{}",
        "`idle_timeout` must be at most 960 seconds"
    );
    const _: () = {
        use __router::NotExtracted as _;
        ::core::assert!(
            < __router::Extractor < User, __Module >> ::REFUSES_WITH_STATUS, "{}",
            "`User` cannot reject a request: its `Rejection` has no status, so the response would be `200 OK`\n= help: use a `Rejection` with a status, such as `StatusCode` or `(StatusCode, String)`"
        )
    };
    const _: () = {
        use __router::NotExtracted as _;
        ::core::assert!(
            ! < __router::Extractor < User, __Module >> ::NEEDS_BODY, "{}",
            "handler `admit` cannot take a body: an upgrade request has none\n= help: to read `user` from the path, add `{user}` to the block's `path`; to read the query, take a `Query<T>`"
        )
    };
};
