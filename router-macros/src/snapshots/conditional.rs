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
impl ::router::__private::Module for Chat {
    const ROUTES: &'static [::router::__private::Route<Self>] = &[
        #[cfg(feature = "pages")]
        ::router::__private::Route::new(
            ::router::__private::Method::GET,
            "/",
            "Chat::index",
            |module, _| {
                let output = Self::index(&module);
                ::router::__private::answered(
                    ::router::__private::IntoResponse::into_response(output),
                )
            },
        ),
        ::router::__private::Route::socket(
            "/",
            "Chat (websocket)",
            |module, mut request| {
                ::router::__private::Box::pin(async move {
                    let upgrade = match {
                        use ::router::__private::NotExtracted as _;
                        <::router::__private::Extractor<
                            ::router::__private::Upgrade<Self>,
                            Self,
                        >>::extract(&module, &mut request)
                            .await
                    } {
                        ::router::__private::Ok(upgrade) => upgrade,
                        ::router::__private::Err(error) => {
                            return ::router::__private::IntoResponse::into_response(
                                error,
                            );
                        }
                    };
                    #[cfg(feature = "names")]
                    #[cfg(unix)]
                    let data = {
                        let output = Self::admit(&module);
                        match <u8 as ::router::__private::Admission<
                            <Self as ::router::__private::WebSocket>::Data,
                        >>::into_data(output) {
                            ::router::__private::Ok(data) => data,
                            ::router::__private::Err(response) => return response,
                        }
                    };
                    #[cfg(not(any(all(feature = "names", unix))))]
                    let data = <u8 as ::router::__private::InitialData>::initial();
                    ::router::__private::Upgrade::accept(upgrade, data)
                })
            },
        ),
    ];
    const SOCKET: ::router::__private::Option<::router::__private::Options> = ::router::__private::Some(
        <Self as ::router::__private::WebSocket>::OPTIONS,
    );
}
#[cfg(feature = "chat")]
impl ::router::__private::WebSocket for Chat {
    type Data = u8;
    const OPTIONS: ::router::__private::Options = ::router::__private::Options::DEFAULT;
    const EVENTS: ::router::__private::Events = {
        let events = ::router::__private::Events::NONE;
        #[cfg(feature = "echo")]
        let events = ::router::__private::Events::with(
            events,
            ::router::__private::Event::Text,
        );
        #[cfg(feature = "echo")]
        let events = ::router::__private::Events::with(
            events,
            ::router::__private::Event::Binary,
        );
        events
    };
    #[cfg(feature = "echo")]
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
            Message<'_>,
        >(::router::__private::Event::Text, ::router::__private::Message::Text(text)) {
            ::router::__private::Ok(payload) => payload,
            ::router::__private::Err(error) => {
                return ::router::__private::Step::done(::router::__private::Err(error));
            }
        };
        ::router::__private::Step::done(
            ::router::__private::IntoOutcome::into_outcome(
                Self::echo(
                    self,
                    ::router::__private::given::<
                        &mut Socket<u8>,
                        &mut ::router::__private::Socket<Self::Data>,
                    >(ws),
                    payload,
                ),
                ::router::__private::Event::Text,
            ),
        )
    }
    #[cfg(feature = "echo")]
    fn binary<'a>(
        &'a self,
        ws: &'a mut ::router::__private::Socket<Self::Data>,
        bytes: &'a [u8],
    ) -> ::router::__private::Step<
        impl ::router::__private::Future<
            Output = ::router::__private::Outcome,
        > + ::router::__private::Send + 'a,
    > {
        let payload = match ::router::__private::decode::<
            Message<'_>,
        >(
            ::router::__private::Event::Binary,
            ::router::__private::Message::Binary(bytes),
        ) {
            ::router::__private::Ok(payload) => payload,
            ::router::__private::Err(error) => {
                return ::router::__private::Step::done(::router::__private::Err(error));
            }
        };
        ::router::__private::Step::done(
            ::router::__private::IntoOutcome::into_outcome(
                Self::echo(
                    self,
                    ::router::__private::given::<
                        &mut Socket<u8>,
                        &mut ::router::__private::Socket<Self::Data>,
                    >(ws),
                    payload,
                ),
                ::router::__private::Event::Binary,
            ),
        )
    }
}
