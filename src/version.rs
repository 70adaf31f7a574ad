//! Version strings of kernels and Docker, compared as numbers.
//!
//! The `semver` crate refuses or misorders most of what kernels and Docker call
//! themselves: `3.10.0-1160.el7` counts there as a pre-release and is *below*
//! 3.10.0, `18.09.1` has a leading zero, `5.15.153.1` a fourth number. So the
//! leading numbers are read here, as Docker's own `kernel.ParseRelease` does,
//! and only the normalised triple is handed on to `semver`.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use semver::{Comparator, Op, VersionReq};

/// A version: its numbers, and what follows them.
///
/// Equality and order look at the first three numbers alone, as the kernel's
/// `LINUX_VERSION_CODE` does: `3.10.0-rc7` is not below `3.10`.
#[derive(Debug, Clone)]
pub struct Version {
    numbers: Vec<u64>,
    flavour: String,
    text: String,
}

/// A text that does not start with a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a version: '{found}'; wanted digits with dots, such as 3.10.0 or 17.03.2-ce")]
pub struct NotAVersion {
    found: String,
}

impl Version {
    /// The normalised triple: major, minor, patch; what is missing is 0, and
    /// what follows the third number is left out.
    pub fn triple(&self) -> semver::Version {
        let at = |i: usize| self.numbers.get(i).copied().unwrap_or(0);
        semver::Version::new(at(0), at(1), at(2))
    }

    /// What follows the numbers, with its separator: `-1160.el7.x86_64`, `-ce`, `+dfsg1`.
    pub fn flavour(&self) -> &str {
        &self.flavour
    }

    /// Whether the text calls itself a pre-release: `-rc7`, `-rc.1`, `-beta3`,
    /// `-dev`, `-ce-tp5`. It does not change the order.
    pub fn is_prerelease(&self) -> bool {
        self.flavour.split(['-', '~']).skip(1).any(|part| {
            // `-rc7` and `-rc.1`, but not `-development` or `-rcfoo`.
            ["rc", "beta", "dev", "tp"].iter().any(|word| {
                part.strip_prefix(word)
                    .is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphabetic()))
            })
        })
    }

    /// Whether this is at least `wanted`, by the first three numbers.
    pub fn at_least(&self, wanted: &Version) -> bool {
        let triple = wanted.triple();
        VersionReq {
            comparators: vec![Comparator {
                op: Op::GreaterEq,
                major: triple.major,
                minor: Some(triple.minor),
                patch: Some(triple.patch),
                pre: semver::Prerelease::EMPTY,
            }],
        }
        .matches(&self.triple())
    }

    /// The build number of a Red Hat kernel: 1160 in `3.10.0-1160.el7.x86_64`,
    /// 754 in `2.6.32-754.35.1.el6.x86_64`. It tells the running minor release.
    ///
    /// `None` for every other kernel that looks like one: OpenVZ (`042stab`,
    /// `vz7`), Oracle's UEK (`el6uek`), ELRepo's and Amazon's have build
    /// numbers of their own.
    pub fn rhel_build(&self) -> Option<u32> {
        if self.is_openvz() || self.flavour.contains("elrepo") {
            return None;
        }
        let rest = self.flavour.strip_prefix('-')?;
        let is_el = rest.split(['.', '+', '_']).any(|part| {
            part.strip_prefix("el")
                .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        });
        if !is_el {
            return None;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if !matches!(rest.as_bytes().get(digits), Some(b'.')) {
            return None;
        }
        rest.get(..digits)?.parse().ok()
    }

    /// Whether the release is that of an OpenVZ or Virtuozzo kernel. Such a
    /// kernel may claim any number (`3.13.0-042stab104.1` is a 2.6.32,
    /// moby/moby#10826), so this is to be asked before any comparison.
    pub fn is_openvz(&self) -> bool {
        let has_stab = self.flavour.match_indices("stab").any(|(at, _)| {
            let before = self.flavour.as_bytes().get(at.wrapping_sub(1));
            at > 0 && before.is_some_and(u8::is_ascii_digit)
        });
        has_stab
            || self
                .flavour
                .split(['.', '-'])
                .any(|part| part == "vz6" || part == "vz7" || part.starts_with("ovz"))
    }
}

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let not = || NotAVersion {
            found: text.to_owned(),
        };
        let mut rest = text.trim();
        rest = rest.strip_prefix(['v', 'V']).unwrap_or(rest);
        // A Debian epoch, as in `5:18.09.1~3-0~ubuntu-xenial`.
        if let Some((epoch, after)) = rest.split_once(':')
            && !epoch.is_empty()
            && epoch.bytes().all(|b| b.is_ascii_digit())
        {
            rest = after;
        }
        let mut numbers = Vec::new();
        loop {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                break;
            }
            let (number, after) = rest.split_at(digits);
            numbers.push(number.parse().map_err(|_| not())?);
            rest = after;
            match after.strip_prefix('.') {
                Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) => rest = next,
                _ => break,
            }
        }
        if numbers.is_empty() {
            return Err(not());
        }
        Ok(Self {
            numbers,
            flavour: rest.to_owned(),
            text: text.trim().to_owned(),
        })
    }
}

