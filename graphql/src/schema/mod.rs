//! The schema: one file a subject. What a type or field means stands on it, and so in the SDL; `schema.graphql` is
//! that SDL, committed.

mod action;
mod area;
mod batch;
mod cell;
mod complaint;
mod coverage;
mod evidence;
mod feeder;
mod guard;
mod map;
mod meta;
mod name;
mod official;
mod outage;
mod page;
mod query;
mod record;
mod scalar;
mod site;
mod submission;
mod subscription;
mod testimony;
mod text;

use async_graphql::Schema;

pub(crate) use action::words_of;
pub use guard::{MAX_ALIASES, MAX_FIELDS, QUERY_TIMEOUT};
pub use query::Query;
pub use submission::Mutation;
pub use subscription::{MAX_SUBSCRIPTIONS, Subscription, Subscriptions};
pub(crate) use text::media_type;

/// The executable schema.
pub type ApiSchema = Schema<Query, Mutation, Subscription>;

/// Fields of fields; the introspection of workbenches needs 14.
pub const MAX_DEPTH: usize = 16;
/// Fields, those of lists times the length asked for.
pub const MAX_COMPLEXITY: usize = 20_000;
/// Directives of one query.
const MAX_DIRECTIVES: usize = 16;

/// The schema with its limits; `sources` is what fields are answered from.
#[must_use]
pub fn schema(sources: Option<crate::Sources>) -> ApiSchema {
    let mut builder = Schema::build(Query, Mutation, Subscription)
        .limit_depth(MAX_DEPTH)
        .limit_complexity(MAX_COMPLEXITY)
        .limit_directives(MAX_DIRECTIVES)
        .extension(guard::Limits);
    if let Some(sources) = sources {
        builder = builder.data(sources);
    }
    builder.finish()
}

/// The schema's SDL, the content of `schema.graphql`.
#[must_use]
pub fn sdl() -> String {
    let mut sdl = schema(None).sdl();
    sdl.truncate(sdl.trim_end().len());
    sdl.push('\n');
    sdl
}
