//! The arguments of each command.

use clap::builder::BoolishValueParser;
use clap::{Args, Subcommand, ValueEnum};

use super::{Data, PlanFormat};
use crate::report::Format;

/// Arguments of `run`.
#[derive(Debug, Clone, Default, Args)]
pub struct RunArgs {
    /// Format of what is printed at the end
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
    /// Try these peers alone at the end, by their names with commas between: the
    /// others are not there yet
    #[arg(long, value_name = "NAMES", hide = true)]
    pub verify_peers: Option<String>,
    /// Do this part of the plan alone
    #[arg(long, value_enum, hide = true)]
    pub part: Option<RunPart>,
}

/// A part of a run, for who sets up many hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RunPart {
    /// The etcd of Flannel's nodes.
    Etcd,
}

/// Arguments of `preflight`.
#[derive(Debug, Clone, Args)]
pub struct PreflightArgs {
    /// Format of what is printed
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
    /// Look names up and try the hosts that are downloaded from (3 s)
    #[arg(long, env = "GROUNDCREW_ONLINE", hide_env_values = true, value_parser = BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub online: bool,
    /// Measure how fast the disk keeps what etcd writes (2 s of writing)
    #[arg(long, env = "GROUNDCREW_DEEP", hide_env_values = true, value_parser = BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub deep: bool,
}

/// Arguments of commands that show data.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// Format of what is printed
    #[arg(long, value_enum, default_value = "human")]
    pub format: Data,
}

/// The halves of what is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Half {
    /// The private network
    Overlay,
    /// The scheduler
    Scheduler,
}

/// Arguments of `verify`.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// Format
    #[arg(long, value_enum, default_value = "human")]
    pub format: Data,
    /// Try this peer alone, by its name (repeatable) [default: all]
    #[arg(long, value_name = "NAME")]
    pub peer: Vec<String>,
    /// Verify this half of what is set up alone
    #[arg(long, value_enum, hide = true)]
    pub only: Option<Half>,
    /// Measure loss, round trip and path MTU with so many echo requests
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=1000))]
    pub echoes: u16,
    /// Measure what the way to --peer carries; run it there too [default: 3]
    #[arg(long, value_name = "SECONDS", requires = "peer", num_args = 0..=1, default_missing_value = "3", value_parser = clap::value_parser!(u16).range(1..=30))]
    pub throughput: Option<u16>,
}

/// Arguments of `interfaces`.
#[derive(Debug, Clone, Args)]
pub struct InterfacesArgs {
    /// Format of what is printed
    #[arg(long, value_enum, default_value = "human")]
    pub format: Data,
    /// Print the name of the chosen one and nothing else
    #[arg(long)]
    pub pick: bool,
}

/// Arguments of `plan`.
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// Format of what is printed
    #[arg(long, value_enum, default_value = "text")]
    pub format: PlanFormat,
    /// Write the plan as JSON, for `apply`
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    /// End with 10 where there is something to do
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// Arguments of `apply`.
#[derive(Debug, Clone, Args)]
pub struct ApplyArgs {
    /// A plan that `plan -o` wrote; none: it is made anew
    #[arg(value_name = "PLAN")]
    pub plan: Option<String>,
}

/// Arguments of `rollback`.
#[derive(Debug, Clone, Args)]
pub struct RollbackArgs {
    /// Only the newest run
    #[arg(long)]
    pub last: bool,
    /// Undo also a cluster, and files that others changed (a copy is kept)
    #[arg(long)]
    pub force: bool,
}

/// What to do with join files.
#[derive(Debug, Subcommand)]
pub enum JoinCommand {
    /// Make this node's join file, and nothing else of the private network yet
    Make,
    /// Print this node's join file
    Show,
    /// Look for problems in the join files of the other nodes
    Check {
        /// The files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<String>,
    },
}

/// What to do with reports beside showing the last one.
#[derive(Debug, Clone, Subcommand)]
pub enum ReportCommand {
    /// What changed between two reports (JSON or YAML files)
    Diff {
        /// The older report
        old: String,
        /// The newer report
        new: String,
        /// Format of what is printed
        #[arg(long, value_enum, default_value = "human")]
        format: DiffFormat,
    },
    /// The JSON Schema of a report in JSON or YAML
    Schema,
}

/// Format of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people
    Human,
    /// JSON
    Json,
    /// YAML
    Yaml,
    /// Markdown, for tickets
    Markdown,
}

/// Arguments of `report`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ReportArgs {
    /// What to do
    #[command(subcommand)]
    pub command: Option<ReportCommand>,
    /// Format of what is printed
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
    /// Write it to a file; the extension picks the format (repeatable)
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<String>,
}

/// Arguments of `facts`.
#[derive(Debug, Clone, Args)]
pub struct FactsArgs {
    /// Format of what is printed
    #[arg(long, value_enum, default_value = "json")]
    pub format: Data,
    /// Write them to a file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    /// Replace names, addresses and ids; what overlaps or is equal stays so
    #[arg(long)]
    pub anonymize: bool,
    /// Key of the replacement, the same for all hosts [default: drawn anew]
    #[arg(long, value_name = "FILE", requires = "anonymize")]
    pub anonymize_key: Option<String>,
}

/// Port of the control connection where none is named: of no service that IANA
/// lists.
pub const CONTROL_PORT: u16 = 7475;

