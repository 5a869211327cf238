//! The fields that came with version 2 of the batch: which phases are live, and how good a record's time is.

/// Which of a site's three phases are live: L1, L2 and L3, in India also R, Y and B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phases(u8);

impl Phases {
    /// How many there are.
    pub const COUNT: usize = 3;
    /// All dead.
    pub const NONE: Self = Self(0);
    /// All live.
    pub const ALL: Self = Self(0b111);

    /// From whether each is live, in their order.
    #[must_use]
    pub const fn new(live: [bool; Self::COUNT]) -> Self {
        Self(live[0] as u8 | (live[1] as u8) << 1 | (live[2] as u8) << 2)
    }

    /// Whether each is live, in their order.
    #[must_use]
    pub const fn live(self) -> [bool; Self::COUNT] {
        [self.0 & 1 != 0, self.0 & 2 != 0, self.0 & 4 != 0]
    }

    /// How many are live.
    #[must_use]
    pub const fn live_count(self) -> u32 {
        self.0.count_ones()
    }

    /// As records spell it: a digit a phase, 1 where it is live and 0 where it is dead.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self.0 {
            0b000 => "000",
            0b001 => "100",
            0b010 => "010",
            0b011 => "110",
            0b100 => "001",
            0b101 => "101",
            0b110 => "011",
            _ => "111",
        }
    }

    /// From that spelling; `None` for any other text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let &[first, second, third] = text.as_bytes() else { return None };
        let live = |digit: u8| match digit {
            b'0' => Some(false),
            b'1' => Some(true),
            _ => None,
        };
        Some(Self::new([live(first)?, live(second)?, live(third)?]))
    }
}

/// Why a record's time is less good than the mobile network's, known when the edge was seen. Where more than one holds, the
/// last of them is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeQuality {
    /// From a time server (SNTP), since the network gave none.
    Sntp,
    /// The time became known after the edge: counted back over the board's own clock.
    CountedBack,
    /// The device started again between the edge and knowing the time: the edge was then or earlier.
    UpperBound,
}

impl TimeQuality {
    /// As records spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sntp => "sntp",
            Self::CountedBack => "counted-back",
            Self::UpperBound => "upper-bound",
        }
    }

    /// From that spelling; `None` for any other text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Sntp, Self::CountedBack, Self::UpperBound].into_iter().find(|quality| quality.as_str() == text)
    }
}
