//! The search: which mails a page lists, as its URL says.

use jiff::Timestamp;

use crate::manage::problem::Problem;
use crate::queue::{Cursor, EntryId, Filter, FilterError, Order, View};

/// Which mails are listed.
#[derive(Clone, Debug)]
pub(in crate::manage) struct Search {
    /// The view, or all of them.
    pub(in crate::manage) view: Option<View>,
    /// The filter as it was written.
    pub(in crate::manage) text: String,
    pub(in crate::manage) order: Order,
    pub(in crate::manage) after: Option<Cursor>,
    /// The view's condition and the filter's.
    pub(in crate::manage) filter: Result<Filter, FilterError>,
}

impl Search {
    /// The search of a view's name and a query.
    pub(in crate::manage) fn new(view: &str, query: &str) -> Result<Self, Problem> {
        let view = match view {
            "all" => None,
            "held" | "uncertain" => Some(View::Attention),
            word => Some(View::from_word(word).ok_or_else(|| unknown_view(word))?),
        };
        let get = |wanted: &str| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
        };
        let text = get("q").unwrap_or_default().trim().to_owned();
        let wrong = |detail: &str| {
            let list = format!("queue/{}", view.map_or("all", View::as_str));
            Problem::bad(detail).back(list, "Back to the list")
        };
        let order = match get("sort").as_deref() {
            None | Some("") => usual(view),
            Some("oldest") => Order::Oldest,
            Some("newest") => Order::Newest,
            Some("due") => Order::Due,
            Some(_) => return Err(wrong("`sort` is oldest, newest or due.")),
        };
        let after = get("after").map(|text| {
            cursor(&text).ok_or_else(|| wrong("The page that was asked for does not exist."))
        });
        let filter = text.parse::<Filter>().map(|own| match view {
            Some(view) => Filter::view(view).and(own),
            None => own,
        });
        Ok(Self { view, text, order, after: after.transpose()?, filter })
    }

    /// The view's name in URLs.
    pub(in crate::manage) fn name(&self) -> &'static str {
        self.view.map_or("all", View::as_str)
    }

    pub(in crate::manage) const fn sort(&self) -> &'static str {
        match self.order {
            Order::Oldest => "oldest",
            Order::Newest => "newest",
            Order::Due => "due",
        }
    }

    /// The URL of this search, from the root of the page, from behind a cursor on.
    pub(in crate::manage) fn link(&self, after: Option<Cursor>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !self.text.is_empty() {
            query.append_pair("q", &self.text);
        }
        if self.order != usual(self.view) {
            query.append_pair("sort", self.sort());
        }
        if let Some(Cursor { id, due_at }) = after {
            query.append_pair("after", &format!("{id}~{}", due_at.as_microsecond()));
        }
        let query = query.finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("queue/{}{mark}{query}", self.name())
    }
}

fn unknown_view(word: &str) -> Problem {
    let names: Vec<&str> = View::ALL.iter().map(|view| view.as_str()).collect();
    let near = crate::source::nearest(word, names.iter().copied());
    let near = near.map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
    Problem::not_found(format!(
        "There is no such view.{near} The views are {} and all.",
        names.join(", ")
    ))
    .back("queue/all", "All mails")
}

/// What waits is looked at by when it is due, what needs somebody from the oldest on, and what is
/// over from the latest on.
const fn usual(view: Option<View>) -> Order {
    match view {
        Some(View::Outgoing | View::Scheduled | View::Deferred) => Order::Due,
        Some(View::Sending) => Order::Oldest,
        _ => Order::Newest,
    }
}

fn cursor(text: &str) -> Option<Cursor> {
    let (id, due) = text.split_once('~')?;
    let due_at = Timestamp::from_microsecond(due.parse().ok()?).ok()?;
    Some(Cursor { id: id.parse::<EntryId>().ok()?, due_at })
}

#[cfg(test)]
mod tests {
    use super::Search;
    use crate::queue::{Cursor, EntryId, Order, View};
    use jiff::Timestamp;

    #[test]
    fn a_search_is_its_url() {
        let search = Search::new("dead", "q=to%3A%40x.test&sort=oldest").unwrap();
        assert_eq!((search.view, search.order), (Some(View::Dead), Order::Oldest));
        assert_eq!(search.filter.clone().unwrap().to_string(), "view:dead to:@x.test");
        let id = EntryId::from(uuid::Uuid::from_u128(7));
        let cursor = Cursor { id, due_at: Timestamp::from_microsecond(5).unwrap() };
        let link = search.link(Some(cursor));
        assert_eq!(link, format!("queue/dead?q=to%3A%40x.test&sort=oldest&after={id}%7E5"));
        let again = Search::new("dead", link.split_once('?').unwrap().1).unwrap();
        assert_eq!(again.after, Some(cursor));
        assert_eq!(Search::new("all", "").unwrap().link(None), "queue/all");
    }

    #[test]
    fn what_is_no_view_or_no_page_is_told() {
        assert!(Search::new("daed", "").unwrap_err().told.detail.contains("Did you mean dead?"));
        assert!(Search::new("all", "after=x").is_err());
        assert!(Search::new("all", "sort=size").unwrap_err().told.detail.contains("newest"));
        assert!(Search::new("all", "q=stat:dead").unwrap().filter.is_err());
    }
}
