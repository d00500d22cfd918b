//! The login: PLAIN, LOGIN and XOAUTH2, with lettre's mechanisms over our session.
//!
//! A login that fails is the adapter's fault and never the mail's, whatever the code.
//!
//! RFC 4954 (AUTH), RFC 4616 (PLAIN).

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::commands::Auth;
use lettre::transport::smtp::response::{Category, Code, Detail, Response, Severity};

use crate::adapter::error::Fault;
use crate::adapter::{DeliveryError, Phase, Probe};

use super::helps;
use super::reply::Answer;
use super::session::Session;
use super::settings::{Login, Secret};

/// How often a server may ask back.
const CHALLENGES: usize = 4;

pub(super) async fn log_in(
    session: &mut Session,
    login: &Login,
    probe: &mut Probe,
) -> Result<(), DeliveryError> {
    let mechanism = choose(session, login)?;
    let credentials = credentials(session, login).await?;
    let error = |session: &Session| session.link.error(Phase::Auth, Fault::NoMechanism);
    let first = Auth::new(mechanism, credentials.clone(), None).map_err(|_unfit| error(session))?;
    session.link.queue_shown(&first, &format_args!("AUTH {mechanism} (left out)"));
    let mut answer = session.exchange(Phase::Auth).await?;
    for _ in 0..CHALLENGES {
        if answer.code != 334 {
            break;
        }
        answer = respond(session, mechanism, &credentials, &answer).await?;
    }
    if !answer.is_positive() {
        return Err(session.refused(Phase::Auth, &answer));
    }
    probe.saw(Phase::Auth, format!("logged in with {mechanism}"));
    Ok(())
}

/// The mechanism that was set, or the best one that is offered.
fn choose(session: &Session, login: &Login) -> Result<Mechanism, DeliveryError> {
    let offered = &session.keywords.mechanisms;
    let wanted = match login.mechanism {
        Some(mechanism) => vec![mechanism],
        None => vec![Mechanism::Plain, Mechanism::Login],
    };
    let found = wanted.into_iter().find(|mechanism| offered.contains(mechanism));
    found.ok_or_else(|| {
        let help = if offered.is_empty() && session.link.encrypted {
            helps::NO_AUTH
        } else {
            helps::NO_MECHANISM
        };
        session.link.error(Phase::Auth, Fault::NoMechanism).with_help(help)
    })
}

async fn credentials(session: &Session, login: &Login) -> Result<Credentials, DeliveryError> {
    let secret = match &login.secret {
        Secret::Password(password) => password.clone(),
        Secret::Token(ask) => {
            if !session.link.encrypted {
                let error = session.link.error(Phase::Auth, Fault::NoMechanism);
                return Err(error.with_help(helps::TOKEN_IN_CLEAR));
            }
            ask().await.map_err(|source| {
                let error = session.link.error(Phase::Auth, Fault::NoToken);
                error.with_shared_source(source)
            })?
        }
    };
    Ok(Credentials::new(login.user.clone(), secret))
}

/// Answers a challenge. A refusing XOAUTH2 server sends its reason as one, and waits for a line.
async fn respond(
    session: &mut Session,
    mechanism: Mechanism,
    credentials: &Credentials,
    challenge: &Answer,
) -> Result<Answer, DeliveryError> {
    let shown = "(left out)";
    if mechanism == Mechanism::Login {
        let code = Code::new(Severity::PositiveIntermediate, Category::Unspecified3, Detail::Four);
        let response = Response::new(code, vec![challenge.text()]);
        let next = Auth::new_from_response(mechanism, credentials.clone(), &response);
        match next {
            Ok(next) => session.link.queue_shown(&next, &shown),
            Err(_odd_challenge) => session.link.queue_shown(&"*\r\n", &"*"),
        }
    } else {
        session.link.queue_shown(&"\r\n", &shown);
    }
    session.exchange(Phase::Auth).await
}
