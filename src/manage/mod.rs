//! The page: mail methods to be tried, queues to be looked at and managed, and the same as an HTTP
//! API.
//!
//! [`router`] gives an [`axum::Router`] that an application mounts under any prefix,
//! with its own idea of who may do what; `mailmethod serve` is the same page with a
//! [`Login`] of its own.
//!
//! ```
//! use mailmethod::manage::{self, Access, Visitor};
//! use mailmethod::{MailHost, MailMethods};
//!
//! /// Who is logged in, as a middleware of the application has found out.
//! #[derive(Clone)]
//! struct User {
//!     name: String,
//!     is_admin: bool,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let methods = MailMethods::from_embedded::<String, String>([])?;
//! let host = MailHost::builder().methods(methods).build()?;
//! let page = manage::router(&host, |request: &manage::Parts| match request.extensions.get::<User>() {
//!     Some(user) if user.is_admin => Visitor::new(&user.name, Access::Full),
//!     Some(user) => Visitor::new(&user.name, Access::ReadOnly),
//!     None => Access::Deny.into(),
//! });
//! let app: axum::Router = axum::Router::new().nest("/admin/mail", page);
//! # Ok(())
//! # }
//! ```
//!
//! # What a page may do
//!
//! Pages are whole documents at real URLs and work without JavaScript; a script of
//! ours makes them live. They load nothing from anywhere else. What changes
//! something is a POST that comes from the page itself. A mail's HTML is shown in a
//! frame without an origin and with a policy that forbids it everything; see
//! [`Manage::hide_bodies`] for pages that show none.
//!
//! # The API
//!
//! With [`Manage::api_token`] (`MAILMETHOD_TOKEN` for `serve`) programs in any
//! language call mail methods and manage the queue under `/api/v1`; the document
//! `/api/v1/openapi.json` describes it.

mod access;
mod api;
mod app;
mod assets;
mod body;
mod builder;
mod form;
mod guard;
mod live;
mod login;
mod mail;
mod mails;
mod methods;
mod pages;
mod problem;
mod routing;
mod secret;
mod serve;
pub mod shape;
mod views;
mod visit;
mod when;

pub use access::{Access, Permission, Visitor};
pub use axum::http::request::Parts;
pub use builder::{Manage, router};
pub use guard::Hosts;
pub use login::Login;
pub use serve::serve;
