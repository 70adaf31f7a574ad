//! Static glibc >= 2.33 (Debian 12: 2.36) on kernels older than 2.6.36/2.6.39.
//! There `fstat(fd)` is newfstatat(fd, "", AT_EMPTY_PATH) and `getrlimit`/`setrlimit` are prlimit64, both without a fallback
//! (glibc is built with --enable-kernel=3.2), so on 2.6.32 they fail with EINVAL and ENOSYS.
//! Defining every global symbol of the libc.a members fstatat64.o, getrlimit64.o and setrlimit64.o here keeps the linker from
//! pulling those members in, so glibc's own callers (opendir, fopen, statx's fallback, NSS, getaddrinfo, ...) use these too.
//!
//! A build for musl (`cargo build --release --target x86_64-unknown-linux-musl`) needs none of this, and nothing of it is in it: musl
//! has `fstat` and `getrlimit` of their own and falls back by itself.
#![cfg(all(
    target_os = "linux",
    target_env = "gnu",
    target_arch = "x86_64",
    target_feature = "crt-static"
))]
use libc::{c_char, c_int, c_long};

unsafe fn ret(r: c_long) -> c_int {
    if r < 0 {
        unsafe { *libc::__errno_location() = -r as c_int };
        -1
    } else {
        r as c_int
    }
}
#[inline(always)]
unsafe fn sys(nr: c_long, a: usize, b: usize, c: usize, d: usize) -> c_long {
    let r;
    unsafe {
        std::arch::asm!("syscall", inlateout("rax") nr => r, in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, lateout("rcx") _, lateout("r11") _, options(nostack))
    };
    r
}
unsafe extern "C" fn fstatat_shim(
    fd: c_int,
    path: *const c_char,
    st: *mut libc::stat64,
    flags: c_int,
) -> c_int {
    unsafe {
        if flags & libc::AT_EMPTY_PATH != 0 && fd >= 0 && !path.is_null() && *path == 0 {
            return ret(sys(libc::SYS_fstat, fd as usize, st as usize, 0, 0));
        }
        ret(sys(
            libc::SYS_newfstatat,
            fd as isize as usize,
            path as usize,
            st as usize,
            (flags & !libc::AT_EMPTY_PATH) as usize,
        ))
    }
}
/// std declares statx weak; under fat LTO that makes every reference weak, so libc.a's member is never pulled and a crate that calls
/// libc::statx (sysinfo's `gpu` feature) jumps to NULL. A strong definition cures that; ENOSYS makes std use stat/fstat.
unsafe extern "C" fn statx_shim(
    fd: c_int,
    path: *const c_char,
    flags: c_int,
    mask: libc::c_uint,
    st: *mut libc::statx,
) -> c_int {
    let r: c_long;
    unsafe {
        std::arch::asm!("syscall", inlateout("rax") libc::SYS_statx => r, in("rdi") fd as isize, in("rsi") path, in("rdx") flags as isize, in("r10") mask as usize, in("r8") st, lateout("rcx") _, lateout("r11") _, options(nostack));
        ret(r)
    }
}
unsafe extern "C" fn getrlimit_shim(res: c_int, lim: *mut libc::rlimit64) -> c_int {
    unsafe { ret(sys(libc::SYS_getrlimit, res as usize, lim as usize, 0, 0)) }
}
unsafe extern "C" fn setrlimit_shim(res: c_int, lim: *const libc::rlimit64) -> c_int {
    unsafe { ret(sys(libc::SYS_setrlimit, res as usize, lim as usize, 0, 0)) }
}

std::arch::global_asm!(
    ".text",
    ".globl fstatat, fstatat64, __fstatat, __fstatat64, __GI___fstatat",
    "fstatat:", "fstatat64:", "__fstatat:", "__fstatat64:", "__GI___fstatat:", "jmp {fstatat}",
    ".globl getrlimit, getrlimit64, __getrlimit, __getrlimit64, __GI_getrlimit, __GI___getrlimit",
    "getrlimit:", "getrlimit64:", "__getrlimit:", "__getrlimit64:", "__GI_getrlimit:", "__GI___getrlimit:", "jmp {getrlimit}",
    ".globl setrlimit, setrlimit64, __setrlimit, __setrlimit64",
    "setrlimit:", "setrlimit64:", "__setrlimit:", "__setrlimit64:", "jmp {setrlimit}",
    ".globl statx", "statx:", "jmp {statx}",
    statx = sym statx_shim, fstatat = sym fstatat_shim, getrlimit = sym getrlimit_shim, setrlimit = sym setrlimit_shim,
);
