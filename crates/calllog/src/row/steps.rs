//! The steps of a call that a flow answered; a call without a flow has none of this.

use base::RequestId;
use trace::codec::{DecodeError, put, take};
use trace::{FlowRecord, FlowStep, StepEnd};

use super::read::{array, list, number};
use crate::words::{WordList, Words};

/// Set in a step's first byte, beside the number of its end.
const WITHIN: u8 = 16;
const CALL: u8 = 32;
const END: u8 = 15;

pub(super) fn write(out: &mut Vec<u8>, words: &mut Words, flow: &FlowRecord) {
    put(out, flow.steps.len() as u64);
    for step in &flow.steps {
        let end = StepEnd::ALL.iter().position(|end| *end == step.end).unwrap_or(0);
        let set = |on: bool, flag: u8| if on { flag } else { 0 };
        out.push(
            u8::try_from(end).unwrap_or(0)
                | set(step.within.is_some(), WITHIN)
                | set(step.call.is_some(), CALL),
        );
        put(out, words.number(&step.name));
        for value in [u64::from(step.attempt), step.start_us, step.duration_us, u64::from(step.status)] {
            put(out, value);
        }
        put(out, step.after.len() as u64);
        for on in &step.after {
            put(out, u64::from(*on));
        }
        if let Some(within) = step.within {
            put(out, u64::from(within));
        }
        if let Some(call) = step.call {
            out.extend_from_slice(call.as_bytes());
        }
    }
}

pub(super) fn read(bytes: &mut &[u8], words: &WordList<'_>) -> Result<FlowRecord, DecodeError> {
    let steps = list(bytes, |bytes| step(bytes, words))?;
    Ok(FlowRecord { steps })
}

fn step(bytes: &mut &[u8], words: &WordList<'_>) -> Result<FlowStep, DecodeError> {
    let [flags] = array(bytes)?;
    let end = StepEnd::ALL.get(usize::from(flags & END)).copied().ok_or(DecodeError)?;
    let name = words.get(take(bytes)?)?.into();
    let (attempt, start_us, duration_us) = (number(bytes)?, take(bytes)?, take(bytes)?);
    let status = number(bytes)?;
    let after = list(bytes, number)?;
    let within = (flags & WITHIN != 0).then(|| number(bytes)).transpose()?;
    let call = (flags & CALL != 0).then(|| array(bytes).map(RequestId::from_bytes)).transpose()?;
    Ok(FlowStep { name, attempt, start_us, duration_us, status, end, after, within, call })
}
