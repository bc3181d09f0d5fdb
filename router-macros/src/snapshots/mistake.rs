impl Chat {
    fn index(&self) {}
}
#[route(__consumed)]
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
        type Data = ClientData;
        const EVENTS: __router::Events = __router::Events::NONE;
    }
};
::core::compile_error! {
    "`idle_timeout` must be at most 960 seconds"
}
