//! The command line of `fleet`.

use clap::{Args, Subcommand, ValueEnum};

use crate::fleet::FOLDER;

/// What to do with a fleet.
#[derive(Debug, Subcommand)]
pub enum FleetCommand {
    /// Run preflight on every host, and gather the reports
    Inspect(FleetInspect),
    /// Take reports and join files of hosts into the fleet's folder
    Import(FleetImport),
    /// All hosts together: what is possible, and which hosts hinder it
    Report(FleetReport),
    /// What the hosts become: addresses, roles, answers, order
    Plan(FleetPlanArgs),
    /// Set the hosts up as planned, wave by wave
    Apply(FleetApply),
    /// Whether the hosts reach each other as planned
    Verify(FleetVerify),
    /// Take back what was done on the hosts
    Rollback(FleetRollback),
    /// For sites without ssh: what each host needs, to be carried there
    Export(FleetExport),
    /// The JSON Schema of the fleet's report
    Schema,
    /// A job of this host, on standard input
    #[command(hide = true)]
    Host,
}

/// Where the fleet's files are.
#[derive(Debug, Clone, Args)]
pub struct FleetDir {
    /// The fleet's folder
    #[arg(short, long, value_name = "DIR", default_value = FOLDER)]
    pub dir: String,
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
    /// The folder.
    #[command(flatten)]
    pub dir: FleetDir,
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

/// How the hosts of a plan are reached.
#[derive(Debug, Clone, Args)]
pub struct Reach {
    /// Inventory, as ansible-playbook takes it (repeatable)
    #[arg(short, long, value_name = "FILE", required = true)]
    pub inventory: Vec<String>,
    /// These alone (Ansible's pattern)
    #[arg(long, value_name = "PATTERN")]
    pub limit: Option<String>,
    /// How many hosts are reached at once; 8 behind a jump host
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    pub forks: u16,
    /// Folder with groundcrew-ARCH for other machines [default: this program]
    #[arg(long, value_name = "DIR")]
    pub binaries: Option<String>,
    /// Arguments of ansible-playbook, such as --become --ask-become-pass
    #[arg(last = true, value_name = "ANSIBLE")]
    pub ansible: Vec<String>,
}

impl Reach {
    /// How many hosts are reached at once: what is said to Ansible itself counts.
    pub fn at_once(&self) -> u16 {
        let mut at_once = self.forks;
        let mut words = self.ansible.iter();
        while let Some(word) = words.next() {
            let value = match word.as_str() {
                "--forks" | "-f" => words.next().map(String::as_str),
                word => word
                    .strip_prefix("--forks=")
                    .or_else(|| word.strip_prefix("-f").filter(|_| !word.starts_with("--"))),
            };
            at_once = value
                .and_then(|value| value.parse().ok())
                .unwrap_or(at_once);
        }
        at_once
    }
}

/// Arguments of `fleet apply`.
#[derive(Debug, Clone, Args)]
pub struct FleetApply {
    /// How.
    #[command(flatten)]
    pub reach: Reach,
    /// The folder.
    #[command(flatten)]
    pub dir: FleetDir,
    /// Go on where another controller's command was cut off
    #[arg(long)]
    pub take_over: bool,
}

/// Arguments of `fleet verify`.
#[derive(Debug, Clone, Args)]
pub struct FleetVerify {
    /// How.
    #[command(flatten)]
    pub reach: Reach,
    /// The folder.
    #[command(flatten)]
    pub dir: FleetDir,
    /// Measure loss, round trip and path MTU with so many echo requests
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub echoes: u16,
    /// Measure what the ways carry, SECONDS each way [default: 3]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "3", value_parser = clap::value_parser!(u16).range(1..=30))]
    pub throughput: Option<u16>,
}

/// Arguments of `fleet rollback`.
#[derive(Debug, Clone, Args)]
pub struct FleetRollback {
    /// How.
    #[command(flatten)]
    pub reach: Reach,
    /// The folder.
    #[command(flatten)]
    pub dir: FleetDir,
    /// Go on where another controller's command was cut off
    #[arg(long)]
    pub take_over: bool,
    /// As `groundcrew rollback --force` on each host
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `fleet import`.
#[derive(Debug, Clone, Args)]
pub struct FleetImport {
    /// Reports (`preflight --format json`), join files, or folders of them
    #[arg(required = true, value_name = "FILE|DIR")]
    pub files: Vec<String>,
    /// The folder.
    #[command(flatten)]
    pub dir: FleetDir,
}

/// The forms of a fleet's report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FleetFormat {
    /// For people, 80 columns
    #[default]
    Human,
    /// JSON
    Json,
    /// Markdown, for tickets
    Markdown,
    /// One HTML page
    Html,
}

/// Arguments of `fleet report`.
#[derive(Debug, Clone, Args)]
pub struct FleetReport {
    /// The folder.
    #[command(flatten)]
    pub dir: FleetDir,
    /// Format of what is printed
    #[arg(long, value_enum, default_value = "human")]
    pub format: FleetFormat,
    /// Accept that some hosts did not report
    #[arg(long)]
    pub allow_missing: bool,
    /// After how many hours a report is old
    #[arg(long, value_name = "HOURS", default_value = "24")]
    pub max_age: u64,
}

/// The forms of a fleet's plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FleetPlanFormat {
    /// What changes, for people
    #[default]
    Text,
    /// The plan as it is written to plan.json
    Json,
}

/// Arguments of `fleet plan`.
#[derive(Debug, Clone, Args)]
pub struct FleetPlanArgs {
    /// The folder.
    #[command(flatten)]
    pub dir: FleetDir,
    /// End with 10 where something changes
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Format of what is printed
    #[arg(long, value_enum, default_value = "text")]
    pub format: FleetPlanFormat,
}

/// Arguments of `fleet export`.
#[derive(Debug, Clone, Args)]
pub struct FleetExport {
    /// The folder.
    #[command(flatten)]
    pub dir: FleetDir,
    /// Folder to write to: a folder for each host
    #[arg(short, long, value_name = "OUT")]
    pub output: String,
    /// Write an archive HOST.tar.gz for each host instead
    #[arg(long)]
    pub tar: bool,
}
