//! Methods of `Hub` that list sockets, or publish to some of them.

use super::Handle;
use crate::{
    frame::IntoMessage,
    hub::{Hub, Published},
    outbox::SocketId,
};
use smallvec::SmallVec;

impl Hub {
    /// The sockets that are subscribed to `topic`.
    ///
    /// A socket that is subscribed throughout the call is listed exactly once. The topic is locked for
    /// 128 subscribers at a time, so publishers do not wait for the whole list.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// fn close_room(hub: &Hub, room: &str) {
    ///     for socket in hub.subscribers(room) {
    ///         socket.close(CloseCode::Normal, "the room is closed");
    ///     }
    /// }
    /// ```
    pub fn subscribers(&self, topic: &str) -> Vec<Handle> {
        let members = self.members(topic);
        let handle = |member| Handle::new(member, self);
        members.iter().map(handle).collect()
    }

    /// All open sockets of the app, subscribed or not.
    ///
    /// # Examples
    ///
    /// Close all sockets of an address that is banned from now on:
    ///
    /// ```
    /// use router::prelude::*;
    /// use std::net::IpAddr;
    ///
    /// fn ban(hub: &Hub, address: IpAddr) {
    ///     for socket in hub.sockets() {
    ///         if socket.remote_addr().is_some_and(|remote| remote.ip() == address) {
    ///             socket.close(CloseCode::Policy, "banned");
    ///         }
    ///     }
    /// }
    /// ```
    pub fn sockets(&self) -> Vec<Handle> {
        let mut sockets = Vec::new();
        for registry in self.registries() {
            for slice in registry.slices() {
                sockets.extend(slice.iter().map(|member| Handle::new(member, self)));
            }
        }
        sockets.retain(Handle::is_open);
        sockets
    }

    /// Publishes to all subscribers of `topic` except the given sockets.
    ///
    /// # Examples
    ///
    /// The author of a change does not need to receive it on any device:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let (ws, inbox) = Socket::test(());
    /// ws.subscribe("document:7");
    /// let devices = [ws.id()];
    /// let published = ws.hub().publish_except("document:7", "a change", &devices);
    /// assert_eq!(published.receivers(), 0);
    /// assert!(inbox.texts().is_empty());
    /// ```
    pub fn publish_except<'m>(
        &self,
        topic: &str,
        message: impl IntoMessage<'m>,
        except: &[SocketId],
    ) -> Published {
        let except: SmallVec<[SocketId; 4]> = except.into();
        self.publish_filtered(topic, message.into_message(), move |member| {
            except.contains(&member.id())
        })
    }

    /// Publishes to the subscribers of `topic` for which `choose` returns `true`.
    ///
    /// `choose` is called for all subscribers before anything is published, and no lock is held
    /// meanwhile, so it may itself publish or close a socket. A chosen socket that has unsubscribed
    /// before the message reaches it does not receive the message.
    ///
    /// # Examples
    ///
    /// Publish to the moderators in a room:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// fn report(hub: &Hub) -> Published {
    ///     hub.publish_where("room:7", "a message was reported", |socket| {
    ///         socket.subscriptions().iter().any(|topic| topic == "moderators")
    ///     })
    /// }
    ///
    /// let (ws, _inbox) = Socket::test(());
    /// ws.subscribe("room:7");
    /// assert_eq!(report(ws.hub()).receivers(), 0);
    /// ws.subscribe("moderators");
    /// assert_eq!(report(ws.hub()).receivers(), 1);
    /// ```
    pub fn publish_where<'m>(
        &self,
        topic: &str,
        message: impl IntoMessage<'m>,
        mut choose: impl FnMut(&Handle) -> bool,
    ) -> Published {
        let mut chosen: Vec<SocketId> = self
            .subscribers(topic)
            .into_iter()
            .filter(|socket| choose(socket))
            .map(|socket| socket.id())
            .collect();
        chosen.sort_unstable();
        self.publish_local(
            topic,
            message.into_message(),
            move |member| chosen.binary_search(&member.id()).is_err(),
            || (),
        )
    }
}
