//! Where orders and what answers them travel.

/// Where a device hears from its operator: followed by its id, `/` and one of [`RELEASE`], [`CONFIGURATION`], [`BLOCK`].
pub const ORDERS_TOPIC: &str = "power/v1/orders/";
/// A release's manifest, retained.
pub const RELEASE: &str = "release";
/// A configuration, retained.
pub const CONFIGURATION: &str = "configuration";
/// A block of an image.
pub const BLOCK: &str = "block";
/// Where a device asks for blocks: followed by its id.
pub const REQUESTS_TOPIC: &str = "power/v1/requests/";
/// Where a device says what its self-test found: followed by its id.
pub const REPORTS_TOPIC: &str = "power/v1/reports/";
