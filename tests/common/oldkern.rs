//! The system-call table of the EL6 kernel (2.6.32-642), or of the 2.6.32 that it
//! began with, as far as a seccomp filter can say it; x86_64 only.
//!
//! EL6's arch/x86/include/asm/unistd_64.h ends at 311; 300 to 304 and 309 are
//! not implemented there, 299 and 305 to 308, 310 and 311 are Red Hat's
//! backports. Options of sockets that came later are refused as well. uname(2) can
//! be made to tell EL6's release. What the filter cannot say: calls answered in the
//! vDSO, flags that an old kernel ignores, /proc, /sys and what netlink answers, which
//! are those of the running kernel.
//!
//! Only calls made from the addresses of [`IMAGE`] are filtered, where nothing but
//! the variant of the binary lies that is linked there (`build::oldkern_binary`).
//! The programs it starts lie elsewhere, also those of Go at 4 MiB, and with them
//! the host's own tools keep working: Debian's libc would fail under the filter just
//! as a static one does.
// A seccomp filter is installed by prctl with a pointer to a C structure.
#![allow(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::FileExt;

use libc::{c_int, c_long, sock_filter};

/// What uname(2) tells where it is asked to tell an old release.
pub const RELEASE: &str = "2.6.32-754.35.1.el6.x86_64";

/// Where the filtered binary lies; that it does is what its linker is told.
pub const IMAGE: Range<u32> = 0x1000_0000..0x4000_0000;

const RET_ALLOW: u32 = 0x7fff_0000;
const RET_ERRNO: u32 = 0x0005_0000;
const RET_USER_NOTIF: u32 = 0x7fc0_0000;
const LD: u16 = 0x20;
const JEQ: u16 = 0x15;
const JGE: u16 = 0x35;
const JSET: u16 = 0x45;
const RET: u16 = 0x06;
/// AUDIT_ARCH_X86_64 of linux/audit.h.
const ARCH_X86_64: u32 = 0xC000_003E;
/// UNAME26 of linux/personality.h: uname(2) says 2.6.x, which is what the programs
/// see that the binary starts.
const UNAME26: libc::c_ulong = 0x0002_0000;
/// __O_TMPFILE of asm-generic/fcntl.h.
const TMPFILE_BIT: u32 = 0x40_0000;
const AT_EMPTY_PATH: u32 = 0x1000;

// Offsets in struct seccomp_data of linux/seccomp.h.
const NR: u32 = 0;
const ARCH: u32 = 4;
const IP_LOW: u32 = 8;
const IP_HIGH: u32 = 12;
fn arg(n: u32) -> u32 {
    16 + 8 * n
}

/// Whose table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// EL6's, with what Red Hat has put into it.
    El6,
    /// That of Linux 2.6.32 alone.
    Mainline,
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

/// The same where argument `m` is `is`, too.
fn refuse_where(
    call: c_long,
    (m, is): (u32, u32),
    (n, code, k): (u32, u16, u32),
    errno: c_int,
) -> [sock_filter; 7] {
    [
        jp(JEQ, nr(call), 0, 6),
        st(LD, arg(m)),
        jp(JEQ, is, 0, 3),
        st(LD, arg(n)),
        jp(code, k, 0, 1),
        fail(errno),
        st(LD, NR),
    ]
}

fn filter(table: Table, release: bool) -> Vec<sock_filter> {
    let mainline = table == Table::Mainline;
    let mut v = vec![
        st(LD, ARCH),
        jp(JEQ, ARCH_X86_64, 1, 0),
        st(RET, RET_ALLOW),
        st(LD, IP_HIGH),
        jp(JEQ, 0, 1, 0),
        st(RET, RET_ALLOW),
        st(LD, IP_LOW),
        jp(JGE, IMAGE.start, 1, 0),
        st(RET, RET_ALLOW),
        jp(JGE, IMAGE.end, 0, 1),
        st(RET, RET_ALLOW),
        st(LD, NR),
        jp(JGE, if mainline { 299 } else { 312 }, 0, 1),
        fail(libc::ENOSYS),
    ];
    for missing in [300, 301, 302, 303, 304, 309] {
        v.extend([jp(JEQ, missing, 0, 1), fail(libc::ENOSYS)]);
    }
    // An old kernel does not know the bit, sees O_DIRECTORY|O_RDWR and says EISDIR.
    v.extend(refuse(libc::SYS_open, 1, JSET, TMPFILE_BIT, libc::EISDIR));
    v.extend(refuse(libc::SYS_openat, 2, JSET, TMPFILE_BIT, libc::EISDIR));
    // It ignores O_PATH and opens the file for good, which no filter can do: here
    // the flag must not be used at all.
    let path = libc::O_PATH.cast_unsigned();
    v.extend(refuse(libc::SYS_open, 1, JSET, path, libc::EINVAL));
    v.extend(refuse(libc::SYS_openat, 2, JSET, path, libc::EINVAL));
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
    // F_OFD_GETLK to F_OFD_SETLKW (3.15), and seals (3.17).
    for command in [36, 37, 38, 1033, 1034] {
        v.extend(refuse(libc::SYS_fcntl, 1, JEQ, command, libc::EINVAL));
    }
    // Of the modes only FALLOC_FL_KEEP_SIZE is there before 2.6.38.
    v.extend(refuse(libc::SYS_fallocate, 1, JSET, !1, libc::EOPNOTSUPP));
    // Protocol families that came after AF_IEEE802154 (36).
    v.extend(refuse(libc::SYS_socket, 0, JGE, 37, libc::EAFNOSUPPORT));
    if release {
        v.extend([jp(JEQ, nr(libc::SYS_uname), 0, 1), st(RET, RET_USER_NOTIF)]);
        // nfnetlink is a module that EL6 has not loaded without need, and there is
        // nothing of nftables in it.
        v.extend(refuse_where(
            libc::SYS_socket,
            (0, libc::AF_NETLINK.cast_unsigned()),
            (2, JEQ, libc::NETLINK_NETFILTER.cast_unsigned()),
            libc::EPROTONOSUPPORT,
        ));
    }
    // The first option that is not there: of SOL_SOCKET behind SO_RXQ_OVFL (40; with
    // it go SO_BINDTOIFINDEX and SO_NETNS_COOKIE), of TCP behind TCP_USER_TIMEOUT,
    // which is EL6's own (TCP_FASTOPEN is 23), of netlink behind NETLINK_NO_ENOBUFS
    // (NETLINK_EXT_ACK is 11, NETLINK_GET_STRICT_CHK 12).
    let tcp = if mainline { 17 } else { 19 };
    for call in [libc::SYS_setsockopt, libc::SYS_getsockopt] {
        for (level, first) in [
            (libc::SOL_SOCKET, 41),
            (libc::IPPROTO_TCP, tcp),
            (libc::SOL_NETLINK, 6),
        ] {
            v.extend(refuse_where(
                call,
                (1, level.cast_unsigned()),
                (2, JGE, first),
                libc::ENOPROTOOPT,
            ));
        }
    }
    v.push(st(RET, RET_ALLOW));
    v
}

