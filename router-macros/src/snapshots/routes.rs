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
    fn delete(self: Arc<Self>, room: String, Query(Page { .. }): Query<Page>) {}
}
#[route(__consumed)]
const _: () = ();
const _: () = {
    use ::router::__private as __router;
    type __Module = Rooms;
    type __Row = __router::Route<__Module>;
    const __ROUTE_0: __Row = __router::get(
        "/api",
        487242682824032952,
        "Rooms::index",
        |module, _| __router::ready(
            __router::Respond::into_response(__Module::index(&module)),
        ),
    );
    const __ROUTE_1: __Row = __router::get(
        "/api/rooms/{room}/members/{id}",
        5502195233860617955,
        "Rooms::member",
        |module, mut request| __router::future(async move {
            let argument_0 = __router::parameter(__router::Argument, &request, 1, "id")?;
            let argument_1 = __router::parameter(
                __router::Argument,
                &request,
                0,
                "room",
            )?;
            let argument_3 = __router::extract(__router::Argument, &module, &mut request)
                .await?;
            let argument_4 = __router::extract(__router::Argument, &module, &mut request)
                .await?;
            __router::Ok(
                __router::Respond::into_response(
                    __Module::member(
                            &module,
                            argument_0,
                            argument_1,
                            __router::lend(__router::Argument, &request),
                            argument_3,
                            argument_4,
                        )
                        .await,
                ),
            )
        }),
    );
    const __ROUTE_2: __Row = __router::put(
        "/api/rooms/{_room}",
        5121625505140906232,
        "Rooms::nothing",
        |module, mut request| __router::future(async move {
            __router::Ok(
                __router::Respond::into_response(__Module::nothing(&module).await),
            )
        }),
    );
    const __ROUTE_3: __Row = __router::post(
        "/api/rooms/{_room}",
        3985799947750119445,
        "Rooms::nothing",
        |module, mut request| __router::future(async move {
            __router::Ok(
                __router::Respond::into_response(__Module::nothing(&module).await),
            )
        }),
    );
    const __ROUTE_4: __Row = __router::delete(
        "/api/rooms/{room}",
        1647360446244896580,
        "Rooms::delete",
        |module, mut request| __router::future(async move {
            let argument_0 = __router::parameter(
                __router::Argument,
                &request,
                0,
                "room",
            )?;
            let argument_1 = __router::extract(__router::Argument, &module, &mut request)
                .await?;
            __router::Ok(
                __router::Respond::into_response(
                    __Module::delete(module, argument_0, argument_1),
                ),
            )
        }),
    );
    impl __router::Module for Rooms {
        const ROUTES: &'static [__Row] = &[
            __ROUTE_0,
            __ROUTE_1,
            __ROUTE_2,
            __ROUTE_3,
            __ROUTE_4,
        ];
    }
    const _: () = {
        use __router::NotReturned as _;
        ::core::assert!(
            < __router::Returned < ApiError >> ::HAS_STATUS, "{}",
            "handler `member` cannot fail with `ApiError`: this type has no status, so the response would be `200 OK`\n= help: return a status with the error, such as `(StatusCode, String)`, or a type of your own whose `IntoResponse` sets a status"
        )
    };
    const _: () = {
        use __router::NotExtracted as _;
        ::core::assert!(
            ! < __router::Extractor < Json < Member >, __Module >> ::NEEDS_BODY, "{}",
            "handler `member` cannot take a body: a GET request has none\n= help: to read `body` from the path, add `{body}` to the route; to read the query, take a `Query<T>`"
        )
    };
};
