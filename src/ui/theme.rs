//! Colours and glyphs. Nothing is told by colour alone: a state is always a
//! word, and the focus always has a mark of its own.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

use super::ladder::{Colours, Glyphs};

/// Box corners and edges in ASCII.
const ASCII: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// What a piece of text is, as far as its look depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Look {
    /// Ordinary text.
    #[default]
    Plain,
    /// A title or heading.
    Title,
    /// Less important: rules, sources, hints.
    Faint,
    /// Good: PASS, DONE, RECOMMENDED.
    Good,
    /// To be kept in mind: WARN, UNKNOWN.
    Warn,
    /// Bad: FAIL, errors.
    Bad,
    /// What has the focus.
    Focus,
}

/// The look of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Colours.
    pub colours: Colours,
    /// Glyphs.
    pub glyphs: Glyphs,
}

impl Theme {
    /// The plainest one.
    pub const BASIC: Self = Self {
        colours: Colours::Mono,
        glyphs: Glyphs::Ascii,
    };

    /// The style of a look.
    pub fn style(self, look: Look) -> Style {
        let plain = Style::new();
        // Bold goes with the colours: on eight-colour terminals it is what
        // makes them readable on black.
        let colour = |colour| match self.colours {
            Colours::Mono => plain.add_modifier(Modifier::BOLD),
            Colours::Eight => plain.fg(colour).add_modifier(Modifier::BOLD),
            Colours::Sixteen => plain.fg(colour),
        };
        match look {
            Look::Plain => plain,
            Look::Title => plain.add_modifier(Modifier::BOLD),
            Look::Focus => plain.add_modifier(Modifier::REVERSED),
            // Not the dark grey of the sixteen: palettes such as Solarized make it
            // the colour of the background.
            Look::Faint => match self.colours {
                Colours::Mono | Colours::Eight => plain,
                Colours::Sixteen => plain.add_modifier(Modifier::DIM),
            },
            Look::Good => colour(Color::Green),
            Look::Warn => colour(Color::Yellow),
            Look::Bad => colour(Color::Red),
        }
    }

    /// Corners and edges of boxes.
    pub fn border(self) -> border::Set<'static> {
        match self.glyphs {
            Glyphs::Ascii => ASCII,
            Glyphs::Unicode => border::PLAIN,
        }
    }

    /// The character of horizontal rules.
    pub fn rule(self) -> &'static str {
        match self.glyphs {
            Glyphs::Ascii => "-",
            Glyphs::Unicode => "\u{2500}",
        }
    }

    /// What shows that work goes on, by count.
    pub fn spinner(self, count: u64) -> &'static str {
        const SIGNS: [&str; 4] = ["|", "/", "-", "\\"];
        let index = usize::try_from(count % 4).unwrap_or(0);
        SIGNS.get(index).copied().unwrap_or("|")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colours_the_focus_and_the_states_still_stand_out() {
        let theme = Theme::BASIC;
        for look in [Look::Good, Look::Warn, Look::Bad, Look::Focus] {
            let style = theme.style(look);
            assert_eq!((style.fg, style.bg), (None, None));
            assert_ne!(style, Style::new());
        }
    }

    #[test]
    fn colours_are_those_that_every_palette_keeps_readable() {
        for colours in [Colours::Eight, Colours::Sixteen] {
            let theme = Theme {
                colours,
                glyphs: Glyphs::Ascii,
            };
            let plain = [Color::Green, Color::Yellow, Color::Red];
            for look in [
                Look::Plain,
                Look::Faint,
                Look::Good,
                Look::Warn,
                Look::Bad,
                Look::Title,
                Look::Focus,
            ] {
                let Style { fg, bg, .. } = theme.style(look);
                assert!(fg.is_none_or(|colour| plain.contains(&colour)), "{look:?}");
                assert_eq!(bg, None, "{look:?}");
            }
        }
    }
}
