//! All routes of an app, by path and method.

use super::{
    listing::{RouteInfo, RouteTable},
    module::{Answer, Module, Origin, Route, RouteFn, RouteKind},
};
use crate::{
    error::Problem,
    web::{AppContext, Ranges, Rejection, Request, RouteContext},
    websocket::Endpoint,
};
use http::{HeaderValue, Method};
use router_pattern::{Pattern, Segment};
use std::{borrow::Cow, collections::HashMap, sync::Arc};

/// The mounted routes, before the table is built.
#[derive(Default)]
pub(super) struct MountedRoutes(Vec<Mounted>);

struct Mounted {
    origin: Origin,
    kind: RouteKind,
    pattern: Cow<'static, str>,
    endpoint: Option<Arc<Endpoint>>,
    handler: Arc<dyn Handler>,
}

/// A handler whose module type is erased.
pub(super) trait Handler: Send + Sync {
    fn run(&self, request: Request) -> Result<Answer, Rejection>;
}

struct Bound<M> {
    module: Arc<M>,
    run: RouteFn<M>,
}

impl<M: Module> Handler for Bound<M> {
    fn run(&self, request: Request) -> Result<Answer, Rejection> {
        (self.run)(self.module.clone(), request)
    }
}

impl MountedRoutes {
    pub(super) fn mount<M: Module>(&mut self, module: Arc<M>, endpoint: Option<Arc<Endpoint>>) {
        for Route {
            kind,
            pattern,
            fingerprint,
            name,
            place,
            run,
        } in M::ROUTES
        {
            debug_assert_eq!(
                *fingerprint,
                router_pattern::fingerprint(kind.known(), pattern)
            );
            self.0.push(Mounted {
                origin: Origin { name, place },
                kind: kind.clone(),
                pattern: (*pattern).into(),
                endpoint: endpoint.clone(),
                handler: Arc::new(Bound {
                    module: module.clone(),
                    run: *run,
                }),
            });
        }
    }

    /// Adds a handler for `pattern`. It answers the requests that no other route of the path answers.
    pub(super) fn mount_any(&mut self, origin: Origin, pattern: String, handler: Arc<dyn Handler>) {
        self.0.push(Mounted {
            origin,
            kind: RouteKind::Any,
            pattern: pattern.into(),
            endpoint: None,
            handler,
        });
    }

    pub(super) fn listing(&self) -> RouteTable {
        let routes = self.0.iter();
        let info = |route: &Mounted| {
            RouteInfo::new(route.kind.clone(), route.pattern.clone(), route.origin)
        };
        routes.map(info).collect()
    }

    /// Builds the table, or returns all problems of the routes.
    pub(super) fn build(self, app: &Arc<AppContext>) -> Result<Table, Vec<Problem>> {
        let mut table = Table::default();
        let (mut by_shape, mut origins) = (HashMap::new(), HashMap::new());
        let mut problems = Vec::new();
        for Mounted {
            origin,
            kind,
            pattern: text,
            endpoint,
            handler,
        } in self.0
        {
            let bad_path = |error: String| Problem::Pattern {
                origin,
                pattern: text.to_string(),
                error,
            };
            let pattern = match Pattern::parse(&text) {
                Ok(pattern) => pattern,
                Err(error) => {
                    problems.push(bad_path(error.to_string()));
                    continue;
                }
            };
            let index = match by_shape.get(&pattern.shape()) {
                Some(index) => *index,
                None => {
                    let index = table.paths.len();
                    if let Err(error) = table.insert(&pattern, index) {
                        problems.push(bad_path(error.to_string()));
                        continue;
                    }
                    table.paths.push(Path::default());
                    by_shape.insert(pattern.shape(), index);
                    index
                }
            };
            if let Some((first, first_pattern)) =
                origins.insert((index, kind.clone()), (origin, text.clone()))
            {
                problems.push(Problem::Conflict {
                    what: kind.as_str().to_owned(),
                    first,
                    first_pattern: first_pattern.into_owned(),
                    second: origin,
                    second_pattern: text.into_owned(),
                });
                continue;
            }
            let names = pattern.parameters().map(str::to_owned).collect();
            let context = Arc::new(RouteContext {
                handler: origin.name,
                names,
                endpoint,
                app: app.clone(),
            });
            let entry = Entry { context, handler };
            match kind {
                RouteKind::Method(method) => table.paths[index].methods.push((method, entry)),
                RouteKind::Socket => table.paths[index].socket = Some(entry),
                RouteKind::Any => table.paths[index].any = Some(entry),
            }
        }
        if problems.is_empty() {
            Ok(table)
        } else {
            Err(problems)
        }
    }
}

