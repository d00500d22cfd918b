use super::FormatError;
pub(crate) fn date(v: jiff::civil::Date, _s: &str, _l: &str) -> Result<String, FormatError> {
    Ok(v.to_string())
}
pub(crate) fn time(v: jiff::civil::Time, _s: &str, _l: &str) -> Result<String, FormatError> {
    Ok(v.to_string())
}
pub(crate) fn datetime(v: &jiff::Zoned, _s: &str, _l: &str) -> Result<String, FormatError> {
    Ok(v.to_string())
}
