pub(crate) fn wordwrap(t: &str, _w: usize) -> String {
    t.to_owned()
}
pub(crate) fn truncate(t: &str, _w: usize) -> String {
    t.to_owned()
}
pub(crate) fn excerpt(t: &str, _w: usize) -> String {
    t.to_owned()
}
pub(crate) fn nl2br(t: &str) -> String {
    t.to_owned()
}
