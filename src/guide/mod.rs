//! The guide: pages to read, from the first mail to production. It has no code of its own.
//!
//! | page | for whom |
//! |---|---|
//! | [Getting started](getting_started) | everybody: from an empty folder to a call that the compiler checks |
//! | [Coming from …](coming_from) | who knows lettre, ActionMailer, Laravel, django-post_office or Nodemailer |
//! | [Testing](testing) | who wants to be sure: inbox, goldens, virtual time, a relay that fails |
//! | [Transactions](transactions) | who has a database: what is promised, and what cannot be |
//! | [In production](production) | who runs it: PostgreSQL, relays, systemd, backups, metrics, upgrades |
//! | [Security](security) | who reviews it: what values cannot do, and who sees what |
//! | [Writing an adapter](adapter) | who has another way out than SMTP |
//!
//! Templates have [a page of their own](crate::render), as have
//! [generated calls](crate::codegen), [adapter URLs](crate::adapter::open) and the
//! [HTTP API](crate::codegen::api). The Rust code of these pages runs as doctests; their commands,
//! settings and files are run by `tests/guide.rs`.

#[doc = include_str!("adapter.md")]
pub mod adapter {}
#[doc = include_str!("coming_from.md")]
pub mod coming_from {}
#[doc = include_str!("getting_started.md")]
pub mod getting_started {}
#[doc = include_str!("production.md")]
pub mod production {}
#[doc = include_str!("security.md")]
pub mod security {}
#[doc = include_str!("testing.md")]
pub mod testing {}
#[doc = include_str!("transactions.md")]
pub mod transactions {}
