//! Which front end is used, with which colours and glyphs: chosen once, from
//! plain values, with the reason.

use std::str::FromStr;

/// Columns below which the wizard does not draw its pages.
pub const LEAST_COLUMNS: u16 = 60;
/// Rows below which the wizard does not draw its pages.
pub const LEAST_ROWS: u16 = 16;

/// A front end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrontEnd {
    /// The full-screen wizard.
    Tui,
    /// Prompts that stay in the scrollback.
    Plain,
    /// One question a line, no cursor movement.
    Line,
    /// Nobody is asked.
    None,
}

impl FrontEnd {
    /// Its name in `--ui` and in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tui => "tui",
            Self::Plain => "plain",
            Self::Line => "line",
            Self::None => "none",
        }
    }
}

/// What `--ui` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wanted {
    /// The one that fits.
    #[default]
    Auto,
    /// This one.
    Only(FrontEnd),
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "auto" => Self::Auto,
            "tui" => Self::Only(FrontEnd::Tui),
            "plain" => Self::Only(FrontEnd::Plain),
            "line" => Self::Only(FrontEnd::Line),
            "none" => Self::Only(FrontEnd::None),
            _ => return Err("wanted auto, tui, plain, line or none".into()),
        })
    }
}

/// What `--color` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorWanted {
    /// What the terminal and NO_COLOR say.
    #[default]
    Auto,
    /// Colours, whatever NO_COLOR says.
    Always,
    /// None.
    Never,
}

impl FromStr for ColorWanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "auto" => Self::Auto,
            "always" => Self::Always,
            "never" => Self::Never,
            _ => return Err("wanted auto, always or never".into()),
        })
    }
}

/// Everything that the choice depends on.
#[derive(Debug, Clone, Default)]
pub struct Circumstances {
    /// `--ui` or GROUNDCREW_UI, the flag first.
    pub wanted: Wanted,
    /// `--color`.
    pub color: ColorWanted,
    /// `--ascii`.
    pub ascii: bool,
    /// What asked for it, where that was not `--ui`.
    pub wanted_by: Option<String>,
    /// Every answer is there.
    pub complete: bool,
    /// `--no-input`.
    pub no_input: bool,
    /// Standard input is a terminal.
    pub stdin_tty: bool,
    /// Standard output is a terminal.
    pub stdout_tty: bool,
    /// Name of the terminal device, such as `/dev/ttyS0`.
    pub tty: Option<String>,
    /// TERM.
    pub term: Option<String>,
    /// ACCESSIBLE.
    pub accessible: Option<String>,
    /// NO_COLOR.
    pub no_color: Option<String>,
    /// LC_ALL.
    pub lc_all: Option<String>,
    /// LC_CTYPE.
    pub lc_ctype: Option<String>,
    /// LANG.
    pub lang: Option<String>,
}

impl Circumstances {
    /// Those of this process. `env` reads an environment variable.
    pub fn of_process(env: &dyn Fn(&str) -> Option<String>) -> Self {
        use std::io::IsTerminal;
        let stdin = std::io::stdin();
        let stdin_tty = stdin.is_terminal();
        let stdout_tty = std::io::stdout().is_terminal();
        let tty = stdin_tty
            .then(|| nix::unistd::ttyname(&stdin).ok())
            .flatten();
        Self {
            stdin_tty,
            stdout_tty,
            tty: tty.map(|path| path.to_string_lossy().into_owned()),
            term: env("TERM"),
            accessible: env("ACCESSIBLE"),
            no_color: env("NO_COLOR"),
            lc_all: env("LC_ALL"),
            lc_ctype: env("LC_CTYPE"),
            lang: env("LANG"),
            ..Self::default()
        }
    }
}

/// Columns and rows from the terminal itself. crossterm's own call runs `tput`
/// where the terminal says 0x0; this one does not.
pub fn window_size() -> Option<(u16, u16)> {
    let size = crossterm::terminal::window_size().ok()?;
    Some((size.columns, size.rows))
}

/// How many colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// None; what is marked is shown in reverse or bold.
    Mono,
    /// The eight of ANSI.
    Eight,
    /// The sixteen named ones.
    Sixteen,
}

/// Which characters frames and marks are drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    /// ASCII alone.
    Ascii,
    /// Box characters.
    Unicode,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The front end.
    pub front_end: FrontEnd,
    /// Why this one: a few words.
    pub reason: String,
    /// Colours.
    pub colours: Colours,
    /// Glyphs.
    pub glyphs: Glyphs,
    /// The terminal has an alternate screen, so that what stood there comes back.
    pub alternate: bool,
}

impl Chosen {
    /// The line that is printed first: which front end, and why.
    pub fn first_line(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let (mode, reason) = (self.front_end.word(), &self.reason);
        format!("groundcrew {version}: {mode} mode ({reason}).")
    }
}

