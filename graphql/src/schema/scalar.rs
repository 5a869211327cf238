//! Scalars and enums that several types use.

use async_graphql::{Enum, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use protocol::{MAX_INTEGER, roster, supply::SupplyState};

use crate::config::ProvenanceKind;

/// An integer from 0 to 2^53 - 1 as a JSON number: GraphQL's own `Int` ends at 2^31 - 1. Times are UNIX seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Int53(pub u64);

/// An integer from 0 to 2^53 - 1 as a JSON number: GraphQL's own `Int` ends at 2^31 - 1. Times are UNIX seconds.
#[Scalar(name = "Int53")]
impl ScalarType for Int53 {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => match number.as_u64() {
                Some(number) if number <= MAX_INTEGER => Ok(Self(number)),
                _ => Err(InputValueError::custom("an integer from 0 to 2^53 - 1")),
            },
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

impl From<u64> for Int53 {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

/// What is known of a supply now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum State {
    /// Last signed ON, and heard from in time.
    On,
    /// Last signed OFF; stays so, unconfirmed, until the next record.
    Off,
    /// Nothing heard yet, or nothing in time since an ON. Silence is never OFF.
    NoData,
}

impl From<SupplyState> for State {
    fn from(state: SupplyState) -> Self {
        match state {
            SupplyState::On => Self::On,
            SupplyState::Off => Self::Off,
            SupplyState::NoData => Self::NoData,
        }
    }
}

/// What a device states of the mains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum PowerStatus {
    /// Mains present.
    On,
    /// Mains absent.
    Off,
}

impl From<protocol::record::PowerStatus> for PowerStatus {
    fn from(status: protocol::record::PowerStatus) -> Self {
        match status {
            protocol::record::PowerStatus::On => Self::On,
            protocol::record::PowerStatus::Off => Self::Off,
        }
    }
}

/// Why a time is less good than the mobile network's, known when the edge was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum TimeQuality {
    /// From a time server.
    Sntp,
    /// Known after the edge, and counted back over the device's own clock.
    CountedBack,
    /// The device started again between the edge and knowing the time: it was then or earlier.
    UpperBound,
}

impl From<protocol::record::TimeQuality> for TimeQuality {
    fn from(quality: protocol::record::TimeQuality) -> Self {
        match quality {
            protocol::record::TimeQuality::Sntp => Self::Sntp,
            protocol::record::TimeQuality::CountedBack => Self::CountedBack,
            protocol::record::TimeQuality::UpperBound => Self::UpperBound,
        }
    }
}

/// Where readings come from; what is not LIVE is no news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enum)]
pub enum Provenance {
    /// Measured by a device now.
    Live,
    /// Real outages of the past, played again.
    Replay,
    /// Made up by a generator.
    Generated,
}

impl Provenance {
    /// As rosters spell it; what nobody defined is shown as made up, not as news.
    pub fn from_text(text: &str) -> Self {
        roster::Provenance::from_text(text).map_or(Self::Generated, Self::from)
    }
}

impl From<roster::Provenance> for Provenance {
    fn from(provenance: roster::Provenance) -> Self {
        match provenance {
            roster::Provenance::Live => Self::Live,
            roster::Provenance::Replay => Self::Replay,
            roster::Provenance::Generated => Self::Generated,
        }
    }
}

impl From<ProvenanceKind> for Provenance {
    fn from(kind: ProvenanceKind) -> Self {
        match kind {
            ProvenanceKind::Live => Self::Live,
            ProvenanceKind::Replay => Self::Replay,
            ProvenanceKind::Generated => Self::Generated,
        }
    }
}

/// What kind of place a device watches. Houses are only counted, in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SiteKind {
    /// A distribution transformer.
    Transformer,
    /// A street's line.
    Street,
}

impl SiteKind {
    /// As the views spell it.
    pub fn from_text(text: &str) -> Self {
        if text == "street" { Self::Street } else { Self::Transformer }
    }
}
