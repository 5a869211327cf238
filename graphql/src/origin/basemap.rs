//! `/basemap/…`: outlines and names of places that the operator has files of, so that a map needs no other host.

use std::{path::PathBuf, sync::Arc};

use axum::{
    extract::{Path, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tower_http::services::ServeFile;

use crate::{Config, RunError};

/// The files that may lie in `basemap_dir`, with their types. Nothing else of that folder is served.
const FILES: [(&str, &str); 2] =
    [("blocks.geojson", "application/geo+json"), ("places.csv", "text/csv; charset=utf-8")];
/// What must be shown with them.
const CREDIT: &str = "credit.txt";
/// Boundaries change rarely; whether they did is asked once a day.
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// What is served, if anything.
#[derive(Clone)]
pub(super) struct Basemap(Option<Arc<Files>>);

struct Files {
    dir: PathBuf,
    credit: String,
}

impl Basemap {
    /// As the settings have it.
    ///
    /// # Errors
    /// [`RunError::Setting`]: the folder is none, or nobody is credited.
    pub(super) fn new(config: &Config) -> Result<Self, RunError> {
        let setting = |field, reason: String| RunError::Setting { field, reason };
        let Some(dir) = config.basemap_dir.clone() else { return Ok(Self(None)) };
        if !dir.is_dir() {
            return Err(setting("basemap_dir", format!("{} is no folder", dir.display())));
        }
        let credit = config.basemap_credit.clone().filter(|text| !text.trim().is_empty());
        let credit = credit.ok_or_else(|| setting("basemap_credit", "a basemap names its source".into()))?;
        Ok(Self(Some(Arc::new(Files { dir, credit }))))
    }
}

/// One of the files, or the credit.
pub(super) async fn answer(State(basemap): State<Basemap>, Path(name): Path<String>, request: Request) -> Response {
    let Some(files) = basemap.0 else {
        return missing("this installation has no basemap: basemap_dir is not set");
    };
    if name == CREDIT {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
            (header::CACHE_CONTROL, A_DAY),
        ];
        return (headers, format!("{}\n", files.credit.trim())).into_response();
    }
    let Some((name, kind)) = FILES.into_iter().find(|(known, _)| *known == name) else {
        return missing("a basemap is blocks.geojson, places.csv and credit.txt");
    };
    match ServeFile::new(files.dir.join(name)).try_call(request).await {
        Ok(answer) if answer.status() != StatusCode::NOT_FOUND => {
            let mut answer = answer.into_response();
            answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            answer.headers_mut().insert(header::CACHE_CONTROL, A_DAY);
            answer
        }
        Ok(_) => missing("this installation's basemap lacks this file"),
        Err(error) => {
            tracing::warn!(%error, name, "basemap");
            (StatusCode::INTERNAL_SERVER_ERROR, "the file cannot be read now\n").into_response()
        }
    }
}

fn missing(why: &str) -> Response {
    (StatusCode::NOT_FOUND, format!("{why}\n")).into_response()
}
