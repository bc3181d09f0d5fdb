//! The framework's log output.

use std::{
    fmt::{self, Write},
    sync::Arc,
};

use parking_lot::Mutex;
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::{DefaultGuard, set_default},
};

/// A line of the log.
#[derive(Debug, Clone)]
pub struct Line {
    /// The severity.
    pub level: Level,
    /// The message.
    pub message: String,
    /// The other fields: names and values.
    pub fields: Vec<(&'static str, String)>,
}

impl Line {
    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(other, _)| *other == name);
        field.map(|(_, value)| value.as_str())
    }
}

/// Records the lines that the framework logs on this thread until this value is dropped. For tests whose
/// runtime has no other thread.
#[must_use]
pub struct Lines {
    seen: Arc<Mutex<Vec<Line>>>,
    _guard: DefaultGuard,
}

impl Lines {
    /// Starts recording.
    pub fn record() -> Self {
        let seen = Arc::<Mutex<Vec<Line>>>::default();
        let guard = set_default(Recorder(seen.clone()));
        Self {
            seen,
            _guard: guard,
        }
    }

    /// Takes the lines logged since the last call.
    pub fn take(&self) -> Vec<Line> {
        std::mem::take(&mut self.seen.lock())
    }

    /// Waits until a line is logged whose message contains `message`. Returns it together with all other
    /// lines that were not taken yet.
    pub async fn until(&self, message: &str) -> Vec<Line> {
        let mut lines = Vec::new();
        let found = async {
            loop {
                lines.extend(self.take());
                if lines
                    .iter()
                    .any(|line: &Line| line.message.contains(message))
                {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        crate::within(&format!("a line of the log: {message}"), found).await;
        lines
    }
}

struct Recorder(Arc<Mutex<Vec<Line>>>);

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().starts_with("router")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line {
            level: *event.metadata().level(),
            message: String::new(),
            fields: Vec::new(),
        };
        event.record(&mut line);
        self.0.lock().push(line);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => {
                write!(self.message, "{value:?}").expect("writing to a string cannot fail")
            }
            name => self.fields.push((name, format!("{value:?}"))),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message.push_str(value),
            name => self.fields.push((name, value.to_owned())),
        }
    }
}
