//! Headers that stand on every answer: what a page from here may load, and how long an answer is kept.

use std::fmt::Write as _;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};
use data_encoding::BASE64;

/// The largest page whose inline scripts are looked for.
const MAX_PAGE_BYTES: usize = 1024 * 1024;
/// Their names are hashes of their content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// What a page from here may load. Code comes from here alone: scripts are `'self'` and those inline scripts of our own
/// pages whose hashes stand in the header (Nuxt and GraphiQL start with one each).
///
/// What is fetched may come from elsewhere, for the visitor must be able to ask somebody else: whoever checks a proof
/// chooses an RPC and a gateway that the operator of this page does not run, and a street map is loaded at the press of
/// a button, from the host that the button names. So `connect-src` and `img-src` hold no list of hosts. That is fine
/// because of what the page is: it never asks another host by itself (a test in the page's own code), it keeps no
/// secret, no cookie and no login that could be sent away, the little it reads out of other hosts' answers is data and
/// is checked against the chain, and with scripts kept to `'self'` there is no foreign code to misuse the permission.
/// Plain `http:` is left to this machine: elsewhere it could be changed on the way.
const POLICY: [&str; 11] = [
    "default-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob: https: http://127.0.0.1:* http://localhost:*",
    "font-src 'self' data:",
    "connect-src 'self' ws: wss: https: http://127.0.0.1:* http://localhost:*",
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "frame-ancestors 'none'",
    "form-action 'self'",
];

/// Sets the headers. Must see bodies before they are compressed.
pub(super) async fn headers(request: Request, next: Next) -> Response {
    let is_asset = request.uri().path().starts_with("/_nuxt/");
    let mut response = next.run(request).await;
    let is_unchanged = response.status() == StatusCode::NOT_MODIFIED;
    // The browser keeps the policy that came with the page: it names that page's scripts, which are not known here. What is
    // no page may bring a stricter one of its own.
    if !is_unchanged && !response.headers().contains_key(header::CONTENT_SECURITY_POLICY) {
        let scripts;
        (response, scripts) = inline_scripts(response).await;
        let policy = format!("{}; script-src 'self'{scripts}", POLICY.join("; "));
        // Hashes and the text above make a header.
        let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    let is_found = response.status().is_success() || is_unchanged;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if is_asset && is_found {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    } else if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    response
}

/// The answer, and for a page of ours the hashes of its inline scripts as the policy writes them.
async fn inline_scripts(response: Response) -> (Response, String) {
    if response.status() != StatusCode::OK || !is_page(response.headers()) {
        return (response, String::new());
    }
    let (parts, body) = response.into_parts();
    match to_bytes(body, MAX_PAGE_BYTES).await {
        Ok(page) => {
            let mut hashes = String::new();
            for script in scripts_of(&page) {
                let _ = write!(hashes, " 'sha256-{}'", BASE64.encode(&protocol::digest(script)));
            }
            (Response::from_parts(parts, Body::from(page)), hashes)
        }
        Err(error) => {
            tracing::warn!(%error, "a page that cannot be read");
            let text = format!("the page cannot be read, or has more than {MAX_PAGE_BYTES} bytes\n");
            let mut response = Response::new(Body::from(text));
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            (response, String::new())
        }
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

/// The contents of a page's inline scripts. Written for pages that we build: a tag is found by its letters, also in a
/// comment, which costs a hash that nothing uses.
fn scripts_of(page: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(at) = find(rest, b"<script") {
        rest = &rest[at..];
        let Some(begin) = rest.iter().position(|byte| *byte == b'>') else { break };
        let Some(end) = find(&rest[begin..], b"</script") else { break };
        let content = &rest[begin + 1..begin + end];
        if !content.is_empty() {
            found.push(content);
        }
        rest = &rest[begin + end..];
    }
    found
}

/// Where ASCII letters are in a text, capital or small.
fn find(text: &[u8], letters: &[u8]) -> Option<usize> {
    text.windows(letters.len()).position(|window| window.eq_ignore_ascii_case(letters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_found_and_those_of_files_left_out() {
        let page = b"<p><script src=\"./a.js\"></script><SCRIPT>let a = '<b>'</SCRIPT ><script type=\"x\">{}</script>";
        assert_eq!(scripts_of(page), [&b"let a = '<b>'"[..], b"{}"]);
        for broken in [&b"<script"[..], b"<script>", b"<script>no end", b"</script>", b""] {
            assert!(scripts_of(broken).is_empty());
        }
    }
}