/// Chooses.
///
/// # Errors
/// When `--ui` asks for a front end that cannot work here: what is missing and
/// what to use instead.
pub fn choose(here: &Circumstances) -> Result<Chosen, String> {
    let (front_end, reason) = front_end(here)?;
    Ok(Chosen {
        front_end,
        reason,
        colours: colours(here),
        glyphs: glyphs(here),
        alternate: is_emulator(here.term.as_deref().unwrap_or_default()),
    })
}

fn front_end(here: &Circumstances) -> Result<(FrontEnd, String), String> {
    let term = here.term.as_deref().unwrap_or_default();
    let dumb = matches!(term, "" | "dumb" | "unknown") || term.starts_with("emacs");
    let term_text = if term.is_empty() {
        "TERM is not set".to_owned()
    } else {
        format!("TERM={term}")
    };
    if let Wanted::Only(one) = here.wanted {
        let missing = match one {
            FrontEnd::Tui | FrontEnd::Plain if !here.stdin_tty => "standard input is no terminal",
            FrontEnd::Tui | FrontEnd::Plain if !here.stdout_tty => "standard output is no terminal",
            FrontEnd::Tui | FrontEnd::Plain if dumb => "this terminal cannot move its cursor",
            _ => {
                let flag = || format!("--ui {}", one.word());
                let by = here.wanted_by.clone().unwrap_or_else(flag);
                return Ok((one, format!("asked for with {by}")));
            }
        };
        let word = one.word();
        return Err(format!(
            "--ui {word} does not work here: {missing}; use --ui line or --ui none"
        ));
    }
    Ok(if here.no_input {
        (FrontEnd::None, "asked for with --no-input".into())
    } else if here.complete {
        (FrontEnd::None, "nothing is left to ask".into())
    } else if !here.stdin_tty {
        (FrontEnd::None, "standard input is no terminal".into())
    } else if !here.stdout_tty {
        (FrontEnd::Line, "standard output is no terminal".into())
    } else if dumb {
        (FrontEnd::Line, term_text)
    } else if said(&here.accessible).is_some() {
        (FrontEnd::Line, "ACCESSIBLE is set".into())
    } else {
        (FrontEnd::Tui, term_text)
    })
}

fn said(variable: &Option<String>) -> Option<&str> {
    variable.as_deref().filter(|text| !text.is_empty())
}

/// Terminal emulators: they have sixteen colours and an alternate screen
/// (terminfo's `smcup`). What is not among them gets the sequences of ECMA-48,
/// which all have. The Linux console has no alternate screen, nor have the VT
/// series, `ansi`, `cons25` and `sun`.
fn is_emulator(term: &str) -> bool {
    const EMULATORS: [&str; 14] = [
        "xterm",
        "screen",
        "tmux",
        "rxvt",
        "alacritty",
        "kitty",
        "foot",
        "wezterm",
        "ghostty",
        "konsole",
        "putty",
        "vte",
        "gnome",
        "st-",
    ];
    EMULATORS.iter().any(|known| term.starts_with(known))
}

fn colours(here: &Circumstances) -> Colours {
    let term = here.term.as_deref().unwrap_or_default();
    let plain = term.starts_with("vt") || term.is_empty() || term == "dumb" || serial(here);
    match here.color {
        ColorWanted::Never => return Colours::Mono,
        ColorWanted::Always => {}
        ColorWanted::Auto if said(&here.no_color).is_some() || plain => return Colours::Mono,
        ColorWanted::Auto => {}
    }
    if is_emulator(term) || term.contains("256color") {
        Colours::Sixteen
    } else {
        Colours::Eight
    }
}

fn glyphs(here: &Circumstances) -> Glyphs {
    let term = here.term.as_deref().unwrap_or_default();
    // The first that is set decides (POSIX XBD 8.2).
    let locale = said(&here.lc_all)
        .or(said(&here.lc_ctype))
        .or(said(&here.lang))
        .unwrap_or_default()
        .to_ascii_lowercase();
    let utf8 = locale.contains("utf-8") || locale.contains("utf8");
    let cannot = term == "linux" || term.starts_with("vt") || serial(here);
    if here.ascii || !utf8 || cannot {
        Glyphs::Ascii
    } else {
        Glyphs::Unicode
    }
}

/// Whether this is a serial line: /dev/ttyS0, /dev/ttyAMA0, /dev/ttyUSB0,
/// /dev/hvc0.
fn serial(here: &Circumstances) -> bool {
    let tty = here.tty.as_deref().unwrap_or_default();
    ["/dev/ttyS", "/dev/ttyAMA", "/dev/ttyUSB", "/dev/hvc"]
        .iter()
        .any(|start| tty.starts_with(start))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