fn install(table: Table, release: bool) -> io::Result<()> {
    let mut filter = filter(table, release);
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).expect("a short filter"),
        filter: filter.as_mut_ptr(),
    };
    let flags = if release {
        libc::SECCOMP_FILTER_FLAG_NEW_LISTENER
    } else {
        0
    };
    // SAFETY: plain system calls; `program` and the filter it points to live
    // until seccomp has copied them.
    let listener = unsafe {
        let ready = (!release || libc::personality(UNAME26) >= 0)
            && libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
        if !ready {
            return Err(io::Error::last_os_error());
        }
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            flags,
            &raw const program,
        )
    };
    if listener < 0 {
        return Err(io::Error::last_os_error());
    }
    if release {
        let listener = c_int::try_from(listener).expect("a descriptor");
        // SAFETY: the kernel has just made it, for nobody else.
        let listener = unsafe { OwnedFd::from_raw_fd(listener) };
        std::thread::spawn(move || tell_release(&listener));
    }
    Ok(())
}

/// Answers uname(2) for those under the filter, as long as there are any. On a thread
/// of its own, which goes from one UTS namespace to another for their hosts' names.
fn tell_release(listener: &OwnedFd) {
    let fd = listener.as_raw_fd();
    loop {
        let mut wait = libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one structure, which lives here.
        let some = unsafe { libc::poll(&raw mut wait, 1, -1) };
        if some > 0 && wait.revents & libc::POLLIN == 0 {
            return;
        }
        // SAFETY: the kernel wants it zeroed, and fills it.
        let mut asked: libc::seccomp_notif = unsafe { std::mem::zeroed() };
        // SAFETY: as above. An error means that the one who asked is gone.
        if unsafe { libc::ioctl(fd, libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut asked) } != 0 {
            continue;
        }
        let error = match write_release(asked.pid, asked.data.args[0]) {
            Ok(()) => 0,
            Err(error) => -error.raw_os_error().unwrap_or(libc::EFAULT),
        };
        let mut answer = libc::seccomp_notif_resp {
            id: asked.id,
            val: 0,
            error,
            flags: 0,
        };
        // SAFETY: one structure, which lives here.
        unsafe { libc::ioctl(fd, libc::SECCOMP_IOCTL_NOTIF_SEND, &raw mut answer) };
    }
}

fn write_release(pid: u32, at: u64) -> io::Result<()> {
    let names = File::open(format!("/proc/{pid}/ns/uts"))?;
    // SAFETY: a structure of characters, filled by uname; this thread alone moves.
    let mut uts: libc::utsname = unsafe { std::mem::zeroed() };
    let moved = unsafe {
        libc::setns(names.as_raw_fd(), libc::CLONE_NEWUTS) == 0 && libc::uname(&raw mut uts) == 0
    };
    if !moved {
        return Err(io::Error::last_os_error());
    }
    uts.release.fill(0);
    for (to, from) in uts.release.iter_mut().zip(RELEASE.bytes()) {
        *to = from.cast_signed();
    }
    // SAFETY: characters all over, without padding.
    let bytes = unsafe {
        std::slice::from_raw_parts((&raw const uts).cast::<u8>(), size_of::<libc::utsname>())
    };
    let memory = OpenOptions::new()
        .write(true)
        .open(format!("/proc/{pid}/mem"))?;
    memory.write_all_at(bytes, at)
}

/// Runs `start` on a thread under the filter of EL6. What it starts inherits the
/// filter for good; the thread itself, whose code lies elsewhere, is not touched.
pub fn on_old_kernel<T: Send>(start: impl FnOnce() -> T + Send) -> T {
    on_kernel(Table::El6, true, start)
}

/// The same with another table; `release` says whether uname(2) tells [`RELEASE`], and
/// netfilter's netlink is not there, as well.
pub fn on_kernel<T: Send>(table: Table, release: bool, start: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            install(table, release).expect("install the filter");
            start()
        });
        match thread.join() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
