//! `weir openapi`: what a service's routes that flows answer take and answer.

use std::process::ExitCode;

use anyhow::Context;
use domain::{DocId, Kind};

use crate::cli::OpenapiArgs;
use crate::cmd::{refused, say};
use crate::files;
use crate::secrets::AnySecrets;

pub(crate) fn run(args: &OpenapiArgs) -> anyhow::Result<ExitCode> {
    let snapshot = match files::compile(&args.config, 1, &AnySecrets)?.result {
        Ok(snapshot) => snapshot,
        Err(mistakes) => return Err(refused("the configuration", &mistakes, "there is nothing to print")),
    };
    let (team, name) = args.service.split_once("::").unwrap_or(("default", &args.service));
    let id = DocId::new(team, Kind::Service, name)
        .ok()
        .with_context(|| format!("`{}` is no name of a service", args.service))?;
    let document =
        snapshot.openapi(&id).with_context(|| format!("there is no service `{}`", args.service))?;
    say(&serde_json::to_string_pretty(&document)?);
    Ok(ExitCode::SUCCESS)
}