/// The pattern in the syntax of the matcher. Parameters are named by their position, because routes of
/// the same shape may name them differently.
fn matcher_path(pattern: &Pattern) -> String {
    let mut path = String::new();
    for (position, segment) in pattern.segments.iter().enumerate() {
        path.push('/');
        match segment {
            Segment::Static(text) => path.push_str(text),
            Segment::Parameter(_) => path.push_str(&format!("{{{position}}}")),
            Segment::Wildcard(_) => path.push_str(&format!("{{*{position}}}")),
        }
    }
    path
}

/// The routes of an app.
#[derive(Default)]
pub(crate) struct Table {
    paths: Vec<Path>,
    matcher: matchit::Router<usize>,
    /// Paths with a wildcard, which are tried last. They have a separate matcher because a single matcher
    /// does not allow a parameter and a wildcard in the same place.
    wildcards: matchit::Router<usize>,
}

/// The routes of all patterns that have the same shape.
#[derive(Default)]
pub(super) struct Path {
    methods: Vec<(Method, Entry)>,
    pub(super) socket: Option<Entry>,
    /// Answers all requests that neither `methods` nor `socket` answers.
    pub(super) any: Option<Entry>,
}

pub(super) struct Entry {
    pub(super) context: Arc<RouteContext>,
    pub(super) handler: Arc<dyn Handler>,
}

impl Table {
    fn insert(&mut self, pattern: &Pattern, index: usize) -> Result<(), matchit::InsertError> {
        let wildcard = matches!(pattern.segments.last(), Some(Segment::Wildcard(_)));
        let matcher = if wildcard {
            &mut self.wildcards
        } else {
            &mut self.matcher
        };
        matcher.insert(matcher_path(pattern), index)
    }

    /// Finds the routes for a path. Also returns the ranges of the parameters' values in the path.
    pub(super) fn find(&self, path: &str) -> Option<(&Path, Ranges)> {
        let found = self
            .matcher
            .at(path)
            .or_else(|_| self.wildcards.at(path))
            .ok()?;
        let ranges = found
            .params
            .iter()
            .map(|(_, value)| {
                // A value is a slice of the path, so its offset is the difference of the addresses.
                let start = value.as_ptr().addr() - path.as_ptr().addr();
                start as u32..(start + value.len()) as u32
            })
            .collect();
        Some((&self.paths[*found.value], ranges))
    }
}

impl Table {
    /// The methods that at least one path supports, for `Allow`.
    pub(super) fn allowed(&self) -> HeaderValue {
        let none = Path::default();
        let mut all = none.allowed_methods();
        for path in &self.paths {
            for method in path.allowed_methods() {
                if !all.contains(&method) {
                    all.push(method);
                }
            }
        }
        header_value(&all)
    }
}

fn header_value(methods: &[&str]) -> HeaderValue {
    HeaderValue::try_from(methods.join(", ")).expect("method names are valid header values")
}

impl Path {
    pub(super) fn method(&self, method: &Method) -> Option<&Entry> {
        self.methods
            .iter()
            .find(|(other, _)| other == method)
            .map(|(_, entry)| entry)
    }

    /// The methods that this path supports, for `Allow`.
    pub(super) fn allowed(&self) -> HeaderValue {
        header_value(&self.allowed_methods())
    }

    fn allowed_methods(&self) -> Vec<&str> {
        let mut allowed: Vec<&str> = self
            .methods
            .iter()
            .map(|(method, _)| method.as_str())
            .collect();
        let mut add = |method| {
            if !allowed.contains(&method) {
                allowed.push(method);
            }
        };
        if self.socket.is_some() {
            add("GET");
        }
        if self.method(&Method::GET).is_some() {
            add("HEAD");
        }
        add("OPTIONS");
        allowed
    }
}
