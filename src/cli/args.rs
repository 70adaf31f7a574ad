//! The command line: subcommands, flags and their environment variables.

mod commands;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use commands::*;

use super::fleet::args::FleetCommand;
use crate::error::EXIT_CODES;

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
         Every flag above but --set and --waive can be set as GROUNDCREW_FLAG in the\n\
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
