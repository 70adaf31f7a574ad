//! The command line: subcommands, flags and their environment variables.

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::fleet::args::FleetCommand;
use crate::error::EXIT_CODES;
use crate::report::Format;

/// What the program was called with.
#[derive(Debug, Parser)]
#[command(
    name = "groundcrew",
    version,
    about = "Inspects this host, recommends a scheduler and private network, sets them up",
    after_help = after_help(),
    disable_help_subcommand = true,
    max_term_width = 80,
    propagate_version = false
)]
pub struct Cli {
    /// What to do; the wizard where nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: Global,
}

fn after_help() -> String {
    let mut text = String::from(
        "Without a command: the wizard, or an unattended run with --answers FILE.\n\
         Every flag but --set and --waive can be set as GROUNDCREW_FLAG in the\n\
         environment, and every answer, as GROUNDCREW_OVERLAY_KIND=wireguard.\n\nExit codes:\n",
    );
    for (exit, meaning) in EXIT_CODES {
        text.push_str(&format!("  {:<4} {meaning}\n", *exit as u8));
    }
    text
}

/// Flags that every command takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Answers file, or - for standard input
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        env = "GROUNDCREW_ANSWERS",
        hide_env_values = true
    )]
    pub answers: Option<String>,
    /// One answer, such as overlay.kind=wireguard (repeatable)
    #[arg(long, value_name = "KEY=VALUE", global = true)]
    pub set: Vec<String>,
    /// Answer the final "Apply?" with yes
    #[arg(short, long, global = true, env = "GROUNDCREW_YES", hide_env_values = true, value_parser = BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub yes: bool,
    /// Never ask: a missing answer is an error
    #[arg(long, global = true, env = "GROUNDCREW_NO_INPUT", hide_env_values = true, value_parser = BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub no_input: bool,
    /// Show what would be done, and change nothing
    #[arg(long, global = true, env = "GROUNDCREW_DRY_RUN", hide_env_values = true, value_parser = BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub dry_run: bool,
    /// How questions are asked [default: auto]
    #[arg(
        long,
        value_enum,
        value_name = "KIND",
        global = true,
        env = "GROUNDCREW_UI",
        hide_env_values = true
    )]
    pub ui: Option<Ui>,
    /// Interface for private addresses: name, address, MAC or CIDR
    #[arg(
        long,
        value_name = "NAME",
        global = true,
        env = "GROUNDCREW_NETWORK_INTERFACE",
        hide_env_values = true
    )]
    pub network_interface: Option<String>,
    /// The hosts have no internet: nothing is downloaded
    #[arg(long, global = true, env = "GROUNDCREW_AIRGAP", hide_env_values = true, value_parser = BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub airgap: bool,
    /// Folder with packages and programs, as `bundle create` makes it
    #[arg(
        long,
        value_name = "DIR",
        global = true,
        env = "GROUNDCREW_BUNDLE",
        hide_env_values = true
    )]
    pub bundle: Option<String>,
    /// Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)
    #[arg(long, value_name = "ID=REASON", global = true)]
    pub waive: Vec<String>,
    /// Accept the findings that have this checksum, as `preflight` prints it
    #[arg(
        long,
        value_name = "SHA256",
        global = true,
        env = "GROUNDCREW_ACCEPT_FINDINGS",
        hide_env_values = true
    )]
    pub accept_findings: Option<String>,
    /// Take warnings and unknowns for failures
    #[arg(long, global = true, env = "GROUNDCREW_STRICT", hide_env_values = true, value_parser = BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub strict: bool,
    /// End with 0 where there are only warnings and unknowns
    #[arg(long, global = true, env = "GROUNDCREW_WARN_OK", hide_env_values = true, value_parser = BoolishValueParser::new(), action = clap::ArgAction::SetTrue, conflicts_with = "strict")]
    pub warn_ok: bool,
    /// Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        env = "GROUNDCREW_REPORT",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub report: Vec<String>,
    /// Judge the host that this file describes, not this one
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        env = "GROUNDCREW_FACTS",
        hide_env_values = true
    )]
    pub facts: Option<String>,
    /// Judge the host in this tree: captured, or an unpacked sosreport
    #[arg(
        long,
        value_name = "DIR",
        global = true,
        env = "GROUNDCREW_ROOT",
        hide_env_values = true,
        conflicts_with = "facts"
    )]
    pub root: Option<String>,
    /// Where the journals are [default: /var/lib/groundcrew]
    #[arg(
        long,
        value_name = "DIR",
        global = true,
        env = "GROUNDCREW_STATE_DIR",
        hide_env_values = true
    )]
    pub state_dir: Option<String>,
    /// Log file [default: /var/log/groundcrew/TIME.log]
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        env = "GROUNDCREW_LOG",
        hide_env_values = true
    )]
    pub log: Option<String>,
    /// When colours are used [default: auto]
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        global = true,
        env = "GROUNDCREW_COLOR",
        hide_env_values = true
    )]
    pub color: Option<Color>,
    /// ASCII only: no line-drawing characters
    #[arg(long, global = true, env = "GROUNDCREW_ASCII", hide_env_values = true, value_parser = BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub ascii: bool,
    /// What happens during a run, on standard error; json: an object a line
    #[arg(
        long,
        value_enum,
        value_name = "FORM",
        global = true,
        env = "GROUNDCREW_PROGRESS",
        hide_env_values = true
    )]
    pub progress: Option<Progress>,
    /// Say less
    #[arg(short, long, global = true, env = "GROUNDCREW_QUIET", hide_env_values = true, value_parser = BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub quiet: bool,
    /// Accept secrets that are written literally in the answers
    #[arg(long, global = true, env = "GROUNDCREW_ALLOW_INLINE_SECRETS", hide_env_values = true, value_parser = BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub allow_inline_secrets: bool,
}