/// Which side of a probe.
#[derive(Debug, Subcommand)]
pub enum ProbeCommand {
    /// Wait for the other host, and answer it
    Listen(ProbeListen),
    /// Try every port both ways, the path MTU, clocks and identities
    Dial(ProbeDial),
}

/// Arguments of `probe listen`.
#[derive(Debug, Clone, Args)]
pub struct ProbeListen {
    /// Address to listen on; that of --network-interface, or all
    #[arg(long, value_name = "ADDRESS")]
    pub bind: Option<std::net::Ipv4Addr>,
    /// TCP port of the control connection
    #[arg(long, value_name = "PORT", default_value_t = CONTROL_PORT)]
    pub control_port: u16,
    /// Word that the other side has to know [default: drawn and printed]
    #[arg(
        long,
        value_name = "WORD",
        env = "GROUNDCREW_PROBE_TOKEN",
        hide_env_values = true
    )]
    pub token: Option<String>,
    /// End after the first probe
    #[arg(long)]
    pub once: bool,
    /// End after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub timeout: u64,
}

/// Arguments of `probe dial`.
#[derive(Debug, Clone, Args)]
pub struct ProbeDial {
    /// IPv4 address of the host that listens
    pub address: std::net::Ipv4Addr,
    /// Address to dial from [default: --network-interface's, or the kernel's]
    #[arg(long, value_name = "ADDRESS")]
    pub bind: Option<std::net::Ipv4Addr>,
    /// TCP port of the control connection
    #[arg(long, value_name = "PORT", default_value_t = CONTROL_PORT)]
    pub control_port: u16,
    /// The word that the listening side printed
    #[arg(
        long,
        value_name = "WORD",
        env = "GROUNDCREW_PROBE_TOKEN",
        hide_env_values = true
    )]
    pub token: String,
    /// Ports to try, such as tcp/2377,udp/4789 [default: those of the target]
    #[arg(long, value_name = "PORT", value_delimiter = ',')]
    pub ports: Vec<String>,
    /// Whose ports to try (repeatable) [default: those of the host's choice]
    #[arg(long, value_enum, value_name = "TARGET")]
    pub target: Vec<ProbeTarget>,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub timeout: u64,
    /// Format of what is printed
    #[arg(long, value_enum, default_value = "human")]
    pub format: Data,
}

/// Whose ports are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProbeTarget {
    /// Docker Swarm
    Swarm,
    /// Kubernetes
    Kubernetes,
    /// Replicated's native scheduler
    Native,
    /// WireGuard
    Wireguard,
    /// Flannel
    Flannel,
    /// ZeroTier
    Zerotier,
}

/// What to do with a bundle.
#[derive(Debug, Subcommand)]
pub enum BundleCommand {
    /// Gather packages and programs, on a machine that is connected
    Create(BundleCreate),
    /// Check that every file is what the manifest says
    Verify {
        /// The bundle's folder.
        dir: String,
    },
}

/// An overlay whose programs a bundle can bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BundleOverlay {
    /// wg and wg-quick
    Wireguard,
    /// etcd and flanneld
    Flannel,
    /// zerotier-one
    Zerotier,
}

/// Arguments of `bundle create`.
#[derive(Debug, Clone, Default, Args)]
pub struct BundleCreate {
    /// Folder to make
    pub dir: String,
    /// Package of this distribution, with what it needs here (repeatable)
    #[arg(long, value_name = "NAME")]
    pub package: Vec<String>,
    /// Package file or program to add (repeatable)
    #[arg(long, value_name = "FILE")]
    pub add: Vec<String>,
    /// Program, plain or in its release's .tar.gz (repeatable)
    #[arg(long, value_name = "NAME=PATH")]
    pub program: Vec<String>,
    /// Overlay to bring all programs for, as packages where not given
    #[arg(long, value_enum)]
    pub overlay: Option<BundleOverlay>,
}

/// Arguments of `lint`.
#[derive(Debug, Clone, Args)]
pub struct LintArgs {
    /// The vendor's file, or - for standard input
    pub file: String,
    /// Format of what is printed
    #[arg(long, value_enum, default_value = "human")]
    pub format: Data,
    /// Leave out what is only good to know
    #[arg(long)]
    pub no_notes: bool,
}

/// Arguments of `capture`.
#[derive(Debug, Clone, Args)]
pub struct CaptureArgs {
    /// File, or - for stdout [default: groundcrew-capture-HOST-TIME.tar.gz]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
}

/// What to show of the rules.
#[derive(Debug, Subcommand)]
pub enum ChecksCommand {
    /// All checks and rules, one a line
    List(DataArgs),
    /// One of them: what it reads, wants and found here, and its source
    Explain {
        /// Its id
        id: String,
    },
}

/// What to do with answers files.
#[derive(Debug, Subcommand)]
pub enum AnswersCommand {
    /// A commented file with every question and its default
    New {
        /// Write it to a file
        #[arg(short, long, value_name = "FILE")]
        output: Option<String>,
    },
    /// Check a file: all problems at once
    Check {
        /// The file, or - for standard input
        file: String,
    },
    /// One question: what it means, its values, its default
    Explain {
        /// Its key, such as overlay.kind
        key: String,
    },
    /// The JSON Schema, for editors
    Schema,
}

/// What to make for packaging.
#[derive(Debug, Subcommand)]
pub enum GenCommand {
    /// The man page
    Man,
    /// What stays on this host when the program is removed
    Leaving,
    /// The JSON Schema of a line of `--progress json`
    ProgressSchema,
    /// Completions for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}
