//! The course of a complaint: opened by its filing, closed, opened again. The contract keeps where it stands; from the
//! events follows all of it.

use alloc::vec::Vec;

use super::Act;

/// Levels end here, as the contract `Officials` has it.
const MAX_LEVEL: u64 = 9;

/// Where a complaint stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Nobody has done anything about it yet.
    Filed,
    /// An official has taken it on.
    Acknowledged,
    /// Closed, as the last act says.
    Resolved,
    /// Closed as no complaint.
    Rejected,
    /// Open again.
    Reopened,
}

impl Stage {
    /// Whether officials have something to do.
    #[must_use]
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Resolved | Self::Rejected)
    }

    /// Where an act brings a complaint; none: its filing.
    #[must_use]
    pub fn after(act: Option<Act>) -> Self {
        match act {
            None => Self::Filed,
            Some(Act::Acknowledge) => Self::Acknowledged,
            Some(Act::Reject) => Self::Rejected,
            Some(Act::Reopen) => Self::Reopened,
            Some(_) => Self::Resolved,
        }
    }
}

/// An action as it was logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<S> {
    /// What.
    pub act: Act,
    /// By whom.
    pub signer: S,
    /// Its place, from 1.
    pub index: u32,
    /// After a reopening, whose turn it is.
    pub level: u8,
    /// After a reopening, the new clock.
    pub clock_s: u32,
    /// When.
    pub at_unix_s: u64,
}

/// How a complaint was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing<S> {
    /// By what.
    pub act: Act,
    /// By whom.
    pub signer: S,
    /// When.
    pub at_unix_s: u64,
}

/// A time through which a complaint was open: from its filing or a reopening to its closing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening<S> {
    /// When its clock began.
    pub at_unix_s: u64,
    /// Its clock.
    pub clock_s: u32,
    /// Whose turn it was then.
    pub level: u8,
    /// Who first took it on.
    pub acknowledged_by: Option<S>,
    /// How it ended; none while it is open.
    pub closing: Option<Closing<S>>,
}

impl<S> Opening<S> {
    /// Until when the clock runs, inclusive.
    #[must_use]
    pub fn due_at_unix_s(&self) -> u64 {
        self.at_unix_s + u64::from(self.clock_s)
    }

    /// Whose turn it is at a time, or was when it was closed: one higher for each time that the clock has run out.
    #[must_use]
    pub fn level_at(&self, unix_s: u64) -> u8 {
        let until = self.closing.as_ref().map_or(unix_s, |closing| closing.at_unix_s);
        let passed = until.saturating_sub(self.at_unix_s).saturating_sub(1);
        let level = u64::from(self.level) + passed / u64::from(self.clock_s.max(1));
        u8::try_from(level.min(MAX_LEVEL)).unwrap_or(u8::MAX)
    }

    /// Whose it is: whoever closed it, or took it on while it is open; none whom nobody has touched.
    #[must_use]
    pub fn owner(&self) -> Option<&S> {
        self.closing.as_ref().map(|closing| &closing.signer).or(self.acknowledged_by.as_ref())
    }
}

/// An action that cannot follow those before: no event of the contract is like that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("action {index} ({act}) cannot follow")]
pub struct WrongStep {
    /// Its place.
    pub index: u32,
    /// What.
    pub act: Act,
}

/// All that was done about a complaint, by its openings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course<S> {
    earlier: Vec<Opening<S>>,
    newest: Opening<S>,
    last: Option<Act>,
    index: u32,
    last_at_unix_s: u64,
}

impl<S: Clone> Course<S> {
    /// As it is filed.
    #[must_use]
    pub fn filed(at_unix_s: u64, clock_s: u32) -> Self {
        let newest = Opening { at_unix_s, clock_s, level: 1, acknowledged_by: None, closing: None };
        Self { earlier: Vec::new(), newest, last: None, index: 0, last_at_unix_s: at_unix_s }
    }

    /// Takes the next action in.
    ///
    /// # Errors
    /// [`WrongStep`] where it cannot follow, which changes nothing.
    pub fn take(&mut self, step: &Step<S>) -> Result<(), WrongStep> {
        let follows = match step.act {
            Act::Acknowledge => matches!(self.stage(), Stage::Filed | Stage::Reopened),
            Act::Reopen => !self.stage().is_open(),
            _ => self.stage().is_open(),
        };
        if !follows || step.index != self.index + 1 {
            return Err(WrongStep { index: step.index, act: step.act });
        }
        let (signer, at_unix_s) = (step.signer.clone(), step.at_unix_s);
        match step.act {
            Act::Acknowledge => self.newest.acknowledged_by = Some(signer),
            Act::Reopen => {
                let (clock_s, level) = (step.clock_s, step.level);
                let newest = Opening { at_unix_s, clock_s, level, acknowledged_by: None, closing: None };
                self.earlier.push(core::mem::replace(&mut self.newest, newest));
            }
            act => self.newest.closing = Some(Closing { act, signer, at_unix_s }),
        }
        (self.last, self.index, self.last_at_unix_s) = (Some(step.act), step.index, at_unix_s);
        Ok(())
    }

    /// Where it stands.
    #[must_use]
    pub fn stage(&self) -> Stage {
        Stage::after(self.last)
    }

    /// The last act; none while it is as it was filed.
    #[must_use]
    pub fn last(&self) -> Option<Act> {
        self.last
    }

    /// Time of the last act, or of the filing.
    #[must_use]
    pub fn last_at_unix_s(&self) -> u64 {
        self.last_at_unix_s
    }

    /// Place of the last action; zero where there is none.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Its openings, the first one first.
    pub fn openings(&self) -> impl DoubleEndedIterator<Item = &Opening<S>> {
        self.earlier.iter().chain([&self.newest])
    }

    /// The newest opening.
    #[must_use]
    pub fn newest(&self) -> &Opening<S> {
        &self.newest
    }

    /// How often it was reopened.
    #[must_use]
    pub fn reopenings(&self) -> usize {
        self.earlier.len()
    }
}
