#[cfg(feature = "chat")]
impl Chat {
    #[cfg(feature = "pages")]
    fn index(&self) {}
    #[cfg(feature = "names")]
    #[cfg(unix)]
    fn admit(&self) -> u8 {
        1
    }
    #[cfg(feature = "echo")]
    fn echo(&self, ws: &mut Socket<u8>, message: Message<'_>) {
        ws.send(message);
    }
}
#[cfg(feature = "chat")]
#[cfg(feature = "pages")]
#[route(__consumed)]
const _: () = ();
#[cfg(feature = "chat")]
#[cfg(feature = "names")]
#[cfg(unix)]
#[on(__consumed)]
const _: () = ();
#[cfg(feature = "chat")]
#[cfg(feature = "echo")]
#[on(__consumed)]
const _: () = ();
#[cfg(feature = "chat")]
const _: () = {
    use ::router::__private as __router;
    type __Module = Chat;
    type __Row = __router::Route<__Module>;
    #[cfg(feature = "pages")]
    const __ROUTE_0: __Row = __router::get(
        "/",
        8881270527252527400,
        "Chat::index",
        |module, _| __router::ready(
            __router::Respond::into_response(__Module::index(&module)),
        ),
    );
    const __SOCKET: __Row = __router::socket(
        "/",
        9668567186535756429,
        "Chat (websocket)",
        |module, mut request| __router::future(async move {
            let upgrade: __router::Upgrade<__Module> = __router::extract(
                    __router::Argument,
                    &module,
                    &mut request,
                )
                .await?;
            #[cfg(feature = "names")]
            #[cfg(unix)]
            let data = {
                __router::Admission::<
                    <__Module as __router::WebSocket>::Data,
                >::into_data(__Module::admit(&module))?
            };
            #[cfg(not(any(all(feature = "names", unix))))]
            let data = __router::InitialData::initial();
            __router::Ok(__router::Upgrade::accept(upgrade, data))
        }),
    );
    impl __router::Module for Chat {
        const ROUTES: &'static [__Row] = &[
            #[cfg(feature = "pages")]
            __ROUTE_0,
            __SOCKET,
        ];
        const SOCKET: __router::Option<__router::Options> = __router::Some(
            <Self as __router::WebSocket>::OPTIONS,
        );
    }
    impl __router::WebSocket for Chat {
        type Data = u8;
        const EVENTS: __router::Events = {
            let events = __router::Events::NONE;
            #[cfg(feature = "echo")]
            let events = events.with(__router::Event::Text);
            #[cfg(feature = "echo")]
            let events = events.with(__router::Event::Binary);
            events
        };
        #[cfg(feature = "echo")]
        fn text(
            &self,
            ws: &mut __router::Socket<Self::Data>,
            text: &str,
        ) -> __router::Ended {
            __router::IntoHandlerResult::into_handler_result(
                __Module::echo(
                    self,
                    __router::given(__router::Given(ws)),
                    __router::decode(__router::Argument, __router::Message::Text(text))?,
                ),
            )
        }
        #[cfg(feature = "echo")]
        fn binary(
            &self,
            ws: &mut __router::Socket<Self::Data>,
            bytes: &[u8],
        ) -> __router::Ended {
            __router::IntoHandlerResult::into_handler_result(
                __Module::echo(
                    self,
                    __router::given(__router::Given(ws)),
                    __router::decode(
                        __router::Argument,
                        __router::Message::Binary(bytes),
                    )?,
                ),
            )
        }
    }
};
