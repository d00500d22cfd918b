//! The pages beside mails and methods: overview, routes, record, health, login.

mod doors;
mod health;
mod log;
mod overview;
mod routes;

pub(super) use doors::{link, login, login_by_token, logout, theme};
pub(super) use health::{health, healthz, metrics, readyz};
pub(super) use log::log;
pub(super) use overview::{overview, root};
pub(super) use routes::{Ages, route, routes};
