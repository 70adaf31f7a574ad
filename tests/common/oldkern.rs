//! The system-call table of the EL6 kernel (2.6.32-642), as far as a seccomp
//! filter can say it; x86_64 only.
//!
//! EL6's arch/x86/include/asm/unistd_64.h ends at 311; 300 to 304 and 309 are
//! not implemented there, 299 and 305 to 308, 310 and 311 are Red Hat's
//! backports. What the filter cannot say: calls answered in the vDSO, socket
//! options, /proc, /sys and netlink, which are those of the running kernel.
//!
//! Only calls made from addresses below 4 GiB are filtered, which is where a
//! static binary that is not position-independent lies. The programs it starts
//! lie above, and with them the host's own tools keep working: Debian's libc
//! would fail under the filter just as a static one does.
// A seccomp filter is installed by prctl with a pointer to a C structure.
#![allow(unsafe_code)]

use libc::{c_int, c_long, sock_filter};

const RET_ALLOW: u32 = 0x7fff_0000;
const RET_ERRNO: u32 = 0x0005_0000;
const LD: u16 = 0x20;
const JEQ: u16 = 0x15;
const JGE: u16 = 0x35;
const JSET: u16 = 0x45;
const RET: u16 = 0x06;
/// AUDIT_ARCH_X86_64 of linux/audit.h.
const ARCH_X86_64: u32 = 0xC000_003E;
/// UNAME26 of linux/personality.h: uname(2) says 2.6.x.
const UNAME26: libc::c_ulong = 0x0002_0000;
/// __O_TMPFILE of asm-generic/fcntl.h.
const TMPFILE_BIT: u32 = 0x40_0000;
const AT_EMPTY_PATH: u32 = 0x1000;

// Offsets in struct seccomp_data of linux/seccomp.h.
const NR: u32 = 0;
const ARCH: u32 = 4;
const IP_HIGH: u32 = 12;
fn arg(n: u32) -> u32 {
    16 + 8 * n
}

fn st(code: u16, k: u32) -> sock_filter {
    jp(code, k, 0, 0)
}

fn jp(code: u16, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

fn fail(errno: c_int) -> sock_filter {
    st(RET, RET_ERRNO | errno.cast_unsigned())
}

fn nr(call: c_long) -> u32 {
    u32::try_from(call).expect("a system call's number")
}

/// When `call` is made with a first half of argument `n` that passes the
/// comparison `code` with `k`, it fails with `errno`.
fn refuse(call: c_long, n: u32, code: u16, k: u32, errno: c_int) -> [sock_filter; 5] {
    [
        jp(JEQ, nr(call), 0, 4),
        st(LD, arg(n)),
        jp(code, k, 0, 1),
        fail(errno),
        st(LD, NR),
    ]
}

fn filter() -> Vec<sock_filter> {
    let mut v = vec![
        st(LD, ARCH),
        jp(JEQ, ARCH_X86_64, 1, 0),
        st(RET, RET_ALLOW),
        st(LD, IP_HIGH),
        jp(JEQ, 0, 1, 0),
        st(RET, RET_ALLOW),
        st(LD, NR),
        jp(JGE, 312, 0, 1),
        fail(libc::ENOSYS),
    ];
    for missing in [300, 301, 302, 303, 304, 309] {
        v.extend([jp(JEQ, missing, 0, 1), fail(libc::ENOSYS)]);
    }
    // An old kernel does not know the bit, sees O_DIRECTORY|O_RDWR and says EISDIR.
    v.extend(refuse(libc::SYS_open, 1, JSET, TMPFILE_BIT, libc::EISDIR));
    v.extend(refuse(libc::SYS_openat, 2, JSET, TMPFILE_BIT, libc::EISDIR));
    // AT_EMPTY_PATH came with 2.6.39; fs/stat.c refuses unknown flags. This is
    // what breaks fstat() of glibc 2.33 to 2.38.
    for (call, n) in [
        (libc::SYS_newfstatat, 3),
        (libc::SYS_fchownat, 4),
        (libc::SYS_linkat, 4),
    ] {
        v.extend(refuse(call, n, JSET, AT_EMPTY_PATH, libc::EINVAL));
    }
    // CLOCK_BOOTTIME (7) and later ones, where they get past the vDSO.
    v.extend(refuse(libc::SYS_clock_gettime, 0, JGE, 7, libc::EINVAL));
    v.extend(refuse(libc::SYS_timerfd_create, 0, JGE, 7, libc::EINVAL));
    // Options that EL6 lacks, PR_SET_CHILD_SUBREAPER (36) and PR_CAP_AMBIENT (47)
    // among them; PR_SET_NO_NEW_PRIVS (38) it has.
    for option in [36, 37, 40, 45, 47, 52, 53] {
        v.extend(refuse(libc::SYS_prctl, 0, JEQ, option, libc::EINVAL));
    }
    v.push(st(RET, RET_ALLOW));
    v
}

fn install() -> std::io::Result<()> {
    let mut filter = filter();
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).expect("a short filter"),
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: plain system calls; `program` and the filter it points to live
    // until prctl has copied them.
    let done = unsafe {
        libc::personality(UNAME26) >= 0
            && libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(
                libc::PR_SET_SECCOMP,
                libc::SECCOMP_MODE_FILTER,
                &raw const program,
            ) == 0
    };
    if done {
        Ok(())
    } else {
        Err(std::io::Error::last_os_error())
    }
}

/// Runs `start` on a thread under the filter. What it starts inherits the filter
/// for good; the thread itself, whose code lies above 4 GiB, is not touched.
pub fn on_old_kernel<T: Send>(start: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            install().expect("install the filter");
            start()
        });
        match thread.join() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
