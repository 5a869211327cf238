//! Limits that stand on the text of a query and on its time; depth and complexity stand on the schema.

use std::{sync::Arc, time::Duration};

use async_graphql::{
    Response, ServerError, ServerResult, Variables,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextParseQuery},
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};

use crate::ApiError;

/// Fields and fragments written in one query.
pub const MAX_FIELDS: usize = 400;
/// Aliases written in one query.
pub const MAX_ALIASES: usize = 30;
/// How long one query may take.
pub const QUERY_TIMEOUT: Duration = Duration::from_secs(20);

/// Puts the limits on every query, however it came.
pub struct Limits;

impl ExtensionFactory for Limits {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Limits {
    async fn parse_query(
        &self,
        context: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let document = next.run(context, query, variables).await?;
        check(&document)?;
        Ok(document)
    }

    async fn execute(
        &self,
        context: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        match tokio::time::timeout(QUERY_TIMEOUT, next.run(context, operation_name)).await {
            Ok(mut response) => {
                response.errors.iter_mut().for_each(name);
                response
            }
            Err(_) => {
                let text = format!("the query took more than {} s", QUERY_TIMEOUT.as_secs());
                Response::from_errors(vec![ServerError::new(text, None)])
            }
        }
    }
}

/// Puts the code of an error of ours on it, and when a share is free again.
fn name(error: &mut ServerError) {
    let Some(known) = error.source::<ApiError>() else { return };
    let free_at_unix_s = match known {
        ApiError::UsedUp { free_at_unix_s } => Some(*free_at_unix_s),
        _ => None,
    };
    let code = known.code();
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", code);
    if let Some(free_at_unix_s) = free_at_unix_s {
        extensions.set("freeAtUnixS", free_at_unix_s);
    }
}

fn check(document: &ExecutableDocument) -> ServerResult<()> {
    let mut count = Count::default();
    for (_, operation) in document.operations.iter() {
        count.add(&operation.node.selection_set.node);
    }
    for fragment in document.fragments.values() {
        count.add(&fragment.node.selection_set.node);
    }
    if count.fields > MAX_FIELDS {
        return Err(ServerError::new(format!("{} fields, at most {MAX_FIELDS}", count.fields), None));
    }
    if count.aliases > MAX_ALIASES {
        return Err(ServerError::new(format!("{} aliases, at most {MAX_ALIASES}", count.aliases), None));
    }
    Ok(())
}

#[derive(Default)]
struct Count {
    fields: usize,
    aliases: usize,
}

impl Count {
    /// The parser bounds the depth of what it gives, and so of this recursion.
    fn add(&mut self, selections: &SelectionSet) {
        for selection in &selections.items {
            self.fields += 1;
            match &selection.node {
                Selection::Field(field) => {
                    self.aliases += usize::from(field.node.alias.is_some());
                    self.add(&field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => self.add(&fragment.node.selection_set.node),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}
