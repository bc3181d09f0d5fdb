//! Scenarios for a topic. They are a macro, so that they can be compiled against the original topic and
//! against each mutant.
//!
//! A publisher's messages of one read batch are *gathered* in a group, and the group is *handed out*:
//! delivered to all members in one walk. A member is *high* while its client does not keep up.

macro_rules! scenarios {
    ($topic:ident) => {
        use super::{member::Member, published::Published, sync::Mutex};
        use loom::thread;
        use std::sync::Arc;
        use $topic::{Join, Leave, Topic};

        fn topic_of<const N: usize>() -> (Arc<Topic>, [Arc<Member>; N]) {
            let topic = Arc::new(Topic::new("room"));
            let members = std::array::from_fn(Member::new);
            for member in &members {
                assert_ne!(topic.join(member), Join::Dead);
            }
            (topic, members)
        }

        /// The first of three members leaves and joins again while two messages are published.
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
                "every member is served after the moves"
            );
        }

        /// The first of three members leaves and joins again while all members are listed and a message is
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
            let listed = topic.list();
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
                "every member is served after the moves"
            );
        }

        /// Two publishers: both members see the same order.
        pub(super) fn messages_of_two_publishers_arrive_in_one_order() {
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

        /// One publisher publishes in steps. Another publishes at once, and completes the message of the
        /// first if it is under way. Both members see the same order, and each publisher receives the result
        /// of its own message.
        pub(super) fn publishes_in_steps_and_at_once_arrive_in_one_order() {
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

        /// A member whose queue is full leaves while a message is published. The member receives nothing
        /// after it has left.
        pub(super) fn a_full_member_leaves_while_publishing() {
            let (topic, [leaver, stays]) = topic_of();
            leaver.fill();
            let publisher = {
                let topic = topic.clone();
                thread::spawn(move || topic.publish(1, |_| false, || ()))
            };
            assert_eq!(topic.leave(&leaver), Leave::Left);
            let got = leaver.got();
            let published = publisher.join().unwrap();
            assert_eq!(leaver.got(), got, "the member had left");
            assert_eq!(stays.got(), [1]);
            assert_eq!(published.delivered, 1 + got.len());
        }

        /// A publisher that is not a member.
        const PUBLISHER: usize = 100;

        fn gather(topic: &Topic, message: u8, go_on: bool) -> Option<Published> {
            topic.gather([&[message], &[]], || message, PUBLISHER, None, go_on, || ())
        }

        /// Publishes two messages of one read batch, and ends the batch. Returns the number of reported
        /// deliveries.
        fn batch(topic: &Topic) -> usize {
            let first = gather(topic, 1, false);
            let is_open = first.is_some();
            let first = first.unwrap_or_else(|| topic.publish(1, |_| false, || ()));
            let second = is_open.then(|| gather(topic, 2, true)).flatten();
            // Another thread may have handed the group out.
            let second = second.unwrap_or_else(|| {
                topic.publish_group(PUBLISHER, false);
                topic.publish(2, |_| false, || ())
            });
            topic.publish_group(PUBLISHER, false);
            first.receivers() + second.receivers()
        }

        fn got(members: &[Arc<Member>]) -> usize {
            members.iter().map(|member| member.got().len()).sum()
        }

        /// One member leaves, and another joins. Each receives the messages published while it was a member,
        /// and the reports count exactly these deliveries.
        pub(super) fn gathered_against_leave_and_join() {
            let (topic, [stays, leaver]) = topic_of();
            let joiner = Member::new(2);
            let publisher = {
                let topic = topic.clone();
                thread::spawn(move || batch(&topic))
            };
            let moving = {
                let (topic, leaver, joiner) = (topic.clone(), leaver.clone(), joiner.clone());
                thread::spawn(move || {
                    assert_eq!(topic.leave(&leaver), Leave::Left);
                    let got = leaver.got();
                    assert_eq!(topic.join(&joiner), Join::Joined);
                    got
                })
            };
            let reported = publisher.join().unwrap();
            let got_before = moving.join().unwrap();
            assert_eq!(leaver.got(), got_before, "the member had left");
            assert_eq!(stays.got(), [1, 2]);
            for member in [&leaver, &joiner] {
                let got = member.got();
                assert!(got.is_sorted_by(|a, b| a < b), "twice, or out of order");
            }
            assert_eq!(got(&[leaver, stays, joiner]), reported);
        }

        /// A member is closed. It receives all messages that were counted as delivered to it, each of them
        /// only once and before the Close.
        pub(super) fn gathered_against_close() {
            let (topic, [stays, closing]) = topic_of();
            let publisher = {
                let topic = topic.clone();
                thread::spawn(move || batch(&topic))
            };
            let closer = {
                let (topic, closing) = (topic.clone(), closing.clone());
                thread::spawn(move || {
                    closing.begin_close();
                    topic.serve(&closing);
                    closing.close();
                })
            };
            let reported = publisher.join().unwrap();
            closer.join().unwrap();
            assert_eq!(stays.got(), [1, 2]);
            assert!(closing.got().is_sorted_by(|a, b| a < b), "twice");
            assert_eq!(got(&[stays, closing]), reported);
        }

        /// Another thread publishes to the topic. All members see the same order.
        pub(super) fn gathered_against_a_publish() {
            let (topic, [first, second]) = topic_of();
            let publisher = {
                let topic = topic.clone();
                thread::spawn(move || batch(&topic))
            };
            assert_eq!(topic.publish(3, |_| false, || ()).delivered, 2);
            assert_eq!(publisher.join().unwrap(), 4);
            assert_eq!(first.got(), second.got());
            let own: Vec<_> = first.got().into_iter().filter(|m| *m < 3).collect();
            assert_eq!((own, first.got().len()), (vec![1, 2], 3));
        }

        /// A message is gathered and reported as accepted, and then another message is published. All members
        /// receive them in this order.
        pub(super) fn a_publish_arrives_after_gathered_messages() {
            let (topic, [first, second]) = topic_of();
            let joiner = {
                let topic = topic.clone();
                thread::spawn(move || topic.join(&Member::new(2)))
            };
            gather(&topic, 1, false);
            topic.publish(3, |_| false, || ());
            topic.publish_group(PUBLISHER, false);
            assert_eq!(joiner.join().unwrap(), Join::Joined);
            assert_eq!([first.got(), second.got()], [[1, 3], [1, 3]]);
        }

        /// The publisher publishes a message, and then sends another to one member. The sent message arrives
        /// after the published message, even if another thread hands the published message out.
        pub(super) fn gathered_against_a_send() {
            let (topic, [member]) = topic_of();
            let joiner = {
                let topic = topic.clone();
                thread::spawn(move || topic.join(&Member::new(1)))
            };
            gather(&topic, 1, false);
            topic.publish_group(PUBLISHER, false);
            member.publish(&9);
            assert_eq!(joiner.join().unwrap(), Join::Joined);
            assert_eq!(member.got(), [1, 9]);
        }

        /// A handler waits for another task, which sends a message to a member once it knows of the publish.
        pub(super) fn gathered_against_a_wait() {
            let (topic, [member]) = topic_of();
            let known = Arc::new(Mutex::new(false));
            let other = {
                let (member, known) = (member.clone(), known.clone());
                thread::spawn(move || {
                    let knows = *known.lock();
                    if knows {
                        member.publish(&9);
                    }
                    knows
                })
            };
            gather(&topic, 1, false);
            topic.publish_group(PUBLISHER, false);
            *known.lock() = true;
            let expected: &[u8] = if other.join().unwrap() { &[1, 9] } else { &[1] };
            assert_eq!(member.got(), expected);
        }

        /// A member turns high. Messages published after that are not reported as delivered to it.
        pub(super) fn gathered_against_a_member_that_turns_high() {
            let (topic, [slow, fast]) = topic_of();
            let turned = Arc::new(Mutex::new(false));
            let kernel = {
                let (slow, turned) = (slow.clone(), turned.clone());
                thread::spawn(move || {
                    slow.turn_high();
                    *turned.lock() = true;
                })
            };
            let was_high = *turned.lock();
            let published =
                gather(&topic, 1, false).unwrap_or_else(|| topic.publish(1, |_| false, || ()));
            topic.publish_group(PUBLISHER, false);
            kernel.join().unwrap();
            assert_eq!(published.receivers(), 2);
            assert!(!was_high || published.queued == 1, "`slow` was high before");
            assert_eq!([slow.got(), fast.got()], [[1], [1]]);
        }

        /// A directory with one name.
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

        /// The last member leaves, and the topic is removed. Another member joins by the same name meanwhile.
        pub(super) fn the_last_member_leaves_while_another_joins() {
            let directory = Arc::new(Directory(Mutex::new(None)));
            let (leaver, joiner) = (Member::new(0), Member::new(1));
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
