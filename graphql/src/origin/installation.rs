//! `/config.json`: what a page must know of the installation it asks, wherever the page itself was loaded from.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{Config, RunError};

/// The answer, made once: it follows from the settings.
///
/// # Errors
/// [`RunError::Setting`]: a street map that the page could not load, or could not name.
pub(super) fn describe(config: &Config) -> Result<String, RunError> {
    let mut described = json!({
        // Below the folder that this file is in.
        "rpc_url": "rpc",
        "gateway_url": "ipfs/",
        "operator": config.operator,
        "map_tiles": map_tiles(config)?,
        "basemap": config.basemap_dir.is_some(),
    });
    // What `contracts/deployments/<chain id>.json` has, beside these.
    if let (Some(described), Ok(Value::Object(contracts))) =
        (described.as_object_mut(), serde_json::to_value(&config.contracts))
    {
        described.extend(contracts);
    }
    Ok(described.to_string())
}

fn map_tiles(config: &Config) -> Result<Option<Value>, RunError> {
    let setting = |field, reason: &str| RunError::Setting { field, reason: reason.to_owned() };
    let Some(url) = &config.map_tiles_url else { return Ok(None) };
    let attribution = config.map_tiles_attribution.as_deref().filter(|text| !text.trim().is_empty());
    let attribution = attribution.ok_or_else(|| setting("map_tiles_attribution", "a street map names its source"))?;
    // The old templates' letters for several hosts are none of a host's name.
    let parsed: reqwest::Url =
        url.replace("{s}.", "").parse().map_err(|error| setting("map_tiles_url", &format!("{error}")))?;
    let host = parsed.host_str().ok_or_else(|| setting("map_tiles_url", "it names no host"))?;
    // As the policy of our pages has it.
    if parsed.scheme() != "https" && !(parsed.scheme() == "http" && ["127.0.0.1", "localhost"].contains(&host)) {
        return Err(setting("map_tiles_url", "https is needed, but on this machine: browsers load nothing else here"));
    }
    Ok(Some(json!({ "url": url, "attribution": attribution, "host": host })))
}

pub(super) async fn answer(State(described): State<String>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], described).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(tiles: Option<(&str, &str)>) -> Config {
        let mut config = Config::parse(include_str!("../../example.toml")).unwrap();
        config.map_tiles_url = tiles.map(|(url, _)| url.to_owned());
        config.map_tiles_attribution = tiles.map(|(_, text)| text.to_owned());
        config
    }

    #[test]
    fn a_street_map_names_host_and_source() {
        let templates = [
            ("https://tile.example.org/{z}/{x}/{y}.png", "tile.example.org"),
            ("https://{s}.tile.example.org/{z}/{x}/{y}.png?key=1", "tile.example.org"),
            ("https://maps.example.org/india.pmtiles", "maps.example.org"),
            ("http://127.0.0.1:9000/india.pmtiles", "127.0.0.1"),
        ];
        for (url, host) in templates {
            let tiles = map_tiles(&config(Some((url, "© a source")))).unwrap().unwrap();
            assert_eq!(tiles, json!({ "url": url, "attribution": "© a source", "host": host }));
        }
        assert_eq!(map_tiles(&config(None)).unwrap(), None);
        for (url, text) in
            [("http://tile.example.org/{z}", "©"), ("tile", "©"), ("file:///map", "©"), ("https://a.b", " ")]
        {
            assert!(matches!(map_tiles(&config(Some((url, text)))), Err(RunError::Setting { .. })), "{url}");
        }
    }
}