/// The text as it was read.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.triple().cmp(&other.triple())
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::type_complexity)]
mod tests {
    use super::*;

    fn v(text: &str) -> Version {
        text.parse().unwrap()
    }

    /// Kernel releases: text, triple, at least 3.10?, pre-release?, RHEL build.
    #[test]
    fn kernel_releases() {
        let table: &[(&str, (u64, u64, u64), bool, bool, Option<u32>)] = &[
            (
                "3.10.0-1160.el7.x86_64",
                (3, 10, 0),
                true,
                false,
                Some(1160),
            ),
            ("3.10.0-1160.el7", (3, 10, 0), true, false, Some(1160)),
            (
                "3.10.0-1160.rt56.1131.el7.x86_64",
                (3, 10, 0),
                true,
                false,
                Some(1160),
            ),
            (
                "2.6.32-754.35.1.el6.x86_64",
                (2, 6, 32),
                false,
                false,
                Some(754),
            ),
            (
                "2.6.32-754.14.2.el6.x86_64",
                (2, 6, 32),
                false,
                false,
                Some(754),
            ),
            ("2.6.32-754.el6.x86_64", (2, 6, 32), false, false, Some(754)),
            ("2.6.32-754.el6", (2, 6, 32), false, false, Some(754)),
            ("2.6.32-642.el6", (2, 6, 32), false, false, Some(642)),
            ("2.6.18-419.el5", (2, 6, 18), false, false, Some(419)),
            ("4.18.0-305.el8", (4, 18, 0), true, false, Some(305)),
            (
                "4.18.0-240.el8_3.x86_64",
                (4, 18, 0),
                true,
                false,
                Some(240),
            ),
            ("5.14.0-570.el9.x86_64", (5, 14, 0), true, false, Some(570)),
            (
                "5.14.0-427.13.1.el9_4.x86_64+debug",
                (5, 14, 0),
                true,
                false,
                Some(427),
            ),
            // Not Red Hat's builds, however much they look like it.
            ("2.6.32-042stab145.3", (2, 6, 32), false, false, None),
            ("3.13.0-042stab104.1", (3, 13, 0), true, false, None),
            ("3.10.0-1160.90.1.vz7.200.7", (3, 10, 0), true, false, None),
            ("4.1.12-124.el6uek.x86_64", (4, 1, 12), true, false, None),
            (
                "5.4.278-1.el7.elrepo.x86_64",
                (5, 4, 278),
                true,
                false,
                None,
            ),
            (
                "4.14.336-257.566.amzn2.x86_64",
                (4, 14, 336),
                true,
                false,
                None,
            ),
            (
                "4.14.336-180.562.amzn1.x86_64",
                (4, 14, 336),
                true,
                false,
                None,
            ),
            (
                "5.15.153.1-microsoft-standard-WSL2",
                (5, 15, 153),
                true,
                false,
                None,
            ),
            (
                "6.6.87.2-microsoft-standard-WSL2",
                (6, 6, 87),
                true,
                false,
                None,
            ),
            ("4.4.0-19041-Microsoft", (4, 4, 0), true, false, None),
            ("4.4.0-210-generic", (4, 4, 0), true, false, None),
            ("3.13.0-24-generic", (3, 13, 0), true, false, None),
            ("6.1.0-13-amd64", (6, 1, 0), true, false, None),
            ("6.1.0-56-amd64", (6, 1, 0), true, false, None),
            ("6.18.44-fc-v595", (6, 18, 44), true, false, None),
            ("3.2.0-4-amd64", (3, 2, 0), false, false, None),
            ("3.10.108-custom", (3, 10, 108), true, false, None),
            ("3.10", (3, 10, 0), true, false, None),
            ("4.19", (4, 19, 0), true, false, None),
            ("3.9.11", (3, 9, 11), false, false, None),
            ("3.10.0-rc7", (3, 10, 0), true, true, None),
            ("4.9.0+", (4, 9, 0), true, false, None),
        ];
        for (text, (a, b, c), at_least, pre, build) in table {
            let version = v(text);
            assert_eq!(version.triple(), semver::Version::new(*a, *b, *c), "{text}");
            assert_eq!(version.at_least(&v("3.10")), *at_least, "{text} >= 3.10");
            assert_eq!(version.is_prerelease(), *pre, "{text} pre-release");
            assert_eq!(version.rhel_build(), *build, "{text} build");
            assert_eq!(version.to_string(), *text);
        }
    }

