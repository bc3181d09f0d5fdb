//! The cases that can be measured.

use crate::{
    Result, Settings, connect, fanout, idle,
    load::{self, deflate::Deflate, echo::Echo, http::Http},
    rooms,
    server::{Server, ServerKind},
    statistics::Figures,
    subscriptions, wrk,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    EchoOne,
    EchoSixteen,
    EchoLarge,
    Connect,
    Deflate,
    HttpRoot,
    HttpUser,
    WrkRoot,
    WrkUser,
    FanOutOne,
    FanOutSixteen,
    FanOutDeflate,
    FanOutThreads,
    Rooms,
    Room,
    RoomStalled,
    TopicMemory,
    MemberMemory,
    JoinSmall,
    JoinLarge,
    Idle,
    IdleHeld,
}

impl Case {
    pub(crate) const ALL: [Self; 22] = [
        Self::EchoOne,
        Self::EchoSixteen,
        Self::EchoLarge,
        Self::Connect,
        Self::Deflate,
        Self::HttpRoot,
        Self::HttpUser,
        Self::WrkRoot,
        Self::WrkUser,
        Self::FanOutOne,
        Self::FanOutSixteen,
        Self::FanOutDeflate,
        Self::FanOutThreads,
        Self::Rooms,
        Self::Room,
        Self::RoomStalled,
        Self::TopicMemory,
        Self::MemberMemory,
        Self::JoinSmall,
        Self::JoinLarge,
        Self::Idle,
        Self::IdleHeld,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EchoOne => "echo-64-1",
            Self::EchoSixteen => "echo-64-16",
            Self::EchoLarge => "echo-16k",
            Self::Connect => "connect",
            Self::Deflate => "deflate-1k",
            Self::HttpRoot => "http-root",
            Self::HttpUser => "http-user",
            Self::WrkRoot => "wrk-root",
            Self::WrkUser => "wrk-user",
            Self::FanOutOne => "fan-out-1",
            Self::FanOutSixteen => "fan-out-16",
            Self::FanOutDeflate => "fan-out-deflate",
            Self::FanOutThreads => "fan-out-threads",
            Self::Rooms => "rooms",
            Self::Room => "room",
            Self::RoomStalled => "room-stalled",
            Self::TopicMemory => "topic-memory",
            Self::MemberMemory => "member-memory",
            Self::JoinSmall => "join-10",
            Self::JoinLarge => "join-many",
            Self::Idle => "idle",
            Self::IdleHeld => "idle-held",
        }
    }

    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::EchoOne => "64 bytes come back, 100 connections, 1 in flight on each",
            Self::EchoSixteen => "64 bytes come back, 100 connections, 16 in flight on each",
            Self::EchoLarge => "16 KiB come back, 100 connections, 1 in flight on each",
            Self::Connect => "connect, upgrade, close handshake, one after the other",
            Self::Deflate => "1 KiB of JSON comes back compressed, 100 connections, 1 in flight",
            Self::HttpRoot => "GET /, 64 connections",
            Self::HttpUser => "GET /users/42, 64 connections",
            Self::WrkRoot => "GET /, 64 connections, by wrk",
            Self::WrkUser => "GET /users/42, 64 connections, by wrk",
            Self::FanOutOne => "128 bytes to 1,000 subscribers, one message at a time",
            Self::FanOutSixteen => "128 bytes to 1,000 subscribers, 16 messages in flight",
            Self::FanOutDeflate => "1 KiB of JSON to 500 subscribers, compressed, one at a time",
            Self::FanOutThreads => "fan-out-16 on both cores, which the generator shares",
            Self::Rooms => "128 bytes to a random one of 1,000 topics with 10 subscribers each",
            Self::Room => "128 bytes to 1,000 subscribers of a named topic, one at a time",
            Self::RoomStalled => "the same, and one more subscriber that does not read",
            Self::TopicMemory => "100,000 subscriptions, each to a topic of its own",
            Self::MemberMemory => "100,000 subscriptions, each socket to the same topics",
            Self::JoinSmall => "joining and leaving a topic of 10, 256 at a time",
            Self::JoinLarge => "joining and leaving a topic of all idle connections",
            Self::Idle => "sockets that have nothing to do",
            Self::IdleHeld => "the same, after a message to a handler that held 16 KiB",
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|case| case.name() == name)
    }

    pub(crate) fn is_for(self, kind: ServerKind) -> bool {
        if kind == ServerKind::RouterTwo || self == Self::FanOutThreads {
            return self == Self::FanOutThreads
                && matches!(kind, ServerKind::Router | ServerKind::RouterTwo);
        }
        match self {
            Self::Deflate | Self::FanOutDeflate => kind.deflates(),
            Self::Rooms | Self::Room | Self::RoomStalled => kind.has_rooms(),
            Self::TopicMemory | Self::MemberMemory | Self::JoinSmall | Self::JoinLarge => {
                kind.has_subscriptions()
            }
            Self::FanOutOne | Self::FanOutSixteen => kind.has_topics(),
            // Only router's server has the route `/held`, because the case measures the memory of router's
            // own asynchronous handlers.
            Self::IdleHeld => kind == ServerKind::Router,
            _ => true,
        }
    }

    pub(crate) fn run(self, kind: ServerKind, settings: &Settings) -> Result<Figures> {
        let deflate = matches!(self, Self::Deflate | Self::FanOutDeflate);
        let pinned = settings.pin && self != Self::FanOutThreads;
        let server = Server::start(kind, deflate, pinned)?;
        let sockets = settings.connections;
        let room = rooms::Plan {
            rooms: 1,
            members: 1000,
            sockets: 1000,
            window: 1,
            stalled: false,
        };
        let time = settings.time;
        match self {
            Self::EchoOne => load::run(&server, Echo::new("/echo", 64), 100, 1, time),
            Self::EchoSixteen => load::run(&server, Echo::new("/echo", 64), 100, 16, time),
            Self::EchoLarge => load::run(&server, Echo::new("/echo", 16 * 1024), 100, 1, time),
            Self::Deflate => load::run(&server, Deflate::new("/echo"), 100, 1, time),
            Self::HttpRoot => load::run(&server, Http::new("/", "Hello, World!"), 64, 1, time),
            Self::HttpUser => load::run(&server, Http::new("/users/42", "user 42"), 64, 1, time),
            Self::WrkRoot => wrk::run(&server, "/", time),
            Self::WrkUser => wrk::run(&server, "/users/42", time),
            Self::FanOutOne => fanout::run(&server, Echo::new("/topic", 128), 1000, 1, time),
            Self::FanOutSixteen | Self::FanOutThreads => {
                fanout::run(&server, Echo::new("/topic", 128), 1000, 16, time)
            }
            Self::FanOutDeflate => fanout::run(&server, Deflate::new("/topic"), 500, 1, time),
            Self::Rooms => {
                let (rooms, members, window) = (1000, 10, 100);
                let plan = rooms::Plan {
                    rooms,
                    members,
                    window,
                    ..room
                };
                rooms::run(&server, plan, time)
            }
            Self::Room => rooms::run(&server, room, time),
            Self::RoomStalled => {
                let stalled = true;
                rooms::run(&server, rooms::Plan { stalled, ..room }, time)
            }
            Self::TopicMemory => subscriptions::memory(&server, sockets, false),
            Self::MemberMemory => subscriptions::memory(&server, sockets, true),
            Self::JoinSmall => subscriptions::moving(&server, 10, time),
            Self::JoinLarge => subscriptions::moving(&server, sockets, time),
            Self::Connect => connect::run(&server, time),
            Self::Idle => idle::run(&server, "/echo", settings.connections),
            Self::IdleHeld => idle::run(&server, "/held", settings.connections),
        }
    }
}
