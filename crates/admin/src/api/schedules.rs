//! When schedules are run, and runs beside their times.

pub(super) mod run;
pub(super) mod timetable;
