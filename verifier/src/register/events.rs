//! The events of complaints, in the order of the chain.

use std::collections::BTreeMap;

use alloy::{
    primitives::{Address, B256},
    rpc::types::{Filter, Log},
};
use bindings::{Acted, Event, Filed, Remarked, area_to_bytes32, logs};
use protocol::complaint::{Course, Step};

use super::Register;
use crate::Error;

/// The events of a complaint, each with its log.
pub(super) struct Events {
    pub(super) filed: (Filed, Log),
    pub(super) acted: Vec<(Acted, Log)>,
    pub(super) remarked: Vec<(Remarked, Log)>,
}

impl Events {
    /// What they come to.
    pub(super) fn course(&self) -> Result<Course<Address>, Error> {
        let mut course = Course::filed(self.filed.0.at_unix_s, self.filed.0.clock_s);
        for (acted, _) in &self.acted {
            let step = Step {
                act: acted.act,
                signer: acted.signer,
                index: acted.index,
                level: acted.level,
                clock_s: acted.clock_s,
                at_unix_s: acted.at_unix_s,
            };
            course.take(&step).map_err(|error| Error::Register(format!("{}: {error}", acted.complaint)))?;
        }
        Ok(course)
    }
}

impl Register {
    /// The events of an area's complaints, or of one, in the order of the chain.
    pub(super) async fn events(
        &self,
        area_id: Option<&str>,
        complaint: Option<B256>,
        to: u64,
    ) -> Result<BTreeMap<B256, Events>, Error> {
        let mut filter = Filter::new().address(self.addresses.complaints);
        if let Some(complaint) = complaint {
            filter = filter.topic1(complaint);
        }
        if let Some(area_id) = area_id {
            filter = filter.topic2(area_to_bytes32(area_id)?);
        }
        let mut all: BTreeMap<B256, Events> = BTreeMap::new();
        for log in logs(self.provider(), &filter, self.addresses.start_block, to).await? {
            let event = Event::decode(&log.inner, &self.addresses)?;
            let mut known = |id: B256, put: &mut dyn FnMut(&mut Events)| {
                let events = all.get_mut(&id);
                let events = events.ok_or_else(|| Error::Register(format!("{id} was never filed")))?;
                put(events);
                Ok::<_, Error>(())
            };
            match event {
                Some(Event::Filed(filed)) => {
                    let id = filed.complaint;
                    all.insert(id, Events { filed: (filed, log), acted: Vec::new(), remarked: Vec::new() });
                }
                Some(Event::Acted(acted)) => {
                    known(acted.complaint, &mut |events| events.acted.push((acted.clone(), log.clone())))?;
                }
                Some(Event::Remarked(remarked)) => {
                    known(remarked.complaint, &mut |events| events.remarked.push((remarked.clone(), log.clone())))?;
                }
                _ => {}
            }
        }
        Ok(all)
    }
}
