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
    fn bye(&self, ws: &mut Socket<ClientData>, code: CloseCode) {}
}
#[route(__consumed)]
const _: () = ();
#[on(__consumed)]
const _: () = ();
#[on(__consumed)]
const _: () = ();
#[on(__consumed)]
const _: () = ();
#[on(__consumed)]
const _: () = ();
impl ::router::__private::Module for Chat {
    const ROUTES: &'static [::router::__private::Route<Self>] = &[
        ::router::__private::Route::new(
            ::router::__private::Method::GET,
            "/custom",
            "Chat::custom",
            |module, mut request| {
                ::router::__private::Box::pin(async move {
                    ::router::__private::extractor::<Upgrade<Self>, Self>();
                    let argument_0 = match {
                        use ::router::__private::NotExtracted as _;
                        <::router::__private::Extractor<
                            Upgrade<Self>,
                            Self,
                        >>::extract(&module, &mut request)
                            .await
                    } {
                        ::router::__private::Ok(value) => value,
                        ::router::__private::Err(response) => {
                            return ::router::__private::IntoResponse::into_response(
                                response,
                            );
                        }
                    };
                    let output = Self::custom(&module, argument_0);
                    <Response as ::router::__private::IntoResponse>::into_response(
                        output,
                    )
                })
            },
        ),
        ::router::__private::Route::socket(
            "/rooms/{room}",
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
                    let data = {
                        let argument_0 = match ::router::__private::path_parameter::<
                            String,
                        >(&request, 0usize, "room") {
                            ::router::__private::Ok(value) => value,
                            ::router::__private::Err(response) => return response,
                        };
                        ::router::__private::extractor::<User, Self>();
                        let argument_1 = match {
                            use ::router::__private::NotExtracted as _;
                            <::router::__private::Extractor<
                                User,
                                Self,
                            >>::extract(&module, &mut request)
                                .await
                        } {
                            ::router::__private::Ok(value) => value,
                            ::router::__private::Err(response) => {
                                return ::router::__private::IntoResponse::into_response(
                                    response,
                                );
                            }
                        };
                        let output = Self::admit(&module, argument_0, argument_1).await;
                        match <Result<
                            ClientData,
                            StatusCode,
                        > as ::router::__private::Admission<
                            <Self as ::router::__private::WebSocket>::Data,
                        >>::into_data(output) {
                            ::router::__private::Ok(data) => data,
                            ::router::__private::Err(response) => return response,
                        }
                    };
                    ::router::__private::Upgrade::accept(upgrade, data)
                })
            },
        ),
    ];
    const SOCKET: ::router::__private::Option<::router::__private::Options> = ::router::__private::Some(
        <Self as ::router::__private::WebSocket>::OPTIONS,
    );
}
impl ::router::__private::WebSocket for Chat {
    type Data = ClientData;
    const OPTIONS: ::router::__private::Options = ::router::__private::Options::DEFAULT
        .max_payload_length(65536)
        .idle_timeout_ms(
            (::router::__private::integer(Self::PATIENCE) as ::core::primitive::u128)
                as ::core::primitive::u64 * 1000,
        )
        .send_pings(true);
    const EVENTS: ::router::__private::Events = {
        let events = ::router::__private::Events::NONE;
        let events = ::router::__private::Events::with(
            events,
            ::router::__private::Event::Open,
        );
        let events = ::router::__private::Events::with(
            events,
            ::router::__private::Event::Text,
        );
        let events = ::router::__private::Events::with(
            events,
            ::router::__private::Event::Close,
        );
        events
    };
    fn open<'a>(
        &'a self,
        ws: &'a mut ::router::__private::Socket<Self::Data>,
    ) -> ::router::__private::Step<
        impl ::router::__private::Future<
            Output = ::router::__private::Outcome,
        > + ::router::__private::Send + 'a,
    > {
        ::router::__private::Step::done(
            ::router::__private::IntoOutcome::into_outcome(
                Self::open(
                    self,
                    ::router::__private::given::<
                        &mut Socket<ClientData>,
                        &mut ::router::__private::Socket<Self::Data>,
                    >(ws),
                ),
                ::router::__private::Event::Open,
            ),
        )
    }
    fn text<'a>(
        &'a self,
        ws: &'a mut ::router::__private::Socket<Self::Data>,
        text: &'a str,
    ) -> ::router::__private::Step<
        impl ::router::__private::Future<
            Output = ::router::__private::Outcome,
        > + ::router::__private::Send + 'a,
    > {
        ::router::__private::Step::wait(async move {
            let payload = match ::router::__private::decode::<
                Json<Say>,
            >(
                ::router::__private::Event::Text,
                ::router::__private::Message::Text(text),
            ) {
                ::router::__private::Ok(payload) => payload,
                ::router::__private::Err(error) => return ::router::__private::Err(error),
            };
            <Result<
                (),
                Error,
            > as ::router::__private::IntoOutcome>::into_outcome(
                Self::say(
                        self,
                        ::router::__private::given::<
                            &mut Socket<ClientData>,
                            &mut ::router::__private::Socket<Self::Data>,
                        >(ws),
                        payload,
                    )
                    .await,
                ::router::__private::Event::Text,
            )
        })
    }
    fn close<'a>(
        &'a self,
        ws: &'a mut ::router::__private::Socket<Self::Data>,
        code: ::router::__private::CloseCode,
        _: &'a str,
    ) -> ::router::__private::Step<
        impl ::router::__private::Future<
            Output = ::router::__private::Outcome,
        > + ::router::__private::Send + 'a,
    > {
        ::router::__private::Step::done(
            ::router::__private::IntoOutcome::into_outcome(
                Self::bye(
                    self,
                    ::router::__private::given::<
                        &mut Socket<ClientData>,
                        &mut ::router::__private::Socket<Self::Data>,
                    >(ws),
                    ::router::__private::given::<
                        CloseCode,
                        ::router::__private::CloseCode,
                    >(code),
                ),
                ::router::__private::Event::Close,
            ),
        )
    }
}
const _: () = ::core::assert!(
    (::router::__private::integer(< Chat > ::PATIENCE) as ::core::primitive::u128) <=
    960, "{}", "`idle_timeout` must be at most 960 seconds"
);
const _: () = ::core::assert!(
    ::router::__private::contradiction(& < Chat as ::router::__private::WebSocket >
    ::OPTIONS).is_empty(), "{}", ::router::__private::contradiction(& < Chat as
    ::router::__private::WebSocket > ::OPTIONS)
);
const _: () = {
    use ::router::__private::NotExtracted as _;
    ::core::assert!(
        ! < ::router::__private::Extractor < User, Chat >> ::TAKES_BODY, "{}",
        "handler `admit` cannot take a body: a request to upgrade has none\n= help: a part of the path is written `{user}` in it; for the query, take a `Query<T>`"
    )
};
