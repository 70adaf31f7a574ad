//! The binary as it is carried to a site: one static file, small, that says its
//! version without looking at the host.

use crate::common;

use std::path::Path;
use std::process::Command;

use common::build::{oldkern_binary, release_binary};
use common::proc::{run, run_here};

/// The limit for the stripped release binary, in bytes: what an ISDN line carries in
/// a quarter of an hour (128 kbit/s: 13.7 MiB).
const LARGEST: u64 = 13 * 1024 * 1024;

/// What the program headers and the dynamic section of an ELF file tell.
#[derive(Debug, PartialEq)]
struct Elf {
    /// Asks for a loader (PT_INTERP).
    interpreter: bool,
    /// Asks for shared libraries (DT_NEEDED).
    needed: usize,
    /// May be placed anywhere (ET_DYN).
    position_independent: bool,
    /// Has a symbol table (SHT_SYMTAB): it is not stripped.
    symbols: bool,
}

/// Reads a 64-bit little-endian ELF file; layout and numbers from elf.h.
fn elf(path: &Path) -> Elf {
    let file = std::fs::read(path).unwrap();
    assert_eq!(&file[..6], b"\x7fELF\x02\x01", "64-bit little-endian ELF");
    let u16_at = |at: usize| u16::from_le_bytes(file[at..at + 2].try_into().unwrap()) as usize;
    let u32_at = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    let u64_at = |at: usize| {
        usize::try_from(u64::from_le_bytes(file[at..at + 8].try_into().unwrap())).unwrap()
    };
    let headers =
        |start: usize, size: usize, count: usize| (0..count).map(move |i| start + i * size);
    let mut found = Elf {
        interpreter: false,
        needed: 0,
        position_independent: u16_at(16) == 3,
        symbols: false,
    };
    for at in headers(u64_at(32), u16_at(54), u16_at(56)) {
        match u32_at(at) {
            3 => found.interpreter = true,
            // PT_DYNAMIC: pairs of a tag and a value; DT_NEEDED is 1.
            2 => {
                let (offset, size) = (u64_at(at + 8), u64_at(at + 32));
                let tags = (offset..offset + size).step_by(16).map(u64_at);
                found.needed = tags.filter(|tag| *tag == 1).count();
            }
            _ => {}
        }
    }
    for at in headers(u64_at(40), u16_at(58), u16_at(60)) {
        found.symbols |= u32_at(at + 4) == 2;
    }
    found
}

#[test]
fn the_release_binary_is_static_small_and_stripped() {
    let binary = release_binary();
    let expected = Elf {
        interpreter: false,
        needed: 0,
        position_independent: true,
        symbols: false,
    };
    assert_eq!(elf(&binary), expected);
    let size = std::fs::metadata(&binary).unwrap().len();
    assert!(size < LARGEST, "{size} bytes");
    // The same in the words of the tool that people ask.
    let says = run_here(&["file", "-L", binary.to_str().unwrap()]).ok();
    assert!(
        says.contains("static-pie linked") && says.contains(", stripped"),
        "{says}"
    );
}

#[test]
fn every_build_is_static() {
    let debug = elf(Path::new(env!("CARGO_BIN_EXE_groundcrew")));
    assert_eq!(
        (debug.interpreter, debug.needed, debug.position_independent),
        (false, 0, true)
    );
    // The one for the old kernel's filter lies below 4 GiB.
    let old = elf(&oldkern_binary());
    assert_eq!(
        (old.interpreter, old.needed, old.position_independent),
        (false, 0, false)
    );
}

/// A dynamic program of the host shows that the reader tells the difference.
#[test]
fn a_dynamic_program_is_told_from_a_static_one() {
    let found = elf(&std::fs::canonicalize("/bin/sh").unwrap());
    assert!(found.interpreter && found.needed > 0, "{found:?}");
}

/// The files that `args` makes the binary open, as strace tells.
fn opened(args: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("strace");
    run(Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=open,openat,openat2,creat", "-o"])
        .arg(&log)
        .arg("--")
        .arg(env!("CARGO_BIN_EXE_groundcrew"))
        .args(args))
    .ok();
    let log = std::fs::read_to_string(&log).unwrap();
    log.lines().map(str::to_owned).collect()
}

#[test]
fn the_version_is_told_without_opening_a_file() {
    let mut opens = opened(&["--version"]);
    // The C library looks for the bounds of its own stack before main begins.
    opens.retain(|line| !line.contains("\"/proc/self/maps\""));
    assert_eq!(opens, Vec::<String>::new());
}
