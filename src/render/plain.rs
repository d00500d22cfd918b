pub(crate) fn from_html(html: &str) -> String {
    html.to_owned()
}
