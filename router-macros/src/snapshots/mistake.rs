impl Chat {
    fn index(&self) {}
}
#[route(__consumed)]
const _: () = ();
impl ::router::__private::Module for Chat {
    const ROUTES: &'static [::router::__private::Route<Self>] = &[];
}
impl ::router::__private::WebSocket for Chat {
    type Data = ClientData;
}
::core::compile_error! {
    "`idle_timeout` must be at most 960 seconds"
}
