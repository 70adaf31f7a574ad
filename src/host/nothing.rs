//! The host that nobody can look at: whatever is asked of it is not known.

use std::io;
use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};

use super::{
    Command, CommandError, Disk, Host, Lock, Machine, Meta, Output, Ping, Space, Uname, netlink,
    nftables,
};

/// Answers every question with an error that gives this reason. It stands for a
/// host of which only written-down facts are there.
#[derive(Debug, Clone, Copy)]
pub struct Nothing(pub &'static str);

impl Nothing {
    fn unknown<T>(self) -> io::Result<T> {
        Err(io::Error::new(io::ErrorKind::Unsupported, self.0))
    }
}

impl Host for Nothing {
    fn read(&self, _: &str) -> io::Result<Vec<u8>> {
        self.unknown()
    }
    fn list(&self, _: &str) -> io::Result<Vec<String>> {
        self.unknown()
    }
    fn meta(&self, _: &str) -> io::Result<Meta> {
        self.unknown()
    }
    fn read_link(&self, _: &str) -> io::Result<String> {
        self.unknown()
    }
    fn space(&self, _: &str) -> io::Result<Space> {
        self.unknown()
    }
    fn uname(&self) -> io::Result<Uname> {
        self.unknown()
    }
    fn machine(&self) -> io::Result<Machine> {
        self.unknown()
    }
    fn disks(&self) -> io::Result<Vec<Disk>> {
        self.unknown()
    }
    fn interfaces(&self) -> io::Result<Vec<pnet_datalink::NetworkInterface>> {
        self.unknown()
    }
    fn links(&self) -> io::Result<Vec<netlink::Link>> {
        self.unknown()
    }
    fn addresses(&self) -> io::Result<Vec<netlink::Address>> {
        self.unknown()
    }
    fn routes(&self) -> io::Result<Vec<netlink::Route>> {
        self.unknown()
    }
    fn nft_chains(&self) -> io::Result<Vec<nftables::NftChain>> {
        self.unknown()
    }
    fn unix_exchange(&self, _: &str, _: &[u8], _: Duration) -> io::Result<Vec<u8>> {
        self.unknown()
    }
    fn ping(&self, _: Ipv4Addr, _: u16, _: Duration) -> io::Result<Ping> {
        self.unknown()
    }
    fn cwd(&self) -> io::Result<String> {
        self.unknown()
    }
    fn env(&self, _: &str) -> Option<String> {
        None
    }
    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    fn euid(&self) -> u32 {
        u32::MAX
    }
    fn clock_synchronised(&self) -> io::Result<bool> {
        self.unknown()
    }
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
    fn sleep(&self, _: Duration) {}
    fn program(&self, _: &str) -> Option<String> {
        None
    }
    fn find_program(&self, _: &str) -> io::Result<Option<String>> {
        self.unknown()
    }
    fn run(&self, command: &Command) -> Result<Output, CommandError> {
        Err(CommandError::Start {
            command: command.to_string(),
            source: io::Error::new(io::ErrorKind::Unsupported, self.0),
        })
    }
    fn random(&self, _: usize) -> io::Result<Vec<u8>> {
        self.unknown()
    }
    fn write_atomic(&self, _: &str, _: &[u8], _: u32) -> io::Result<()> {
        self.unknown()
    }
    fn append_synced(&self, _: &str, _: &[u8]) -> io::Result<()> {
        self.unknown()
    }
    fn lock(&self, _: &str, _: &str) -> io::Result<Option<Lock>> {
        self.unknown()
    }
    fn chown(&self, _: &str, _: u32, _: u32) -> io::Result<()> {
        self.unknown()
    }
    fn make_dir(&self, _: &str, _: u32) -> io::Result<()> {
        self.unknown()
    }
    fn symlink(&self, _: &str, _: &str) -> io::Result<()> {
        self.unknown()
    }
    fn remove_file(&self, _: &str) -> io::Result<()> {
        self.unknown()
    }
    fn remove_dir(&self, _: &str) -> io::Result<()> {
        self.unknown()
    }
}
