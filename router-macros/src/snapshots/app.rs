struct App {
    chat: Chat,
    #[cfg(feature = "admin")]
    admin: admin::Admin,
}
const _: () = {
    use ::router::__private as __router;
    use __router::Unmounted as _;
    type __Module0 = Chat;
    #[cfg(feature = "admin")]
    type __Module1 = admin::Admin;
    #[cfg(feature = "admin")]
    const _: () = __router::apart(&[<__router::Pair<__Module0, __Module1>>::CONFLICTS]);
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
