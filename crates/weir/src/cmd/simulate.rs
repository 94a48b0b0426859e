//! `weir simulate`.

use std::process::ExitCode;

use crate::cli::SimulateArgs;

pub(crate) fn run(_args: SimulateArgs) -> anyhow::Result<ExitCode> {
    anyhow::bail!("soon")
}
