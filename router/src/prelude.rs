//! The items that a file with a module usually needs: `use router::prelude::*;`.

pub use crate::{
    Body, Bytes, CloseCode, DropReason, Event, Form, Handle, HeaderMap, HeaderValue, Html, Hub,
    IntoResponse, Json, Message, Method, OnFlood, OnSlow, Options, Outgoing, Published, Query,
    Rate, Redirect, RemoteAddr, Request, RequestHead, Response, Router, SendStatus, Socket,
    SocketError, StatusCode, Upgrade, UpgradeError, Uri, compressed, on, route, routes, websocket,
};
