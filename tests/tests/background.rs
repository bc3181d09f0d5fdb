//! Background tasks, which run for as long as the server.

use router::{Hub, StopSignal, prelude::*};
use router_tests::{Client, Log, Server, get, recorder, within};
use std::{
    future::pending,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    net::TcpListener,
    sync::{Notify, oneshot},
};

/// A short deadline, for tests in which the shutdown lasts until the deadline.
const SHORT_DEADLINE: Duration = Duration::from_millis(400);

/// Subscribes each socket to the topic `news`.
struct News;

#[websocket(path = "/", data = ())]
impl News {
    #[route(get, "/page")]
    fn page(&self) -> &'static str {
        "a page"
    }

    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("news");
        ws.send("subscribed");
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

/// Logs when it is dropped.
struct Dropped(Log, &'static str);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.note(format!("{} is dropped", self.1));
    }
}

#[tokio::test]
async fn a_task_publishes_while_the_server_runs() {
    let go = Arc::new(Notify::new());
    let told = go.clone();
    let router =
        Router::new()
            .mount(News)
            .background(move |hub: Hub, _stop: StopSignal| async move {
                for number in 1.. {
                    told.notified().await;
                    hub.publish("news", format!("news {number}"));
                }
            });
    let server = Server::start(router).await;
    let mut client = Client::connect(server.addr(), "/").await;
    client.expect_text("subscribed").await;
    for text in ["news 1", "news 2", "news 3"] {
        go.notify_one();
        client.expect_text(text).await;
    }
}

#[tokio::test]
async fn a_task_receives_the_stop_signal_and_the_shutdown_waits_for_the_task() {
    let (log, mut seen) = recorder();
    let gate = Arc::new(Notify::new());
    let (task_log, opened) = (log.clone(), gate.clone());
    let router = Router::new()
        .mount(News)
        .background(move |hub, stop| async move {
            task_log.note(format!("runs, stopped: {}", stop.is_stopped()));
            let other = stop.clone();
            stop.stopped().await;
            // Once the signal is given, each clone returns at once, however often it is awaited.
            other.stopped().await;
            stop.stopped().await;
            task_log.note(format!(
                "stopped: {} {}",
                stop.is_stopped(),
                other.is_stopped()
            ));
            opened.notified().await;
            tokio::task::yield_now().await;
            task_log.note(format!("writes, {} left", hub.subscriber_count("news")));
        });
    let mut server = Server::start(router).await;
    seen.expect("runs, stopped: false").await;
    let mut client = Client::connect(server.addr(), "/").await;
    client.expect_text("subscribed").await;
    seen.assert_silent();
    server.begin_shutdown();
    client.expect_close(1001, "server shutting down").await;
    client.expect_end().await;
    seen.expect("stopped: true true").await;
    seen.assert_silent();
    gate.notify_one();
    server.shutdown().await.unwrap();
    // `run` has returned, so the task has completed.
    seen.expect("writes, 0 left").await;
    seen.assert_silent();
}

#[tokio::test]
async fn a_task_may_publish_during_the_shutdown() {
    let router = Router::new()
        .mount(News)
        .background(|hub, stop| async move {
            stop.stopped().await;
            // Subscribers may still be connected or not. Publishing is allowed in both cases.
            hub.publish("news", "the server goes down");
        });
    let mut server = Server::start(router).await;
    let mut client = Client::connect(server.addr(), "/").await;
    client.expect_text("subscribed").await;
    server.begin_shutdown();
    client.expect_close(1001, "server shutting down").await;
    client.expect_end().await;
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_panic_ends_its_task_and_nothing_else() {
    let (log, mut seen) = recorder();
    let go = Arc::new(Notify::new());
    let (told, task_log) = (go.clone(), log.clone());
    let (later_log, first_log) = (log.clone(), log.clone());
    let router = Router::new()
        .mount(News)
        .background(move |_, _| {
            first_log.note("first");
            panic!("before there is a future");
            #[expect(unreachable_code, reason = "it gives the closure its type")]
            async {}
        })
        .background(move |_, _| async move {
            let _dropped = Dropped(later_log, "second");
            tokio::task::yield_now().await;
            panic!("this is what the test is about");
        })
        .background(move |hub, stop| async move {
            told.notified().await;
            hub.publish("news", "the third is there");
            stop.stopped().await;
            task_log.note("third ends");
        });
    let server = Server::start(router).await;
    seen.expect("first").await;
    seen.expect("second is dropped").await;
    let mut client = Client::connect(server.addr(), "/").await;
    client.expect_text("subscribed").await;
    client.ask("hello", "hello").await;
    go.notify_one();
    client.expect_text("the third is there").await;
    assert_eq!(get(server.addr(), "/page").await.text(), "a page");
    drop(client);
    server.shutdown().await.unwrap();
    seen.expect("third ends").await;
}

#[tokio::test]
async fn a_task_that_panics_during_the_shutdown_does_not_delay_it() {
    let router = Router::new().mount(News).background(|_, stop| async move {
        stop.stopped().await;
        panic!("this is what the test is about");
    });
    let server = Server::start(router).await;
    let start = Instant::now();
    server.shutdown().await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "half of 10 s");
}