/// The front ends that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Ui {
    /// Whatever fits the terminal.
    Auto,
    /// Full screen.
    Tui,
    /// Prompts.
    Plain,
    /// Numbered choices, a line each.
    Line,
    /// Nobody is asked.
    None,
}

/// How a run that asks nobody tells what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Progress {
    /// A line a step; the default, unless --quiet is given.
    Text,
    /// A JSON object a line, and nothing else on standard error.
    Json,
    /// Nothing.
    None,
}

impl Global {
    /// How a run is told.
    pub fn progress(&self) -> Progress {
        match self.progress {
            Some(progress) => progress,
            None if self.quiet => Progress::None,
            None => Progress::Text,
        }
    }
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal that has them.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The formats of what is no report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Data {
    /// For people, 80 columns.
    #[default]
    Human,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// The formats of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people, with the diffs of files.
    #[default]
    Text,
    /// JSON, which `apply` takes.
    Json,
    /// A shell script, for reading.
    Sh,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The whole job: inspect, ask, plan, confirm, apply, verify, report
    Run(RunArgs),
    /// Facts, findings and recommendation; changes nothing
    #[command(visible_alias = "check")]
    Preflight(PreflightArgs),
    /// The decision with its reasons and what would change it
    Recommend(DataArgs),
    /// The interfaces, ranked with verdicts
    Interfaces(InterfacesArgs),
    /// What would be done, step by step; changes nothing
    Plan(PlanArgs),
    /// Carry out a saved plan, or one that is made now
    Apply(ApplyArgs),
    /// The runs of this host and where they stand
    Status(DataArgs),
    /// Go on with the run that stopped
    Resume,
    /// Keep the run that would be undone by itself (apply.confirm-within)
    Confirm,
    /// The process that undoes a run unless it is confirmed
    #[command(hide = true)]
    Guard {
        /// Folder of the run
        dir: String,
    },
    /// Take back every run that is not undone yet
    Rollback(RollbackArgs),
    /// Join files: what the nodes need of each other
    Join {
        /// What to do with them.
        #[command(subcommand)]
        command: JoinCommand,
    },
    /// Whether what the last run set up still works
    Verify(VerifyArgs),
    /// The last run's report in other formats
    Report(ReportArgs),
    /// What was found on this host, with its sources
    Facts(FactsArgs),
    /// Whether two hosts reach each other on every port that they need
    Probe {
        /// Which side.
        #[command(subcommand)]
        command: ProbeCommand,
    },
    /// A vendor's replicated.yml held against this host and its interface
    Lint(LintArgs),
    /// An archive for support: what is read here, without secrets
    Capture(CaptureArgs),
    /// Many hosts: their reports, one decision, one plan
    Fleet {
        /// What to do with them.
        #[command(subcommand)]
        command: FleetCommand,
    },
    /// Packages and programs for sites without internet
    Bundle {
        /// What to do with them.
        #[command(subcommand)]
        command: BundleCommand,
    },
    /// The checks and rules: what they look at, and where they are from
    Checks {
        /// What to show.
        #[command(subcommand)]
        command: ChecksCommand,
    },
    /// Answers files: make, check and explain them
    Answers {
        /// What to do.
        #[command(subcommand)]
        command: AnswersCommand,
    },
    /// Man page and completions, for packaging
    #[command(hide = true)]
    Gen {
        /// What to make.
        #[command(subcommand)]
        command: GenCommand,
    },
}

/// Arguments of `run`.
#[derive(Debug, Clone, Default, Args)]
pub struct RunArgs {
    /// Format of what is printed at the end
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
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

/// Arguments of `verify`.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// Format
    #[arg(long, value_enum, default_value = "human")]
    pub format: Data,
    /// Try this peer alone, by its name (repeatable) [default: all]
    #[arg(long, value_name = "NAME")]
    pub peer: Vec<String>,
    /// Measure loss, round trip and path MTU with so many echo requests
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=1000))]
    pub echoes: u16,
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

/// The environment variables of the flags, those of single commands too.
pub fn environment() -> std::collections::BTreeSet<String> {
    use clap::CommandFactory;
    fn of(command: &clap::Command, names: &mut std::collections::BTreeSet<String>) {
        let own = command
            .get_arguments()
            .filter_map(|argument| argument.get_env());
        names.extend(own.map(|name| name.to_string_lossy().into_owned()));
        for sub in command.get_subcommands() {
            of(sub, names);
        }
    }
    let mut names = std::collections::BTreeSet::new();
    of(&Cli::command(), &mut names);
    names
}