    /// Docker versions: text, triple, at least 1.13.1?, pre-release?
    #[test]
    fn docker_versions() {
        let table: &[(&str, (u64, u64, u64), bool, bool)] = &[
            ("1.7.1", (1, 7, 1), false, false),
            ("1.12.6", (1, 12, 6), false, false),
            ("1.13.1", (1, 13, 1), true, false),
            ("1.13.1-cs9", (1, 13, 1), true, false),
            ("1.13.1-dev", (1, 13, 1), true, true),
            ("1.12.0-rc4", (1, 12, 0), false, true),
            ("17.03.2-ce", (17, 3, 2), true, false),
            ("17.3.2-ce", (17, 3, 2), true, false),
            ("17.06.2-ce", (17, 6, 2), true, false),
            ("17.06.2-ee-16", (17, 6, 2), true, false),
            ("17.06.2-ee-6", (17, 6, 2), true, false),
            ("17.12.1-ce", (17, 12, 1), true, false),
            ("18.05.0-ce-rc1", (18, 5, 0), true, true),
            ("18.06.3-ce", (18, 6, 3), true, false),
            ("18.09", (18, 9, 0), true, false),
            ("18.09.0", (18, 9, 0), true, false),
            ("18.09.1", (18, 9, 1), true, false),
            ("18.09.9-ce", (18, 9, 9), true, false),
            ("18.09.0-beta3", (18, 9, 0), true, true),
            ("18.09.0-ce-tp5", (18, 9, 0), true, true),
            ("19.03.5", (19, 3, 5), true, false),
            ("19.03.15", (19, 3, 15), true, false),
            ("19.03.13+azure", (19, 3, 13), true, false),
            ("20.10.7-0ubuntu5~20.04.2", (20, 10, 7), true, false),
            ("20.10.24+dfsg1", (20, 10, 24), true, false),
            ("26.1.5+dfsg1", (26, 1, 5), true, false),
            ("28.5.2+dfsg4", (28, 5, 2), true, false),
            ("25.0.3-amzn", (25, 0, 3), true, false),
            ("25.0.3-ce", (25, 0, 3), true, false),
            ("29.0.0-rc.1", (29, 0, 0), true, true),
            ("5:18.09.1~3-0~ubuntu-xenial", (18, 9, 1), true, false),
            ("v20.10.24", (20, 10, 24), true, false),
            ("28.0.0-development", (28, 0, 0), true, false),
        ];
        for (text, (a, b, c), at_least, pre) in table {
            let version = v(text);
            assert_eq!(version.triple(), semver::Version::new(*a, *b, *c), "{text}");
            assert_eq!(
                version.at_least(&v("1.13.1")),
                *at_least,
                "{text} >= 1.13.1"
            );
            assert_eq!(version.is_prerelease(), *pre, "{text} pre-release");
            assert_eq!(version.rhel_build(), None, "{text}");
        }
    }

    #[test]
    fn order_is_numeric_and_ignores_the_flavour() {
        let rising = [
            "1.7.1",
            "1.12.0",
            "1.13.1",
            "17.06.0-ce",
            "18.09.1",
            "29.0.0",
        ];
        for pair in rising.windows(2) {
            assert!(v(pair[0]) < v(pair[1]), "{pair:?}");
            assert!(!v(pair[0]).at_least(&v(pair[1])), "{pair:?}");
        }
        assert!(v("2.6.32-754.el6") < v("3.10.0-1160.el7"));
        assert_eq!(v("20.10.24+dfsg1"), v("20.10.24"));
        assert_eq!(v("17.03.2-ce"), v("17.3.2"));
        assert_eq!(v("3.10.0-rc7"), v("3.10"));
        assert_eq!(v("17.03.2-ce").flavour(), "-ce");
    }

    #[test]
    fn texts_that_are_no_version() {
        for text in [
            "",
            " ",
            "v",
            "el7",
            "-1.2",
            "<unknown>",
            "99999999999999999999999.1",
        ] {
            let error = text.parse::<Version>().unwrap_err();
            assert!(error.to_string().contains("not a version"), "{text}");
        }
    }

    #[test]
    fn openvz_is_seen_whatever_number_the_kernel_claims() {
        assert!(v("2.6.32-042stab145.3").is_openvz());
        assert!(v("3.13.0-042stab104.1").is_openvz());
        assert!(v("3.10.0-1160.90.1.vz7.200.7").is_openvz());
        assert!(!v("3.10.0-1160.el7.x86_64").is_openvz());
        assert!(!v("6.1.0-stable").is_openvz());
    }
}