#[tokio::test]
async fn a_task_that_ignores_the_signal_is_dropped_at_the_deadline() {
    let (log, mut seen) = recorder();
    let (deaf_log, good_log) = (log.clone(), log.clone());
    let router = Router::new()
        .mount(News)
        .shutdown_deadline(SHORT_DEADLINE)
        .background(move |_, _| async move {
            let _dropped = Dropped(deaf_log, "deaf");
            pending::<()>().await;
        })
        .background(move |_, stop| async move {
            stop.stopped().await;
            good_log.note("good ends");
        });
    let mut server = Server::start(router).await;
    let mut client = Client::connect(server.addr(), "/").await;
    client.expect_text("subscribed").await;
    let start = Instant::now();
    server.begin_shutdown();
    // Sockets and other tasks do not wait for the task that ignores the signal.
    client.expect_close(1001, "server shutting down").await;
    client.expect_end().await;
    seen.expect("good ends").await;
    assert!(start.elapsed() < SHORT_DEADLINE, "{:?}", start.elapsed());
    server.shutdown().await.unwrap();
    assert!(start.elapsed() >= SHORT_DEADLINE, "{:?}", start.elapsed());
    seen.expect("deaf is dropped").await;
}

#[tokio::test]
async fn a_task_may_end_before_the_server() {
    let (log, mut seen) = recorder();
    let mut router = Router::new().mount(News);
    for number in 0..10 {
        let log = log.clone();
        router = router.background(move |_, _| async move { log.note(format!("{number} ends")) });
    }
    let server = Server::start(router).await;
    let mut ended = Vec::new();
    for _ in 0..10 {
        ended.push(seen.next().await);
    }
    ended.sort_unstable();
    let all: Vec<String> = (0..10).map(|number| format!("{number} ends")).collect();
    assert_eq!(ended, all);
    assert_eq!(get(server.addr(), "/page").await.text(), "a page");
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_task_does_not_run_when_the_server_does_not() {
    let (log, mut seen) = recorder();
    let router = |log: &Log| {
        let (log, dropped) = (log.clone(), Dropped(log.clone(), "the closure"));
        Router::new()
            .mount(News)
            .background(move |_, _| async move {
                let _dropped = dropped;
                log.note("runs");
            })
    };
    drop(router(&log));
    seen.expect("the closure is dropped").await;
    // Binding fails because the port is taken.
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = taken.local_addr().unwrap();
    let error = router(&log).shutdown_when(pending()).bind(addr).await;
    assert!(error.is_err());
    seen.expect("the closure is dropped").await;
    // Binding fails because `News` is mounted twice.
    let faulty = router(&log).mount(News).shutdown_when(pending());
    assert!(faulty.bind("127.0.0.1:0").await.is_err());
    seen.expect("the closure is dropped").await;
    // The server is bound, and dropped before it runs.
    let bound = router(&log).shutdown_when(pending());
    drop(bound.bind("127.0.0.1:0").await.unwrap());
    seen.expect("the closure is dropped").await;
    seen.assert_silent();
}

#[tokio::test]
async fn a_task_is_dropped_when_its_server_is_dropped() {
    let (log, mut seen) = recorder();
    let task_log = log.clone();
    let (send, receive) = oneshot::channel();
    let router = Router::new()
        .mount(News)
        .shutdown_when(pending())
        .background(move |_, stop| async move {
            let _dropped = Dropped(task_log, "the task");
            send.send(stop).unwrap();
            pending::<()>().await;
        });
    let server = router.bind("127.0.0.1:0").await.unwrap();
    let run = tokio::spawn(server.run());
    let stop: StopSignal = within("the task to run", receive).await.unwrap();
    assert!(!stop.is_stopped());
    run.abort();
    seen.expect("the task is dropped").await;
    within("the signal", stop.stopped()).await;
    assert!(stop.is_stopped());
    assert_eq!(format!("{stop:?}"), "StopSignal { is_stopped: true }");
}
