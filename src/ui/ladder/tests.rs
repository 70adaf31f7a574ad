use super::*;

fn terminal(term: &str) -> Circumstances {
    Circumstances {
        stdin_tty: true,
        stdout_tty: true,
        term: Some(term.into()),
        lang: Some("de_DE.UTF-8".into()),
        ..Circumstances::default()
    }
}

fn chosen(change: impl FnOnce(&mut Circumstances)) -> Chosen {
    let mut here = terminal("xterm-256color");
    change(&mut here);
    choose(&here).unwrap()
}

#[test]
fn the_front_end_is_the_best_that_works() {
    type Change = fn(&mut Circumstances);
    let table: [(Change, FrontEnd, &str); 16] = [
        (|_| {}, FrontEnd::Tui, "TERM=xterm-256color"),
        (
            |h| h.no_input = true,
            FrontEnd::None,
            "asked for with --no-input",
        ),
        (
            |h| {
                h.wanted = "line".parse().unwrap();
                h.wanted_by = Some("GROUNDCREW_UI=line".into());
            },
            FrontEnd::Line,
            "asked for with GROUNDCREW_UI=line",
        ),
        (
            |h| h.complete = true,
            FrontEnd::None,
            "nothing is left to ask",
        ),
        (
            |h| h.stdin_tty = false,
            FrontEnd::None,
            "standard input is no terminal",
        ),
        (
            |h| h.stdout_tty = false,
            FrontEnd::Line,
            "standard output is no terminal",
        ),
        (|h| h.term = None, FrontEnd::Line, "TERM is not set"),
        (
            |h| h.term = Some("dumb".into()),
            FrontEnd::Line,
            "TERM=dumb",
        ),
        (
            |h| h.term = Some("emacs-x".into()),
            FrontEnd::Line,
            "TERM=emacs-x",
        ),
        (
            |h| h.term = Some("unknown".into()),
            FrontEnd::Line,
            "TERM=unknown",
        ),
        (
            |h| h.accessible = Some("1".into()),
            FrontEnd::Line,
            "ACCESSIBLE is set",
        ),
        (
            |h| h.accessible = Some(String::new()),
            FrontEnd::Tui,
            "TERM=xterm-256color",
        ),
        (
            |h| h.wanted = "line".parse().unwrap(),
            FrontEnd::Line,
            "asked for with --ui line",
        ),
        (
            |h| h.wanted = "plain".parse().unwrap(),
            FrontEnd::Plain,
            "asked for with --ui plain",
        ),
        (
            |h| h.wanted = "none".parse().unwrap(),
            FrontEnd::None,
            "asked for with --ui none",
        ),
        (
            |h| {
                h.wanted = "tui".parse().unwrap();
                h.complete = true;
            },
            FrontEnd::Tui,
            "asked for with --ui tui",
        ),
    ];
    for (change, front_end, reason) in table {
        let found = chosen(change);
        assert_eq!(
            (found.front_end, found.reason.as_str()),
            (front_end, reason)
        );
    }
}

#[test]
fn a_front_end_that_cannot_work_is_refused_with_the_way_out() {
    for (stdin_tty, term, missing) in [
        (false, "xterm", "standard input is no terminal"),
        (true, "dumb", "this terminal cannot move its cursor"),
    ] {
        let mut here = terminal(term);
        here.wanted = Wanted::Only(FrontEnd::Tui);
        here.stdin_tty = stdin_tty;
        let error = choose(&here).unwrap_err();
        assert!(
            error.contains(missing) && error.contains("--ui line"),
            "{error}"
        );
    }
    // Text may be piped into line mode when that is asked for.
    let mut here = terminal("xterm");
    (here.stdin_tty, here.wanted) = (false, Wanted::Only(FrontEnd::Line));
    assert_eq!(choose(&here).unwrap().front_end, FrontEnd::Line);
    assert!("gui".parse::<Wanted>().is_err());
}

#[test]
fn colours_follow_the_terminal_and_the_user() {
    use Colours::{Eight, Mono, Sixteen};
    for (term, colours) in [
        ("xterm-256color", Sixteen),
        ("screen", Sixteen),
        ("linux", Eight),
        ("ansi", Eight),
        ("sun-color", Eight),
        ("cons25", Eight),
        ("unheard-of", Eight),
        ("xterm", Sixteen),
        ("tmux-256color", Sixteen),
        ("vt100", Mono),
        ("vt220", Mono),
    ] {
        assert_eq!(choose(&terminal(term)).unwrap().colours, colours, "{term}");
    }
    assert_eq!(chosen(|h| h.no_color = Some("1".into())).colours, Mono);
    assert_eq!(
        chosen(|h| h.no_color = Some(String::new())).colours,
        Sixteen
    );
    assert_eq!(chosen(|h| h.color = ColorWanted::Never).colours, Mono);
    assert_eq!(chosen(|h| h.tty = Some("/dev/ttyS0".into())).colours, Mono);
    let both = chosen(|h| {
        h.no_color = Some("1".into());
        h.color = ColorWanted::Always;
    });
    assert_eq!(both.colours, Sixteen);
}

#[test]
fn box_characters_need_a_terminal_and_a_locale_that_have_them() {
    use Glyphs::{Ascii, Unicode};
    assert_eq!(chosen(|_| {}).glyphs, Unicode);
    assert_eq!(chosen(|h| h.ascii = true).glyphs, Ascii);
    assert_eq!(chosen(|h| h.lang = Some("C".into())).glyphs, Ascii);
    assert_eq!(chosen(|h| h.lang = None).glyphs, Ascii);
    assert_eq!(chosen(|h| h.lc_all = Some("C".into())).glyphs, Ascii);
    assert_eq!(
        chosen(|h| h.lc_ctype = Some("en_US.utf8".into())).glyphs,
        Unicode
    );
    assert_eq!(choose(&terminal("linux")).unwrap().glyphs, Ascii);
    assert_eq!(choose(&terminal("vt220")).unwrap().glyphs, Ascii);
}

#[test]
fn only_emulators_are_taken_to_have_an_alternate_screen() {
    for (term, alternate) in [
        ("xterm", true),
        ("xterm-256color", true),
        ("screen.xterm-256color", true),
        ("tmux-256color", true),
        ("rxvt-unicode", true),
        ("linux", false),
        ("linux-16color", false),
        ("vt100", false),
        ("vt220", false),
        ("ansi", false),
        ("cons25", false),
        ("sun-color", false),
        ("what-is-this", false),
    ] {
        assert_eq!(
            choose(&terminal(term)).unwrap().alternate,
            alternate,
            "{term}"
        );
    }
}
