//! Every action, by whoever may do all but that one, and by whoever may do that one alone.

use mailmethod::manage::{Access, Manage, Parts, Permission, Visitor};
use mailmethod::queue::EntryId;
use mailmethod::testing::{Rule, Verb};

use crate::support::{Answer, Client, Site};

/// A page for whoever the header `x-may` names permissions of.
async fn page() -> (Site, Client) {
    let folder = crate::support::folder();
    let location = format!("sqlite:{}", folder.path().join("mail.db").display());
    let site = Site::host(folder, &location).await;
    let page = Manage::new(&site.host, |request: &Parts| {
        let Some(words) = request.headers.get("x-may") else { return Access::Deny.into() };
        let words: Vec<&str> = words.to_str().unwrap().split(' ').collect();
        let all = Permission::ALL.into_iter();
        let may = all.filter(|one| words.contains(&one.as_str())).collect();
        Visitor::new("somebody", Access::Only(may))
    });
    let page = page.development().testers(["@ok.test".parse().unwrap()]);
    let site = site.serve(page.router()).await;
    let client = Client::new(site.address);
    (site, client)
}

/// A mail in a state in which the action is possible.
async fn ready(site: &Site, permission: Permission) -> EntryId {
    let id = match permission {
        Permission::MarkSent => {
            // What earlier actions have brought on its way would meet the rule, too.
            site.send().await;
            site.relay.rule(Rule::on(Verb::Dot).times(1).close());
            site.queue("ada@ok.test").await
        }
        Permission::Resend => site.queue("ada@ok.test").await,
        _ => return site.queue_later("ada@ok.test").await,
    };
    site.send().await;
    id
}

/// Tries the action that a permission is for.
async fn act(client: &mut Client, permission: Permission, id: EntryId) -> Answer {
    let mail = |action: &str| format!("/mail/{id}/{action}");
    match permission {
        Permission::Redirect => client.post(&mail("redirect"), &[("to", "bob@ok.test")]).await,
        Permission::Routes => client.post("/routes/default/pause", &[]).await,
        Permission::SendTest => {
            let fields = [("sample", "new-customer"), ("-to", "ada@ok.test")];
            client.post("/methods/account.welcome/send-test", &fields).await
        }
        Permission::SaveSample => {
            let fields = [("name", "Bo"), ("email", "bo@ok.test"), ("-name", "saved")];
            client.post("/methods/account.welcome/samples", &fields).await
        }
        other => client.post(&mail(other.as_str()), &[("confirm", "yes")]).await,
    }
}

/// What of the world an action could have changed.
async fn world(site: &Site, id: EntryId) -> String {
    let store = site.store().await;
    let file = site.folder.path().join("templates/account/welcome.yaml");
    let detail = store.detail(id).await.map(|detail| (detail.summary.state, detail.events.len()));
    let (routes, audits) = (store.routes().await.unwrap(), store.audits(500).await.unwrap());
    let taken = site.relay.taken().len();
    let file = std::fs::read_to_string(file).unwrap();
    format!("{detail:?} {routes:?} {} {taken} {file}", audits.len())
}

#[tokio::test]
async fn each_action_wants_its_own_permission() {
    let (site, client) = page().await;
    for permission in Permission::ALL {
        let id = ready(&site, permission).await;
        let id = match permission {
            Permission::Release => {
                let store = site.store().await;
                store.act_on(mailmethod::queue::Action::Hold, id, "test").await.unwrap();
                id
            }
            _ => id,
        };
        let before = world(&site, id).await;
        let others = Permission::ALL.into_iter().filter(|one| *one != permission);
        let others: Vec<&str> = others.map(Permission::as_str).collect();
        let mut without = client.clone().with("x-may", &others.join(" "));
        let refused = act(&mut without, permission, id).await;
        refused.is(403).has("Nothing was changed").has(permission.as_str());
        assert_eq!(world(&site, id).await, before, "{permission}");
        let mut alone = client.clone().with("x-may", permission.as_str());
        let done = act(&mut alone, permission, id).await;
        assert!(matches!(done.status, 200 | 303), "{permission}: {} {}", done.status, done.text());
        assert_ne!(world(&site, id).await, before, "{permission}");
    }
}

#[tokio::test]
async fn a_page_offers_only_what_its_visitor_may_do() {
    let (site, client) = page().await;
    let id = site.queue_later("ada@ok.test").await;
    let test = "/methods/account.welcome/test";
    for (permission, path, button) in [
        (Permission::Hold, format!("/mail/{id}/timeline"), format!("/{id}/hold\"")),
        (Permission::Cancel, format!("/mail/{id}/timeline"), format!("/{id}/cancel\"")),
        (Permission::Redirect, format!("/mail/{id}/timeline"), format!("/{id}/redirect\"")),
        (Permission::Hold, "/queue/scheduled".to_owned(), "value=\"hold\"".to_owned()),
        (Permission::Routes, "/routes".to_owned(), "/default/pause\"".to_owned()),
        (Permission::SendTest, test.to_owned(), "formaction=\"send-test\"".to_owned()),
        (Permission::SaveSample, test.to_owned(), "formaction=\"samples\"".to_owned()),
    ] {
        client.clone().with("x-may", permission.as_str()).get(&path).await.is(200).has(&button);
        client.clone().with("x-may", "retry").get(&path).await.is(200).lacks(&button);
    }
}
