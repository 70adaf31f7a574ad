use std::io::Cursor;

use super::walk;
use crate::answers::{Answers, Value};
use crate::ui::backend::End;
use crate::ui::ladder::{Chosen, Circumstances, FrontEnd, Wanted, choose};
use crate::ui::prompt::line::Line;
use crate::ui::sample::Sample;
use crate::ui::text::width;
use crate::ui::tui::Left;
use crate::ui::wizard::Ending;

fn chosen() -> Chosen {
    choose(&Circumstances {
        wanted: Wanted::Only(FrontEnd::Line),
        ..Circumstances::default()
    })
    .unwrap()
}

/// Types lines into line mode; what it said and what came of it.
fn typed(host: &mut Sample, answers: Answers, lines: &[&str]) -> (String, Left) {
    let mut output = Vec::new();
    let input = Cursor::new(lines.join("\n"));
    let left = {
        let mut line = Line::new(input, &mut output, true, false);
        walk(host, &mut line, answers, &chosen()).unwrap()
    };
    let text = String::from_utf8(output).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    (text.replace(version, "1.0"), left)
}

/// Enter to everything up to the plan.
fn enters(then: &[&'static str]) -> Vec<&'static str> {
    // The host, 11 needs, scheduler, overlay, 13 settings, whether more of them
    // are to be asked, interface.
    let mut lines = vec![""; 1 + 11 + 2 + 13 + 1 + 1];
    lines.extend(then);
    lines
}

#[test]
fn enter_alone_goes_through_to_the_plan_and_changes_nothing() {
    let mut host = Sample::el7();
    let (text, left) = typed(&mut host, Sample::answers(), &vec![""; 60]);
    assert_eq!(left.ending, Ending::Quit { saved: None });
    assert!(host.changes.is_empty());
    assert!(text.contains("Step 6 of 8: Plan"), "{text}");
    assert_readable(&text);
    insta::assert_snapshot!("enters", text);
}

/// What a screen reader can read: nothing but printable ASCII and ends of lines,
/// each line wide enough for any terminal.
fn assert_readable(text: &str) {
    for (n, line) in text.lines().enumerate() {
        let printable = line.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        assert!(printable, "line {n}: {line:?}");
        assert!(width(line) <= 80, "line {n}: {line:?}");
    }
}

#[test]
fn the_transcript_of_a_whole_run_is_plain_text() {
    // Names with what moves a cursor, rings a bell or is no ASCII.
    let mut host = Sample::el7();
    host.banner.host = "app\u{1b}[2J\u{7}\r\u{e4}02".into();
    host.fails = Some(1);
    let lines = enters(&["?", "x\u{1b}[A", "save plan", "", "yes", "?", "retry"]);
    let (text, left) = typed(&mut host, Sample::answers(), &lines);
    assert!(matches!(left.ending, Ending::Finished(_)), "{text}");
    assert_readable(&text);
    let headings: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("Step "))
        .collect();
    assert_eq!(
        headings,
        [
            "Step 1 of 8: Host",
            "Step 2 of 8: Scheduler: what the site needs",
            "Step 2 of 8: Scheduler",
            "Step 3 of 8: Overlay",
            "Step 4 of 8: Settings",
            "Step 5 of 8: Interface",
            "Step 6 of 8: Plan",
            "Step 7 of 8: Apply",
            "Step 2 failed. What now?",
            "Step 8 of 8: Done",
        ]
    );
    // What was not taken is named right after the question, which comes again.
    assert!(
        text.contains("Not one of these: x?[A. Type a number from 1 to 4, or a name.\nNumber"),
        "{text}"
    );
}

#[test]
fn every_question_says_how_it_is_answered() {
    let mut host = Sample::el7();
    let (text, _) = typed(&mut host, Sample::answers(), &enters(&["no"]));
    let asked: Vec<&str> = text.lines().filter(|line| line.ends_with("]: ")).collect();
    assert!(asked.len() > 25, "{text}");
    for line in asked {
        assert!(
            !line.contains("[]"),
            "nothing is read of empty brackets: {line}"
        );
    }
}

#[test]
fn the_plan_is_carried_out_when_that_is_said() {
    let mut host = Sample::el7();
    let (text, left) = typed(&mut host, Sample::answers(), &enters(&["yes"]));
    assert_eq!(host.changes, ["apply"], "{text}");
    let Ending::Finished(finished) = left.ending else {
        panic!("{text}");
    };
    assert_eq!(
        (finished.end.clone(), finished.exit_code()),
        (End::Applied { changed: 3 }, 0)
    );
    let told = text.split("Step 7 of 8").nth(1).unwrap();
    insta::assert_snapshot!("applied", told);
}

#[test]
fn a_failed_step_is_asked_about_and_the_end_of_input_is_the_safe_answer() {
    let mut host = Sample::el7();
    host.fails = Some(1);
    let (text, left) = typed(&mut host, Sample::answers(), &enters(&["yes", "retry"]));
    assert!(
        matches!(&left.ending, Ending::Finished(f) if f.exit_code() == 0),
        "{text}"
    );
    let mut host = Sample::el7();
    host.fails = Some(1);
    let (text, left) = typed(&mut host, Sample::answers(), &enters(&["yes"]));
    assert!(
        matches!(&left.ending, Ending::Finished(f) if f.exit_code() == 5),
        "{text}"
    );
}

#[test]
fn the_end_of_input_ends_it_with_nothing_changed_wherever_it_comes() {
    for lines in 0..40 {
        let mut host = Sample::el7();
        let (_, left) = typed(&mut host, Sample::answers(), &vec![""; lines]);
        assert!(matches!(left.ending, Ending::Quit { .. }), "{lines}");
        assert!(host.changes.is_empty() && host.saved.is_empty(), "{lines}");
    }
}

#[test]
fn why_back_and_wrong_answers() {
    let mut host = Sample::el6();
    // Host, role, back to the host, role by name, airgap wrong and by number.
    let (text, left) = typed(
        &mut host,
        Answers::default(),
        &["", "b", "", "join", "maybe", "1", "?", "abc", "0", "12"],
    );
    assert_eq!(left.answers.get("role"), Some(Value::Text("join".into())));
    assert_eq!(left.answers.get("airgap"), Some(Value::Bool(true)));
    assert_eq!(left.answers.get("needs.nodes"), Some(Value::Int(12)));
    assert!(text.contains("Not one of these: maybe"), "{text}");
    assert!(
        text.contains("One host needs no private network."),
        "{text}"
    );
    assert_eq!(text.matches("Not taken:").count(), 2, "{text}");
}

#[test]
fn what_a_file_answers_is_not_asked() {
    let inputs = crate::answers::Inputs {
        sets: vec!["needs.nodes=3".into(), "airgap=true".into()],
        ..crate::answers::Inputs::default()
    };
    let mut host = Sample::el7();
    let (text, _) = typed(&mut host, Answers::gather(inputs), &vec![""; 60]);
    assert!(
        !text.contains("How many hosts") && !text.contains("without a way"),
        "{text}"
    );
    assert!(text.contains("business or government"), "{text}");
}

#[test]
fn peers_are_added_and_a_wrong_one_is_asked_again() {
    let mut answers = Sample::answers();
    answers.set_text("role", "first").unwrap();
    let peers = crate::answers::questions::question("overlay.wireguard.peers").unwrap();
    let key = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
    let input = [
        "add",
        "app01",
        "10.0.0.256:51820",
        "10.90.0.1",
        key,
        "",
        "",
        "",
        "",
        "10.0.0.11:51820",
        "",
        "",
        "",
        "",
        "",
        "done",
    ];
    let mut output = Vec::new();
    let mut line = Line::new(Cursor::new(input.join("\n")), &mut output, true, false);
    crate::ui::prompt::records::question(&mut line, &mut answers, peers, true);
    let text = String::from_utf8(output).unwrap();
    let list = answers.get("overlay.wireguard.peers").unwrap();
    assert_eq!(list.items().len(), 1, "{text}");
    assert_eq!(
        list.items()[0].field("endpoint").and_then(Value::text),
        Some("10.0.0.11:51820")
    );
    assert!(text.contains("peers[0].endpoint"), "{text}");
}

#[test]
fn a_secret_is_not_typed_where_it_would_be_seen() {
    let mut answers = Sample::answers();
    let key = crate::answers::questions::question("overlay.wireguard.private-key").unwrap();
    let mut output = Vec::new();
    let input = "type\nfile\n/root/wg.key\n";
    let mut line = Line::new(Cursor::new(input), &mut output, true, false);
    crate::ui::prompt::records::question(&mut line, &mut answers, key, true);
    let text = String::from_utf8(output).unwrap();
    assert!(text.contains("cannot be typed here"), "{text}");
    assert_eq!(
        answers.get("overlay.wireguard.private-key").unwrap().show(),
        "{file: /root/wg.key}"
    );
}

#[test]
fn an_earlier_run_is_resumed_or_left() {
    let mut host = Sample::el7();
    host.earlier = Some(Sample::earlier(None));
    let (text, left) = typed(&mut host, Answers::default(), &["resume"]);
    assert_eq!(host.changes, ["resume"], "{text}");
    assert!(matches!(left.ending, Ending::Finished(_)));
    host.changes.clear();
    let (_, left) = typed(&mut host, Answers::default(), &[]);
    assert_eq!(left.ending, Ending::Quit { saved: None });
    assert!(host.changes.is_empty());
}

#[test]
fn the_answers_are_saved_from_the_plan() {
    let mut host = Sample::el7();
    let (text, left) = typed(
        &mut host,
        Sample::answers(),
        &enters(&["save answers", "x.yaml", "no"]),
    );
    assert_eq!(
        left.ending,
        Ending::Quit {
            saved: Some("x.yaml".into())
        },
        "{text}"
    );
}

#[test]
fn what_cannot_be_waived_is_not_offered_and_a_waiver_is_taken_back() {
    let mut host = Sample::el7();
    host.firm = true;
    let (text, _) = typed(&mut host, Sample::answers(), &[]);
    assert!(text.contains("net.overlap cannot be waived"), "{text}");
    assert!(!text.contains("waive net.overlap"), "{text}");
    assert!(text.contains("to be mended. What now?"), "{text}");
    host.firm = false;
    let lines = ["waive net.overlap", "on purpose", "unwaive net.overlap"];
    let (text, left) = typed(&mut host, Sample::answers(), &lines[..2]);
    assert!(text.contains("unwaive net.overlap"), "{text}");
    let waived = |left: &Left| left.answers.get("preflight.waive").unwrap().items().len();
    assert_eq!(waived(&left), 1, "{text}");
    let (text, left) = typed(&mut host, Sample::answers(), &lines);
    assert_eq!(waived(&left), 0, "{text}");
}
