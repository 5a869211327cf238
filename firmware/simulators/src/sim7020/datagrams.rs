//! Datagrams on their way between the modem's sockets and whatever a test puts at the other end.

use std::{collections::VecDeque, net::SocketAddrV4};

use super::State;

/// One datagram, either way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// The modem's end, as the network shows it: another for every socket that is opened.
    pub port: u16,
    /// The other end.
    pub peer: SocketAddrV4,
    /// What it carries.
    pub bytes: Vec<u8>,
}

/// What becomes of a datagram on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives.
    Arrives,
    /// It is lost.
    Lost,
    /// It arrives twice.
    Twice,
    /// It arrives so much later: after others, where they are faster.
    LateMs(u64),
}

/// The way of datagrams through the network.
#[derive(Clone, Debug)]
pub struct Datagrams {
    /// How long one is under way.
    pub delay_ms: u64,
    /// What becomes of the next ones from the device, the first first; those after them arrive.
    pub out: VecDeque<Fate>,
    /// What becomes of the next ones to the device.
    pub back: VecDeque<Fate>,
    /// All are lost, although the modem says `OK`: it gives no word of the peer.
    pub loses: bool,
    /// What the length in `AT+CSOSEND` counts here: bytes, or else hex characters. The manual leaves it open.
    pub counts_bytes: bool,
    /// By the time of their arrival.
    on_their_way: Vec<(u64, Way, Datagram)>,
    arrived: Vec<Datagram>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Out,
    Back,
}

impl Default for Datagrams {
    fn default() -> Self {
        Self {
            delay_ms: 300,
            out: VecDeque::new(),
            back: VecDeque::new(),
            loses: false,
            counts_bytes: false,
            on_their_way: Vec::new(),
            arrived: Vec::new(),
        }
    }
}

impl Datagrams {
    fn set_off(&mut self, way: Way, datagram: Datagram, now_ms: u64) {
        let fates = if way == Way::Out { &mut self.out } else { &mut self.back };
        let fate = fates.pop_front().unwrap_or(Fate::Arrives);
        let late_ms = if let Fate::LateMs(late_ms) = fate { late_ms } else { 0 };
        let copies = match fate {
            _ if self.loses => 0,
            Fate::Lost => 0,
            Fate::Twice => 2,
            Fate::Arrives | Fate::LateMs(_) => 1,
        };
        let at_ms = now_ms + self.delay_ms + late_ms;
        self.on_their_way.extend(std::iter::repeat_n((at_ms, way, datagram), copies));
        self.on_their_way.sort_by_key(|(at_ms, ..)| *at_ms);
    }

    pub(super) fn next_due_ms(&self) -> Option<u64> {
        self.on_their_way.first().map(|(at_ms, ..)| *at_ms)
    }
}

impl State {
    /// What has arrived at the other end since this was last asked, in the order of its arrival.
    pub fn take_datagrams(&mut self) -> Vec<Datagram> {
        std::mem::take(&mut self.datagrams.arrived)
    }

    /// The other end sends one. It reaches the socket of that port, if it is connected to that peer when it arrives.
    pub fn send_back(&mut self, datagram: Datagram) {
        let now_ms = self.now_ms();
        self.datagrams.set_off(Way::Back, datagram, now_ms);
    }

    pub(super) fn send_out(&mut self, datagram: Datagram, now_ms: u64) {
        if self.is_registered() {
            self.datagrams.set_off(Way::Out, datagram, now_ms);
        }
    }

    /// Brings those to their ends whose time has come.
    pub(super) fn carry(&mut self) {
        let now_ms = self.now_ms();
        while self.datagrams.next_due_ms().is_some_and(|at_ms| at_ms <= now_ms) {
            match self.datagrams.on_their_way.remove(0) {
                (_, Way::Out, datagram) => self.datagrams.arrived.push(datagram),
                (at_ms, Way::Back, datagram) => self.receive(&datagram, at_ms),
            }
        }
    }
}
