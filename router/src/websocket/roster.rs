//! The sockets of an app, as the hub sees them: one by one, and chosen.

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
    /// Each that is a subscriber throughout the call is there once. Publishers wait for 128 of them
    /// at a time, not for the whole.
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

    /// Publishes to all subscribers but these few.
    pub fn publish_except<'m>(
        &self,
        topic: &str,
        message: impl IntoMessage<'m>,
        except: &[SocketId],
    ) -> Published {
        let except: SmallVec<[SocketId; 4]> = except.into();
        self.fan_out(topic, message.into_message(), move |member| {
            except.contains(&member.id())
        })
    }

    /// Publishes to those subscribers that `choose` says `true` for.
    ///
    /// It is asked first, for all who are subscribed, with nothing locked: it may itself publish,
    /// or close a socket. Receivers are those of its choice who are still there when their turn
    /// comes.
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
        self.fan_out_here(
            topic,
            message.into_message(),
            move |member| chosen.binary_search(&member.id()).is_err(),
            || (),
        )
    }
}
