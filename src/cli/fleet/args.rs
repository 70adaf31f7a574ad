//! Flags of `fleet`.

use clap::{Args, Subcommand};

/// What to do with many hosts.
#[derive(Debug, Subcommand)]
pub enum FleetCommand {
    /// Run preflight on every host, and gather the reports
    Inspect(FleetInspect),
}

/// Arguments of `fleet inspect`.
#[derive(Debug, Clone, Args)]
pub struct FleetInspect {
    /// Inventory, as ansible-playbook takes it (repeatable)
    #[arg(short, long, value_name = "FILE", required = true)]
    pub inventory: Vec<String>,
    /// Ask these alone (Ansible's pattern); the others keep their reports
    #[arg(long, value_name = "PATTERN")]
    pub limit: Option<String>,
    /// Folder for the reports
    #[arg(short, long, value_name = "DIR", default_value = "./groundcrew-fleet")]
    pub dir: String,
    /// How many hosts are asked at once; 8 behind a jump host
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    pub forks: u16,
    /// Folder with groundcrew-ARCH for other machines [default: this program]
    #[arg(long, value_name = "DIR")]
    pub binaries: Option<String>,
    /// Also look names up and try the hosts that are downloaded from
    #[arg(long)]
    pub online: bool,
    /// Also measure how fast the disks keep what etcd writes
    #[arg(long)]
    pub deep: bool,
    /// End with 0 also where hosts gave no report
    #[arg(long)]
    pub allow_missing: bool,
    /// Arguments of ansible-playbook, such as --become --ask-become-pass
    #[arg(last = true, value_name = "ANSIBLE")]
    pub ansible: Vec<String>,
}
