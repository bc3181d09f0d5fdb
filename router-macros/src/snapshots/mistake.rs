impl Chat {
    fn index(&self) {}
}
#[route(__consumed)]
const _: () = ();
impl ::router::__private::Module for Chat {
    const ROUTES: &'static [::router::__private::Route<Self>] = &[];
    const SOCKET: ::router::__private::Option<::router::__private::Options> = ::router::__private::Some(
        <Self as ::router::__private::WebSocket>::OPTIONS,
    );
}
impl ::router::__private::WebSocket for Chat {
    type Data = ClientData;
    const OPTIONS: ::router::__private::Options = ::router::__private::Options::DEFAULT;
    const EVENTS: ::router::__private::Events = {
        let events = ::router::__private::Events::NONE;
        events
    };
}
::core::compile_error! {
    "`idle_timeout` must be at most 960 seconds"
}
