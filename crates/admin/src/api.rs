//! The table of endpoints. A new one is a file and a line here.

mod calls;
mod catalogue;
mod documents;
mod explain;
mod flows;
mod jobs;
mod operation;
mod overview;
mod providers;
pub(crate) mod reasons;
mod schedules;
mod schemas;
mod session;
mod setup;
mod system;
mod tokens;
mod users;
mod webhooks;

use crate::endpoint::Endpoint;

/// Every endpoint.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        setup::read::endpoint(),
        setup::create::endpoint(),
        session::create::endpoint(),
        session::read::endpoint(),
        session::delete::endpoint(),
        tokens::list::endpoint(),
        tokens::create::endpoint(),
        tokens::delete::endpoint(),
        users::list::endpoint(),
        users::create::endpoint(),
        users::update::endpoint(),
        users::delete::endpoint(),
        documents::list::endpoint(),
        documents::list_team::endpoint(),
        documents::create::endpoint(),
        documents::read::endpoint(),
        documents::update::endpoint(),
        documents::delete::endpoint(),
        documents::history::endpoint(),
        documents::rollback::endpoint(),
        documents::validate::endpoint(),
        documents::make_key::endpoint(),
        documents::openapi::endpoint(),
        documents::health::endpoint(),
        schemas::list(),
        schemas::read(),
        catalogue::endpoint(),
        catalogue::facets::endpoint(),
        providers::list::endpoint(),
        providers::test::endpoint(),
        providers::vendors::endpoint(),
        webhooks::deliveries::endpoint(),
        webhooks::replay::endpoint(),
        webhooks::send::endpoint(),
        calls::bodies::endpoint(),
        calls::list::endpoint(),
        calls::live::endpoint(),
        calls::read::endpoint(),
        overview::endpoint(),
        explain::endpoint(),
        flows::plan::endpoint(),
        flows::run::endpoint(),
        flows::turn::endpoint(),
        jobs::list::endpoint(),
        jobs::read::endpoint(),
        jobs::cancel::endpoint(),
        schedules::timetable::endpoint(),
        schedules::run::endpoint(),
        system::endpoint(),
        operation::healthz(),
        operation::readyz(),
        operation::metrics(),
        operation::openapi(),
        reasons::endpoint(),
    ]
}
