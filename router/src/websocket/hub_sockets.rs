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

    /// Publishes to the subscribers of `topic` for which `choose` returns `true`.
    ///
    /// `choose` is called for all subscribers before anything is published, and no lock is held
    /// meanwhile, so it may itself publish or close a socket. A chosen socket that has unsubscribed
    /// before the message reaches it does not receive the message.
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
