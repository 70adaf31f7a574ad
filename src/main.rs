//! The program: everything it does is in the library.

#[allow(unsafe_code)]
mod oldglibc;

fn main() -> std::process::ExitCode {
    groundcrew::cli::main()
}
