struct App {
    chat: Chat,
    #[cfg(feature = "admin")]
    admin: admin::Admin,
}
#[cfg(feature = "admin")]
const _: () = {
    use ::router::__private::Unmounted as _;
    ::core::assert!(
        < ::router::__private::Pair < Chat, admin::Admin > > ::CONFLICTS.is_none(), "{}",
        < ::router::__private::Pair < Chat, admin::Admin > > ::CONFLICTS.text()
    );
};
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
