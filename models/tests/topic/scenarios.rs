//! What happens to a topic. Written as a macro, to be compiled against each variant of it.

macro_rules! scenarios {
    ($topic:ident) => {
        use super::{member::Member, sync::Mutex};
        use loom::thread;
        use std::sync::Arc;
        use $topic::{Join, Leave, Topic};

        fn topic_of<const N: usize>() -> (Arc<Topic>, [Arc<Member>; N]) {
            let topic = Arc::new(Topic::new("room"));
            let members = std::array::from_fn(|_| Member::new());
            for member in &members {
                assert_ne!(topic.join(member), Join::Dead);
            }
            (topic, members)
        }

        /// The first of three members leaves and comes back while two messages are published.
        pub(super) fn leave_and_rejoin_while_publishing() {
            let (topic, [leaver, first, second]) = topic_of();
            let publisher = {
                let topic = topic.clone();
                thread::spawn(move || [1, 2].map(|m| topic.publish(m, |_| false, || ())))
            };
            let moving = {
                let (topic, leaver) = (topic.clone(), leaver.clone());
                thread::spawn(move || {
                    assert_eq!(topic.leave(&leaver), Leave::Left);
                    assert_eq!(topic.join(&leaver), Join::Joined);
                })
            };
            let published = publisher.join().unwrap();
            moving.join().unwrap();

            assert_eq!(first.got(), [1, 2]);
            assert_eq!(second.got(), [1, 2]);
            let got = leaver.got();
            assert!(
                got.is_sorted_by(|a, b| a < b),
                "twice, or out of order: {got:?}"
            );
            let receivers: usize = published.iter().map(|published| published.delivered).sum();
            assert_eq!(receivers, 4 + got.len());

            assert_eq!(topic.count(), 3);
            assert_eq!(
                topic.publish(3, |_| false, || ()).delivered,
                3,
                "holes are closed"
            );
        }

        /// The first of three members leaves and comes back while all are listed, and a message is
        /// published.
        pub(super) fn leave_and_rejoin_while_listing() {
            let (topic, [leaver, first, second]) = topic_of();
            let publisher = {
                let topic = topic.clone();
                thread::spawn(move || topic.publish(1, |_| false, || ()))
            };
            let moving = {
                let (topic, leaver) = (topic.clone(), leaver.clone());
                thread::spawn(move || {
                    assert_eq!(topic.leave(&leaver), Leave::Left);
                    assert_eq!(topic.join(&leaver), Join::Joined);
                })
            };
            let listed = topic.members();
            publisher.join().unwrap();
            moving.join().unwrap();

            let times = |member: &Arc<Member>| {
                listed
                    .iter()
                    .filter(|other| Arc::ptr_eq(other, member))
                    .count()
            };
            assert_eq!([times(&first), times(&second)], [1, 1]);
            assert!(times(&leaver) <= 1);
            assert_eq!([first.got(), second.got()], [[1], [1]]);
            assert_eq!(
                topic.publish(2, |_| false, || ()).delivered,
                3,
                "holes are closed"
            );
        }

        /// Two publishers: both members see the same order.
        pub(super) fn two_publishers_are_seen_in_one_order() {
            let (topic, [first, second]) = topic_of();
            let publishers = [1, 2].map(|message| {
                let topic = topic.clone();
                thread::spawn(move || topic.publish(message, |_| false, || ()))
            });
            for publisher in publishers {
                assert_eq!(publisher.join().unwrap().delivered, 2);
            }
            assert_eq!(first.got(), second.got());
            assert_eq!(first.got().len(), 2);
        }

        /// One publishes in steps, another at once and by the way brings the first one's to its
        /// end: both members see the same order, and each publisher learns what came of its own.
        pub(super) fn a_publish_in_steps_and_another_are_seen_in_one_order() {
            let (topic, [first, second]) = topic_of();
            let gradual = {
                let topic = topic.clone();
                thread::spawn(move || {
                    let ticket = topic.begin(1, |_| false, || ());
                    loop {
                        if let Some(published) = topic.advance(&ticket) {
                            return published;
                        }
                        thread::yield_now();
                    }
                })
            };
            assert_eq!(topic.publish(2, |_| false, || ()).delivered, 2);
            assert_eq!(gradual.join().unwrap().delivered, 2);
            assert_eq!(first.got(), second.got());
            assert_eq!(first.got().len(), 2);
        }

        /// The directory, with one name in it.
        struct Directory(Mutex<Option<Arc<Topic>>>);

        impl Directory {
            fn get_or_insert(&self) -> Arc<Topic> {
                self.0
                    .lock()
                    .get_or_insert_with(|| Arc::new(Topic::new("room")))
                    .clone()
            }

            fn remove(&self, topic: &Arc<Topic>) {
                let mut entry = self.0.lock();
                if entry
                    .as_ref()
                    .is_some_and(|other| Arc::ptr_eq(other, topic))
                {
                    *entry = None;
                }
            }

            fn join(&self, member: &Arc<Member>) {
                loop {
                    let topic = self.get_or_insert();
                    match topic.join(member) {
                        Join::Dead => self.remove(&topic),
                        Join::First | Join::Joined | Join::Already => return,
                    }
                }
            }
        }

        pub(super) fn the_last_leaves_while_another_joins() {
            let directory = Arc::new(Directory(Mutex::new(None)));
            let (leaver, joiner) = (Member::new(), Member::new());
            directory.join(&leaver);
            let leaving = {
                let (directory, topic) = (directory.clone(), directory.get_or_insert());
                thread::spawn(move || {
                    if topic.leave(&leaver) == Leave::Emptied {
                        directory.remove(&topic);
                    }
                })
            };
            let joining = {
                let (directory, joiner) = (directory.clone(), joiner.clone());
                thread::spawn(move || directory.join(&joiner))
            };
            leaving.join().unwrap();
            joining.join().unwrap();
            let published = directory.get_or_insert().publish(1, |_| false, || ());
            assert_eq!(published.delivered, 1);
            assert_eq!(joiner.got(), [1]);
        }
    };
}

pub(super) use scenarios;
