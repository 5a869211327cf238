//! `/graphiql`: a workbench for queries. Its scripts are copied into the dApp's build from npm packages; nothing is
//! loaded from another host.

use axum::{extract::State, response::Html};

const PAGE: &str = include_str!("graphiql.html");
const WITHOUT_DAPP: &str = include_str!("without-dapp.html");

/// The workbench, or how to get it where the service runs without the dApp.
pub(super) async fn page(State(has_dapp): State<bool>) -> Html<&'static str> {
    Html(if has_dapp { PAGE } else { WITHOUT_DAPP })
}
