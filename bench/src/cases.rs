//! What is measured.

use crate::{
    Result, Settings, connect, fanout, idle,
    load::{self, deflate::Deflate, echo::Echo, http::Http},
    server::{Kind, Server},
    statistics::Figures,
    wrk,
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
    Idle,
    IdleHeld,
}

impl Case {
    pub(crate) const ALL: [Self; 14] = [
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
            Self::FanOutSixteen => "128 bytes to 1,000 subscribers, 16 messages on their way",
            Self::FanOutDeflate => "1 KiB of JSON to 500 subscribers, compressed, one at a time",
            Self::Idle => "sockets that have nothing to do",
            Self::IdleHeld => "the same, after a message to a handler that held 16 KiB",
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|case| case.name() == name)
    }

    pub(crate) fn is_for(self, kind: Kind) -> bool {
        match self {
            Self::Deflate | Self::FanOutDeflate => kind.deflates(),
            Self::FanOutOne | Self::FanOutSixteen => kind.has_topics(),
            // A property of a runtime with tasks and handlers: of ours.
            Self::IdleHeld => kind == Kind::Router,
            _ => true,
        }
    }

    pub(crate) fn run(self, kind: Kind, settings: &Settings) -> Result<Figures> {
        let deflate = matches!(self, Self::Deflate | Self::FanOutDeflate);
        let server = Server::start(kind, deflate, settings.pin)?;
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
            Self::FanOutSixteen => fanout::run(&server, Echo::new("/topic", 128), 1000, 16, time),
            Self::FanOutDeflate => fanout::run(&server, Deflate::new("/topic"), 500, 1, time),
            Self::Connect => connect::run(&server, time),
            Self::Idle => idle::run(&server, "/echo", settings.connections),
            Self::IdleHeld => idle::run(&server, "/held", settings.connections),
        }
    }
}
