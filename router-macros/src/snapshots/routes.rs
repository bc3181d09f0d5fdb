impl Rooms {
    /// All rooms.
    pub fn index(&self) -> Html<&'static str> {
        Html("rooms")
    }
    async fn member(
        &self,
        id: u64,
        room: String,
        headers: &HeaderMap,
        page: Query<Page>,
        body: Json<Member>,
    ) -> Result<Json<Member>, ApiError> {
        self.rooms.member(room, id, headers, page, body).await
    }
    async fn nothing(&self) {}
}
#[route(__consumed)]
const _: () = ();
#[route(__consumed)]
const _: () = ();
#[route(__consumed)]
const _: () = ();
#[route(__consumed)]
const _: () = ();
impl ::router::__private::Module for Rooms {
    const ROUTES: &'static [::router::__private::Route<Self>] = &[
        ::router::__private::Route::new(
            ::router::__private::Method::GET,
            "/api",
            "Rooms::index",
            |module, _| {
                let output = Self::index(&module);
                ::router::__private::answered(
                    <Html<
                        &'static str,
                    > as ::router::__private::IntoResponse>::into_response(output),
                )
            },
        ),
        ::router::__private::Route::new(
            ::router::__private::Method::GET,
            "/api/rooms/{room}/members/{id}",
            "Rooms::member",
            |module, mut request| {
                ::router::__private::Box::pin(async move {
                    let argument_0 = match ::router::__private::path_parameter::<
                        u64,
                    >(&request, 1usize, "id") {
                        ::router::__private::Ok(value) => value,
                        ::router::__private::Err(response) => return response,
                    };
                    let argument_1 = match ::router::__private::path_parameter::<
                        String,
                    >(&request, 0usize, "room") {
                        ::router::__private::Ok(value) => value,
                        ::router::__private::Err(response) => return response,
                    };
                    ::router::__private::extractor::<Query<Page>, Self>();
                    let argument_3 = match {
                        use ::router::__private::NotExtracted as _;
                        <::router::__private::Extractor<
                            Query<Page>,
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
                    ::router::__private::extractor::<Json<Member>, Self>();
                    let argument_4 = match {
                        use ::router::__private::NotExtracted as _;
                        <::router::__private::Extractor<
                            Json<Member>,
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
                    let output = Self::member(
                            &module,
                            argument_0,
                            argument_1,
                            ::router::__private::lend::<HeaderMap>(&request),
                            argument_3,
                            argument_4,
                        )
                        .await;
                    <Result<
                        Json<Member>,
                        ApiError,
                    > as ::router::__private::IntoResponse>::into_response(output)
                })
            },
        ),
        ::router::__private::Route::new(
            ::router::__private::Method::PUT,
            "/api/rooms/{_room}",
            "Rooms::nothing",
            |module, _| {
                ::router::__private::Box::pin(async move {
                    let output = Self::nothing(&module).await;
                    ::router::__private::IntoResponse::into_response(output)
                })
            },
        ),
        ::router::__private::Route::new(
            ::router::__private::Method::POST,
            "/api/rooms/{_room}",
            "Rooms::nothing",
            |module, _| {
                ::router::__private::Box::pin(async move {
                    let output = Self::nothing(&module).await;
                    ::router::__private::IntoResponse::into_response(output)
                })
            },
        ),
    ];
}
const _: () = {
    use ::router::__private::NotExtracted as _;
    ::core::assert!(
        ! < ::router::__private::Extractor < Json < Member >, Rooms >> ::TAKES_BODY,
        "{}",
        "handler `member` cannot take a body: a GET request has none\n= help: a part of the path is written `{body}` in it; for the query, take a `Query<T>`"
    )
};
