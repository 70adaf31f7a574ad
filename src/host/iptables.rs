//! iptables' own table `filter`, as the kernel holds it: one call for its size,
//! one for its entries, as `iptables-legacy-save` does since the first iptables.
//!
//! The layouts are those of the kernel's
//! `include/uapi/linux/netfilter_ipv4/ip_tables.h` and `netfilter/x_tables.h`.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use socket2::{Domain, Protocol, Socket, Type};

use super::packet_filter::{self as words, Table, option, u16_at, u32_at};

/// `IPT_SO_GET_INFO` and `IPT_SO_GET_ENTRIES`
const GET_INFO: libc::c_int = 64;
const GET_ENTRIES: libc::c_int = 65;
/// `sizeof(struct ipt_getinfo)`: name, hooks, entry points and ends of five
/// hooks, number and size of the entries.
const INFO: usize = 84;
/// Where the entries begin in `struct ipt_get_entries`: behind name and size.
const ENTRIES: usize = 40;
/// `sizeof(struct ipt_entry)`, up to its matches.
const ENTRY: usize = 112;
/// `sizeof(struct xt_entry_match)`, up to its data.
const EXTENSION: usize = 32;
/// The largest table that is read, in bytes: some 100,000 rules.
const LIMIT: u32 = 32 * 1024 * 1024;

/// The built-in chains of the table by their hooks (`NF_INET_*`).
const CHAINS: [(usize, &str); 3] = [(1, "INPUT"), (2, "FORWARD"), (3, "OUTPUT")];

/// The table. To be asked only where it is loaded: asking would load it.
///
/// # Errors
/// The kernel's, such as `EPERM` without `CAP_NET_ADMIN`.
pub(super) fn filter() -> io::Result<Table> {
    let socket = Socket::new(
        Domain::IPV4,
        Type::RAW,
        Some(Protocol::from(libc::IPPROTO_RAW)),
    )?;
    // A rule that comes between the two calls changes the size: EAGAIN.
    for _ in 0..10 {
        let mut info = named(INFO);
        ask(socket.as_fd(), GET_INFO, &mut info)?;
        let size = u32_at(&info, 80).filter(|size| *size <= LIMIT);
        let size = size.ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        let mut entries = named(ENTRIES + size as usize);
        if let Some(place) = entries.get_mut(32..36) {
            place.copy_from_slice(&size.to_ne_bytes());
        }
        match ask(socket.as_fd(), GET_ENTRIES, &mut entries) {
            Ok(()) => {
                let blob = entries.get(ENTRIES..).unwrap_or_default();
                return table(&info, blob).ok_or_else(|| io::ErrorKind::InvalidData.into());
            }
            Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from_raw_os_error(libc::EAGAIN))
}

/// A request of this length that begins with the table's name.
fn named(length: usize) -> Vec<u8> {
    let mut request = vec![0; length];
    for (place, byte) in request.iter_mut().zip(b"filter") {
        *place = *byte;
    }
    request
}

/// getsockopt(2) that fills `bytes`, which also hold the request.
#[allow(unsafe_code)] // No safe wrapper takes an option whose length is known at run time alone.
fn ask(socket: BorrowedFd<'_>, what: libc::c_int, bytes: &mut [u8]) -> io::Result<()> {
    let wanted = bytes.len();
    let mut length = libc::socklen_t::try_from(wanted).map_err(io::Error::other)?;
    // SAFETY: the descriptor is open as long as it is borrowed; the kernel writes
    // at most `length` bytes, which are all bytes of the slice, and `length`
    // itself. Any bytes are bytes of a slice.
    let outcome = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_IP,
            what,
            bytes.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if outcome != 0 {
        return Err(io::Error::last_os_error());
    }
    if length as usize != wanted {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(())
}

/// An entry of the table: where it is, what it fits, where it leads.
struct Entry<'a> {
    at: usize,
    next: usize,
    bytes: &'a [u8],
    target: Extension<'a>,
}

/// A match or target.
struct Extension<'a> {
    name: String,
    revision: u8,
    size: usize,
    data: &'a [u8],
}

/// Reads the entries; none where they are malformed.
fn table(info: &[u8], blob: &[u8]) -> Option<Table> {
    let entries = entries(blob)?;
    let hooks = u32_at(info, 32)?;
    let mut builtin = Vec::new();
    for (hook, name) in CHAINS {
        if hooks & 1 << hook != 0 {
            let (first, last) = (u32_at(info, 36 + 4 * hook)?, u32_at(info, 56 + 4 * hook)?);
            builtin.push((first as usize, last as usize, name));
        }
    }
    // Names of the chains by where their first rules are, for jumps to them.
    let mut starts: std::collections::BTreeMap<usize, String> = std::collections::BTreeMap::new();
    for entry in &entries {
        if entry.target.name == "ERROR" {
            starts.insert(entry.next, words::name(entry.target.data));
        }
    }
    let mut table = Table::default();
    let mut chain = None;
    for entry in &entries {
        if let Some((.., name)) = builtin.iter().find(|(first, ..)| *first == entry.at) {
            chain = Some((*name).to_owned());
        }
        if entry.target.name == "ERROR" {
            // The last one ends the table.
            chain = starts
                .get(&entry.next)
                .filter(|_| entry.next < blob.len())
                .cloned();
            if let Some(chain) = &chain {
                table.chains.push((chain.clone(), None));
            }
            continue;
        }
        let name = chain.clone()?;
        if builtin.iter().any(|(_, last, _)| *last == entry.at) {
            let policy = match verdict(&entry.target)? {
                -2 => "ACCEPT",
                _ => "DROP",
            };
            table.chains.push((name, Some(policy)));
            chain = None;
            continue;
        }
        table.rules.push((name, rule(entry, &starts)?));
    }
    // The end of each of the operator's chains returns: it is no rule of anybody.
    for (chain, policy) in &table.chains {
        if policy.is_none()
            && let Some(last) = table.rules.iter().rposition(|(of, _)| of == chain)
            && table
                .rules
                .get(last)
                .is_some_and(|(_, rule)| rule == " -j RETURN")
        {
            table.rules.remove(last);
        }
    }
    Some(table)
}

