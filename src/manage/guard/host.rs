//! The hosts: under which names the page may be asked for.
//!
//! A foreign page can make its own name mean this machine (DNS rebinding) and
//! then reads what it likes; it cannot make its browser send another name.

use std::net::IpAddr;

/// Under which names the page may be asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    names: Option<Vec<String>>,
    addresses: bool,
}

impl Hosts {
    /// Any name: where the application in front of the page looks at that itself.
    #[must_use]
    pub const fn any() -> Self {
        Self { names: None, addresses: true }
    }

    /// The names of this machine for itself: `localhost`, `127.0.0.1`, `[::1]`.
    #[must_use]
    pub fn loopback() -> Self {
        let names = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec();
        Self { names: Some(names), addresses: false }
    }

    /// These as well; a port does not matter.
    #[must_use]
    pub fn and(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        if let Some(known) = &mut self.names {
            known.extend(names.into_iter().map(|name| name.into().to_ascii_lowercase()));
        }
        self
    }

    /// Every address in digits as well: nobody can make one mean another machine.
    #[must_use]
    pub const fn and_addresses(mut self) -> Self {
        self.addresses = true;
        self
    }

    /// Whether a `Host` header may be answered.
    pub(super) fn allow(&self, host: &str) -> bool {
        let Some(names) = &self.names else { return true };
        let name = without_port(host).to_ascii_lowercase();
        if names.contains(&name) {
            return true;
        }
        let digits = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        self.addresses && digits.unwrap_or(&name).parse::<IpAddr>().is_ok()
    }
}

/// A host without its port.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => {
            name
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::Hosts;

    #[test]
    fn loopback_answers_to_its_own_names_only() {
        let hosts = Hosts::loopback().and(["Mail.Shop.test"]);
        for host in ["localhost", "127.0.0.1:8225", "[::1]:8225", "LOCALHOST:1", "mail.shop.test"] {
            assert!(hosts.allow(host), "{host}");
        }
        for host in
            ["", "evil.test", "127.0.0.1.evil.test", "localhost.evil.test:80", "10.0.0.1", "::1"]
        {
            assert!(!hosts.allow(host), "{host}");
        }
    }

    #[test]
    fn addresses_in_digits_are_nobodys_name() {
        let hosts = Hosts::loopback().and_addresses();
        assert!(hosts.allow("10.0.0.1:8225") && hosts.allow("[fe80::1]:1"));
        assert!(!hosts.allow("10.0.0.1.evil.test") && Hosts::any().allow("evil.test"));
    }
}
