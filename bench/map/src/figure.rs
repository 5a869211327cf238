//! A figure and whether it keeps its limit.

use serde_json::json;

/// What was measured. Everything here is better when it is lower.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
    /// What it must keep; none for a figure that only informs.
    pub limit: Option<f64>,
}

impl Figure {
    /// A figure that only informs.
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, limit: None }
    }

    /// A figure with a limit.
    pub fn limited(name: impl Into<String>, value: f64, unit: &'static str, limit: f64) -> Self {
        Self { name: name.into(), value, unit, limit: Some(limit) }
    }

    /// Whether it is above its limit.
    pub fn is_missed(&self) -> bool {
        self.limit.is_some_and(|limit| self.value > limit)
    }

    /// One line of JSON, the value with four digits.
    pub fn to_json(&self) -> String {
        let digits = 10_f64.powi(3 - self.value.abs().max(1e-9).log10().floor() as i32);
        let value = (self.value * digits).round() / digits;
        let mut line = json!({ "name": self.name, "value": value, "unit": self.unit, "better": "lower" });
        if let Some(limit) = self.limit {
            line["limit"] = json!(limit);
        }
        line.to_string()
    }
}
