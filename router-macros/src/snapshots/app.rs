struct App {
    chat: Chat,
    #[cfg(feature = "admin")]
    admin: admin::Admin,
}
impl ::router::__private::From<App> for ::router::__private::Router {
    fn from(app: App) -> Self {
        let mounted = ::router::__private::Router::new();
        let mounted = ::router::__private::Router::mount::<Chat>(mounted, app.chat);
        #[cfg(feature = "admin")]
        let mounted = ::router::__private::Router::mount::<
            admin::Admin,
        >(mounted, app.admin);
        mounted
    }
}
