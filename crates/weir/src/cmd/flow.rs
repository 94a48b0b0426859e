//! `weir flow`: flows on the command line, as Arazzo documents and in the short form.

mod bars;
mod explain;
mod form;
mod hand;
mod own;
mod picture;
mod read;
mod recorded;
mod run;
mod short;
mod test;

use std::process::ExitCode;

use crate::cli::FlowCommand;

pub(crate) fn run(command: &FlowCommand) -> anyhow::Result<ExitCode> {
    match command {
        FlowCommand::Explain(args) => explain::run(args),
        FlowCommand::Run(args) => run::run(args),
        FlowCommand::Export(args) => form::export(args),
        FlowCommand::Import(args) => form::import(args),
        FlowCommand::Test(args) => test::run(args),
    }
}
