struct App {
    chat: Chat,
    #[cfg(feature = "admin")]
    admin: admin::Admin,
}
const _: () = {
    use ::router::__private as __router;
    #[cfg(feature = "admin")]
    const _: () = {
        use __router::Unmounted as _;
        ::core::assert!(
            < __router::Pair < Chat, admin::Admin > > ::CONFLICTS.is_none(), "{}", <
            __router::Pair < Chat, admin::Admin > > ::CONFLICTS.text()
        );
    };
    impl __router::From<App> for __router::Router {
        fn from(app: App) -> Self {
            let mounted = __router::Router::new();
            let mounted = __router::Router::mount::<Chat>(mounted, app.chat);
            #[cfg(feature = "admin")]
            let mounted = __router::Router::mount::<admin::Admin>(mounted, app.admin);
            mounted
        }
    }
};