fn entries(blob: &[u8]) -> Option<Vec<Entry<'_>>> {
    let (mut all, mut at) = (Vec::new(), 0);
    while at < blob.len() {
        let rest = blob.get(at..)?;
        let (target, length) = (
            usize::from(u16_at(rest, 88)?),
            usize::from(u16_at(rest, 90)?),
        );
        if target < ENTRY || length <= target {
            return None;
        }
        let bytes = rest.get(..length)?;
        all.push(Entry {
            at,
            next: at + length,
            target: extension(bytes.get(target..)?)?,
            bytes: bytes.get(..target)?,
        });
        at += length;
    }
    Some(all)
}

fn extension(bytes: &[u8]) -> Option<Extension<'_>> {
    let size = usize::from(u16_at(bytes, 0)?);
    Some(Extension {
        name: super::netlink::text(bytes.get(2..31)?),
        revision: *bytes.get(31)?,
        size,
        data: bytes.get(EXTENSION..size)?,
    })
}

fn verdict(target: &Extension<'_>) -> Option<i32> {
    let bytes = target.data.get(..4)?.try_into().ok()?;
    target.name.is_empty().then(|| i32::from_ne_bytes(bytes))
}

/// A rule behind its chain's name.
fn rule(entry: &Entry<'_>, starts: &std::collections::BTreeMap<usize, String>) -> Option<String> {
    let ip = entry.bytes;
    let (flags, inverted) = (*ip.get(82)?, *ip.get(83)?);
    let mut text = String::new();
    for (at, bit, name) in [(0, 8, "-s"), (4, 16, "-d")] {
        let address: [u8; 4] = ip.get(at..at + 4)?.try_into().ok()?;
        let mask: [u8; 4] = ip.get(at + 8..at + 12)?.try_into().ok()?;
        if mask != [0; 4] || inverted & bit != 0 {
            text += &option(inverted & bit != 0, name, &words::range(address, mask));
        }
    }
    for (at, bit, name) in [(16, 1, "-i"), (32, 2, "-o")] {
        let mask = ip.get(at + 32..at + 48)?;
        let length = mask.iter().take_while(|byte| **byte != 0).count();
        let bytes = ip.get(at..at + length)?;
        if length > 0 || inverted & bit != 0 {
            text += &option(inverted & bit != 0, name, &interface(bytes));
        }
    }
    let number = u16_at(ip, 80)?;
    if number != 0 || inverted & 64 != 0 {
        text += &option(inverted & 64 != 0, "-p", &words::protocol(number));
    }
    if flags & 1 != 0 {
        text += if inverted & 32 != 0 { " ! -f" } else { " -f" };
    }
    let mut at = ENTRY;
    while at < ip.len() {
        let matching = extension(ip.get(at..)?)?;
        if matching.size < EXTENSION {
            return None;
        }
        text += &words::matching(&matching.name, matching.revision, matching.data);
        at += matching.size;
    }
    let target = &entry.target;
    if !target.name.is_empty() {
        return Some(text + &words::target(&target.name, target.revision, target.data));
    }
    Some(
        text + &match verdict(target)? {
            -1 => " -j DROP".to_owned(),
            -2 => " -j ACCEPT".to_owned(),
            -5 => " -j RETURN".to_owned(),
            to => match usize::try_from(to) {
                // A jump to the next entry is a rule that only counts.
                Ok(to) if to == entry.next => String::new(),
                Ok(to) => {
                    let verb = if flags & 2 != 0 { "-g" } else { "-j" };
                    format!(" {verb} {}", words::word(starts.get(&to)?))
                }
                Err(_) => format!(" -j QUEUE {}", words::UNDECODED),
            },
        },
    )
}

/// The name of an interface of which these bytes are compared: a name that does
/// not end in them is the start of one.
pub(super) fn interface(bytes: &[u8]) -> String {
    let end = if bytes.contains(&0) { "" } else { "+" };
    words::word(&format!("{}{end}", super::netlink::text(bytes)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_table_makes_the_reader_panic(info in prop::collection::vec(any::<u8>(), 84), blob in prop::collection::vec(any::<u8>(), 0..500)) {
            let _ = table(&info, &blob);
        }

        #[test]
        fn no_match_and_no_target_makes_the_reader_panic(name in "tcp|udp|multiport|state|conntrack|comment|limit|icmp|mac|iprange|REJECT|LOG|x", revision in 0u8..4, data in prop::collection::vec(any::<u8>(), 0..200)) {
            let text = words::matching(&name, revision, &data) + &words::target(&name, revision, &data);
            prop_assert!(!text.contains('\n'));
        }
    }
}
