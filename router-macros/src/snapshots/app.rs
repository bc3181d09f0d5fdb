struct App {
    chat: Chat,
    #[cfg(feature = "admin")]
    admin: admin::Admin,
}
const _: () = {
    use ::router::__private as __router;
    use __router::Unmounted as _;
    type __Modules0 = ((), Chat);
    #[cfg(feature = "admin")]
    const _: () = __router::apart(
        &[<__router::Pairs<__Modules0, admin::Admin>>::CONFLICTS],
    );
    #[cfg(feature = "admin")]
    type __Modules1 = (__Modules0, admin::Admin);
    #[cfg(not(all(feature = "admin")))]
    type __Modules1 = __Modules0;
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
